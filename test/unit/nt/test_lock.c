/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte-range locks: the edges by hand, the rest against an oracle that keeps, for each byte of a
 * small file, who holds it how; then waiting, cancelling and closing. */
#include "nt/world.h"

#define OPENS 3
#define BYTES 24
#define STEPS 6000

static void edges_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *a = world_open(w, t, "f", READ | WRITE);
    struct nt_open *b = world_open(w, t, "f", READ | WRITE);
    struct nt_lock_range whole = {0, UINT64_MAX, true};
    struct nt_lock_range end = {UINT64_MAX, 1, true};
    struct nt_lock_range wrap = {UINT64_MAX, 2, true};
    struct nt_lock_range inside = {5, 0, true};
    struct nt_lock_range at_start = {0, 0, true};
    assert_status(nt_lock(t, a, &wrap, false), STATUS_INVALID_LOCK_RANGE);
    assert_status(nt_lock(t, a, &whole, false), STATUS_SUCCESS);
    assert_status(nt_lock(t, b, &end, false), STATUS_SUCCESS);
    assert_status(nt_lock(t, a, &end, false), STATUS_LOCK_NOT_GRANTED);
    assert_status(nt_lock(t, b, &inside, false), STATUS_LOCK_NOT_GRANTED);
    assert_status(nt_lock(t, b, &at_start, false), STATUS_SUCCESS);
    assert_status(nt_lock_check_io(a, 0, 10, true), STATUS_SUCCESS);
    assert_status(nt_lock_check_io(b, 0, 10, false), STATUS_FILE_LOCK_CONFLICT);
    assert_status(nt_lock_check_io(b, 0, 0, false), STATUS_SUCCESS);
    assert_status(nt_unlock(t, b, 0, UINT64_MAX), STATUS_RANGE_NOT_LOCKED);
    assert_status(nt_unlock(t, a, 0, UINT64_MAX), STATUS_SUCCESS);
    assert_status(nt_unlock(t, a, 0, UINT64_MAX), STATUS_RANGE_NOT_LOCKED);
    world_close(t, a);
    world_close(t, b);
}

static void own_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *a = world_open(w, t, "f", READ | WRITE);
    struct nt_lock_range exclusive = {0, 10, true};
    struct nt_lock_range shared = {0, 10, false};
    assert_status(nt_lock(t, a, &exclusive, false), STATUS_SUCCESS);
    assert_status(nt_lock(t, a, &exclusive, false), STATUS_LOCK_NOT_GRANTED);
    assert_status(nt_lock(t, a, &shared, false), STATUS_SUCCESS);
    assert_status(nt_unlock(t, a, 0, 10), STATUS_SUCCESS);
    /* What is left is shared: its own holder may not write either. */
    assert_status(nt_lock_check_io(a, 0, 1, false), STATUS_SUCCESS);
    assert_status(nt_lock_check_io(a, 0, 1, true), STATUS_FILE_LOCK_CONFLICT);
    world_close(t, a);
    struct nt_open *d = world_open(w, t, "f", FILE_READ_ATTRIBUTES);
    assert_status(nt_lock(t, d, &shared, false), STATUS_ACCESS_DENIED);
    world_close(t, d);
}

struct oracle {
    uint8_t shared[OPENS][BYTES];
    uint8_t exclusive[OPENS][BYTES];
};

static bool oracle_free(const struct oracle *o, int who, const struct nt_lock_range *r)
{
    for (uint64_t i = r->offset; i < r->offset + r->length; i++) {
        for (int k = 0; k < OPENS; k++) {
            if (o->exclusive[k][i] && (k != who || r->exclusive))
                return false;
            if (o->shared[k][i] && r->exclusive)
                return false;
        }
    }
    return true;
}

static bool oracle_io(const struct oracle *o, int who, const struct nt_lock_range *r, bool write)
{
    for (uint64_t i = r->offset; i < r->offset + r->length; i++) {
        for (int k = 0; k < OPENS; k++) {
            if (o->exclusive[k][i] && k != who)
                return false;
            if (o->shared[k][i] && write)
                return false;
        }
    }
    return true;
}

struct held {
    int who;
    struct nt_lock_range range;
};

static void oracle_change(struct oracle *o, const struct held *h, int by)
{
    for (uint64_t i = h->range.offset; i < h->range.offset + h->range.length; i++) {
        uint8_t *cell = h->range.exclusive ? &o->exclusive[h->who][i] : &o->shared[h->who][i];
        *cell = (uint8_t)(*cell + by);
    }
}

