/* SPDX-License-Identifier: Apache-2.0
 *
 * SET_INFO, [MS-SMB2] 3.3.5.21: one function for each class, found by table. */
#include "proto/info.h"
#include "proto/set_info.h"
#include "smb/cmd.h"

typedef ntstatus set_fn(struct task *t, struct smb_request *req, struct nt_open *open,
                        struct span in);

static ntstatus set_basic(struct task *t, struct smb_request *req, struct nt_open *open,
                          struct span in)
{
    struct set_basic_info i;
    if (!set_basic_info_read(in, &i))
        return STATUS_INVALID_PARAMETER;
    struct nt_times times = {
        .creation = i.creation_time,
        .last_access = i.last_access_time,
        .last_write = i.last_write_time,
        .change = i.change_time,
    };
    return nt_set_basic(t, open, &times, i.attributes);
}

static ntstatus rename_or_link(struct task *t, struct smb_request *req, struct nt_open *open,
                               const struct set_rename_info *i, bool link)
{
    const char *name;
    if (i->root_directory != 0)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(cmd_name(req, i->name, &name));
    if (name[0] == '\\')
        name++; /* some clients count from the root of the share so */
    uint32_t flags = (i->flags & FILE_RENAME_REPLACE_IF_EXISTS) ? NT_RENAME_REPLACE : 0;
    if (i->flags & FILE_RENAME_POSIX_SEMANTICS)
        flags |= NT_RENAME_POSIX;
    return link ? nt_link(t, open, name, flags) : nt_rename(t, open, name, flags);
}

static ntstatus set_rename(struct task *t, struct smb_request *req, struct nt_open *open,
                           struct span in)
{
    struct set_rename_info i;
    if (!set_rename_info_read(in, false, &i))
        return STATUS_INVALID_PARAMETER;
    return rename_or_link(t, req, open, &i, false);
}

static ntstatus set_rename_ex(struct task *t, struct smb_request *req, struct nt_open *open,
                              struct span in)
{
    struct set_rename_info i;
    if (!set_rename_info_read(in, true, &i))
        return STATUS_INVALID_PARAMETER;
    return rename_or_link(t, req, open, &i, false);
}

static ntstatus set_link(struct task *t, struct smb_request *req, struct nt_open *open,
                         struct span in)
{
    struct set_rename_info i;
    if (!set_rename_info_read(in, false, &i))
        return STATUS_INVALID_PARAMETER;
    return rename_or_link(t, req, open, &i, true);
}

static ntstatus disposition(struct task *t, struct nt_open *open, struct span in, bool ex)
{
    static_assert(FILE_DISPOSITION_DELETE == NT_DISPOSITION_DELETE &&
                      FILE_DISPOSITION_POSIX_SEMANTICS == NT_DISPOSITION_POSIX &&
                      FILE_DISPOSITION_ON_CLOSE == NT_DISPOSITION_ON_CLOSE &&
                      FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE == NT_DISPOSITION_IGNORE_READONLY,
                  "these travel as they are");
    struct set_disposition_info i;
    if (!set_disposition_info_read(in, ex, &i))
        return STATUS_INVALID_PARAMETER;
    return nt_set_disposition(t, open,
                              i.flags & (NT_DISPOSITION_DELETE | NT_DISPOSITION_POSIX |
                                         NT_DISPOSITION_ON_CLOSE |
                                         NT_DISPOSITION_IGNORE_READONLY));
}

static ntstatus set_disposition(struct task *t, struct smb_request *req, struct nt_open *open,
                                struct span in)
{
    return disposition(t, open, in, false);
}

static ntstatus set_disposition_ex(struct task *t, struct smb_request *req, struct nt_open *open,
                                   struct span in)
{
    return disposition(t, open, in, true);
}

static ntstatus set_position(struct task *t, struct smb_request *req, struct nt_open *open,
                             struct span in)
{
    struct set_u64_info i;
    return set_u64_info_read(in, &i) ? nt_set_position(open, i.value) : STATUS_INVALID_PARAMETER;
}

