/* SPDX-License-Identifier: Apache-2.0
 *
 * The simulated world: reactors take turns until none has anything to do, then the clock jumps to
 * the next thing that happens, a timer of a reactor or an arrival on a socket.  Nothing here looks
 * at the real clock. */
#include <poll.h>
#include <unistd.h>

#include "base/hash.h"
#include "task/sim.h"

#define EPOCH_S 1767225600 /* the simulated wall clock starts with 2026 */

static const struct io_ops sim_ops;

/* A step of splitmix64, which is public domain and passes for random. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t random_next(struct sim *s)
{
    s->random_state += UINT64_C(0x9e3779b97f4a7c15);
    return scramble(s->random_state);
}

uint64_t sim_random(struct sim *s, uint64_t below)
{
    ASSERT(below > 0);
    return random_next(s) % below;
}

bool sim_chance(struct sim *s, uint32_t ppm)
{
    return ppm > 0 && sim_random(s, 1000000) < ppm;
}

uint64_t sim_between(struct sim *s, uint64_t min, uint64_t max)
{
    return max > min ? min + sim_random(s, max - min + 1) : min;
}

void sim_note(struct sim *s, uint64_t what)
{
    s->trace = scramble(s->trace ^ scramble(what + s->now_us * 31));
}

uint64_t sim_trace(const struct sim *s)
{
    return s->trace;
}

uint64_t sim_now_us(const struct sim *s)
{
    return s->now_us;
}

int sim_park(struct task *t, struct sim_wait **slot)
{
    struct sim_wait w = {t, slot};
    ASSERT(!*slot);
    *slot = &w;
    return task_await_op(t, &w);
}

void sim_wake(struct sim_wait **slot, int result)
{
    struct sim_wait *w = TAKE(*slot);
    if (w)
        task_complete(w->task, result);
}

static void sim_op_cancel(struct task *t, void *op)
{
    struct sim_wait *w = op;
    ASSERT(w->task == t);
    sim_note(sim_of(t->reactor->io), 'X');
    if (*w->slot == w) /* else it has completed, and the task is queued to see that */
        sim_wake(w->slot, -ECANCELED);
}

struct sim *sim_new(uint64_t seed)
{
    struct sim *s = NEW(struct sim);
    s->random_state = seed;
    s->now_us = 1000000;
    list_init(&s->reactors);
    list_init(&s->pollers);
    hash_seed(seed, ~seed);
    return s;
}

void sim_free(struct sim *s)
{
    if (!s)
        return;
    ASSERT(list_empty(&s->reactors));
    sim_sockets_fini(s);
    timers_fini(&s->arrivals);
    free(s);
}

struct reactor *sim_reactor_new(struct sim *s, const struct reactor_config *config)
{
    struct sim_io *si = NEW(struct sim_io);
    si->io.ops = &sim_ops;
    si->io.now_us = s->now_us;
    si->sim = s;
    list_push_back(&s->reactors, &si->link);
    return reactor_new_on(config, &si->io);
}

static void sim_io_free(struct io *io)
{
    struct sim_io *si = (struct sim_io *)io;
    iobuf_pool_fini(io);
    list_remove(&si->link);
    free(si);
}

void sim_shuffle(struct sim *s, bool on)
{
    s->shuffle = on;
}

void sim_disk_set(struct sim *s, const struct sim_disk *disk)
{
    s->disk = *disk;
}

/* Takes each runnable task out and puts it back at a random place. */
static void shuffle(struct sim *s, struct list *runnable)
{
    struct list taken = LIST_INIT(taken);
    list_splice_back(&taken, runnable);
    uint64_t count = 0;
    while (!list_empty(&taken)) {
        struct list *n = taken.next, *at = runnable;
        list_remove(n);
        for (uint64_t skip = sim_random(s, ++count); skip; skip--)
            at = at->next;
        list_push_front(at, n);
    }
}

static bool reactors_turn(struct sim *s)
{
    bool any = false;
    list_each(&s->reactors, struct sim_io, link, si) {
        struct reactor *r = si->io.reactor;
        if (reactor_stopped(r) || !reactor_busy(r))
            continue;
        any = true;
        if (s->shuffle)
            shuffle(s, &r->runnable);
        reactor_turn(r);
        sim_note(s, 'T' + r->config.index);
    }
    return any;
}

struct poller {
    struct list link;
    struct sim_wait *waiter;
    int fd;
};

static bool real_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static bool pollers_wake(struct sim *s)
{
    bool any = false;
    list_each(&s->pollers, struct poller, link, p) {
        if (!p->waiter || !real_readable(p->fd))
            continue;
        sim_wake(&p->waiter, 0);
        any = true;
    }
    return any;
}

