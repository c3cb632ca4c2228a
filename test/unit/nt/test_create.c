/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE: every disposition on what exists and what does not, the kinds of objects, rights. */
#include "nt/world.h"

enum object { MISSING, FILE_THERE, DIRECTORY_THERE };

static void object_make(struct world *w, enum object object)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/x", w->path);
    (void)remove(path);
    if (object == DIRECTORY_THERE) {
        assert_int_equal(mkdir(path, 0755), 0);
    } else if (object == FILE_THERE) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs("twelve bytes", f);
        fclose(f);
    }
}

struct expectation {
    enum nt_disposition disposition;
    uint32_t options;
    enum object object;
    ntstatus status;
    enum nt_create_action action;
    uint64_t size;
};

#define OK {0}
#define COLLISION {0xC0000035}
#define NOT_FOUND {0xC0000034}
#define INVALID {0xC000000D}
#define NOT_DIRECTORY {0xC0000103}
#define IS_DIRECTORY {0xC00000BA}
#define DIR NT_OPTION_DIRECTORY_FILE
#define NONDIR NT_OPTION_NON_DIRECTORY_FILE

static const struct expectation expectations[] = {
    {NT_SUPERSEDE, 0, FILE_THERE, OK, NT_SUPERSEDED, 0},
    {NT_SUPERSEDE, 0, MISSING, OK, NT_CREATED, 0},
    {NT_SUPERSEDE, 0, DIRECTORY_THERE, COLLISION, 0, 0},
    {NT_OPEN, 0, FILE_THERE, OK, NT_OPENED, 12},
    {NT_OPEN, 0, MISSING, NOT_FOUND, 0, 0},
    {NT_OPEN, 0, DIRECTORY_THERE, OK, NT_OPENED, 0},
    {NT_CREATE, 0, FILE_THERE, COLLISION, 0, 0},
    {NT_CREATE, 0, MISSING, OK, NT_CREATED, 0},
    {NT_CREATE, 0, DIRECTORY_THERE, COLLISION, 0, 0},
    {NT_OPEN_IF, 0, FILE_THERE, OK, NT_OPENED, 12},
    {NT_OPEN_IF, 0, MISSING, OK, NT_CREATED, 0},
    {NT_OVERWRITE, 0, FILE_THERE, OK, NT_OVERWRITTEN, 0},
    {NT_OVERWRITE, 0, MISSING, NOT_FOUND, 0, 0},
    {NT_OVERWRITE_IF, 0, FILE_THERE, OK, NT_OVERWRITTEN, 0},
    {NT_OVERWRITE_IF, 0, MISSING, OK, NT_CREATED, 0},
    {NT_OVERWRITE_IF, 0, DIRECTORY_THERE, COLLISION, 0, 0},
    {NT_OPEN, DIR, FILE_THERE, NOT_DIRECTORY, 0, 0},
    {NT_OPEN, NONDIR, DIRECTORY_THERE, IS_DIRECTORY, 0, 0},
    {NT_OPEN, DIR, DIRECTORY_THERE, OK, NT_OPENED, 0},
    {NT_CREATE, DIR, MISSING, OK, NT_CREATED, 0},
    {NT_OPEN_IF, DIR, MISSING, OK, NT_CREATED, 0},
    {NT_CREATE, DIR, FILE_THERE, COLLISION, 0, 0},
    {NT_OVERWRITE, DIR, DIRECTORY_THERE, INVALID, 0, 0},
    {NT_SUPERSEDE, DIR, MISSING, INVALID, 0, 0},
    {NT_OPEN, DIR | NONDIR, FILE_THERE, INVALID, 0, 0},
};

static void expect(struct world *w, struct task *t, const struct expectation *e)
{
    struct nt_create_args args = world_args(w, t, "x", FILE_ALL_ACCESS);
    args.disposition = e->disposition;
    args.options = e->options;
    object_make(w, e->object);
    struct nt_create_result r;
    ntstatus status = nt_create(t, w->volume, &w->caller, &args, &r);
    assert_status(status, e->status);
    if (!nt_ok(status))
        return;
    assert_int_equal(r.action, e->action);
    assert_int_equal(r.info.end_of_file * !r.is_directory, e->size);
    bool directory = e->object == DIRECTORY_THERE || (e->options & DIR);
    assert_int_equal(r.is_directory, directory);
    assert_int_equal(!(r.info.attributes & NT_ATTR_DIRECTORY), !directory);
    assert_true(world_has(w, "x"));
    world_close(t, r.open);
}

static void dispositions_run(struct task *t, void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(expectations); i++)
        expect(arg, t, &expectations[i]);
}

static ntstatus status_of(struct world *w, struct task *t, const struct nt_create_args *args)
{
    struct nt_open *o = NULL;
    ntstatus status = world_create(w, t, args, &o);
    if (o)
        world_close(t, o);
    return status;
}

