/* SPDX-License-Identifier: Apache-2.0
 *
 * Controls on ranges of files: sparseness, zeroing, what is allocated, copies within the server,
 * [MS-FSA] 2.1.5.10 and [MS-SMB2] 3.3.5.15.6. */
#include "nt/file.h"

#define ZERO_CHUNK_BYTES (256u << 10)

/* `access`: rights of which one is enough. */
static ntstatus data_check(const struct nt_open *o, uint32_t access, uint32_t vfs_flag)
{
    if (o->is_directory && !o->stream)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_any(o, access));
    return nt_open_has_data(o, vfs_flag) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static ntstatus size_get(struct task *t, const struct nt_open *o, uint64_t *ret_size)
{
    struct vfs_stat st = {0};
    NT_TRY(nt_from_errno(vfs_stat(t, o->file, &st), NT_SITE_DATA));
    if (!o->stream) {
        *ret_size = st.size_bytes;
        return STATUS_SUCCESS;
    }
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    return nt_stream_find(t, &f, ret_size);
}

static ntstatus attrs_get(struct task *t, struct nt_open *o, struct nt_net_open *ret_now)
{
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    f.stream = NULL;
    return nt_attrs_get(t, &f, ret_now);
}

/* POSIX files are sparse by nature: what is kept is what clients are told. */
ntstatus nt_set_sparse(struct task *t, struct nt_open *o, bool sparse)
{
    if (o->is_directory)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_any(o, FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES));
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    f.stream = NULL;
    struct nt_net_open now = {0};
    NT_TRY(nt_attrs_get(t, &f, &now));
    if (!(now.attributes & NT_ATTR_SPARSE_FILE) == !sparse)
        return STATUS_SUCCESS;
    struct nt_dosattrib a = {0};
    nt_dosattrib_get(t, o->volume, o->file, &a);
    if (!a.has_attributes)
        a.attributes = now.attributes & NT_ATTR_SETTABLE;
    a.attributes = (a.attributes & ~NT_ATTR_SPARSE_FILE) | (sparse ? NT_ATTR_SPARSE_FILE : 0);
    a.creation = now.times.creation;
    a.has_attributes = a.has_creation = true;
    a.has_change = false;
    NT_TRY(nt_dosattrib_set(t, &f, &a));
    nt_node_changed(t, o, NT_NOTIFY_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static ntstatus zeros_write(struct task *t, struct nt_open *o, uint64_t from, uint64_t to)
{
    CLEANUP(free) void *zeros = xcalloc(1, ZERO_CHUNK_BYTES);
    while (from < to) {
        size_t n = (size_t)MIN(to - from, (uint64_t)ZERO_CHUNK_BYTES);
        if (o->stream) {
            NT_TRY(nt_stream_write(t, o, from, span_of(zeros, n)));
        } else {
            ssize_t done = vfs_write(t, o->file, span_of(zeros, n), from);
            if (done < 0)
                return nt_from_errno((int)done, NT_SITE_DATA);
            if ((size_t)done < n)
                return STATUS_DISK_FULL;
        }
        from += n;
    }
    return STATUS_SUCCESS;
}

/* Never beyond the end of the file: it keeps its size. */
ntstatus nt_zero_data(struct task *t, struct nt_open *o, uint64_t from, uint64_t to)
{
    NT_TRY(data_check(o, FILE_WRITE_DATA, VFS_OPEN_WRITE));
    if (from > INT64_MAX || to > INT64_MAX || from > to)
        return STATUS_INVALID_PARAMETER;
    if (from == to)
        return STATUS_SUCCESS;
    NT_TRY(nt_lock_check_io(o, from, to - from, true));
    uint64_t size;
    NT_TRY(size_get(t, o, &size));
    to = MIN(to, size);
    if (from >= to)
        return STATUS_SUCCESS;
    nt_break_for_write(t, o);
    int rc = o->stream ? -EOPNOTSUPP : vfs_punch(t, o->file, from, to - from);
    if (rc == -EOPNOTSUPP)
        NT_TRY(zeros_write(t, o, from, to));
    else if (rc < 0)
        return nt_from_errno(rc, NT_SITE_DATA);
    nt_data_changed(t, o, false);
    return STATUS_SUCCESS;
}

/* The next run of data in [at, end): false when there is none. */
static ntstatus data_next(struct task *t, struct nt_open *o, uint64_t at, uint64_t end,
                          struct nt_range *ret_run)
{
    int64_t data = vfs_seek_data(t, o->file, at);
    if (data == -ENXIO || (data >= 0 && (uint64_t)data >= end)) {
        *ret_run = (struct nt_range){end, 0};
        return STATUS_SUCCESS;
    }
    if (data < 0)
        return nt_from_errno((int)data, NT_SITE_DATA);
    int64_t hole = vfs_seek_hole(t, o->file, (uint64_t)data);
    if (hole < 0 && hole != -ENXIO)
        return nt_from_errno((int)hole, NT_SITE_DATA);
    uint64_t stop = hole < 0 ? end : MIN((uint64_t)hole, end);
    *ret_run = (struct nt_range){(uint64_t)data, stop - (uint64_t)data};
    return STATUS_SUCCESS;
}

/* [MS-FSA] 2.1.5.10.21: a file that is not marked sparse is allocated from end to end, whatever
 * the disk makes of its zeros. */
ntstatus nt_allocated_ranges(struct task *t, struct nt_open *o, struct nt_range within,
                             struct nt_ranges *ranges)
{
    ranges->count = 0;
    NT_TRY(data_check(o, FILE_READ_DATA, VFS_OPEN_READ));
    if (within.offset > INT64_MAX || within.length > INT64_MAX - within.offset)
        return STATUS_INVALID_PARAMETER;
    uint64_t size;
    NT_TRY(size_get(t, o, &size));
    struct nt_net_open now = {0};
    NT_TRY(attrs_get(t, o, &now));
    bool sparse = (now.attributes & NT_ATTR_SPARSE_FILE) && !o->stream;
    uint64_t end = MIN(within.offset + within.length, size);
    uint64_t at = within.offset;
    while (at < end) {
        struct nt_range run = {at, end - at};
        if (sparse)
            NT_TRY(data_next(t, o, at, end, &run));
        if (run.length == 0)
            break;
        if (ranges->count == ranges->max)
            return STATUS_BUFFER_OVERFLOW;
        ranges->ranges[ranges->count++] = run;
        at = run.offset + run.length;
    }
    return STATUS_SUCCESS;
}

/* ---- copies ------------------------------------------------------------------------------- */

/* One copy under way; moved along as parts are done. */
struct copy {
    struct nt_open *from, *to;
    uint64_t from_offset, to_offset;
    size_t left;
};

static void copy_advance(struct copy *c, size_t n)
{
    c->from_offset += n;
    c->to_offset += n;
    c->left -= n;
}

/* By hand: all of it is read before any is written, so that ranges may overlap. */
static ntstatus copy_by_hand(struct task *t, struct copy *c)
{
    CLEANUP(free) void *buf = xmalloc(c->left);
    size_t len = 0;
    if (c->from->stream) {
        NT_TRY(nt_stream_read(t, c->from, c->from_offset, mspan_of(buf, c->left), &len));
    } else {
        ssize_t n = vfs_read(t, c->from->file, mspan_of(buf, c->left), c->from_offset);
        if (n < 0)
            return nt_from_errno((int)n, NT_SITE_DATA);
        len = (size_t)n;
    }
    if (c->to->stream)
        return nt_stream_write(t, c->to, c->to_offset, span_of(buf, len));
    ssize_t n = vfs_write(t, c->to->file, span_of(buf, len), c->to_offset);
    if (n < 0)
        return nt_from_errno((int)n, NT_SITE_DATA);
    return (size_t)n == len ? STATUS_SUCCESS : STATUS_DISK_FULL;
}

static bool copy_overlaps(const struct copy *c)
{
    uint64_t apart = c->from_offset > c->to_offset ? c->from_offset - c->to_offset
                                                   : c->to_offset - c->from_offset;
    return c->from->node == c->to->node && apart < c->left;
}

static ntstatus copy_run(struct task *t, struct copy *c)
{
    bool by_kernel = !c->from->stream && !c->to->stream && !copy_overlaps(c);
    while (by_kernel && c->left) {
        struct vfs_copy_args args = {c->from->file, c->to->file, c->from_offset, c->to_offset,
                                     c->left};
        ssize_t n = vfs_copy_range(t, &args);
        if (n == -ENOSPC || n == -EDQUOT || n == -EFBIG || n == -EIO)
            return nt_from_errno((int)n, NT_SITE_DATA);
        by_kernel = n > 0;
        if (n > 0)
            copy_advance(c, (size_t)n);
    }
    return c->left ? copy_by_hand(t, c) : STATUS_SUCCESS;
}

ntstatus nt_copy(struct task *t, struct nt_open *to, const struct nt_copy_args *args)
{
    NT_TRY(data_check(args->from, FILE_READ_DATA | FILE_EXECUTE, VFS_OPEN_READ));
    NT_TRY(data_check(to, FILE_WRITE_DATA, VFS_OPEN_WRITE));
    uint64_t offset_max = INT64_MAX - (uint64_t)args->length;
    if (args->from_offset > offset_max || args->to_offset > offset_max ||
        args->length > LIMIT_IO_BYTES_MAX)
        return STATUS_INVALID_PARAMETER;
    uint64_t size;
    NT_TRY(size_get(t, args->from, &size));
    if (args->from_offset + args->length > size)
        return STATUS_INVALID_VIEW_SIZE;
    if (args->length == 0)
        return STATUS_SUCCESS;
    NT_TRY(nt_lock_check_io(args->from, args->from_offset, args->length, false));
    NT_TRY(nt_lock_check_io(to, args->to_offset, args->length, true));
    nt_break_for_write(t, to);
    struct copy c = {args->from, to, args->from_offset, args->to_offset, args->length};
    NT_TRY(copy_run(t, &c));
    nt_data_changed(t, to, true);
    return STATUS_SUCCESS;
}
