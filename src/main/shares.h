/* SPDX-License-Identifier: Apache-2.0
 *
 * From the configuration's shares to the server's. */
#pragma once

#include "main/config.h"
#include "smb/server.h"

/* Opens every share's root and adds it to the server.  Problems are findings on c->report; false
 * when there was one. */
bool shares_publish(struct config *c, struct smb_server *server) MUST_USE;
