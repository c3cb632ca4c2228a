/* SPDX-License-Identifier: Apache-2.0
 *
 * Info classes of files and volumes: sizes, names cut to the client's buffer, streams. */
#include "proto/file_info.h"
#include "proto/fs_info.h"
#include "unit.h"

static uint8_t space[4096];

static const struct file_info file = {
    .creation_time = 0x1111,
    .last_access_time = 0x2222,
    .last_write_time = 0x3333,
    .change_time = 0x4444,
    .attributes = FILE_ATTRIBUTE_ARCHIVE,
    .allocation_size = 0x5555,
    .end_of_file = 0x6666,
    .links = 7,
    .directory = true,
    .index_number = 8,
    .name = "\\dir\\name 😀",
    .short_name = "NAME~1",
};

static const struct fs_info volume = {.label = "Label", .fs_name = "NTFS", .total_units = 5};

static void test_sizes_of_fixed_classes(void **state)
{
    static const uint8_t sizes[][2] = {
        {FILE_BASIC_INFORMATION, 40},     {FILE_STANDARD_INFORMATION, 24},
        {FILE_INTERNAL_INFORMATION, 8},   {FILE_EA_INFORMATION, 4},
        {FILE_ACCESS_INFORMATION, 4},     {FILE_POSITION_INFORMATION, 8},
        {FILE_MODE_INFORMATION, 4},       {FILE_ALIGNMENT_INFORMATION, 4},
        {FILE_COMPRESSION_INFORMATION, 16}, {FILE_NETWORK_OPEN_INFORMATION, 56},
        {FILE_ATTRIBUTE_TAG_INFORMATION, 8}, {FILE_ID_INFORMATION, 24},
    };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        assert_int_equal(file_info_size_min(sizes[i][0]), sizes[i][1]);
        struct wr w = wr_of(mspan_of(space, sizes[i][1]));
        assert_true(nt_ok(file_info_write(&w, sizes[i][0], &file)));
        assert_int_equal(wr_pos(&w), sizes[i][1]);
        w = wr_of(mspan_of(space, sizes[i][1] - 1u));
        assert_true(nt_is(file_info_write(&w, sizes[i][0], &file), STATUS_INFO_LENGTH_MISMATCH));
        assert_int_equal(wr_pos(&w), 0);
    }
}

static void test_classes_not_answered(void **state)
{
    static const uint8_t classes[] = {0, FILE_DIRECTORY_INFORMATION, FILE_RENAME_INFORMATION,
                                      FILE_STREAM_INFORMATION, FILE_FULL_EA_INFORMATION, 255};
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        struct wr w = wr_of(mspan_of(space, sizeof(space)));
        assert_true(nt_is(file_info_write(&w, classes[i], &file), STATUS_INVALID_INFO_CLASS));
        assert_int_equal(wr_pos(&w), 0);
    }
    assert_int_equal(file_info_size_min(FILE_STREAM_INFORMATION), 32);
    assert_int_equal(file_info_size_min(FILE_RENAME_INFORMATION), 0);
}

/* 12 units of name behind 100 bytes. */
static void test_all_is_cut_to_the_room(void **state)
{
    uint8_t whole[124];
    struct wr w = wr_of(mspan_of(whole, sizeof(whole)));
    assert_true(nt_ok(file_info_write(&w, FILE_ALL_INFORMATION, &file)));
    assert_int_equal(wr_pos(&w), sizeof(whole));
    assert_int_equal(whole[96], 24);
    assert_memory_equal(whole + 120, "\x3D\xD8\x00\xDE", 4);
    for (size_t room = 0; room < sizeof(whole); room++) {
        memset(space, 0xA5, sizeof(space));
        w = wr_of(mspan_of(space, room));
        ntstatus status = file_info_write(&w, FILE_ALL_INFORMATION, &file);
        if (room < 104) {
            assert_true(nt_is(status, STATUS_INFO_LENGTH_MISMATCH));
            continue;
        }
        assert_true(nt_is(status, STATUS_BUFFER_OVERFLOW));
        assert_true(wr_done(&w));
        assert_int_equal(wr_pos(&w), room);
        assert_memory_equal(space, whole, room);
    }
}

