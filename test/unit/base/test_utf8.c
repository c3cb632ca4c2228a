/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict UTF-8, both ways. */
#include "base/utf8.h"
#include "unit.h"

static void test_round_trip_of_every_code_point(void **state)
{
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        char buf[5] = {0};
        unsigned len = utf8_put(buf, c);
        const char *s = buf;
        if (utf8_next(&s) != (int32_t)c || s != buf + len)
            fail_msg("U+%04X", c);
    }
}

static void test_malformed(void **state)
{
    static const char *const malformed[] = {
        "\x80",         "\xbf",             "\xc0\x80",         "\xc1\xbf", "\xc3",
        "\xc3(",        "\xe0\x80\x80",     "\xe0\x9f\xbf",     "\xe2\x82", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f", "\xf4\x90\x80\x80",
        "\xf5",         "\xff",             "\xfe",
    };
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
        const char *s = malformed[i];
        assert_int_equal(utf8_next(&s), -1);
        assert_ptr_equal(s, malformed[i]);
    }
}

static void test_end_stays_put(void **state)
{
    const char *s = "";
    const char *end = s;
    assert_int_equal(utf8_next(&s), 0);
    assert_ptr_equal(s, end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_every_code_point),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_end_stays_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
