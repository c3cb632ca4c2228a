/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking a tree: directories are made before what is in them is copied; files run as tasks, so
 * many at once as the job allows. */
#include "main/copy.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/copy_job.h"
#include "proto/sd.h"

struct pending_directory {
    struct list link;
    char *from, *to;
};

void copy_complain(struct copy_job *job, const char *path, const char *why)
{
    job->errors++;
    fprintf(stderr, "%sbraid: %s: %s\n", job->show_progress ? "\r\033[K" : "", path, why);
}

static char *join(const char *directory, const char *name)
{
    size_t len = strlen(directory);
    bool bare = len == 0 || directory[len - 1] == '/';
    return xasprintf(bare ? "%s%s" : "%s/%s", directory, name);
}

static void directory_push(struct copy_job *job, char *from, char *to)
{
    struct pending_directory *d = NEW(struct pending_directory);
    d->from = from;
    d->to = to;
    list_push_back(&job->directories, &d->link);
}

static void file_start(struct task *t, struct copy_job *job, char *from, char *to)
{
    while (job->files_flying >= job->parallel)
        if (event_wait(t, &job->changed, EVENT_NO_TIMEOUT) < 0)
            break;
    struct copy_file *f = NEW(struct copy_file);
    *f = (struct copy_file){job, from, to};
    job->files_flying++;
    if (!task_spawn(job->reactor, "copy-file", copy_file_task, f)) {
        job->files_flying--;
        copy_complain(job, from, "too many tasks");
        free(from);
        free(to);
        free(f);
    }
}

/* One name found in a directory, of either end. */
static void entry_take(struct task *t, struct copy_job *job, const struct pending_directory *d,
                       const char *name, bool is_directory)
{
    char *from = join(d->from, name);
    char *to = join(d->to, name);
    if (is_directory)
        directory_push(job, from, to);
    else
        file_start(t, job, from, to);
}

static void local_walk(struct task *t, struct copy_job *job, const struct pending_directory *d)
{
    DIR *dir = opendir(*d->from ? d->from : ".");
    if (!dir) {
        copy_complain(job, d->from, strerror(errno));
        return;
    }
    struct dirent *e;
    while ((e = readdir(dir))) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *path CLEANUP(free_str) = join(d->from, e->d_name);
        bool is_link = e->d_type == DT_LNK;
        if (fstatat(dirfd(dir), e->d_name, &st, 0) < 0)
            copy_complain(job, path, is_link ? "the symbolic link leads nowhere" : strerror(errno));
        else if (is_link && S_ISDIR(st.st_mode))
            copy_complain(job, path, "a symbolic link to a directory is not followed");
        else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            copy_complain(job, path, "neither a file nor a directory: left out");
        else
            entry_take(t, job, d, e->d_name, S_ISDIR(st.st_mode));
    }
    closedir(dir);
}

static void remote_walk(struct task *t, struct copy_job *job, const struct pending_directory *d)
{
    struct client_open_args args = {
        .path = d->from,
        .access = FILE_GENERIC_READ,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_DIRECTORY_FILE,
        .disposition = FILE_OPEN,
    };
    struct client_file *dir = NULL;
    ntstatus status = client_open(t, job->from, &args, &dir);
    while (nt_ok(status)) {
        struct arena a;
        struct client_dirent *entries;
        size_t count;
        arena_init(&a);
        status = client_list(t, dir, &a, &entries, &count);
        for (size_t i = 0; nt_ok(status) && i < count; i++)
            entry_take(t, job, d, entries[i].name,
                       entries[i].attributes & FILE_ATTRIBUTE_DIRECTORY);
        arena_fini(&a);
    }
    if (!nt_is(status, STATUS_NO_MORE_FILES))
        copy_complain(job, d->from, client_status_text(status));
    IGNORE(client_close(t, dir));
}

static bool directory_make(struct task *t, struct copy_job *job, const char *path)
{
    if (!job->to) {
        if (mkdir(path, 0777) == 0 || errno == EEXIST)
            return true;
        copy_complain(job, path, strerror(errno));
        return false;
    }
    if (!*path)
        return true; /* the share's root */
    ntstatus status = client_mkdir(t, job->to, path);
    if (nt_ok(status) || nt_is(status, STATUS_OBJECT_NAME_COLLISION))
        return true;
    copy_complain(job, path, client_status_text(status));
    return false;
}

static void directories_walk(struct task *t, struct copy_job *job)
{
    struct pending_directory *d;
    while ((d = list_first(&job->directories, struct pending_directory, link))) {
        list_remove(&d->link);
        if (directory_make(t, job, d->to)) {
            if (job->from)
                remote_walk(t, job, d);
            else
                local_walk(t, job, d);
        }
        free(d->from);
        free(d->to);
        free(d);
    }
}

bool copy_is_directory(struct task *t, const struct copy_end *end)
{
    struct stat st;
    if (!end->tree)
        return stat(end->path, &st) == 0 && S_ISDIR(st.st_mode);
    struct file_info info;
    return nt_ok(client_stat(t, end->tree, end->path, &info)) &&
           (info.attributes & FILE_ATTRIBUTE_DIRECTORY);
}

bool copy_run(struct task *t, const struct copy_args *args)
{
    struct copy_job job = {
        .from = args->from.tree,
        .to = args->to.tree,
        .reactor = task_reactor(t),
        .recursive = args->recursive,
        .parallel = args->parallel,
        .show_progress = !args->quiet && isatty(STDERR_FILENO),
        .started_us = io_now_us(task_io(t)),
    };
    list_init(&job.directories);
    event_init(&job.changed);
    event_init(&job.progress_ended);
    bool drawing =
        job.show_progress && task_spawn(job.reactor, "progress", copy_progress_task, &job);
    if (!copy_is_directory(t, &args->from))
        file_start(t, &job, xstrdup(args->from.path), xstrdup(args->to.path));
    else if (args->recursive)
        directory_push(&job, xstrdup(args->from.path), xstrdup(args->to.path));
    else
        copy_complain(&job, args->from.path, "is a directory (-r copies it)");
    directories_walk(t, &job);
    while (job.files_flying)
        IGNORE(event_wait(t, &job.changed, EVENT_NO_TIMEOUT));
    job.finished = true;
    if (drawing)
        IGNORE(event_wait(t, &job.progress_ended, EVENT_NO_TIMEOUT));
    return job.errors == 0;
}
