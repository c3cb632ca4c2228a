/* SPDX-License-Identifier: Apache-2.0
 *
 * Directory entries: where each class has its fields, what happens when one does not fit, and what
 * a lying server may say. */
#include "proto/dir_info.h"
#include "unit.h"
#include "wire/utf16.h"

static uint8_t space[4096];

static const struct dir_entry entry = {
    .file_index = 1,
    .creation_time = 2,
    .last_access_time = 3,
    .last_write_time = 4,
    .change_time = 5,
    .end_of_file = 6,
    .allocation_size = 7,
    .attributes = FILE_ATTRIBUTE_ARCHIVE,
    .ea_size = 9,
    .reparse_tag = 10,
    .index_number = 11,
    .file_id = {12, [15] = 13},
    .name = "abc",
    .short_name = "ABC~1",
};

static uint32_t word_at(size_t at)
{
    uint32_t v;
    memcpy(&v, space + at, sizeof(v));
    return v;
}

static size_t one_entry(uint8_t info_class, const struct dir_entry *e)
{
    memset(space, 0xA5, sizeof(space));
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    struct dir_writer d = dir_writer_of(&w, info_class);
    assert_int_equal(dir_writer_add(&d, e), DIR_ADDED);
    assert_true(wr_done(&w));
    return wr_pos(&w);
}

static void test_places_of_fields(void **state)
{
    static const struct {
        uint8_t info_class, name_at, length_at, ea_at, tag_at, id_at, id128_at, short_at;
    } places[] = {
        {FILE_DIRECTORY_INFORMATION, 64, 60, 0, 0, 0, 0, 0},
        {FILE_FULL_DIRECTORY_INFORMATION, 68, 60, 64, 0, 0, 0, 0},
        {FILE_BOTH_DIRECTORY_INFORMATION, 94, 60, 64, 0, 0, 0, 68},
        {FILE_NAMES_INFORMATION, 12, 8, 0, 0, 0, 0, 0},
        {FILE_ID_BOTH_DIRECTORY_INFORMATION, 104, 60, 64, 0, 96, 0, 68},
        {FILE_ID_FULL_DIRECTORY_INFORMATION, 80, 60, 64, 0, 72, 0, 0},
        {FILE_ID_EXTD_DIRECTORY_INFORMATION, 88, 60, 64, 68, 0, 72, 0},
        {FILE_ID_EXTD_BOTH_DIRECTORY_INFORMATION, 114, 60, 64, 68, 0, 72, 88},
    };
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        uint8_t info_class = places[i].info_class;
        assert_true(dir_info_class_is_known(info_class));
        assert_int_equal(dir_info_size_min(info_class), places[i].name_at);
        assert_int_equal(one_entry(info_class, &entry), places[i].name_at + 6u);
        assert_int_equal(word_at(0), 0);
        assert_int_equal(word_at(4), 1);
        assert_int_equal(word_at(places[i].length_at), 6);
        assert_memory_equal(space + places[i].name_at, "a\0b\0c\0", 6);
        if (places[i].length_at == 60) {
            assert_int_equal(word_at(32), 5);
            assert_int_equal(word_at(40), 6);
            assert_int_equal(word_at(48), 7);
            assert_int_equal(word_at(56), FILE_ATTRIBUTE_ARCHIVE);
        }
        if (places[i].ea_at)
            assert_int_equal(word_at(places[i].ea_at), 9);
        if (places[i].tag_at)
            assert_int_equal(word_at(places[i].tag_at), 10);
        if (places[i].id_at)
            assert_int_equal(word_at(places[i].id_at), 11);
        if (places[i].id128_at)
            assert_memory_equal(space + places[i].id128_at, entry.file_id, 16);
        if (places[i].short_at)
            assert_memory_equal(space + places[i].short_at, "\x0A\0A\0B\0C\0~\0001\0\0\0", 14);
    }
    assert_false(dir_info_class_is_known(0));
    assert_false(dir_info_class_is_known(FILE_BASIC_INFORMATION));
    assert_int_equal(dir_info_size_min(255), 0);
}

