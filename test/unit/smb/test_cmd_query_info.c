/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_INFO: sizes, rights, classes. */
#include "proto/ea.h"
#include "proto/file_info.h"
#include "proto/info.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "proto/smb2_error.h"
#include "rig.h"

static ntstatus query(struct rig *r, struct query_info_req in)
{
    in.file_id = r->open->id;
    query_info_req_write(rig_begin(r), &in);
    return rig_call(r, SMB2_CMD_QUERY_INFO);
}

static ntstatus query_file(struct rig *r, uint8_t class, uint32_t bytes_max)
{
    return query(r, (struct query_info_req){.info_type = SMB2_INFO_FILE,
                                            .info_class = class,
                                            .output_bytes_max = bytes_max});
}

static struct span output(struct rig *r)
{
    struct output_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(output_rsp_read(&body, &rsp));
    return rsp.output;
}

static void standard_info(struct rig *r)
{
    fake_open.info.net.end_of_file = 1234;
    fake_open.info.links = 3;
    rig_expect(query_file(r, FILE_STANDARD_INFORMATION, 24), STATUS_SUCCESS);
    struct file_info info;
    struct span name;
    assert_int_equal(output(r).len, 24);
    assert_true(file_info_read(output(r), FILE_STANDARD_INFORMATION, &info, &name));
    assert_int_equal(info.end_of_file, 1234);
    assert_int_equal(info.links, 3);
}

