/* SPDX-License-Identifier: Apache-2.0
 *
 * The mutex: it excludes, in ascending rank. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "task/mutex.h"

static struct mutex outer, inner;
static int shared;

static void *adder(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10000; i++) {
        mutex_lock(&outer);
        mutex_lock(&inner);
        shared++;
        mutex_unlock(&inner);
        mutex_unlock(&outer);
    }
    return NULL;
}

static void test_excludes(void **state)
{
    (void)state;
    mutex_init(&outer, 1);
    mutex_init(&inner, 2);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, adder, NULL), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared, 20000);
    mutex_fini(&inner);
    mutex_fini(&outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_excludes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
