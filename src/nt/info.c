/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking and telling an open file its metadata, [MS-FSA] 2.1.5.11 and 2.1.5.14. */
#include "nt/file.h"

#include "task/io.h"
#include "wire/filetime.h"

#include <fcntl.h>

#define MODE_SETTABLE                                                                              \
    (NT_OPTION_WRITE_THROUGH | NT_OPTION_SEQUENTIAL_ONLY | NT_OPTION_NO_INTERMEDIATE_BUFFERING |   \
     NT_OPTION_SYNCHRONOUS_IO_ALERT | NT_OPTION_SYNCHRONOUS_IO_NONALERT)
#define TAG_SYMLINK 0xA000000Cu
#define TIME_FREEZE UINT64_MAX       /* -1: later changes leave the time alone */
#define TIME_THAW (UINT64_MAX - 1)   /* -2: and now they do not any more */

ntstatus nt_open_stat(struct task *t, struct nt_open *o, struct vfs_stat *ret_stat)
{
    NT_TRY(nt_open_times_settle(t, o));
    return nt_from_errno(vfs_stat(t, o->file, ret_stat), NT_SITE_META);
}

ntstatus nt_query_info(struct task *t, struct nt_open *o, struct nt_info *ret_info)
{
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    struct nt_info info = {0};
    NT_TRY(nt_attrs_get(t, &f, &info.net));
    if (o->keep_change_time)
        info.net.times.change = o->kept_change;
    info.index_number = nt_file_id(&st);
    info.volume_id = o->volume->volume_id;
    info.delete_pending = nt_delete_pending(o);
    info.links = st.links;
    if (info.delete_pending && info.links)
        info.links--;
    if (S_ISDIR(st.mode))
        info.links = info.delete_pending ? 0 : 1;
    info.ea_size = nt_ea_size(t, &f);
    info.granted_access = o->access;
    info.mode = o->mode;
    info.reparse_tag = S_ISLNK(st.mode) ? TAG_SYMLINK : 0;
    info.position = o->position;
    info.directory = o->is_directory;
    info.name = nt_open_name(o) - 1;
    *ret_info = info;
    return STATUS_SUCCESS;
}

ntstatus nt_set_position(struct nt_open *o, uint64_t position)
{
    NT_TRY(nt_require_any(o, FILE_READ_DATA | FILE_WRITE_DATA));
    if (position > INT64_MAX)
        return STATUS_INVALID_PARAMETER;
    o->position = position;
    return STATUS_SUCCESS;
}

/* [MS-FSA] 2.1.5.14.8: the two synchronous modes exclude each other. */
ntstatus nt_set_mode(struct nt_open *o, uint32_t mode)
{
    uint32_t synchronous = NT_OPTION_SYNCHRONOUS_IO_ALERT | NT_OPTION_SYNCHRONOUS_IO_NONALERT;
    if ((mode & ~MODE_SETTABLE) || (mode & synchronous) == synchronous)
        return STATUS_INVALID_PARAMETER;
    o->mode = mode;
    return STATUS_SUCCESS;
}

/* ---- basic information -------------------------------------------------------------------- */

static bool time_valid(uint64_t time)
{
    return time <= INT64_MAX || time == TIME_FREEZE || time == TIME_THAW;
}

