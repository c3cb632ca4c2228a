/* SPDX-License-Identifier: Apache-2.0
 *
 * smb://[[DOMAIN;]USER@]HOST[:PORT]/SHARE/PATH, percent-encoding allowed everywhere. */
#pragma once

#include "base/base.h"

struct url {
    char *domain, *user, *host, *share, *path; /* share and path may be "" */
    uint16_t port;                             /* 0: not given */
};

bool url_is_remote(const char *text) MUST_USE;
/* False, with a message on standard error, when it is not of that form.  A password in it is
 * refused: command lines are public. */
bool url_parse(const char *text, struct url *ret_url) MUST_USE;
void url_fini(struct url *u);
