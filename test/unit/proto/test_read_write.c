/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads and other variable parts of messages: where they may stand and how long they may be. */
#include "proto/read_write.h"
#include "proto/ioctl.h"
#include "proto/lock.h"
#include "proto/session_setup.h"
#include "unit.h"

static uint8_t space[65536];

static struct wr message(void)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    wr_zero(&w, SMB2_HEADER_SIZE);
    return w;
}

static struct rd body(const struct wr *w)
{
    struct rd r = rd_of(wr_written(w));
    rd_skip(&r, SMB2_HEADER_SIZE);
    return r;
}

static bool write_reads(uint16_t data_at, uint32_t length)
{
    struct wr w = message();
    write_req_write(&w, &(struct write_req){.data = {(const uint8_t *)"0123456789", 10}});
    memcpy(space + SMB2_HEADER_SIZE + 2, &data_at, sizeof(data_at));
    memcpy(space + SMB2_HEADER_SIZE + 4, &length, sizeof(length));
    struct rd r = body(&w);
    struct write_req req;
    return write_req_read(&r, &req);
}

static void test_payload_of_write(void **state)
{
    assert_true(write_reads(SMB2_WRITE_REQ_DATA_AT, 10));
    assert_true(write_reads(SMB2_WRITE_REQ_DATA_AT + 9, 1));
    assert_true(write_reads(0, 0));
    assert_false(write_reads(SMB2_WRITE_REQ_DATA_AT, 11));
    assert_false(write_reads(SMB2_WRITE_REQ_DATA_AT - 1, 1));
    assert_false(write_reads(0, 10));
    assert_false(write_reads(SMB2_HEADER_SIZE, 1));
    assert_false(write_reads(0xFFFF, 1));
    assert_false(write_reads(SMB2_WRITE_REQ_DATA_AT, 0xFFFFFFFF));
    assert_false(write_reads(SMB2_WRITE_REQ_DATA_AT + 10, 1));
}

static void test_front_of_a_large_write(void **state)
{
    struct wr w = message();
    write_req_head_write(&w, &(struct write_req){.length = 8u << 20, .offset = 5});
    assert_int_equal(wr_pos(&w), SMB2_WRITE_REQ_DATA_AT);
    struct rd r = body(&w);
    struct write_req req;
    assert_true(write_req_head_read(&r, &req));
    assert_int_equal(req.length, 8u << 20);
    assert_int_equal(req.data_offset, SMB2_WRITE_REQ_DATA_AT);
    assert_int_equal(req.offset, 5);
    r = body(&w);
    assert_false(write_req_read(&r, &req));
    r = body(&w);
    r.end--;
    assert_false(write_req_head_read(&r, &req));
}

static void test_head_of_read_reply(void **state)
{
    struct wr w = message();
    read_rsp_head_write(&w, 3, 0);
    assert_int_equal(wr_pos(&w), SMB2_READ_RSP_DATA_AT);
    wr_bytes(&w, "abc", 3);
    struct rd r = body(&w);
    struct read_rsp rsp;
    assert_true(read_rsp_read(&r, &rsp));
    assert_true(span_equal(rsp.data, span_str("abc")));
    space[SMB2_HEADER_SIZE + 4] = 4;
    r = body(&w);
    assert_false(read_rsp_read(&r, &rsp));
    space[SMB2_HEADER_SIZE + 4] = 3;
    space[SMB2_HEADER_SIZE + 2] = SMB2_READ_RSP_DATA_AT - 1;
    r = body(&w);
    assert_false(read_rsp_read(&r, &rsp));
}

static void test_channel_fields_mean_nothing_without_channel(void **state)
{
    struct wr w = message();
    read_req_write(&w, &(struct read_req){.length = 5});
    memset(space + SMB2_HEADER_SIZE + 44, 0xFF, 4);
    struct rd r = body(&w);
    struct read_req req;
    assert_true(read_req_read(&r, &req));
    assert_int_equal(req.channel_info.len, 0);
    space[SMB2_HEADER_SIZE + 36] = SMB2_CHANNEL_RDMA_V1;
    r = body(&w);
    assert_false(read_req_read(&r, &req));
}

/* At least a byte follows the fixed part of a request whose StructureSize is odd. */
static void test_requests_have_their_odd_byte(void **state)
{
    struct wr w = message();
    read_req_write(&w, &(struct read_req){0});
    assert_int_equal(wr_pos(&w), SMB2_HEADER_SIZE + 49);
    w = message();
    write_req_write(&w, &(struct write_req){0});
    assert_int_equal(wr_pos(&w), SMB2_HEADER_SIZE + 49);
    w = message();
    session_setup_req_write(&w, &(struct session_setup_req){0});
    assert_int_equal(wr_pos(&w), SMB2_HEADER_SIZE + 25);
}

static void test_lengths_that_do_not_fit_their_field(void **state)
{
    static uint8_t huge[70000];
    struct wr w = message();
    w.end = w.base + sizeof(space);
    session_setup_rsp_write(&w, &(struct session_setup_rsp){.token = span_of(huge, 65536)});
    assert_false(wr_done(&w));
}

static void test_lock_counts(void **state)
{
    static const struct lock_element elements[2] = {{1, 2, 3}, {4, 5, 6}};
    struct wr w = message();
    lock_req_write(&w, &(struct lock_req){.element_count = 2}, elements);
    static const uint16_t counts[][2] = {{0, 0}, {1, 1}, {2, 1}, {3, 0}, {1024, 0}, {65535, 0}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        memcpy(space + SMB2_HEADER_SIZE + 2, &counts[i][0], 2);
        struct rd r = body(&w);
        struct lock_req req;
        assert_int_equal(lock_req_read(&r, &req), counts[i][1]);
    }
    memset(space, 0, sizeof(space));
    space[SMB2_HEADER_SIZE] = 48;
    space[SMB2_HEADER_SIZE + 2] = (uint8_t)(LIMIT_LOCK_ELEMENTS_MAX + 1);
    space[SMB2_HEADER_SIZE + 3] = (uint8_t)((LIMIT_LOCK_ELEMENTS_MAX + 1) >> 8);
    struct rd r = rd_of(span_of(space, sizeof(space)));
    rd_skip(&r, SMB2_HEADER_SIZE);
    struct lock_req req;
    assert_false(lock_req_read(&r, &req));
}

static void test_ioctl_output_in_place(void **state)
{
    struct wr w = message();
    struct ioctl_rsp rsp = {.ctl_code = 7, .input = {(const uint8_t *)"abc", 3}};
    struct ioctl_rsp_open open = ioctl_rsp_begin(&w, &rsp);
    assert_int_equal(open.output_at % 8, 0);
    wr_bytes(&w, "output", 6);
    ioctl_rsp_end(&w, open);
    assert_true(wr_done(&w));
    struct rd r = body(&w);
    assert_true(ioctl_rsp_read(&r, &rsp));
    assert_true(span_equal(rsp.input, span_str("abc")));
    assert_true(span_equal(rsp.output, span_str("output")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payload_of_write),
        cmocka_unit_test(test_front_of_a_large_write),
        cmocka_unit_test(test_head_of_read_reply),
        cmocka_unit_test(test_channel_fields_mean_nothing_without_channel),
        cmocka_unit_test(test_requests_have_their_odd_byte),
        cmocka_unit_test(test_lengths_that_do_not_fit_their_field),
        cmocka_unit_test(test_lock_counts),
        cmocka_unit_test(test_ioctl_output_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
