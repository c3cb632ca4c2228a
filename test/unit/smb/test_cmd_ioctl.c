/* SPDX-License-Identifier: Apache-2.0
 *
 * IOCTL: which controls there are, what they take, copies within the server. */
#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "proto/sd.h"
#include "rig.h"

static const struct smb2_file_id no_file = {SMB2_ID_ALL_ONES, SMB2_ID_ALL_ONES};

static ntstatus control(struct rig *r, uint32_t code, struct span input, uint32_t bytes_max)
{
    struct ioctl_req in = {.ctl_code = code,
                           .file_id = r->open->id,
                           .input = input,
                           .output_bytes_max = bytes_max,
                           .flags = SMB2_IOCTL_IS_FSCTL};
    ioctl_req_write(rig_begin(r), &in);
    return rig_call(r, SMB2_CMD_IOCTL);
}

static struct span output(struct rig *r)
{
    struct ioctl_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(ioctl_rsp_read(&body, &rsp));
    return rsp.output;
}

static void unknown_ones(struct rig *r)
{
    struct span none = {NULL, 0};
    rig_expect(control(r, 0x00098208, none, 100), STATUS_INVALID_DEVICE_REQUEST);
    struct ioctl_req in = {.ctl_code = FSCTL_SET_SPARSE, .file_id = r->open->id};
    ioctl_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_IOCTL), STATUS_NOT_SUPPORTED); /* not an FSCTL */
    rig_expect(control(r, FSCTL_SET_SPARSE, none, LIMIT_IO_BYTES_MAX + 1),
               STATUS_INVALID_PARAMETER);
}

static void controls_without_file(struct rig *r)
{
    struct span none = {NULL, 0};
    rig_expect(control(r, FSCTL_QUERY_NETWORK_INTERFACE_INFO, none, 4096),
               STATUS_INVALID_PARAMETER);
    struct ioctl_req in = {.ctl_code = FSCTL_DFS_GET_REFERRALS,
                           .file_id = no_file,
                           .output_bytes_max = 4096,
                           .flags = SMB2_IOCTL_IS_FSCTL};
    ioctl_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_IOCTL), STATUS_FS_DRIVER_REQUIRED);
}

static unsigned interfaces(void *ctx, struct network_interface *list, unsigned max)
{
    list[0] = (struct network_interface){.index = 3, .link_speed = 1000, .address = {10, 0, 0, 1}};
    return 1;
}

static void network_interfaces(struct rig *r)
{
    r->server.config.interfaces = interfaces;
    struct ioctl_req in = {.ctl_code = FSCTL_QUERY_NETWORK_INTERFACE_INFO,
                           .file_id = no_file,
                           .output_bytes_max = 4096,
                           .flags = SMB2_IOCTL_IS_FSCTL};
    ioctl_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_IOCTL), STATUS_SUCCESS);
    struct network_interface list[2];
    unsigned count;
    assert_true(network_interfaces_read(output(r), list, 2, &count));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].index, 3);
    in.output_bytes_max = 151;
    ioctl_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_IOCTL), STATUS_BUFFER_TOO_SMALL);
    r->server.config.multichannel = false;
    ioctl_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_IOCTL), STATUS_NOT_SUPPORTED);
}

static ntstatus copy(struct rig *r, uint32_t code, struct copychunk_req *in)
{
    struct resume_key key;
    rig_expect(control(r, FSCTL_SRV_REQUEST_RESUME_KEY, span_of(NULL, 0), 32), STATUS_SUCCESS);
    assert_true(resume_key_rsp_read(output(r), &key));
    memcpy(in->source_key, key.key, sizeof(key.key));
    static uint8_t buf[8192];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    copychunk_req_write(&w, in);
    return control(r, code, wr_written(&w), 12);
}

static void copies(struct rig *r)
{
    static struct copychunk_req in;
    in = (struct copychunk_req){.count = 2, .chunks = {{0, 0, 100}, {100, 200, 50}}};
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK, &in), STATUS_SUCCESS);
    struct copychunk_rsp rsp;
    assert_true(copychunk_rsp_read(output(r), &rsp));
    assert_int_equal(rsp.chunks_written, 2);
    assert_int_equal(rsp.total_bytes_written, 150);
    assert_int_equal(fake_open.copies, 2);
    rig_expect(control(r, FSCTL_SRV_REQUEST_RESUME_KEY, span_of(NULL, 0), 31),
               STATUS_INVALID_PARAMETER);
    fake_open.answer = STATUS_INVALID_VIEW_SIZE;
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK, &in), STATUS_INVALID_VIEW_SIZE);
    assert_true(copychunk_rsp_read(output(r), &rsp)); /* with what was done before it failed */
    assert_int_equal(rsp.chunks_written, 0);
    fake_open.answer = STATUS_SUCCESS;
}

