/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests: runs one task on a reactor of its own and stops the reactor when that task ends. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "task/io.h"
#include "task/simio.h"
#include "task/task.h"

struct run {
    task_fn *fn;
    void *arg;
};

static void run_main(struct task *t, void *arg)
{
    struct run *run = arg;
    run->fn(t, run->arg);
    reactor_stop(task_reactor(t));
}

static inline struct reactor *run_reactor(void)
{
    struct reactor_config config = {.index = 0, .spin_us = 5, .offload_threads = 2};
    struct reactor *r = NULL;
    assert_int_equal(reactor_new(&config, &r), 0);
    return r;
}

static inline void run_task(task_fn *fn, void *arg)
{
    struct reactor *r = run_reactor();
    struct run run = {fn, arg};
    assert_non_null(task_spawn(r, "test", run_main, &run));
    reactor_run(r);
    reactor_free(r);
}

/* The world of the running test, or NULL on the ring. */
static struct sim *run_sim UNUSED;

static inline void run_sim_task(uint64_t seed, task_fn *fn, void *arg)
{
    struct reactor_config config = {.index = 0};
    struct run run = {fn, arg};
    run_sim = sim_new(seed);
    struct reactor *r = sim_reactor_new(run_sim, &config);
    assert_non_null(task_spawn(r, "test", run_main, &run));
    assert_true(sim_run_until_idle(run_sim, UINT64_C(3600) * 1000000));
    struct reactor_counters c;
    reactor_counters_read(r, &c);
    assert_int_equal(c.tasks_live, 0);
    reactor_free(r);
    sim_free(run_sim);
    run_sim = NULL;
}

static inline void run_pair(int ret_fds[2])
{
    if (run_sim)
        sim_socketpair(run_sim, ret_fds);
    else
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds), 0);
}
