/* SPDX-License-Identifier: Apache-2.0
 *
 * The RPC association against hand-built fragments: binds, requests whole and in pieces, answers
 * cut to the client's size, and everything a hostile client tries with fragments. */
#include "base/limits.h"
#include "smb/rpc.h"
#include "unit.h"

struct capture {
    struct rpc_sink sink;
    unsigned count;
    size_t len;
    uint8_t bytes[16 * 5840];
    size_t first_of_last; /* where the last fragment begins */
};

static bool capture_emit(struct rpc_sink *s, struct span f)
{
    struct capture *c = container_of(s, struct capture, sink);
    assert_true(c->len + f.len <= sizeof(c->bytes));
    c->first_of_last = c->len;
    memcpy(c->bytes + c->len, f.p, f.len);
    c->len += f.len;
    c->count++;
    return true;
}

/* Operation 0 gives its stub back; 1 answers with 10000 bytes; 2 faults; 3 never fits. */
static uint32_t echo_call(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    switch (c->opnum) {
    case 0:
        wr_span(out, rd_span(in, rd_left(in)));
        return RPC_OK;
    case 1:
        for (int i = 0; i < 2500; i++)
            wr_u32(out, (uint32_t)i);
        return RPC_OK;
    case 3:
        wr_zero(out, LIMIT_RPC_BYTES_MAX + 1);
        return RPC_OK;
    default:
        return RPC_FAULT_OP_RANGE;
    }
}

static const struct rpc_interface echo = {
    .pipe_name = "echo",
    .uuid = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
    .version_major = 1,
    .call = echo_call,
};
static const struct rpc_host host = {0};
static const struct rpc_clock now = {0};
static const uint8_t ndr20[16] = {0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11,
                                  0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60};

struct fixture {
    struct capture out;
    struct rpc_assoc *assoc;
    uint8_t buf[8192];
    struct wr w;
};

static int setup(void **state)
{
    struct fixture *f = NEW(struct fixture);
    f->out.sink.emit = capture_emit;
    f->assoc = rpc_assoc_new(&echo, &host, &f->out.sink);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rpc_assoc_free(f->assoc);
    free(f);
    return 0;
}

static void begin(struct fixture *f, uint8_t type, uint8_t flags, uint32_t call_id)
{
    f->w = wr_of(mspan_of(f->buf, sizeof(f->buf)));
    wr_u8(&f->w, 5);
    wr_u8(&f->w, 0);
    wr_u8(&f->w, type);
    wr_u8(&f->w, flags);
    wr_u32(&f->w, 0x10);
    wr_u32(&f->w, 0);
    wr_u32(&f->w, call_id);
}

static struct span finish(struct fixture *f)
{
    size_t len = wr_pos(&f->w);
    f->buf[8] = (uint8_t)len;
    f->buf[9] = (uint8_t)(len >> 8);
    return span_of(f->buf, len);
}

static struct span bind_pdu(struct fixture *f, uint8_t uuid0, uint16_t receive_max)
{
    begin(f, 11, 3, 7);
    wr_u16(&f->w, 4280);
    wr_u16(&f->w, receive_max);
    wr_u32(&f->w, 0);
    wr_u32(&f->w, 1);
    wr_u16(&f->w, 5); /* context id */
    wr_u16(&f->w, 1);
    wr_u8(&f->w, uuid0);
    wr_bytes(&f->w, echo.uuid.b + 1, 15);
    wr_u32(&f->w, 1);
    wr_bytes(&f->w, ndr20, 16);
    wr_u32(&f->w, 2);
    return finish(f);
}

static void request(struct fixture *f, uint8_t flags, uint32_t call_id, uint16_t opnum)
{
    begin(f, 0, flags, call_id);
    wr_u32(&f->w, 0);
    wr_u16(&f->w, 5);
    wr_u16(&f->w, opnum);
}

static void do_bind(struct fixture *f)
{
    assert_true(rpc_assoc_input(f->assoc, bind_pdu(f, 1, 4280), &now));
    assert_int_equal(f->out.count, 1);
    f->out.count = 0;
    f->out.len = 0;
}

static uint32_t u32_at(const struct fixture *f, size_t at)
{
    uint32_t v;
    assert_true(at + 4 <= f->out.len);
    memcpy(&v, f->out.bytes + at, 4);
    return v;
}

static void bind_is_acknowledged(void **state)
{
    struct fixture *f = *state;
    assert_true(rpc_assoc_input(f->assoc, bind_pdu(f, 1, 4280), &now));
    assert_int_equal(f->out.count, 1);
    assert_int_equal(f->out.bytes[2], 12);
    assert_int_equal(u32_at(f, 12), 7);
    assert_string_equal((char *)f->out.bytes + 26, "\\PIPE\\echo");
    assert_int_equal(u32_at(f, f->out.len - 24), 0); /* accepted */
    assert_memory_equal(f->out.bytes + f->out.len - 20, ndr20, 16);
}

