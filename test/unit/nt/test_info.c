/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes and times: asked, set, frozen, kept across opens; the file system below. */
#include "nt/files.h"

#include "wire/filetime.h"

#define DAY_2001 126227808000000000ull /* 2001-01-01 */
#define FREEZE UINT64_MAX
#define THAW (UINT64_MAX - 1)

static struct nt_info info_of(struct task *t, struct nt_open *o)
{
    struct nt_info info = {0};
    assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
    return info;
}

static struct nt_open *open_all(struct task *t, struct world *w, const char *name)
{
    return world_open(w, t, name, FILE_GENERIC_READ | FILE_GENERIC_WRITE);
}

FILES_TEST(tells_all)
{
    put_dir(w, "d");
    put(w, "d/f", "12345");
    struct nt_open *o = open_all(t, w, "d\\f");
    struct nt_info i = info_of(t, o);
    assert_int_equal(i.net.end_of_file, 5);
    assert_true(i.net.allocation_size >= 5);
    assert_int_equal(i.links, 1);
    assert_int_equal(i.ea_size, 0);
    assert_string_equal(i.name, "\\d\\f");
    assert_false(i.directory || i.delete_pending);
    assert_int_equal(i.volume_id, w->volume->volume_id);
    assert_true(i.net.times.last_write > DAY_2001);
    world_close(t, o);
    o = open_dir(w, t, "");
    i = info_of(t, o);
    assert_true(i.directory);
    assert_int_equal(i.net.attributes, NT_ATTR_DIRECTORY);
    assert_string_equal(i.name, "\\");
    world_close(t, o);
}

FILES_TEST(attributes)
{
    struct nt_times none = {0};
    struct nt_open *o = open_all(t, w, "f");
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_ARCHIVE);
    assert_status(nt_set_basic(t, o, &none, NT_ATTR_HIDDEN | NT_ATTR_READONLY), STATUS_SUCCESS);
    world_close(t, o);
    o = world_open(w, t, "f", FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES);
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_HIDDEN | NT_ATTR_READONLY);
    assert_status(nt_set_basic(t, o, &none, 0), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_HIDDEN | NT_ATTR_READONLY);
    assert_status(nt_set_basic(t, o, &none, NT_ATTR_NORMAL), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_NORMAL);
    assert_status(nt_set_basic(t, o, &none, NT_ATTR_DIRECTORY), STATUS_INVALID_PARAMETER);
    assert_status(nt_set_basic(t, o, &none, 0x40000000), STATUS_INVALID_PARAMETER);
    world_close(t, o);
    o = world_open(w, t, "f", FILE_READ_ATTRIBUTES);
    assert_status(nt_set_basic(t, o, &none, NT_ATTR_HIDDEN), STATUS_ACCESS_DENIED);
    world_close(t, o);
}

FILES_TEST(attributes_by_mode)
{
    struct nt_times none = {0};
    w->volume->config.store_dos_attributes = false;
    struct nt_open *o = open_all(t, w, "f");
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_NORMAL);
    assert_status(nt_set_basic(t, o, &none, NT_ATTR_READONLY), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_READONLY);
    struct stat st;
    assert_int_equal(stat(on_disk(w, "f"), &st), 0);
    assert_int_equal(st.st_mode & 0222, 0);
    assert_status(nt_set_basic(t, o, &none, NT_ATTR_NORMAL), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_NORMAL);
    world_close(t, o);
}

FILES_TEST(times)
{
    struct nt_open *o = open_all(t, w, "f");
    struct nt_times set = {DAY_2001, DAY_2001 + 10, DAY_2001 + 20, 0};
    assert_status(nt_set_basic(t, o, &set, 0), STATUS_SUCCESS);
    struct nt_times got = info_of(t, o).net.times;
    if (w->volume->root->has_xattr)
        assert_int_equal(got.creation, DAY_2001);
    assert_int_equal(got.last_access, DAY_2001 + 10);
    assert_int_equal(got.last_write, DAY_2001 + 20);
    /* a time set through a handle stays though the handle writes */
    assert_status(nt_write(t, o, 0, span_str("x"), false), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.times.last_write, DAY_2001 + 20);
    struct nt_times thaw = {.last_write = THAW};
    assert_status(nt_set_basic(t, o, &thaw, 0), STATUS_SUCCESS);
    assert_status(nt_write(t, o, 0, span_str("y"), false), STATUS_SUCCESS);
    assert_true(info_of(t, o).net.times.last_write > DAY_2001 + 20);
    struct nt_times bad = {.creation = UINT64_MAX - 5};
    assert_status(nt_set_basic(t, o, &bad, 0), STATUS_INVALID_PARAMETER);
    world_close(t, o);
}

