/* SPDX-License-Identifier: Apache-2.0
 *
 * Credits and patience: servers that grant too little, nothing or absurdly much, and servers that
 * take their time. */
#include "server.h"

#define TASKS 20u

static struct client_tree *tree;
static struct client_file *file;
static unsigned finished, failed;

static void opens(struct task *t, struct world *w)
{
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_open(t, tree, &open, &file)));
}

static void reads(struct task *t, void *arg)
{
    uint8_t bytes[100];
    size_t len = 0;
    (void)arg;
    failed += !nt_ok(client_read(t, file, 0, mspan_of(bytes, sizeof(bytes)), &len));
    finished++;
}

static void many_read(struct task *t, struct world *w)
{
    opens(t, w);
    finished = failed = 0;
    for (unsigned i = 0; i < TASKS; i++)
        assert_non_null(task_spawn(task_reactor(t), "reader", reads, NULL));
    while (finished < TASKS)
        IGNORE(task_sleep_us(t, 1000));
    assert_int_equal(failed, 0);
    assert_int_equal(w->conn->credits_flying, 0);
    assert_true(w->conn->credits <= LIMIT_CREDITS_MAX);
    assert_true(nt_ok(client_close(t, file)));
    client_tree_disconnect(t, tree);
}

static void test_few_and_many(void **state)
{
    (void)state;
    static const uint16_t grants[] = {1, 3, 512, 65535};
    for (size_t i = 0; i < ARRAY_LEN(grants); i++) {
        struct world w = world_of(many_read);
        w.script.credits = grants[i];
        world_run(&w);
        assert_int_equal(finished, TASKS);
    }
}

static void test_none(void **state)
{
    (void)state;
    struct world w = world_of(NULL);
    w.script.no_credits = true;
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_INSUFFICIENT_RESOURCES));
    assert_int_equal(w.took_us / 1000000, 0);
}

/* One credit at a time cannot pay for a chain of three: a failure, not a hang. */
static void stats(struct task *t, struct world *w)
{
    struct file_info info;
    opens(t, w);
    assert_true(nt_is(client_stat(t, tree, "x", &info), STATUS_INSUFFICIENT_RESOURCES));
    assert_true(nt_ok(client_close(t, file)));
    client_tree_disconnect(t, tree);
}

static void test_chain_too_dear(void **state)
{
    (void)state;
    struct world w = world_of(stats);
    w.script.credits = 1;
    world_run(&w);
    assert_true(nt_ok(w.connected));
}

/* A flush takes so long, with or without word that it will. */
static uint64_t answer_after_us;
static bool says_so;
static ntstatus status;
static uint64_t waited_us;

static bool flush_is_slow(struct task *t, struct server *s, const struct asked *q)
{
    if (q->h.command != SMB2_CMD_FLUSH)
        return false;
    struct answer *a = answer_default(s, q);
    if (says_so) {
        answer_send(s, answer_interim(s, q, 5));
        a->h.flags |= SMB2_FLAG_ASYNC;
        a->h.async_id = 5;
    }
    if (answer_after_us == UINT64_MAX) {
        free(a);
        return true;
    }
    IGNORE(task_sleep_us(t, answer_after_us));
    answer_send(s, a);
    return true;
}

static void flushes(struct task *t, struct world *w)
{
    opens(t, w);
    uint64_t began = sim_now_us(w->sim);
    status = client_flush(t, file);
    waited_us = sim_now_us(w->sim) - began;
    IGNORE(client_close(t, file));
    client_tree_disconnect(t, tree);
}

static void flush_run(uint64_t after_us, bool word)
{
    struct world w = world_of(flushes);
    answer_after_us = after_us;
    says_so = word;
    w.script.on = flush_is_slow;
    w.options.timeout_ms = 10000;
    world_run(&w);
}

static void test_patience(void **state)
{
    (void)state;
    flush_run(9000000, false);
    assert_true(nt_ok(status));
    flush_run(UINT64_MAX, false);
    assert_true(nt_is(status, STATUS_IO_TIMEOUT));
    assert_in_range(waited_us, 10000000, 10100000);
    flush_run(39000000, true);
    assert_true(nt_ok(status));
    flush_run(UINT64_MAX, true);
    assert_true(nt_is(status, STATUS_IO_TIMEOUT));
    assert_in_range(waited_us, 40000000, 40100000);
}

/* Others are answered all the time: a sign of life, but not for ever. */
static void keeps_reading(struct task *t, void *arg)
{
    struct world *w = arg;
    uint8_t byte;
    size_t len;
    while (nt_ok(client_read(t, file, 0, mspan_of(&byte, 1), &len)))
        IGNORE(task_sleep_us(t, 5000000));
    finished = 1;
    (void)w;
}

static void flushes_beside_a_reader(struct task *t, struct world *w)
{
    opens(t, w);
    finished = 0;
    assert_non_null(task_spawn(task_reactor(t), "reader", keeps_reading, w));
    uint64_t began = sim_now_us(w->sim);
    status = client_flush(t, file);
    waited_us = sim_now_us(w->sim) - began;
    while (!finished)
        IGNORE(task_sleep_us(t, 1000000));
    IGNORE(client_close(t, file));
    client_tree_disconnect(t, tree);
}

static void test_patience_beside_others(void **state)
{
    (void)state;
    struct world w = world_of(flushes_beside_a_reader);
    answer_after_us = UINT64_MAX;
    says_so = false;
    w.script.on = flush_is_slow;
    w.options.timeout_ms = 10000;
    world_run(&w);
    assert_true(nt_is(status, STATUS_IO_TIMEOUT));
    assert_in_range(waited_us, 100000000, 101000000);
}

/* Cancelled in the queue for credits: nobody else is hurt.  Cancelled in flight: the connection
 * ends, for the answer could not be told from another's. */
static void waits(struct task *t, void *arg)
{
    ntstatus *ret = arg;
    *ret = client_flush(t, file);
    finished++;
}

static void cancels(struct task *t, struct world *w)
{
    ntstatus first, second;
    opens(t, w);
    finished = 0;
    struct task *one = task_spawn(task_reactor(t), "one", waits, &first);
    IGNORE(task_sleep_us(t, 1000));
    uint32_t credits = w->conn->credits;
    w->conn->credits = 0; /* as if all were in use */
    struct task *two = task_spawn(task_reactor(t), "two", waits, &second);
    IGNORE(task_sleep_us(t, 1000));
    task_cancel(two);
    while (finished < 1)
        IGNORE(task_sleep_us(t, 1000));
    assert_true(nt_is(second, STATUS_CANCELLED));
    assert_true(nt_ok(w->conn->broken));
    w->conn->credits = credits;
    task_cancel(one);
    while (finished < 2)
        IGNORE(task_sleep_us(t, 1000));
    assert_true(nt_is(first, STATUS_CANCELLED));
    assert_true(nt_is(w->conn->broken, STATUS_CANCELLED));
    IGNORE(client_close(t, file));
    client_tree_disconnect(t, tree);
}

static void test_cancelling(void **state)
{
    (void)state;
    struct world w = world_of(cancels);
    answer_after_us = UINT64_MAX;
    says_so = false;
    w.script.on = flush_is_slow;
    world_run(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_and_many),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_chain_too_dear),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_patience_beside_others),
        cmocka_unit_test(test_cancelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
