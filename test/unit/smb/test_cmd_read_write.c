/* SPDX-License-Identifier: Apache-2.0
 *
 * READ, WRITE, FLUSH, CLOSE over the fake store. */
#include "proto/close_flush.h"
#include "proto/read_write.h"
#include "rig.h"

static ntstatus do_read(struct rig *r, struct read_req in)
{
    in.file_id = r->open->id;
    read_req_write(rig_begin(r), &in);
    return rig_call(r, SMB2_CMD_READ);
}

static void read_returns_what_is_there(struct rig *r)
{
    memcpy(fake_open.data, "0123456789", 10);
    fake_open.size = 10;
    rig_expect(do_read(r, (struct read_req){.offset = 4, .length = 100}), STATUS_SUCCESS);
    struct read_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(read_rsp_read(&body, &rsp));
    assert_int_equal(rsp.data.len, 6);
    assert_memory_equal(rsp.data.p, "456789", 6);
}

static void read_ends_and_minimum(struct rig *r)
{
    fake_open.size = 10;
    rig_expect(do_read(r, (struct read_req){.offset = 10, .length = 1}), STATUS_END_OF_FILE);
    rig_expect(do_read(r, (struct read_req){.length = 0}), STATUS_SUCCESS);
    rig_expect(do_read(r, (struct read_req){.length = 0, .minimum_count = 1}), STATUS_END_OF_FILE);
    rig_expect(do_read(r, (struct read_req){.length = 20, .minimum_count = 11}),
               STATUS_END_OF_FILE);
    rig_expect(do_read(r, (struct read_req){.length = 20, .minimum_count = 10}), STATUS_SUCCESS);
}

static void read_sizes(struct rig *r)
{
    fake_open.size = FAKE_DATA_MAX;
    rig_expect(do_read(r, (struct read_req){.length = FAKE_DATA_MAX}), STATUS_SUCCESS);
    struct read_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(read_rsp_read(&body, &rsp));
    assert_int_equal(rsp.data.len, FAKE_DATA_MAX);
    rig_expect(do_read(r, (struct read_req){.length = LIMIT_IO_BYTES_MAX + 1}),
               STATUS_INVALID_PARAMETER);
    rig_expect(do_read(r, (struct read_req){.length = 1, .channel = 1}), STATUS_INVALID_PARAMETER);
}

static void read_of_nothing_known(struct rig *r)
{
    struct read_req in = {.length = 1, .file_id = {r->open->id.persistent_id, 77}};
    read_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_READ), STATUS_FILE_CLOSED);
    rig_begin(r);
    wr_u16(&r->w, 49);
    rig_expect(rig_call(r, SMB2_CMD_READ), STATUS_INVALID_PARAMETER);
}

static void write_reaches_the_store(struct rig *r)
{
    struct write_req in = {.offset = 5,
                           .file_id = r->open->id,
                           .flags = SMB2_WRITEFLAG_WRITE_THROUGH,
                           .data = span_str("hello")};
    write_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_WRITE), STATUS_SUCCESS);
    assert_memory_equal(fake_open.data + 5, "hello", 5);
    assert_true(fake_open.last_flags);
    struct write_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(write_rsp_read(&body, &rsp));
    assert_int_equal(rsp.count, 5);
    fake_open.answer = STATUS_DISK_FULL;
    write_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_WRITE), STATUS_DISK_FULL);
}

static void flush_is_passed_on(struct rig *r)
{
    flush_req_write(rig_begin(r), &(struct flush_req){r->open->id});
    rig_expect(rig_call(r, SMB2_CMD_FLUSH), STATUS_SUCCESS);
    assert_string_equal(fake_open.last_call, "flush");
}

static ntstatus do_close(struct rig *r, struct smb2_file_id id, uint16_t flags)
{
    close_req_write(rig_begin(r), &(struct close_req){flags, id});
    return rig_call(r, SMB2_CMD_CLOSE);
}

static void close_describes_when_asked(struct rig *r)
{
    struct smb2_file_id id = r->open->id;
    fake_open.info.net = (struct nt_net_open){.end_of_file = 99, .attributes = 0x20};
    rig_expect(do_close(r, id, SMB2_CLOSE_POSTQUERY_ATTRIB), STATUS_SUCCESS);
    struct close_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(close_rsp_read(&body, &rsp));
    assert_int_equal(rsp.flags, SMB2_CLOSE_POSTQUERY_ATTRIB);
    assert_int_equal(rsp.end_of_file, 99);
    assert_int_equal(rsp.file_attributes, 0x20);
    assert_int_equal(fake_open.closes, 1);
    rig_expect(do_close(r, id, 0), STATUS_FILE_CLOSED);
    assert_int_equal(fake_open.closes, 1);
}

static void close_is_silent_otherwise(struct rig *r)
{
    fake_open.info.net.end_of_file = 99;
    rig_expect(do_close(r, r->open->id, 0), STATUS_SUCCESS);
    struct close_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(close_rsp_read(&body, &rsp));
    assert_int_equal(rsp.end_of_file, 0);
}

/* The room that finished elements of a compound took does not wait along. */
static void waits_give_room_back(struct rig *r)
{
    struct smb_request *req = &r->req;
    rig_begin(r);
    (void)rig_call(r, SMB2_CMD_READ);
    rig_expect(smb_request_room(req, 1u << 20), STATUS_SUCCESS);
    wr_u32(&req->out, 0x01020304);
    req->async_id = 1; /* PENDING has been said */
    rig_expect(smb_request_pend_now(req), STATUS_SUCCESS);
    assert_true(req->buffer->capacity < 100000);
    assert_int_equal(r->conn.work_bytes, req->buffer->capacity);
    struct rd body = rig_response(r);
    assert_int_equal(rd_u32(&body), 0x01020304);
    r->conn.state = SMB_CONN_CLOSING;
    rig_expect(smb_request_pend_now(req), STATUS_CANCELLED);
    r->conn.state = SMB_CONN_NEGOTIATED;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(waits_give_room_back),
        RIG_TEST(read_returns_what_is_there), RIG_TEST(read_ends_and_minimum),
        RIG_TEST(read_sizes),                 RIG_TEST(read_of_nothing_known),
        RIG_TEST(write_reaches_the_store),    RIG_TEST(flush_is_passed_on),
        RIG_TEST(close_describes_when_asked), RIG_TEST(close_is_silent_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
