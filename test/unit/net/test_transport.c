/* SPDX-License-Identifier: Apache-2.0
 *
 * Framing and sending over a raw peer: every split of the stream, frames of all sizes, bad frames,
 * ends in the middle, coalescing, a full socket, shutting down with messages queued.  Each test
 * runs on the ring and, from several seeds, in the simulation, where sends and receives come out
 * short. */
#include "net/transport.h"
#include "task/run.h"

/* The transport under test and the bare other end. */
static struct transport *tr;
static struct io *io;
static int peer;

static void open_kind(struct task *t, enum transport_kind kind)
{
    int fds[2];
    io = task_io(t);
    run_pair(fds);
    tr = kind == TRANSPORT_NBT ? transport_nbt_new(task_reactor(t), fds[0])
                               : transport_tcp_new(task_reactor(t), fds[0]);
    peer = fds[1];
}

static void open_pair(struct task *t)
{
    open_kind(t, TRANSPORT_TCP);
}

static void close_pair(void)
{
    transport_free(tr);
    io_close(io, peer);
}

static void peer_says(const void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        struct iovec iov = {(uint8_t *)(uintptr_t)bytes + done, len - done};
        ssize_t n = io_send_try(io, peer, &iov, 1);
        assert_true(n > 0);
        done += (size_t)n;
    }
}

static int receive_error(struct task *t, size_t max_bytes)
{
    struct frame *f = NULL;
    int err = transport_recv(t, tr, max_bytes, &f);
    assert_null(f);
    return err;
}

static void expect(struct task *t, const void *bytes, size_t len)
{
    CLEANUP(frame_unref) struct frame *f = NULL;
    assert_int_equal(transport_recv(t, tr, 9 << 20, &f), 0);
    assert_int_equal(f->bytes.len, len);
    assert_memory_equal(f->bytes.p, bytes, len);
}

/* The stream is cut in two at every byte; the second half comes later. */
static void every_split(struct task *t, void *arg)
{
    (void)arg;
    static const uint8_t stream[] = "\0\0\0\3abc\0\0\0\1d\205\0\0\0\0\0\0\5efghi";
    size_t len = sizeof(stream) - 1;
    for (size_t cut = 0; cut <= len; cut++) {
        open_pair(t);
        peer_says(stream, cut);
        struct frame *early = NULL;
        if (cut >= 7) {
            assert_int_equal(transport_recv(t, tr, 10, &early), 0);
            assert_memory_equal(early->bytes.p, "abc", 3);
            early->bytes.p[0] = 'X'; /* in place, as decryption does */
        }
        peer_says(stream + cut, len - cut);
        if (cut < 7)
            expect(t, "abc", 3);
        expect(t, "d", 1);
        expect(t, "efghi", 5);
        frame_unref(early);
        assert_int_equal(transport_received_bytes(tr), len);
        close_pair();
    }
}

struct stream {
    uint8_t *bytes;
    size_t len;
};

static void feeder(struct task *t, void *arg)
{
    struct stream *s = arg;
    struct iovec iov = {s->bytes, s->len};
    assert_int_equal(io_send_all(t, peer, &iov, 1), s->len);
}

static const size_t sizes[] = {1,     2,     16379, 16380, 16381,   20000, 16384, 70000, 3,
                               16383, 64112, 100,   65648, 1 << 20, 50,    8 << 20, 9, 4095};

static void all_sizes(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    struct stream s = {xmalloc(12 << 20), 0};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint8_t *p = s.bytes + s.len;
        p[0] = 0;
        p[1] = (uint8_t)(sizes[i] >> 16);
        p[2] = (uint8_t)(sizes[i] >> 8);
        p[3] = (uint8_t)sizes[i];
        for (size_t k = 0; k < sizes[i]; k++)
            p[4 + k] = (uint8_t)(k * 7 + i + (k >> 9));
        s.len += 4 + sizes[i];
    }
    assert_non_null(task_start(task_reactor(t), "feeder", feeder, &s));
    const uint8_t *p = s.bytes;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        expect(t, p + 4, sizes[i]);
        p += 4 + sizes[i];
    }
    free(s.bytes);
    close_pair();
}

