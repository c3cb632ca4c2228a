/* SPDX-License-Identifier: Apache-2.0
 *
 * Deleting: who marks, who is kept out meanwhile, and when the name goes. */
#include "nt/world.h"

static ntstatus open_status(struct world *w, struct task *t, const char *name)
{
    struct nt_create_args args = world_args(w, t, name, FILE_READ_DATA);
    args.disposition = NT_OPEN;
    struct nt_open *o = NULL;
    ntstatus status = world_create(w, t, &args, &o);
    if (o)
        world_close(t, o);
    return status;
}

static struct nt_open *open_on_close(struct world *w, struct task *t, const char *name)
{
    struct nt_create_args args = world_args(w, t, name, FILE_READ_DATA | ACCESS_DELETE);
    args.options = NT_OPTION_DELETE_ON_CLOSE;
    struct nt_open *o = NULL;
    assert_status(world_create(w, t, &args, &o), STATUS_SUCCESS);
    return o;
}

/* Two opens, the first with delete-on-close, closed in either order. */
static void on_close_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *doomed = open_on_close(w, t, "f");
    struct nt_open *other = world_open(w, t, "f", FILE_READ_DATA);
    assert_false(nt_delete_pending(other));
    assert_status(open_status(w, t, "f"), STATUS_SUCCESS);
    world_close(t, doomed);
    assert_true(nt_delete_pending(other));
    assert_true(world_has(w, "f"));
    assert_status(open_status(w, t, "f"), STATUS_DELETE_PENDING);
    world_close(t, other);
    assert_false(world_has(w, "f"));
    assert_status(open_status(w, t, "f"), STATUS_OBJECT_NAME_NOT_FOUND);

    doomed = open_on_close(w, t, "f");
    other = world_open(w, t, "f", FILE_READ_DATA);
    world_close(t, other);
    assert_true(world_has(w, "f"));
    world_close(t, doomed);
    assert_false(world_has(w, "f"));
}

static void disposition_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *a = world_open(w, t, "f", FILE_READ_DATA | ACCESS_DELETE);
    struct nt_open *b = world_open(w, t, "f", FILE_READ_DATA | ACCESS_DELETE);
    struct nt_open *c = world_open(w, t, "f", FILE_READ_DATA);
    assert_status(nt_set_disposition(t, c, NT_DISPOSITION_DELETE), STATUS_ACCESS_DENIED);
    assert_status(nt_set_disposition(t, a, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    assert_status(nt_set_disposition(t, a, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    assert_status(open_status(w, t, "f"), STATUS_DELETE_PENDING);
    assert_status(nt_set_disposition(t, b, 0), STATUS_SUCCESS);
    assert_status(open_status(w, t, "f"), STATUS_SUCCESS);
    assert_status(nt_set_disposition(t, b, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    world_close(t, b);
    world_close(t, a);
    assert_true(world_has(w, "f"));
    world_close(t, c);
    assert_false(world_has(w, "f"));
}

static void directory_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_create_args args = world_args(w, t, "d", FILE_LIST_DIRECTORY | ACCESS_DELETE);
    args.options = NT_OPTION_DIRECTORY_FILE;
    struct nt_open *d = NULL;
    assert_status(world_create(w, t, &args, &d), STATUS_SUCCESS);
    world_close(t, world_open(w, t, "d\\f", FILE_READ_DATA));
    assert_status(nt_set_disposition(t, d, NT_DISPOSITION_DELETE), STATUS_DIRECTORY_NOT_EMPTY);
    struct nt_open *f = world_open(w, t, "d\\f", ACCESS_DELETE);
    assert_status(nt_set_disposition(t, f, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    world_close(t, f);
    assert_status(nt_set_disposition(t, d, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    world_close(t, d);
    assert_false(world_has(w, "d"));

    args.name = "";
    args.options = 0;
    args.disposition = NT_OPEN;
    assert_status(world_create(w, t, &args, &d), STATUS_SUCCESS);
    assert_status(nt_set_disposition(t, d, NT_DISPOSITION_DELETE), STATUS_CANNOT_DELETE);
    world_close(t, d);
}

static void posix_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *a = world_open(w, t, "f", FILE_READ_DATA | ACCESS_DELETE);
    struct nt_open *b = world_open(w, t, "f", FILE_READ_DATA);
    assert_status(nt_set_disposition(t, a, NT_DISPOSITION_DELETE | NT_DISPOSITION_POSIX),
                  STATUS_SUCCESS);
    world_close(t, a);
    assert_false(world_has(w, "f"));
    struct nt_open *fresh = world_open(w, t, "f", FILE_READ_DATA);
    assert_true(fresh->node != b->node);
    world_close(t, b);
    assert_true(world_has(w, "f"));
    world_close(t, fresh);
}

/* The name leads to another file by now: that one stays. */
static void swapped_run(struct task *t, void *arg)
{
    struct world *w = arg;
    char old_path[128], new_path[128];
    snprintf(old_path, sizeof(old_path), "%s/f", w->path);
    snprintf(new_path, sizeof(new_path), "%s/moved", w->path);
    struct nt_open *a = open_on_close(w, t, "f");
    assert_int_equal(rename(old_path, new_path), 0);
    FILE *f = fopen(old_path, "w");
    assert_non_null(f);
    fclose(f);
    world_close(t, a);
    assert_true(world_has(w, "f"));
    assert_true(world_has(w, "moved"));
}

WORLD_TEST(on_close)
WORLD_TEST(disposition)
WORLD_TEST(directory)
WORLD_TEST(posix)
WORLD_TEST(swapped)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_close), cmocka_unit_test(test_disposition),
        cmocka_unit_test(test_directory), cmocka_unit_test(test_posix),
        cmocka_unit_test(test_swapped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
