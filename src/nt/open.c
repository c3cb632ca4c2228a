/* SPDX-License-Identifier: Apache-2.0
 *
 * The open itself: made, named, asked, let go.  See nt/open.h for who holds whom. */
#include "nt/state.h"

struct nt_path *nt_path_new(const char *text)
{
    size_t len = strlen(text);
    struct nt_path *p = xmalloc(sizeof(*p) + len + 1);
    p->refs = 1;
    memcpy(p->text, text, len + 1);
    return p;
}

struct nt_path *nt_path_ref(struct nt_path *p)
{
    ASSERT(p->refs > 0);
    p->refs++;
    return p;
}

void nt_path_unref(struct nt_path *p)
{
    if (!p)
        return;
    uint32_t was = p->refs--;
    ASSERT(was > 0);
    if (was == 1)
        free(p);
}

struct nt_open *nt_open_new(const struct nt_creation *c, struct nt_node *n)
{
    const struct nt_create_args *args = c->args;
    struct nt_open *o = NEW(struct nt_open);
    o->magic = NT_MAGIC_OPEN;
    o->refs = 1;
    o->state = NT_OPEN_NEW;
    o->reactor = args->reactor;
    o->volume = nt_volume_ref(c->v);
    o->node = nt_node_ref(n);
    o->identity = c->stat;
    o->caller = *c->caller;
    o->caller.cred = vfs_cred_ref(c->caller->cred);
    o->access = c->granted;
    o->options = args->options;
    o->share_access = args->share_access;
    o->is_directory = c->is_directory;
    o->stream = c->name.stream ? xstrdup(c->name.stream) : NULL;
    o->on_break = args->on_break;
    o->break_arg = args->break_arg;
    o->path = nt_path_new(c->path);
    o->delete_on_close = (args->options & NT_OPTION_DELETE_ON_CLOSE) != 0;
    list_init(&o->node_link);
    list_init(&o->lease_link);
    return o;
}

struct nt_open *nt_open_ref(struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    ASSERT(o->refs > 0);
    o->refs++;
    return o;
}

/* May run on any thread once the open is closed: nothing here belongs to a reactor. */
void nt_open_unref(struct nt_open *o)
{
    if (!o)
        return;
    ASSERT(o->magic == NT_MAGIC_OPEN);
    uint32_t was = o->refs--;
    ASSERT(was > 0);
    if (was > 1)
        return;
    ASSERT(o->state != NT_OPEN_LIVE);
    ASSERT(!o->lease && !o->watch && !o->scan && !o->file);
    o->magic = 0;
    nt_node_unref(o->node);
    nt_path_unref(o->path);
    nt_path_unref(o->shown);
    vfs_cred_unref(o->caller.cred);
    nt_volume_unref(o->volume);
    free(o->stream);
    free(o->name);
    free(o);
}

uint32_t nt_open_access(const struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    return o->access;
}

bool nt_open_is_directory(const struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    return o->is_directory;
}

void *nt_open_break_arg(const struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    return o->break_arg;
}

struct nt_path *nt_open_path(const struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    nt_node_lock(o->node);
    struct nt_path *p = nt_path_ref(o->path);
    nt_node_unlock(o->node);
    return p;
}

const char *nt_open_name(struct nt_open *o)
{
    CLEANUP(nt_path_unref) struct nt_path *now = nt_open_path(o);
    if (now == o->shown)
        return o->name + 1;
    nt_path_unref(o->shown);
    free(o->name);
    CLEANUP(free_str) char *bare = nt_name_from_path(now->text);
    o->name = o->stream ? xasprintf("\\%s:%s", bare, o->stream) : xasprintf("\\%s", bare);
    o->shown = TAKE(now);
    return o->name + 1;
}

ntstatus nt_require_access(const struct nt_open *o, uint32_t mask)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    return (o->access & mask) == mask ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

ntstatus nt_require_any(const struct nt_open *o, uint32_t mask)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    return o->access & mask ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

struct nt_target nt_open_target(const struct nt_open *o, const struct vfs_stat *st,
                                const struct nt_path *path)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    return (struct nt_target){.volume = o->volume,
                              .caller = &o->caller,
                              .file = o->file,
                              .stat = st,
                              .path = path->text,
                              .stream = o->stream};
}

/* [MS-FSA] 2.1.5.14.2: a time the handle set by hand stays although it goes on writing. */
ntstatus nt_open_times_settle(struct task *t, struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    if (!o->keep_dirty)
        return STATUS_SUCCESS;
    o->keep_dirty = false;
    struct timespec omit = {.tv_nsec = UTIME_OMIT};
    struct timespec access = o->keep_access_time ? o->kept_access_time : omit;
    struct timespec write = o->keep_write_time ? o->kept_write_time : omit;
    return nt_open_times_set(t, o, access, write);
}

bool nt_delete_pending(const struct nt_open *o)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    nt_node_lock_both(o->node);
    bool pending = o->node->delete_pending || nt_node_of_file(o->node)->delete_pending;
    nt_node_unlock_both(o->node);
    return pending;
}
