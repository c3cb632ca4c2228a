/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring filling: sockets, files and cancellation of what the kernel holds. */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"

static int pair[2];

static void pair_open(void)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void pair_close(void)
{
    close(pair[0]);
    close(pair[1]);
}

static void receive_pooled(struct task *t, void *arg)
{
    (void)arg;
    pair_open();
    struct iobuf *b = NULL;
    assert_int_equal(write(pair[1], "hello", 5), 5);
    assert_int_equal(io_recv_pooled(t, pair[0], 0, &b), 5);
    assert_int_equal(b->len, 5);
    assert_memory_equal(b->data, "hello", 5);
    iobuf_unref(iobuf_ref(b));
    iobuf_unref(b);
    assert_int_equal(write(pair[1], "limited", 7), 7);
    assert_int_equal(io_recv_pooled(t, pair[0], 3, &b), 3);
    iobuf_unref(b);
    assert_int_equal(io_recv_pooled(t, pair[0], 3, &b), 3);
    iobuf_unref(b);
    assert_int_equal(io_recv_pooled(t, pair[0], 3, &b), 1);
    iobuf_unref(b);
    shutdown(pair[1], SHUT_WR);
    b = (void *)1;
    assert_int_equal(io_recv_pooled(t, pair[0], 0, &b), 0);
    assert_null(b);
    pair_close();
}

/* More buffers in use than the kernel's ring has. */
static void receive_beyond_the_ring(struct task *t, void *arg)
{
    (void)arg;
    pair_open();
    static struct iobuf *held[600];
    for (unsigned i = 0; i < ARRAY_LEN(held); i++) {
        assert_int_equal(write(pair[1], &i, sizeof(i)), sizeof(i));
        assert_int_equal(io_recv_pooled(t, pair[0], 0, &held[i]), sizeof(i));
    }
    for (unsigned i = 0; i < ARRAY_LEN(held); i++) {
        assert_memory_equal(held[i]->data, &i, sizeof(i));
        iobuf_unref(held[i]);
    }
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(io_recv_pooled(t, pair[0], 0, &held[0]), 1);
    iobuf_unref(held[0]);
    pair_close();
}

#define BULK ((size_t)3 << 20)

static void bulk_sender(struct task *t, void *arg)
{
    uint8_t *bytes = arg;
    struct iovec iov[3] = {{bytes, 1000}, {bytes + 1000, 0}, {bytes + 1000, BULK - 1000}};
    assert_int_equal(io_send_all(t, pair[1], iov, 3), BULK);
    shutdown(pair[1], SHUT_WR);
}

static void bulk(struct task *t, void *arg)
{
    (void)arg;
    pair_open();
    uint8_t *sent = xmalloc(BULK), *got = xmalloc(BULK);
    for (size_t i = 0; i < BULK; i++)
        sent[i] = (uint8_t)(i * 31 >> 3);
    assert_non_null(task_start(task_reactor(t), "sender", bulk_sender, sent));
    assert_int_equal(io_recv_exact(t, pair[0], got, BULK - 10), BULK - 10);
    assert_int_equal(io_recv_exact(t, pair[0], got + BULK - 10, 20), 10);
    assert_memory_equal(sent, got, BULK);
    free(sent);
    free(got);
    pair_close();
}

static void send_try_says_full(struct task *t, void *arg)
{
    (void)arg;
    pair_open();
    static uint8_t bytes[65536];
    struct iovec iov = {bytes, sizeof(bytes)};
    ssize_t n;
    while ((n = io_send_try(task_io(t), pair[1], &iov, 1)) > 0)
        ;
    assert_int_equal(n, -EAGAIN);
    close(pair[0]);
    assert_int_equal(io_send_try(task_io(t), pair[1], &iov, 1), -EPIPE);
    pair[0] = dup(pair[1]);
    pair_close();
}

enum op { OP_RECV_POOLED, OP_RECV_EXACT, OP_ACCEPT, OP_POLL, OP_SEND_ALL, OP_COUNT };

struct victim {
    enum op op;
    int fd;
    ssize_t result;
};

