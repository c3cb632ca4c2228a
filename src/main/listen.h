/* SPDX-License-Identifier: Apache-2.0
 *
 * What `smb ports`, `interfaces`, `bind interfaces only` and --listen come to: sockets. */
#pragma once

#include "main/config.h"

struct listener {
    int fd;
    uint16_t port;
    char *name; /* "tcp:0.0.0.0:4450", for the ready line */
};

struct listeners {
    struct listener *items;
    size_t count;
};

/* Opens every socket the configuration asks for; without `smb ports` that is 445, for servers
 * without that right 4450.  0, or -errno with a finding on c->report; then none is open. */
int listeners_open(struct config *c, struct listeners *ret_listeners) MUST_USE;
void listeners_close(struct listeners *l);
