/* SPDX-License-Identifier: Apache-2.0
 *
 * Leases: what is granted beside others, which upgrades happen, how each state breaks, epochs,
 * acknowledgements in and out of turn. */
#include "nt/world.h"

#define R RIGHT_R
#define H RIGHT_H
#define W RIGHT_W

static struct nt_lease_key key_of(unsigned n)
{
    struct nt_lease_key k = {0};
    k.client.b[0] = 1;
    k.key.b[0] = (uint8_t)n;
    return k;
}

struct wish {
    const char *name;
    unsigned key;
    uint32_t state;
    uint32_t access, share;
    enum nt_disposition disposition;
    struct ear *ear;
};

static ntstatus lease_open(struct world *w, struct task *t, const struct wish *wish,
                           struct nt_create_result *r)
{
    struct nt_create_args args =
        world_args(w, t, wish->name ? wish->name : "f", wish->access ? wish->access : READ);
    args.oplock = NT_OPLOCK_LEASE;
    args.has_lease = true;
    args.lease = key_of(wish->key);
    args.lease_state = wish->state;
    args.lease_v2 = true;
    args.lease_epoch = 100;
    if (wish->share)
        args.share_access = wish->share;
    if (wish->disposition)
        args.disposition = wish->disposition;
    args.on_break = ear_hears;
    args.break_arg = wish->ear;
    return nt_create(t, w->volume, &w->caller, &args, r);
}

static struct nt_open *lease_get(struct world *w, struct task *t, const struct wish *wish,
                                 uint32_t expected)
{
    struct nt_create_result r;
    assert_status(lease_open(w, t, wish, &r), STATUS_SUCCESS);
    assert_int_equal(r.oplock, NT_OPLOCK_LEASE);
    assert_int_equal(r.lease_state, expected);
    return r.open;
}

/* A second open with the same key asks for `wanted` while `held` is held. */
static void upgrades_run(struct task *t, void *arg)
{
    static const uint32_t states[] = {0, R, R | H, R | W, R | H | W};
    for (size_t a = 0; a < ARRAY_LEN(states); a++) {
        for (size_t b = 0; b < ARRAY_LEN(states); b++) {
            struct ear ear = {0};
            bool covers = (states[a] & ~states[b]) == 0;
            struct nt_open *first =
                lease_get(arg, t, &(struct wish){.key = 1, .state = states[a], .ear = &ear},
                          states[a]);
            assert_int_equal(first->lease->caching.epoch, 101);
            struct nt_open *second =
                lease_get(arg, t, &(struct wish){.key = 1, .state = states[b], .ear = &ear},
                          covers ? states[b] : states[a]);
            bool changed = covers && states[a] != states[b];
            assert_int_equal(first->lease->caching.epoch, changed ? 102 : 101);
            assert_ptr_equal(first->lease, second->lease);
            assert_int_equal(ear.count, 0);
            world_close(t, first);
            assert_int_equal(second->lease->caching.state, covers ? states[b] : states[a]);
            world_close(t, second);
        }
    }
}

enum second { READING, OVERWRITING, VIOLATING };

static const struct {
    uint32_t held;
    enum second second;
    uint32_t broken_to; /* == held: no break */
    uint32_t granted;   /* to the second, which asks for RWH */
} matrix[] = {
    {R, READING, R, R | H},
    {R | H, READING, R | H, R | H},
    {R | W, READING, R, R | H},
    {R | H | W, READING, R | H, R | H},
    {R, OVERWRITING, 0, R | H},
    {R | H, OVERWRITING, 0, R | H},
    {R | W, OVERWRITING, 0, R | H},
    {R | H | W, OVERWRITING, 0, R | H},
    {R, VIOLATING, R, 0},
    {R | H, VIOLATING, R, 0},
    {R | W, VIOLATING, R | W, 0},
    {R | H | W, VIOLATING, R | W, 0},
};

static void matrix_one(struct world *w, struct task *t, size_t i)
{
    struct ear ear = {.acks = true};
    struct nt_open *first = lease_get(
        w, t,
        &(struct wish){.key = 1, .state = matrix[i].held, .access = READ | WRITE, .ear = &ear},
        matrix[i].held);
    struct wish wish = {.key = 2, .state = R | H | W, .ear = &ear};
    if (matrix[i].second == OVERWRITING)
        wish.disposition = NT_OVERWRITE;
    if (matrix[i].second == VIOLATING)
        wish.share = NT_SHARE_READ;
    struct nt_create_result r = {0};
    ntstatus status = lease_open(w, t, &wish, &r);
    bool violates = matrix[i].second == VIOLATING;
    assert_status(status, violates ? STATUS_SHARING_VIOLATION : STATUS_SUCCESS);
    bool breaks = matrix[i].broken_to != matrix[i].held;
    assert_int_equal(ear.count, breaks);
    if (breaks) {
        assert_int_equal(ear.last.lease_from, matrix[i].held);
        assert_int_equal(ear.last.lease_to, matrix[i].broken_to);
        assert_int_equal(ear.last.epoch, 102);
        assert_int_equal(ear.last.ack_required, matrix[i].held != R);
    }
    assert_int_equal(first->lease->caching.state, matrix[i].broken_to);
    if (!violates) {
        assert_int_equal(r.lease_state, matrix[i].granted);
        world_close(t, r.open);
    }
    world_close(t, first);
}

