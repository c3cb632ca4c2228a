/* SPDX-License-Identifier: Apache-2.0
 *
 * libbraid: files on SMB servers, for any program.  A connection has a thread of its own, which
 * does all its network traffic; any number of the program's threads may use one connection at the
 * same time.  Each operation exists in two forms: a function that returns when it is done, and
 * braid_submit(), which returns at once and calls back.
 *
 * Results are 0 or a count; failures are negative values of <errno.h>.  Whatever begins with
 * ret_ is written on success only.  Strings are UTF-8; paths are relative to their share, with '/'
 * between components.  A lost connection stays lost: every operation then fails (-ECONNRESET,
 * -ETIMEDOUT, ...) until the program connects anew.
 *
 * Ownership: the program owns what it passes in, and keeps buffers and ret_ targets alive until
 * the operation is done; names and structs are copied.  Objects are freed by the function that
 * closes them, also when that fails, and may not be used from the moment it is called;
 * operations that were begun before complete first.
 *
 * Callbacks run on the connection's thread.  They must not block, and may not call the functions
 * that wait (-EDEADLK); braid_submit() is welcome.
 *
 * Children of fork() must not touch what their parent connected.  The library leaves signals
 * alone; its threads block them all. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include <braid/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BRAID_API __attribute__((visibility("default")))

struct braid;       /* a connection to a server, logged on */
struct braid_share; /* one share of it */
struct braid_file;  /* an open file or directory */

/* ---- connections ---- */

#define BRAID_SMB_2_0_2 0x0202
#define BRAID_SMB_2_1 0x0210
#define BRAID_SMB_3_0 0x0300
#define BRAID_SMB_3_0_2 0x0302
#define BRAID_SMB_3_1_1 0x0311

/* Zero or NULL asks for what is named behind it.  Begin with BRAID_OPTIONS_INIT. */
struct braid_options {
    size_t size;                       /* of this struct, as the program was compiled */
    const char *host;                  /* name or address; no default */
    uint16_t port;                     /* 445 */
    uint16_t dialect_min, dialect_max; /* BRAID_SMB_2_0_2, BRAID_SMB_3_1_1 */
    const char *user;                  /* anonymous */
    const char *domain;                /* "" */
    const char *password;              /* "" */
    int encrypt;                       /* sign only; else fail if the server cannot encrypt */
    uint32_t connect_timeout_ms;       /* 15 s, for connecting and logging on together */
    uint32_t timeout_ms;               /* 60 s, for an answer */
};

#define BRAID_OPTIONS_INIT {.size = sizeof(struct braid_options)}

/* What went wrong, for a person. */
struct braid_error {
    int error;       /* as returned */
    uint32_t status; /* NTSTATUS of the server or of the protocol engine */
    char text[256];
};

/* Everything the server says is signed or encrypted with a key made from the password; only
 * anonymous and guest sessions have none.  A user with a password never becomes a guest
 * (-EACCES).  ret_error may be NULL. */
BRAID_API int braid_connect(const struct braid_options *options, struct braid **ret_braid,
                            struct braid_error *ret_error);

/* Waits for operations that were submitted, closes everything that is open, logs off, frees.
 * Shares and files of the connection are freed with it.  NULL is fine. */
BRAID_API int braid_disconnect(struct braid *b);

/* BRAID_SMB_..., and a text such as "3.1.1 signed AES-128-GMAC", which lives as long as b. */
BRAID_API unsigned braid_dialect(const struct braid *b);
BRAID_API const char *braid_protection(const struct braid *b);

/* ---- shares ---- */

BRAID_API int braid_share_open(struct braid *b, const char *name, struct braid_share **ret_share);
/* -EBUSY, and nothing is freed, while files of it are open. */
BRAID_API int braid_share_close(struct braid_share *s);

struct braid_share_entry {
    const char *name, *comment;
    uint32_t type; /* STYPE_..., [MS-SRVS] 2.2.2.4: 0 disk, 1 printer, 3 IPC, ... */
};
/* Called for each, on the calling thread; a value other than 0 ends the listing and is its result.
 * Strings are valid during the call. */
typedef int braid_share_fn(void *arg, const struct braid_share_entry *entry);
BRAID_API int braid_share_list(struct braid *b, braid_share_fn *fn, void *arg);

/* ---- what a path names ---- */

#define BRAID_ATTRIBUTE_READONLY 0x1u /* [MS-FSCC] 2.6 */
#define BRAID_ATTRIBUTE_HIDDEN 0x2u
#define BRAID_ATTRIBUTE_SYSTEM 0x4u
#define BRAID_ATTRIBUTE_DIRECTORY 0x10u
#define BRAID_ATTRIBUTE_ARCHIVE 0x20u
#define BRAID_ATTRIBUTE_SPARSE 0x200u
#define BRAID_ATTRIBUTE_REPARSE_POINT 0x400u

