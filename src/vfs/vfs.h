/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of the local machine as Braid needs them: one table of operations (struct vfs_ops) and its
 * POSIX filling (posix/).  Speaks -errno and UTF-8 paths; knows nothing of NT or SMB.
 *
 * Every path is relative to a share's root, without leading '/', "" being the root itself, and is
 * resolved beneath it by the kernel (openat2 RESOLVE_BENEATH, no magic links): there is no string
 * that leads outside.  Every call acts as the user of `cred`.  The functions below (seam.c) check
 * arguments and results of each operation and count it. */
#pragma once

#include <sys/stat.h>
#include <time.h>

#include "base/span.h"
#include "task/task.h"

/* Whom an operation acts as.  Immutable and reference counted (atomically): sessions on several
 * reactors may share one. */
struct vfs_cred {
    _Atomic uint32_t refs;
    uid_t uid;
    gid_t gid;
    bool ambient; /* act as the process itself: unprivileged servers have no other choice */
    uint64_t serial; /* unique among all that ever lived: names the set of groups */
    uint32_t group_count;
    gid_t groups[];
};
struct vfs_cred *vfs_cred_new(uid_t uid, gid_t gid, const gid_t *groups, uint32_t group_count);
/* A reference to the one ambient identity. */
struct vfs_cred *vfs_cred_ambient(void);
struct vfs_cred *vfs_cred_ref(struct vfs_cred *c);
void vfs_cred_unref(struct vfs_cred *c);
DEFINE_CLEANUP(struct vfs_cred *, vfs_cred_unref);
/* The credentials of a system user by name: 0, -ENOENT. May block (NSS): offload it. */
int vfs_cred_of_user(const char *name, struct vfs_cred **ret_cred) MUST_USE;

/* The calls below leave the calling thread with the file system identity of the last user served:
 * that saves a switch for the next request of the same user.  Code that opens the server's own
 * files (state, log, configuration) on such a thread calls this first. */
void vfs_identity_restore(void);

struct vfs_ops;

/* The root of a share.  Shared by all reactors. */
struct vfs_root {
    const struct vfs_ops *ops;
    int fd;
    uint64_t device;
    char *path; /* as configured, for messages */
    bool has_xattr;
    _Atomic bool no_wait_read; /* preadv2 with RWF_NOWAIT works here */
    bool has_birth_time;
    bool may_security_xattr; /* the process may write security.* */
};
/* 0; -ENOENT, -ENOTDIR, -EACCES …; -ENOSYS on a kernel without openat2 (before 5.6). */
int vfs_root_open(const char *path, struct vfs_root **ret_root) MUST_USE;
void vfs_root_free(struct vfs_root *root);
DEFINE_CLEANUP(struct vfs_root *, vfs_root_free);

/* An open file description. */
struct vfs_file {
    struct vfs_root *root;
    int fd;
    uint32_t flags; /* VFS_OPEN_* it was opened with */
};

#define VFS_OPEN_READ 0x01u
#define VFS_OPEN_WRITE 0x02u
#define VFS_OPEN_CREATE 0x04u
#define VFS_OPEN_EXCLUSIVE 0x08u  /* with CREATE: -EEXIST */
#define VFS_OPEN_DIRECTORY 0x10u  /* -ENOTDIR otherwise */
#define VFS_OPEN_METADATA 0x20u   /* O_PATH: stat, xattr (by /proc/self/fd), rename, no data */
#define VFS_OPEN_NOFOLLOW 0x40u   /* a symlink as last component is opened itself (METADATA) */
#define VFS_OPEN_SYNC 0x80u

struct vfs_stat {
    uint64_t device, inode;
    uint32_t mode;                      /* S_IFMT and permissions */
    uint32_t links;
    uid_t uid;
    gid_t gid;
    uint64_t size_bytes, allocated_bytes; /* allocated: blocks * 512 */
    struct timespec access_time, modify_time, change_time, birth_time;
    bool has_birth_time;
    uint64_t rdev;
    uint32_t block_bytes;
    uint64_t change_version; /* changes when the file does; for caches */
};

