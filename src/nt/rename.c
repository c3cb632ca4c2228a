/* SPDX-License-Identifier: Apache-2.0
 *
 * Renaming and linking, [MS-FSA] 2.1.5.14.11 and 2.1.5.14.6.  Others must not rely on handles they
 * only keep cached, so handle leases are broken first; after each wait everything is looked at
 * again.  A directory with anything open below it keeps its name.  A target that exists is replaced
 * only on request, and not while it is open, read-only or a directory. */
#include "nt/state.h"

struct renaming {
    struct task *t;
    struct nt_open *o;
    struct arena arena;
    uint32_t flags;
    const char *from; /* empty for a link */
    const char *to;
    struct nt_dir_version to_parent;
    bool target_exists;
    struct vfs_stat target;
    const char *target_path; /* as spelled on disk */
};

/* The directory of `resolved` with the leaf that was asked for: renaming may change case alone. */
static const char *new_path(struct arena *a, const struct nt_resolved *r, const char *asked)
{
    const char *slash = strrchr(asked, '/');
    const char *leaf = slash ? slash + 1 : asked;
    return arena_printf(a, "%.*s%s", (int)(r->leaf - r->path), r->path, leaf);
}

static ntstatus target_resolve(struct renaming *r, const char *new_name)
{
    struct nt_volume *v = r->o->volume;
    const struct vfs_cred *cred = r->o->caller.cred;
    struct nt_name name;
    NT_TRY(nt_name_parse(&r->arena, new_name, &name));
    if (name.stream)
        return STATUS_NOT_SUPPORTED;
    if (name.path[0] == 0)
        return STATUS_ACCESS_DENIED;
    if (name.must_be_directory && !r->o->is_directory)
        return STATUS_OBJECT_NAME_INVALID;
    struct nt_resolved found;
    struct nt_resolve_args args = {v, cred, &r->arena, name.path};
    NT_TRY(nt_resolve(r->t, &args, &found));
    r->to = new_path(&r->arena, &found, name.path);
    r->to_parent = found.parent;
    r->target_path = found.path;
    r->target_exists = found.found;
    if (!found.found)
        return STATUS_SUCCESS;
    int err = vfs_stat_path(r->t, cred, v->root, found.path, &r->target);
    if (err == -ENOENT)
        r->target_exists = false;
    return err == -ENOENT ? STATUS_SUCCESS : nt_from_errno(err, NT_SITE_RENAME);
}

/* Nobody may hold what is about to be replaced, but for a cached handle that its holder drops. */
static ntstatus target_check_opens(struct renaming *r)
{
    struct nt_node_key key = nt_node_key_of(&r->target);
    CLEANUP(nt_node_unref) struct nt_node *n = nt_node_find(&key);
    if (!n || (r->flags & NT_RENAME_POSIX))
        return STATUS_SUCCESS;
    NT_TRY(nt_from_errno(nt_caching_break_handles(r->t, n, NULL), NT_SITE_RENAME));
    nt_node_lock(n);
    bool open = n->open_count > 0;
    nt_node_unlock(n);
    return open ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* To be replaced is to be deleted: the kernel asks the directory, the descriptor is ours to ask. */
static ntstatus target_check_rights(struct renaming *r)
{
    struct vfs_open_args args = {.root = r->o->volume->root,
                                 .path = r->target_path,
                                 .flags = VFS_OPEN_METADATA | VFS_OPEN_NOFOLLOW};
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    int err = vfs_open(r->t, r->o->caller.cred, &args, &file);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_RENAME);
    struct nt_target f = {r->o->volume, &r->o->caller, file, &r->target, r->target_path, NULL};
    struct nt_net_open info;
    NT_TRY(nt_attrs_get(r->t, &f, &info));
    if (info.attributes & NT_ATTR_READONLY)
        return STATUS_ACCESS_DENIED;
    uint32_t granted;
    return nt_security_check(r->t, &f, ACCESS_DELETE, &granted, NULL);
}

static ntstatus target_check(struct renaming *r)
{
    if (!r->target_exists)
        return STATUS_SUCCESS;
    if (!(r->flags & NT_RENAME_REPLACE))
        return STATUS_OBJECT_NAME_COLLISION;
    if (r->o->is_directory || (r->target.mode & S_IFMT) == S_IFDIR)
        return STATUS_ACCESS_DENIED;
    if ((r->target.mode & S_IFMT) != S_IFLNK)
        NT_TRY(target_check_rights(r));
    return target_check_opens(r);
}

/* Changing names in a directory counts as an open of it for adding, which bears others reading and
 * writing but not deleting it, [MS-FSA] 2.1.5.14.11. */
