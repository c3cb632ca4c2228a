/* SPDX-License-Identifier: Apache-2.0
 *
 * Renaming and linking: what may move where, and what open handles see of it. */
#include "nt/world.h"

static struct nt_open *directory_open(struct world *w, struct task *t, const char *name)
{
    struct nt_create_args args = world_args(w, t, name, FILE_LIST_DIRECTORY | ACCESS_DELETE);
    args.options = NT_OPTION_DIRECTORY_FILE;
    struct nt_open *o = NULL;
    assert_status(world_create(w, t, &args, &o), STATUS_SUCCESS);
    return o;
}

static void simple_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *a = world_open(w, t, "f", READ | DELETE);
    struct nt_open *b = world_open(w, t, "f", READ);
    assert_status(nt_rename(t, b, "g", 0), STATUS_ACCESS_DENIED);
    assert_status(nt_rename(t, a, "g", 0), STATUS_SUCCESS);
    assert_false(world_has(w, "f"));
    assert_true(world_has(w, "g"));
    assert_string_equal(nt_open_name(a), "g");
    assert_string_equal(nt_open_name(b), "g");
    assert_status(nt_rename(t, a, "g", 0), STATUS_SUCCESS);
    assert_status(nt_rename(t, a, "G", 0), STATUS_SUCCESS);
    assert_true(world_has(w, "G"));
    assert_false(world_has(w, "g"));
    assert_status(nt_rename(t, a, "no\\where", 0), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_status(nt_rename(t, a, "", 0), STATUS_ACCESS_DENIED);
    assert_status(nt_rename(t, a, "x", 8), STATUS_INVALID_PARAMETER);
    assert_status(nt_set_disposition(t, a, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    assert_status(nt_rename(t, a, "h", 0), STATUS_ACCESS_DENIED);
    world_close(t, a);
    world_close(t, b);
    assert_false(world_has(w, "G"));
}

static void replace_run(struct task *t, void *arg)
{
    struct world *w = arg;
    world_close(t, world_open(w, t, "target", READ));
    world_close(t, directory_open(w, t, "dir"));
    struct nt_open *a = world_open(w, t, "f", READ | DELETE);
    assert_status(nt_rename(t, a, "target", 0), STATUS_OBJECT_NAME_COLLISION);
    assert_status(nt_rename(t, a, "dir", 0), STATUS_OBJECT_NAME_COLLISION);
    assert_status(nt_rename(t, a, "dir", NT_RENAME_REPLACE), STATUS_ACCESS_DENIED);
    struct nt_open *held = world_open(w, t, "target", READ);
    assert_status(nt_rename(t, a, "target", NT_RENAME_REPLACE), STATUS_ACCESS_DENIED);
    assert_status(nt_rename(t, a, "target", NT_RENAME_REPLACE | NT_RENAME_POSIX),
                  STATUS_SUCCESS);
    world_close(t, held);
    world_close(t, a);
    assert_true(world_has(w, "target"));
    assert_false(world_has(w, "f"));

    a = world_open(w, t, "f", READ | DELETE);
    assert_status(nt_rename(t, a, "target", NT_RENAME_REPLACE), STATUS_SUCCESS);
    assert_status(nt_set_disposition(t, a, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    world_close(t, a);
    assert_false(world_has(w, "target"));
}

static void directory_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *d = directory_open(w, t, "d");
    struct nt_open *f = world_open(w, t, "d\\f", READ);
    assert_status(nt_rename(t, d, "e", 0), STATUS_ACCESS_DENIED);
    world_close(t, f);
    /* A neighbour whose name begins alike is not below. */
    struct nt_open *neighbour = world_open(w, t, "dd", READ);
    assert_status(nt_rename(t, d, "e", 0), STATUS_SUCCESS);
    world_close(t, neighbour);
    assert_true(world_has(w, "e/f"));
    assert_status(nt_rename(t, d, "dd", NT_RENAME_REPLACE), STATUS_ACCESS_DENIED);
    world_close(t, d);
}

/* A handle kept for caching alone does not keep a directory in place. */
static void cached_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct ear ear = {.acks = true};
    struct nt_open *d = directory_open(w, t, "d");
    struct nt_create_args args = world_args(w, t, "d\\f", READ);
    args.oplock = NT_OPLOCK_BATCH;
    args.on_break = ear_hears;
    args.break_arg = &ear;
    struct nt_open *f = NULL;
    assert_status(world_create(w, t, &args, &f), STATUS_SUCCESS);
    assert_status(nt_rename(t, d, "e", 0), STATUS_ACCESS_DENIED);
    assert_int_equal(ear.count, 1);
    world_close(t, f);
    world_close(t, d);
}

/* Names do not change in a directory that somebody has open to delete it. */
static void parent_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *d = directory_open(w, t, "d");
    struct nt_open *f = world_open(w, t, "d\\f", DELETE);
    assert_status(nt_rename(t, f, "d\\g", 0), STATUS_SHARING_VIOLATION);
    assert_status(nt_rename(t, f, "g", 0), STATUS_SUCCESS);
    assert_status(nt_rename(t, f, "d\\g", 0), STATUS_SHARING_VIOLATION);
    world_close(t, d);
    assert_status(nt_rename(t, f, "d\\g", 0), STATUS_SUCCESS);
    world_close(t, f);
}

static void swapped_run(struct task *t, void *arg)
{
    struct world *w = arg;
    char old_path[128], new_path[128];
    snprintf(old_path, sizeof(old_path), "%s/f", w->path);
    snprintf(new_path, sizeof(new_path), "%s/moved", w->path);
    struct nt_open *a = world_open(w, t, "f", READ | DELETE);
    assert_int_equal(rename(old_path, new_path), 0);
    assert_status(nt_rename(t, a, "g", 0), STATUS_OBJECT_NAME_NOT_FOUND);
    world_close(t, world_open(w, t, "f", READ));
    assert_status(nt_rename(t, a, "g", 0), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_true(world_has(w, "f"));
    world_close(t, a);
}

static void link_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *a = world_open(w, t, "f", READ | WRITE | DELETE);
    struct nt_open *d = directory_open(w, t, "d");
    assert_status(nt_link(t, d, "x", 0), STATUS_FILE_IS_A_DIRECTORY);
    assert_status(nt_link(t, a, "d\\link", 0), STATUS_SHARING_VIOLATION);
    world_close(t, d);
    assert_status(nt_link(t, a, "d\\link", 0), STATUS_SUCCESS);
    assert_status(nt_link(t, a, "d\\link", 0), STATUS_OBJECT_NAME_COLLISION);
    struct nt_open *b = world_open(w, t, "d\\link", READ);
    assert_ptr_equal(a->node, b->node);
    assert_string_equal(nt_open_name(b), "d\\link");
    /* Only the name that was opened is renamed. */
    assert_status(nt_rename(t, a, "g", 0), STATUS_SUCCESS);
    assert_string_equal(nt_open_name(b), "d\\link");
    world_close(t, a);
    world_close(t, b);
    assert_true(world_has(w, "g") && world_has(w, "d/link"));
}

WORLD_TEST(simple)
WORLD_TEST(replace)
WORLD_TEST(directory)
WORLD_TEST(cached)
WORLD_TEST(parent)
WORLD_TEST(swapped)
WORLD_TEST(link)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simple),  cmocka_unit_test(test_replace),
        cmocka_unit_test(test_directory), cmocka_unit_test(test_cached),
        cmocka_unit_test(test_swapped), cmocka_unit_test(test_link),
        cmocka_unit_test(test_parent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
