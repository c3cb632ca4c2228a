/* SPDX-License-Identifier: Apache-2.0
 *
 * Assertions, ownership words, comparison of secrets. */
#include "base/base.h"
#include "base/list.h"
#include "base/ntstatus.h"
#include "unit.h"

static void assert_on(void *arg)
{
    ASSERT(arg == NULL);
}

static void test_assert_aborts(void **state)
{
    assert_false(aborts(assert_on, NULL));
    assert_true(aborts(assert_on, &state));
}

static unsigned freed;
static void thing_free(char *p)
{
    freed++;
    free(p);
}
DEFINE_CLEANUP(char *, thing_free);

static char *thing_make(bool keep)
{
    CLEANUP(thing_free) char *p = xstrdup("thing");
    return keep ? TAKE(p) : NULL;
}

static void test_cleanup_and_take(void **state)
{
    freed = 0;
    assert_null(thing_make(false));
    assert_int_equal(freed, 1);
    char *p = thing_make(true);
    assert_int_equal(freed, 1);
    assert_string_equal(p, "thing");
    thing_free(p);
}

static void test_equal_constant_time(void **state)
{
    assert_true(equal_constant_time("abcd", "abcd", 4));
    assert_true(equal_constant_time("abcd", "abcX", 3));
    assert_false(equal_constant_time("abcd", "abcX", 4));
    assert_false(equal_constant_time("Xbcd", "abcd", 4));
}

static void test_align_up(void **state)
{
    assert_int_equal(align_up(0, 8), 0);
    assert_int_equal(align_up(1, 8), 8);
    assert_int_equal(align_up(16, 8), 16);
}

static void test_wipe(void **state)
{
    char secret[] = "secret";
    wipe(secret, sizeof(secret));
    assert_memory_equal(secret, "\0\0\0\0\0\0\0", 7);
}

static void test_allocation(void **state)
{
    CLEANUP(free_str) char *s = xasprintf("%03d", 7);
    assert_string_equal(s, "007");
    CLEANUP(free_str) char *n = xstrndup("abcdef", 2);
    assert_string_equal(n, "ab");
    CLEANUP(free) void *none = xmalloc(0);
    assert_non_null(none);
}

struct item {
    int value;
    struct list node;
};

static void test_list(void **state)
{
    struct list a = LIST_INIT(a), b = LIST_INIT(b);
    struct item items[5];
    for (int i = 0; i < 5; i++) {
        items[i].value = i;
        list_push_back(i < 3 ? &a : &b, &items[i].node);
    }
    list_splice_back(&a, &b);
    assert_true(list_empty(&b));
    int expected = 0;
    list_each(&a, struct item, node, it) {
        assert_int_equal(it->value, expected++);
        list_remove(&it->node);
        list_remove(&it->node);
    }
    assert_int_equal(expected, 5);
    assert_null(list_first(&a, struct item, node));
    list_push_front(&a, &items[1].node);
    list_push_front(&a, &items[0].node);
    assert_int_equal(list_first(&a, struct item, node)->value, 0);
}

static void test_ntstatus(void **state)
{
    assert_true(nt_ok(STATUS_SUCCESS));
    assert_true(nt_is_error(STATUS_ACCESS_DENIED));
    assert_false(nt_is_error(STATUS_BUFFER_OVERFLOW));
    assert_string_equal(ntstatus_name(STATUS_ACCESS_DENIED), "STATUS_ACCESS_DENIED");
    assert_string_equal(ntstatus_name((ntstatus){0xC0DEC0DE}), "0xC0DEC0DE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assert_aborts),
        cmocka_unit_test(test_cleanup_and_take),
        cmocka_unit_test(test_equal_constant_time),
        cmocka_unit_test(test_align_up),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_allocation),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_ntstatus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
