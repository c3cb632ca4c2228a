/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading cursor against what a hostile peer would send. */
#include "wire/rd.h"
#include "unit.h"

#define RD(...)                                                                                    \
    rd_of(span_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})))

static void test_little_endian_words(void **state)
{
    struct rd r = RD(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    assert_int_equal(rd_u8(&r), 0x01);
    assert_int_equal(rd_u16(&r), 0x0302);
    assert_int_equal(rd_u32(&r), 0x07060504);
    assert_int_equal(rd_u64(&r), 0x0f0e0d0c0b0a0908);
    assert_int_equal(rd_left(&r), 0);
    assert_true(rd_done(&r));
}

static void test_overrun_sticks_and_yields_zero(void **state)
{
    struct rd r = RD(0xff, 0xff, 0xff);
    assert_int_equal(rd_u32(&r), 0);
    assert_int_equal(rd_u8(&r), 0);
    assert_int_equal(rd_left(&r), 0);
    uint8_t bytes[2] = {9, 9};
    rd_bytes(&r, bytes, sizeof(bytes));
    assert_int_equal(bytes[0] | bytes[1], 0);
    assert_int_equal(rd_span(&r, 0).len, 0);
    assert_false(rd_done(&r));
}

static void test_sizes_that_wrap(void **state)
{
    struct rd r = RD(1, 2, 3, 4);
    struct rd whole = r;
    assert_int_equal(rd_span(&r, SIZE_MAX).len, 0);
    assert_false(rd_done(&r));
    r = whole;
    rd_skip(&r, SIZE_MAX - 2);
    assert_false(rd_done(&r));
    static const size_t ranges[][2] = {
        {SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX - 1, 4}, {0, 5}, {5, 1}, {4, 1}, {3, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        r = whole;
        struct rd child = rd_at(&r, ranges[i][0], ranges[i][1]);
        assert_int_equal(rd_left(&child), 0);
        assert_false(rd_done(&child));
        assert_false(rd_done(&r));
    }
}

static void test_empty(void **state)
{
    struct rd r = rd_of(span_of(NULL, 0));
    assert_true(rd_done(&r));
    assert_int_equal(rd_left(&r), 0);
    assert_int_equal(rd_span(&r, 0).len, 0);
    rd_bytes(&r, NULL, 0);
    assert_true(rd_done(&r));
    assert_int_equal(rd_u8(&r), 0);
    assert_false(rd_done(&r));
}

static void test_child_may_not_overlap_what_was_read(void **state)
{
    struct rd r = RD(0, 1, 2, 3, 4, 5, 6, 7);
    struct rd whole = r;
    rd_skip(&r, 4);
    struct rd child = rd_at(&r, 4, 4);
    assert_int_equal(rd_u32(&child), 0x07060504);
    assert_true(rd_done(&r));
    child = rd_at(&r, 3, 2);
    assert_false(rd_done(&child));
    assert_false(rd_done(&r));
    r = whole;
    rd_skip(&r, 4);
    child = rd_at(&r, 12345, 0); /* a zero length makes any offset meaningless */
    assert_int_equal(rd_left(&child), 0);
    assert_true(rd_done(&child));
    assert_true(rd_done(&r));
}

static void test_child_failure_folds_into_the_parent(void **state)
{
    struct rd r = RD(0, 1, 2, 3);
    struct rd child = rd_at(&r, 2, 2);
    (void)rd_u32(&child);
    assert_true(rd_done(&r));
    rd_fold(&r, &child);
    assert_false(rd_done(&r));
    assert_int_equal(rd_u8(&r), 0);
}

static void test_span_at(void **state)
{
    struct rd r = RD(0, 1, 2, 3);
    assert_int_equal(rd_span_at(&r, 1, 3).p[2], 3);
    assert_int_equal(rd_span_at(&r, 1, 4).len, 0);
    assert_false(rd_done(&r));
}

static void test_expect(void **state)
{
    struct rd r = RD(24, 0, 24, 0);
    rd_expect_u16(&r, 24);
    assert_true(rd_done(&r));
    rd_expect_u16(&r, 25);
    assert_false(rd_done(&r));
}

/* Walks a chain; entries seen, or -1 when the walk failed. */
static int walk(struct rd r, size_t alignment, unsigned count_max)
{
    struct rd_chain c = rd_chain_of(r, alignment, count_max);
    struct rd e;
    int count = 0;
    while (rd_chain_next(&c, &e)) {
        assert_ptr_equal(e.base, e.at);
        (void)rd_u32(&e);
        assert_true(rd_done(&e));
        count++;
    }
    assert_false(rd_chain_next(&c, &e));
    rd_fold(&r, &c.rest);
    return rd_done(&r) ? count : -1;
}

static void test_chains(void **state)
{
    assert_int_equal(walk(rd_of(span_of(NULL, 0)), 8, 4), 0);
    assert_int_equal(walk(RD(0, 0, 0, 0), 8, 4), 1);
    assert_int_equal(walk(RD(8, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0, 9), 8, 4), 2);
    assert_int_equal(walk(RD(4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0), 4, 3), 3);
}

static void test_broken_chains(void **state)
{
    /* more entries than allowed */
    assert_int_equal(walk(RD(4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0), 4, 2), -1);
    assert_int_equal(walk(RD(0, 0, 0, 0), 4, 0), -1);
    /* backwards: -8 and -4 as unsigned */
    assert_int_equal(
        walk(RD(8, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0xff, 0xff, 0xff, 0, 0, 0, 0), 8, 9), -1);
    assert_int_equal(walk(RD(0xfc, 0xff, 0xff, 0xff, 0, 0, 0, 0), 4, 9), -1);
    /* onto itself within its own offset field */
    assert_int_equal(walk(RD(1, 0, 0, 0, 0, 0, 0, 0), 1, 9), -1);
    assert_int_equal(walk(RD(3, 0, 0, 0, 0, 0, 0, 0), 1, 9), -1);
    /* misaligned */
    assert_int_equal(walk(RD(6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 4, 9), -1);
    assert_int_equal(walk(RD(12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 8, 9), -1);
    /* to the end, and beyond it */
    assert_int_equal(walk(RD(8, 0, 0, 0, 0, 0, 0, 0), 8, 9), -1);
    assert_int_equal(walk(RD(16, 0, 0, 0, 0, 0, 0, 0), 8, 9), -1);
    /* too short for an offset, at first and later */
    assert_int_equal(walk(RD(0, 0, 0), 8, 9), -1);
    assert_int_equal(walk(RD(8, 0, 0, 0, 0, 0, 0, 0, 0, 0), 8, 9), -1);
    /* a cursor that failed before */
    struct rd r = RD(0, 0, 0, 0);
    rd_fail(&r);
    assert_int_equal(walk(r, 8, 9), -1);
}

static void test_chain_entries_are_bounded(void **state)
{
    struct rd_chain c = rd_chain_of(RD(8, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 2), 8, 4);
    struct rd e;
    assert_true(rd_chain_next(&c, &e));
    assert_int_equal(rd_left(&e), 8);
    rd_skip(&e, 9);
    assert_false(rd_done(&e));
    assert_true(rd_chain_next(&c, &e));
    assert_int_equal(rd_left(&e), 5);
    struct rd child = rd_at(&e, 4, 1); /* relative to the entry */
    assert_int_equal(rd_u8(&child), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_little_endian_words),
        cmocka_unit_test(test_overrun_sticks_and_yields_zero),
        cmocka_unit_test(test_sizes_that_wrap),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_child_may_not_overlap_what_was_read),
        cmocka_unit_test(test_child_failure_folds_into_the_parent),
        cmocka_unit_test(test_span_at),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_broken_chains),
        cmocka_unit_test(test_chain_entries_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
