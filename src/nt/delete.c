/* SPDX-License-Identifier: Apache-2.0
 *
 * Deleting, [MS-FSA] 2.1.5.4 and 2.1.5.14.3: a name is marked (by disposition, or by the close of
 * an open with delete-on-close) and goes when the last open leaves; meanwhile nobody gets in.  A
 * POSIX delete goes with the marking open.  The name is removed as the user who marked it, and only
 * if it still leads to the file that was open. */
#include "nt/state.h"

#define DISPOSITION_VALID                                                                          \
    (NT_DISPOSITION_DELETE | NT_DISPOSITION_POSIX | 4u | NT_DISPOSITION_ON_CLOSE |                 \
     NT_DISPOSITION_IGNORE_READONLY)

void nt_delete_mark_locked(struct nt_node *n, const struct nt_open *o)
{
    ASSERT(!n->doom.path);
    n->delete_pending = true;
    n->doom.volume = nt_volume_ref(o->volume);
    n->doom.path = nt_path_ref(o->path);
    n->doom.cred = vfs_cred_ref(o->caller.cred);
}

/* What is left of a mark once its fields have been taken over. */
struct doom {
    struct nt_volume *volume;
    struct nt_path *path;
    struct vfs_cred *cred;
};

static struct doom doom_take_locked(struct nt_node *n)
{
    ASSERT(n->doom.path);
    return (struct doom){TAKE(n->doom.volume), TAKE(n->doom.path), TAKE(n->doom.cred)};
}

static void doom_fini(struct doom *d)
{
    nt_volume_unref(d->volume);
    nt_path_unref(d->path);
    vfs_cred_unref(d->cred);
}

void nt_delete_unmark_locked(struct nt_node *n)
{
    n->delete_pending = false;
    if (!n->doom.path)
        return;
    struct doom d = doom_take_locked(n);
    doom_fini(&d);
}

/* The name may be a symlink to the file: then the link is what goes. */
static int remove_name(struct task *t, const struct doom *d, const struct vfs_stat *expected)
{
    struct vfs_root *root = d->volume->root;
    int err = vfs_remove(t, d->cred, root, d->path->text, expected);
    if (err != -ESTALE)
        return err;
    struct vfs_stat st;
    ERR_TRY(vfs_stat_path(t, d->cred, root, d->path->text, &st));
    if ((st.mode & S_IFMT) != S_IFLNK)
        return -ESTALE;
    return vfs_remove(t, d->cred, root, d->path->text, &st);
}

static ntstatus remove_stream(struct task *t, const struct nt_open *last, const struct doom *d)
{
    struct nt_target f = nt_open_target(last, &last->identity, d->path);
    ASSERT(f.stream);
    return nt_stream_remove(t, &f);
}

static ntstatus remove_file(struct task *t, const struct nt_open *last, const struct doom *d)
{
    struct nt_name_change change = {.volume = d->volume, .cred = d->cred, .path = d->path->text};
    nt_name_change_begin(t, &change, NULL);
    int err = remove_name(t, d, &last->identity);
    nt_name_change_end(t, &change, err == 0 ? NT_NAME_REMOVED : NT_NAME_SAME);
    if (err < 0)
        return nt_from_errno(err, NT_SITE_REMOVE);
    bool directory = (last->identity.mode & S_IFMT) == S_IFDIR;
    nt_notify_post(t, d->volume, d->path->text, NT_ACTION_REMOVED,
                   directory ? NT_NOTIFY_DIR_NAME : NT_NOTIFY_FILE_NAME);
    return STATUS_SUCCESS;
}

ntstatus nt_delete_execute(struct task *t, struct nt_node *n, const struct nt_open *last)
{
    nt_node_lock(n);
    bool marked = n->delete_pending && n->doom.path;
    struct doom d = marked ? doom_take_locked(n) : (struct doom){0};
    nt_node_unlock(n);
    if (!marked)
        return STATUS_SUCCESS; /* another reactor was faster, or took the mark back */

    ntstatus status = n->file ? remove_stream(t, last, &d) : remove_file(t, last, &d);
    nt_node_lock(n);
    if (!n->doom.path) /* not marked anew by an open that survives a POSIX delete */
        n->delete_pending = false;
    if (nt_ok(status))
        n->removed = true;
    nt_node_unlock(n);
    doom_fini(&d);
    return status;
}

/* [MS-FSA] 2.1.5.14.3: may this file be marked? */
static ntstatus disposition_check(struct task *t, struct nt_open *o, uint32_t flags)
{
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    if (path->text[0] == 0 && !o->stream)
        return STATUS_CANNOT_DELETE;
    struct vfs_stat st;
    NT_TRY(nt_from_errno(vfs_stat(t, o->file, &st), NT_SITE_META));
    struct nt_target f = nt_open_target(o, &st, path);
    struct nt_net_open info;
    NT_TRY(nt_attrs_get(t, &f, &info));
    if ((info.attributes & NT_ATTR_READONLY) && !(flags & NT_DISPOSITION_IGNORE_READONLY))
        return STATUS_CANNOT_DELETE;
    if (!o->is_directory)
        return STATUS_SUCCESS;
    bool empty;
    NT_TRY(nt_dir_is_empty(t, &f, &empty));
    return empty ? STATUS_SUCCESS : STATUS_DIRECTORY_NOT_EMPTY;
}

ntstatus nt_set_disposition(struct task *t, struct nt_open *o, uint32_t flags)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    struct nt_node *n = o->node;
    if (flags & ~DISPOSITION_VALID)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_access(o, ACCESS_DELETE));
    bool marks = flags & NT_DISPOSITION_DELETE;
    if (marks) {
        NT_TRY(disposition_check(t, o, flags));
        NT_TRY(nt_from_errno(nt_caching_break_handles(t, n, o), NT_SITE_REMOVE));
    }
    nt_node_lock(n);
    if (flags & NT_DISPOSITION_ON_CLOSE)
        o->delete_on_close = marks;
    else if (!marks)
        nt_delete_unmark_locked(n);
    else if (!n->delete_pending)
        nt_delete_mark_locked(n, o);
    o->delete_posix = marks && (flags & NT_DISPOSITION_POSIX);
    nt_node_unlock(n);
    if (marks && o->is_directory) {
        CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
        nt_watch_doomed(o->volume, path->text);
    }
    return STATUS_SUCCESS;
}