static void matrix_run(struct task *t, void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(matrix); i++)
        matrix_one(arg, t, i);
}

static void keys_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct nt_open *first = lease_get(w, t, &(struct wish){.key = 1, .state = R}, R);
    struct nt_create_result r;
    struct wish elsewhere = {.name = "g", .key = 1, .state = R};
    assert_status(lease_open(w, t, &elsewhere, &r), STATUS_INVALID_PARAMETER);
    assert_false(world_has(w, "g"));
    world_close(t, world_open(w, t, "g", READ));
    assert_status(lease_open(w, t, &elsewhere, &r), STATUS_INVALID_PARAMETER);
    world_close(t, first);
    world_close(t, lease_get(w, t, &elsewhere, R));
}

struct opener {
    struct world *world;
    struct wish wish;
    struct nt_create_result result;
    ntstatus status;
    bool done;
};

static void opener_run(struct task *t, void *arg)
{
    struct opener *o = arg;
    o->status = lease_open(o->world, t, &o->wish, &o->result);
    o->done = true;
}

static void opener_start(struct opener *o, struct task *t)
{
    assert_non_null(task_start(task_reactor(t), "opener", opener_run, o));
    settle(t);
}

/* An overwrite comes while the break for a plain open is under way: RWH, RH, R, none. */
static void gathering_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct ear ear = {0}, deaf = {0};
    struct nt_lease_key key = key_of(1);
    struct nt_open *first =
        lease_get(w, t, &(struct wish){.key = 1, .state = R | H | W, .ear = &ear}, R | H | W);
    assert_status(nt_lease_ack(&key, R), STATUS_UNSUCCESSFUL);
    struct opener reads = {.world = w, .wish = {.key = 2, .ear = &deaf}};
    struct opener overwrites = {.world = w,
                                .wish = {.key = 3, .disposition = NT_OVERWRITE, .ear = &deaf}};
    opener_start(&reads, t);
    opener_start(&overwrites, t);
    assert_false(reads.done || overwrites.done);
    assert_int_equal(ear.count, 1);
    assert_int_equal(ear.last.lease_to, R | H);
    assert_status(nt_lease_ack(&key, R | H | W), STATUS_REQUEST_NOT_ACCEPTED);
    assert_status(nt_lease_ack(&key, R | H), STATUS_SUCCESS);
    settle(t);
    assert_int_equal(ear.count, 2);
    assert_int_equal(ear.last.lease_from, R | H);
    assert_int_equal(ear.last.lease_to, R);
    assert_false(reads.done || overwrites.done);
    assert_status(nt_lease_ack(&key, R), STATUS_SUCCESS);
    settle(t);
    assert_int_equal(ear.count, 3);
    assert_int_equal(ear.last.lease_to, 0);
    assert_false(ear.last.ack_required);
    assert_true(reads.done && overwrites.done);
    assert_status(reads.status, STATUS_SUCCESS);
    assert_status(overwrites.status, STATUS_SUCCESS);
    assert_status(nt_lease_ack(&key, 0), STATUS_UNSUCCESSFUL);
    world_close(t, reads.result.open);
    world_close(t, overwrites.result.open);
    world_close(t, first);
    assert_status(nt_lease_ack(&key, 0), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* While a lease breaks, its own key may open, is told so, and gets no more. */
static void breaking_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct ear ear = {0};
    struct nt_lease_key key = key_of(1);
    struct wish own = {.key = 1, .state = R | W, .ear = &ear};
    struct nt_open *first = lease_get(w, t, &own, R | W);
    struct opener other = {.world = w, .wish = {.key = 2, .ear = &ear}};
    opener_start(&other, t);
    assert_false(other.done);
    own.state = R | H | W;
    struct nt_create_result r;
    assert_status(lease_open(w, t, &own, &r), STATUS_SUCCESS);
    assert_true(r.lease_breaking);
    assert_int_equal(r.lease_state, R | W);
    /* The first open goes away; the lease and its break live on with the second. */
    world_close(t, first);
    assert_false(other.done);
    assert_status(nt_lease_ack(&key, R), STATUS_SUCCESS);
    settle(t);
    assert_true(other.done);
    world_close(t, other.result.open);
    world_close(t, r.open);
}

static void writes_run(struct task *t, void *arg)
{
    struct world *w = arg;
    struct ear ears[2] = {0};
    struct wish one = {.key = 1, .state = R | H, .access = READ | WRITE, .ear = &ears[0]};
    struct wish two = {.key = 2, .state = R, .ear = &ears[1]};
    struct nt_open *a = lease_get(w, t, &one, R | H);
    struct nt_open *b = lease_get(w, t, &two, R);
    nt_break_for_write(t, a);
    assert_int_equal(ears[0].count, 0);
    assert_int_equal(ears[1].count, 1);
    assert_int_equal(ears[1].last.lease_to, 0);
    world_close(t, a);
    world_close(t, b);
}

WORLD_TEST(upgrades)
WORLD_TEST(matrix)
WORLD_TEST(keys)
WORLD_TEST(gathering)
WORLD_TEST(breaking)
WORLD_TEST(writes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upgrades),  cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_keys),      cmocka_unit_test(test_gathering),
        cmocka_unit_test(test_breaking),  cmocka_unit_test(test_writes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
