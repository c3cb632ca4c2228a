/* SPDX-License-Identifier: Apache-2.0
 *
 * One io_uring per reactor, entered by its thread alone (SINGLE_ISSUER), completions run only when
 * we ask for them (DEFER_TASKRUN).  The ring is made disabled, because the thread that makes it is
 * not the one that runs it, and enabled at the first turn.  While polling before sleep, the
 * TASKRUN flag in shared memory tells of completions without a system call.  An eventfd under a
 * multishot poll is how other threads end a sleep; nobody reads it. */
#include "task/ring.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#define RING_ENTRIES 512u
#define RING_COMPLETIONS 8192u
#define RING_OP_MAGIC 0x52494e47u
#define WAKE_TAG 1u /* user_data of the eventfd's poll; 0: nobody waits */
#define SPIN_SCORE_MAX 64u /* a running share of polls that found something */
#define SPIN_PROBE 16u     /* when few do, one sleep in so many is still preceded by a poll */

static const struct io_ops ring_ops;

static uint64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int ring_await(struct task *t, struct io_uring_sqe *sqe, uint32_t *ret_flags)
{
    struct ring_op op = {.magic = RING_OP_MAGIC, .task = t};
    io_uring_sqe_set_data(sqe, &op);
    int res = task_await_op(t, &op);
    op.magic = 0;
    if (ret_flags)
        *ret_flags = op.flags;
    return res == -EINTR && task_stops(t) ? -ECANCELED : res;
}

static void ring_op_cancel(struct task *t, void *op)
{
    struct io_uring_sqe *sqe = ring_sqe(ring_of(t));
    io_uring_prep_cancel(sqe, op, 0);
    io_uring_sqe_set_data64(sqe, 0);
}

static void wake_arm(struct ring_io *ri)
{
    struct io_uring_sqe *sqe = ring_sqe(ri);
    io_uring_prep_poll_multishot(sqe, ri->event_fd, POLLIN);
    io_uring_sqe_set_data64(sqe, WAKE_TAG);
    ri->wake_armed = true;
}

static void ring_wake(struct io *io)
{
    struct ring_io *ri = (struct ring_io *)io;
    uint64_t one = 1;
    ssize_t n = write(ri->event_fd, &one, sizeof(one));
    ASSERT(n == sizeof(one));
}

static void complete(struct ring_io *ri, const struct io_uring_cqe *cqe)
{
    uint64_t data = cqe->user_data;
    if (data > WAKE_TAG) {
        struct ring_op *op = (struct ring_op *)(uintptr_t)data;
        ASSERT(op->magic == RING_OP_MAGIC);
        op->flags = cqe->flags;
        task_complete(op->task, cqe->res);
    } else if (data == WAKE_TAG && !(cqe->flags & IORING_CQE_F_MORE)) {
        ri->wake_armed = false;
    }
}

static void collect(struct ring_io *ri)
{
    unsigned head, n = 0;
    struct io_uring_cqe *cqe;
    io_uring_for_each_cqe(&ri->ring, head, cqe) {
        complete(ri, cqe);
        n++;
    }
    io_uring_cq_advance(&ri->ring, n);
}

struct io_uring_sqe *ring_sqe(struct ring_io *ri)
{
    struct io_uring_sqe *sqe;
    while (UNLIKELY(!(sqe = io_uring_get_sqe(&ri->ring)))) {
        if (io_uring_submit_and_get_events(&ri->ring) <= 0)
            collect(ri); /* the kernel takes no more before it got rid of what is done */
    }
    count(ri->io.reactor, COUNTER_SQES, 1);
    return sqe;
}

