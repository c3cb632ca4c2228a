/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated world: virtual time, every fault of a link, connections, disks, several reactors,
 * and that a seed decides everything. */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>

#include "run.h"

static int fds[2];

static void send_text(struct io *io, int fd, const char *text)
{
    struct iovec iov = {(char *)(uintptr_t)text, strlen(text)};
    assert_int_equal(io_send_try(io, fd, &iov, 1), strlen(text));
}

static void expect_text(struct task *t, int fd, const char *text)
{
    struct iobuf *b = NULL;
    assert_int_equal(io_recv_pooled(t, fd, 0, &b), strlen(text));
    assert_memory_equal(b->data, text, b->len);
    iobuf_unref(b);
}

static void time_is_virtual(struct task *t, void *arg)
{
    (void)arg;
    uint64_t before = io_now_us(task_io(t));
    struct timespec wall = io_realtime(task_io(t));
    assert_int_equal(task_sleep_us(t, UINT64_C(1800) * 1000000 + 7), 0);
    assert_int_equal(io_now_us(task_io(t)) - before, UINT64_C(1800) * 1000000 + 7);
    assert_int_equal(io_realtime(task_io(t)).tv_sec - wall.tv_sec, 1800);
}

static void delays(struct task *t, void *arg)
{
    (void)arg;
    struct io *io = task_io(t);
    run_pair(fds);
    struct sim_link link = {.delay_us_min = 500, .delay_us_max = 500};
    sim_link_set(run_sim, fds[0], &link);
    uint64_t before = io_now_us(io);
    send_text(io, fds[0], "one");
    assert_int_equal(io_unacked(io, fds[0]), 3);
    expect_text(t, fds[1], "one");
    assert_int_equal(io_now_us(io) - before, 500);
    assert_int_equal(io_unacked(io, fds[0]), 0);
    send_text(io, fds[1], "back");
    expect_text(t, fds[0], "back");
    assert_int_equal(io_now_us(io) - before, 500);

    link.loss_ppm = 1000000;
    sim_link_set(run_sim, fds[0], &link);
    before = io_now_us(io);
    send_text(io, fds[0], "lost");
    link.loss_ppm = 0;
    sim_link_set(run_sim, fds[0], &link);
    send_text(io, fds[0], "+behind");
    expect_text(t, fds[1], "lost+behind");
    assert_true(io_now_us(io) - before > 200000);

    link.stalled = true;
    sim_link_set(run_sim, fds[0], &link);
    send_text(io, fds[0], "held");
    assert_int_equal(task_sleep_us(t, 60000000), 0);
    assert_int_equal(io_unacked(io, fds[0]), 4);
    link.stalled = false;
    sim_link_set(run_sim, fds[0], &link);
    expect_text(t, fds[1], "held");
    io_close(io, fds[0]);
    struct iobuf *b;
    assert_int_equal(io_recv_pooled(t, fds[1], 0, &b), 0);
    struct iovec iov = {"x", 1};
    assert_int_equal(io_send_try(io, fds[1], &iov, 1), -EPIPE);
    io_close(io, fds[1]);
    assert_int_equal(io_send_try(io, fds[1], &iov, 1), -EBADF);
}

static void cuts(struct task *t, void *arg)
{
    (void)arg;
    struct io *io = task_io(t);
    struct iobuf *b;
    run_pair(fds);
    struct sim_link link = {.delay_us_min = 10, .delay_us_max = 10, .cut_at_bytes = 5};
    sim_link_set(run_sim, fds[0], &link);
    struct iovec iov = {"0123456789", 10};
    assert_int_equal(io_send_try(io, fds[0], &iov, 1), 5);
    assert_int_equal(io_send_try(io, fds[0], &iov, 1), -ECONNRESET);
    assert_int_equal(io_recv_pooled(t, fds[0], 0, &b), -ECONNRESET);
    assert_int_equal(task_sleep_us(t, 20), 0);
    assert_int_equal(io_recv_pooled(t, fds[1], 0, &b), -ECONNRESET);
    io_close(io, fds[0]);
    io_close(io, fds[1]);

    run_pair(fds);
    send_text(io, fds[0], "never read");
    sim_cut(run_sim, fds[1]);
    assert_int_equal(io_recv_pooled(t, fds[1], 0, &b), -ECONNRESET);
    assert_int_equal(io_recv_pooled(t, fds[0], 0, &b), -ECONNRESET);
    io_close(io, fds[0]);
    io_close(io, fds[1]);
}

static struct sockaddr_in address(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
}

