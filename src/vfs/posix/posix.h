/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the POSIX filling share.  Everything here acts by system calls on the calling
 * thread and returns -errno. */
#pragma once

#include "vfs/vfs_ops.h"

#include <stdio.h>

extern const struct vfs_ops posix_ops;

/* Makes the calling thread act as `cred`; 0 or -EPERM when the process may not. */
int posix_become(const struct vfs_cred *cred) MUST_USE;
/* True when it made the thread act as the server again, false when it did already. */
bool posix_become_server(void);

/* Whether the process itself may write attributes of the security namespace. */
bool posix_may_security_xattr(void) MUST_USE;

/* Opens `path` beneath dirfd as the thread's present identity; an fd or -errno. */
int posix_open_beneath(int dirfd, const char *path, int flags, mode_t mode) MUST_USE;

/* The directory that holds the last component of a path. */
struct posix_parent {
    int fd;
    bool owned; /* close it; otherwise it is the root's own */
    const char *leaf;
};
int posix_parent_open(struct vfs_root *root, const char *path,
                      struct posix_parent *ret_parent) MUST_USE;
void posix_parent_close(struct posix_parent *p);

/* "/proc/self/fd/N": the file behind a descriptor as a path, for calls that refuse O_PATH. */
#define POSIX_FD_PATH_SIZE 32
static inline void posix_fd_path(int fd, char buf[POSIX_FD_PATH_SIZE])
{
    snprintf(buf, POSIX_FD_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* statx of name in dirfd, or of dirfd itself when name is "". Never follows. */
int posix_stat_fd(int dirfd, const char *name, struct vfs_stat *ret_stat) MUST_USE;

int posix_open(struct task *t, const struct vfs_cred *cred, const struct vfs_open_args *args,
               struct vfs_file **ret_file);
int posix_reopen(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uint32_t flags,
                 struct vfs_file **ret_file);
void posix_close(struct vfs_file *file);

int posix_stat(struct task *t, struct vfs_file *file, struct vfs_stat *ret_stat);
int posix_stat_path(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                    const char *path, struct vfs_stat *ret_stat);
int posix_stat_at(struct task *t, const struct vfs_cred *cred, struct vfs_file *dir,
                  const char *name, struct vfs_stat *ret_stat);
int posix_mkdir(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                const char *path, mode_t mode);
int posix_remove(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                 const char *path, const struct vfs_stat *expected);
int posix_rename(struct task *t, const struct vfs_cred *cred, const struct vfs_rename_args *args);
int posix_link(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, const char *to);
int posix_symlink(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                  const char *target, const char *path);
ssize_t posix_readlink(struct task *t, struct vfs_file *file, char *buf, size_t size);

ssize_t posix_read(struct task *t, struct vfs_file *file, struct mspan to, uint64_t offset);
ssize_t posix_write(struct task *t, struct vfs_file *file, struct span from, uint64_t offset);
int posix_truncate(struct task *t, struct vfs_file *file, uint64_t size);
int posix_allocate(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len);
int posix_punch(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len);
int posix_sync(struct task *t, struct vfs_file *file);
int64_t posix_seek(struct task *t, struct vfs_file *file, uint64_t offset, int whence);
ssize_t posix_copy_range(struct task *t, const struct vfs_copy_args *args);
int posix_clone_range(struct task *t, const struct vfs_copy_args *args);

int posix_set_times(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                    const struct timespec times[2]);
int posix_set_mode(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, mode_t mode);
int posix_set_owner(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uid_t uid,
                    gid_t gid);
int posix_fs_stat(struct task *t, struct vfs_file *file, struct vfs_fs_stat *ret_stat);
int posix_access(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, int how);
int posix_lock(struct task *t, struct vfs_file *file, int type, uint64_t offset, uint64_t len);

ssize_t posix_xattr_get(struct task *t, struct vfs_file *file, const char *name, struct mspan to);
ssize_t posix_xattr_get_at(struct task *t, struct vfs_file *dir, const char *name,
                           const char *attr, struct mspan to);
ssize_t posix_xattr_list_at(struct task *t, struct vfs_file *dir, const char *name,
                            struct mspan to);
int posix_xattr_set(struct task *t, struct vfs_file *file, const char *name, struct span value);
int posix_xattr_remove(struct task *t, struct vfs_file *file, const char *name);
ssize_t posix_xattr_list(struct task *t, struct vfs_file *file, struct mspan to);

int posix_dir_open(struct task *t, struct vfs_file *file, struct vfs_dir **ret_dir);
void posix_dir_close(struct vfs_dir *dir);
int posix_dir_next(struct task *t, struct vfs_dir *dir, struct vfs_dirent *ret_entry);
void posix_dir_seek(struct vfs_dir *dir, uint64_t cookie);
