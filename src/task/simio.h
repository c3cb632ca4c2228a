/* SPDX-License-Identifier: Apache-2.0
 *
 * A world in one thread: any number of reactors on virtual time, stream sockets in memory between
 * them with faults, random numbers and the order of tasks from one seed.  The same seed and the
 * same program give the same run; sim_trace tells.
 *
 * Files are real: file descriptors below SIM_FD_FIRST go to the system directly, with delays and
 * errors of sim_disk in front, so that the code above needs no second file system.  Offloaded calls
 * run in place.  A cancelled operation completes at once. */
#pragma once

#include "task/io.h"

#define SIM_FD_FIRST (1 << 24)

struct sim;

/* What happens to bytes sent in one direction.  Streams stay streams: what is lost is sent again
 * and delays everything behind it. */
struct sim_link {
    uint64_t delay_us_min, delay_us_max;
    uint32_t loss_ppm;        /* of segments: each loss costs a retransmission timeout more */
    uint32_t cut_ppm;         /* of segments: the connection is reset instead */
    uint32_t short_read_ppm;  /* of receives: fewer bytes than there are */
    uint32_t short_write_ppm; /* of sends: fewer bytes than there is room for */
    uint64_t cut_at_bytes;    /* reset when so many have been sent; 0: never */
    size_t window_bytes;      /* sent and not yet read by the peer; 0: 256 KiB */
    bool stalled;             /* nothing arrives until a link without this is set */
};

struct sim_disk {
    uint64_t delay_us_min, delay_us_max;
    uint32_t error_ppm; /* of operations: -EIO */
};

struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *s); /* after its reactors */

/* The reactor is run by sim_run alone; reactor_stop and reactor_free as ever. */
struct reactor *sim_reactor_new(struct sim *s, const struct reactor_config *config);

uint64_t sim_now_us(const struct sim *s);
uint64_t sim_random(struct sim *s, uint64_t below); /* 0 .. below-1 */
/* A digest of all that has happened. */
uint64_t sim_trace(const struct sim *s);

/* Lets us microseconds of virtual time pass. */
void sim_run_us(struct sim *s, uint64_t us);
/* Runs until nothing more can happen, but no longer than max_us: true when that is so. */
bool sim_run_until_idle(struct sim *s, uint64_t max_us);

/* Runnable tasks of a turn in random order instead of first come, first served. */
void sim_shuffle(struct sim *s, bool on);

void sim_socketpair(struct sim *s, int ret_fds[2]);
/* A socket for io_accept; io_connect to `port`, whatever the address, reaches it. */
int sim_listen(struct sim *s, uint16_t port) MUST_USE;
/* For sockets made from now on, and for what one socket sends. */
void sim_link_default(struct sim *s, const struct sim_link *link);
void sim_link_set(struct sim *s, int fd, const struct sim_link *link);
void sim_cut(struct sim *s, int fd); /* resets the connection now */
void sim_disk_set(struct sim *s, const struct sim_disk *disk);
