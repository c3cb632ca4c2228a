/* SPDX-License-Identifier: Apache-2.0
 *
 * 8.3 names: their form, their stability, and what is recognised as one. */
#include "nt/short_name.h"
#include "unit.h"

static void expect(const char *name, const char *short_name)
{
    char s[NT_SHORT_NAME_SIZE];
    nt_short_name(name, s);
    assert_string_equal(s, short_name);
}

static void test_names_that_fit_are_their_own(void **state)
{
    (void)state;
    expect("readme.txt", "README.TXT");
    expect("A", "A");
    expect("12345678.123", "12345678.123");
    expect(".", "");
    expect("..", "");
}

static void test_others_are_shaped(void **state)
{
    (void)state;
    static const char *const names[] = {"a long name.text", "\303\251t\303\251", ".profile",
                                        "two.dots.txt",     "nine_char", "x.toolong", "sp ace"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char s[NT_SHORT_NAME_SIZE], again[NT_SHORT_NAME_SIZE];
        nt_short_name(names[i], s);
        nt_short_name(names[i], again);
        assert_true(nt_short_name_is_shaped(s));
        assert_string_equal(s, again);
        assert_true(strcspn(s, ".") <= 8);
        expect(s, s); /* a short name has no other short name */
    }
}

static void test_shape(void **state)
{
    (void)state;
    assert_false(nt_short_name_is_shaped("readme.txt"));
    assert_false(nt_short_name_is_shaped("a~1"));
    assert_false(nt_short_name_is_shaped("abcdefgh~1"));
    assert_false(nt_short_name_is_shaped("abcdef~"));
    assert_false(nt_short_name_is_shaped("abcdef~1.text"));
    assert_true(nt_short_name_is_shaped("abcdef~1.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_that_fit_are_their_own),
        cmocka_unit_test(test_others_are_shaped),
        cmocka_unit_test(test_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
