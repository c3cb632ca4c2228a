/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody tries who is up to no good, by the classes of vulnerabilities other servers had:
 * deeds without the right to them, rights found out by asking for the maximum, files swapped while
 * a request waits, two closes in one moment. */
#include "nt/files.h"
#include "nt/security.h"

/* A descriptor that grants everybody `mask`; the file's own user owns it. */
static void grant_everybody(struct world *w, struct task *t, const char *name, uint32_t mask)
{
    struct ace ace = {.type = ACE_ALLOWED, .mask = mask, .sid = sid_everyone};
    struct acl acl = {ACL_REVISION, mask ? 1 : 0, &ace};
    struct sd sd = {.control = SD_DACL_PRESENT | SD_SELF_RELATIVE, .dacl = &acl};
    uint8_t bytes[256];
    struct wr wr = wr_of(mspan_of(bytes, sizeof(bytes)));
    sd_write(&wr, &sd);
    assert_true(wr_done(&wr));
    struct nt_open *o = world_open(w, t, name, ACCESS_WRITE_DAC | ACCESS_READ_CONTROL);
    assert_status(nt_set_security(t, o, SECINFO_DACL, wr_written(&wr)), STATUS_SUCCESS);
    world_close(t, o);
}

static ntstatus open_for(struct world *w, struct task *t, const struct nt_create_args *args)
{
    struct nt_open *o = NULL;
    ntstatus status = world_create(w, t, args, &o);
    if (nt_ok(status))
        world_close(t, o);
    return status;
}

/* Deleting on a share that is read-only (the class of CVE-2023-4091): MAXIMUM_ALLOWED never names
 * the right that delete-on-close takes. */
FILES_TEST(delete_on_close_takes_the_right)
{
    put(w, "f", "x");
    struct nt_create_args args = world_args(w, t, "f", ACCESS_MAXIMUM_ALLOWED);
    args.options = NT_OPTION_DELETE_ON_CLOSE;
    args.disposition = NT_OPEN;
    w->caller.read_only = true;
    assert_status(open_for(w, t, &args), STATUS_ACCESS_DENIED);
    w->caller.read_only = false;
    assert_true(world_has(w, "f"));
    assert_status(open_for(w, t, &args), STATUS_SUCCESS);
    assert_false(world_has(w, "f"));
}

/* Who gets nothing is refused, instead of getting an open that can do nothing. */
FILES_TEST(maximum_of_nothing)
{
    put(w, "f", "x");
    grant_everybody(w, t, "f", ACCESS_WRITE_OWNER);
    struct nt_create_args args = world_args(w, t, "f", ACCESS_MAXIMUM_ALLOWED);
    w->caller.maximal_access = FILE_READ_DATA;
    assert_status(open_for(w, t, &args), STATUS_ACCESS_DENIED);
    w->caller.maximal_access = 0;
}

/* A change that names nothing takes no right, so it may not store anything either. */
FILES_TEST(security_of_nothing)
{
    put(w, "f", "x");
    w->caller.read_only = true;
    struct nt_open *o = world_open(w, t, "f", FILE_READ_ATTRIBUTES);
    struct sd sd = {.control = SD_SELF_RELATIVE};
    uint8_t bytes[64];
    struct wr wr = wr_of(mspan_of(bytes, sizeof(bytes)));
    sd_write(&wr, &sd);
    struct sd stored;
    assert_status(nt_set_security(t, o, SECINFO_BACKUP, wr_written(&wr)), STATUS_SUCCESS);
    assert_status(nt_set_security(t, o, 0, wr_written(&wr)), STATUS_SUCCESS);
    assert_false(nt_sd_stored(t, w->volume, o->file, &w->arena, &stored));
    assert_status(nt_set_security(t, o, SECINFO_DACL, wr_written(&wr)), STATUS_ACCESS_DENIED);
    world_close(t, o);
    w->caller.read_only = false;
}

/* Replacing a file that may not be deleted (CVE-2026-2340: WORM by-passed by rename). */
FILES_TEST(replacing_takes_the_right_to_delete)
{
    put_dir(w, "d");
    put(w, "d/keep", "kept");
    put(w, "d/mine", "mine");
    grant_everybody(w, t, "d\\keep", FILE_GENERIC_READ);
    grant_everybody(w, t, "d\\mine", FILE_ALL_ACCESS);
    grant_everybody(w, t, "d", FILE_ALL_ACCESS & ~FILE_DELETE_CHILD);
    struct nt_open *mine = world_open(w, t, "d\\mine", ACCESS_DELETE | FILE_READ_DATA);
    assert_status(nt_rename(t, mine, "d\\keep", NT_RENAME_REPLACE), STATUS_ACCESS_DENIED);
    assert_status(nt_rename(t, mine, "d\\KEEP", NT_RENAME_REPLACE | NT_RENAME_POSIX),
                  STATUS_ACCESS_DENIED);
    assert_status(nt_link(t, mine, "d\\keep", NT_RENAME_REPLACE), STATUS_ACCESS_DENIED);
    assert_true(world_has(w, "d/mine"));
    assert_status(nt_rename(t, mine, "d\\other", NT_RENAME_REPLACE), STATUS_SUCCESS);
    world_close(t, mine);
}

