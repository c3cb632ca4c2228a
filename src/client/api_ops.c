/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations of the library on paths and files: one function for each verb, which both forms, the
 * waiting one and the one that calls back, end in. */
#include <fcntl.h>
#include <limits.h>

#include "client/api.h"
#include "proto/sd.h"

#define OPEN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY | O_CLOEXEC)

struct op_request {
    struct request base;
    struct braid_op op;
    char strings[]; /* of an operation that calls back */
};

static struct braid_stat stat_of(const struct file_info *info)
{
    return (struct braid_stat){
        .size = info->end_of_file,
        .allocated = info->allocation_size,
        .birth_time = time_of(info->creation_time),
        .access_time = time_of(info->last_access_time),
        .write_time = time_of(info->last_write_time),
        .change_time = time_of(info->change_time),
        .attributes = info->attributes,
    };
}

static bool open_flags_ok(int flags)
{
    int access = flags & O_ACCMODE;
    bool writes = access == O_WRONLY || access == O_RDWR;
    return (flags & ~OPEN_FLAGS) == 0 && (writes || access == O_RDONLY) &&
           (writes || !(flags & O_TRUNC)) && (!(flags & O_EXCL) || (flags & O_CREAT)) &&
           !((flags & O_DIRECTORY) && (writes || (flags & O_CREAT)));
}

static enum create_disposition disposition_of(int flags)
{
    if (flags & O_CREAT)
        return flags & O_EXCL ? FILE_CREATE : flags & O_TRUNC ? FILE_OVERWRITE_IF : FILE_OPEN_IF;
    return flags & O_TRUNC ? FILE_OVERWRITE : FILE_OPEN;
}

static ssize_t op_open(struct task *t, const struct braid_op *op)
{
    int access = op->flags & O_ACCMODE;
    struct client_open_args args = {
        .path = op->path,
        .access = (access != O_WRONLY ? FILE_GENERIC_READ : FILE_READ_ATTRIBUTES) |
                  (access != O_RDONLY ? FILE_GENERIC_WRITE : 0),
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = op->flags & O_DIRECTORY ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE,
        .attributes = op->flags & O_CREAT ? FILE_ATTRIBUTE_ARCHIVE : 0,
        .disposition = disposition_of(op->flags),
    };
    struct client_file *file;
    ntstatus status = client_open(t, op->share->tree, &args, &file);
    if (!nt_ok(status))
        return client_errno(status);
    struct braid_file *f = NEW(struct braid_file);
    f->braid = op->share->braid;
    f->share = op->share;
    f->file = file;
    event_init(&f->idle);
    list_push_back(&f->braid->files, &f->link);
    f->share->files++;
    *op->ret_file = f;
    return 0;
}

int file_close(struct task *t, struct braid_file *f)
{
    busy_wait(t, &f->busy, &f->idle);
    list_remove(&f->link);
    f->share->files--;
    ntstatus status = client_close(t, f->file);
    free(f);
    return client_errno(status);
}

static ssize_t op_close(struct task *t, const struct braid_op *op)
{
    return file_close(t, op->file);
}

/* What was moved counts for more than why the rest was not. */
static ssize_t moved(ntstatus status, size_t len)
{
    return len ? (ssize_t)len : client_errno(status);
}

static ssize_t op_read(struct task *t, const struct braid_op *op)
{
    size_t len;
    struct mspan to = mspan_of(op->buffer.p, op->buffer.len);
    ntstatus status = client_pread(t, op->file->file, op->buffer.offset, to, &len);
    return moved(status, len);
}

static ssize_t op_write(struct task *t, const struct braid_op *op)
{
    size_t len;
    struct span from = span_of(op->buffer.p, op->buffer.len);
    ntstatus status = client_pwrite(t, op->file->file, op->buffer.offset, from, &len);
    return moved(status, len);
}

static ssize_t op_fsync(struct task *t, const struct braid_op *op)
{
    return client_errno(client_flush(t, op->file->file));
}

static ssize_t op_truncate(struct task *t, const struct braid_op *op)
{
    return client_errno(client_set_end_of_file(t, op->file->file, op->buffer.offset));
}

