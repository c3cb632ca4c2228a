/* SPDX-License-Identifier: Apache-2.0
 *
 * FILETIME and timespec, before and after 1970. */
#include "wire/filetime.h"
#include "unit.h"

static void test_known_times(void **state)
{
    struct timespec ts = filetime_to_timespec(FILETIME_UNIX_EPOCH);
    assert_int_equal(ts.tv_sec, 0);
    assert_int_equal(ts.tv_nsec, 0);
    assert_int_equal(filetime_from_timespec((struct timespec){1000000000, 123456789}),
                     126444736001234567ull);
}

static void test_round_trip(void **state)
{
    static const int64_t seconds[] = {-11644473599, -1, 0, 1, 4102444800, 253402300799};
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        struct timespec ts = {.tv_sec = seconds[i], .tv_nsec = 999999900};
        struct timespec back = filetime_to_timespec(filetime_from_timespec(ts));
        assert_int_equal(back.tv_sec, ts.tv_sec);
        assert_int_equal(back.tv_nsec, ts.tv_nsec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_times),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
