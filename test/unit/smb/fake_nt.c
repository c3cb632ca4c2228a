/* SPDX-License-Identifier: Apache-2.0
 *
 * The fake store. */
#include "fake_nt.h"

#include <stdio.h>

struct nt_open fake_open;
struct nt_create_args fake_create_args;
struct nt_create_result fake_create_result;

void fake_reset(void)
{
    memset(&fake_open, 0, sizeof(fake_open));
    memset(&fake_create_result, 0, sizeof(fake_create_result));
    fake_open.access = 0x001F01FF;
    fake_open.lock_refused_at = UINT64_MAX;
    fake_open.info.name = "\\dir\\file";
    fake_open.fs.label = "label";
}

static ntstatus note(struct nt_open *o, const char *call, uint64_t number)
{
    snprintf(o->last_call, sizeof(o->last_call), "%s", call);
    o->last_number = number;
    return o->answer;
}

struct nt_volume *nt_volume_ref(struct nt_volume *v)
{
    return v;
}

void nt_volume_unref(struct nt_volume *v)
{
    (void)v;
}

ntstatus nt_create(struct task *t, struct nt_volume *v, const struct nt_caller *caller,
                   const struct nt_create_args *args, struct nt_create_result *ret_result)
{
    fake_create_args = *args;
    snprintf(fake_open.last_name, sizeof(fake_open.last_name), "%s", args->name);
    fake_open.on_break = args->on_break;
    fake_open.break_arg = args->break_arg;
    *ret_result = fake_create_result;
    ret_result->open = &fake_open;
    return fake_open.answer;
}

ntstatus nt_close(struct task *t, struct nt_open *o, struct nt_net_open *ret_info)
{
    o->closes++;
    if (ret_info)
        *ret_info = o->info.net;
    return o->answer;
}

uint32_t nt_open_access(const struct nt_open *o)
{
    return o->access;
}

bool nt_open_is_directory(const struct nt_open *o)
{
    return o->directory;
}

const char *nt_open_name(struct nt_open *o)
{
    return o->info.name;
}

ntstatus nt_read(struct task *t, struct nt_open *o, uint64_t offset, struct mspan to,
                 size_t *ret_len)
{
    NT_TRY(note(o, "read", offset));
    if (offset >= o->size && to.len)
        return STATUS_END_OF_FILE;
    size_t len = offset >= o->size ? 0 : MIN(to.len, o->size - (size_t)offset);
    memcpy(to.p, o->data + offset, len);
    *ret_len = len;
    return STATUS_SUCCESS;
}

ntstatus nt_write(struct task *t, struct nt_open *o, uint64_t offset, struct span from,
                  bool write_through)
{
    o->last_flags = write_through;
    NT_TRY(note(o, "write", offset));
    memcpy(o->data + offset, from.p, from.len);
    o->size = MAX(o->size, (size_t)offset + from.len);
    return STATUS_SUCCESS;
}

ntstatus nt_flush(struct task *t, struct nt_open *o)
{
    return note(o, "flush", 0);
}

ntstatus nt_query_info(struct task *t, struct nt_open *o, struct nt_info *ret_info)
{
    NT_TRY(o->answer);
    *ret_info = o->info;
    return STATUS_SUCCESS;
}

ntstatus nt_query_streams(struct task *t, struct nt_open *o, struct arena *a,
                          struct nt_stream **ret_streams, size_t *ret_count)
{
    *ret_streams = o->streams;
    *ret_count = o->stream_count;
    return o->answer;
}

ntstatus nt_query_ea(struct task *t, struct nt_open *o, struct arena *a, struct span *ret_chain)
{
    *ret_chain = o->ea;
    return o->answer;
}

ntstatus nt_set_ea(struct task *t, struct nt_open *o, struct span chain)
{
    return note(o, "set_ea", chain.len);
}

ntstatus nt_query_security(struct task *t, struct nt_open *o, uint32_t security_information,
                           struct arena *a, struct span *ret_sd)
{
    o->last_flags = security_information;
    *ret_sd = o->sd;
    return o->answer;
}

ntstatus nt_set_security(struct task *t, struct nt_open *o, uint32_t security_information,
                         struct span sd)
{
    o->last_flags = security_information;
    return note(o, "set_security", sd.len);
}

ntstatus nt_set_basic(struct task *t, struct nt_open *o, const struct nt_times *times,
                      uint32_t attributes)
{
    o->last_flags = attributes;
    return note(o, "set_basic", times->last_write);
}

ntstatus nt_set_end_of_file(struct task *t, struct nt_open *o, uint64_t size)
{
    return note(o, "set_end_of_file", size);
}

