/* SPDX-License-Identifier: Apache-2.0
 *
 * Reactors: messages between two threads, turn ends, stopping from outside. */
#include <pthread.h>
#include <unistd.h>

#include "run.h"

#define ROUNDS 2000

struct ball {
    struct reactor_message message;
    struct reactor *players[2];
    int hits;
};

static void hit(struct task *t, void *arg)
{
    struct ball *ball = arg;
    struct reactor *me = task_reactor(t);
    assert_ptr_equal(me, ball->players[ball->hits % 2]);
    if (++ball->hits < ROUNDS) {
        reactor_post(ball->players[ball->hits % 2], &ball->message);
    } else {
        reactor_stop(ball->players[0]);
        reactor_stop(ball->players[1]);
    }
}

static void *run_thread(void *arg)
{
    reactor_run(arg);
    return NULL;
}

static void test_messages_go_back_and_forth(void **state)
{
    (void)state;
    struct ball ball = {.players = {run_reactor(), run_reactor()}};
    ball.message = (struct reactor_message){.name = "hit", .fn = hit, .arg = &ball};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, ball.players[i]), 0);
    reactor_post(ball.players[0], &ball.message);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(ball.hits, ROUNDS);
    struct reactor_counters c;
    reactor_counters_read(ball.players[0], &c);
    assert_int_equal(c.posts, ROUNDS / 2);
    reactor_free(ball.players[0]);
    reactor_free(ball.players[1]);
}

static struct reactor_message burst[1000];
static int burst_next;

static void in_order(struct task *t, void *arg)
{
    assert_ptr_equal(arg, &burst[burst_next]);
    if (++burst_next == (int)ARRAY_LEN(burst))
        reactor_stop(task_reactor(t));
}

static void test_messages_keep_order(void **state)
{
    (void)state;
    struct reactor *r = run_reactor();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_thread, r), 0);
    for (size_t i = 0; i < ARRAY_LEN(burst); i++) {
        burst[i] = (struct reactor_message){.name = "m", .fn = in_order, .arg = &burst[i]};
        reactor_post(r, &burst[i]);
        if (i % 100 == 0)
            usleep(500); /* lets it fall asleep now and then */
    }
    pthread_join(thread, NULL);
    assert_int_equal(burst_next, ARRAY_LEN(burst));
    reactor_free(r);
}

static struct turn_end first, second;
static int first_runs, second_runs;

static void on_first(struct turn_end *te)
{
    (void)te;
    first_runs++;
    turn_end_cancel(&second);
}

static void on_second(struct turn_end *te)
{
    (void)te;
    second_runs++;
}

static void turn_ends(struct task *t, void *arg)
{
    (void)arg;
    turn_end_init(&first, on_first);
    turn_end_init(&second, on_second);
    for (int i = 0; i < 3; i++)
        turn_end_ask(task_reactor(t), &first);
    turn_end_ask(task_reactor(t), &second);
    task_yield(t);
    assert_int_equal(first_runs, 0); /* a yield stays within the turn */
    assert_int_equal(task_sleep_us(t, 10), 0);
    assert_int_equal(first_runs, 1);
    assert_int_equal(second_runs, 0);
    turn_end_ask(task_reactor(t), &second);
    assert_int_equal(task_sleep_us(t, 10), 0);
    assert_int_equal(second_runs, 1);
}

static void test_turn_ends(void **state)
{
    (void)state;
    run_task(turn_ends, NULL);
}

static void sleeper(struct task *t, void *arg)
{
    *(int *)arg = task_sleep_us(t, UINT64_C(3600) * 1000000);
}

static void test_stop_wakes_a_sleeping_reactor(void **state)
{
    (void)state;
    struct reactor *r = run_reactor();
    int result = 0;
    assert_non_null(task_spawn(r, "sleeper", sleeper, &result));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_thread, r), 0);
    usleep(20000);
    reactor_stop(r);
    pthread_join(thread, NULL);
    assert_int_equal(result, -ECANCELED);
    reactor_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_go_back_and_forth),
        cmocka_unit_test(test_messages_keep_order),
        cmocka_unit_test(test_turn_ends),
        cmocka_unit_test(test_stop_wakes_a_sleeping_reactor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