static void test_names(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    assert_true(nt_ok(file_info_write(&w, FILE_NORMALIZED_NAME_INFORMATION, &file)));
    assert_int_equal(space[0], 22);
    assert_int_equal(space[4], 'd');
    w = wr_of(mspan_of(space, sizeof(space)));
    assert_true(nt_ok(file_info_write(&w, FILE_ALTERNATE_NAME_INFORMATION, &file)));
    assert_int_equal(space[0], 12);
    struct file_info long_name_only = file;
    long_name_only.short_name = NULL;
    w = wr_of(mspan_of(space, sizeof(space)));
    assert_true(nt_is(file_info_write(&w, FILE_ALTERNATE_NAME_INFORMATION, &long_name_only),
                      STATUS_OBJECT_NAME_NOT_FOUND));
    assert_int_equal(wr_pos(&w), 0);
}

static void test_places_in_standard(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    assert_true(nt_ok(file_info_write(&w, FILE_STANDARD_INFORMATION, &file)));
    static const uint8_t expected[24] = {0x55, 0x55, [8] = 0x66, [9] = 0x66, [16] = 7, [21] = 1};
    assert_memory_equal(space, expected, sizeof(expected));
}

static void test_streams(void **state)
{
    struct wr w = wr_of(mspan_of(space, 24 + 14 + 2 + 24 + 12));
    struct stream_writer s = stream_writer_of(&w);
    assert_true(stream_writer_add(&s, "::$DATA", 1, 2));
    assert_false(stream_writer_add(&s, ":longer:$DATA", 1, 2));
    assert_true(stream_writer_add(&s, ":a:$DA", 1, 2));
    assert_true(wr_done(&w));
    struct span rest = wr_written(&w);
    struct stream_entry e;
    assert_true(stream_entry_next(&rest, &e));
    assert_int_equal(e.name.len, 14);
    assert_true(stream_entry_next(&rest, &e));
    assert_int_equal(e.name.len, 12);
    assert_false(stream_entry_next(&rest, &e));
    assert_int_equal(rest.len, 0);
}

static void test_volumes(void **state)
{
    static const uint8_t sizes[][3] = {
        {FS_VOLUME_INFORMATION, 24, 28},   {FS_SIZE_INFORMATION, 24, 24},
        {FS_DEVICE_INFORMATION, 8, 8},     {FS_ATTRIBUTE_INFORMATION, 16, 20},
        {FS_CONTROL_INFORMATION, 48, 48},  {FS_FULL_SIZE_INFORMATION, 32, 32},
        {FS_OBJECT_ID_INFORMATION, 64, 64}, {FS_SECTOR_SIZE_INFORMATION, 28, 28},
    };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint8_t info_class = sizes[i][0];
        assert_int_equal(fs_info_size_min(info_class), sizes[i][1]);
        struct wr w = wr_of(mspan_of(space, sizeof(space)));
        assert_true(nt_ok(fs_info_write(&w, info_class, &volume)));
        assert_int_equal(wr_pos(&w), sizes[i][2]);
        w = wr_of(mspan_of(space, sizes[i][1] - 1u));
        assert_true(nt_is(fs_info_write(&w, info_class, &volume), STATUS_INFO_LENGTH_MISMATCH));
        w = wr_of(mspan_of(space, sizes[i][2] - 1u));
        if (sizes[i][2] > sizes[i][1])
            assert_true(nt_is(fs_info_write(&w, info_class, &volume), STATUS_BUFFER_OVERFLOW));
    }
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    assert_true(nt_is(fs_info_write(&w, 2, &volume), STATUS_INVALID_INFO_CLASS));
}

static void test_reading_leaves_other_members_alone(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    assert_true(nt_ok(file_info_write(&w, FILE_BASIC_INFORMATION, &file)));
    struct file_info info = {.end_of_file = 5};
    struct span name;
    assert_true(file_info_read(wr_written(&w), FILE_BASIC_INFORMATION, &info, &name));
    assert_int_equal(info.change_time, 0x4444);
    assert_int_equal(info.end_of_file, 5);
    assert_false(file_info_read(span_of(space, 35), FILE_BASIC_INFORMATION, &info, &name));
    assert_false(file_info_read(wr_written(&w), FILE_STREAM_INFORMATION, &info, &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_of_fixed_classes),
        cmocka_unit_test(test_classes_not_answered),
        cmocka_unit_test(test_all_is_cut_to_the_room),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_places_in_standard),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_reading_leaves_other_members_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