ntstatus nt_set_allocation(struct task *t, struct nt_open *o, uint64_t size)
{
    return note(o, "set_allocation", size);
}

ntstatus nt_set_valid_data_length(struct task *t, struct nt_open *o, uint64_t size)
{
    return note(o, "set_valid_data_length", size);
}

ntstatus nt_set_position(struct nt_open *o, uint64_t position)
{
    return note(o, "set_position", position);
}

ntstatus nt_set_mode(struct nt_open *o, uint32_t mode)
{
    return note(o, "set_mode", mode);
}

ntstatus nt_set_disposition(struct task *t, struct nt_open *o, uint32_t flags)
{
    return note(o, "set_disposition", flags);
}

ntstatus nt_rename(struct task *t, struct nt_open *o, const char *new_name, uint32_t flags)
{
    snprintf(o->last_name, sizeof(o->last_name), "%s", new_name);
    return note(o, "rename", flags);
}

ntstatus nt_link(struct task *t, struct nt_open *o, const char *new_name, uint32_t flags)
{
    snprintf(o->last_name, sizeof(o->last_name), "%s", new_name);
    return note(o, "link", flags);
}

ntstatus nt_dir_begin(struct task *t, struct nt_open *o, const char *pattern, uint32_t flags)
{
    snprintf(o->pattern, sizeof(o->pattern), "%s", pattern);
    o->dir_flags = flags;
    if (flags)
        o->name_at = 0;
    return o->answer;
}

ntstatus nt_dir_next(struct task *t, struct nt_open *o, struct nt_dir_entry *ret_entry)
{
    if (o->name_at >= o->name_count)
        return o->name_count ? STATUS_NO_MORE_FILES : STATUS_NO_SUCH_FILE;
    *ret_entry = (struct nt_dir_entry){.name = o->names[o->name_at++], .file_id = o->name_at};
    return STATUS_SUCCESS;
}

void nt_dir_push_back(struct nt_open *o)
{
    o->name_at--;
}

ntstatus nt_lock(struct task *t, struct nt_open *o, const struct nt_lock_range *range, bool wait)
{
    o->lock_calls++;
    NT_TRY(o->answer);
    if (range->offset == o->lock_refused_at)
        return wait ? STATUS_CANCELLED : STATUS_LOCK_NOT_GRANTED;
    o->locks[o->lock_count++] = *range;
    return STATUS_SUCCESS;
}

ntstatus nt_unlock(struct task *t, struct nt_open *o, uint64_t offset, uint64_t length)
{
    for (unsigned i = 0; i < o->lock_count; i++) {
        if (o->locks[i].offset != offset || o->locks[i].length != length)
            continue;
        o->locks[i] = o->locks[--o->lock_count];
        return STATUS_SUCCESS;
    }
    return STATUS_RANGE_NOT_LOCKED;
}

ntstatus nt_oplock_ack(struct nt_open *o, enum nt_oplock_level level)
{
    return note(o, "oplock_ack", level);
}

ntstatus nt_lease_ack(const struct nt_lease_key *key, uint32_t state)
{
    return note(&fake_open, "lease_ack", state);
}

ntstatus nt_notify(struct task *t, struct nt_open *o, const struct nt_notify_args *args,
                   struct nt_change **ret_changes, size_t *ret_count)
{
    static struct nt_change change = {.action = 1, .name = "new.txt"};
    o->last_flags = args->filter;
    *ret_changes = &change;
    *ret_count = 1;
    return o->answer;
}

ntstatus nt_query_fs(struct task *t, struct nt_open *o, struct nt_fs_info *ret_info)
{
    *ret_info = o->fs;
    return o->answer;
}

ntstatus nt_set_sparse(struct task *t, struct nt_open *o, bool sparse)
{
    return note(o, "set_sparse", sparse);
}

ntstatus nt_zero_data(struct task *t, struct nt_open *o, uint64_t from, uint64_t to)
{
    o->last_flags = (uint32_t)from;
    return note(o, "zero_data", to);
}

ntstatus nt_allocated_ranges(struct task *t, struct nt_open *o, struct nt_range within,
                             struct nt_ranges *ranges)
{
    ranges->count = MIN(ranges->max, o->range_count);
    memcpy(ranges->ranges, o->ranges, ranges->count * sizeof(*ranges->ranges));
    return o->range_count > ranges->max ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

ntstatus nt_copy(struct task *t, struct nt_open *to, const struct nt_copy_args *args)
{
    to->copies++;
    return to->answer;
}