static void bad_frames(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    peer_says("\0\1\0\0", 4);
    assert_int_equal(receive_error(t, 65535), -EMSGSIZE);
    close_pair();
    static const char *const bad[] = {"\1\0\0\1x", "\205\0\0\1x", "\201\0\0\1x", "\0\0\0\0",
                                      "\377SMB"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        open_pair(t);
        peer_says(bad[i], 4);
        assert_int_equal(receive_error(t, 100), -EPROTO);
        close_pair();
    }
    open_kind(t, TRANSPORT_NBT);
    peer_says("\0\2\0\0", 4);
    assert_int_equal(receive_error(t, 9 << 20), -EPROTO);
    close_pair();
}

/* The stream ends after any number of bytes. */
static void ends_anywhere(struct task *t, void *arg)
{
    (void)arg;
    for (size_t len = 0; len < 9; len++) {
        open_pair(t);
        peer_says("\0\0\0\5hello", len);
        io_shutdown(io, peer);
        assert_int_equal(receive_error(t, 100), len == 0 ? -EPIPE : -ECONNRESET);
        close_pair();
    }
    open_pair(t);
    static uint8_t half[40000] = {0, 0, 0xff, 0xff};
    peer_says(half, sizeof(half));
    io_shutdown(io, peer);
    assert_int_equal(receive_error(t, 65535), -ECONNRESET);
    close_pair();
}

static void nbt_session(struct task *t, void *arg)
{
    (void)arg;
    open_kind(t, TRANSPORT_NBT);
    uint8_t request[72 + 6] = {0x81, 0, 0, 68};
    memcpy(request + 72, "\0\0\0\2hi", 6);
    peer_says(request, sizeof(request));
    expect(t, "hi", 2);
    assert_int_equal(transport_drain(t, tr), 0);
    uint8_t answer[4];
    assert_int_equal(io_recv_exact(t, peer, answer, sizeof(answer)), 4);
    assert_memory_equal(answer, "\202\0\0\0", 4);
    peer_says(request, 72);
    assert_int_equal(receive_error(t, 65535), -EPROTO);
    close_pair();
}

static int released;

struct message {
    struct out_message out;
    uint8_t head[TRANSPORT_HEADROOM + 8];
    uint8_t *tail;
};

static void release(struct out_message *m)
{
    struct message *message = container_of(m, struct message, out);
    released++;
    free(message->tail);
    free(message);
}

/* A message of 8 + tail_len bytes. */
static void say(unsigned seed, size_t tail_len)
{
    struct message *m = NEW(struct message);
    memset(m->head + TRANSPORT_HEADROOM, (int)seed, 8);
    m->tail = xmalloc(tail_len);
    memset(m->tail, (int)(seed + 1), tail_len);
    m->out.iov[0] = (struct iovec){m->head + TRANSPORT_HEADROOM, 8};
    m->out.iov[1] = (struct iovec){m->tail, tail_len};
    m->out.iov_count = 2;
    m->out.bytes = 8 + tail_len;
    m->out.release = release;
    transport_send(tr, &m->out);
}

static void coalesces(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    released = 0;
    for (unsigned i = 0; i < 100; i++)
        say(i, 10);
    assert_int_equal(transport_queued_bytes(tr), 100 * 22);
    assert_int_equal(transport_sent_bytes(tr), 100 * 22);
    assert_int_equal(released, 0);
    uint8_t got[22];
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(io_recv_exact(t, peer, got, sizeof(got)), sizeof(got));
        assert_memory_equal(got, "\0\0\0\22", 4);
        assert_int_equal(got[4], i);
        assert_int_equal(got[21], (uint8_t)(i + 1));
    }
    assert_int_equal(transport_drain(t, tr), 0);
    assert_int_equal(released, 100);
    assert_int_equal(transport_acked_bytes(tr), 100 * 22);
    close_pair();
}

