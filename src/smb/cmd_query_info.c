/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_INFO, [MS-SMB2] 3.3.5.20: asks the store for everything about the file (or volume) and
 * encodes the class that was asked for, within the client's buffer. */
#include "nt/short_name.h"
#include "proto/ea.h"
#include "proto/file_info.h"
#include "proto/fs_info.h"
#include "proto/info.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "proto/smb2_error.h"
#include "smb/cmd.h"
#include "wire/utf16.h"

#define FIXED_BYTES_MAX 512u /* of any class, without names */
#define QUOTA_NONE UINT64_MAX

/* Rights a class takes, [MS-SMB2] 3.3.5.20.1; the others are open to every handle. */
static uint32_t file_class_access(uint8_t class)
{
    switch (class) {
    case FILE_BASIC_INFORMATION:
    case FILE_ALL_INFORMATION:
    case FILE_NETWORK_OPEN_INFORMATION:
    case FILE_ATTRIBUTE_TAG_INFORMATION:
        return FILE_READ_ATTRIBUTES;
    case FILE_FULL_EA_INFORMATION:
        return FILE_READ_EA;
    default:
        return 0;
    }
}

static struct file_info file_info_of(const struct nt_info *i)
{
    struct file_info f = {
        .creation_time = i->net.times.creation,
        .last_access_time = i->net.times.last_access,
        .last_write_time = i->net.times.last_write,
        .change_time = i->net.times.change,
        .attributes = i->net.attributes,
        .reparse_tag = i->reparse_tag,
        .allocation_size = i->net.allocation_size,
        .end_of_file = i->net.end_of_file,
        .links = i->links,
        .delete_pending = i->delete_pending,
        .directory = i->directory,
        .index_number = i->index_number,
        .volume_serial = i->volume_id,
        .ea_size = i->ea_size,
        .access = i->granted_access,
        .position = i->position,
        .mode = i->mode,
        .compressed_size = i->net.end_of_file,
        .name = i->name,
    };
    memcpy(f.file_id, &i->index_number, sizeof(i->index_number));
    return f;
}

static ntstatus query_plain(struct task *t, struct smb_request *req, struct nt_open *open,
                            const struct query_info_req *in)
{
    struct nt_info info;
    NT_TRY(nt_query_info(t, open, &info));
    struct file_info f = file_info_of(&info);
    char short_name[NT_SHORT_NAME_SIZE];
    nt_short_name(strrchr(f.name, '\\') + 1, short_name);
    f.short_name = short_name[0] ? short_name : NULL;
    ssize_t name_bytes = utf16_size(f.name);
    size_t bound = FIXED_BYTES_MAX + (size_t)MAX(name_bytes, (ssize_t)0);
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, MIN(in->output_bytes_max, bound), &out));
    ntstatus s = file_info_write(&out.w, in->info_class, &f);
    if (!nt_is_error(s))
        cmd_output_end(req, &out);
    return s;
}

static ntstatus query_streams(struct task *t, struct smb_request *req, struct nt_open *open,
                              const struct query_info_req *in)
{
    struct nt_stream *streams;
    size_t count;
    NT_TRY(nt_query_streams(t, open, &req->arena, &streams, &count));
    size_t bound = FIXED_BYTES_MAX;
    for (size_t i = 0; i < count; i++)
        bound += 32 + 2 * strlen(streams[i].name);
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, MIN(in->output_bytes_max, bound), &out));
    struct stream_writer w = stream_writer_of(&out.w);
    bool all = true;
    for (size_t i = 0; i < count && all; i++)
        all = stream_writer_add(&w, streams[i].name, streams[i].size, streams[i].allocation_size);
    cmd_output_end(req, &out);
    return all ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

/* The attributes named, in the order of their names; one that the file has not is answered with
 * an empty value, [MS-FSA] 2.1.5.11.10. */
static ntstatus ea_pick(struct smb_request *req, struct span names, struct ea_list *list)
{
    struct ea_list wanted;
    if (!ea_names_read(names, &req->arena, &wanted))
        return STATUS_EA_LIST_INCONSISTENT;
    for (unsigned i = 0; i < wanted.count; i++)
        for (unsigned j = 0; j < list->count; j++)
            if (strcasecmp(wanted.items[i].name, list->items[j].name) == 0)
                wanted.items[i] = list->items[j];
    *list = wanted;
    return STATUS_SUCCESS;
}

static ntstatus query_ea(struct task *t, struct smb_request *req, struct nt_open *open,
                         const struct query_info_req *in)
{
    struct span chain;
    NT_TRY(nt_query_ea(t, open, &req->arena, &chain));
    struct ea_list list;
    if (!ea_list_read(chain, &req->arena, &list))
        return STATUS_EA_CORRUPT_ERROR;
    if (in->input.len)
        NT_TRY(ea_pick(req, in->input, &list));
    unsigned first = 0;
    if (in->flags & SMB2_QUERY_INFO_INDEX_SPECIFIED)
        first = MAX(in->additional_information, 1u) - 1;
    if (list.count == 0)
        return STATUS_NO_EAS_ON_FILE;
    if (first >= list.count)
        return STATUS_NONEXISTENT_EA_ENTRY;
    size_t bound = FIXED_BYTES_MAX;
    for (unsigned i = first; i < list.count; i++)
        bound += ea_size(&list.items[i]) + 4;
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, MIN(in->output_bytes_max, bound), &out));
    struct ea_writer w = ea_writer_of(&out.w);
    bool single = in->flags & SMB2_QUERY_INFO_RETURN_SINGLE_ENTRY;
    for (unsigned i = first; i < (single ? first + 1 : list.count); i++) {
        if (ea_writer_add(&w, &list.items[i]))
            continue;
        if (i == first)
            return STATUS_BUFFER_TOO_SMALL;
        cmd_output_end(req, &out);
        return STATUS_BUFFER_OVERFLOW;
    }
    cmd_output_end(req, &out);
    return STATUS_SUCCESS;
}

