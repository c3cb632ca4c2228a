/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes that every POSIX file has, and locks of the open file description. */
#include "vfs/posix/posix.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#error "open file description locks are needed"
#endif

static struct timespec time_of(const struct statx_timestamp *ts)
{
    return (struct timespec){.tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec};
}

int posix_stat_fd(int dirfd, const char *name, struct vfs_stat *ret_stat)
{
    struct statx sx;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] ? 0 : AT_EMPTY_PATH);
    if (statx(dirfd, name, flags, STATX_BASIC_STATS | STATX_BTIME, &sx) < 0)
        return -errno;
    *ret_stat = (struct vfs_stat){
        .device = makedev(sx.stx_dev_major, sx.stx_dev_minor),
        .inode = sx.stx_ino,
        .mode = sx.stx_mode,
        .links = sx.stx_nlink,
        .uid = sx.stx_uid,
        .gid = sx.stx_gid,
        .size_bytes = sx.stx_size,
        .allocated_bytes = sx.stx_blocks * 512,
        .access_time = time_of(&sx.stx_atime),
        .modify_time = time_of(&sx.stx_mtime),
        .change_time = time_of(&sx.stx_ctime),
        .birth_time = time_of(&sx.stx_btime),
        .has_birth_time = sx.stx_mask & STATX_BTIME,
        .rdev = makedev(sx.stx_rdev_major, sx.stx_rdev_minor),
        .block_bytes = sx.stx_blksize,
        .change_version = (uint64_t)sx.stx_ctime.tv_sec * 1000000000u + sx.stx_ctime.tv_nsec,
    };
    return 0;
}

int posix_stat(struct task *t, struct vfs_file *file, struct vfs_stat *ret_stat)
{
    return posix_stat_fd(file->fd, "", ret_stat);
}

int posix_stat_path(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                    const char *path, struct vfs_stat *ret_stat)
{
    ERR_TRY(posix_become(cred));
    struct posix_parent parent;
    ERR_TRY(posix_parent_open(root, path, &parent));
    int rc = posix_stat_fd(parent.fd, parent.leaf, ret_stat);
    posix_parent_close(&parent);
    return rc;
}

int posix_stat_at(struct task *t, const struct vfs_cred *cred, struct vfs_file *dir,
                  const char *name, struct vfs_stat *ret_stat)
{
    ERR_TRY(posix_become(cred));
    return posix_stat_fd(dir->fd, name, ret_stat);
}

/* An O_PATH descriptor has no attributes of its own to set: the path behind it has. */
int posix_set_times(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                    const struct timespec times[2])
{
    if (cred)
        ERR_TRY(posix_become(cred));
    else
        (void)posix_become_server();
    if (!(file->flags & VFS_OPEN_METADATA))
        return futimens(file->fd, times) < 0 ? -errno : 0;
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, path);
    return utimensat(AT_FDCWD, path, times, 0) < 0 ? -errno : 0;
}

int posix_set_mode(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, mode_t mode)
{
    ERR_TRY(posix_become(cred));
    if (!(file->flags & VFS_OPEN_METADATA))
        return fchmod(file->fd, mode & 07777) < 0 ? -errno : 0;
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(file->fd, path);
    return chmod(path, mode & 07777) < 0 ? -errno : 0;
}

int posix_set_owner(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uid_t uid,
                    gid_t gid)
{
    ERR_TRY(posix_become(cred));
    return fchownat(file->fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int posix_fs_stat(struct task *t, struct vfs_file *file, struct vfs_fs_stat *ret_stat)
{
    struct statfs sf;
    if (fstatfs(file->fd, &sf) < 0)
        return -errno;
    uint64_t block = sf.f_frsize ? (uint64_t)sf.f_frsize : (uint64_t)sf.f_bsize;
    *ret_stat = (struct vfs_fs_stat){
        .block_bytes = block,
        .blocks = sf.f_blocks,
        .blocks_free = sf.f_bfree,
        .blocks_available = sf.f_bavail,
        .inodes = sf.f_files,
        .inodes_free = sf.f_ffree,
        .fs_id = (uint64_t)(uint32_t)sf.f_fsid.__val[0] |
                 (uint64_t)(uint32_t)sf.f_fsid.__val[1] << 32,
        .name_bytes_max = (uint32_t)sf.f_namelen,
        .type = (uint32_t)sf.f_type,
        .read_only = sf.f_flags & ST_RDONLY,
    };
    return 0;
}

int posix_access(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, int how)
{
    ERR_TRY(posix_become(cred));
    /* AT_EACCESS: by the identity in force, not by the real uid of the process. */
    long rc = syscall(SYS_faccessat2, file->fd, "", how, AT_EMPTY_PATH | AT_EACCESS);
    return rc < 0 ? -errno : 0;
}

int posix_lock(struct task *t, struct vfs_file *file, int type, uint64_t offset, uint64_t len)
{
    struct flock fl = {
        .l_type = (short)type,
        .l_whence = SEEK_SET,
        .l_start = (off_t)offset,
        .l_len = (off_t)len,
    };
    if (fcntl(file->fd, F_OFD_SETLK, &fl) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}