static ssize_t stat_result(ntstatus status, const struct file_info *info, struct braid_stat *ret)
{
    if (nt_ok(status))
        *ret = stat_of(info);
    return client_errno(status);
}

static ssize_t op_fstat(struct task *t, const struct braid_op *op)
{
    struct file_info info;
    return stat_result(client_fstat(t, op->file->file, &info), &info, op->ret_stat);
}

static ssize_t op_stat(struct task *t, const struct braid_op *op)
{
    struct file_info info;
    return stat_result(client_stat(t, op->share->tree, op->path, &info), &info, op->ret_stat);
}

static ssize_t op_mkdir(struct task *t, const struct braid_op *op)
{
    return client_errno(client_mkdir(t, op->share->tree, op->path));
}

static ssize_t op_unlink(struct task *t, const struct braid_op *op)
{
    return client_errno(client_remove(t, op->share->tree, op->path, false));
}

static ssize_t op_rmdir(struct task *t, const struct braid_op *op)
{
    return client_errno(client_remove(t, op->share->tree, op->path, true));
}

static ssize_t op_rename(struct task *t, const struct braid_op *op)
{
    struct client_move_args args = {op->path, op->new_path, true};
    return client_errno(client_move(t, op->share->tree, &args));
}

static const struct verb {
    ssize_t (*run)(struct task *t, const struct braid_op *op);
    bool file, path; /* one of the two; a path comes with its share */
} verbs[] = {
    [BRAID_OPEN] = {op_open, .path = true},     [BRAID_CLOSE] = {op_close, .file = true},
    [BRAID_READ] = {op_read, .file = true},     [BRAID_WRITE] = {op_write, .file = true},
    [BRAID_FSYNC] = {op_fsync, .file = true},   [BRAID_TRUNCATE] = {op_truncate, .file = true},
    [BRAID_FSTAT] = {op_fstat, .file = true},   [BRAID_STAT] = {op_stat, .path = true},
    [BRAID_MKDIR] = {op_mkdir, .path = true},   [BRAID_UNLINK] = {op_unlink, .path = true},
    [BRAID_RMDIR] = {op_rmdir, .path = true},   [BRAID_RENAME] = {op_rename, .path = true},
};

static bool op_valid(const struct braid_op *op)
{
    if (op->verb < BRAID_OPEN || (size_t)op->verb >= ARRAY_LEN(verbs))
        return false;
    const struct verb *v = &verbs[op->verb];
    if ((v->file && !op->file) || (v->path && (!op->share || !op->path)))
        return false;
    switch (op->verb) {
    case BRAID_OPEN:
        return op->ret_file && open_flags_ok(op->flags);
    case BRAID_READ:
    case BRAID_WRITE:
        return (op->buffer.p || op->buffer.len == 0) && op->buffer.len <= SSIZE_MAX &&
               op->buffer.offset <= (uint64_t)INT64_MAX - op->buffer.len;
    case BRAID_TRUNCATE:
        return op->buffer.offset <= INT64_MAX;
    case BRAID_STAT:
    case BRAID_FSTAT:
        return op->ret_stat;
    case BRAID_RENAME:
        return op->new_path;
    default:
        return true;
    }
}

static struct braid *braid_of(const struct braid_op *op)
{
    return verbs[op->verb].file ? op->file->braid : op->share->braid;
}

static ssize_t op_run(struct task *t, struct request *r)
{
    const struct braid_op *op = &container_of(r, struct op_request, base)->op;
    const struct verb *v = &verbs[op->verb];
    if (op->verb == BRAID_CLOSE)
        return v->run(t, op);
    unsigned *busy = v->file ? &op->file->busy : &op->share->busy;
    struct event *idle = v->file ? &op->file->idle : &op->share->idle;
    (*busy)++;
    ssize_t result = v->run(t, op);
    if (--*busy == 0)
        event_signal(idle);
    return result;
}

static ssize_t op_wait(const struct braid_op *op)
{
    if (!op_valid(op))
        return -EINVAL;
    struct op_request r = {.base.run = op_run, .op = *op};
    return request_wait(braid_of(op), &r.base);
}

