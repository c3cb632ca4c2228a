/* SPDX-License-Identifier: Apache-2.0
 *
 * Enumeration, [MS-FSA] 2.1.5.6.3. */
#include "nt/files.h"

/* "name name …" of what is left of the scan, "!" for NO_SUCH_FILE; in the arena. */
static const char *rest(struct task *t, struct world *w, struct nt_open *o)
{
    const char *all = "";
    struct nt_dir_entry e = {0};
    ntstatus s;
    while (nt_ok(s = nt_dir_next(t, o, &e)))
        all = arena_printf(&w->arena, "%s%s%s", all, all[0] ? " " : "", e.name);
    if (nt_is(s, STATUS_NO_SUCH_FILE))
        return "!";
    assert_status(s, STATUS_NO_MORE_FILES);
    return all;
}

static const char *listed(struct task *t, struct world *w, struct nt_open *o, const char *pattern)
{
    assert_status(nt_dir_begin(t, o, pattern, NT_DIR_REOPEN), STATUS_SUCCESS);
    return rest(t, w, o);
}

FILES_TEST(lists)
{
    put_dir(w, "d");
    struct nt_open *o = open_dir(w, t, "d");
    assert_string_equal(listed(t, w, o, "*"), ". ..");
    put(w, "d/One.txt", "12345");
    assert_string_equal(listed(t, w, o, "*"), ". .. One.txt");
    assert_string_equal(listed(t, w, o, "*.TXT"), "One.txt");
    assert_string_equal(listed(t, w, o, "x*"), "!");
    assert_string_equal(rest(t, w, o), "");
    assert_string_equal(listed(t, w, o, "one.TXT"), "One.txt");
    assert_string_equal(listed(t, w, o, "one.tx"), "!");
    assert_string_equal(listed(t, w, o, "."), ".");
    assert_string_equal(listed(t, w, o, ""), "."); /* the pattern stays */
    assert_status(nt_dir_begin(t, o, "a\\b", NT_DIR_REOPEN), STATUS_OBJECT_NAME_INVALID);
    world_close(t, o);
}

FILES_TEST(goes_on_where_it_was)
{
    put(w, "f", "");
    struct nt_open *o = open_dir(w, t, "");
    struct nt_dir_entry e = {0};
    assert_status(nt_dir_begin(t, o, "*", 0), STATUS_SUCCESS);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_string_equal(e.name, ".");
    assert_status(nt_dir_begin(t, o, "nothing like it", 0), STATUS_SUCCESS);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_string_equal(e.name, "..");
    nt_dir_push_back(o);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_string_equal(e.name, "..");
    assert_string_equal(rest(t, w, o), "f");
    assert_status(nt_dir_begin(t, o, "", NT_DIR_RESTART), STATUS_SUCCESS);
    assert_string_equal(rest(t, w, o), ". .. f");
    assert_string_equal(listed(t, w, o, "F*"), "f");
    world_close(t, o);
}

FILES_TEST(tells_what_they_are)
{
    put(w, ".hidden", "123");
    put_dir(w, "sub");
    struct nt_open *o = open_dir(w, t, "");
    struct nt_dir_entry e = {0};
    assert_status(nt_dir_begin(t, o, ".hidden", 0), STATUS_SUCCESS);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_int_equal(e.net.end_of_file, 3);
    assert_int_equal(e.net.attributes, NT_ATTR_HIDDEN);
    struct stat st;
    assert_int_equal(stat(on_disk(w, ".hidden"), &st), 0);
    assert_int_equal(e.file_id, nt_file_id(&(struct vfs_stat){.device = st.st_dev,
                                                             .inode = st.st_ino}));
    assert_status(nt_dir_begin(t, o, "sub", NT_DIR_RESTART), STATUS_SUCCESS);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_int_equal(e.net.attributes, NT_ATTR_DIRECTORY);
    assert_int_equal(e.net.end_of_file, 0);
    world_close(t, o);
    struct nt_open *f = world_open(w, t, "f", FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    struct nt_times none = {0};
    assert_status(nt_set_basic(t, f, &none, NT_ATTR_SYSTEM), STATUS_SUCCESS);
    world_close(t, f);
    o = open_dir(w, t, "");
    assert_status(nt_dir_begin(t, o, "f", 0), STATUS_SUCCESS);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_int_equal(e.net.attributes, NT_ATTR_SYSTEM);
    world_close(t, o);
}

FILES_TEST(links)
{
    put_dir(w, "d");
    put(w, "d/target", "12345");
    assert_int_equal(symlink("target", on_disk(w, "d/link")), 0);
    assert_int_equal(symlink("/etc/passwd", on_disk(w, "d/out")), 0);
    assert_int_equal(symlink("nowhere", on_disk(w, "d/dangling")), 0);
    struct nt_open *o = open_dir(w, t, "d");
    struct nt_dir_entry e = {0};
    assert_status(nt_dir_begin(t, o, "link", 0), STATUS_SUCCESS);
    assert_status(nt_dir_next(t, o, &e), STATUS_SUCCESS);
    assert_int_equal(e.net.end_of_file, 5);
    assert_string_equal(listed(t, w, o, "out"), "!");
    assert_string_equal(listed(t, w, o, "d*"), "!");
    world_close(t, o);
}

FILES_TEST(odd_names)
{
    static const char *const names[] = {"a:b", "trailing.", "latin\xE9", "sp ace "};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        put(w, names[i], "x");
    struct nt_open *o = open_dir(w, t, "");
    assert_status(nt_dir_begin(t, o, "*", 0), STATUS_SUCCESS);
    struct nt_dir_entry e = {0};
    unsigned count = 0;
    while (nt_ok(nt_dir_next(t, o, &e))) {
        if (e.name[0] == '.')
            continue;
        struct nt_open *f = world_open(w, t, e.name, FILE_READ_DATA);
        char c;
        size_t len = 0;
        assert_status(nt_read(t, f, 0, mspan_of(&c, 1), &len), STATUS_SUCCESS);
        world_close(t, f);
        count++;
    }
    assert_int_equal(count, ARRAY_LEN(names));
    world_close(t, o);
}

FILES_TEST(change_meanwhile)
{
    char name[32];
    for (unsigned i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "f%u", i);
        put(w, name, "");
    }
    struct nt_open *o = open_dir(w, t, "");
    assert_status(nt_dir_begin(t, o, "f*", 0), STATUS_SUCCESS);
    struct nt_dir_entry e = {0};
    unsigned count = 0;
    while (nt_ok(nt_dir_next(t, o, &e))) {
        assert_int_equal(unlink(on_disk(w, e.name)), 0);
        count++;
    }
    assert_int_equal(count, 600);
    world_close(t, o);
}

FILES_TEST(needs_the_right)
{
    put_dir(w, "d");
    put(w, "f", "");
    struct nt_open *o = world_open(w, t, "d", FILE_READ_ATTRIBUTES);
    assert_status(nt_dir_begin(t, o, "*", 0), STATUS_ACCESS_DENIED);
    world_close(t, o);
    o = world_open(w, t, "f", FILE_READ_DATA);
    assert_status(nt_dir_begin(t, o, "*", 0), STATUS_INVALID_PARAMETER);
    world_close(t, o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_goes_on_where_it_was),
        cmocka_unit_test(test_tells_what_they_are),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_change_meanwhile),
        cmocka_unit_test(test_needs_the_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
