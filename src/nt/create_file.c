/* SPDX-License-Identifier: Apache-2.0
 *
 * What CREATE does to the disk: looks a name up, makes a file or directory with its first metadata,
 * overwrites.  A file that exists under the spelling asked for costs one open and one stat. */
#include "nt/state.h"

#define ACCESS_OPENS_READ (FILE_READ_DATA | FILE_EXECUTE)
#define ACCESS_OPENS_WRITE (FILE_WRITE_DATA | FILE_APPEND_DATA)

uint32_t nt_creation_flags(uint32_t access, bool directory)
{
    if (directory)
        return access & FILE_LIST_DIRECTORY ? VFS_OPEN_READ | VFS_OPEN_DIRECTORY
                                            : VFS_OPEN_METADATA | VFS_OPEN_DIRECTORY;
    uint32_t flags = (access & ACCESS_OPENS_READ ? VFS_OPEN_READ : 0) |
                     (access & ACCESS_OPENS_WRITE ? VFS_OPEN_WRITE : 0);
    return flags ? flags : VFS_OPEN_METADATA;
}

struct nt_target nt_creation_target(const struct nt_creation *c)
{
    return (struct nt_target){.volume = c->v,
                              .caller = c->caller,
                              .file = c->file,
                              .stat = &c->stat,
                              .path = c->path,
                              .stream = c->name.stream};
}

void nt_creation_drop(struct nt_creation *c)
{
    vfs_close(TAKE(c->file));
    c->looked_again = false;
    c->made_file = false;
}

static int look_open(struct nt_creation *c, uint32_t flags)
{
    struct vfs_open_args args = {.root = c->v->root, .path = c->path, .flags = flags};
    return vfs_open(c->t, c->caller->cred, &args, &c->file);
}

/* One try under the present spelling. */
static int look_once(struct nt_creation *c)
{
    bool directory = (c->args->options & NT_OPTION_DIRECTORY_FILE) || c->path[0] == 0;
    uint32_t explicit = (c->desired | c->added) & ~ACCESS_MAXIMUM_ALLOWED;
    uint32_t flags = nt_creation_flags(explicit, directory) & ~VFS_OPEN_DIRECTORY;
    if (c->args->disposition == NT_CREATE || c->name.stream)
        flags = VFS_OPEN_METADATA;
    int err = look_open(c, flags);
    if (err == -EISDIR)
        err = look_open(c, nt_creation_flags(explicit, true));
    if (err == -ENXIO)
        err = look_open(c, VFS_OPEN_METADATA);
    if (err < 0)
        return err;
    return vfs_stat(c->t, c->file, &c->stat);
}

