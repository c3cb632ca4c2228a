/* SPDX-License-Identifier: Apache-2.0
 *
 * The seam above every file system: each public call checks what it was given, counts, calls the
 * root's operation and checks what came back.  A caller's mistake that a peer may provoke is
 * -EINVAL; one that only our own code can make is an assertion. */
#include "vfs/vfs_ops.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#define ERRNO_MAX 4095
#define OFFSET_MAX INT64_MAX
#define OPEN_FLAGS_ALL 0xFFu

#define VFS_CALLS(X)                                                                               \
    X(open) X(reopen) X(close) X(stat) X(stat_path) X(stat_at) X(mkdir) X(remove) X(rename)        \
    X(link) X(symlink) X(readlink) X(read) X(write) X(truncate) X(allocate) X(punch) X(sync)       \
    X(seek) X(copy_range) X(clone_range) X(set_times) X(set_mode) X(set_owner) X(fs_stat)          \
    X(access) X(xattr_get) X(xattr_get_at) X(xattr_list_at) X(xattr_set) X(xattr_remove)           \
    X(xattr_list) X(dir_open) X(dir_next) X(lock)

enum call {
#define X(name) CALL_##name,
    VFS_CALLS(X)
#undef X
    CALL_COUNT
};

static const char *const call_names[CALL_COUNT] = {
#define X(name) #name,
    VFS_CALLS(X)
#undef X
};

/* One row per reactor, so that counting stays in the core's own cache; reactors beyond share. */
#define ROWS 64u
struct counter_row {
    alignas(64) _Atomic uint64_t calls[CALL_COUNT];
    _Atomic uint64_t errors[CALL_COUNT];
};
static struct counter_row rows[ROWS];

