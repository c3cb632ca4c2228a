/* SPDX-License-Identifier: Apache-2.0
 *
 * Pipes: their names, messages read in parts, readers that come too early, the backlog's bound. */
#include "smb/pipe.h"
#include "task/run.h"

static const struct rpc_host host = {.server_name = "S", .domain = "D", .comment = "C"};

/* A bind to wkssvc in NDR, and NetrWkstaGetInfo of level 100. */
static const uint8_t bind_pdu[72] = {
    5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0,
    1, 0, 0, 0, 0, 0, 1, 0, 0x98, 0xd0, 0xff, 0x6b, 0x12, 0xa1, 0x10, 0x36, 0x98, 0x33, 0x46, 0xc3,
    0xf8, 0x7e, 0x34, 0x5a, 1, 0, 0, 0, 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8,
    0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0, 0};
static const uint8_t call_pdu[32] = {5, 0, 0, 3, 0x10, 0, 0, 0, 32, 0, 0, 0, 2, 0, 0, 0,
                                     8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0};

static void put(struct task *t, struct pipe *p, const uint8_t *bytes, size_t len)
{
    assert_true(nt_ok(pipe_write(t, p, span_of(bytes, len))));
}

static void test_names(void **state)
{
    (void)state;
    struct pipe *p = pipe_new("WksSvc", &host);
    assert_non_null(p);
    pipe_free(p);
    assert_null(pipe_new("lsarpc", &host));
    assert_null(pipe_new("../srvsvc", &host));
    assert_null(pipe_new("", &host));
    assert_true(pipe_exists("srvsvc"));
}

static void read_in_parts(struct task *t, void *arg)
{
    (void)arg;
    struct pipe *p = pipe_new("wkssvc", &host);
    put(t, p, bind_pdu, sizeof(bind_pdu));
    put(t, p, call_pdu, sizeof(call_pdu));
    struct pipe_state s = pipe_state(p);
    assert_int_equal(s.messages, 2);
    uint8_t whole[256], part[256];
    size_t ack = pipe_peek(p, mspan_of(whole, sizeof(whole)));
    assert_int_equal(ack, s.message_bytes);
    size_t len;
    ntstatus st = pipe_read(t, p, mspan_of(part, 10), &len);
    assert_true(nt_is(st, STATUS_BUFFER_OVERFLOW));
    assert_int_equal(len, 10);
    st = pipe_read(t, p, mspan_of(part + 10, sizeof(part) - 10), &len);
    assert_true(nt_ok(st)); /* the rest, and nothing of the next message */
    assert_int_equal(len, ack - 10);
    assert_memory_equal(part, whole, ack);
    assert_int_equal(part[2], 12);
    st = pipe_read(t, p, mspan_of(part, sizeof(part)), &len);
    assert_true(nt_ok(st));
    assert_int_equal(part[2], 2);
    assert_int_equal(pipe_state(p).bytes_available, 0);
    pipe_free(p);
}

/* One write with more calls than anybody answers: the pipe breaks before memory does. */
static void floods(struct task *t, void *arg)
{
    (void)arg;
    unsigned calls = 100000;
    struct pipe *p = pipe_new("wkssvc", &host);
    put(t, p, bind_pdu, sizeof(bind_pdu));
    uint8_t *bytes = xmalloc(calls * sizeof(call_pdu));
    for (unsigned i = 0; i < calls; i++)
        memcpy(bytes + i * sizeof(call_pdu), call_pdu, sizeof(call_pdu));
    put(t, p, bytes, calls * sizeof(call_pdu));
    assert_in_range(pipe_state(p).bytes_available, 1u << 20, 3u << 20);
    assert_false(pipe_state(p).connected);
    pipe_free(p);
    free(bytes);
}

struct reader {
    struct pipe *pipe;
    ntstatus status;
    bool done;
};

static void early_reader(struct task *t, void *arg)
{
    struct reader *r = arg;
    uint8_t buf[256];
    size_t len;
    r->status = pipe_read(t, r->pipe, mspan_of(buf, sizeof(buf)), &len);
    r->done = true;
}

static void readers_wait(struct task *t, void *arg)
{
    (void)arg;
    struct reader r = {.pipe = pipe_new("wkssvc", &host)};
    assert_false(pipe_readable(r.pipe));
    task_start(task_reactor(t), "reader", early_reader, &r);
    assert_false(r.done);
    put(t, r.pipe, bind_pdu, sizeof(bind_pdu));
    while (!r.done)
        task_yield(t);
    assert_true(nt_ok(r.status));

    r.done = false;
    struct task *cancelled = task_start(task_reactor(t), "reader", early_reader, &r);
    task_cancel(cancelled);
    while (!r.done)
        task_yield(t);
    assert_true(nt_is(r.status, STATUS_CANCELLED));

    r.done = false;
    task_start(task_reactor(t), "reader", early_reader, &r);
    pipe_hang_up(r.pipe);
    while (!r.done)
        task_yield(t);
    assert_true(nt_is(r.status, STATUS_PIPE_BROKEN));
    pipe_free(r.pipe);
}

static void garbage_disconnects(struct task *t, void *arg)
{
    (void)arg;
    struct pipe *p = pipe_new("srvsvc", &host);
    uint8_t garbage[64] = "GET / HTTP/1.0\r\n\r\n";
    put(t, p, garbage, sizeof(garbage));
    ntstatus st = pipe_write(t, p, span_of(garbage, sizeof(garbage)));
    assert_true(nt_is(st, STATUS_PIPE_DISCONNECTED));
    uint8_t buf[256];
    size_t len;
    st = pipe_read(t, p, mspan_of(buf, sizeof(buf)), &len);
    assert_true(nt_is(st, STATUS_PIPE_DISCONNECTED));
    pipe_free(p);
}

static void backlog_is_bounded(struct task *t, void *arg)
{
    (void)arg;
    struct pipe *p = pipe_new("wkssvc", &host);
    put(t, p, bind_pdu, sizeof(bind_pdu));
    ntstatus st = STATUS_SUCCESS;
    for (int i = 0; i < 100000 && nt_ok(st); i++)
        st = pipe_write(t, p, span_of(call_pdu, sizeof(call_pdu)));
    assert_true(nt_is(st, STATUS_PIPE_BUSY));
    pipe_free(p);
}

static void runs(void **state)
{
    run_task((task_fn *)(uintptr_t)*state, NULL);
}

#define RUNS(fn) {#fn, runs, NULL, NULL, (void *)(uintptr_t)(fn)}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), RUNS(read_in_parts), RUNS(floods),     RUNS(readers_wait),
        RUNS(garbage_disconnects),    RUNS(backlog_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