struct vfs_fs_stat {
    uint64_t block_bytes, blocks, blocks_free, blocks_available;
    uint64_t inodes, inodes_free;
    uint64_t fs_id;
    uint32_t name_bytes_max;
    uint32_t type; /* statfs f_type */
    bool read_only;
};

/* One directory entry; `name` lives until the next call on the same iterator. */
struct vfs_dirent {
    const char *name;
    uint64_t inode;
    uint64_t cookie; /* position after this entry, for vfs_dir_seek */
    uint8_t type;    /* DT_* */
};
struct vfs_dir; /* iterator: constant memory whatever the directory's size */

/* Opening and names.  `mode` matters with VFS_OPEN_CREATE only and passes through the umask of the
 * process.  What a symlink leads out of the root to does not exist: -ENOENT.  Never waits for the
 * other end of a FIFO.  Calls on names run on the reactor itself: the page cache answers nearly all
 * of them in about a microsecond, less than handing them on would cost. */
struct vfs_open_args {
    struct vfs_root *root; /* may be NULL with `dir` */
    struct vfs_file *dir;  /* `path` counts from this open directory; NULL: from the root */
    const char *path;
    uint32_t flags;
    mode_t mode;
};
int vfs_open(struct task *t, const struct vfs_cred *cred, const struct vfs_open_args *args,
             struct vfs_file **ret_file) MUST_USE;
/* Another description of the same file with other access (reopen through its descriptor). */
int vfs_reopen(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uint32_t flags,
               struct vfs_file **ret_file) MUST_USE;
void vfs_close(struct vfs_file *file);
DEFINE_CLEANUP(struct vfs_file *, vfs_close);

int vfs_stat(struct task *t, struct vfs_file *file, struct vfs_stat *ret_stat) MUST_USE;
/* By name, without following a symlink at the end. */
int vfs_stat_path(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                  const char *path, struct vfs_stat *ret_stat) MUST_USE;
int vfs_stat_at(struct task *t, const struct vfs_cred *cred, struct vfs_file *dir,
                const char *name, struct vfs_stat *ret_stat) MUST_USE;
int vfs_mkdir(struct task *t, const struct vfs_cred *cred, struct vfs_root *root, const char *path,
              mode_t mode) MUST_USE;
/* Unlinks (or removes the directory) only if it still is the file `expected` (device, inode);
 * -ESTALE when the name leads elsewhere by now.  POSIX knows no unlink by identity: a local process
 * with the right to delete there can still swap names in the microsecond between check and deed. */
int vfs_remove(struct task *t, const struct vfs_cred *cred, struct vfs_root *root, const char *path,
               const struct vfs_stat *expected) MUST_USE;
#define VFS_RENAME_REPLACE 1u /* without it an existing target is -EEXIST */
struct vfs_rename_args {
    struct vfs_root *root;
    const char *from, *to;
    uint32_t flags;
};
int vfs_rename(struct task *t, const struct vfs_cred *cred,
               const struct vfs_rename_args *args) MUST_USE;
int vfs_link(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
             const char *to) MUST_USE;
int vfs_symlink(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                const char *target, const char *path) MUST_USE;
ssize_t vfs_readlink(struct task *t, struct vfs_file *file, char *buf, size_t size) MUST_USE;

/* Data, by the rights the file was opened with.  A short count is the end of the file (read) or a
 * full disk met midway (write).  What the page cache holds is copied at once; the rest goes through
 * the ring.  Truncating, allocating and punching much, and every copy, run on the offload pool. */
ssize_t vfs_read(struct task *t, struct vfs_file *file, struct mspan to, uint64_t offset) MUST_USE;
ssize_t vfs_write(struct task *t, struct vfs_file *file, struct span from,
                  uint64_t offset) MUST_USE;
