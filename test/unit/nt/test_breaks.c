/* SPDX-License-Identifier: Apache-2.0
 *
 * Two reactors, each with clients of its own, open, write, lock, rename and close a few files
 * with oplocks and leases, so that breaks and their acknowledgements cross all the time.  Nothing
 * may be lost: every open ends, and no node, lease or message is left. */
#include "nt/world.h"

#define REACTORS 2
#define CLIENTS 4
#define ROUNDS 60
#define FILES 3

struct side {
    struct world *world;
    struct reactor *reactor;
    unsigned index;
    struct arena arena;
    struct side *all;
};

struct client {
    struct side *side;
    unsigned number, seed;
};

static unsigned draw(struct client *c, unsigned below)
{
    c->seed = c->seed * 1103515245u + 12345u;
    return (c->seed >> 16) % below;
}

static _Atomic unsigned breaks_heard, opens_made, clients_live = REACTORS * CLIENTS;

static void on_break(struct nt_open *o, const struct nt_break *b, void *arg)
{
    struct client *c = arg;
    assert_ptr_equal(o->reactor, c->side->reactor);
    breaks_heard++;
    if (!b->ack_required)
        return;
    if (b->level == NT_OPLOCK_LEASE)
        (void)!nt_ok(nt_lease_ack(&b->lease, b->lease_to));
    else
        (void)!nt_ok(nt_oplock_ack(o, b->level));
}

static struct nt_create_args args_draw(struct client *c, struct task *t)
{
    static const char *const names[FILES] = {"a", "b", "c"};
    struct nt_create_args args = {.reactor = task_reactor(t),
                                  .arena = &c->side->arena,
                                  .desired_access = READ | WRITE | DELETE,
                                  .share_access = NT_SHARE_ALL,
                                  .disposition = draw(c, 4) ? NT_OPEN_IF : NT_OVERWRITE_IF,
                                  .on_break = on_break,
                                  .break_arg = c};
    unsigned file = draw(c, FILES);
    args.name = names[file];
    if (draw(c, 8) == 0)
        args.share_access = NT_SHARE_READ;
    if (draw(c, 8) == 0)
        args.options = NT_OPTION_DELETE_ON_CLOSE;
    if (draw(c, 2)) {
        args.oplock = (enum nt_oplock_level)draw(c, 4);
    } else {
        args.oplock = NT_OPLOCK_LEASE;
        args.has_lease = true;
        args.lease_v2 = true;
        args.lease.client.b[0] = (uint8_t)(1 + c->side->index);
        args.lease.key.b[0] = (uint8_t)(1 + draw(c, 2) * FILES + file);
        args.lease_state = draw(c, 8);
    }
    return args;
}

static void round_run(struct client *c, struct task *t)
{
    struct nt_create_args args = args_draw(c, t);
    struct nt_create_result r;
    ntstatus status = nt_create(t, c->side->world->volume, &c->side->world->caller, &args, &r);
    if (!nt_ok(status))
        return;
    opens_made++;
    nt_break_for_write(t, r.open);
    struct nt_lock_range range = {draw(c, 4), 2, draw(c, 2)};
    (void)!nt_ok(nt_lock(t, r.open, &range, draw(c, 2)));
    if (draw(c, 4) == 0)
        (void)task_sleep_us(t, 50);
    if (draw(c, 6) == 0)
        (void)!nt_ok(nt_rename(t, r.open, draw(c, 2) ? "a" : "d", NT_RENAME_REPLACE));
    (void)nt_close(t, r.open, NULL);
}

static void client_run(struct task *t, void *arg)
{
    struct client *c = arg;
    for (int i = 0; i < ROUNDS; i++)
        round_run(c, t);
    /* The last one waits for messages still under way before it ends both reactors. */
    if (--clients_live == 0) {
        settle(t);
        for (unsigned i = 0; i < REACTORS; i++)
            reactor_stop(c->side->all[i].reactor);
    }
    free(c);
}

static void *side_run(void *arg)
{
    struct side *s = arg;
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct client *c = NEW(struct client);
        *c = (struct client){s, i, 7 + s->index * CLIENTS + i};
        assert_non_null(task_spawn(s->reactor, "client", client_run, c));
    }
    reactor_run(s->reactor);
    return NULL;
}

static void test_crossing(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct side sides[REACTORS];
    pthread_t threads[REACTORS];
    for (unsigned i = 0; i < REACTORS; i++) {
        sides[i] = (struct side){.world = &w, .reactor = run_reactor(), .index = i, .all = sides};
        arena_init(&sides[i].arena);
    }
    for (unsigned i = 0; i < REACTORS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, side_run, &sides[i]), 0);
    for (unsigned i = 0; i < REACTORS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < REACTORS; i++) {
        reactor_free(sides[i].reactor);
        arena_fini(&sides[i].arena);
    }
    assert_true(breaks_heard > 0);
    assert_true(opens_made > ROUNDS);
    size_t count;
    struct nt_node **left = nt_nodes_below(w.volume, "", NULL, &count);
    assert_int_equal(count, 0);
    free(left);
    assert_int_equal(w.volume->refs, 1);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_crossing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
