/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns, [MS-FSA] 2.1.4.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nt/file.h"

static void plain(void **state)
{
    (void)state;
    assert_true(nt_wildcard_match("*", "anything.at.all"));
    assert_true(nt_wildcard_match("ReadMe", "README"));
    assert_true(nt_wildcard_match("\xC3\xA9*", "\xC3\x89tude"));
    assert_false(nt_wildcard_match("readme", "readme.txt"));
    assert_false(nt_wildcard_match("", "a"));
    assert_true(nt_wildcard_match("*.txt", "a.b.txt"));
    assert_false(nt_wildcard_match("*.txt", "a.txt.bak"));
    assert_true(nt_wildcard_match("a*b*c", "aXXbYYc"));
    assert_false(nt_wildcard_match("a*b*c", "aXXbYY"));
    assert_true(nt_wildcard_match("?b?", "abc"));
    assert_false(nt_wildcard_match("?b?", "ab"));
    assert_true(nt_wildcard_match("*?", "a"));
    assert_false(nt_wildcard_match("*?", ""));
    assert_true(nt_wildcard_match("**", ""));
    assert_true(nt_wildcard_match("??", "\xF0\x9F\x98\x80")); /* two units */
    assert_false(nt_wildcard_match("*.*", "nodot"));
}

static void of_dos(void **state)
{
    (void)state;
    assert_true(nt_wildcard_match("<.txt", "a.b.txt"));
    assert_true(nt_wildcard_match("<", "nodot"));
    assert_false(nt_wildcard_match("<", "a.b")); /* what "*." is for */
    assert_false(nt_wildcard_match("<x", "a.b"));
    assert_true(nt_wildcard_match("<.b", "a.b"));
    assert_true(nt_wildcard_match("<\"*", "nodot"));
    assert_true(nt_wildcard_match("<\"*", "a.b"));
    assert_true(nt_wildcard_match("a\"", "a"));
    assert_true(nt_wildcard_match("a\"", "a."));
    assert_false(nt_wildcard_match("a\"b", "ab"));
    assert_true(nt_wildcard_match("a\"b", "a.b"));
    assert_true(nt_wildcard_match(">>>>", "ab"));
    assert_true(nt_wildcard_match(">>>>\">>>", "ab.c"));
    assert_true(nt_wildcard_match(">>>>\">>>", "ab"));
    assert_false(nt_wildcard_match(">>", "abc"));
    assert_false(nt_wildcard_match("a>", "b"));
}

/* A pattern made to make a backtracking matcher run for years. */
static void takes_no_time(void **state)
{
    (void)state;
    char pattern[256] = "";
    char name[256] = "";
    for (size_t i = 0; i < 100; i++)
        memcpy(pattern + 2 * i, "*a", 2);
    memcpy(pattern + 200, "*b", 3);
    memset(name, 'a', 250);
    assert_false(nt_wildcard_match(pattern, name));
    memset(pattern, '*', 255);
    pattern[255] = 0;
    assert_true(nt_wildcard_match(pattern, name));
    char longer[300];
    memset(longer, 'a', sizeof(longer));
    longer[299] = 0;
    assert_false(nt_wildcard_match("a*", longer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),
        cmocka_unit_test(of_dos),
        cmocka_unit_test(takes_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
