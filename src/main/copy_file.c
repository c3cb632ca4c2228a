/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying one file: both ends are opened, the ranges that hold data are found, and their pieces
 * travel side by side. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/copy_job.h"
#include "proto/sd.h"
#include "wire/filetime.h"

/* One end of a file that is being copied. */
struct end {
    struct client_file *remote; /* or */
    int fd;
};

struct transfer {
    struct copy_job *job;
    const struct copy_file *file;
    struct end from, to;
    uint64_t size;
    uint64_t write_time; /* FILETIME */
    bool sparse, failed;
    uint32_t piece_max; /* bytes */
    unsigned pieces;    /* of this file, in flight */
    struct event piece_ended;
};

struct piece {
    struct transfer *transfer;
    uint64_t offset;
    uint32_t len;
};

static void transfer_fail(struct transfer *x, const char *path, const char *why)
{
    if (!x->failed)
        copy_complain(x->job, path, why);
    x->failed = true;
}

/* Fills buf from the source; the count, less at the end of the file, or -1 (said already). */
static ssize_t piece_read(struct task *t, struct transfer *x, uint64_t offset, struct mspan buf)
{
    size_t done = 0;
    while (done < buf.len) {
        struct mspan rest = mspan_of(buf.p + done, buf.len - done);
        size_t got = 0;
        if (x->from.remote) {
            ntstatus status = client_read(t, x->from.remote, offset + done, rest, &got);
            if (!nt_ok(status) && !nt_is(status, STATUS_END_OF_FILE)) {
                transfer_fail(x, x->file->from, client_status_text(status));
                return -1;
            }
        } else {
            ssize_t n = io_pread(t, x->from.fd, rest.p, rest.len, offset + done);
            if (n < 0) {
                transfer_fail(x, x->file->from, strerror((int)-n));
                return -1;
            }
            got = (size_t)n;
        }
        if (got == 0)
            break;
        done += got;
    }
    return (ssize_t)done;
}

static bool local_write(struct task *t, struct transfer *x, uint64_t offset, struct span from)
{
    while (from.len) {
        ssize_t n = io_pwrite(t, x->to.fd, from.p, from.len, offset);
        if (n <= 0) {
            transfer_fail(x, x->file->to, strerror(n < 0 ? (int)-n : ENOSPC));
            return false;
        }
        offset += (uint64_t)n;
        from = span_of(from.p + n, from.len - (size_t)n);
    }
    return true;
}

static void piece_copy_local(struct task *t, struct transfer *x, const struct piece *p)
{
    uint8_t *buf CLEANUP(free_bytes) = xmalloc(p->len);
    ssize_t n = piece_read(t, x, p->offset, mspan_of(buf, p->len));
    if (n > 0 && local_write(t, x, p->offset, span_of(buf, (size_t)n)))
        x->job->bytes_done += (uint64_t)n;
}

/* Reads straight into the request that carries the bytes. */
static void piece_copy_remote(struct task *t, struct transfer *x, const struct piece *p)
{
    struct client_write w;
    ntstatus status = client_write_begin(t, x->to.remote, p->offset, p->len, &w);
    if (nt_ok(status)) {
        ssize_t n = piece_read(t, x, p->offset, w.payload);
        status = client_write_finish(t, &w, n > 0 ? (uint32_t)n : 0);
        if (nt_ok(status) && n > 0)
            x->job->bytes_done += (uint64_t)n;
    }
    if (!nt_ok(status))
        transfer_fail(x, x->file->to, client_status_text(status));
}

static void piece_copy(struct task *t, struct transfer *x, const struct piece *p)
{
    if (x->failed)
        return;
    if (x->to.remote)
        piece_copy_remote(t, x, p);
    else
        piece_copy_local(t, x, p);
}

static void piece_task(struct task *t, void *arg)
{
    struct piece *p = arg;
    struct transfer *x = p->transfer;
    piece_copy(t, x, p);
    free(p);
    x->pieces--;
    x->job->pieces_flying--;
    event_signal(&x->piece_ended);
    event_signal(&x->job->changed);
}

/* Cuts a range into pieces, each a task, never more of them at once than the job allows. */
static void range_copy(struct task *t, struct transfer *x, uint64_t offset, uint64_t end)
{
    while (offset < end && !x->failed) {
        uint32_t len = (uint32_t)MIN(end - offset, (uint64_t)x->piece_max);
        struct piece piece = {x, offset, len};
        offset += len;
        if (offset == x->size && x->pieces == 0 && x->size == len) {
            piece_copy(t, x, &piece); /* a small file needs no further task */
            return;
        }
        while (x->job->pieces_flying >= COPY_PIECES_MAX)
            if (event_wait(t, &x->job->changed, EVENT_NO_TIMEOUT) < 0)
                return;
        struct piece *p = xmemdup(&piece, sizeof(piece));
        x->pieces++;
        x->job->pieces_flying++;
        if (!task_spawn(x->job->reactor, "copy-piece", piece_task, p))
            piece_task(t, p);
    }
}

static void local_ranges_copy(struct task *t, struct transfer *x)
{
    off_t data = 0;
    while ((uint64_t)data < x->size && !x->failed) {
        data = lseek(x->from.fd, data, SEEK_DATA);
        if (data < 0)
            return; /* nothing but a hole from here on */
        off_t hole = lseek(x->from.fd, data, SEEK_HOLE);
        range_copy(t, x, (uint64_t)data, hole < 0 ? x->size : (uint64_t)hole);
        data = hole < 0 ? (off_t)x->size : hole;
    }
}