/* All of a turn is in the socket when the turn has ended, not before. */
static void one_send_per_turn(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    released = 0;
    for (unsigned i = 0; i < 20; i++) {
        say(i, 10);
        task_yield(t);
    }
    assert_int_equal(released, 0);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_int_equal(released, 20);
    assert_int_equal(transport_queued_bytes(tr), 0);
    struct iobuf *b = NULL;
    assert_int_equal(io_recv_pooled(t, peer, 0, &b), 20 * 22);
    iobuf_unref(b);
    close_pair();
}

static void reader(struct task *t, void *arg)
{
    struct stream *s = arg;
    ssize_t n = io_recv_exact(t, peer, s->bytes, s->len);
    assert_int_equal(n, s->len);
    s->len = 0;
}

static void waits_when_full(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    released = 0;
    size_t big = 700000;
    for (unsigned i = 0; i < 10; i++)
        say(i, big);
    struct stream s = {xmalloc(10 * (big + 12)), 10 * (big + 12)};
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_true(transport_queued_bytes(tr) > 5 * big);
    assert_non_null(task_start(task_reactor(t), "reader", reader, &s));
    assert_int_equal(transport_wait_room(t, tr, 3 * big), 0);
    assert_true(transport_queued_bytes(tr) <= 3 * big);
    say(77, 100);
    assert_int_equal(transport_drain(t, tr), 0);
    assert_int_equal(released, 11);
    while (s.len)
        assert_int_equal(task_sleep_us(t, 100), 0);
    const uint8_t *p = s.bytes;
    for (unsigned i = 0; i < 10; i++, p += big + 12) {
        size_t len = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        assert_int_equal(len, big + 8);
        assert_int_equal(p[4], i);
        assert_int_equal(p[12], i + 1);
        assert_int_equal(p[11 + big], i + 1);
    }
    free(s.bytes);
    close_pair();
}

static void drainer(struct task *t, void *arg)
{
    *(int *)arg = transport_drain(t, tr);
}

static void receiver(struct task *t, void *arg)
{
    *(int *)arg = receive_error(t, 100);
}

static void shuts_down_with_a_queue(struct task *t, void *arg)
{
    (void)arg;
    for (int full = 0; full < 2; full++) {
        int drained = 1, received = 1;
        open_pair(t);
        released = 0;
        for (unsigned i = 0; i < 10; i++)
            say(i, full ? 500000 : 100);
        assert_non_null(task_start(task_reactor(t), "drainer", drainer, &drained));
        assert_non_null(task_start(task_reactor(t), "receiver", receiver, &received));
        if (full)
            assert_int_equal(task_sleep_us(t, 1000), 0);
        transport_shutdown(tr);
        assert_true(transport_is_down(tr));
        say(99, 5);
        assert_int_equal(task_sleep_us(t, 1000), 0);
        assert_int_equal(released, 11);
        assert_int_equal(drained, -EPIPE);
        assert_true(received == -EPIPE || received == -ECONNRESET);
        assert_int_equal(transport_queued_bytes(tr), 0);
        close_pair();
    }
}

/* Freed while its sender has messages in flight: the sender cleans up. */
static void freed_while_sending(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    released = 0;
    for (unsigned i = 0; i < 10; i++)
        say(i, 500000);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_true(released < 10);
    close_pair();
    assert_int_equal(task_sleep_us(t, 2000), 0);
    assert_int_equal(released, 10);
}

static void peer_goes_while_sending(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    released = 0;
    for (unsigned i = 0; i < 10; i++)
        say(i, 500000);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    io_close(io, peer);
    assert_int_equal(transport_drain(t, tr), -EPIPE);
    assert_true(transport_is_down(tr));
    assert_int_equal(released, 10);
    transport_free(tr);
}

static void frames_of_ones_own(struct task *t, void *arg)
{
    (void)t;
    (void)arg;
    struct frame *f = frame_new(span_str("copied"));
    struct frame *same = frame_ref(f);
    frame_unref(f);
    assert_memory_equal(same->bytes.p, "copied", 6);
    frame_unref(same);
    frame_unref(NULL);
    transport_free(NULL);
}

static void release_and_shut_down(struct out_message *m)
{
    release(m);
    transport_shutdown(tr);
    say(1, 1);
}