int vfs_truncate(struct task *t, struct vfs_file *file, uint64_t size) MUST_USE;
/* Reserves space without changing the size; -EOPNOTSUPP where the file system cannot. */
int vfs_allocate(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len) MUST_USE;
int vfs_punch(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len) MUST_USE;
int vfs_sync(struct task *t, struct vfs_file *file) MUST_USE;
/* The next data (or hole) at or after offset; -ENXIO past the end (for data: past the last). */
int64_t vfs_seek_data(struct task *t, struct vfs_file *file, uint64_t offset) MUST_USE;
int64_t vfs_seek_hole(struct task *t, struct vfs_file *file, uint64_t offset) MUST_USE;
/* Copies up to len bytes in the kernel; the count may be short, 0 is the end of `from`.  -EXDEV,
 * -EINVAL, -EOPNOTSUPP when the file systems cannot: the caller reads and writes instead. */
struct vfs_copy_args {
    struct vfs_file *from, *to;
    uint64_t from_offset, to_offset, len;
};
ssize_t vfs_copy_range(struct task *t, const struct vfs_copy_args *args) MUST_USE;
/* Shares the extents instead of copying them: all of len or nothing. */
int vfs_clone_range(struct task *t, const struct vfs_copy_args *args) MUST_USE;

/* Attributes.  UTIME_OMIT in tv_nsec leaves a time alone.  cred NULL: as the server itself, for who
 * was granted by descriptor what POSIX leaves to owners. */
int vfs_set_times(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                  struct timespec access, struct timespec modify) MUST_USE;
int vfs_set_mode(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                 mode_t mode) MUST_USE;
int vfs_set_owner(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uid_t uid,
                  gid_t gid) MUST_USE;
int vfs_fs_stat(struct task *t, struct vfs_file *file, struct vfs_fs_stat *ret_stat) MUST_USE;
/* What the user may do, as the kernel judges (faccessat of R_OK|W_OK|X_OK bits): 0 or -EACCES. */
int vfs_access(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
               int how) MUST_USE;

/* Extended attributes, full names ("user.DOSATTRIB").  -ENODATA, -ERANGE, -EOPNOTSUPP as xattr(7).
 * They act as the server itself: the layer above has checked the access the open was granted, and
 * a file's metadata must not depend on whether its mode lets the user write data. */
ssize_t vfs_xattr_get(struct task *t, struct vfs_file *file, const char *name,
                      struct mspan to) MUST_USE;
/* Of the file `name` in an open directory, which is not followed when it is a symlink. */
ssize_t vfs_xattr_get_at(struct task *t, struct vfs_file *dir, const char *name,
                         const char *attr, struct mspan to) MUST_USE;
ssize_t vfs_xattr_list_at(struct task *t, struct vfs_file *dir, const char *name,
                          struct mspan to) MUST_USE;
int vfs_xattr_set(struct task *t, struct vfs_file *file, const char *name,
                  struct span value) MUST_USE;
int vfs_xattr_remove(struct task *t, struct vfs_file *file, const char *name) MUST_USE;
ssize_t vfs_xattr_list(struct task *t, struct vfs_file *file, struct mspan to) MUST_USE;

/* Directories.  The iterator walks the file's own position (opened READ): one iterator per file,
 * closed before it.  Memory is constant whatever the size of the directory. */
int vfs_dir_open(struct task *t, struct vfs_file *file, struct vfs_dir **ret_dir) MUST_USE;
void vfs_dir_close(struct vfs_dir *dir);
DEFINE_CLEANUP(struct vfs_dir *, vfs_dir_close);
/* 1 with an entry ("." and ".." included), 0 at the end. */
int vfs_dir_next(struct task *t, struct vfs_dir *dir, struct vfs_dirent *ret_entry) MUST_USE;
void vfs_dir_seek(struct vfs_dir *dir, uint64_t cookie); /* 0: the beginning */

/* Open-file-description locks toward local and NFS users, `type` F_RDLCK, F_WRLCK or F_UNLCK, len 0
 * to the end; -EAGAIN on conflict. */
int vfs_lock(struct task *t, struct vfs_file *file, int type, uint64_t offset,
             uint64_t len) MUST_USE;

/* How often each operation was called and how often it failed, all reactors summed. */
struct vfs_counter {
    const char *name;
    uint64_t calls, errors;
};
/* Fills up to max and returns how many operations there are. */
size_t vfs_counters_read(struct vfs_counter *counters, size_t max);
