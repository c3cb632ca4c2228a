/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers: order, ties, re-arming and cancelling anywhere in the heap. */
#include "run.h"

#define TIMERS 200

static struct timer timers[TIMERS];
static int fired[TIMERS], fired_count;

static void on_timer(struct task *t, void *arg)
{
    (void)t;
    struct timer *tm = arg;
    assert_false(timer_armed(tm));
    fired[fired_count++] = (int)(tm - timers);
}

static void order(struct task *t, void *arg)
{
    (void)arg;
    fired_count = 0;
    for (int i = 0; i < TIMERS; i++) {
        timer_init(&timers[i], task_reactor(t), "tick", on_timer, &timers[i]);
        timer_arm(&timers[i], 900000);
    }
    /* Times fall in ten steps; equal ones go by the order of arming. */
    for (int i = 0; i < TIMERS; i++)
        timer_arm(&timers[i], (uint64_t)(i * 7 % 10) * 300);
    for (int i = 0; i < TIMERS; i += 3)
        timer_cancel(&timers[i]);
    timer_cancel(&timers[0]);
    assert_int_equal(task_sleep_us(t, 5000), 0);
    assert_int_equal(fired_count, TIMERS - (TIMERS + 2) / 3);
    for (int i = 1; i < fired_count; i++) {
        int a = fired[i - 1], b = fired[i];
        assert_true(a * 7 % 10 < b * 7 % 10 || (a * 7 % 10 == b * 7 % 10 && a < b));
    }
}

static void timer_from_timer(struct task *t, void *arg)
{
    int *left = arg;
    (void)t;
    if (--*left > 0)
        timer_arm(&timers[0], 0);
}

static void rearm_from_its_task(struct task *t, void *arg)
{
    (void)arg;
    int left = 5;
    timer_init(&timers[0], task_reactor(t), "again", timer_from_timer, &left);
    timer_arm(&timers[0], 0);
    assert_int_equal(task_sleep_us(t, 3000), 0);
    assert_int_equal(left, 0);
    timer_arm(&timers[0], UINT64_MAX);
    assert_true(timer_armed(&timers[0]));
    timer_cancel(&timers[0]);
}

struct pair {
    struct timer first, second;
    bool owned; /* until the first has fired */
};

static void first_fires(struct task *t, void *arg)
{
    struct pair *p = arg;
    timer_cancel(&p->second);
    p->owned = false;
}

static void second_fires(struct task *t, void *arg)
{
    struct pair *p = arg;
    assert_true(p->owned);
}

/* Due at the same moment, and yet who is cancelled by the first does not fire. */
static void cancelled_when_due(struct task *t, void *arg)
{
    struct pair p = {.owned = true};
    timer_init(&p.first, task_reactor(t), "first", first_fires, &p);
    timer_init(&p.second, task_reactor(t), "second", second_fires, &p);
    timer_arm(&p.first, 500);
    timer_arm(&p.second, 500);
    assert_int_equal(task_sleep_us(t, 3000), 0);
    assert_false(p.owned);
}

static void sleeps(struct task *t, void *arg)
{
    (void)arg;
    uint64_t before = io_now_us(task_io(t));
    assert_int_equal(task_sleep_us(t, 3000), 0);
    assert_true(io_now_us(task_io(t)) - before >= 3000);
}

static void runs(void **state)
{
    run_task((task_fn *)(uintptr_t)*state, NULL);
}

#define RUNS(fn) {#fn, runs, NULL, NULL, (void *)(uintptr_t)(fn)}

int main(void)
{
    const struct CMUnitTest tests[] = {RUNS(order), RUNS(rearm_from_its_task),
                                       RUNS(cancelled_when_due), RUNS(sleeps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
