/* SPDX-License-Identifier: Apache-2.0
 *
 * Change notification, [MS-FSA] 2.1.5.11 and 2.1.4.1.  A directory that was asked once gathers
 * changes until it is closed, between requests too, up to what fits the buffer first offered; what
 * does not fit is forgotten and the client told to look for itself.  Told of are changes made
 * through Braid.  The volume's notify lock guards its list of watches and everything in them; a
 * watch itself belongs to its open and dies with it. */
#include "base/utf8.h"
#include "nt/state.h"

#define RECORD_FIXED_BYTES 12u /* FILE_NOTIFY_INFORMATION without the name */

struct change {
    struct list link;
    uint32_t action;
    char *name;
};

struct nt_watch {
    struct list link;
    struct nt_path *path;
    uint32_t filter;
    uint32_t bytes, bytes_max; /* gathered, as the protocol will encode it */
    bool watch_tree, overflow, doomed;
    struct list changes;
    struct list waiters;
};

static void watch_clear_locked(struct nt_watch *w)
{
    list_each(&w->changes, struct change, link, c) {
        list_remove(&c->link);
        free(c->name);
        free(c);
    }
    w->bytes = 0;
}

static uint32_t record_bytes(const char *name)
{
    uint32_t units = 0;
    for (;;) {
        int32_t point = utf8_next(&name);
        if (point == 0)
            break;
        units += point > 0xFFFF ? 2 : 1;
        name += point < 0;
    }
    return (uint32_t)align_up(RECORD_FIXED_BYTES + 2 * (uint64_t)units, 4);
}

static bool watch_repeats_locked(const struct nt_watch *w, uint32_t action, const char *name)
{
    if (list_empty(&w->changes) || action != NT_ACTION_MODIFIED)
        return false;
    const struct change *last = list_entry(w->changes.prev, struct change, link);
    return last->action == action && strcmp(last->name, name) == 0;
}

static void watch_add_locked(struct nt_watch *w, uint32_t action, const char *relative)
{
    CLEANUP(free_str) char *name = nt_name_from_path(relative);
    if (w->overflow || watch_repeats_locked(w, action, name))
        return;
    w->bytes += record_bytes(name);
    if (w->bytes > w->bytes_max) {
        watch_clear_locked(w);
        w->overflow = true;
    } else {
        struct change *c = NEW(struct change);
        c->action = action;
        c->name = TAKE(name);
        list_push_back(&w->changes, &c->link);
    }
    /* The old name of a rename waits for the new one, so that they are told together. */
    if (action != NT_ACTION_RENAMED_OLD || w->overflow)
        nt_waiters_stir_locked(&w->waiters);
}

/* The part of `path` below the watched directory; NULL when the watch does not cover it. */
static const char *watch_covers_locked(const struct nt_watch *w, const char *path)
{
    const char *top = w->path->text;
    if (!nt_path_below(path, top))
        return NULL;
    const char *relative = top[0] ? path + strlen(top) : path;
    relative += *relative == '/';
    if (relative[0] == 0 || (!w->watch_tree && strchr(relative, '/')))
        return NULL;
    return relative;
}

void nt_notify_post(struct task *t, struct nt_volume *v, const char *path, uint32_t action,
                    uint32_t filter)
{
    ASSERT(v->magic == NT_MAGIC_VOLUME);
    ASSERT(action >= NT_ACTION_ADDED && action <= NT_ACTION_RENAMED_NEW);
    if (v->watch_count == 0)
        return;
    mutex_lock(&v->notify_lock);
    list_each(&v->watches, struct nt_watch, link, w) {
        const char *relative = w->filter & filter ? watch_covers_locked(w, path) : NULL;
        if (relative)
            watch_add_locked(w, action, relative);
    }
    mutex_unlock(&v->notify_lock);
}

void nt_node_changed(struct task *t, struct nt_open *o, uint32_t filter)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    if (o->volume->watch_count == 0)
        return;
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    nt_notify_post(t, o->volume, path->text, NT_ACTION_MODIFIED, filter);
}

static struct nt_watch *watch_new(struct nt_open *o, const struct nt_notify_args *args)
{
    struct nt_volume *v = o->volume;
    struct nt_watch *w = NEW(struct nt_watch);
    w->filter = args->filter;
    w->watch_tree = args->watch_tree;
    w->bytes_max = args->bytes_max;
    w->path = nt_open_path(o);
    list_init(&w->changes);
    list_init(&w->waiters);
    mutex_lock(&v->notify_lock);
    list_push_back(&v->watches, &w->link);
    v->watch_count++;
    mutex_unlock(&v->notify_lock);
    return w;
}