/* What release() does to its transport finds the queue in order. */
static void release_shuts_down(struct task *t, void *arg)
{
    (void)arg;
    open_pair(t);
    released = 0;
    for (unsigned i = 0; i < 3; i++)
        say(i, 10);
    struct message *m = NEW(struct message);
    m->tail = xmalloc(1);
    m->out.iov[0] = (struct iovec){m->head + TRANSPORT_HEADROOM, 8};
    m->out.iov_count = 1;
    m->out.bytes = 8;
    m->out.release = release_and_shut_down;
    transport_send(tr, &m->out);
    for (unsigned i = 0; i < 3; i++)
        say(i, 10);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_true(transport_is_down(tr));
    assert_int_equal(released, 8);
    assert_int_equal(transport_queued_bytes(tr), 0);
    close_pair();
}

static void resets_anywhere(struct task *t, void *arg)
{
    (void)arg;
    static const uint8_t stream[] = "\0\0\0\3abc\0\0\0\5efghi";
    for (uint64_t cut = 1; cut < sizeof(stream); cut++) {
        struct sim_link link = {.delay_us_max = 100, .cut_at_bytes = cut};
        open_pair(t);
        sim_link_set(run_sim, peer, &link);
        struct iovec iov = {(uint8_t *)(uintptr_t)stream, sizeof(stream) - 1};
        assert_int_equal(io_send_try(io, peer, &iov, 1), cut);
        struct frame *f = NULL;
        int err = 0;
        while ((err = transport_recv(t, tr, 100, &f)) == 0)
            frame_unref(TAKE(f));
        assert_int_equal(err, -ECONNRESET);
        close_pair();
    }
}

static void on_ring(void **state)
{
    run_task((task_fn *)(uintptr_t)*state, NULL);
}

static void in_simulation(void **state)
{
    for (uint64_t seed = 0; seed < 5; seed++)
        run_sim_task(seed, (task_fn *)(uintptr_t)*state, NULL);
}

/* Short reads and writes, and losses, change the timing alone. */
static void with_faults(struct task *t, void *arg)
{
    struct sim_link link = {.delay_us_min = 10,
                            .delay_us_max = 200,
                            .short_read_ppm = 300000,
                            .short_write_ppm = 300000,
                            .loss_ppm = 50000};
    sim_link_default(run_sim, &link);
    sim_shuffle(run_sim, true);
    ((task_fn *)(uintptr_t)arg)(t, NULL);
}

static void in_faulty_simulation(void **state)
{
    for (uint64_t seed = 0; seed < 8; seed++)
        run_sim_task(seed, with_faults, *state);
}

#define RING(fn) {#fn " on the ring", on_ring, NULL, NULL, (void *)(uintptr_t)(fn)}
#define SIM(fn) {#fn " simulated", in_simulation, NULL, NULL, (void *)(uintptr_t)(fn)}
#define FAULTY(fn) {#fn " with faults", in_faulty_simulation, NULL, NULL, (void *)(uintptr_t)(fn)}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING(every_split), SIM(every_split), FAULTY(every_split),
        RING(all_sizes), SIM(all_sizes), FAULTY(all_sizes),
        RING(bad_frames), SIM(bad_frames), FAULTY(bad_frames),
        RING(ends_anywhere), SIM(ends_anywhere), FAULTY(ends_anywhere),
        RING(nbt_session), SIM(nbt_session), FAULTY(nbt_session),
        RING(coalesces), SIM(coalesces), FAULTY(coalesces),
        RING(one_send_per_turn), SIM(one_send_per_turn),
        RING(waits_when_full), SIM(waits_when_full), FAULTY(waits_when_full),
        RING(shuts_down_with_a_queue), SIM(shuts_down_with_a_queue),
        FAULTY(shuts_down_with_a_queue),
        RING(freed_while_sending), SIM(freed_while_sending), FAULTY(freed_while_sending),
        RING(peer_goes_while_sending), SIM(peer_goes_while_sending),
        FAULTY(peer_goes_while_sending),
        RING(release_shuts_down), SIM(release_shuts_down), FAULTY(release_shuts_down),
        SIM(resets_anywhere),
        RING(frames_of_ones_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
