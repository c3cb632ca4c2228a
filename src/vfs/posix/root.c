/* SPDX-License-Identifier: Apache-2.0
 *
 * The root of a share on POSIX files, and the table that names the operations of this folder.  The
 * root is an O_PATH descriptor: what is mounted over the configured path later does not move it. */
#include "vfs/posix/posix.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

const struct vfs_ops posix_ops = {
    .open = posix_open,
    .reopen = posix_reopen,
    .close = posix_close,
    .stat = posix_stat,
    .stat_path = posix_stat_path,
    .stat_at = posix_stat_at,
    .mkdir = posix_mkdir,
    .remove = posix_remove,
    .rename = posix_rename,
    .link = posix_link,
    .symlink = posix_symlink,
    .readlink = posix_readlink,
    .read = posix_read,
    .write = posix_write,
    .truncate = posix_truncate,
    .allocate = posix_allocate,
    .punch = posix_punch,
    .sync = posix_sync,
    .seek = posix_seek,
    .copy_range = posix_copy_range,
    .clone_range = posix_clone_range,
    .set_times = posix_set_times,
    .set_mode = posix_set_mode,
    .set_owner = posix_set_owner,
    .fs_stat = posix_fs_stat,
    .access = posix_access,
    .xattr_get = posix_xattr_get,
    .xattr_get_at = posix_xattr_get_at,
    .xattr_list_at = posix_xattr_list_at,
    .xattr_set = posix_xattr_set,
    .xattr_remove = posix_xattr_remove,
    .xattr_list = posix_xattr_list,
    .dir_open = posix_dir_open,
    .dir_close = posix_dir_close,
    .dir_next = posix_dir_next,
    .dir_seek = posix_dir_seek,
    .lock = posix_lock,
};

/* Asking for an attribute nobody has tells whether the file system keeps any. */
static bool xattr_probe(int fd)
{
    char path[POSIX_FD_PATH_SIZE];
    posix_fd_path(fd, path);
    char value;
    return getxattr(path, "user.braid.probe", &value, sizeof(value)) >= 0 || errno == ENODATA;
}

int vfs_root_open(const char *path, struct vfs_root **ret_root)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct vfs_stat st = {0};
    int rc = posix_stat_fd(fd, "", &st);
    int trial = rc < 0 ? rc : posix_open_beneath(fd, ".", O_PATH | O_CLOEXEC, 0);
    if (trial < 0) {
        close(fd);
        return trial;
    }
    close(trial);
    struct vfs_root *root = NEW(struct vfs_root);
    root->ops = &posix_ops;
    root->fd = fd;
    root->device = st.device;
    root->path = xstrdup(path);
    root->has_xattr = xattr_probe(fd);
    root->no_wait_read = true;
    root->has_birth_time = st.has_birth_time;
    root->may_security_xattr = posix_may_security_xattr();
    *ret_root = root;
    return 0;
}

void vfs_root_free(struct vfs_root *root)
{
    if (!root)
        return;
    close(root->fd);
    free(root->path);
    free(root);
}
