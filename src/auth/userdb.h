/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of users and their NT hashes, mode 0600 in the state directory.  One line each:
 *
 *     name:32 hex digits:flags
 *
 * flags is empty or `disabled`; further fields after another colon are kept.  Empty lines and
 * lines beginning with # are kept too.  Names compare without regard to case.
 *
 * Editing replaces the file atomically under a lock, so several commands and a running server may
 * work at once; a server sees the change at its next lookup.  An error is a -errno together with
 * one sentence for a person, with file and line where there is one. */
#pragma once

#include "auth/auth.h"

#define USERDB_ERROR_BYTES 512
#define USERDB_NAME_UNITS_MAX 104 /* UTF-16 units, what Windows accepts in a logon */

struct userdb_error {
    char text[USERDB_ERROR_BYTES];
};

/* ---- reading: one object shared by all threads ---- */

struct userdb;

/* Opens and parses; a file that does not exist is an empty one.  -EINVAL: malformed line. */
int userdb_open(const char *path, struct userdb **ret_db, struct userdb_error *ret_error) MUST_USE;
struct userdb *userdb_free(struct userdb *db);
DEFINE_CLEANUP(struct userdb *, userdb_free);

/* An auth_lookup_fn: ctx is the struct userdb.  Reads the file again when it has changed; when
 * the new one is malformed the old content stays in force and the error is kept for
 * userdb_last_error.  The domain does not matter. */
int userdb_lookup(void *ctx, const char *user, const char *domain,
                  struct auth_account *ret_account);

/* The sentence of the last failed re-read, "" when the last one went well. */
void userdb_last_error(struct userdb *db, struct userdb_error *ret_error);

/* Users known at the last read. */
size_t userdb_count(struct userdb *db);

/* ---- editing: each call is one transaction on the file ---- */

/* -EEXIST: the name is taken; -EINVAL: name or password not acceptable. */
int userdb_add(const char *path, const char *name, const char *password,
               struct userdb_error *ret_error) MUST_USE;

/* -ENOENT: no such user, for these three. */
int userdb_set_password(const char *path, const char *name, const char *password,
                        struct userdb_error *ret_error) MUST_USE;
int userdb_set_disabled(const char *path, const char *name, bool disabled,
                        struct userdb_error *ret_error) MUST_USE;
int userdb_del(const char *path, const char *name, struct userdb_error *ret_error) MUST_USE;

/* Calls fn for each user in the file's order. */
int userdb_list(const char *path, void (*fn)(void *ctx, const struct auth_account *account),
                void *ctx, struct userdb_error *ret_error) MUST_USE;
