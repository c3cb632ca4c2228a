/* SPDX-License-Identifier: Apache-2.0
 *
 * The client engine: one connection with one session, its trees and files, for tasks of one
 * reactor.  Everything here belongs to that reactor.  Any number of tasks may have requests in
 * flight on one connection; each suspends until its own answer is there.
 *
 * Results are the server's ntstatus.  A lost connection is STATUS_CONNECTION_DISCONNECTED for every
 * request in flight and all later ones; an answer that breaks the protocol, or whose signature is
 * wrong, ends the connection the same way. */
#pragma once

#include "base/arena.h"
#include "base/ntstatus.h"
#include "crypto/crypto.h"
#include "proto/create.h"
#include "proto/dir_info.h"
#include "proto/file_info.h"
#include "task/task.h"

struct client_conn;
struct client_tree;
struct client_file;

#define CLIENT_ALGS_MAX 4

struct client_options {
    const char *host;
    uint16_t port;           /* 0: 445 */
    const char *user;        /* NULL: anonymous */
    const char *domain;      /* NULL: "" */
    const char *password;    /* NULL: "" */
    uint16_t dialect_min, dialect_max; /* 0: 2.0.2 and 3.1.1 */
    bool encrypt;            /* refuse a session that cannot be encrypted */
    enum cipher ciphers[CLIENT_ALGS_MAX]; /* in order of preference; none: all, fastest first */
    unsigned cipher_count;
    enum sign_alg signings[CLIENT_ALGS_MAX];
    unsigned signing_count;
    uint32_t timeout_ms;         /* for an answer; 0: 60 s */
    uint32_t connect_timeout_ms; /* for connecting and logging on as a whole; 0: 15 s */
};

/* Why a connection could not be made, as one sentence for a person. */
struct client_error {
    ntstatus status;
    int err; /* the same as -errno */
    char text[256];
};

/* Connects, negotiates and logs on.  Signing is always required, except for guests and anonymous,
 * who have no key to sign with; a logon with a password is never taken as a guest's.
 *
 * How long an answer may take: timeout_ms from the request, or from the last answer to any other
 * request when that came later; four times as long when the server said that it works on it.  Ten
 * times timeout_ms is the end in any case. */
ntstatus client_connect(struct task *t, const struct client_options *options,
                        struct client_conn **ret_conn, struct client_error *ret_error) MUST_USE;
/* Logs off as far as the connection still works, then frees it.  Trees and files are gone by
 * then. */
void client_disconnect(struct task *t, struct client_conn *c);

uint16_t client_dialect(const struct client_conn *c);
/* "3.1.1 signed AES-128-GMAC" or "3.1.1 sealed AES-256-GCM", for messages (static per conn). */
const char *client_protection(const struct client_conn *c);

ntstatus client_tree_connect(struct task *t, struct client_conn *c, const char *share,
                             struct client_tree **ret_tree) MUST_USE;
void client_tree_disconnect(struct task *t, struct client_tree *tree);

/* Files.  Paths are UTF-8 with '/' between components, relative to the share. */
struct client_open_args {
    const char *path;
    uint32_t access, share, options, attributes;
    enum create_disposition disposition;
};
ntstatus client_open(struct task *t, struct client_tree *tree, const struct client_open_args *args,
                     struct client_file **ret_file) MUST_USE;
ntstatus client_close(struct task *t, struct client_file *f);
const struct create_rsp *client_file_info(const struct client_file *f);

/* At most this many bytes in one read or write of this connection. */
uint32_t client_read_max(const struct client_tree *tree);
uint32_t client_write_max(const struct client_tree *tree);

/* Reads into `to` (at most client_read_max); *ret_len 0 with STATUS_END_OF_FILE at the end. */
ntstatus client_read(struct task *t, struct client_file *f, uint64_t offset, struct mspan to,
                     size_t *ret_len) MUST_USE;

