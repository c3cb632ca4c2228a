/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of the whole-connection target: a server on two simulated reactors, shares on a small
 * tmpfs of this process's own, and a third reactor where the clients read.  One thread and virtual
 * time, so that an input means the same whenever it runs; a fresh world for each. */
#pragma once

#include "smb/shard.h"
#include "task/simio.h"

#define WORLD_USER "fuzz"
#define WORLD_SHARE "s"           /* everybody may read and write */
#define WORLD_SHARE_READS "r"     /* the same files */
#define WORLD_SHARE_SEALED "e"    /* the same files */
#define WORLD_REACTORS 2u

extern const uint8_t world_nt_hash[AUTH_NT_HASH_BYTES]; /* of WORLD_USER's password */

struct world {
    struct sim *sim;
    struct reactor *reactors[WORLD_REACTORS];
    struct reactor *clients;
    struct smb_server *server;
    char path[64]; /* of the files */
};

/* Once in the process, before it has threads. */
void world_prepare(void);

void world_init(struct world *w);
/* Everybody has hung up: nothing may be left of them. */
void world_fini(struct world *w);

/* Lets everything happen that happens within `us` of virtual time. */
void world_run_us(struct world *w, uint64_t us);

/* A connection that the server has accepted: the client's end of it, and the server's. */
void world_connect(struct world *w, int ret_fds[2]);
