/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of shares over a pipe that stutters, lies or never ends.  The list itself is empty; what
 * it looks like is the concern of src/proto. */
#include "server.h"

#include "proto/dcerpc.h"

enum manner {
    WHOLE,
    BYTE_BY_BYTE,
    TWO_FRAGMENTS,
    MANY_EMPTY_FRAGMENTS,
    NEVER_THE_LAST,
    NOTHING_MORE,
    FRAGMENT_TOO_SHORT,
    OTHER_KIND,
    OUTPUT_TOO_LONG,
    MANNERS,
};

static enum manner manner;
static ntstatus status;
static unsigned reads;

static uint8_t pipe_bytes[200000]; /* what the client has yet to fetch */
static size_t pipe_len, pipe_at;

static void pdu_put(uint8_t type, uint8_t flags, struct span body)
{
    struct wr w = wr_of(mspan_of(pipe_bytes + pipe_len, sizeof(pipe_bytes) - pipe_len));
    wr_u8(&w, 5);
    wr_u8(&w, 0);
    wr_u8(&w, type);
    wr_u8(&w, flags);
    wr_u32(&w, 0x10);
    wr_u16(&w, manner == FRAGMENT_TOO_SHORT && type == DCERPC_RESPONSE
                   ? 15
                   : (uint16_t)(DCERPC_HEADER_SIZE + body.len));
    wr_u16(&w, 0);
    wr_u32(&w, 2);
    wr_span(&w, body);
    assert_true(wr_done(&w));
    pipe_len += wr_pos(&w);
}

static void bind_ack_put(void)
{
    uint8_t body[64];
    struct wr w = wr_of(mspan_of(body, sizeof(body)));
    wr_u16(&w, 4280);
    wr_u16(&w, 4280);
    wr_u32(&w, 1);
    wr_u16(&w, 0); /* no secondary address */
    wr_u16(&w, 0);
    wr_u32(&w, 1);
    wr_u32(&w, DCERPC_BIND_ACCEPTED);
    wr_zero(&w, 20);
    pdu_put(DCERPC_BIND_ACK, DCERPC_FLAG_FIRST | DCERPC_FLAG_LAST, wr_written(&w));
}

static void response_put(uint8_t flags, size_t from, size_t len)
{
    static const uint8_t no_shares[24] = {1, 0, 0, 0, 1};
    uint8_t body[64];
    struct wr w = wr_of(mspan_of(body, sizeof(body)));
    wr_u32(&w, 24);
    wr_u32(&w, 0);
    wr_span(&w, span_of(no_shares + from, len));
    pdu_put(manner == OTHER_KIND ? DCERPC_BIND_ACK : DCERPC_RESPONSE, flags, wr_written(&w));
}

static void list_put(void)
{
    switch (manner) {
    case TWO_FRAGMENTS:
        response_put(DCERPC_FLAG_FIRST, 0, 10);
        response_put(DCERPC_FLAG_LAST, 10, 14);
        break;
    case MANY_EMPTY_FRAGMENTS:
        for (unsigned i = 0; i < 5000; i++)
            response_put(0, 0, 0);
        response_put(DCERPC_FLAG_LAST, 0, 24);
        break;
    case NEVER_THE_LAST:
    case NOTHING_MORE:
        response_put(0, 0, 0);
        break;
    case OUTPUT_TOO_LONG:
        pipe_len = 65537;
        break;
    default:
        response_put(DCERPC_FLAG_FIRST | DCERPC_FLAG_LAST, 0, 24);
    }
}

/* The next bytes of the pipe, at most `max`; *ret_more when some remain. */
static struct span pipe_take(size_t max, bool *ret_more)
{
    struct span s = span_of(pipe_bytes + pipe_at, MIN(max, pipe_len - pipe_at));
    pipe_at += s.len;
    *ret_more = pipe_at < pipe_len;
    return s;
}

static void answer_transceive(struct server *s, const struct asked *q)
{
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    bool more, bind = s->count++ == 0;
    pipe_len = pipe_at = 0;
    memset(pipe_bytes, 0, sizeof(pipe_bytes));
    if (bind)
        bind_ack_put();
    else
        list_put();
    size_t max = bind || manner == OUTPUT_TOO_LONG ? 70000 : manner == BYTE_BY_BYTE ? 1 : 60000;
    ioctl_rsp_write(&a->w, &(struct ioctl_rsp){.output = pipe_take(max, &more)});
    if (more)
        a->h.status = STATUS_BUFFER_OVERFLOW;
    answer_send(s, a);
}

static void answer_pipe_read(struct server *s, const struct asked *q)
{
    bool more;
    reads++;
    if (manner == NEVER_THE_LAST)
        response_put(0, 0, 0);
    if (pipe_len > sizeof(pipe_bytes) - 100)
        pipe_len = pipe_at = 0;
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    struct span bytes = pipe_take(manner == BYTE_BY_BYTE ? 1 : 60000, &more);
    read_rsp_write(&a->w, &(struct read_rsp){.data = bytes});
    if (more)
        a->h.status = STATUS_BUFFER_OVERFLOW;
    answer_send(s, a);
}

static bool pipes(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command == SMB2_CMD_IOCTL)
        answer_transceive(s, q);
    else if (q->h.command == SMB2_CMD_READ)
        answer_pipe_read(s, q);
    else
        return false;
    return true;
}

static void lists(struct task *t, struct world *w)
{
    struct client_share *shares;
    struct arena a;
    size_t count;
    arena_init(&a);
    status = client_list_shares(t, w->conn, &a, &shares, &count);
    if (nt_ok(status))
        assert_int_equal(count, 0);
    arena_fini(&a);
}

static void test_manners(void **state)
{
    (void)state;
    static const bool good[MANNERS] = {[WHOLE] = true,
                                       [BYTE_BY_BYTE] = true,
                                       [TWO_FRAGMENTS] = true,
                                       [MANY_EMPTY_FRAGMENTS] = true};
    for (manner = WHOLE; manner < MANNERS; manner++) {
        struct world w = world_of(lists);
        reads = 0;
        w.script.on = pipes;
        world_run(&w);
        assert_true(nt_ok(w.connected));
        if (nt_ok(status) != good[manner])
            fail_msg("manner %d: %s", manner, ntstatus_name(status));
        assert_true(reads <= 1024);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET) == (manner == OUTPUT_TOO_LONG));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
