/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines: one write each, nothing of a peer's that a terminal would obey. */
#include "base/log.h"
#include "unit.h"

static void expect_quoted(const char *in, const char *expected)
{
    char buf[64];
    assert_string_equal(log_quote(in, buf, sizeof(buf)), expected);
}

static void test_quote(void **state)
{
    expect_quoted("ada", "ada");
    expect_quoted("", "\"\"");
    expect_quoted("a b", "\"a b\"");
    expect_quoted("a=b", "\"a=b\"");
    expect_quoted("say \"no\" \\", "\"say \\\"no\\\" \\\\\"");
    expect_quoted("x\n\x1b[31m\x7f", "\"x\\x0a\\x1b[31m\\x7f\"");
    expect_quoted("caf\xc3\xa9", "\"caf\xc3\xa9\"");
    expect_quoted("\xff\xc3", "\"\\xff\\xc3\"");
    expect_quoted("\xc2\x9b", "\"\\u009b\"");
    expect_quoted("\xe2\x80\xae" "exe", "\"\\u202eexe\"");
}

static void test_quote_cut(void **state)
{
    char buf[9];
    for (size_t size = 3; size <= sizeof(buf); size++) {
        memset(buf, 'Z', sizeof(buf));
        log_quote("a\nb c d e f g", buf, size);
        size_t len = strlen(buf);
        assert_true(len < size);
        assert_int_equal(buf[0], '"');
        assert_int_equal(buf[len - 1], '"');
        for (size_t i = size; i < sizeof(buf); i++)
            assert_int_equal(buf[i], 'Z');
    }
    assert_string_equal(log_quote("abcdefghijk", buf, sizeof(buf)), "\"abcdef\"");
}

/* What log_line writes, read back through a pipe in place of standard error. */
static size_t capture(char *out, size_t size, enum log_level level, const char *text)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    int saved = dup(STDERR_FILENO);
    dup2(fds[1], STDERR_FILENO);
    log_line(level, "event=test text=%s", text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fds[1]);
    ssize_t n = read(fds[0], out, size - 1);
    close(fds[0]);
    assert_true(n > 0);
    out[n] = '\0';
    return (size_t)n;
}

static void test_line(void **state)
{
    static char long_text[5000], out[8192];
    capture(out, sizeof(out), LOG_LEVEL_WARN, "x");
    assert_string_equal(out, "level=warn event=test text=x\n");
    memset(long_text, 'y', sizeof(long_text) - 1);
    size_t n = capture(out, sizeof(out), LOG_LEVEL_ERROR, long_text);
    assert_true(n <= 2048);
    assert_int_equal(out[n - 1], '\n');
}

static void test_levels(void **state)
{
    log_set_level(LOG_LEVEL_WARN);
    assert_true(log_enabled(LOG_LEVEL_ERROR));
    assert_true(log_enabled(LOG_LEVEL_WARN));
    assert_false(log_enabled(LOG_LEVEL_INFO));
    log_set_level(LOG_LEVEL_DEBUG);
    assert_true(log_enabled(LOG_LEVEL_DEBUG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_quote_cut),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
