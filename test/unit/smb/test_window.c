/* SPDX-License-Identifier: Apache-2.0
 *
 * The command sequence window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "smb/window.h"

static void test_ids_are_good_once(void **state)
{
    struct smb_window w;
    smb_window_init(&w, 64);
    assert_false(smb_window_take(&w, 1, 1));
    assert_true(smb_window_take(&w, 0, 1));
    assert_false(smb_window_take(&w, 0, 1));
    assert_false(smb_window_take(&w, 1, 1));
    assert_int_equal(smb_window_grant(&w, 10), 10);
    assert_true(smb_window_take(&w, 5, 2));
    assert_false(smb_window_take(&w, 6, 1));
    assert_false(smb_window_take(&w, 4, 2));
    assert_false(smb_window_take(&w, 10, 2));
    assert_false(smb_window_take(&w, 3, UINT32_MAX));
    assert_false(smb_window_take(&w, UINT64_MAX, 1));
    assert_true(smb_window_take(&w, 1, 4));
    assert_int_equal(w.low, 7);
    assert_int_equal(w.range, 4);
}

static void test_a_hole_stops_the_grants(void **state)
{
    struct smb_window w;
    smb_window_init(&w, 64);
    assert_true(smb_window_take(&w, 0, 1));
    assert_int_equal(smb_window_grant(&w, 1000), 64);
    for (uint64_t id = 2; id <= 64; id++)
        assert_true(smb_window_take(&w, id, 1));
    assert_int_equal(smb_window_grant(&w, 1), 0);
    assert_true(smb_window_take(&w, 1, 1));
    assert_int_equal(w.range, 0);
    assert_int_equal(smb_window_grant(&w, 1), 1);
}

static void test_wraps_around_its_bitmap(void **state)
{
    struct smb_window w;
    smb_window_init(&w, LIMIT_CREDITS_MAX);
    assert_true(smb_window_take(&w, 0, 1));
    for (uint64_t id = 1; id < 3 * LIMIT_CREDITS_MAX; id += 2) {
        assert_int_equal(smb_window_grant(&w, 2), 2);
        assert_true(smb_window_take(&w, id + 1, 1));
        assert_true(smb_window_take(&w, id, 1));
        assert_false(smb_window_take(&w, id + 1, 1));
    }
    for (size_t i = 0; i < ARRAY_LEN(w.used); i++)
        assert_int_equal(w.used[i], 0);
}

static void test_the_end_of_all_ids(void **state)
{
    struct smb_window w;
    smb_window_init(&w, 64);
    w.low = UINT64_MAX - 2;
    assert_int_equal(smb_window_grant(&w, 10), 1);
    assert_int_equal(smb_window_grant(&w, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_are_good_once),
        cmocka_unit_test(test_a_hole_stops_the_grants),
        cmocka_unit_test(test_wraps_around_its_bitmap),
        cmocka_unit_test(test_the_end_of_all_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
