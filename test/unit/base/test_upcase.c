/* SPDX-License-Identifier: Apache-2.0
 *
 * Names without case: what Windows calls equal, and what it does not. */
#include "base/upcase.h"
#include "base/hash.h"
#include "unit.h"

static void test_units(void **state)
{
    static const uint16_t pairs[][2] = {
        {'a', 'A'},       {'z', 'Z'},       {'A', 'A'},       {'[', '['},
        {0x00e9, 0x00c9}, {0x00ff, 0x0178}, {0x00f7, 0x00f7}, {0x00df, 0x00df},
        {0x03c3, 0x03a3}, {0x03c2, 0x03a3}, {0x0430, 0x0410}, {0xff41, 0xff21},
        {0x00b5, 0x00b5}, {0x0131, 0x0131}, {0x017f, 0x017f}, {0x01c5, 0x01c5},
        {0x10d0, 0x10d0}, {0x2170, 0x2160}, {0x24d0, 0x24b6}, {0xd800, 0xd800},
        {0xdc00, 0xdc00}, {0xffff, 0xffff}, {0x1e01, 0x1e00}, {0xa641, 0xa640},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        assert_int_equal(upcase_unit(pairs[i][0]), pairs[i][1]);
}

static void test_upper_case_is_stable(void **state)
{
    unsigned mapped = 0;
    for (unsigned u = 0; u <= 0xffff; u++) {
        uint16_t up = upcase_unit((uint16_t)u);
        mapped += up != u;
        assert_int_equal(upcase_unit(up), up);
    }
    assert_in_range(mapped, 900, 1100);
}

static void expect_same(const char *a, const char *b, bool same)
{
    assert_int_equal(name_equal_folded(a, b), same);
    assert_int_equal(name_equal_folded(b, a), same);
    assert_int_equal(name_hash_folded(a) == name_hash_folded(b), same);
}

static void test_names(void **state)
{
    expect_same("", "", true);
    expect_same("ReadMe.TXT", "README.txt", true);
    expect_same("a", "ab", false);
    expect_same("\xc3\xa9t\xc3\xa9", "\xc3\x89T\xc3\x89", true);
    expect_same("e\xcc\x81", "\xc3\xa9", false); /* no normalisation */
    expect_same("\xf0\x9f\x98\x80x", "\xf0\x9f\x98\x80X", true);
    expect_same("\xf0\x90\x90\xa8", "\xf0\x90\x90\x80", false); /* pairs as they are */
    expect_same("stra\xc3\x9f" "e", "STRASSE", false);
}

static void test_stray_bytes_equal_only_themselves(void **state)
{
    expect_same("a\xff", "A\xff", true);
    expect_same("\xff", "\xfe", false);
    expect_same("\xe9", "\xc9", false);
    expect_same("\xe9", "\xc3\xa9", false);
    expect_same("\xed\xb3\xbf", "\xff", false); /* an encoded surrogate is three stray bytes */
}

static void test_long_names(void **state)
{
    char lower[2000], upper[2000];
    memset(lower, 'q', sizeof(lower));
    memset(upper, 'Q', sizeof(upper));
    for (size_t len = 1; len < sizeof(lower); len += 83) {
        lower[len] = upper[len] = '\0';
        expect_same(lower, upper, true);
        upper[len - 1] = 'x';
        expect_same(lower, upper, false);
        upper[0] = 'x';
        upper[len - 1] = 'Q';
        expect_same(lower, upper, len == 1);
        memset(lower, 'q', sizeof(lower));
        memset(upper, 'Q', sizeof(upper));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_upper_case_is_stable),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_stray_bytes_equal_only_themselves),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