/* Who may write but does not own may set times, as on NT. */
FILES_TEST(times_by_another)
{
    if (geteuid() != 0)
        return; /* nobody to become */
    put(w, "f", "x");
    assert_int_equal(chmod(w->path, 0755), 0);
    assert_int_equal(chmod(on_disk(w, "f"), 0666), 0);
    struct vfs_cred *root = w->caller.cred;
    w->caller.cred = vfs_cred_new(4242, 4242, NULL, 0);
    struct nt_open *o = world_open(w, t, "f", FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES);
    struct nt_times set = {.last_write = DAY_2001};
    assert_status(nt_set_basic(t, o, &set, 0), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.times.last_write, DAY_2001);
    world_close(t, o);
    vfs_identity_restore();
    vfs_cred_unref(w->caller.cred);
    w->caller.cred = root;
}

FILES_TEST(frozen_times)
{
    struct nt_open *o = open_all(t, w, "f");
    struct nt_times set = {.last_write = DAY_2001};
    assert_status(nt_set_basic(t, o, &set, 0), STATUS_SUCCESS);
    world_close(t, o);
    o = open_all(t, w, "f");
    struct nt_times freeze = {.last_write = FREEZE};
    assert_status(nt_set_basic(t, o, &freeze, 0), STATUS_SUCCESS);
    assert_status(nt_write(t, o, 0, span_str("x"), false), STATUS_SUCCESS);
    world_close(t, o);
    struct stat st;
    assert_int_equal(stat(on_disk(w, "f"), &st), 0);
    assert_int_equal(st.st_mtim.tv_sec, filetime_to_timespec(DAY_2001).tv_sec);
}

FILES_TEST(change_time)
{
    if (!w->volume->root->has_xattr)
        return;
    struct nt_open *o = open_all(t, w, "f");
    struct nt_times set = {.change = DAY_2001};
    assert_status(nt_set_basic(t, o, &set, 0), STATUS_SUCCESS);
    assert_int_equal(info_of(t, o).net.times.change, DAY_2001);
    world_close(t, o);
    o = open_all(t, w, "f");
    assert_int_equal(info_of(t, o).net.times.change, DAY_2001);
    struct nt_times freeze = {.change = FREEZE};
    assert_status(nt_set_basic(t, o, &freeze, 0), STATUS_SUCCESS);
    assert_int_equal(task_sleep_us(t, 600000), 0); /* longer than setting may take */
    assert_int_equal(chmod(on_disk(w, "f"), 0600), 0);
    assert_int_equal(info_of(t, o).net.times.change, DAY_2001);
    struct nt_times thaw = {.change = THAW};
    assert_status(nt_set_basic(t, o, &thaw, 0), STATUS_SUCCESS);
    assert_true(info_of(t, o).net.times.change > DAY_2001);
    world_close(t, o);
}

FILES_TEST(creation_time_of_old_files)
{
    put(w, "f", "x");
    struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, on_disk(w, "f"), old, 0), 0);
    struct nt_open *o = open_all(t, w, "f");
    struct nt_info i = info_of(t, o);
    assert_int_equal(i.net.times.last_write,
                     filetime_from_timespec((struct timespec){.tv_sec = 1000000000}));
    if (w->volume->root->has_birth_time)
        assert_true(i.net.times.creation > i.net.times.last_write);
    world_close(t, o);
}

FILES_TEST(malformed_attribute_counts_as_none)
{
    if (!w->volume->root->has_xattr)
        return;
    put(w, "f", "x");
    struct nt_open *o = open_all(t, w, "f");
    assert_int_equal(vfs_xattr_set(t, o->file, NT_XATTR_DOSATTRIB, span_str("rubbish")), 0);
    assert_int_equal(info_of(t, o).net.attributes, NT_ATTR_NORMAL);
    world_close(t, o);
}

FILES_TEST(file_system)
{
    struct nt_open *o = open_dir(w, t, "");
    struct nt_fs_info fs = {0};
    assert_status(nt_query_fs(t, o, &fs), STATUS_SUCCESS);
    assert_true(fs.unit_total >= fs.unit_free_actual);
    assert_true(fs.sectors_per_unit >= 1 && fs.bytes_per_sector == 512);
    assert_string_equal(fs.label, "test");
    assert_int_equal(fs.name_length_max, 255);
    assert_int_equal(fs.attributes & 3, 2); /* preserves case, does not insist on it */
    world_close(t, o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_all),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_attributes_by_mode),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_times_by_another),
        cmocka_unit_test(test_frozen_times),
        cmocka_unit_test(test_change_time),
        cmocka_unit_test(test_creation_time_of_old_files),
        cmocka_unit_test(test_malformed_attribute_counts_as_none),
        cmocka_unit_test(test_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
