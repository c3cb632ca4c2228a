/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks and events: order, nesting, cancellation in every state, shields, limits. */
#include "run.h"

static char log_text[64];

static void note(const char *s)
{
    strncat(log_text, s, sizeof(log_text) - strlen(log_text) - 1);
}

static void child(struct task *t, void *arg)
{
    note(arg);
    task_yield(t);
    note(arg);
}

static void start_order(struct task *t, void *arg)
{
    (void)arg;
    log_text[0] = 0;
    assert_non_null(task_spawn(task_reactor(t), "s", child, "s"));
    assert_non_null(task_start(task_reactor(t), "n", child, "n"));
    note("-");
    task_yield(t);
    task_yield(t);
    assert_string_equal(log_text, "n-sns");
}

static void grandchild(struct task *t, void *arg)
{
    note("g");
    assert_int_equal(event_wait(t, arg, EVENT_NO_TIMEOUT), 0);
    note("G");
}

static void nested_child(struct task *t, void *arg)
{
    note("c");
    assert_non_null(task_start(task_reactor(t), "g", grandchild, arg));
    note("d");
    assert_int_equal(event_wait(t, arg, EVENT_NO_TIMEOUT), 0);
    note("C");
}

static void nested_starts(struct task *t, void *arg)
{
    (void)arg;
    struct event e;
    event_init(&e);
    log_text[0] = 0;
    assert_non_null(task_start(task_reactor(t), "c", nested_child, &e));
    note("p");
    event_signal(&e);
    task_yield(t);
    assert_string_equal(log_text, "cgdpGC");
}

static int result;
static struct event wait_here;

static void waiter(struct task *t, void *arg)
{
    uint64_t *timeout = arg;
    result = event_wait(t, &wait_here, *timeout);
}

static void event_ends(struct task *t, void *arg)
{
    (void)arg;
    struct reactor *r = task_reactor(t);
    uint64_t none = EVENT_NO_TIMEOUT, zero = 0, brief = 2000, day = UINT64_C(86400) * 1000000;
    event_init(&wait_here);
    result = 1;
    assert_non_null(task_start(r, "w", waiter, &none));
    event_signal_one(&wait_here);
    assert_int_equal(result, 1);
    task_yield(t);
    assert_int_equal(result, 0);

    assert_non_null(task_start(r, "w", waiter, &zero));
    assert_int_equal(result, -ETIMEDOUT);

    result = 1;
    assert_non_null(task_start(r, "w", waiter, &brief));
    assert_int_equal(task_sleep_us(t, 4000), 0);
    assert_int_equal(result, -ETIMEDOUT);

    struct task *w = task_start(r, "w", waiter, &day);
    assert_non_null(w);
    task_cancel(w);
    task_cancel(w);
    task_yield(t);
    assert_int_equal(result, -ECANCELED);
    assert_true(list_empty(&wait_here.waiters));

    /* Signalled first, cancelled second: the signal counts. */
    w = task_start(r, "w", waiter, &day);
    assert_non_null(w);
    event_signal(&wait_here);
    task_cancel(w);
    task_yield(t);
    assert_int_equal(result, 0);
}

static void shielded(struct task *t, void *arg)
{
    (void)arg;
    task_shield_begin(t);
    task_shield_begin(t);
    result = event_wait(t, &wait_here, EVENT_NO_TIMEOUT);
    assert_true(task_cancelled(t));
    task_shield_end(t);
    assert_int_equal(task_sleep_us(t, 100), 0);
    task_shield_end(t);
    assert_int_equal(task_sleep_us(t, 100), -ECANCELED);
    assert_int_equal(io_poll_in(t, 0), -ECANCELED);
    result = 7;
}

static void shield(struct task *t, void *arg)
{
    (void)arg;
    event_init(&wait_here);
    result = 1;
    struct task *w = task_start(task_reactor(t), "w", shielded, NULL);
    assert_non_null(w);
    task_cancel(w);
    task_yield(t);
    assert_int_equal(result, 1);
    event_signal(&wait_here);
    task_yield(t);
    assert_int_equal(result, 0);
    assert_int_equal(task_sleep_us(t, 2000), 0);
    assert_int_equal(result, 7);
}

static void queued(struct task *t, void *arg)
{
    (void)arg;
    result = task_sleep_us(t, 1000000);
}

static void cancel_before_first_run(struct task *t, void *arg)
{
    (void)arg;
    struct task *w = task_spawn(task_reactor(t), "w", queued, NULL);
    assert_non_null(w);
    task_cancel(w);
    task_yield(t);
    assert_int_equal(result, -ECANCELED);
}

static int doubled(void *arg)
{
    int *value = arg;
    *value *= 2;
    return *value;
}

static void offload(struct task *t, void *arg)
{
    (void)arg;
    int value = 21;
    assert_int_equal(task_offload(t, doubled, &value), 42);
    assert_int_equal(value, 42);
}

static int slow(void *arg)
{
    struct timespec ts = {.tv_nsec = 3000000};
    nanosleep(&ts, NULL);
    (void)arg;
    return 5;
}

static void offloader(struct task *t, void *arg)
{
    (void)arg;
    result = task_offload(t, slow, NULL);
    assert_int_equal(task_offload(t, slow, NULL), -ECANCELED);
    result += 100;
}

static void offload_ignores_cancel(struct task *t, void *arg)
{
    (void)arg;
    result = 0;
    struct task *w[4];
    for (int i = 0; i < 4; i++) {
        w[i] = task_start(task_reactor(t), "o", offloader, NULL);
        assert_non_null(w[i]);
        task_cancel(w[i]);
    }
    task_yield(t);
    assert_int_equal(result, 0);
    for (int i = 0; i < 1000 && result < 105; i++)
        assert_int_equal(task_sleep_us(t, 500), 0);
    assert_int_equal(result, 105);
    for (int i = 0; i < 20; i++)
        assert_int_equal(task_sleep_us(t, 500), 0);
}

static void runs(void **state)
{
    run_task((task_fn *)(uintptr_t)*state, NULL);
}

static void forever(struct task *t, void *arg)
{
    int *ended = arg;
    struct event never;
    event_init(&never);
    while (event_wait(t, &never, EVENT_NO_TIMEOUT) != -ECANCELED)
        ;
    ++*ended;
}

static void test_limit_and_stop(void **state)
{
    (void)state;
    struct reactor_config config = {.tasks_max = 20};
    struct reactor *r = NULL;
    int ended = 0;
    assert_int_equal(reactor_new(&config, &r), 0);
    for (int i = 0; i < 20; i++)
        assert_non_null(task_spawn(r, "forever", forever, &ended));
    assert_null(task_spawn(r, "forever", forever, &ended));
    assert_null(task_start(r, "forever", forever, &ended));
    reactor_stop(r);
    reactor_run(r);
    assert_int_equal(ended, 20);
    struct reactor_counters c;
    reactor_counters_read(r, &c);
    assert_int_equal(c.tasks_live, 0);
    assert_int_equal(c.tasks_peak, 20);
    assert_int_equal(c.tasks_started, 20);
    reactor_free(r);
}

#define RUNS(fn) {#fn, runs, NULL, NULL, (void *)(uintptr_t)(fn)}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNS(start_order),
        RUNS(nested_starts),
        RUNS(event_ends),
        RUNS(shield),
        RUNS(cancel_before_first_run),
        RUNS(offload),
        RUNS(offload_ignores_cancel),
        cmocka_unit_test(test_limit_and_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