static void connector(struct task *t, void *arg)
{
    int *result = arg;
    struct sockaddr_in addr = address(445);
    int fd = io_socket(task_io(t), AF_INET);
    *result = io_connect(t, fd, (struct sockaddr *)&addr, sizeof(addr));
    if (*result == 0) {
        send_text(task_io(t), fd, "knock");
        *result = fd;
    } else {
        io_close(task_io(t), fd);
    }
}

static void connects(struct task *t, void *arg)
{
    (void)arg;
    struct io *io = task_io(t);
    int result = 1, listener = sim_listen(run_sim, 445);
    struct sim_link link = {.delay_us_min = 100, .delay_us_max = 300};
    sim_link_default(run_sim, &link);
    assert_int_equal(sim_listen(run_sim, 445), -EADDRINUSE);
    assert_non_null(task_start(task_reactor(t), "connector", connector, &result));
    int fd = io_accept(t, listener);
    assert_true(fd >= SIM_FD_FIRST);
    expect_text(t, fd, "knock");
    struct sockaddr_storage local, peer;
    assert_int_equal(io_socket_names(io, fd, &local, &peer), 0);
    assert_int_equal(peer.ss_family, AF_INET);
    io_close(io, fd);
    io_close(io, result);

    struct task *w = task_start(task_reactor(t), "connector", connector, &result);
    assert_non_null(w);
    task_cancel(w);
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_int_equal(result, -ECANCELED);
    io_close(io, listener);
    assert_non_null(task_start(task_reactor(t), "connector", connector, &result));
    assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_int_equal(result, -ECONNREFUSED);
}

static void recv_victim(struct task *t, void *arg)
{
    uint8_t byte;
    *(ssize_t *)arg = io_recv_exact(t, fds[0], &byte, 1);
}

static void send_victim(struct task *t, void *arg)
{
    static uint8_t bytes[1 << 20];
    struct iovec iov = {bytes, sizeof(bytes)};
    *(ssize_t *)arg = io_send_all(t, fds[0], &iov, 1);
}

static void cancels(struct task *t, void *arg)
{
    (void)arg;
    run_pair(fds);
    ssize_t results[2] = {1, 1};
    struct task *w[2] = {task_start(task_reactor(t), "recv", recv_victim, &results[0]),
                         task_start(task_reactor(t), "send", send_victim, &results[1])};
    assert_int_equal(task_sleep_us(t, 1000), 0);
    for (int i = 0; i < 2; i++) {
        task_cancel(w[i]);
        task_cancel(w[i]);
    }
    task_yield(t);
    assert_int_equal(results[0], -ECANCELED);
    assert_int_equal(results[1], -ECANCELED);
    io_close(task_io(t), fds[0]);
    io_close(task_io(t), fds[1]);
}

static int answer(void *arg)
{
    return *(int *)arg + 1;
}

static void waker(struct task *t, void *arg)
{
    uint64_t one = 1;
    assert_int_equal(task_sleep_us(t, 5000), 0);
    assert_int_equal(write(*(int *)arg, &one, sizeof(one)), sizeof(one));
}

static void real_files(struct task *t, void *arg)
{
    (void)arg;
    char path[] = "/tmp/braid-sim-XXXXXX", got[8];
    int fd = mkstemp(path), value = 41;
    assert_true(fd >= 0);
    unlink(path);
    struct sim_disk disk = {.delay_us_min = 100, .delay_us_max = 100};
    sim_disk_set(run_sim, &disk);
    uint64_t before = io_now_us(task_io(t));
    assert_int_equal(io_pwrite(t, fd, "contents", 8, 10), 8);
    assert_int_equal(io_fsync(t, fd, false), 0);
    assert_int_equal(io_pread(t, fd, got, 8, 10), 8);
    assert_memory_equal(got, "contents", 8);
    assert_int_equal(io_now_us(task_io(t)) - before, 300);
    disk.error_ppm = 1000000;
    sim_disk_set(run_sim, &disk);
    assert_int_equal(io_pread(t, fd, got, 8, 10), -EIO);
    io_close(task_io(t), fd);
    assert_int_equal(task_offload(t, answer, &value), 42);

    int event_fd = eventfd(0, EFD_CLOEXEC);
    before = io_now_us(task_io(t));
    assert_non_null(task_start(task_reactor(t), "waker", waker, &event_fd));
    assert_int_equal(io_poll_in(t, event_fd), 0);
    assert_int_equal(io_now_us(task_io(t)) - before, 5000);
    io_close(task_io(t), event_fd);
}