static bool kernel_has_work(const struct ring_io *ri)
{
    unsigned flags = __atomic_load_n(ri->ring.sq.kflags, __ATOMIC_RELAXED);
    return (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool something_to_do(const struct ring_io *ri)
{
    return kernel_has_work(ri) || io_uring_cq_ready(&ri->ring) || reactor_called(ri->io.reactor);
}

/* Polls shared memory for a while: true when there is something to do.  Whether that is worth the
 * processor's time is learnt: where fewer than half of the polls find something, most are left
 * out. */
static bool spin(struct ring_io *ri, uint64_t max_us)
{
    if (ri->spin_score < SPIN_SCORE_MAX / 2 && ++ri->spin_skipped % SPIN_PROBE != 0)
        return false;
    bool found = something_to_do(ri);
    uint64_t start = now_us(), limit = MIN((uint64_t)ri->io.reactor->config.spin_us, max_us);
    while (!found && now_us() - start < limit) {
        for (unsigned i = 0; i < 16 && !found; i++) {
            pause_cpu();
            found = something_to_do(ri);
        }
    }
    ri->spin_score = found ? MIN(ri->spin_score + 4, SPIN_SCORE_MAX)
                           : ri->spin_score - MIN(ri->spin_score, 4u);
    return found;
}

static void sleep_us(struct ring_io *ri, uint64_t wait_us)
{
    struct reactor *r = ri->io.reactor;
    atomic_store(&r->asleep, true);
    if (reactor_called(r)) {
        atomic_store(&r->asleep, false);
        return;
    }
    struct __kernel_timespec ts = {.tv_sec = (int64_t)(wait_us / 1000000),
                                   .tv_nsec = (int64_t)(wait_us % 1000000 * 1000)};
    struct io_uring_cqe *cqe;
    int err = io_uring_submit_and_wait_timeout(&ri->ring, &cqe, 1,
                                               wait_us == UINT64_MAX ? NULL : &ts, NULL);
    ASSERT(err >= 0 || err == -ETIME || err == -EINTR || err == -EBUSY || err == -EAGAIN);
    atomic_store(&r->asleep, false);
    count(r, COUNTER_WAKEUPS, 1);
}

static void ring_turn(struct io *io, uint64_t wait_us)
{
    struct ring_io *ri = (struct ring_io *)io;
    if (UNLIKELY(!ri->wake_armed))
        wake_arm(ri);
    if (wait_us > 0 && !kernel_has_work(ri) && !io_uring_cq_ready(&ri->ring)) {
        bool found = false;
        if (io->reactor->config.spin_us) {
            if (io_uring_sq_ready(&ri->ring))
                (void)io_uring_submit_and_get_events(&ri->ring);
            found = spin(ri, wait_us);
        }
        if (!found && !io_uring_cq_ready(&ri->ring))
            sleep_us(ri, wait_us);
    }
    if (io_uring_sq_ready(&ri->ring))
        (void)io_uring_submit_and_get_events(&ri->ring);
    else if (kernel_has_work(ri))
        (void)io_uring_get_events(&ri->ring);
    io->now_us = now_us();
    collect(ri);
}

static int ring_run_begin(struct io *io)
{
    struct ring_io *ri = (struct ring_io *)io;
    ERR_TRY(io_uring_register((unsigned)ri->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0));
    (void)io_uring_register_ring_fd(&ri->ring); /* saves a lookup for each entry if it works */
    io->now_us = now_us();
    return 0;
}

static void ring_run_end(struct io *io)
{
    struct ring_io *ri = (struct ring_io *)io;
    (void)io_uring_unregister_ring_fd(&ri->ring);
}

static struct timespec ring_realtime(const struct io *io)
{
    (void)io;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts;
}

static void ring_random(struct io *io, void *buf, size_t len)
{
    (void)io;
    uint8_t *p = buf;
    while (len) {
        ssize_t n = getrandom(p, MIN(len, (size_t)256), 0);
        ASSERT(n > 0 || errno == EINTR);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

static void ring_free(struct io *io)
{
    struct ring_io *ri = (struct ring_io *)io;
    iobuf_pool_fini(io);
    io_uring_queue_exit(&ri->ring);
    ring_recv_fini(ri);
    if (ri->event_fd >= 0)
        close(ri->event_fd);
    free(ri);
}

static const struct io_ops ring_ops = {
    .free = ring_free,
    .run_begin = ring_run_begin,
    .run_end = ring_run_end,
    .turn = ring_turn,
    .wake = ring_wake,
    .op_cancel = ring_op_cancel,
    .iobuf_recycle = ring_iobuf_recycle,
    .realtime = ring_realtime,
    .random = ring_random,
    .socket = ring_socket,
    .accept = ring_accept,
    .connect = ring_connect,
    .recv_pooled = ring_recv_pooled,
    .recv_exact = ring_recv_exact,
    .send_all = ring_send_all,
    .send_try = ring_send_try,
    .unacked = ring_unacked,
    .socket_names = ring_socket_names,
    .shutdown = ring_shutdown,
    .close = ring_close,
    .pread = ring_pread,
    .pwrite = ring_pwrite,
    .fsync = ring_fsync,
    .poll_in = ring_poll_in,
};

/* Newest features first; a kernel of 5.19 serves with fewer. */
static int ring_setup(struct io_uring *ring)
{
    static const unsigned ways[] = {
        IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
            IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    };
    int err = -ENOSYS;
    for (size_t i = 0; i < ARRAY_LEN(ways) && err < 0; i++) {
        struct io_uring_params params = {.flags = ways[i], .cq_entries = RING_COMPLETIONS};
        err = io_uring_queue_init_params(RING_ENTRIES, ring, &params);
    }
    return err;
}

int reactor_new(const struct reactor_config *config, struct reactor **ret_reactor)
{
    struct ring_io *ri = NEW(struct ring_io);
    ri->io.ops = &ring_ops;
    ri->io.now_us = now_us();
    ri->spin_score = SPIN_SCORE_MAX;
    int err = ring_setup(&ri->ring);
    if (err < 0) {
        free(ri);
        return err;
    }
    ri->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    err = ri->event_fd < 0 ? -errno : ring_recv_init(ri);
    if (err < 0) {
        ring_free(&ri->io);
        return err;
    }
    *ret_reactor = reactor_new_on(config, &ri->io);
    return 0;
}
