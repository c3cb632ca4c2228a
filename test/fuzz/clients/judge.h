/* SPDX-License-Identifier: Apache-2.0
 *
 * What a server may send, as far as a client can tell. */
#pragma once

#include "peer.h"

/* A task on the clients' reactor that reads what comes for the peer `arg`, judges it and remembers
 * from it what later requests need. */
void peer_read(struct task *t, void *arg);