static void small_buffers(struct rig *r)
{
    rig_expect(query_file(r, FILE_STANDARD_INFORMATION, 23), STATUS_INFO_LENGTH_MISMATCH);
    rig_expect(query_file(r, FILE_ALL_INFORMATION, 103), STATUS_INFO_LENGTH_MISMATCH);
    rig_expect(query_file(r, FILE_ALL_INFORMATION, 104), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(output(r).len, 104);
    rig_expect(query_file(r, FILE_ALL_INFORMATION, 1000), STATUS_SUCCESS);
    assert_int_equal(output(r).len, 100 + 2 * strlen("\\dir\\file"));
}

static void rights_of_classes(struct rig *r)
{
    fake_open.access = FILE_READ_DATA;
    rig_expect(query_file(r, FILE_BASIC_INFORMATION, 100), STATUS_ACCESS_DENIED);
    rig_expect(query_file(r, FILE_ALL_INFORMATION, 1000), STATUS_ACCESS_DENIED);
    rig_expect(query_file(r, FILE_STANDARD_INFORMATION, 100), STATUS_SUCCESS);
    rig_expect(query_file(r, FILE_FULL_EA_INFORMATION, 100), STATUS_ACCESS_DENIED);
    fake_open.access = FILE_READ_ATTRIBUTES;
    rig_expect(query_file(r, FILE_BASIC_INFORMATION, 100), STATUS_SUCCESS);
}

static void classes_that_are_not(struct rig *r)
{
    rig_expect(query_file(r, 250, 100), STATUS_INVALID_INFO_CLASS);
    rig_expect(query_file(r, FILE_BOTH_DIRECTORY_INFORMATION, 100), STATUS_INVALID_INFO_CLASS);
    rig_expect(query(r, (struct query_info_req){.info_type = 9, .output_bytes_max = 9}),
               STATUS_INVALID_PARAMETER);
    rig_expect(query(r, (struct query_info_req){.info_type = SMB2_INFO_QUOTA}),
               STATUS_NOT_SUPPORTED);
    r->conn.dialect = SMB2_DIALECT_302;
    rig_expect(query_file(r, FILE_NORMALIZED_NAME_INFORMATION, 100), STATUS_NOT_SUPPORTED);
}

static void streams_are_cut(struct rig *r)
{
    fake_open.streams[0] = (struct nt_stream){"::$DATA", 5, 4096};
    fake_open.streams[1] = (struct nt_stream){":zone:$DATA", 6, 4096};
    fake_open.stream_count = 2;
    rig_expect(query_file(r, FILE_STREAM_INFORMATION, 40), STATUS_BUFFER_OVERFLOW);
    struct span rest = output(r);
    struct stream_entry e;
    assert_true(stream_entry_next(&rest, &e));
    assert_int_equal(e.size, 5);
    assert_int_equal(rest.len, 0);
    rig_expect(query_file(r, FILE_STREAM_INFORMATION, 400), STATUS_SUCCESS);
    rest = output(r);
    assert_true(stream_entry_next(&rest, &e));
    assert_true(stream_entry_next(&rest, &e));
    assert_int_equal(e.size, 6);
}

static void security_is_all_or_nothing(struct rig *r)
{
    fake_open.sd = span_str("0123456789");
    struct query_info_req in = {.info_type = SMB2_INFO_SECURITY,
                                .output_bytes_max = 9,
                                .additional_information = SECINFO_DACL};
    rig_expect(query(r, in), STATUS_BUFFER_TOO_SMALL);
    assert_true(r->req.body_stands);
    assert_int_equal(fake_open.last_flags, SECINFO_DACL);
    struct smb2_error_rsp error;
    struct rd body = rig_response(r);
    assert_true(smb2_error_rsp_read(&body, &error));
    assert_int_equal(error.data.p[error.data.len - 4], 10);
    in.output_bytes_max = 10;
    rig_expect(query(r, in), STATUS_SUCCESS);
    assert_int_equal(output(r).len, 10);
}

static struct span ea_chain(uint8_t *buf, size_t size)
{
    struct wr w = wr_of(mspan_of(buf, size));
    struct ea_writer e = ea_writer_of(&w);
    assert_true(ea_writer_add(&e, &(struct ea){.name = "ONE", .value = span_str("1")}));
    assert_true(ea_writer_add(&e, &(struct ea){.name = "TWO", .value = span_str("22")}));
    return wr_written(&w);
}

static void extended_attributes(struct rig *r)
{
    uint8_t buf[256], names[16] = {0, 0, 0, 0, 3, 't', 'w', 'o', 0};
    rig_expect(query_file(r, FILE_FULL_EA_INFORMATION, 100), STATUS_NO_EAS_ON_FILE);
    fake_open.ea = ea_chain(buf, sizeof(buf));
    rig_expect(query_file(r, FILE_FULL_EA_INFORMATION, 100), STATUS_SUCCESS);
    assert_int_equal(output(r).len, fake_open.ea.len);
    rig_expect(query_file(r, FILE_FULL_EA_INFORMATION, 20), STATUS_BUFFER_OVERFLOW);
    rig_expect(query_file(r, FILE_FULL_EA_INFORMATION, 8), STATUS_BUFFER_TOO_SMALL);
    struct query_info_req in = {.info_type = SMB2_INFO_FILE,
                                .info_class = FILE_FULL_EA_INFORMATION,
                                .output_bytes_max = 100,
                                .input = span_of(names, 9)};
    rig_expect(query(r, in), STATUS_SUCCESS);
    struct arena a;
    arena_init(&a);
    struct ea_list list;
    assert_true(ea_list_read(output(r), &a, &list));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].name, "TWO");
    arena_fini(&a);
}

static void volume_info(struct rig *r)
{
    fake_open.fs.unit_total = 1000;
    fake_open.fs.sectors_per_unit = 8;
    fake_open.fs.bytes_per_sector = 512;
    struct query_info_req in = {.info_type = SMB2_INFO_FILESYSTEM,
                                .info_class = FS_SIZE_INFORMATION,
                                .output_bytes_max = 24};
    rig_expect(query(r, in), STATUS_SUCCESS);
    assert_int_equal(output(r).len, 24);
    in.output_bytes_max = 23;
    rig_expect(query(r, in), STATUS_INFO_LENGTH_MISMATCH);
    in.info_class = 99;
    rig_expect(query(r, in), STATUS_INVALID_INFO_CLASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(standard_info),        RIG_TEST(small_buffers),
        RIG_TEST(rights_of_classes),    RIG_TEST(classes_that_are_not),
        RIG_TEST(streams_are_cut),      RIG_TEST(security_is_all_or_nothing),
        RIG_TEST(extended_attributes),  RIG_TEST(volume_info),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