static void victim(struct task *t, void *arg)
{
    struct victim *v = arg;
    static uint8_t bytes[1 << 20];
    struct iobuf *b = NULL;
    struct iovec iov = {bytes, sizeof(bytes)};
    switch (v->op) {
    case OP_RECV_POOLED:
        v->result = io_recv_pooled(t, v->fd, 0, &b);
        assert_null(b);
        break;
    case OP_RECV_EXACT:
        v->result = io_recv_exact(t, v->fd, bytes, 100);
        break;
    case OP_ACCEPT:
        v->result = io_accept(t, v->fd);
        break;
    case OP_POLL:
        v->result = io_poll_in(t, v->fd);
        break;
    default:
        v->result = io_send_all(t, v->fd, &iov, 1);
    }
}

/* A socket that listens on an address of the kernel's choice. */
static int listener(void)
{
    struct sockaddr any = {.sa_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, &any, sizeof(any.sa_family)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void cancel_one(struct task *t, enum op op, bool submitted)
{
    pair_open();
    int other = op == OP_ACCEPT ? listener() : dup(pair[0]);
    struct victim v = {.op = op, .fd = other, .result = 1};
    struct task *w = task_start(task_reactor(t), "victim", victim, &v);
    assert_non_null(w);
    if (submitted)
        assert_int_equal(task_sleep_us(t, 1000), 0);
    task_cancel(w);
    assert_int_equal(v.result, 1);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_int_equal(v.result, -ECANCELED);
    close(other);
    pair_close();
}

static void cancel_operations(struct task *t, void *arg)
{
    (void)arg;
    for (enum op op = 0; op < OP_COUNT; op++) {
        cancel_one(t, op, false);
        cancel_one(t, op, true);
    }
}

static void completed_beats_cancelled(struct task *t, void *arg)
{
    (void)arg;
    int fd = eventfd(0, EFD_CLOEXEC);
    struct victim v = {.op = OP_POLL, .fd = fd, .result = 1};
    struct task *w = task_start(task_reactor(t), "victim", victim, &v);
    assert_non_null(w);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    uint64_t one = 1;
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    task_cancel(w); /* the poll has fired in the kernel already */
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_true(v.result == 0 || v.result == -ECANCELED);
    close(fd);
}

static void files(struct task *t, void *arg)
{
    (void)arg;
    char path[] = "/tmp/braid-ring-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    size_t len = 300000;
    uint8_t *bytes = xmalloc(len), *got = xcalloc(1, len + 10);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i >> 5);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(io_pwrite(t, fd, bytes, len, 5000), len);
        assert_int_equal(io_pwrite(t, fd, "abc", 3, 0), 3);
        assert_int_equal(io_fsync(t, fd, round == 0), 0);
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        assert_int_equal(io_pread(t, fd, got, len + 10, 5000), len);
        assert_memory_equal(got, bytes, len);
        assert_int_equal(io_pread(t, fd, got, 10, 1 << 20), 0);
        assert_int_equal(io_pread(t, fd, got, 3, 0), 3);
        assert_memory_equal(got, "abc", 3);
    }
    int ro = open("/proc/self/status", O_RDONLY | O_CLOEXEC); /* knows no NOWAIT */
    assert_true(io_pread(t, ro, got, 100, 0) == 100);
    assert_true(io_pread(t, ro, got, 100, 0) == 100);
    assert_true(io_pwrite(t, ro, got, 10, 0) < 0);
    io_close(task_io(t), ro);
    io_close(task_io(t), fd);
    assert_int_equal(io_pread(t, fd, got, 3, 0), -EBADF);
    free(bytes);
    free(got);
}

static void clocks(struct task *t, void *arg)
{
    (void)arg;
    assert_true(io_realtime(task_io(t)).tv_sec > 1700000000);
    uint8_t a[600] = {0}, b[600] = {0};
    io_random(task_io(t), a, sizeof(a));
    io_random(task_io(t), b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

static void runs(void **state)
{
    run_task((task_fn *)(uintptr_t)*state, NULL);
}

#define RUNS(fn) {#fn, runs, NULL, NULL, (void *)(uintptr_t)(fn)}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNS(receive_pooled),
        RUNS(receive_beyond_the_ring),
        RUNS(bulk),
        RUNS(send_try_says_full),
        RUNS(cancel_operations),
        RUNS(completed_beats_cancelled),
        RUNS(files),
        RUNS(clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
