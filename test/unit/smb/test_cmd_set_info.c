/* SPDX-License-Identifier: Apache-2.0
 *
 * SET_INFO: every class reaches its function with the right arguments; sizes and types. */
#include "proto/fscc.h"
#include "proto/info.h"
#include "proto/sd.h"
#include "proto/set_info.h"
#include "rig.h"

static ntstatus set(struct rig *r, uint8_t type, uint8_t class, struct span buffer)
{
    struct set_info_req in = {.info_type = type,
                              .info_class = class,
                              .buffer = buffer,
                              .additional_information = SECINFO_DACL,
                              .file_id = r->open->id};
    set_info_req_write(rig_begin(r), &in);
    return rig_call(r, SMB2_CMD_SET_INFO);
}

static void numbers(struct rig *r)
{
    const struct {
        uint8_t class;
        const char *call;
    } cases[] = {
        {FILE_POSITION_INFORMATION, "set_position"},
        {FILE_ALLOCATION_INFORMATION, "set_allocation"},
        {FILE_END_OF_FILE_INFORMATION, "set_end_of_file"},
        {FILE_VALID_DATA_LENGTH_INFORMATION, "set_valid_data_length"},
    };
    uint64_t value = 77, negative = UINT64_MAX;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t class = cases[i].class;
        rig_expect(set(r, SMB2_INFO_FILE, class, span_of(&value, 8)), STATUS_SUCCESS);
        assert_string_equal(fake_open.last_call, cases[i].call);
        assert_int_equal(fake_open.last_number, 77);
        rig_expect(set(r, SMB2_INFO_FILE, class, span_of(&value, 7)),
                   STATUS_INFO_LENGTH_MISMATCH);
        rig_expect(set(r, SMB2_INFO_FILE, class, span_of(&negative, 8)),
                   STATUS_INVALID_PARAMETER);
    }
}

static void basic(struct rig *r)
{
    uint8_t buf[40];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    set_basic_info_write(&w, &(struct set_basic_info){.last_write_time = 5, .attributes = 1});
    rig_expect(set(r, SMB2_INFO_FILE, FILE_BASIC_INFORMATION, wr_written(&w)), STATUS_SUCCESS);
    assert_int_equal(fake_open.last_number, 5);
    assert_int_equal(fake_open.last_flags, 1);
}

static ntstatus set_name(struct rig *r, uint8_t class, const char *utf16, size_t bytes)
{
    uint8_t buf[128];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    struct set_rename_info i = {.flags = FILE_RENAME_REPLACE_IF_EXISTS,
                                .name = span_of(utf16, bytes)};
    set_rename_info_write(&w, class == FILE_RENAME_INFORMATION_EX, &i);
    return set(r, SMB2_INFO_FILE, class, wr_written(&w));
}

static void names(struct rig *r)
{
    rig_expect(set_name(r, FILE_RENAME_INFORMATION, "a\0\\\0b\0", 6), STATUS_SUCCESS);
    assert_string_equal(fake_open.last_call, "rename");
    assert_string_equal(fake_open.last_name, "a\\b");
    assert_int_equal(fake_open.last_number, NT_RENAME_REPLACE);
    rig_expect(set_name(r, FILE_RENAME_INFORMATION_EX, "c\0", 2), STATUS_SUCCESS);
    assert_string_equal(fake_open.last_name, "c");
    rig_expect(set_name(r, FILE_LINK_INFORMATION, "\\\0d\0", 4), STATUS_SUCCESS);
    assert_string_equal(fake_open.last_call, "link");
    assert_string_equal(fake_open.last_name, "d");
    rig_expect(set_name(r, FILE_RENAME_INFORMATION, "\0\xd8", 2), STATUS_OBJECT_NAME_INVALID);
}

static void disposition(struct rig *r)
{
    uint8_t one = 1;
    uint32_t flags = FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS | 4;
    rig_expect(set(r, SMB2_INFO_FILE, FILE_DISPOSITION_INFORMATION, span_of(&one, 1)),
               STATUS_SUCCESS);
    assert_int_equal(fake_open.last_number, NT_DISPOSITION_DELETE);
    rig_expect(set(r, SMB2_INFO_FILE, FILE_DISPOSITION_INFORMATION_EX, span_of(&flags, 4)),
               STATUS_SUCCESS);
    assert_int_equal(fake_open.last_number, NT_DISPOSITION_DELETE | NT_DISPOSITION_POSIX);
}

static void other_types(struct rig *r)
{
    struct span sd = span_str("descriptor");
    rig_expect(set(r, SMB2_INFO_SECURITY, 0, sd), STATUS_SUCCESS);
    assert_string_equal(fake_open.last_call, "set_security");
    assert_int_equal(fake_open.last_flags, SECINFO_DACL);
    rig_expect(set(r, SMB2_INFO_FILESYSTEM, 2, sd), STATUS_NOT_SUPPORTED);
    rig_expect(set(r, SMB2_INFO_QUOTA, 0, sd), STATUS_NOT_SUPPORTED);
    rig_expect(set(r, 77, 0, sd), STATUS_INVALID_PARAMETER);
    rig_expect(set(r, SMB2_INFO_FILE, FILE_STANDARD_INFORMATION, sd), STATUS_INVALID_INFO_CLASS);
    rig_expect(set(r, SMB2_INFO_FILE, 255, sd), STATUS_INVALID_INFO_CLASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(numbers),     RIG_TEST(basic),       RIG_TEST(names),
        RIG_TEST(disposition), RIG_TEST(other_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