static void arguments_run(struct task *t, void *arg)
{
    struct world *w = arg;
    const struct nt_create_args good = world_args(w, t, "x", FILE_READ_DATA);
    struct nt_create_args args = good;
    assert_status(status_of(w, t, &args), STATUS_SUCCESS);
    args.desired_access = 0;
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    args.desired_access = 0x00400000;
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    args = good;
    args.desired_access |= ACCESS_SYSTEM_SECURITY;
    assert_status(status_of(w, t, &args), STATUS_PRIVILEGE_NOT_HELD);
    args = good;
    args.share_access = 8;
    assert_status(status_of(w, t, &args), STATUS_INVALID_PARAMETER);
    args = good;
    args.options = 0x01000000;
    assert_status(status_of(w, t, &args), STATUS_INVALID_PARAMETER);
    args.options = NT_OPTION_OPEN_BY_FILE_ID;
    assert_status(status_of(w, t, &args), STATUS_NOT_SUPPORTED);
    args.options = NT_OPTION_DELETE_ON_CLOSE;
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    args = good;
    args.attributes = 0x00100000;
    assert_status(status_of(w, t, &args), STATUS_INVALID_PARAMETER);
    args = good;
    args.name = "no\\such";
    assert_status(status_of(w, t, &args), STATUS_OBJECT_PATH_NOT_FOUND);
    args.name = "x\\y";
    assert_status(status_of(w, t, &args), STATUS_OBJECT_PATH_NOT_FOUND);
}

static void access_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_create_args args = world_args(w, t, "x", ACCESS_GENERIC_READ);
    struct nt_create_result r;
    assert_status(nt_create(t, w->volume, &w->caller, &args, &r), STATUS_SUCCESS);
    assert_int_equal(nt_open_access(r.open), FILE_GENERIC_READ);
    assert_status(nt_require_access(r.open, FILE_WRITE_DATA), STATUS_ACCESS_DENIED);
    world_close(t, r.open);

    w->caller.read_only = true;
    args.desired_access = ACCESS_MAXIMUM_ALLOWED;
    args.want_maximal = true;
    assert_status(nt_create(t, w->volume, &w->caller, &args, &r), STATUS_SUCCESS);
    assert_int_equal(nt_open_access(r.open) & (FILE_WRITE_DATA | ACCESS_DELETE), 0);
    assert_true(nt_open_access(r.open) & FILE_READ_DATA);
    assert_int_equal(r.maximal_access & FILE_WRITE_DATA, 0);
    world_close(t, r.open);
    args.desired_access = FILE_WRITE_DATA;
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    args = world_args(w, t, "new", FILE_READ_DATA);
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    args = world_args(w, t, "x", FILE_READ_DATA);
    args.disposition = NT_OVERWRITE;
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    w->caller.read_only = false;
}

static void readonly_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_create_args args = world_args(w, t, "x", FILE_WRITE_DATA);
    args.attributes = NT_ATTR_READONLY;
    assert_status(status_of(w, t, &args), STATUS_SUCCESS);
    assert_status(status_of(w, t, &args), STATUS_ACCESS_DENIED);
    args = world_args(w, t, "x", FILE_READ_DATA | ACCESS_DELETE);
    args.options = NT_OPTION_DELETE_ON_CLOSE;
    assert_status(status_of(w, t, &args), STATUS_CANNOT_DELETE);
    args = world_args(w, t, "y", FILE_READ_DATA | ACCESS_DELETE);
    args.options = NT_OPTION_DELETE_ON_CLOSE;
    args.attributes = NT_ATTR_READONLY;
    assert_status(status_of(w, t, &args), STATUS_CANNOT_DELETE);
    assert_false(world_has(w, "y"));
    struct nt_open *o = world_open(w, t, "x", FILE_READ_DATA | ACCESS_DELETE);
    assert_status(nt_set_disposition(t, o, NT_DISPOSITION_DELETE), STATUS_CANNOT_DELETE);
    world_close(t, o);
    assert_true(world_has(w, "x"));
}

static void symlinks_run(struct task *t, void *arg)
{
    struct world *w = arg;
    char path[128];
    object_make(w, FILE_THERE);
    snprintf(path, sizeof(path), "%s/inside", w->path);
    assert_int_equal(symlink("x", path), 0);
    snprintf(path, sizeof(path), "%s/outside", w->path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    struct nt_create_args args = world_args(w, t, "inside", FILE_READ_DATA);
    args.disposition = NT_OPEN;
    assert_status(status_of(w, t, &args), STATUS_SUCCESS);
    args.name = "outside";
    assert_status(status_of(w, t, &args), STATUS_OBJECT_NAME_NOT_FOUND);
    /* The link itself can go, its target cannot be had. */
    args = world_args(w, t, "outside", ACCESS_DELETE);
    args.options = NT_OPTION_DELETE_ON_CLOSE;
    assert_status(status_of(w, t, &args), STATUS_SUCCESS);
    assert_false(world_has(w, "outside"));
    args.name = "inside";
    assert_status(status_of(w, t, &args), STATUS_SUCCESS);
    assert_false(world_has(w, "inside"));
    assert_true(world_has(w, "x"));
}

WORLD_TEST(dispositions)
WORLD_TEST(arguments)
WORLD_TEST(access)
WORLD_TEST(readonly)
WORLD_TEST(symlinks)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dispositions), cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_access), cmocka_unit_test(test_readonly),
        cmocka_unit_test(test_symlinks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