static ntstatus target_check_parent(struct renaming *r)
{
    struct nt_node_key key = {r->to_parent.device, r->to_parent.inode, 0};
    CLEANUP(nt_node_unref) struct nt_node *n = nt_node_find(&key);
    if (!n)
        return STATUS_SUCCESS;
    nt_node_lock(n);
    bool bears = nt_share_allows_locked(n, FILE_ADD_FILE, NT_SHARE_READ | NT_SHARE_WRITE);
    nt_node_unlock(n);
    return bears ? STATUS_SUCCESS : STATUS_SHARING_VIOLATION;
}

/* Handles cached below a directory are asked for; what stays open keeps it from moving. */
static ntstatus source_check_below(struct renaming *r)
{
    if (!r->o->is_directory)
        return STATUS_SUCCESS;
    size_t count;
    int err = 0;
    struct nt_node **nodes = nt_nodes_below(r->o->volume, r->from, r->o->node, &count);
    for (size_t i = 0; i < count; i++) {
        if (err == 0)
            err = nt_caching_break_handles(r->t, nodes[i], NULL);
        nt_node_unref(nodes[i]);
    }
    free(nodes);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_RENAME);
    nodes = nt_nodes_below(r->o->volume, r->from, r->o->node, &count);
    for (size_t i = 0; i < count; i++)
        nt_node_unref(nodes[i]);
    free(nodes);
    return count ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* Does the name still lead to the file that is open? */
static ntstatus source_check(struct renaming *r)
{
    struct vfs_stat st;
    int err = vfs_stat_path(r->t, r->o->caller.cred, r->o->volume->root, r->from, &st);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_RENAME);
    bool same = st.device == r->o->identity.device && st.inode == r->o->identity.inode;
    if (!same && (st.mode & S_IFMT) != S_IFLNK)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return nt_delete_pending(r->o) ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* Asking the holders of the target's handles may have taken long: are both still what they were? */
static ntstatus both_check_again(struct renaming *r)
{
    NT_TRY(source_check(r));
    if (!r->target_exists)
        return STATUS_SUCCESS;
    struct vfs_stat st;
    int err = vfs_stat_path(r->t, r->o->caller.cred, r->o->volume->root, r->target_path, &st);
    if (err == -ENOENT)
        r->target_exists = false;
    else if (err < 0)
        return nt_from_errno(err, NT_SITE_RENAME);
    else if (st.device != r->target.device || st.inode != r->target.inode)
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

/* The number of opens that are the node's own. */
static uint32_t node_paths_update(struct renaming *r, struct nt_node *n, struct nt_path *path)
{
    uint32_t own = 0;
    nt_node_lock(n);
    list_each(&n->opens, struct nt_open, node_link, other) {
        own++;
        if (other->volume != r->o->volume || strcmp(other->path->text, r->from) != 0)
            continue;
        nt_path_unref(other->path);
        other->path = nt_path_ref(path);
    }
    nt_node_unlock(n);
    return own;
}

/* Tells the opens of the file and of its streams their new name. */
static void paths_update(struct renaming *r)
{
    struct nt_node *n = r->o->node;
    CLEANUP(nt_path_unref) struct nt_path *path = nt_path_new(r->to);
    uint32_t own = node_paths_update(r, n, path);
    nt_node_lock(n);
    bool streams = n->open_count > own;
    nt_node_unlock(n);
    if (!streams)
        return;
    size_t count;
    struct nt_node **nodes = nt_nodes_below(r->o->volume, r->from, NULL, &count);
    for (size_t i = 0; i < count; i++) {
        if (nodes[i]->file == n)
            (void)node_paths_update(r, nodes[i], path);
        nt_node_unref(nodes[i]);
    }
    free(nodes);
}

static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

static void rename_notify(struct renaming *r)
{
    uint32_t filter = r->o->is_directory ? NT_NOTIFY_DIR_NAME : NT_NOTIFY_FILE_NAME;
    struct nt_volume *v = r->o->volume;
    size_t len = parent_length(r->from);
    bool same_parent = len == parent_length(r->to) && strncmp(r->from, r->to, len) == 0;
    nt_notify_post(r->t, v, r->from, same_parent ? NT_ACTION_RENAMED_OLD : NT_ACTION_REMOVED,
                   filter);
    nt_notify_post(r->t, v, r->to, same_parent ? NT_ACTION_RENAMED_NEW : NT_ACTION_ADDED, filter);
}

/* A replaced file has one name less: who looked it up must look again. */
static void target_gone(struct renaming *r)
{
    if (!r->target_exists)
        return;
    struct nt_node_key key = nt_node_key_of(&r->target);
    CLEANUP(nt_node_unref) struct nt_node *n = nt_node_find(&key);
    if (!n || n == r->o->node)
        return;
    nt_node_lock(n);
    n->removed = true;
    nt_node_unlock(n);
}

static ntstatus rename_execute(struct renaming *r)
{
    struct nt_volume *v = r->o->volume;
    const struct vfs_cred *cred = r->o->caller.cred;
    struct nt_name_change from = {.volume = v, .cred = cred, .path = r->from};
    struct nt_name_change to = {.volume = v, .cred = cred, .path = r->to};
    struct vfs_rename_args args = {.root = v->root,
                                   .from = r->from,
                                   .to = r->to,
                                   .flags = r->target_exists ? VFS_RENAME_REPLACE : 0};
    task_shield_begin(r->t);
    nt_name_change_begin(r->t, &from, NULL);
    nt_name_change_begin(r->t, &to, &r->to_parent);
    int err = vfs_rename(r->t, cred, &args);
    nt_name_change_end(r->t, &to, err == 0 ? NT_NAME_ADDED : NT_NAME_SAME);
    nt_name_change_end(r->t, &from, err == 0 ? NT_NAME_REMOVED : NT_NAME_SAME);
    task_shield_end(r->t);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_RENAME);
    paths_update(r);
    target_gone(r);
    if (r->o->is_directory)
        nt_watch_moved(v, r->from, r->to);
    rename_notify(r);
    return STATUS_SUCCESS;
}