static uint64_t next_us(const struct sim *s)
{
    uint64_t next = timers_next_us(&s->arrivals);
    list_each(&s->reactors, const struct sim_io, link, si) {
        uint64_t at = timers_next_us(&si->io.reactor->timers);
        next = MIN(next, at);
    }
    return next;
}

/* False when nothing happens up to and including until_us. */
static bool step(struct sim *s, uint64_t until_us)
{
    if (reactors_turn(s) || pollers_wake(s))
        return true;
    uint64_t next = next_us(s);
    if (next == UINT64_MAX || next > until_us)
        return false;
    s->now_us = MAX(s->now_us, next);
    list_each(&s->reactors, struct sim_io, link, si)
        si->io.now_us = s->now_us;
    for (struct timer *tm; (tm = timer_heap_take(&s->arrivals, s->now_us));)
        sim_arrive(s, tm);
    return true;
}

static void run_begin(struct sim *s)
{
    list_each(&s->reactors, struct sim_io, link, si)
        fiber_init_thread(&si->io.reactor->own);
}

void sim_run_us(struct sim *s, uint64_t us)
{
    uint64_t until = s->now_us + us;
    run_begin(s);
    while (step(s, until))
        ;
    s->now_us = until;
    list_each(&s->reactors, struct sim_io, link, si)
        si->io.now_us = until;
}

bool sim_run_until_idle(struct sim *s, uint64_t max_us)
{
    uint64_t until = s->now_us + max_us;
    run_begin(s);
    while (step(s, until))
        ;
    return next_us(s) == UINT64_MAX;
}

static struct timespec sim_realtime(const struct io *io)
{
    uint64_t us = io->now_us;
    return (struct timespec){.tv_sec = (time_t)(EPOCH_S + us / 1000000),
                             .tv_nsec = (long)(us % 1000000 * 1000)};
}

static void sim_random_bytes(struct io *io, void *buf, size_t len)
{
    uint8_t *bytes = buf;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)random_next(sim_of(io));
}

/* The time and the luck of one disk operation. */
static int disk(struct task *t)
{
    struct sim *s = sim_of(task_io(t));
    uint64_t us = sim_between(s, s->disk.delay_us_min, s->disk.delay_us_max);
    sim_note(s, 'D');
    if (us > 0)
        ERR_TRY(task_sleep_us(t, us));
    return sim_chance(s, s->disk.error_ppm) ? -EIO : 0;
}

static ssize_t sim_pread(struct task *t, int fd, void *buf, size_t len, uint64_t offset)
{
    ERR_TRY(disk(t));
    ssize_t n = pread(fd, buf, len, (off_t)offset);
    return n < 0 ? -errno : n;
}

static ssize_t sim_pwrite(struct task *t, int fd, const void *buf, size_t len, uint64_t offset)
{
    ERR_TRY(disk(t));
    ssize_t n = pwrite(fd, buf, len, (off_t)offset);
    return n < 0 ? -errno : n;
}

static int sim_fsync(struct task *t, int fd, bool data_only)
{
    ERR_TRY(disk(t));
    return (data_only ? fdatasync(fd) : fsync(fd)) < 0 ? -errno : 0;
}

static int sim_poll_in(struct task *t, int fd)
{
    if (fd >= SIM_FD_FIRST)
        return sim_socket_poll(t, fd);
    struct poller p = {.fd = fd};
    list_push_back(&sim_of(task_io(t))->pollers, &p.link);
    int err = sim_park(t, &p.waiter);
    list_remove(&p.link);
    return err;
}

static void sim_close(struct io *io, int fd)
{
    if (fd >= SIM_FD_FIRST)
        sim_socket_close(sim_of(io), fd);
    else
        (void)close(fd);
}

/* reactor_post and reactor_stop find their reactor awake: sim_run looks at it in every step. */
static const struct io_ops sim_ops = {
    .free = sim_io_free,
    .op_cancel = sim_op_cancel,
    .offload_inline = true,
    .realtime = sim_realtime,
    .random = sim_random_bytes,
    .socket = sim_socket_new,
    .accept = sim_accept,
    .connect = sim_connect,
    .recv_pooled = sim_recv_pooled,
    .recv_exact = sim_recv_exact,
    .send_all = sim_send_all,
    .send_try = sim_send_try,
    .unacked = sim_unacked,
    .socket_names = sim_socket_names,
    .shutdown = sim_shutdown,
    .close = sim_close,
    .pread = sim_pread,
    .pwrite = sim_pwrite,
    .fsync = sim_fsync,
    .poll_in = sim_poll_in,
};
