/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of an open, [MS-FSA] 2.1.5.4: its locks, watch and rights to cache go, a delete-on-close
 * marks the name, and the last open to leave a marked name removes it.  A close always succeeds in
 * closing; it is not cancelled half way. */
#include "nt/state.h"

static ntstatus close_query(struct task *t, struct nt_open *o, struct nt_net_open *ret_info)
{
    struct vfs_stat st;
    NT_TRY(nt_from_errno(vfs_stat(t, o->file, &st), NT_SITE_META));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    return nt_attrs_get(t, &f, ret_info);
}

/* What is to be removed now that an open has left. */
struct leaving {
    bool node, file;
};

static bool removes_locked(const struct nt_node *n, bool now)
{
    return n->delete_pending && n->doom.path && (n->open_count == 0 || now);
}

/* Takes the open off its node. */
static struct leaving close_leave(struct nt_open *o)
{
    struct nt_node *n = o->node;
    struct leaving leaving = {0};
    nt_node_lock_both(n);
    nt_locks_release_locked(n, o);
    nt_caching_release_locked(n, o);
    ASSERT(n->open_count > 0);
    list_remove(&o->node_link);
    n->open_count--;
    if (o->delete_on_close && !n->delete_pending)
        nt_delete_mark_locked(n, o);
    leaving.node = removes_locked(n, o->delete_posix);
    if (n->file) {
        ASSERT(n->file->open_count > 0);
        n->file->open_count--;
        n->file->streams_keep -= nt_share_keeps_stream(o->access, o->share_access);
        leaving.file = removes_locked(n->file, false);
    }
    nt_node_stir_locked(n);
    nt_node_unlock_both(n);
    return leaving;
}

ntstatus nt_close(struct task *t, struct nt_open *o, struct nt_net_open *ret_info)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    ASSERT(o->state == NT_OPEN_LIVE);
    ASSERT(task_reactor(t) == o->reactor);
    o->state = NT_OPEN_CLOSING;
    task_shield_begin(t);
    ntstatus status = nt_open_times_settle(t, o);
    if (ret_info)
        status = close_query(t, o, ret_info);
    nt_watch_end(o);
    nt_scan_free(TAKE(o->scan));
    struct leaving leaving = close_leave(o);
    if (o->is_directory && o->delete_on_close)
        nt_watch_doomed(o->volume, o->path->text);
    if (leaving.node)
        (void)nt_delete_execute(t, o->node, o);
    if (leaving.file)
        (void)nt_delete_execute(t, o->node->file, o);
    vfs_close(TAKE(o->file));
    task_shield_end(t);
    nt_open_unref(o);
    return ret_info ? status : STATUS_SUCCESS;
}