static ntstatus rename_run(struct renaming *r, const char *new_name)
{
    struct nt_open *o = r->o;
    NT_TRY(source_check_below(r));
    NT_TRY(nt_from_errno(nt_caching_break_handles(r->t, o->node, o), NT_SITE_RENAME));
    NT_TRY(source_check(r));
    NT_TRY(target_resolve(r, new_name));
    if (strcmp(r->from, r->to) == 0)
        return STATUS_SUCCESS;
    if (r->target_exists && strcmp(r->target_path, r->from) == 0)
        r->target_exists = false;
    NT_TRY(target_check_parent(r));
    NT_TRY(target_check(r));
    if (r->o->state != NT_OPEN_LIVE)
        return STATUS_FILE_CLOSED;
    NT_TRY(both_check_again(r));
    const char *parent = arena_strndup(&r->arena, r->to, parent_length(r->to));
    NT_TRY(nt_security_check_add(r->t, o->volume, &o->caller, parent, o->is_directory));
    return rename_execute(r);
}

ntstatus nt_rename(struct task *t, struct nt_open *o, const char *new_name, uint32_t flags)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    if (flags & ~(NT_RENAME_REPLACE | NT_RENAME_POSIX))
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_access(o, ACCESS_DELETE));
    if (o->stream)
        return STATUS_NOT_SUPPORTED;
    CLEANUP(nt_path_unref) struct nt_path *from = nt_open_path(o);
    if (from->text[0] == 0)
        return STATUS_ACCESS_DENIED;
    CLEANUP(nt_open_unref) struct nt_open *held = nt_open_ref(o);
    struct renaming r = {.t = t, .o = held, .flags = flags, .from = from->text};
    arena_init(&r.arena);
    ntstatus status = rename_run(&r, new_name);
    arena_fini(&r.arena);
    return status;
}

static ntstatus link_run(struct renaming *r, const char *new_name)
{
    struct nt_volume *v = r->o->volume;
    const struct vfs_cred *cred = r->o->caller.cred;
    NT_TRY(target_resolve(r, new_name));
    NT_TRY(target_check_parent(r));
    NT_TRY(target_check(r));
    if (r->o->state != NT_OPEN_LIVE)
        return STATUS_FILE_CLOSED;
    const char *parent = arena_strndup(&r->arena, r->to, parent_length(r->to));
    NT_TRY(nt_security_check_add(r->t, v, &r->o->caller, parent, false));
    struct nt_name_change to = {.volume = v, .cred = cred, .path = r->to};
    nt_name_change_begin(r->t, &to, &r->to_parent);
    int err = r->target_exists ? vfs_remove(r->t, cred, v->root, r->target_path, &r->target) : 0;
    if (err == 0)
        err = vfs_link(r->t, cred, r->o->file, r->to);
    nt_name_change_end(r->t, &to, err == 0 ? NT_NAME_ADDED : NT_NAME_SAME);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_RENAME);
    target_gone(r);
    nt_notify_post(r->t, v, r->to, NT_ACTION_ADDED, NT_NOTIFY_FILE_NAME);
    return STATUS_SUCCESS;
}

ntstatus nt_link(struct task *t, struct nt_open *o, const char *new_name, uint32_t flags)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    if (flags & ~(NT_RENAME_REPLACE | NT_RENAME_POSIX))
        return STATUS_INVALID_PARAMETER;
    if (o->is_directory)
        return STATUS_FILE_IS_A_DIRECTORY;
    if (o->caller.read_only || o->volume->config.read_only)
        return STATUS_ACCESS_DENIED;
    CLEANUP(nt_open_unref) struct nt_open *held = nt_open_ref(o);
    struct renaming r = {.t = t, .o = held, .flags = flags, .from = ""};
    arena_init(&r.arena);
    ntstatus status = link_run(&r, new_name);
    arena_fini(&r.arena);
    return status;
}
