/* SPDX-License-Identifier: Apache-2.0
 *
 * Contents and sizes of open files, [MS-FSA] 2.1.5.3, 2.1.5.4, 2.1.5.7 and 2.1.5.14.  Every
 * function checks in this order: what the open was granted, the arguments, range locks of others;
 * then those who cache are told, then the disk is touched.
 *
 * A stream (o->stream) keeps its contents in an extended attribute; what is said of sizes and
 * offsets holds for both. */
#include "nt/file.h"

#define ACCESS_WRITES (FILE_WRITE_DATA | FILE_APPEND_DATA)

static bool range_valid(uint64_t offset, uint64_t len)
{
    return offset <= INT64_MAX && len <= INT64_MAX - offset;
}

bool nt_open_has_data(const struct nt_open *o, uint32_t vfs_flag)
{
    return o->stream || (!o->is_directory && (o->file->flags & vfs_flag));
}

static void position_move(struct nt_open *o, uint64_t to)
{
    o->position = to; /* of asynchronous handles too: what comes over a network waits anyway */
}

ntstatus nt_read(struct task *t, struct nt_open *o, uint64_t offset, struct mspan to,
                 size_t *ret_len)
{
    if (o->is_directory && !o->stream)
        return STATUS_INVALID_DEVICE_REQUEST;
    NT_TRY(nt_require_any(o, FILE_READ_DATA | FILE_EXECUTE));
    if (!range_valid(offset, to.len))
        return STATUS_INVALID_PARAMETER;
    if (!nt_open_has_data(o, VFS_OPEN_READ))
        return STATUS_ACCESS_DENIED;
    if (to.len == 0) {
        *ret_len = 0;
        return STATUS_SUCCESS;
    }
    NT_TRY(nt_lock_check_io(o, offset, to.len, false));
    size_t len = 0;
    if (o->stream) {
        NT_TRY(nt_stream_read(t, o, offset, to, &len));
    } else {
        ssize_t n = vfs_read(t, o->file, to, offset);
        if (n < 0)
            return nt_from_errno((int)n, NT_SITE_DATA);
        len = (size_t)n;
    }
    *ret_len = len;
    position_move(o, offset + len);
    return len ? STATUS_SUCCESS : STATUS_END_OF_FILE;
}

