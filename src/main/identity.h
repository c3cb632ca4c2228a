/* SPDX-License-Identifier: Apache-2.0
 *
 * From an account of the user file to the system user its requests act as, [ledger: per-request
 * identity].  As root that is the system user of the same name; without root there is only the one
 * user Braid runs as. */
#pragma once

#include "main/config.h"
#include "smb/server.h"

/* An smb_user_fn; ctx is the struct config. */
int identity_user(void *ctx, const char *name, struct smb_user *ret_user);

/* The same from memory, for the seconds an answer of NSS is remembered: -EAGAIN when it has to be
 * asked.  Never blocks. */
int identity_known(void *ctx, const char *name, struct smb_user *ret_user);

/* Drops what is remembered, when nothing serves any more. */
void identity_forget(void);

/* The account names behind a `valid users` list: "@group" and "+group" become their members.
 * NULL-terminated, to be freed with config_words_free. */
char **identity_expand(struct config *c, const struct config_share *share) MUST_USE;