static void copy_limits(struct rig *r)
{
    static struct copychunk_req in;
    const struct copychunk bad[] = {{0, 0, 0}, {0, 0, (1 << 20) + 1}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        in = (struct copychunk_req){.count = 1, .chunks = {bad[i]}};
        rig_expect(copy(r, FSCTL_SRV_COPYCHUNK, &in), STATUS_INVALID_PARAMETER);
        assert_true(r->req.body_stands);
        struct copychunk_rsp limits;
        assert_true(copychunk_rsp_read(output(r), &limits));
        assert_int_equal(limits.chunks_written, 256);
        assert_int_equal(limits.chunk_bytes_written, 1 << 20);
        assert_int_equal(limits.total_bytes_written, 16 << 20);
    }
    in = (struct copychunk_req){.count = 17};
    for (int i = 0; i < 17; i++)
        in.chunks[i].length = 1 << 20;
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK, &in), STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_open.copies, 0);
}

static void copy_rights_and_keys(struct rig *r)
{
    static struct copychunk_req in;
    in = (struct copychunk_req){.count = 1, .chunks = {{0, 0, 100}}};
    fake_open.access = FILE_WRITE_DATA | FILE_EXECUTE; /* makes it a source, not a target */
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK, &in), STATUS_ACCESS_DENIED);
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK_WRITE, &in), STATUS_SUCCESS);
    fake_open.access = FILE_READ_DATA;
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK_WRITE, &in), STATUS_ACCESS_DENIED);
    fake_open.access = FILE_WRITE_DATA;
    rig_expect(copy(r, FSCTL_SRV_COPYCHUNK_WRITE, &in), STATUS_ACCESS_DENIED);
    uint8_t buf[64] = {0};
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    memset(in.source_key, 0xAA, sizeof(in.source_key));
    copychunk_req_write(&w, &in);
    rig_expect(control(r, FSCTL_SRV_COPYCHUNK, wr_written(&w), 12), STATUS_OBJECT_NAME_NOT_FOUND);
    rig_expect(control(r, FSCTL_SRV_COPYCHUNK, wr_written(&w), 11), STATUS_INVALID_PARAMETER);
}

static void sparse_files(struct rig *r)
{
    uint8_t no = 0;
    rig_expect(control(r, FSCTL_SET_SPARSE, span_of(NULL, 0), 0), STATUS_SUCCESS);
    assert_int_equal(fake_open.last_number, 1);
    rig_expect(control(r, FSCTL_SET_SPARSE, span_of(&no, 1), 0), STATUS_SUCCESS);
    assert_int_equal(fake_open.last_number, 0);
    uint64_t range[2] = {10, 30};
    rig_expect(control(r, FSCTL_SET_ZERO_DATA, span_of(range, 16), 0), STATUS_SUCCESS);
    assert_int_equal(fake_open.last_flags, 10);
    assert_int_equal(fake_open.last_number, 30);
    rig_expect(control(r, FSCTL_SET_ZERO_DATA, span_of(range, 15), 0), STATUS_INVALID_PARAMETER);
}

static void allocated_ranges(struct rig *r)
{
    uint64_t range[2] = {0, 1000};
    fake_open.range_count = 3;
    rig_expect(control(r, FSCTL_QUERY_ALLOCATED_RANGES, span_of(range, 16), 48), STATUS_SUCCESS);
    assert_int_equal(output(r).len, 48);
    rig_expect(control(r, FSCTL_QUERY_ALLOCATED_RANGES, span_of(range, 16), 47),
               STATUS_BUFFER_OVERFLOW);
    assert_int_equal(output(r).len, 32);
    rig_expect(control(r, FSCTL_QUERY_ALLOCATED_RANGES, span_of(range, 16), 15),
               STATUS_BUFFER_TOO_SMALL);
    fake_open.range_count = 0;
    rig_expect(control(r, FSCTL_QUERY_ALLOCATED_RANGES, span_of(range, 16), 0), STATUS_SUCCESS);
    rig_expect(control(r, FSCTL_QUERY_ALLOCATED_RANGES, span_of(range, 15), 48),
               STATUS_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(unknown_ones),   RIG_TEST(controls_without_file), RIG_TEST(network_interfaces),
        RIG_TEST(copies),         RIG_TEST(copy_limits),           RIG_TEST(copy_rights_and_keys),
        RIG_TEST(sparse_files),   RIG_TEST(allocated_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