static void bump(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Counts, and asserts that an operation keeps to 0..max or -errno. */
static int64_t counted(struct task *t, enum call call, int64_t rc, int64_t max)
{
    ASSERT(rc >= -ERRNO_MAX);
    ASSERT(rc <= max);
    struct counter_row *row = &rows[t ? reactor_index(task_reactor(t)) % ROWS : 0];
    bump(&row->calls[call]);
    if (rc < 0)
        bump(&row->errors[call]);
    return rc;
}

static int counted_int(struct task *t, enum call call, int rc)
{
    return (int)counted(t, call, rc, 0);
}

size_t vfs_counters_read(struct vfs_counter *counters, size_t max)
{
    for (size_t i = 0; i < MIN(max, (size_t)CALL_COUNT); i++) {
        counters[i] = (struct vfs_counter){call_names[i], 0, 0};
        for (size_t r = 0; r < ROWS; r++) {
            counters[i].calls += atomic_load_explicit(&rows[r].calls[i], memory_order_relaxed);
            counters[i].errors += atomic_load_explicit(&rows[r].errors[i], memory_order_relaxed);
        }
    }
    return CALL_COUNT;
}

/* "", "a", "a/b": relative, no empty component.  What ".." may do is the kernel's to judge. */
static bool path_ok(const char *path)
{
    size_t len = strlen(path);
    return len == 0 || (path[0] != '/' && path[len - 1] != '/' && !strstr(path, "//"));
}

/* A path whose last component can be made, removed or renamed. */
static bool path_has_leaf(const char *path)
{
    if (!path_ok(path) || !path[0])
        return false;
    const char *slash = strrchr(path, '/');
    const char *leaf = slash ? slash + 1 : path;
    return strcmp(leaf, ".") != 0 && strcmp(leaf, "..") != 0;
}

static bool range_ok(uint64_t offset, uint64_t len)
{
    return offset <= OFFSET_MAX && len <= OFFSET_MAX - offset;
}

static bool open_flags_ok(uint32_t flags)
{
    if (flags & ~OPEN_FLAGS_ALL)
        return false;
    uint32_t access = flags & (VFS_OPEN_READ | VFS_OPEN_WRITE);
    if (flags & VFS_OPEN_METADATA)
        return !access && !(flags & (VFS_OPEN_CREATE | VFS_OPEN_EXCLUSIVE | VFS_OPEN_SYNC));
    if (flags & VFS_OPEN_DIRECTORY)
        return access == VFS_OPEN_READ && !(flags & (VFS_OPEN_CREATE | VFS_OPEN_EXCLUSIVE));
    if ((flags & VFS_OPEN_EXCLUSIVE) && !(flags & VFS_OPEN_CREATE))
        return false;
    return access != 0;
}

int vfs_open(struct task *t, const struct vfs_cred *cred, const struct vfs_open_args *args,
             struct vfs_file **ret_file)
{
    struct vfs_open_args a = *args;
    a.root = a.dir ? a.dir->root : a.root;
    ASSERT(cred && a.root && a.path);
    ASSERT(!args->root || args->root == a.root);
    ASSERT(open_flags_ok(a.flags));
    if (!path_ok(a.path))
        return -EINVAL;
    int rc = a.root->ops->open(t, cred, &a, ret_file);
    ASSERT(rc < 0 || (*ret_file)->root == a.root);
    return counted_int(t, CALL_open, rc);
}

int vfs_reopen(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uint32_t flags,
               struct vfs_file **ret_file)
{
    ASSERT(cred && file);
    ASSERT(open_flags_ok(flags) && !(flags & VFS_OPEN_CREATE));
    return counted_int(t, CALL_reopen, file->root->ops->reopen(t, cred, file, flags, ret_file));
}

void vfs_close(struct vfs_file *file)
{
    if (!file)
        return;
    bump(&rows[0].calls[CALL_close]);
    file->root->ops->close(file);
}

int vfs_stat(struct task *t, struct vfs_file *file, struct vfs_stat *ret_stat)
{
    return counted_int(t, CALL_stat, file->root->ops->stat(t, file, ret_stat));
}

int vfs_stat_path(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                  const char *path, struct vfs_stat *ret_stat)
{
    ASSERT(cred && root);
    if (path[0] && !path_has_leaf(path)) /* the last component is not resolved beneath the root */
        return -EINVAL;
    return counted_int(t, CALL_stat_path, root->ops->stat_path(t, cred, root, path, ret_stat));
}

int vfs_stat_at(struct task *t, const struct vfs_cred *cred, struct vfs_file *dir,
                const char *name, struct vfs_stat *ret_stat)
{
    ASSERT(cred && dir);
    if (strchr(name, '/') || strcmp(name, "..") == 0)
        return -EINVAL;
    return counted_int(t, CALL_stat_at, dir->root->ops->stat_at(t, cred, dir, name, ret_stat));
}

int vfs_mkdir(struct task *t, const struct vfs_cred *cred, struct vfs_root *root, const char *path,
              mode_t mode)
{
    ASSERT(cred && root);
    if (!path_has_leaf(path))
        return -EINVAL;
    return counted_int(t, CALL_mkdir, root->ops->mkdir(t, cred, root, path, mode));
}

int vfs_remove(struct task *t, const struct vfs_cred *cred, struct vfs_root *root, const char *path,
               const struct vfs_stat *expected)
{
    ASSERT(cred && root && expected);
    if (!path_has_leaf(path))
        return -EINVAL;
    return counted_int(t, CALL_remove, root->ops->remove(t, cred, root, path, expected));
}

int vfs_rename(struct task *t, const struct vfs_cred *cred, const struct vfs_rename_args *args)
{
    ASSERT(cred && args->root);
    ASSERT(!(args->flags & ~VFS_RENAME_REPLACE));
    if (!path_has_leaf(args->from) || !path_has_leaf(args->to))
        return -EINVAL;
    return counted_int(t, CALL_rename, args->root->ops->rename(t, cred, args));
}

int vfs_link(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, const char *to)
{
    ASSERT(cred && file);
    if (!path_has_leaf(to))
        return -EINVAL;
    return counted_int(t, CALL_link, file->root->ops->link(t, cred, file, to));
}

int vfs_symlink(struct task *t, const struct vfs_cred *cred, struct vfs_root *root,
                const char *target, const char *path)
{
    ASSERT(cred && root);
    if (!path_has_leaf(path) || !target[0])
        return -EINVAL;
    return counted_int(t, CALL_symlink, root->ops->symlink(t, cred, root, target, path));
}

ssize_t vfs_readlink(struct task *t, struct vfs_file *file, char *buf, size_t size)
{
    ASSERT(size > 0);
    ssize_t rc = file->root->ops->readlink(t, file, buf, size);
    return counted(t, CALL_readlink, rc, (int64_t)size);
}

ssize_t vfs_read(struct task *t, struct vfs_file *file, struct mspan to, uint64_t offset)
{
    ASSERT(file->flags & VFS_OPEN_READ);
    if (!range_ok(offset, to.len))
        return -EINVAL;
    ssize_t rc = file->root->ops->read(t, file, to, offset);
    return counted(t, CALL_read, rc, (int64_t)to.len);
}

ssize_t vfs_write(struct task *t, struct vfs_file *file, struct span from, uint64_t offset)
{
    ASSERT(file->flags & VFS_OPEN_WRITE);
    if (!range_ok(offset, from.len))
        return -EFBIG;
    ssize_t rc = file->root->ops->write(t, file, from, offset);
    return counted(t, CALL_write, rc, (int64_t)from.len);
}

int vfs_truncate(struct task *t, struct vfs_file *file, uint64_t size)
{
    ASSERT(file->flags & VFS_OPEN_WRITE);
    if (size > OFFSET_MAX)
        return -EFBIG;
    return counted_int(t, CALL_truncate, file->root->ops->truncate(t, file, size));
}

int vfs_allocate(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len)
{
    ASSERT(file->flags & VFS_OPEN_WRITE);
    if (!range_ok(offset, len))
        return -EFBIG;
    if (len == 0)
        return 0;
    return counted_int(t, CALL_allocate, file->root->ops->allocate(t, file, offset, len));
}

int vfs_punch(struct task *t, struct vfs_file *file, uint64_t offset, uint64_t len)
{
    ASSERT(file->flags & VFS_OPEN_WRITE);
    if (!range_ok(offset, len))
        return -EINVAL;
    if (len == 0)
        return 0;
    return counted_int(t, CALL_punch, file->root->ops->punch(t, file, offset, len));
}

int vfs_sync(struct task *t, struct vfs_file *file)
{
    ASSERT(!(file->flags & VFS_OPEN_METADATA));
    return counted_int(t, CALL_sync, file->root->ops->sync(t, file));
}

static int64_t seek_counted(struct task *t, struct vfs_file *file, uint64_t offset, int whence)
{
    if (offset > OFFSET_MAX)
        return -ENXIO;
    int64_t rc = file->root->ops->seek(t, file, offset, whence);
    ASSERT(rc < 0 || (uint64_t)rc >= offset);
    return counted(t, CALL_seek, rc, OFFSET_MAX);
}

int64_t vfs_seek_data(struct task *t, struct vfs_file *file, uint64_t offset)
{
    return seek_counted(t, file, offset, SEEK_DATA);
}

int64_t vfs_seek_hole(struct task *t, struct vfs_file *file, uint64_t offset)
{
    return seek_counted(t, file, offset, SEEK_HOLE);
}

static bool copy_args_ok(const struct vfs_copy_args *args)
{
    ASSERT(args->from->flags & VFS_OPEN_READ);
    ASSERT(args->to->flags & VFS_OPEN_WRITE);
    return range_ok(args->from_offset, args->len) && range_ok(args->to_offset, args->len);
}

ssize_t vfs_copy_range(struct task *t, const struct vfs_copy_args *args)
{
    if (!copy_args_ok(args))
        return -EINVAL;
    ssize_t rc = args->from->root->ops->copy_range(t, args);
    return counted(t, CALL_copy_range, rc, (int64_t)args->len);
}

int vfs_clone_range(struct task *t, const struct vfs_copy_args *args)
{
    if (!copy_args_ok(args))
        return -EINVAL;
    return counted_int(t, CALL_clone_range, args->from->root->ops->clone_range(t, args));
}

int vfs_set_times(struct task *t, const struct vfs_cred *cred, struct vfs_file *file,
                  struct timespec access, struct timespec modify)
{
    const struct timespec times[2] = {access, modify};
    return counted_int(t, CALL_set_times, file->root->ops->set_times(t, cred, file, times));
}

int vfs_set_mode(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, mode_t mode)
{
    ASSERT(cred);
    return counted_int(t, CALL_set_mode, file->root->ops->set_mode(t, cred, file, mode));
}

int vfs_set_owner(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, uid_t uid,
                  gid_t gid)
{
    ASSERT(cred);
    return counted_int(t, CALL_set_owner, file->root->ops->set_owner(t, cred, file, uid, gid));
}

int vfs_fs_stat(struct task *t, struct vfs_file *file, struct vfs_fs_stat *ret_stat)
{
    int rc = file->root->ops->fs_stat(t, file, ret_stat);
    ASSERT(rc < 0 || ret_stat->block_bytes > 0);
    return counted_int(t, CALL_fs_stat, rc);
}

int vfs_access(struct task *t, const struct vfs_cred *cred, struct vfs_file *file, int how)
{
    ASSERT(cred && !(how & ~(R_OK | W_OK | X_OK)));
    return counted_int(t, CALL_access, file->root->ops->access(t, cred, file, how));
}

ssize_t vfs_xattr_get(struct task *t, struct vfs_file *file, const char *name, struct mspan to)
{
    ssize_t rc = file->root->ops->xattr_get(t, file, name, to);
    return counted(t, CALL_xattr_get, rc, to.len ? (int64_t)to.len : INT32_MAX);
}

/* A name in a directory, not a way through it. */
static bool name_ok(const char *name)
{
    return name[0] && !strchr(name, '/') && strcmp(name, "..") != 0;
}

ssize_t vfs_xattr_list_at(struct task *t, struct vfs_file *dir, const char *name, struct mspan to)
{
    if (!name_ok(name))
        return -EINVAL;
    ssize_t rc = dir->root->ops->xattr_list_at(t, dir, name, to);
    return counted(t, CALL_xattr_list_at, rc, to.len ? (int64_t)to.len : INT32_MAX);
}

ssize_t vfs_xattr_get_at(struct task *t, struct vfs_file *dir, const char *name,
                         const char *attr, struct mspan to)
{
    if (!name_ok(name))
        return -EINVAL;
    ssize_t rc = dir->root->ops->xattr_get_at(t, dir, name, attr, to);
    return counted(t, CALL_xattr_get_at, rc, to.len ? (int64_t)to.len : INT32_MAX);
}

int vfs_xattr_set(struct task *t, struct vfs_file *file, const char *name, struct span value)
{
    return counted_int(t, CALL_xattr_set, file->root->ops->xattr_set(t, file, name, value));
}

int vfs_xattr_remove(struct task *t, struct vfs_file *file, const char *name)
{
    return counted_int(t, CALL_xattr_remove, file->root->ops->xattr_remove(t, file, name));
}

ssize_t vfs_xattr_list(struct task *t, struct vfs_file *file, struct mspan to)
{
    ssize_t rc = file->root->ops->xattr_list(t, file, to);
    return counted(t, CALL_xattr_list, rc, to.len ? (int64_t)to.len : INT32_MAX);
}

int vfs_dir_open(struct task *t, struct vfs_file *file, struct vfs_dir **ret_dir)
{
    ASSERT(file->flags & VFS_OPEN_READ);
    return counted_int(t, CALL_dir_open, file->root->ops->dir_open(t, file, ret_dir));
}

void vfs_dir_close(struct vfs_dir *dir)
{
    if (dir)
        dir->file->root->ops->dir_close(dir);
}

int vfs_dir_next(struct task *t, struct vfs_dir *dir, struct vfs_dirent *ret_entry)
{
    int rc = dir->file->root->ops->dir_next(t, dir, ret_entry);
    return (int)counted(t, CALL_dir_next, rc, 1);
}

void vfs_dir_seek(struct vfs_dir *dir, uint64_t cookie)
{
    dir->file->root->ops->dir_seek(dir, cookie);
}

int vfs_lock(struct task *t, struct vfs_file *file, int type, uint64_t offset, uint64_t len)
{
    ASSERT(type == F_RDLCK || type == F_WRLCK || type == F_UNLCK);
    if (!range_ok(offset, len))
        return -EINVAL;
    return counted_int(t, CALL_lock, file->root->ops->lock(t, file, type, offset, len));
}