/* A stream of a file is written as the server (CVE-2026-64391: the wrong user for streams): making
 * one takes the right to write the file. */
FILES_TEST(streams_take_the_right_to_write)
{
    put(w, "f", "x");
    grant_everybody(w, t, "f", FILE_GENERIC_READ);
    struct nt_create_args args = world_args(w, t, "f:s", FILE_READ_ATTRIBUTES);
    assert_status(open_for(w, t, &args), STATUS_ACCESS_DENIED);
    args.disposition = NT_OPEN;
    assert_status(open_for(w, t, &args), STATUS_OBJECT_NAME_NOT_FOUND);
}

FILES_TEST(no_overwriting_of_what_is_no_file)
{
    assert_int_equal(mkfifo(on_disk(w, "pipe"), 0666), 0);
    struct nt_create_args args = world_args(w, t, "pipe", FILE_READ_ATTRIBUTES);
    args.disposition = NT_OVERWRITE;
    int reader = open(on_disk(w, "pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_status(open_for(w, t, &args), STATUS_ACCESS_DENIED);
    close(reader);
}

struct renamer {
    struct nt_open *open;
    ntstatus status;
    bool done;
};

static void rename_task(struct task *t, void *arg)
{
    struct renamer *r = arg;
    r->status = nt_rename(t, r->open, "target", NT_RENAME_REPLACE);
    r->done = true;
}

/* The rename waits for the holder of the target's handle; meanwhile `what` is swapped on disk. */
static void swapped_while_waiting(struct world *w, struct task *t, const char *what,
                                  ntstatus expected)
{
    put(w, "source", "source");
    put(w, "target", "target");
    struct ear ear = {0};
    struct nt_create_args args = world_args(w, t, "target", FILE_READ_DATA);
    args.oplock = NT_OPLOCK_BATCH;
    args.on_break = ear_hears;
    args.break_arg = &ear;
    struct nt_open *holder = NULL;
    assert_status(world_create(w, t, &args, &holder), STATUS_SUCCESS);
    struct renamer r = {.open = world_open(w, t, "source", ACCESS_DELETE)};
    assert_non_null(task_spawn(task_reactor(t), "rename", rename_task, &r));
    settle(t);
    assert_int_equal(ear.count, 1);
    assert_false(r.done);
    assert_int_equal(rename(on_disk(w, what), on_disk(w, "away")), 0);
    put(w, what, "not asked for");
    world_close(t, holder);
    settle(t);
    assert_true(r.done);
    assert_status(r.status, expected);
    assert_true(world_has(w, "source"));
    assert_true(world_has(w, "target"));
    world_close(t, r.open);
}

FILES_TEST(source_swapped_while_waiting)
{
    swapped_while_waiting(w, t, "source", STATUS_OBJECT_NAME_NOT_FOUND);
}

FILES_TEST(target_swapped_while_waiting)
{
    swapped_while_waiting(w, t, "target", STATUS_ACCESS_DENIED);
}

/* Two reactors that leave in one moment both see the mark; the second finds it taken. */
FILES_TEST(only_one_removes)
{
    struct nt_open *a = world_open(w, t, "f", ACCESS_DELETE);
    struct nt_open *b = world_open(w, t, "f", ACCESS_DELETE);
    assert_status(nt_set_disposition(t, a, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    assert_status(nt_delete_execute(t, a->node, a), STATUS_SUCCESS);
    assert_status(nt_delete_execute(t, b->node, b), STATUS_SUCCESS);
    assert_false(world_has(w, "f"));
    world_close(t, a);
    world_close(t, b);
}

/* Guessing names of a directory that one may not list (CVE-2021-44141: existence told). */
FILES_TEST(no_guessing_by_the_index)
{
    if (geteuid() != 0)
        return;
    assert_int_equal(chmod(w->path, 0711), 0);
    put_dir(w, "d");
    put(w, "d/Secret", "x");
    assert_int_equal(chmod(on_disk(w, "d"), 0711), 0);
    struct nt_create_args args = world_args(w, t, "d\\SECRET", FILE_READ_ATTRIBUTES);
    args.disposition = NT_OPEN;
    assert_status(open_for(w, t, &args), STATUS_SUCCESS); /* makes the index */
    struct vfs_cred *server = w->caller.cred;
    w->caller.cred = vfs_cred_new(4242, 4242, NULL, 0);
    w->caller.user_sid = sid_of_uid(4242);
    assert_status(open_for(w, t, &args), STATUS_OBJECT_NAME_NOT_FOUND);
    args.name = "d\\Secret";
    assert_status(open_for(w, t, &args), STATUS_SUCCESS);
    vfs_cred_unref(w->caller.cred);
    w->caller.cred = server;
    vfs_identity_restore();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delete_on_close_takes_the_right),
        cmocka_unit_test(test_maximum_of_nothing),
        cmocka_unit_test(test_security_of_nothing),
        cmocka_unit_test(test_replacing_takes_the_right_to_delete),
        cmocka_unit_test(test_streams_take_the_right_to_write),
        cmocka_unit_test(test_no_overwriting_of_what_is_no_file),
        cmocka_unit_test(test_source_swapped_while_waiting),
        cmocka_unit_test(test_target_swapped_while_waiting),
        cmocka_unit_test(test_only_one_removes),
        cmocka_unit_test(test_no_guessing_by_the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