void nt_watch_end(struct nt_open *o)
{
    struct nt_watch *w = TAKE(o->watch);
    struct nt_volume *v = o->volume;
    if (!w)
        return;
    ASSERT(o->state == NT_OPEN_CLOSING);
    mutex_lock(&v->notify_lock);
    list_remove(&w->link);
    ASSERT(v->watch_count > 0);
    v->watch_count--;
    nt_waiters_stir_locked(&w->waiters);
    watch_clear_locked(w);
    mutex_unlock(&v->notify_lock);
    ASSERT(list_empty(&w->waiters));
    nt_path_unref(w->path);
    free(w);
}

void nt_watch_doomed(struct nt_volume *v, const char *path)
{
    if (v->watch_count == 0)
        return;
    mutex_lock(&v->notify_lock);
    list_each(&v->watches, struct nt_watch, link, w) {
        if (strcmp(w->path->text, path) == 0) {
            w->doomed = true;
            nt_waiters_stir_locked(&w->waiters);
        }
    }
    mutex_unlock(&v->notify_lock);
}

void nt_watch_moved(struct nt_volume *v, const char *from, const char *to)
{
    ASSERT(from[0]);
    if (v->watch_count == 0)
        return;
    mutex_lock(&v->notify_lock);
    list_each(&v->watches, struct nt_watch, link, w) {
        if (!nt_path_below(w->path->text, from))
            continue;
        CLEANUP(free_str) char *now = xasprintf("%s%s", to, w->path->text + strlen(from));
        nt_path_unref(w->path);
        w->path = nt_path_new(now);
    }
    mutex_unlock(&v->notify_lock);
}

struct batch {
    struct nt_change *changes;
    size_t count;
};

/* What has gathered, moved to the arena; STATUS_PENDING when it is nothing. */
static ntstatus watch_fetch_locked(struct nt_watch *w, const struct nt_notify_args *args,
                                   struct batch *ret_batch)
{
    if (w->doomed)
        return STATUS_DELETE_PENDING;
    if (!w->overflow && list_empty(&w->changes))
        return STATUS_PENDING;
    bool fits = !w->overflow && w->bytes <= args->bytes_max;
    size_t count = 0;
    list_each(&w->changes, struct change, link, c)
        count++;
    struct nt_change *changes = ARENA_ARRAY(args->arena, struct nt_change, count + 1);
    size_t i = 0;
    list_each(&w->changes, struct change, link, c) {
        const char *name = arena_strndup(args->arena, c->name, strlen(c->name));
        changes[i++] = (struct nt_change){c->action, name};
    }
    w->overflow = false;
    watch_clear_locked(w);
    if (!fits)
        return STATUS_NOTIFY_ENUM_DIR;
    *ret_batch = (struct batch){changes, count};
    return STATUS_SUCCESS;
}

static ntstatus notify_wait(struct task *t, struct nt_open *o, const struct nt_notify_args *args,
                            struct batch *ret_batch)
{
    struct nt_volume *v = o->volume;
    CLEANUP(nt_open_unref) struct nt_open *held = nt_open_ref(o);
    for (;;) {
        if (held->state != NT_OPEN_LIVE)
            return STATUS_NOTIFY_CLEANUP;
        struct nt_waiter *waiter = NULL;
        mutex_lock(&v->notify_lock);
        ntstatus status = watch_fetch_locked(o->watch, args, ret_batch);
        if (nt_is(status, STATUS_PENDING))
            waiter = nt_waiter_new_locked(&o->watch->waiters, o->reactor);
        mutex_unlock(&v->notify_lock);
        if (!waiter)
            return status;
        int err = nt_waiter_wait(t, &v->notify_lock, waiter, EVENT_NO_TIMEOUT);
        if (err < 0)
            return nt_from_errno(err, NT_SITE_META);
    }
}

ntstatus nt_notify(struct task *t, struct nt_open *o, const struct nt_notify_args *args,
                   struct nt_change **ret_changes, size_t *ret_count)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    ASSERT(task_reactor(t) == o->reactor);
    if (!o->is_directory)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_access(o, FILE_LIST_DIRECTORY));
    if (nt_delete_pending(o))
        return STATUS_DELETE_PENDING;
    if (!o->watch)
        o->watch = watch_new(o, args);
    struct batch batch = {0};
    NT_TRY(notify_wait(t, o, args, &batch));
    *ret_changes = batch.changes;
    *ret_count = batch.count;
    return STATUS_SUCCESS;
}
