/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of remote files. */
#include "main/url.h"
#include "unit.h"

static void test_parts(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse("smb://WORK;ada@nas:4450/docs/a%20b/c%2", &u));
    assert_string_equal(u.domain, "WORK");
    assert_string_equal(u.user, "ada");
    assert_string_equal(u.host, "nas");
    assert_int_equal(u.port, 4450);
    assert_string_equal(u.share, "docs");
    assert_string_equal(u.path, "a b/c%2");
    url_fini(&u);
}

static void test_least(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse("smb://[::1]:445", &u));
    assert_null(u.user);
    assert_string_equal(u.host, "::1");
    assert_string_equal(u.share, "");
    assert_string_equal(u.path, "");
    url_fini(&u);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "http://x/y",     "smb://",          "smb://ada:secret@nas/x", "smb://nas:0/x",
        "smb://nas:70000", "smb://nas:44x/s", "smb://ada@/share",       "smb://[::1/x",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct url u;
        assert_false(url_parse(bad[i], &u));
    }
}

static void test_nul_is_not_decoded(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse("smb://h/s/a%00b", &u));
    assert_string_equal(u.path, "a%00b");
    url_fini(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nul_is_not_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
