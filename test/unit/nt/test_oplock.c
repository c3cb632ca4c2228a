/* SPDX-License-Identifier: Apache-2.0
 *
 * Oplocks: what each level loses to each kind of second open, what that one gets, and what changes
 * of data, locks, late and wrong acknowledgements do. */
#include "nt/world.h"

#define NO_BREAK ((enum nt_oplock_level)99)
#define II NT_OPLOCK_LEVEL_II
#define EXCLUSIVE NT_OPLOCK_EXCLUSIVE
#define BATCH NT_OPLOCK_BATCH
#define NONE NT_OPLOCK_NONE

static struct nt_open *open_with(struct world *w, struct task *t, enum nt_oplock_level level,
                                 struct ear *ear)
{
    struct nt_create_args args = world_args(w, t, "f", READ | WRITE);
    struct nt_create_result r;
    args.oplock = level;
    args.on_break = ear_hears;
    args.break_arg = ear;
    assert_status(nt_create(t, w->volume, &w->caller, &args, &r), STATUS_SUCCESS);
    assert_int_equal(r.oplock, level);
    return r.open;
}

enum second { STAT, READING, OVERWRITING, VIOLATING };

static const struct {
    enum nt_oplock_level held;
    enum second second;
    enum nt_oplock_level broken_to;
    bool ack;
    enum nt_oplock_level granted; /* to the second, which asks for batch */
} matrix[] = {
    {II, STAT, NO_BREAK, false, II},
    {II, READING, NO_BREAK, false, II},
    {II, OVERWRITING, NONE, false, II},
    {II, VIOLATING, NO_BREAK, false, NONE},
    {EXCLUSIVE, STAT, NO_BREAK, false, NONE},
    {EXCLUSIVE, READING, II, true, II},
    {EXCLUSIVE, OVERWRITING, NONE, true, II},
    {EXCLUSIVE, VIOLATING, NO_BREAK, false, NONE},
    {BATCH, STAT, NO_BREAK, false, NONE},
    {BATCH, READING, II, true, II},
    {BATCH, OVERWRITING, NONE, true, II},
    {BATCH, VIOLATING, II, true, NONE},
};

static void matrix_one(struct world *w, struct task *t, size_t i)
{
    struct ear ear = {.acks = true};
    struct nt_open *first = open_with(w, t, matrix[i].held, &ear);
    struct nt_create_args args = world_args(w, t, "f", READ);
    args.oplock = BATCH;
    if (matrix[i].second == STAT)
        args.desired_access = FILE_READ_ATTRIBUTES;
    if (matrix[i].second == OVERWRITING)
        args.disposition = NT_OVERWRITE;
    if (matrix[i].second == VIOLATING)
        args.share_access = NT_SHARE_READ;
    struct nt_create_result r = {0};
    ntstatus status = nt_create(t, w->volume, &w->caller, &args, &r);
    bool violates = matrix[i].second == VIOLATING;
    assert_status(status, violates ? STATUS_SHARING_VIOLATION : STATUS_SUCCESS);
    assert_int_equal(ear.count, matrix[i].broken_to == NO_BREAK ? 0 : 1);
    if (ear.count) {
        assert_int_equal(ear.last.level, matrix[i].broken_to);
        assert_int_equal(ear.last.ack_required, matrix[i].ack);
    }
    assert_int_equal(r.oplock, matrix[i].granted);
    if (!violates)
        world_close(t, r.open);
    world_close(t, first);
}

static void matrix_run(struct task *t, void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(matrix); i++)
        matrix_one(arg, t, i);
}

struct opener {
    struct world *world;
    uint32_t access, share;
    ntstatus status;
    struct nt_open *open;
    bool done;
    struct task *task;
};

static void opener_run(struct task *t, void *arg)
{
    struct opener *o = arg;
    struct nt_create_args args = world_args(o->world, t, "f", o->access);
    if (o->share)
        args.share_access = o->share;
    o->task = t;
    o->status = world_create(o->world, t, &args, &o->open);
    o->done = true;
}

static void opener_start(struct opener *o, struct task *t)
{
    assert_non_null(task_start(task_reactor(t), "opener", opener_run, o));
    settle(t);
}

