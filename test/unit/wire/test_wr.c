/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing cursor: fullness, holes, padding, rollback. */
#include "wire/wr.h"
#include "unit.h"

static void test_words_and_padding(void **state)
{
    uint8_t buf[24];
    memset(buf, 0xee, sizeof(buf));
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    wr_u8(&w, 1);
    wr_u16(&w, 0x0302);
    wr_align(&w, 8);
    wr_u32(&w, 0x0d0c0b0a);
    wr_align(&w, 4);
    wr_u64(&w, 0x0807060504030201);
    static const uint8_t expected[] = {1, 2, 3, 0, 0, 0, 0, 0, 10, 11,
                                       12, 13, 1, 2, 3, 4, 5, 6, 7, 8};
    assert_true(wr_done(&w));
    assert_int_equal(wr_pos(&w), sizeof(expected));
    assert_memory_equal(buf, expected, sizeof(expected));
    assert_int_equal(buf[20], 0xee);
}

static void test_full_sticks(void **state)
{
    uint8_t buf[4] = {7, 7, 7, 7};
    struct wr w = wr_of(mspan_of(buf, 3));
    wr_u32(&w, 0);
    wr_u8(&w, 9); /* would fit, but what precedes it is missing */
    assert_false(wr_done(&w));
    assert_int_equal(wr_pos(&w), 0);
    assert_int_equal(buf[0], 7);
    assert_int_equal(buf[3], 7);
    w = wr_of(mspan_of(buf, 3));
    assert_null(wr_reserve(&w, SIZE_MAX));
    assert_false(wr_done(&w));
}

static void test_holes(void **state)
{
    uint8_t buf[16];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    struct wr_hole a = wr_hole_u32(&w);
    struct wr_hole b = wr_hole_u16(&w);
    wr_u16(&w, 0xffff);
    wr_fill_u32(&w, a, 0x04030201);
    wr_fill_u16(&w, b, 0x0605);
    assert_true(wr_done(&w));
    assert_memory_equal(buf, "\1\2\3\4\5\6\xff\xff", 8);
}

static void test_hole_that_did_not_fit(void **state)
{
    uint8_t buf[4] = {7, 7, 7, 7};
    struct wr w = wr_of(mspan_of(buf, 2));
    struct wr_hole h = wr_hole_u32(&w);
    wr_fill_u32(&w, h, UINT32_MAX);
    assert_false(wr_done(&w));
    assert_int_equal(buf[2], 7);
}

static void leave_a_hole(void *arg)
{
    uint8_t buf[16];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    (void)wr_hole_u32(&w);
    if (!arg)
        wr_fill_u32(&w, (struct wr_hole){0}, 1);
    (void)!wr_done(&w);
}

static void test_open_hole_aborts(void **state)
{
    assert_true(aborts(leave_a_hole, &(int){1}));
    assert_false(aborts(leave_a_hole, NULL));
}

static void test_rollback(void **state)
{
    uint8_t buf[8];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    wr_u32(&w, 1);
    struct wr_mark m = wr_mark(&w);
    (void)wr_hole_u32(&w);
    wr_u32(&w, 2);
    assert_true(w.full);
    wr_rollback(&w, m);
    assert_true(wr_done(&w));
    assert_int_equal(wr_written(&w).len, 4);
    wr_u32(&w, 3);
    assert_true(wr_done(&w));
    assert_int_equal(wr_left(&w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_padding),
        cmocka_unit_test(test_full_sticks),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_hole_that_did_not_fit),
        cmocka_unit_test(test_open_hole_aborts),
        cmocka_unit_test(test_rollback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