static ntstatus basic_check(const struct nt_open *o, const struct nt_times *times,
                            uint32_t attributes)
{
    NT_TRY(nt_require_access(o, FILE_WRITE_ATTRIBUTES));
    if (!time_valid(times->creation) || !time_valid(times->last_access) ||
        !time_valid(times->last_write) || !time_valid(times->change))
        return STATUS_INVALID_PARAMETER;
    if (attributes & ~NT_ATTR_VALID)
        return STATUS_INVALID_PARAMETER;
    if ((attributes & NT_ATTR_DIRECTORY) && !o->is_directory)
        return STATUS_INVALID_PARAMETER;
    if ((attributes & NT_ATTR_TEMPORARY) && o->is_directory)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* What vfs_set_times gets for one time, and what the handle remembers of it, 2.1.5.14.2. */
static struct timespec time_take(uint64_t wanted, struct timespec present, bool *keep,
                                 struct timespec *kept)
{
    if (wanted == TIME_THAW)
        *keep = false;
    if (wanted == TIME_FREEZE) {
        *keep = true;
        *kept = present;
    }
    if (wanted == 0 || wanted == TIME_FREEZE || wanted == TIME_THAW)
        return (struct timespec){.tv_nsec = UTIME_OMIT};
    *keep = true;
    *kept = filetime_to_timespec(wanted);
    return *kept;
}

/* POSIX lets only the owner set a time, NT whoever has the right: a copy keeps its times in a
 * directory of several people's, too. */
ntstatus nt_open_times_set(struct task *t, struct nt_open *o, struct timespec access,
                           struct timespec write)
{
    int rc = vfs_set_times(t, o->caller.cred, o->file, access, write);
    if (rc == -EPERM || rc == -EACCES)
        rc = vfs_set_times(t, NULL, o->file, access, write);
    return nt_from_errno(rc, NT_SITE_META);
}

static ntstatus times_apply(struct task *t, struct nt_open *o, const struct nt_times *times,
                            const struct vfs_stat *st)
{
    struct timespec access = time_take(times->last_access, st->access_time, &o->keep_access_time,
                                       &o->kept_access_time);
    struct timespec write = time_take(times->last_write, st->modify_time, &o->keep_write_time,
                                      &o->kept_write_time);
    if (access.tv_nsec == UTIME_OMIT && write.tv_nsec == UTIME_OMIT)
        return STATUS_SUCCESS;
    return nt_open_times_set(t, o, access, write);
}

static bool is_set(uint64_t time)
{
    return time != 0 && time <= INT64_MAX;
}

static void change_take(struct nt_open *o, uint64_t wanted, uint64_t present)
{
    if (wanted == TIME_THAW)
        o->keep_change_time = false;
    if (wanted != TIME_FREEZE && !is_set(wanted))
        return;
    o->keep_change_time = true;
    o->kept_change = is_set(wanted) ? wanted : present;
}

/* Attributes, creation and change time live in one extended attribute: read, changed, written. */
static ntstatus stored_apply(struct task *t, const struct nt_target *f,
                             const struct nt_times *times, uint32_t attributes)
{
    if (!is_set(times->creation) && !is_set(times->change) && !attributes)
        return STATUS_SUCCESS;
    struct nt_dosattrib stored = {0};
    nt_dosattrib_get(t, f->volume, f->file, &stored);
    struct nt_net_open now = {0};
    NT_TRY(nt_attrs_get(t, f, &now));
    struct nt_dosattrib wanted = {
        .has_attributes = true,
        .has_creation = true,
        .has_change = is_set(times->change),
        .attributes = stored.has_attributes ? stored.attributes : now.attributes,
        .creation = is_set(times->creation) ? times->creation : now.times.creation,
        .change = times->change,
        .change_set_at = filetime_from_timespec(io_realtime(task_io(t))),
    };
    if (attributes)
        wanted.attributes = (attributes & NT_ATTR_SETTABLE) |
                            (wanted.attributes & NT_ATTR_SPARSE_FILE);
    return nt_dosattrib_set(t, f, &wanted);
}

ntstatus nt_set_basic(struct task *t, struct nt_open *o, const struct nt_times *times,
                      uint32_t attributes)
{
    NT_TRY(basic_check(o, times, attributes));
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &st, path);
    f.stream = NULL;
    struct nt_info before = {0};
    if (times->change == TIME_FREEZE)
        NT_TRY(nt_query_info(t, o, &before));
    NT_TRY(times_apply(t, o, times, &st));
    NT_TRY(stored_apply(t, &f, times, attributes));
    change_take(o, times->change, before.net.times.change);
    uint32_t filter = (attributes ? NT_NOTIFY_ATTRIBUTES : 0) |
                      (times->creation ? NT_NOTIFY_CREATION : 0) |
                      (times->last_access ? NT_NOTIFY_LAST_ACCESS : 0) |
                      (times->last_write ? NT_NOTIFY_LAST_WRITE : 0);
    if (filter)
        nt_node_changed(t, o, filter);
    return STATUS_SUCCESS;
}
