/* SPDX-License-Identifier: Apache-2.0
 *
 * Arena: alignment, zeroing, growth, strings. */
#include "base/arena.h"
#include "unit.h"

static void test_aligned_and_zeroed(void **state)
{
    struct arena a;
    arena_init(&a);
    for (size_t n = 0; n < 3000; n += 7) {
        uint8_t *p = arena_alloc(&a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xaa, n);
    }
    arena_fini(&a);
    assert_null(a.chunks);
}

static void test_large_keeps_the_rest_of_the_chunk(void **state)
{
    struct arena a;
    arena_init(&a);
    uint8_t *huge = arena_alloc(&a, 1 << 20);
    memset(huge, 1, 1 << 20);
    uint8_t *small = arena_alloc(&a, 16);
    uint8_t *huge2 = arena_alloc(&a, 1 << 20);
    memset(huge2, 2, 1 << 20);
    uint8_t *next = arena_alloc(&a, 16);
    assert_ptr_equal(next, small + 16);
    assert_int_equal(huge[(1 << 20) - 1], 1);
    arena_fini(&a);
}

static void test_strings(void **state)
{
    struct arena a;
    arena_init(&a);
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, "ab", 30), "ab");
    assert_string_equal(arena_printf(&a, "%s-%d", "x", 42), "x-42");
    assert_memory_equal(arena_memdup(&a, "xyz", 3), "xyz", 3);
    assert_non_null(arena_memdup(&a, NULL, 0));
    int *array = ARENA_ARRAY(&a, int, 5000);
    assert_int_equal(array[4999], 0);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligned_and_zeroed),
        cmocka_unit_test(test_large_keeps_the_rest_of_the_chunk),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