struct random_run {
    struct task *t;
    struct nt_open *opens[OPENS];
    struct oracle oracle;
    struct held held[BYTES * OPENS * 4];
    size_t count;
    unsigned seed;
};

static unsigned draw(struct random_run *r, unsigned below)
{
    r->seed = r->seed * 1103515245u + 12345u;
    return (r->seed >> 16) % below;
}

/* Unlocking takes the oldest lock of exactly that range: the oracle does too. */
static void random_unlock(struct random_run *r)
{
    struct held h = r->held[draw(r, (unsigned)r->count)];
    size_t i = 0;
    while (r->held[i].who != h.who || r->held[i].range.offset != h.range.offset ||
           r->held[i].range.length != h.range.length)
        i++;
    assert_status(nt_unlock(r->t, r->opens[h.who], h.range.offset, h.range.length),
                  STATUS_SUCCESS);
    oracle_change(&r->oracle, &r->held[i], -1);
    memmove(&r->held[i], &r->held[i + 1], (r->count - i - 1) * sizeof(r->held[0]));
    r->count--;
}

static void random_step(struct random_run *r)
{
    int who = (int)draw(r, OPENS);
    struct nt_lock_range range = {.offset = draw(r, BYTES - 1), .exclusive = draw(r, 2)};
    range.length = 1 + draw(r, (unsigned)(BYTES - range.offset));
    unsigned what = draw(r, 4);
    if (what == 0 && r->count) {
        random_unlock(r);
    } else if (what == 1) {
        bool write = draw(r, 2);
        assert_int_equal(
            nt_ok(nt_lock_check_io(r->opens[who], range.offset, range.length, write)),
            oracle_io(&r->oracle, who, &range, write));
    } else if (r->count < ARRAY_LEN(r->held)) {
        bool granted = nt_ok(nt_lock(r->t, r->opens[who], &range, false));
        assert_int_equal(granted, oracle_free(&r->oracle, who, &range));
        if (granted) {
            r->held[r->count++] = (struct held){who, range};
            oracle_change(&r->oracle, &r->held[r->count - 1], 1);
        }
    }
}

static void random_run(struct task *t, void *arg)
{
    struct random_run *r = NEW(struct random_run);
    r->t = t;
    r->seed = 20;
    for (int i = 0; i < OPENS; i++)
        r->opens[i] = world_open(arg, t, "f", READ | WRITE);
    for (int i = 0; i < STEPS; i++)
        random_step(r);
    for (int i = 0; i < OPENS; i++)
        world_close(t, r->opens[i]);
    free(r);
}

struct waiting {
    struct nt_open *open;
    ntstatus status;
    bool done;
    struct task *task;
};

static void waiting_run(struct task *t, void *arg)
{
    struct waiting *w = arg;
    struct nt_lock_range range = {0, 4, true};
    w->task = t;
    w->status = nt_lock(t, w->open, &range, true);
    w->done = true;
}

static void wait_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *holder = world_open(w, t, "f", READ | WRITE);
    struct nt_lock_range range = {0, 10, true};
    assert_status(nt_lock(t, holder, &range, false), STATUS_SUCCESS);
    struct waiting waiting[3] = {0};
    for (int i = 0; i < 3; i++) {
        waiting[i].open = world_open(w, t, "f", READ | WRITE);
        assert_non_null(task_start(task_reactor(t), "waiting", waiting_run, &waiting[i]));
    }
    settle(t);
    assert_false(waiting[0].done || waiting[1].done || waiting[2].done);
    task_cancel(waiting[1].task);
    settle(t);
    assert_true(waiting[1].done);
    assert_status(waiting[1].status, STATUS_CANCELLED);
    world_close(t, waiting[2].open);
    settle(t);
    assert_true(waiting[2].done);
    assert_status(waiting[2].status, STATUS_RANGE_NOT_LOCKED);
    world_close(t, holder);
    settle(t);
    assert_true(waiting[0].done);
    assert_status(waiting[0].status, STATUS_SUCCESS);
    world_close(t, waiting[0].open);
    world_close(t, waiting[1].open);
}

WORLD_TEST(edges)
WORLD_TEST(own)
WORLD_TEST(random)
WORLD_TEST(wait)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_edges), cmocka_unit_test(test_own),
                                       cmocka_unit_test(test_random), cmocka_unit_test(test_wait)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