static void waits_run(struct task *t, void *arg)
{
    struct ear ear = {0};
    struct nt_open *first = open_with(arg, t, BATCH, &ear);
    struct opener second = {.world = arg, .access = READ};
    struct opener third = {.world = arg, .access = READ};
    opener_start(&second, t);
    opener_start(&third, t);
    assert_false(second.done || third.done);
    assert_int_equal(ear.count, 1);
    task_cancel(third.task);
    settle(t);
    assert_true(third.done);
    assert_status(third.status, STATUS_CANCELLED);
    assert_false(second.done);
    assert_status(nt_oplock_ack(first, II), STATUS_SUCCESS);
    settle(t);
    assert_true(second.done);
    assert_status(second.status, STATUS_SUCCESS);
    assert_status(nt_oplock_ack(first, II), STATUS_INVALID_OPLOCK_PROTOCOL);
    world_close(t, second.open);
    world_close(t, first);
}

/* The holder of a batch oplock answers a sharing violation by closing. */
static void closes_run(struct task *t, void *arg)
{
    struct ear ear = {0};
    struct nt_open *first = open_with(arg, t, BATCH, &ear);
    struct opener second = {.world = arg, .access = READ, .share = NT_SHARE_READ};
    opener_start(&second, t);
    assert_false(second.done);
    assert_int_equal(ear.count, 1);
    world_close(t, first);
    settle(t);
    assert_true(second.done);
    assert_status(second.status, STATUS_SUCCESS);
    world_close(t, second.open);
}

static void wrong_ack_run(struct task *t, void *arg)
{
    struct ear ear = {0};
    struct nt_open *first = open_with(arg, t, EXCLUSIVE, &ear);
    struct opener second = {.world = arg, .access = READ};
    assert_status(nt_oplock_ack(first, NONE), STATUS_INVALID_OPLOCK_PROTOCOL);
    opener_start(&second, t);
    assert_status(nt_oplock_ack(first, EXCLUSIVE), STATUS_INVALID_OPLOCK_PROTOCOL);
    settle(t);
    assert_true(second.done);
    assert_status(second.status, STATUS_SUCCESS);
    assert_int_equal(first->oplock.state, 0);
    world_close(t, second.open);
    world_close(t, first);
}

/* Level II goes when data changes or a range is locked, for the writer's own open too; the one
 * exclusive holder keeps what it has. */
static void changes_run(struct task *t, void *arg)
{
    struct ear ear = {0};
    struct nt_open *own = open_with(arg, t, EXCLUSIVE, &ear);
    nt_break_for_write(t, own);
    assert_int_equal(ear.count, 0);
    world_close(t, own);

    struct ear ears[2] = {0};
    struct nt_open *a = open_with(arg, t, II, &ears[0]);
    struct nt_open *b = open_with(arg, t, II, &ears[1]);
    nt_break_for_write(t, a);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ears[i].count, 1);
        assert_int_equal(ears[i].last.level, NONE);
        assert_false(ears[i].last.ack_required);
    }
    assert_int_equal(a->node->caching_holders, 0);
    world_close(t, b);
    b = open_with(arg, t, II, &ears[1]);
    struct nt_lock_range range = {0, 1, true};
    assert_status(nt_lock(t, a, &range, false), STATUS_SUCCESS);
    assert_int_equal(ears[1].count, 2);
    world_close(t, b);
    world_close(t, a);
}

static void rename_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct ear ear = {.acks = true};
    struct nt_open *holder = open_with(w, t, BATCH, &ear);
    struct nt_open *other = world_open(w, t, "f", FILE_READ_ATTRIBUTES);
    assert_int_equal(ear.count, 0);
    other->access |= ACCESS_DELETE;
    assert_status(nt_rename(t, other, "g", 0), STATUS_SUCCESS);
    assert_int_equal(ear.count, 1);
    assert_int_equal(ear.last.level, II);
    world_close(t, other);
    world_close(t, holder);
}

WORLD_TEST(matrix)
WORLD_TEST(waits)
WORLD_TEST(closes)
WORLD_TEST(wrong_ack)
WORLD_TEST(changes)
WORLD_TEST(rename)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix), cmocka_unit_test(test_waits),
        cmocka_unit_test(test_closes), cmocka_unit_test(test_wrong_ack),
        cmocka_unit_test(test_changes), cmocka_unit_test(test_rename)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