static void test_tag_in_place_of_ea_size(void **state)
{
    struct dir_entry e = entry;
    e.attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    one_entry(FILE_FULL_DIRECTORY_INFORMATION, &e);
    assert_int_equal(word_at(64), 10);
    one_entry(FILE_ID_EXTD_DIRECTORY_INFORMATION, &e);
    assert_int_equal(word_at(64), 9);
    assert_int_equal(word_at(68), 10);
}

static void test_no_room_leaves_no_trace(void **state)
{
    for (size_t room = 0; room < 600; room++) {
        memset(space, 0xA5, sizeof(space));
        struct wr w = wr_of(mspan_of(space, room));
        struct dir_writer d = dir_writer_of(&w, FILE_ID_BOTH_DIRECTORY_INFORMATION);
        while (dir_writer_add(&d, &entry) == DIR_ADDED)
            continue;
        assert_true(wr_done(&w));
        unsigned fit = room < 110 ? 0 : 1 + (unsigned)(room - 110) / 112;
        assert_int_equal(d.count, fit);
        assert_int_equal(wr_pos(&w), fit ? 112 * (fit - 1) + 110 : 0);
        struct span rest = wr_written(&w);
        struct dir_entry e;
        unsigned count = 0;
        while (dir_entry_next(&rest, FILE_ID_BOTH_DIRECTORY_INFORMATION, &e))
            count++;
        assert_int_equal(rest.len, 0);
        assert_int_equal(count, fit);
    }
}

static void test_chain_begins_where_the_writer_stands(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    wr_zero(&w, 3);
    struct dir_writer d = dir_writer_of(&w, FILE_NAMES_INFORMATION);
    assert_int_equal(dir_writer_add(&d, &entry), DIR_ADDED);
    assert_int_equal(dir_writer_add(&d, &entry), DIR_ADDED);
    assert_int_equal(word_at(3), 24);
    assert_int_equal(wr_pos(&w), 3 + 24 + 18);
}

static void test_names_that_cannot_be_said(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    struct dir_writer d = dir_writer_of(&w, FILE_ID_BOTH_DIRECTORY_INFORMATION);
    struct dir_entry e = entry;
    e.name = "latin\xE9";
    assert_int_equal(dir_writer_add(&d, &e), DIR_BAD_NAME);
    assert_int_equal(wr_pos(&w), 0);
    e.name = "x";
    e.short_name = "LONGER THAN 8.3";
    assert_int_equal(dir_writer_add(&d, &e), DIR_ADDED);
    struct span rest = wr_written(&w);
    assert_true(dir_entry_next(&rest, FILE_ID_BOTH_DIRECTORY_INFORMATION, &e));
    assert_int_equal(e.short_name_utf16.len, 0);
}

static void test_lies(void **state)
{
    static const struct {
        uint8_t at, bytes;
        uint32_t value;
    } lies[] = {
        {0, 4, 3},           {0, 4, 110},       {0, 4, 0xFFFFFFF8}, {60, 4, 0},
        {60, 4, 5},          {60, 4, 8},        {60, 4, 0xFFFFFFFE}, {68, 1, 26},
        {68, 1, 255},        {68, 1, 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        size_t size = one_entry(FILE_ID_BOTH_DIRECTORY_INFORMATION, &entry);
        memcpy(space + lies[i].at, &lies[i].value, lies[i].bytes);
        struct span rest = span_of(space, size);
        struct dir_entry e = {.file_index = 77};
        if (dir_entry_next(&rest, FILE_ID_BOTH_DIRECTORY_INFORMATION, &e))
            fail_msg("believed %u at %u", lies[i].value, lies[i].at);
        assert_int_equal(rest.len, size);
        assert_int_equal(e.file_index, 77);
    }
    struct span rest = span_of(space, 100);
    struct dir_entry e;
    assert_false(dir_entry_next(&rest, 99, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_of_fields),
        cmocka_unit_test(test_tag_in_place_of_ea_size),
        cmocka_unit_test(test_no_room_leaves_no_trace),
        cmocka_unit_test(test_chain_begins_where_the_writer_stands),
        cmocka_unit_test(test_names_that_cannot_be_said),
        cmocka_unit_test(test_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
