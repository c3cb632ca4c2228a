/* SPDX-License-Identifier: Apache-2.0
 *
 * Change notification: what is told, to whom, when it gathers, overflows and ends. */
#include "nt/world.h"

struct asking {
    struct nt_open *open;
    struct nt_notify_args args;
    struct nt_change *changes;
    size_t count;
    ntstatus status;
    bool done;
    struct task *task;
};

static void asking_run(struct task *t, void *arg)
{
    struct asking *a = arg;
    a->task = t;
    a->done = false;
    a->count = 0;
    a->status = nt_notify(t, a->open, &a->args, &a->changes, &a->count);
    a->done = true;
}

static void ask(struct task *t, struct asking *a)
{
    assert_non_null(task_start(task_reactor(t), "asking", asking_run, a));
    settle(t);
}

static struct asking asking_of(struct world *w, struct task *t, const char *name, bool tree,
                               uint32_t more_access)
{
    struct nt_create_args args = world_args(w, t, name, FILE_LIST_DIRECTORY | more_access);
    args.options = NT_OPTION_DIRECTORY_FILE;
    struct asking a = {.args = {.filter = NT_NOTIFY_NAME | NT_NOTIFY_SIZE,
                                .watch_tree = tree,
                                .bytes_max = 1000,
                                .arena = &w->arena}};
    assert_status(world_create(w, t, &args, &a.open), STATUS_SUCCESS);
    return a;
}

static void assert_change(const struct asking *a, size_t i, uint32_t action, const char *name)
{
    assert_true(i < a->count);
    assert_int_equal(a->changes[i].action, action);
    assert_string_equal(a->changes[i].name, name);
}

static void names_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct asking a = asking_of(w, t, "d", false, 0);
    ask(t, &a);
    assert_false(a.done);
    struct nt_open *f = world_open(w, t, "d\\f", READ | DELETE);
    settle(t);
    assert_true(a.done);
    assert_status(a.status, STATUS_SUCCESS);
    assert_change(&a, 0, NT_ACTION_ADDED, "f");
    /* Between two requests changes gather. */
    assert_status(nt_rename(t, f, "d\\g", 0), STATUS_SUCCESS);
    nt_node_changed(t, f, NT_NOTIFY_SIZE);
    nt_node_changed(t, f, NT_NOTIFY_SIZE);
    nt_node_changed(t, f, NT_NOTIFY_ATTRIBUTES);
    assert_status(nt_set_disposition(t, f, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    world_close(t, f);
    ask(t, &a);
    assert_true(a.done);
    assert_int_equal(a.count, 4);
    assert_change(&a, 0, NT_ACTION_RENAMED_OLD, "f");
    assert_change(&a, 1, NT_ACTION_RENAMED_NEW, "g");
    assert_change(&a, 2, NT_ACTION_MODIFIED, "g");
    assert_change(&a, 3, NT_ACTION_REMOVED, "g");
    world_close(t, a.open);
}

static void tree_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct asking near = asking_of(w, t, "", false, 0);
    struct asking far = asking_of(w, t, "", true, 0);
    struct asking sub = asking_of(w, t, "sub", false, DELETE);
    ask(t, &near);
    ask(t, &far);
    world_close(t, world_open(w, t, "sub\\f", READ));
    settle(t);
    assert_false(near.done);
    assert_true(far.done);
    assert_change(&far, 0, NT_ACTION_ADDED, "sub\\f");
    /* A watched directory is followed when it is renamed. */
    assert_status(nt_rename(t, sub.open, "moved", 0), STATUS_SUCCESS);
    settle(t);
    assert_true(near.done);
    assert_change(&near, 0, NT_ACTION_RENAMED_OLD, "sub");
    ask(t, &sub);
    world_close(t, world_open(w, t, "moved\\g", READ));
    settle(t);
    assert_true(sub.done);
    assert_change(&sub, 0, NT_ACTION_ADDED, "g");
    world_close(t, near.open);
    world_close(t, far.open);
    world_close(t, sub.open);
}

static void overflow_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct asking a = asking_of(w, t, "d", false, 0);
    a.args.bytes_max = 40;
    ask(t, &a);
    world_close(t, world_open(w, t, "d\\one", READ));
    settle(t);
    assert_status(a.status, STATUS_SUCCESS);
    world_close(t, world_open(w, t, "d\\two", READ));
    world_close(t, world_open(w, t, "d\\three", READ));
    world_close(t, world_open(w, t, "d\\four", READ));
    ask(t, &a);
    assert_true(a.done);
    assert_status(a.status, STATUS_NOTIFY_ENUM_DIR);
    ask(t, &a);
    assert_false(a.done);
    world_close(t, world_open(w, t, "d\\five", READ));
    settle(t);
    assert_change(&a, 0, NT_ACTION_ADDED, "five");
    world_close(t, a.open);
}

static void ends_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct asking a = asking_of(w, t, "d", false, 0);
    ask(t, &a);
    task_cancel(a.task);
    settle(t);
    assert_true(a.done);
    assert_status(a.status, STATUS_CANCELLED);
    ask(t, &a);
    assert_false(a.done);
    world_close(t, a.open);
    settle(t);
    assert_true(a.done);
    assert_status(a.status, STATUS_NOTIFY_CLEANUP);

    a = asking_of(w, t, "d", false, 0);
    struct asking marks = asking_of(w, t, "d", false, DELETE);
    ask(t, &a);
    assert_status(nt_set_disposition(t, marks.open, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    settle(t);
    assert_true(a.done);
    assert_status(a.status, STATUS_DELETE_PENDING);
    world_close(t, marks.open);
    world_close(t, a.open);
    assert_false(world_has(w, "d"));
}

static void refused_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_change *changes;
    size_t count;
    struct nt_notify_args args = {.filter = NT_NOTIFY_NAME, .bytes_max = 10, .arena = &w->arena};
    struct nt_open *f = world_open(w, t, "f", READ);
    assert_status(nt_notify(t, f, &args, &changes, &count), STATUS_INVALID_PARAMETER);
    world_close(t, f);
    struct nt_open *d = world_open(w, t, "", FILE_READ_ATTRIBUTES);
    assert_status(nt_notify(t, d, &args, &changes, &count), STATUS_ACCESS_DENIED);
    world_close(t, d);
    assert_int_equal(w->volume->watch_count, 0);
}

WORLD_TEST(names)
WORLD_TEST(tree)
WORLD_TEST(overflow)
WORLD_TEST(ends)
WORLD_TEST(refused)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_tree),
        cmocka_unit_test(test_overflow), cmocka_unit_test(test_ends),
        cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
