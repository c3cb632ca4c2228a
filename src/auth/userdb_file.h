/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the user file as lines in memory, shared by reading (userdb.c) and editing
 * (userdb_edit.c).  Lines that are not users are kept as they are. */
#pragma once

#include "auth/userdb.h"

#define USERDB_FILE_BYTES_MAX (64u << 20)

struct userdb_line {
    char *name; /* NULL: an empty line or a comment, whole in `rest` */
    uint64_t name_hash;
    uint8_t nt_hash[AUTH_NT_HASH_BYTES];
    bool disabled;
    char *rest; /* fields after the flags with their colon, or "" */
};

struct userdb_file {
    struct userdb_line *lines;
    size_t count;
};

/* What the file has to be the same as for its content to be still valid. */
struct userdb_stamp {
    uint64_t dev, ino, size;
    int64_t mtime_sec, mtime_nsec;
};

/* Reads and parses all of an open file.  fd -1: an empty file. */
int userdb_file_read(int fd, const char *path, struct userdb_file *ret_file,
                     struct userdb_error *ret_error) MUST_USE;
void userdb_file_fini(struct userdb_file *f);

/* The user's line by name without regard to case, or NULL. */
struct userdb_line *userdb_file_find(const struct userdb_file *f, const char *name);

/* Appends a line for this name (taken over; NULL: not a user) and returns it. */
struct userdb_line *userdb_file_append(struct userdb_file *f, char *name);
void userdb_file_remove(struct userdb_file *f, struct userdb_line *line);

/* The whole text; the caller wipes and frees *ret_text. */
size_t userdb_file_text(const struct userdb_file *f, char **ret_text);

/* 0 or -EINVAL with a sentence: empty, too long, not UTF-8, or with characters that a name in
 * this file or in Windows cannot have. */
int userdb_name_check(const char *name, struct userdb_error *ret_error) MUST_USE;

/* Formats the sentence and returns err. */
int userdb_fail(struct userdb_error *e, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);
