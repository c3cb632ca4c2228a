/* SPDX-License-Identifier: Apache-2.0
 *
 * Removing remote trees: files as they are listed, directories once they are empty, deepest
 * first. */
#include <stdio.h>

#include "base/list.h"
#include "main/file_commands.h"
#include "main/remote.h"
#include "proto/sd.h"

struct doomed {
    struct list link; /* in the order found: parents before children */
    char *path;
};

static void doom(struct list *directories, char *path)
{
    struct doomed *d = NEW(struct doomed);
    d->path = path;
    list_push_back(directories, &d->link);
}

static bool one_remove(struct task *t, struct client_tree *tree, const char *path, bool directory)
{
    ntstatus status = client_remove(t, tree, path, directory);
    if (!nt_ok(status))
        remote_complain(path, status);
    return nt_ok(status);
}

/* Removes the files of a directory and dooms its directories. */
static bool files_remove(struct task *t, struct client_tree *tree, const char *path,
                         struct list *directories)
{
    struct client_open_args args = {
        .path = path,
        .access = FILE_GENERIC_READ,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_DIRECTORY_FILE,
        .disposition = FILE_OPEN,
    };
    struct client_file *dir = NULL;
    bool all = true;
    ntstatus status = client_open(t, tree, &args, &dir);
    while (nt_ok(status)) {
        struct arena a;
        struct client_dirent *entries;
        size_t count;
        arena_init(&a);
        status = client_list(t, dir, &a, &entries, &count);
        for (size_t i = 0; nt_ok(status) && i < count; i++) {
            char *child = xasprintf("%s/%s", path, entries[i].name);
            if (entries[i].attributes & FILE_ATTRIBUTE_DIRECTORY) {
                doom(directories, child);
                continue;
            }
            all = one_remove(t, tree, child, false) && all;
            free(child);
        }
        arena_fini(&a);
    }
    IGNORE(client_close(t, dir));
    if (!nt_is(status, STATUS_NO_MORE_FILES)) {
        remote_complain(path, status);
        return false;
    }
    return all;
}

bool remove_run(struct task *t, struct client_tree *tree, const char *path, bool recursive)
{
    struct file_info info;
    ntstatus status = client_stat(t, tree, path, &info);
    if (!nt_ok(status)) {
        remote_complain(path, status);
        return false;
    }
    if (!(info.attributes & FILE_ATTRIBUTE_DIRECTORY))
        return one_remove(t, tree, path, false);
    if (!recursive) {
        fprintf(stderr, "braid: rm: %s: is a directory (-r removes it)\n", path);
        return false;
    }
    struct list directories;
    list_init(&directories);
    doom(&directories, xstrdup(path));
    bool all = true;
    for (struct list *at = directories.next; at != &directories; at = at->next)
        all = files_remove(t, tree, list_entry(at, struct doomed, link)->path, &directories) && all;
    while (!list_empty(&directories)) {
        struct doomed *d = list_entry(directories.prev, struct doomed, link);
        list_remove(&d->link);
        all = one_remove(t, tree, d->path, true) && all;
        free(d->path);
        free(d);
    }
    return all;
}