static ntstatus set_mode(struct task *t, struct smb_request *req, struct nt_open *open,
                         struct span in)
{
    struct set_mode_info i;
    return set_mode_info_read(in, &i) ? nt_set_mode(open, i.mode) : STATUS_INVALID_PARAMETER;
}

static ntstatus set_allocation(struct task *t, struct smb_request *req, struct nt_open *open,
                               struct span in)
{
    struct set_u64_info i;
    if (!set_u64_info_read(in, &i))
        return STATUS_INVALID_PARAMETER;
    return nt_set_allocation(t, open, i.value);
}

static ntstatus set_end_of_file(struct task *t, struct smb_request *req, struct nt_open *open,
                                struct span in)
{
    struct set_u64_info i;
    if (!set_u64_info_read(in, &i))
        return STATUS_INVALID_PARAMETER;
    return nt_set_end_of_file(t, open, i.value);
}

static ntstatus set_valid_data_length(struct task *t, struct smb_request *req,
                                      struct nt_open *open, struct span in)
{
    struct set_u64_info i;
    if (!set_u64_info_read(in, &i))
        return STATUS_INVALID_PARAMETER;
    return nt_set_valid_data_length(t, open, i.value);
}

static ntstatus set_full_ea(struct task *t, struct smb_request *req, struct nt_open *open,
                            struct span in)
{
    return nt_set_ea(t, open, in);
}

static set_fn *const file_classes[] = {
    [FILE_BASIC_INFORMATION] = set_basic,
    [FILE_RENAME_INFORMATION] = set_rename,
    [FILE_LINK_INFORMATION] = set_link,
    [FILE_DISPOSITION_INFORMATION] = set_disposition,
    [FILE_POSITION_INFORMATION] = set_position,
    [FILE_FULL_EA_INFORMATION] = set_full_ea,
    [FILE_MODE_INFORMATION] = set_mode,
    [FILE_ALLOCATION_INFORMATION] = set_allocation,
    [FILE_END_OF_FILE_INFORMATION] = set_end_of_file,
    [FILE_VALID_DATA_LENGTH_INFORMATION] = set_valid_data_length,
    [FILE_DISPOSITION_INFORMATION_EX] = set_disposition_ex,
    [FILE_RENAME_INFORMATION_EX] = set_rename_ex,
};

/* [MS-SMB2] 3.3.5.21.1 */
static ntstatus set_file(struct task *t, struct smb_request *req, struct nt_open *open,
                         const struct set_info_req *in)
{
    uint8_t class = in->info_class;
    set_fn *fn = class < ARRAY_LEN(file_classes) ? file_classes[class] : NULL;
    if (!fn)
        return class == FILE_SHORT_NAME_INFORMATION ? STATUS_NOT_SUPPORTED
                                                    : STATUS_INVALID_INFO_CLASS;
    if (in->buffer.len < set_info_size_min(class))
        return STATUS_INFO_LENGTH_MISMATCH;
    return fn(t, req, open, in->buffer);
}

ntstatus smb_cmd_set_info(struct task *t, struct smb_request *req)
{
    struct set_info_req in;
    if (!set_info_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    NT_TRY(smb_request_payload(req, (uint32_t)in.buffer.len, 0));
    if (!open->nt)
        return STATUS_NOT_SUPPORTED;
    switch (in.info_type) {
    case SMB2_INFO_FILE:
        NT_TRY(set_file(t, req, open->nt, &in));
        break;
    case SMB2_INFO_SECURITY:
        NT_TRY(nt_set_security(t, open->nt, in.additional_information, in.buffer));
        break;
    case SMB2_INFO_FILESYSTEM: /* labels, quotas, object ids of volumes: the administrator's */
    case SMB2_INFO_QUOTA:
        return STATUS_NOT_SUPPORTED;
    default:
        return STATUS_INVALID_PARAMETER;
    }
    set_info_rsp_write(&req->out);
    return STATUS_SUCCESS;
}