/* [MS-SMB2] 3.3.5.20.1 */
static ntstatus query_file(struct task *t, struct smb_request *req, struct nt_open *open,
                           const struct query_info_req *in)
{
    uint8_t class = in->info_class;
    size_t size_min = file_info_size_min(class);
    if (class == FILE_NORMALIZED_NAME_INFORMATION && req->conn->dialect < SMB2_DIALECT_311)
        return STATUS_NOT_SUPPORTED;
    if (size_min == 0 && class != FILE_FULL_EA_INFORMATION && class != FILE_STREAM_INFORMATION)
        return STATUS_INVALID_INFO_CLASS;
    if (in->output_bytes_max < size_min)
        return STATUS_INFO_LENGTH_MISMATCH;
    uint32_t needed = file_class_access(class);
    if ((nt_open_access(open) & needed) != needed)
        return STATUS_ACCESS_DENIED;
    switch (class) {
    case FILE_STREAM_INFORMATION:
        return query_streams(t, req, open, in);
    case FILE_FULL_EA_INFORMATION:
        return query_ea(t, req, open, in);
    default:
        return query_plain(t, req, open, in);
    }
}

static struct fs_info fs_info_of(const struct nt_fs_info *n, bool read_only)
{
    return (struct fs_info){
        .creation_time = n->creation_time,
        .serial_number = (uint32_t)(n->serial ^ n->serial >> 32),
        .label = n->label,
        .total_units = n->unit_total,
        .caller_free_units = n->unit_free_caller,
        .actual_free_units = n->unit_free_actual,
        .sectors_per_unit = n->sectors_per_unit,
        .bytes_per_sector = n->bytes_per_sector,
        .device_type = FILE_DEVICE_DISK,
        .characteristics = FILE_DEVICE_IS_MOUNTED | (read_only ? FILE_READ_ONLY_DEVICE : 0),
        .attributes = n->attributes,
        .component_units_max = n->name_length_max,
        .fs_name = "NTFS", /* clients take other names as a hint to expect less */
        .default_quota_threshold = QUOTA_NONE,
        .default_quota_limit = QUOTA_NONE,
        .object_id = n->object_id,
        .physical_bytes_per_sector = n->bytes_per_sector * n->sectors_per_unit,
        .sector_flags = SSINFO_FLAGS_ALIGNED_DEVICE | SSINFO_FLAGS_PARTITION_ALIGNED,
    };
}

/* [MS-SMB2] 3.3.5.20.2 */
static ntstatus query_fs(struct task *t, struct smb_request *req, struct nt_open *open,
                         const struct query_info_req *in)
{
    size_t size_min = fs_info_size_min(in->info_class);
    if (size_min == 0)
        return STATUS_INVALID_INFO_CLASS;
    if (in->output_bytes_max < size_min)
        return STATUS_INFO_LENGTH_MISMATCH;
    struct nt_fs_info info;
    NT_TRY(nt_query_fs(t, open, &info));
    struct fs_info f = fs_info_of(&info, req->tree->share->config.read_only);
    size_t bound = FIXED_BYTES_MAX + 2 * strlen(info.label);
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, MIN(in->output_bytes_max, bound), &out));
    ntstatus s = fs_info_write(&out.w, in->info_class, &f);
    if (!nt_is_error(s))
        cmd_output_end(req, &out);
    return s;
}

/* [MS-SMB2] 3.3.5.20.3: all or nothing, and then the size that it takes. */
static ntstatus query_security(struct task *t, struct smb_request *req, struct nt_open *open,
                               const struct query_info_req *in)
{
    struct span sd;
    NT_TRY(nt_query_security(t, open, in->additional_information, &req->arena, &sd));
    if (sd.len > in->output_bytes_max) {
        NT_TRY(smb_request_room(req, FIXED_BYTES_MAX));
        smb2_too_small_error_rsp_write(&req->out, (uint32_t)sd.len,
                                       req->conn->dialect >= SMB2_DIALECT_311);
        req->body_stands = true;
        return STATUS_BUFFER_TOO_SMALL;
    }
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, sd.len, &out));
    wr_span(&out.w, sd);
    cmd_output_end(req, &out);
    return STATUS_SUCCESS;
}

ntstatus smb_cmd_query_info(struct task *t, struct smb_request *req)
{
    struct query_info_req in;
    if (!query_info_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    NT_TRY(smb_request_payload(req, (uint32_t)in.input.len, in.output_bytes_max));
    if (!open->nt)
        return STATUS_NOT_SUPPORTED;
    switch (in.info_type) {
    case SMB2_INFO_FILE:
        return query_file(t, req, open->nt, &in);
    case SMB2_INFO_FILESYSTEM:
        return query_fs(t, req, open->nt, &in);
    case SMB2_INFO_SECURITY:
        return query_security(t, req, open->nt, &in);
    case SMB2_INFO_QUOTA:
        return STATUS_NOT_SUPPORTED;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}