/* A symlink that leads nowhere can be renamed and deleted, not read. */
static ntstatus look_dangling(struct nt_creation *c)
{
    if (c->desired & (FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    int err = look_open(c, VFS_OPEN_METADATA | VFS_OPEN_NOFOLLOW);
    if (err == 0)
        err = vfs_stat(c->t, c->file, &c->stat);
    return nt_from_errno(err, NT_SITE_LEAF);
}

ntstatus nt_creation_look(struct nt_creation *c, bool *ret_found)
{
    ASSERT(!c->file);
    int err = look_once(c);
    if (err == 0) {
        *ret_found = true;
        return STATUS_SUCCESS;
    }
    if (err != -ENOENT && err != -ENOTDIR && err != -ELOOP)
        return nt_from_errno(err, NT_SITE_LEAF);

    struct nt_resolved found;
    struct nt_resolve_args args = {c->v, c->caller->cred, c->args->arena, c->name.path};
    NT_TRY(nt_resolve(c->t, &args, &found));
    c->path = found.path;
    c->parent = found.parent;
    *ret_found = found.found;
    if (!found.found)
        return STATUS_SUCCESS;
    err = look_once(c); /* under another spelling, or made by somebody else just now */
    if (err == -ENOENT || err == -ELOOP)
        return look_dangling(c);
    return nt_from_errno(err, err == -ENOTDIR ? NT_SITE_PARENT : NT_SITE_LEAF);
}

static ntstatus make_open(struct nt_creation *c)
{
    const struct vfs_cred *cred = c->caller->cred;
    const struct nt_volume_config *config = &c->v->config;
    uint32_t flags = nt_creation_flags(c->granted, c->is_directory);
    if (c->is_directory) {
        int err = vfs_mkdir(c->t, cred, c->v->root, c->path, 0777 & config->directory_mask);
        if (err == 0)
            err = look_open(c, flags | VFS_OPEN_NOFOLLOW); /* somebody may have swapped it */
        return err == -EEXIST ? STATUS_RETRY : nt_from_errno(err, NT_SITE_LEAF);
    }
    if (flags & VFS_OPEN_METADATA)
        flags = VFS_OPEN_READ;
    if (c->args->allocation_size)
        flags |= VFS_OPEN_WRITE;
    struct vfs_open_args args = {.root = c->v->root,
                                 .path = c->path,
                                 .flags = flags | VFS_OPEN_CREATE | VFS_OPEN_EXCLUSIVE,
                                 .mode = 0666 & config->create_mask};
    int err = vfs_open(c->t, cred, &args, &c->file);
    return err == -EEXIST ? STATUS_RETRY : nt_from_errno(err, NT_SITE_LEAF);
}

/* Space is reserved as far as the file system can; a promise of none is no failure. */
static ntstatus make_allocate(struct nt_creation *c)
{
    if (c->is_directory || c->args->allocation_size == 0)
        return STATUS_SUCCESS;
    int err = vfs_allocate(c->t, c->file, 0, c->args->allocation_size);
    return err == -EOPNOTSUPP ? STATUS_SUCCESS : nt_from_errno(err, NT_SITE_DATA);
}

static ntstatus make_metadata(struct nt_creation *c)
{
    const struct nt_create_args *args = c->args;
    NT_TRY(nt_from_errno(vfs_stat(c->t, c->file, &c->stat), NT_SITE_META));
    struct nt_target f = nt_creation_target(c);
    NT_TRY(nt_security_init(c->t, &f, args->sd));
    uint32_t attributes = (args->attributes & NT_ATTR_SETTABLE) |
                          (c->is_directory ? NT_ATTR_DIRECTORY : NT_ATTR_ARCHIVE);
    NT_TRY(nt_attrs_init(c->t, &f, attributes, 0));
    if (args->ea.len)
        NT_TRY(nt_ea_init(c->t, &f, args->ea));
    NT_TRY(make_allocate(c));
    NT_TRY(nt_from_errno(vfs_stat(c->t, c->file, &c->stat), NT_SITE_META));
    return nt_attrs_get(c->t, &f, &c->info);
}

/* The directory part of a path. */
static char *parent_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    return arena_strndup(a, path, slash ? (size_t)(slash - path) : 0);
}

static struct nt_name_change name_change(const struct nt_creation *c)
{
    return (struct nt_name_change){.volume = c->v, .cred = c->caller->cred, .path = c->path};
}

ntstatus nt_creation_make(struct nt_creation *c)
{
    ASSERT(!c->file && c->path[0]);
    NT_TRY(nt_security_check_add(c->t, c->v, c->caller, parent_of(c->args->arena, c->path),
                                 c->is_directory));
    struct nt_name_change change = name_change(c);
    nt_name_change_begin(c->t, &change, &c->parent);
    ntstatus status = make_open(c);
    nt_name_change_end(c->t, &change, nt_ok(status) ? NT_NAME_ADDED : NT_NAME_SAME);
    NT_TRY(status);
    status = make_metadata(c);
    if (!nt_ok(status)) {
        nt_creation_unmake(c);
        return status;
    }
    nt_notify_post(c->t, c->v, c->path, NT_ACTION_ADDED,
                   c->is_directory ? NT_NOTIFY_DIR_NAME : NT_NOTIFY_FILE_NAME);
    return STATUS_SUCCESS;
}

void nt_creation_unmake(struct nt_creation *c)
{
    struct nt_name_change change = name_change(c);
    task_shield_begin(c->t);
    nt_name_change_begin(c->t, &change, NULL);
    int err = -ENOENT;
    if (c->stat.inode)
        err = vfs_remove(c->t, c->caller->cred, c->v->root, c->path, &c->stat);
    nt_name_change_end(c->t, &change, err == 0 ? NT_NAME_REMOVED : NT_NAME_SAME);
    task_shield_end(c->t);
    nt_creation_drop(c);
}

ntstatus nt_creation_overwrite(struct nt_creation *c, struct nt_open *o)
{
    const struct nt_create_args *args = c->args;
    ASSERT(o->file && !c->is_directory);
    c->result.action = args->disposition == NT_SUPERSEDE ? NT_SUPERSEDED : NT_OVERWRITTEN;
    NT_TRY(nt_from_errno(vfs_truncate(c->t, o->file, 0), NT_SITE_DATA));
    struct nt_target f = nt_creation_target(c);
    f.file = o->file;
    uint32_t attributes = (args->attributes & NT_ATTR_SETTABLE) | NT_ATTR_ARCHIVE;
    NT_TRY(nt_attrs_init(c->t, &f, attributes, c->info.times.creation));
    if (args->ea.len)
        NT_TRY(nt_ea_init(c->t, &f, args->ea));
    if (args->allocation_size) {
        int err = vfs_allocate(c->t, o->file, 0, args->allocation_size);
        if (err < 0 && err != -EOPNOTSUPP)
            return nt_from_errno(err, NT_SITE_DATA);
    }
    NT_TRY(nt_from_errno(vfs_stat(c->t, o->file, &c->stat), NT_SITE_META));
    nt_notify_post(c->t, c->v, c->path, NT_ACTION_MODIFIED,
                   NT_NOTIFY_SIZE | NT_NOTIFY_LAST_WRITE | NT_NOTIFY_ATTRIBUTES);
    return nt_attrs_get(c->t, &f, &c->info);
}
