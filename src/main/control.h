/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket in the state directory: `braid status` connects and gets one JSON document.
 * Only the user who may enter that directory (mode 0700) gets this far. */
#pragma once

#include "main/config.h"
#include "smb/server.h"

struct control;

/* Listens and answers on `r` until control_close.  0 or -errno. */
int control_open(struct config *c, struct reactor *r, struct smb_server *server,
                 struct control **ret_control) MUST_USE;
/* Stops accepting and removes the socket; on the reactor's thread. */
void control_close(struct control *ct);

/* Connects to a running server and reads its answer: a string to be freed.  NULL with errno. */
char *control_query(const struct config *c) MUST_USE;
