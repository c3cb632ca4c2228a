/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers: switching there and back, registers kept, stacks reused and cooled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "task/fiber.h"

static struct fiber own, a, b;
static int steps;

static void ping(struct fiber *f)
{
    double x = 1.5;
    for (int i = 0; i < 100; i++) {
        x *= 1.01;
        steps++;
        fiber_switch(f, &b);
    }
    assert_true(x > 4.0 && x < 4.1);
    fiber_leave(f, &own);
}

static void pong(struct fiber *f)
{
    for (;;) {
        steps += 1000;
        fiber_switch(f, &a);
    }
}

static void test_two_fibers_alternate(void **state)
{
    (void)state;
    fiber_init_thread(&own);
    assert_int_equal(fiber_init(&a), 0);
    assert_int_equal(fiber_init(&b), 0);
    for (int life = 0; life < 3; life++) {
        steps = 0;
        fiber_prepare(&a, ping);
        fiber_prepare(&b, pong);
        fiber_switch(&own, &a);
        assert_int_equal(steps, 100 * 1001);
        fiber_cool(&a);
        fiber_cool(&b);
    }
    fiber_fini(&a);
    fiber_fini(&b);
}

static int depth_reached;

static int recurse(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    frame[511] = 1;
    depth_reached = depth;
    return depth == 0 ? frame[511] : recurse(depth - 1) + frame[511];
}

static void deep(struct fiber *f)
{
    assert_int_equal(recurse(60), 61);
    fiber_leave(f, &own);
}

static void test_a_stack_holds_what_it_promises(void **state)
{
    (void)state;
    fiber_init_thread(&own);
    assert_int_equal(fiber_init(&a), 0);
    assert_true(a.stack_bytes >= 65536);
    fiber_prepare(&a, deep);
    fiber_switch(&own, &a);
    assert_int_equal(depth_reached, 0);
    fiber_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_fibers_alternate),
        cmocka_unit_test(test_a_stack_holds_what_it_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