struct braid_stat {
    uint64_t size, allocated; /* bytes */
    struct timespec birth_time, access_time, write_time, change_time;
    uint32_t attributes;
    uint32_t reserved[7];
};

BRAID_API int braid_stat(struct braid_share *s, const char *path, struct braid_stat *ret_stat);
BRAID_API int braid_mkdir(struct braid_share *s, const char *path);
BRAID_API int braid_unlink(struct braid_share *s, const char *path);
BRAID_API int braid_rmdir(struct braid_share *s, const char *path);
/* A file at new_path is replaced. */
BRAID_API int braid_rename(struct braid_share *s, const char *path, const char *new_path);

/* A name never has a separator in it, and is neither "." nor "..". */
struct braid_entry {
    const char *name;
    struct braid_stat stat;
};
/* As braid_share_fn.  fn may use the connection. */
typedef int braid_entry_fn(void *arg, const struct braid_entry *entry);
BRAID_API int braid_list(struct braid_share *s, const char *path, braid_entry_fn *fn, void *arg);

/* ---- open files ---- */

/* flags of <fcntl.h>: O_RDONLY, O_WRONLY or O_RDWR with O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY,
 * O_CLOEXEC (which changes nothing); others are -EINVAL.  A directory takes O_DIRECTORY.  Others
 * may open, change and delete the file meanwhile. */
BRAID_API int braid_open(struct braid_share *s, const char *path, int flags,
                         struct braid_file **ret_file);
BRAID_API int braid_close(struct braid_file *f);

/* Of any length.  Less than asked for: the end of the file, or a failure behind that point, which
 * the next call will tell; 0: the end of the file. */
BRAID_API ssize_t braid_pread(struct braid_file *f, void *buf, size_t len, uint64_t offset);
BRAID_API ssize_t braid_pwrite(struct braid_file *f, const void *buf, size_t len, uint64_t offset);
BRAID_API int braid_fsync(struct braid_file *f);
BRAID_API int braid_ftruncate(struct braid_file *f, uint64_t size);
BRAID_API int braid_fstat(struct braid_file *f, struct braid_stat *ret_stat);

/* ---- operations that call back ---- */

enum braid_verb {
    BRAID_OPEN = 1, /* share, path, flags, ret_file */
    BRAID_CLOSE,    /* file */
    BRAID_READ,     /* file, buffer; the result is a count */
    BRAID_WRITE,    /* the same; the buffer is not written to */
    BRAID_FSYNC,    /* file */
    BRAID_TRUNCATE, /* file, buffer.offset */
    BRAID_FSTAT,    /* file, ret_stat */
    BRAID_STAT,     /* share, path, ret_stat */
    BRAID_MKDIR,    /* share, path */
    BRAID_UNLINK,   /* share, path */
    BRAID_RMDIR,    /* share, path */
    BRAID_RENAME,   /* share, path, new_path */
};

struct braid_buffer {
    void *p;
    size_t len;
    uint64_t offset; /* in the file */
};

/* What the function of the same name returns. */
typedef void braid_done_fn(void *arg, ssize_t result);

/* Members that the verb does not name, and `reserved`, are zero. */
struct braid_op {
    enum braid_verb verb;
    int flags;
    struct braid_share *share;
    struct braid_file *file;
    const char *path, *new_path;
    struct braid_buffer buffer;
    struct braid_stat *ret_stat;
    struct braid_file **ret_file;
    braid_done_fn *done;
    void *arg;
    void *reserved[4];
};

/* 0: `done` will be called exactly once, perhaps before this returns.  Else it never is: -EINVAL,
 * or -EAGAIN when too many operations of this connection (BRAID_OPS_MAX) are under way.
 * Operations may overtake each other, except that CLOSE waits for those before it. */
#define BRAID_OPS_MAX 16384
BRAID_API int braid_submit(const struct braid_op *op);

/* The two most wanted, in short. */
BRAID_API int braid_read_start(struct braid_file *f, const struct braid_buffer *to,
                               braid_done_fn *done, void *arg);
BRAID_API int braid_write_start(struct braid_file *f, const struct braid_buffer *from,
                                braid_done_fn *done, void *arg);

/* Of the library that runs, such as "0.1.0"; BRAID_API_VERSION is of the one compiled against. */
BRAID_API const char *braid_version(void);

#ifdef __cplusplus
}
#endif