static void remote_ranges_copy(struct task *t, struct transfer *x)
{
    uint64_t at = 0;
    while (at < x->size && !x->failed) {
        struct arena a;
        struct client_ranges ranges;
        arena_init(&a);
        struct client_range within = {at, x->size - at};
        ntstatus status = client_allocated_ranges(t, x->from.remote, within, &a, &ranges);
        bool more = nt_is(status, STATUS_BUFFER_OVERFLOW) && ranges.count > 0;
        if (!nt_ok(status) && !more) {
            arena_fini(&a);
            range_copy(t, x, at, x->size); /* a server that cannot tell: all of it */
            return;
        }
        for (size_t i = 0; i < ranges.count; i++) {
            uint64_t end = ranges.items[i].offset + ranges.items[i].length;
            if (ranges.items[i].offset < at || end < ranges.items[i].offset)
                continue;
            range_copy(t, x, ranges.items[i].offset, MIN(end, x->size));
            at = end;
        }
        arena_fini(&a);
        if (!more)
            return;
    }
}

static bool from_open(struct task *t, struct transfer *x)
{
    const char *path = x->file->from;
    if (!x->job->from) {
        struct stat st;
        x->from.fd = open(path, O_RDONLY | O_CLOEXEC);
        if (x->from.fd < 0 || fstat(x->from.fd, &st) < 0) {
            transfer_fail(x, path, strerror(errno));
            return false;
        }
        x->size = (uint64_t)st.st_size;
        x->write_time = filetime_from_timespec(st.st_mtim);
        x->sparse = (uint64_t)st.st_blocks * 512 < x->size;
        return true;
    }
    struct client_open_args args = {
        .path = path,
        .access = FILE_GENERIC_READ,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_NON_DIRECTORY_FILE,
        .disposition = FILE_OPEN,
    };
    ntstatus status = client_open(t, x->job->from, &args, &x->from.remote);
    if (!nt_ok(status)) {
        transfer_fail(x, path, client_status_text(status));
        return false;
    }
    const struct create_rsp *info = client_file_info(x->from.remote);
    x->size = info->end_of_file;
    x->write_time = info->last_write_time;
    x->sparse = info->file_attributes & FILE_ATTRIBUTE_SPARSE_FILE ||
                info->allocation_size < info->end_of_file;
    return true;
}

static bool to_open(struct task *t, struct transfer *x)
{
    const char *path = x->file->to;
    if (!x->job->to) {
        x->to.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (x->to.fd < 0 || (x->sparse && ftruncate(x->to.fd, (off_t)x->size) < 0)) {
            transfer_fail(x, path, strerror(errno));
            return false;
        }
        return true;
    }
    struct client_open_args args = {
        .path = path,
        .access = FILE_GENERIC_READ | FILE_GENERIC_WRITE,
        .share = FILE_SHARE_READ,
        .options = FILE_NON_DIRECTORY_FILE,
        .attributes = FILE_ATTRIBUTE_ARCHIVE,
        .disposition = FILE_OVERWRITE_IF,
    };
    ntstatus status = client_open(t, x->job->to, &args, &x->to.remote);
    if (nt_ok(status) && x->sparse) {
        IGNORE(client_set_sparse(t, x->to.remote)); /* without it holes merely take space */
        status = client_set_end_of_file(t, x->to.remote, x->size);
    }
    if (!nt_ok(status)) {
        transfer_fail(x, path, client_status_text(status));
        return false;
    }
    return true;
}

static void data_copy(struct task *t, struct transfer *x)
{
    x->piece_max = COPY_PIECE_BYTES;
    if (x->job->from)
        x->piece_max = MIN(x->piece_max, client_read_max(x->job->from));
    if (x->job->to)
        x->piece_max = MIN(x->piece_max, client_write_max(x->job->to));
    if (!x->sparse)
        range_copy(t, x, 0, x->size);
    else if (x->from.remote)
        remote_ranges_copy(t, x);
    else
        local_ranges_copy(t, x);
    while (x->pieces)
        IGNORE(event_wait(t, &x->piece_ended, EVENT_NO_TIMEOUT));
}

/* Gives the copy its time and closes both ends; a failed close is a failed copy. */
static void ends_close(struct task *t, struct transfer *x, bool complete)
{
    ntstatus status = STATUS_SUCCESS;
    if (x->to.remote) {
        if (complete && !x->failed)
            status = client_set_times(t, x->to.remote, 0, x->write_time);
        ntstatus closed = client_close(t, x->to.remote);
        status = nt_ok(status) ? closed : status;
    }
    if (!nt_ok(status))
        transfer_fail(x, x->file->to, client_status_text(status));
    if (x->to.fd >= 0) {
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, filetime_to_timespec(x->write_time)};
        if (complete && x->write_time)
            IGNORE(futimens(x->to.fd, times));
        if (close(x->to.fd) < 0)
            transfer_fail(x, x->file->to, strerror(errno));
    }
    IGNORE(client_close(t, x->from.remote));
    if (x->from.fd >= 0)
        close(x->from.fd);
}

void copy_file_task(struct task *t, void *arg)
{
    struct copy_file *f = arg;
    struct copy_job *job = f->job;
    struct transfer x = {.job = job, .file = f, .from.fd = -1, .to.fd = -1};
    event_init(&x.piece_ended);
    bool open = from_open(t, &x) && to_open(t, &x);
    if (open)
        data_copy(t, &x);
    ends_close(t, &x, open);
    job->files_done += !x.failed;
    job->files_flying--;
    event_signal(&job->changed);
    free(f->from);
    free(f->to);
    free(f);
}
