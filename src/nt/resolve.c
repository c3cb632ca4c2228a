/* SPDX-License-Identifier: Apache-2.0
 *
 * From the path a client asked for to the one on disk, when the exact spelling did not lead
 * anywhere.  The kernel is asked first for every piece, so a path whose directories are spelled
 * right costs one lookup in the index of the last of them. */
#include "nt/file.h"

/* A directory on the way, and what was found in it. */
struct walk {
    const struct nt_resolve_args *args;
    char *path; /* real spelling so far; malloc'd */
    struct nt_dir_version parent;
};

/* The spelling of `name` in the directory w->path: 0 with a malloc'd *ret_name, -ENOENT when the
 * directory has none, -ENOTDIR when it cannot be searched at all. */
static int walk_find(struct task *t, struct walk *w, const char *name, char **ret_name)
{
    const struct nt_resolve_args *args = w->args;
    struct vfs_open_args open = {
        .root = args->volume->root,
        .path = w->path,
        .flags = VFS_OPEN_METADATA | VFS_OPEN_DIRECTORY,
    };
    CLEANUP(vfs_close) struct vfs_file *dir = NULL;
    int rc = vfs_open(t, args->cred, &open, &dir);
    if (rc < 0)
        return rc == -ENOENT ? -ENOTDIR : rc;
    struct vfs_stat st = {0};
    ERR_TRY(vfs_stat(t, dir, &st));
    w->parent = (struct nt_dir_version){st.device, st.inode, st.change_version};
    struct vfs_stat exact = {0};
    rc = vfs_stat_at(t, args->cred, dir, name, &exact);
    if (rc == 0) {
        *ret_name = xstrdup(name);
        return 0;
    }
    if (rc != -ENOENT || args->volume->config.case_sensitive)
        return rc;
    struct nt_dirindex_query q = {args->volume, args->cred, dir, &st, name};
    rc = nt_dirindex_find(t, &q, ret_name);
    return rc == -EACCES ? -ENOENT : rc; /* may be searched, not listed: exact names only */
}

static void walk_append(struct walk *w, const char *name)
{
    char *longer = nt_path_join(w->path, name);
    free(w->path);
    w->path = longer;
}

/* Spells all of `parent`, component by component. */
static int walk_parent(struct task *t, struct walk *w, const char *parent)
{
    CLEANUP(free_str) char *copy = xstrdup(parent);
    char *rest = copy[0] ? copy : NULL;
    for (char *part; (part = strsep(&rest, "/"));) {
        CLEANUP(free_str) char *name = NULL;
        int rc = walk_find(t, w, part, &name);
        if (rc < 0)
            return rc == -ENOENT ? -ENOTDIR : rc;
        walk_append(w, name);
    }
    return 0;
}

static int resolve(struct task *t, struct walk *w, bool *ret_found)
{
    CLEANUP(free_str) char *parent = nt_path_parent(w->args->path);
    const char *leaf = nt_path_leaf(w->args->path);
    CLEANUP(free_str) char *name = NULL;
    w->path = xstrdup(parent);
    int rc = walk_find(t, w, leaf, &name);
    if (rc == -ENOTDIR && parent[0] && !w->args->volume->config.case_sensitive) {
        w->path[0] = 0;
        ERR_TRY(walk_parent(t, w, parent));
        rc = walk_find(t, w, leaf, &name);
    }
    if (rc < 0 && rc != -ENOENT)
        return rc;
    *ret_found = rc == 0;
    walk_append(w, name ? name : leaf);
    return 0;
}

ntstatus nt_resolve(struct task *t, const struct nt_resolve_args *args,
                    struct nt_resolved *ret_resolved)
{
    struct nt_resolved r = {.found = true};
    struct walk w = {.args = args};
    int rc = 0;
    if (args->path[0])
        rc = resolve(t, &w, &r.found);
    else
        w.path = xstrdup("");
    CLEANUP(free_str) char *path = w.path;
    if (rc < 0)
        return nt_from_errno(rc, NT_SITE_PARENT);
    r.path = arena_strndup(args->arena, path, strlen(path));
    r.leaf = nt_path_leaf(r.path);
    r.parent = w.parent;
    *ret_resolved = r;
    return STATUS_SUCCESS;
}