static char *string_copy(char **at, const char *s)
{
    if (!s)
        return NULL;
    size_t size = strlen(s) + 1;
    char *copy = memcpy(*at, s, size);
    *at += size;
    return copy;
}

int braid_submit(const struct braid_op *op)
{
    if (!op || !op_valid(op) || !op->done)
        return -EINVAL;
    size_t path_size = op->path ? strlen(op->path) + 1 : 0;
    size_t new_path_size = op->new_path ? strlen(op->new_path) + 1 : 0;
    struct op_request *r = xcalloc(1, sizeof(*r) + path_size + new_path_size);
    char *at = r->strings;
    r->op = *op;
    r->op.path = string_copy(&at, op->path);
    r->op.new_path = string_copy(&at, op->new_path);
    r->base.run = op_run;
    r->base.done = op->done;
    r->base.arg = op->arg;
    int err = request_start(braid_of(op), &r->base);
    if (err < 0)
        free(r);
    return err;
}

int braid_read_start(struct braid_file *f, const struct braid_buffer *to, braid_done_fn *done,
                     void *arg)
{
    struct braid_op op = {
        .verb = BRAID_READ, .file = f, .buffer = *to, .done = done, .arg = arg};
    return braid_submit(&op);
}

int braid_write_start(struct braid_file *f, const struct braid_buffer *from, braid_done_fn *done,
                      void *arg)
{
    struct braid_op op = {
        .verb = BRAID_WRITE, .file = f, .buffer = *from, .done = done, .arg = arg};
    return braid_submit(&op);
}

int braid_open(struct braid_share *s, const char *path, int flags, struct braid_file **ret_file)
{
    struct braid_op op = {
        .verb = BRAID_OPEN, .share = s, .path = path, .flags = flags, .ret_file = ret_file};
    return (int)op_wait(&op);
}

int braid_close(struct braid_file *f)
{
    struct braid_op op = {.verb = BRAID_CLOSE, .file = f};
    return f ? (int)op_wait(&op) : 0;
}

ssize_t braid_pread(struct braid_file *f, void *buf, size_t len, uint64_t offset)
{
    struct braid_op op = {.verb = BRAID_READ, .file = f, .buffer = {buf, len, offset}};
    return op_wait(&op);
}

ssize_t braid_pwrite(struct braid_file *f, const void *buf, size_t len, uint64_t offset)
{
    struct braid_op op = {
        .verb = BRAID_WRITE, .file = f, .buffer = {(void *)(uintptr_t)buf, len, offset}};
    return op_wait(&op);
}

int braid_fsync(struct braid_file *f)
{
    struct braid_op op = {.verb = BRAID_FSYNC, .file = f};
    return (int)op_wait(&op);
}

int braid_ftruncate(struct braid_file *f, uint64_t size)
{
    struct braid_op op = {.verb = BRAID_TRUNCATE, .file = f, .buffer.offset = size};
    return (int)op_wait(&op);
}

int braid_fstat(struct braid_file *f, struct braid_stat *ret_stat)
{
    struct braid_op op = {.verb = BRAID_FSTAT, .file = f, .ret_stat = ret_stat};
    return (int)op_wait(&op);
}

int braid_stat(struct braid_share *s, const char *path, struct braid_stat *ret_stat)
{
    struct braid_op op = {.verb = BRAID_STAT, .share = s, .path = path, .ret_stat = ret_stat};
    return (int)op_wait(&op);
}

int braid_mkdir(struct braid_share *s, const char *path)
{
    struct braid_op op = {.verb = BRAID_MKDIR, .share = s, .path = path};
    return (int)op_wait(&op);
}

int braid_unlink(struct braid_share *s, const char *path)
{
    struct braid_op op = {.verb = BRAID_UNLINK, .share = s, .path = path};
    return (int)op_wait(&op);
}

int braid_rmdir(struct braid_share *s, const char *path)
{
    struct braid_op op = {.verb = BRAID_RMDIR, .share = s, .path = path};
    return (int)op_wait(&op);
}

int braid_rename(struct braid_share *s, const char *path, const char *new_path)
{
    struct braid_op op = {.verb = BRAID_RENAME, .share = s, .path = path, .new_path = new_path};
    return (int)op_wait(&op);
}
