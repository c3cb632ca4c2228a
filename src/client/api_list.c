/* SPDX-License-Identifier: Apache-2.0
 *
 * Listing a directory for the library: batches are fetched on the connection's thread and shown to
 * the program on its own. */
#include <fcntl.h>

#include "client/api.h"

struct list_request {
    struct request base;
    struct braid_file *dir;
    struct arena arena; /* the task's, then the caller's */
    struct client_dirent *entries;
    size_t count;
};

/* 1: entries; 0: the end. */
static ssize_t list_run(struct task *t, struct request *r)
{
    struct list_request *l = container_of(r, struct list_request, base);
    ntstatus status = client_list(t, l->dir->file, &l->arena, &l->entries, &l->count);
    if (nt_is(status, STATUS_NO_MORE_FILES))
        return 0;
    return nt_ok(status) ? 1 : client_errno(status);
}

static int entries_show(const struct list_request *l, braid_entry_fn *fn, void *arg)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < l->count; i++) {
        const struct client_dirent *e = &l->entries[i];
        struct braid_entry entry = {
            .name = e->name,
            .stat = {.size = e->end_of_file,
                     .allocated = e->allocation_size,
                     .birth_time = time_of(e->creation_time),
                     .access_time = time_of(e->last_access_time),
                     .write_time = time_of(e->last_write_time),
                     .change_time = time_of(e->change_time),
                     .attributes = e->attributes},
        };
        result = fn(arg, &entry);
    }
    return result;
}

int braid_list(struct braid_share *s, const char *path, braid_entry_fn *fn, void *arg)
{
    struct braid_file *dir;
    if (!fn)
        return -EINVAL;
    ERR_TRY(braid_open(s, path, O_RDONLY | O_DIRECTORY, &dir));
    ssize_t more = 1;
    int result = 0;
    while (more > 0 && result == 0) {
        struct list_request l = {.base.run = list_run, .dir = dir};
        more = request_wait(dir->braid, &l.base);
        result = more > 0 ? entries_show(&l, fn, arg) : (int)more;
        arena_fini(&l.arena);
    }
    int closed = braid_close(dir);
    return result ? result : closed;
}