/* Writing without a copy: begin gives room for `len` bytes of payload, finish sends it (`len` may
 * have become smaller; 0 sends nothing).  Each begin needs its finish. */
struct client_write {
    struct client_call *call;
    struct mspan payload;
};
ntstatus client_write_begin(struct task *t, struct client_file *f, uint64_t offset, uint32_t len,
                            struct client_write *ret_write) MUST_USE;
ntstatus client_write_finish(struct task *t, struct client_write *w, uint32_t len) MUST_USE;

ntstatus client_flush(struct task *t, struct client_file *f) MUST_USE;
ntstatus client_set_end_of_file(struct task *t, struct client_file *f, uint64_t size) MUST_USE;
/* FILETIMEs; 0 leaves one alone. */
ntstatus client_set_times(struct task *t, struct client_file *f, uint64_t access,
                          uint64_t write) MUST_USE;
ntstatus client_set_sparse(struct task *t, struct client_file *f) MUST_USE;
ntstatus client_rename(struct task *t, struct client_file *f, const char *new_path,
                       bool replace) MUST_USE;

struct client_range {
    uint64_t offset, length;
};
/* The parts of [offset, offset + length) that hold data, for skipping holes; in the arena. */
struct client_ranges {
    struct client_range *items;
    size_t count;
};
ntstatus client_allocated_ranges(struct task *t, struct client_file *f, struct client_range within,
                                 struct arena *a, struct client_ranges *ret_ranges) MUST_USE;

/* Any number of bytes, in as many requests as it takes, several of them at a time.  A read ends
 * early at the end of the file only: STATUS_SUCCESS with what there was. */
ntstatus client_pread(struct task *t, struct client_file *f, uint64_t offset, struct mspan to,
                      size_t *ret_len) MUST_USE;
/* *ret_len: how much of the beginning is written, also on failure. */
ntstatus client_pwrite(struct task *t, struct client_file *f, uint64_t offset, struct span from,
                       size_t *ret_len) MUST_USE;

/* What is true now; the part that FILE_NETWORK_OPEN_INFORMATION has. */
ntstatus client_fstat(struct task *t, struct client_file *f, struct file_info *ret_info) MUST_USE;

/* One compound each: CREATE, what is to be done, CLOSE. */
struct client_move_args {
    const char *from, *to;
    bool replace;
};
ntstatus client_stat(struct task *t, struct client_tree *tree, const char *path,
                     struct file_info *ret_info) MUST_USE;
ntstatus client_mkdir(struct task *t, struct client_tree *tree, const char *path) MUST_USE;
ntstatus client_remove(struct task *t, struct client_tree *tree, const char *path,
                       bool directory) MUST_USE;
ntstatus client_move(struct task *t, struct client_tree *tree, const struct client_move_args *args)
    MUST_USE;

#define CLIENT_LIST_ENTRIES_MAX (1u << 26)

/* The next run of entries of an open directory, names decoded into the arena; "." and ".." are left
 * out.  STATUS_NO_MORE_FILES at the end.  A name with a separator or NUL in it is refused: a lying
 * server does not choose where its client writes; so is a listing that repeats itself or has no end
 * after CLIENT_LIST_ENTRIES_MAX. */
struct client_dirent {
    const char *name;
    uint64_t end_of_file, allocation_size;
    uint64_t creation_time, last_access_time, last_write_time, change_time; /* FILETIME */
    uint32_t attributes;
};
ntstatus client_list(struct task *t, struct client_file *dir, struct arena *a,
                     struct client_dirent **ret_entries, size_t *ret_count) MUST_USE;

/* The shares of a server by srvsvc on IPC$. */
struct client_share {
    const char *name, *comment;
    uint32_t type;
};
ntstatus client_list_shares(struct task *t, struct client_conn *c, struct arena *a,
                            struct client_share **ret_shares, size_t *ret_count) MUST_USE;

/* -errno nearest to a status; and one sentence for a person (static). */
int client_errno(ntstatus s);
const char *client_status_text(ntstatus s);