static void simulated(void **state)
{
    run_sim_task(42, (task_fn *)(uintptr_t)*state, NULL);
}

/* A busy world: pairs of echoing tasks on two reactors with every fault, and a message between the
 * reactors now and then. */
struct echo {
    int fd;
    struct reactor *other;
    struct reactor_message hello;
};

static int hellos;

static void on_hello(struct task *t, void *arg)
{
    (void)t;
    (void)arg;
    hellos++;
}

static void echoes(struct task *t, void *arg)
{
    struct echo *e = arg;
    struct iobuf *b;
    while (io_recv_pooled(t, e->fd, 0, &b) > 0) {
        struct iovec iov = {b->data, b->len};
        ssize_t n = io_send_all(t, e->fd, &iov, 1);
        iobuf_unref(b);
        if (n < 0)
            break;
    }
    io_close(task_io(t), e->fd);
    e->hello = (struct reactor_message){.name = "hello", .fn = on_hello};
    reactor_post(e->other, &e->hello);
}

static void talks(struct task *t, void *arg)
{
    uint8_t bytes[1500], got[1500];
    int fd = (int)(intptr_t)arg;
    for (int i = 0; i < 20; i++) {
        struct iovec iov = {bytes, sizeof(bytes)};
        io_random(task_io(t), bytes, sizeof(bytes));
        if (io_send_all(t, fd, &iov, 1) < 0)
            break;
        if (io_recv_exact(t, fd, got, sizeof(got)) != sizeof(got))
            break;
        assert_memory_equal(bytes, got, sizeof(bytes));
    }
    io_close(task_io(t), fd);
}

static uint64_t world(uint64_t seed)
{
    struct sim *s = sim_new(seed);
    struct reactor_config configs[2] = {{.index = 0}, {.index = 1}};
    struct reactor *r[2] = {sim_reactor_new(s, &configs[0]), sim_reactor_new(s, &configs[1])};
    struct sim_link link = {.delay_us_min = 20,
                            .delay_us_max = 400,
                            .loss_ppm = 20000,
                            .cut_ppm = 2000,
                            .short_read_ppm = 200000,
                            .short_write_ppm = 200000,
                            .window_bytes = 2000};
    struct echo echo[10];
    sim_link_default(s, &link);
    sim_shuffle(s, true);
    hellos = 0;
    for (int i = 0; i < 10; i++) {
        int pair[2];
        sim_socketpair(s, pair);
        echo[i] = (struct echo){.fd = pair[0], .other = r[0]};
        assert_non_null(task_spawn(r[1], "echo", echoes, &echo[i]));
        assert_non_null(task_spawn(r[0], "talk", talks, (void *)(intptr_t)pair[1]));
    }
    sim_run_us(s, 1000);
    assert_int_equal(sim_now_us(s), 1001000);
    assert_true(sim_run_until_idle(s, UINT64_C(3600) * 1000000));
    assert_int_equal(hellos, 10);
    for (int i = 0; i < 2; i++) {
        struct reactor_counters c;
        reactor_counters_read(r[i], &c);
        assert_int_equal(c.tasks_live, 0);
        reactor_free(r[i]);
    }
    uint64_t trace = sim_trace(s) ^ sim_now_us(s);
    sim_free(s);
    return trace;
}

static void test_a_seed_decides_everything(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 10; seed++) {
        uint64_t trace = world(seed);
        assert_true(world(seed) == trace);
        assert_true(world(seed + 100) != trace);
    }
}

static void endless(struct task *t, void *arg)
{
    while (task_sleep_us(t, 1000) == 0)
        ++*(int *)arg;
}

static void test_stops_and_limits(void **state)
{
    (void)state;
    struct sim *s = sim_new(3);
    struct reactor_config config = {.tasks_max = 2};
    struct reactor *r = sim_reactor_new(s, &config);
    int ticks = 0;
    assert_non_null(task_spawn(r, "endless", endless, &ticks));
    assert_false(sim_run_until_idle(s, 10500));
    assert_int_equal(ticks, 10);
    reactor_stop(r);
    assert_true(sim_run_until_idle(s, 10000));
    assert_int_equal(ticks, 10);
    reactor_free(r);
    sim_free(s);
}

#define SIM(fn) {#fn, simulated, NULL, NULL, (void *)(uintptr_t)(fn)}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM(time_is_virtual),
        SIM(delays),
        SIM(cuts),
        SIM(connects),
        SIM(cancels),
        SIM(real_files),
        cmocka_unit_test(test_a_seed_decides_everything),
        cmocka_unit_test(test_stops_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
