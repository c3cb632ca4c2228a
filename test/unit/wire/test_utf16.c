/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-16LE names to UTF-8 and back. */
#include "wire/utf16.h"
#include "unit.h"

static void expect_decoded(const void *utf16, size_t len, const char *expected)
{
    struct arena a;
    arena_init(&a);
    char *s = utf16_to_utf8(&a, span_of(utf16, len));
    if (expected)
        assert_string_equal(s, expected);
    else
        assert_null(s);
    arena_fini(&a);
}

static void test_decode(void **state)
{
    expect_decoded("", 0, "");
    expect_decoded("a\0b\0", 4, "ab");
    expect_decoded("\xe9\0\xac\x20", 4, "\xc3\xa9\xe2\x82\xac");
    expect_decoded("\x3d\xd8\x00\xde", 4, "\xf0\x9f\x98\x80");
    expect_decoded("\xff\xff", 2, "\xef\xbf\xbf");
    expect_decoded("\xff\xdb\xff\xdf", 4, "\xf4\x8f\xbf\xbf");
}

static void test_refused(void **state)
{
    expect_decoded("a\0b", 3, NULL);                       /* odd */
    expect_decoded("a\0\0\0b\0", 6, NULL);                 /* NUL inside */
    expect_decoded("\x3d\xd8", 2, NULL);                   /* high alone, at the end */
    expect_decoded("\x3d\xd8" "a\0", 4, NULL);             /* high, then no low */
    expect_decoded("\x00\xde", 2, NULL);                   /* low alone */
    expect_decoded("\x00\xde\x3d\xd8", 4, NULL);           /* low before high */
    expect_decoded("\x3d\xd8\x3d\xd8\x00\xde", 6, NULL);   /* two high */
}

static void test_encode(void **state)
{
    uint8_t buf[16];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    assert_true(wr_utf16(&w, "a\xe2\x82\xac\xf0\x9f\x98\x80"));
    assert_true(wr_done(&w));
    assert_int_equal(wr_pos(&w), 8);
    assert_memory_equal(buf, "a\0\xac\x20\x3d\xd8\x00\xde", 8);
    assert_int_equal(utf16_size("a\xe2\x82\xac\xf0\x9f\x98\x80"), 8);
    assert_int_equal(utf16_size(""), 0);
}

static void test_encode_refuses_malformed(void **state)
{
    uint8_t buf[16];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    assert_false(wr_utf16(&w, "ok\xff"));
    assert_int_equal(wr_pos(&w), 0);
    assert_true(wr_done(&w));
    assert_int_equal(utf16_size("\xed\xa0\x80"), -1);
}

static void test_encode_without_room(void **state)
{
    uint8_t buf[4] = {7, 7, 7, 7};
    struct wr w = wr_of(mspan_of(buf, 3));
    assert_true(wr_utf16(&w, "ab"));
    assert_false(wr_done(&w));
    assert_int_equal(buf[0], 7);
}

static void test_round_trip_of_every_code_point(void **state)
{
    struct arena a;
    for (uint32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 13) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        char utf8[5] = {0};
        (void)utf8_put(utf8, c);
        uint8_t buf[4];
        struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
        assert_true(wr_utf16(&w, utf8));
        assert_true(wr_done(&w));
        arena_init(&a);
        assert_string_equal(utf16_to_utf8(&a, wr_written(&w)), utf8);
        arena_fini(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_encode_refuses_malformed),
        cmocka_unit_test(test_encode_without_room),
        cmocka_unit_test(test_round_trip_of_every_code_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