/* Who may only append may write at the end and beyond, not before. */
static ntstatus append_check(struct task *t, struct nt_open *o, uint64_t offset)
{
    if (o->access & FILE_WRITE_DATA)
        return STATUS_SUCCESS;
    struct vfs_stat st = {0};
    NT_TRY(nt_from_errno(vfs_stat(t, o->file, &st), NT_SITE_DATA));
    uint64_t end = st.size_bytes;
    if (o->stream) {
        CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
        struct nt_target f = nt_open_target(o, &st, path);
        NT_TRY(nt_stream_find(t, &f, &end));
    }
    return offset < end ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

void nt_data_changed(struct task *t, struct nt_open *o, bool size)
{
    o->wrote = true;
    o->keep_dirty = o->keep_write_time || o->keep_access_time;
    if (o->stream)
        nt_node_changed(t, o, NT_NOTIFY_STREAM_WRITE | (size ? NT_NOTIFY_STREAM_SIZE : 0));
    else
        nt_node_changed(t, o, NT_NOTIFY_LAST_WRITE | (size ? NT_NOTIFY_SIZE : 0));
}

static ntstatus write_data(struct task *t, struct nt_open *o, uint64_t offset, struct span from)
{
    if (o->stream)
        return nt_stream_write(t, o, offset, from);
    ssize_t n = vfs_write(t, o->file, from, offset);
    if (n < 0)
        return nt_from_errno((int)n, NT_SITE_DATA);
    return (size_t)n == from.len ? STATUS_SUCCESS : STATUS_DISK_FULL;
}

ntstatus nt_write(struct task *t, struct nt_open *o, uint64_t offset, struct span from,
                  bool write_through)
{
    if (o->is_directory && !o->stream)
        return STATUS_INVALID_DEVICE_REQUEST;
    NT_TRY(nt_require_any(o, ACCESS_WRITES));
    if (!range_valid(offset, from.len))
        return STATUS_INVALID_PARAMETER;
    if (!nt_open_has_data(o, VFS_OPEN_WRITE))
        return STATUS_ACCESS_DENIED;
    if (from.len == 0)
        return STATUS_SUCCESS;
    NT_TRY(append_check(t, o, offset));
    NT_TRY(nt_lock_check_io(o, offset, from.len, true));
    nt_break_for_write(t, o);
    NT_TRY(write_data(t, o, offset, from));
    position_move(o, offset + from.len);
    nt_data_changed(t, o, true);
    if ((write_through || ((o->options | o->mode) & NT_OPTION_WRITE_THROUGH)) && !o->stream)
        return nt_from_errno(vfs_sync(t, o->file), NT_SITE_DATA);
    return STATUS_SUCCESS;
}

/* Directories are always as durable as the file system makes them: there is nothing of ours in
 * front of it. */
ntstatus nt_flush(struct task *t, struct nt_open *o)
{
    NT_TRY(nt_require_any(o, ACCESS_WRITES));
    if (!o->volume->config.strict_sync || (o->file->flags & VFS_OPEN_METADATA))
        return STATUS_SUCCESS;
    return nt_from_errno(vfs_sync(t, o->file), NT_SITE_DATA);
}

/* ---- sizes -------------------------------------------------------------------------------- */

static ntstatus size_check(const struct nt_open *o, uint64_t size)
{
    if (o->is_directory && !o->stream)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_access(o, FILE_WRITE_DATA));
    if (size > INT64_MAX)
        return STATUS_INVALID_PARAMETER;
    return nt_open_has_data(o, VFS_OPEN_WRITE) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static ntstatus size_apply(struct task *t, struct nt_open *o, uint64_t size)
{
    nt_break_for_write(t, o);
    if (o->stream) {
        struct vfs_stat st = o->identity;
        CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
        struct nt_target f = nt_open_target(o, &st, path);
        NT_TRY(nt_stream_truncate(t, &f, size));
    } else {
        NT_TRY(nt_from_errno(vfs_truncate(t, o->file, size), NT_SITE_DATA));
    }
    nt_data_changed(t, o, true);
    return STATUS_SUCCESS;
}

ntstatus nt_set_end_of_file(struct task *t, struct nt_open *o, uint64_t size)
{
    NT_TRY(size_check(o, size));
    return size_apply(t, o, size);
}

/* [MS-FSA] 2.1.5.14.1: less than the file's size cuts it; more reserves space where the file system
 * can.  Where it cannot the reservation is a wish nobody relies on. */
ntstatus nt_set_allocation(struct task *t, struct nt_open *o, uint64_t size)
{
    NT_TRY(size_check(o, size));
    nt_break_for_write(t, o);
    struct vfs_stat st = {0};
    NT_TRY(nt_from_errno(vfs_stat(t, o->file, &st), NT_SITE_DATA));
    uint64_t end = st.size_bytes;
    if (o->stream) {
        CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
        struct nt_target f = nt_open_target(o, &st, path);
        NT_TRY(nt_stream_find(t, &f, &end));
    }
    if (size < end)
        return size_apply(t, o, size);
    if (o->stream || size == end)
        return STATUS_SUCCESS;
    int rc = vfs_allocate(t, o->file, 0, size);
    return rc == -EOPNOTSUPP ? STATUS_SUCCESS : nt_from_errno(rc, NT_SITE_DATA);
}

/* [MS-FSA] 2.1.5.14.14: a POSIX file is valid up to its end (holes read as zeros), so what may be
 * asked for is true already. */
ntstatus nt_set_valid_data_length(struct task *t, struct nt_open *o, uint64_t size)
{
    NT_TRY(size_check(o, size));
    nt_break_for_write(t, o);
    struct vfs_stat st = {0};
    NT_TRY(nt_from_errno(vfs_stat(t, o->file, &st), NT_SITE_DATA));
    if (o->stream || size > st.size_bytes)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}
