/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests: runs one task on a reactor of its own and stops the reactor when that task ends. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "task/io.h"
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
