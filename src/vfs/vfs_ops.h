/* SPDX-License-Identifier: Apache-2.0
 *
 * The table behind vfs.h: what a kind of file system has to provide.  One filling exists, that of
 * POSIX files (posix/); struct vfs_root names its own.  Each operation has the contract of the
 * function of the same name in vfs.h and may rely on the checks of seam.c: pointers are there,
 * paths are relative, flags are known, ranges do not wrap. */
#pragma once

#include "vfs/vfs.h"

struct vfs_ops {
    int (*open)(struct task *t, const struct vfs_cred *cred, const struct vfs_open_args *args,
                struct vfs_file **ret_file);
    int (*reopen)(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                  uint32_t flags, struct vfs_file **ret_file);
    void (*close)(struct vfs_file *file);

    int (*stat)(struct task *t, struct vfs_file *file, struct vfs_stat *ret_stat);
    int (*stat_path)(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                     const char *path, struct vfs_stat *ret_stat);
    int (*stat_at)(struct task *t, const struct vfs_cred *cred, struct vfs_file *dir,
                   const char *name, struct vfs_stat *ret_stat);
    int (*mkdir)(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                 const char *path, mode_t mode);
    int (*remove)(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                  const char *path, const struct vfs_stat *expected);
    int (*rename)(struct task *t, const struct vfs_cred *cred, const struct vfs_rename_args *args);
    int (*link)(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, const char *to);
    int (*symlink)(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                   const char *target, const char *path);
    ssize_t (*readlink)(struct task *t, struct vfs_file *file, char *buf, size_t size);

    ssize_t (*read)(struct task *t, struct vfs_file *file, struct mspan to, uint64_t offset);
    ssize_t (*write)(struct task *t, struct vfs_file *file, struct span from, uint64_t offset);
    int (*truncate)(struct task *t, struct vfs_file *file, uint64_t size);
    int (*allocate)(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len);
    int (*punch)(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len);
    int (*sync)(struct task *t, struct vfs_file *file);
    int64_t (*seek)(struct task *t, struct vfs_file *file, uint64_t offset, int whence);
    ssize_t (*copy_range)(struct task *t, const struct vfs_copy_args *args);
    int (*clone_range)(struct task *t, const struct vfs_copy_args *args);

    int (*set_times)(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                     const struct timespec times[2]);
    int (*set_mode)(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                    mode_t mode);
    int (*set_owner)(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uid_t uid,
                     gid_t gid);
    int (*fs_stat)(struct task *t, struct vfs_file *file, struct vfs_fs_stat *ret_stat);
    int (*access)(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, int how);

    ssize_t (*xattr_get)(struct task *t, struct vfs_file *file, const char *name, struct mspan to);
    ssize_t (*xattr_get_at)(struct task *t, struct vfs_file *dir, const char *name,
                            const char *attr, struct mspan to);
    ssize_t (*xattr_list_at)(struct task *t, struct vfs_file *dir, const char *name,
                             struct mspan to);
    int (*xattr_set)(struct task *t, struct vfs_file *file, const char *name, struct span value);
    int (*xattr_remove)(struct task *t, struct vfs_file *file, const char *name);
    ssize_t (*xattr_list)(struct task *t, struct vfs_file *file, struct mspan to);

    int (*dir_open)(struct task *t, struct vfs_file *file, struct vfs_dir **ret_dir);
    void (*dir_close)(struct vfs_dir *dir);
    int (*dir_next)(struct task *t, struct vfs_dir *dir, struct vfs_dirent *ret_entry);
    void (*dir_seek)(struct vfs_dir *dir, uint64_t cookie);

    int (*lock)(struct task *t, struct vfs_file *file, int type, uint64_t offset, uint64_t len);
};

/* The common beginning of every filling's iterator. */
struct vfs_dir {
    struct vfs_file *file;
};