static void unknown_interface_is_rejected(void **state)
{
    struct fixture *f = *state;
    assert_true(rpc_assoc_input(f->assoc, bind_pdu(f, 99, 4280), &now));
    assert_int_equal(u32_at(f, f->out.len - 24), 2 | 1 << 16);
}

static void second_bind_ends_it(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    assert_false(rpc_assoc_input(f->assoc, bind_pdu(f, 1, 4280), &now));
    assert_false(rpc_assoc_input(f->assoc, bind_pdu(f, 1, 4280), &now));
    assert_int_equal(f->out.count, 1); /* one fault, then silence */
}

static void request_in_single_bytes(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    request(f, 3, 9, 0);
    wr_bytes(&f->w, "hello", 5);
    struct span s = finish(f);
    for (size_t i = 0; i < s.len; i++) {
        assert_int_equal(f->out.count, 0);
        assert_true(rpc_assoc_input(f->assoc, span_of(s.p + i, 1), &now));
    }
    assert_int_equal(f->out.count, 1);
    assert_int_equal(f->out.bytes[2], 2);
    assert_int_equal(f->out.bytes[3], 3);
    assert_int_equal(f->out.len, 24 + 5);
    assert_memory_equal(f->out.bytes + 24, "hello", 5);
}

static void fragments_are_joined(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    request(f, 1, 9, 0);
    wr_bytes(&f->w, "abcd", 4);
    assert_true(rpc_assoc_input(f->assoc, finish(f), &now));
    assert_int_equal(f->out.count, 0);
    request(f, 2, 9, 0);
    wr_bytes(&f->w, "ef", 2);
    assert_true(rpc_assoc_input(f->assoc, finish(f), &now));
    assert_memory_equal(f->out.bytes + 24, "abcdef", 6);
}

static void foreign_fragment_is_refused(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    request(f, 1, 9, 0);
    assert_true(rpc_assoc_input(f->assoc, finish(f), &now));
    request(f, 2, 9, 1); /* another operation slipped in */
    assert_false(rpc_assoc_input(f->assoc, finish(f), &now));
    assert_int_equal(f->out.bytes[2], 3);
    assert_int_equal(u32_at(f, 24), RPC_FAULT_PROTOCOL);
}

static void long_answer_is_cut(void **state)
{
    struct fixture *f = *state;
    assert_true(rpc_assoc_input(f->assoc, bind_pdu(f, 1, 2000), &now));
    f->out.count = 0;
    f->out.len = 0;
    request(f, 3, 9, 1);
    assert_true(rpc_assoc_input(f->assoc, finish(f), &now));
    assert_int_equal(f->out.count, 6); /* 10000 bytes in parts of 1976 */
    assert_int_equal(f->out.bytes[3], 1);
    assert_int_equal(f->out.bytes[f->out.first_of_last + 3], 2);
    assert_int_equal(f->out.bytes[8] | f->out.bytes[9] << 8, 2000);
}

static void faults(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    request(f, 3, 9, 2);
    assert_true(rpc_assoc_input(f->assoc, finish(f), &now));
    assert_int_equal(u32_at(f, 24), RPC_FAULT_OP_RANGE);
    f->out.len = 0;
    request(f, 3, 10, 3);
    assert_true(rpc_assoc_input(f->assoc, finish(f), &now));
    assert_int_equal(u32_at(f, 24), RPC_FAULT_TOO_LARGE);
}

static void endless_request_is_bounded(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    bool alive = true;
    for (unsigned i = 0; i < 2 * LIMIT_RPC_BYTES_MAX / 4096 && alive; i++) {
        request(f, i == 0, 9, 0);
        wr_zero(&f->w, 4096);
        alive = rpc_assoc_input(f->assoc, finish(f), &now);
        assert_true(!alive || i <= LIMIT_RPC_BYTES_MAX / 4096);
    }
    assert_false(alive);
}

static void oversized_fragment_ends_it(void **state)
{
    struct fixture *f = *state;
    do_bind(f);
    request(f, 3, 9, 0);
    (void)finish(f);
    f->buf[8] = 0xff;
    f->buf[9] = 0xff;
    assert_false(rpc_assoc_input(f->assoc, span_of(f->buf, 24), &now));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(bind_is_acknowledged),
        T(unknown_interface_is_rejected),
        T(second_bind_ends_it),
        T(request_in_single_bytes),
        T(fragments_are_joined),
        T(foreign_fragment_is_refused),
        T(long_answer_is_cut),
        T(faults),
        T(endless_request_is_bounded),
        T(oversized_fragment_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
