/* SPDX-License-Identifier: Apache-2.0
 *
 * The syntax of names and their two spellings, [MS-FSCC] 2.1.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nt/file.h"

static struct arena arena;

static struct nt_name parsed(const char *name)
{
    struct nt_name n = {0};
    assert_true(nt_ok(nt_name_parse(&arena, name, &n)));
    return n;
}

static bool refused(const char *name, ntstatus with)
{
    struct nt_name n = {0};
    return nt_is(nt_name_parse(&arena, name, &n), with);
}

static void paths(void **state)
{
    (void)state;
    assert_string_equal(parsed("").path, "");
    assert_string_equal(parsed("a").path, "a");
    assert_string_equal(parsed("a\\b c\\d.e").path, "a/b c/d.e");
    assert_string_equal(parsed("a\\b\\").path, "a/b");
    assert_true(parsed("a\\b\\").must_be_directory);
    assert_false(parsed("a\\b").must_be_directory);
    assert_string_equal(parsed("dot.").path, "dot.");
    assert_string_equal(parsed("space \\x").path, "space /x");
    assert_true(refused("a\\\\b", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("\\a", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a\\.\\b", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a\\..\\b", STATUS_OBJECT_PATH_SYNTAX_BAD));
    assert_true(refused("..", STATUS_OBJECT_PATH_SYNTAX_BAD));
    assert_string_equal(parsed("a/b").path, "a/b");
    assert_true(refused("/a", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a/../b", STATUS_OBJECT_PATH_SYNTAX_BAD));
    static const char *const bad[] = {"a*", "a?", "a<", "a>", "a|", "a\"", "a\x01", "a\x1f"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_true(refused(bad[i], STATUS_OBJECT_NAME_INVALID));
}

static const char *repeated(const char *s, size_t times)
{
    size_t len = strlen(s);
    char *all = arena_alloc(&arena, len * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * len, s, len);
    return all;
}

static void lengths(void **state)
{
    (void)state;
    const char *name = repeated("\xC3\xA9", 255);
    assert_int_equal(strlen(parsed(name).path), 510);
    name = arena_printf(&arena, "%sx", name);
    assert_true(refused(name, STATUS_OBJECT_NAME_INVALID));
    name = repeated("\xF0\x9F\x98\x80", 127); /* two units each */
    name = arena_printf(&arena, "%sx", name);
    assert_int_equal(strlen(parsed(name).path), 127 * 4 + 1);
    name = arena_printf(&arena, "%sy", name);
    assert_true(refused(name, STATUS_OBJECT_NAME_INVALID));
}

static void streams(void **state)
{
    (void)state;
    assert_null(parsed("a").stream);
    assert_string_equal(parsed("d\\a:s").stream, "s");
    assert_string_equal(parsed("d\\a:s").path, "d/a");
    assert_string_equal(parsed("a:s:$DATA").stream, "s");
    assert_string_equal(parsed("a:s:$data").stream, "s");
    assert_null(parsed("a::$DATA").stream);
    assert_true(parsed("a::$DATA").must_be_file);
    assert_true(parsed("a::$INDEX_ALLOCATION").must_be_directory);
    assert_true(parsed("a:$I30:$INDEX_ALLOCATION").must_be_directory);
    assert_string_equal(parsed(":s").path, "");
    assert_string_equal(parsed(":s").stream, "s");
    assert_string_equal(parsed("a:*?\x01").stream, "*?\x01");
    assert_true(refused("a:", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a::", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a:s:$BITMAP", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a:s:$DATA:", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a:x:$INDEX_ALLOCATION", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a:s\\b", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a:s/b", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("a\\:s", STATUS_OBJECT_NAME_INVALID));
}

/* wire: U+F022 and U+F03A are both ':', U+F029 a full stop, U+F028 a space. */
static void private_characters(void **state)
{
    (void)state;
    assert_string_equal(parsed("a\xEF\x80\xA2" "b").path, "a:b");
    assert_string_equal(parsed("a\xEF\x80\xBA" "b").path, "a:b");
    assert_string_equal(parsed("a\xEF\x80\xA6" "b").path, "a\\b");
    assert_string_equal(parsed("a\xEF\x80\xA9").path, "a.");
    assert_string_equal(parsed("a\xEF\x80\xA8").path, "a ");
    assert_string_equal(parsed("a\xEF\x80\x81").path, "a\x01");
    assert_string_equal(parsed("a\xEE\xBE\xA9").path, "a\xA9");
    assert_true(refused("\xEF\x80\xA9\xEF\x80\xA9", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused(".\xEF\x80\xA9", STATUS_OBJECT_NAME_INVALID));
    assert_true(refused("x\\\xEF\x80\xA9\\y", STATUS_OBJECT_NAME_INVALID));
    /* raw bytes that would make UTF-8 again stay private characters */
    assert_string_equal(parsed("\xEE\xBF\x83\xEE\xBE\xA9").path, "\xEE\xBF\x83\xEE\xBE\xA9");
}

static void round_trips(void **state)
{
    (void)state;
    static const char *const names[] = {
        "plain", "a:b", "quote\"", "*?<>|", "back\\slash", "\x01\x1f", "trailing.", "trailing ",
        "latin\xE9", "\xFF\xFE", "\xC3\xA9\xF0\x9F\x98\x80", ".hidden", "...", "\xC3",
        "\xED\xA0\x80",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(free_str) char *wire = nt_component_from_disk(names[i]);
        assert_null(strpbrk(wire, "\"*:<>?|\\\x01\x1f"));
        CLEANUP(free_str) char *disk = nt_component_to_disk(wire);
        assert_string_equal(disk, names[i]);
        assert_string_equal(parsed(wire).path, names[i]);
    }
    CLEANUP(free_str) char *name = nt_name_from_path("a/b:c/d.");
    assert_string_equal(name, "a\\b\xEF\x80\xA2" "c\\d.");
    CLEANUP(free_str) char *root = nt_name_from_path("");
    assert_string_equal(root, "");
}

int main(void)
{
    arena_init(&arena);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(lengths),
        cmocka_unit_test(streams),
        cmocka_unit_test(private_characters),
        cmocka_unit_test(round_trips),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
