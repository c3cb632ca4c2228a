/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_DIRECTORY, [MS-SMB2] 3.3.5.18: entries of the store's scan packed into the client's buffer.
 * A scan has one position, so requests on one open take turns. */
#include "proto/dir_info.h"
#include "proto/fscc.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "smb/cmd.h"

static struct dir_entry entry_of(const struct nt_dir_entry *e)
{
    struct dir_entry d = {
        .file_index = 0, /* positions are not ours to promise */
        .creation_time = e->net.times.creation,
        .last_access_time = e->net.times.last_access,
        .last_write_time = e->net.times.last_write,
        .change_time = e->net.times.change,
        .end_of_file = e->net.end_of_file,
        .allocation_size = e->net.allocation_size,
        .attributes = e->net.attributes,
        .ea_size = e->ea_size,
        .reparse_tag = e->reparse_tag,
        .index_number = e->file_id,
        .name = e->name,
        .short_name = e->short_name[0] ? e->short_name : NULL,
    };
    memcpy(d.file_id, &e->file_id, sizeof(e->file_id));
    return d;
}

/* Fills the buffer.  What ended the scan: SUCCESS when the buffer or the request did. */
static ntstatus scan(struct task *t, struct nt_open *open, const struct query_dir_req *in,
                     struct dir_writer *d)
{
    do {
        struct nt_dir_entry e;
        NT_TRY(nt_dir_next(t, open, &e));
        struct dir_entry entry = entry_of(&e);
        if (dir_writer_add(d, &entry) == DIR_NO_ROOM) {
            nt_dir_push_back(open);
            return d->count ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
        }
    } while (d->count == 0 || !(in->flags & SMB2_RETURN_SINGLE_ENTRY));
    return STATUS_SUCCESS;
}

static ntstatus scan_answer(struct task *t, struct smb_request *req, struct nt_open *open,
                            const struct query_dir_req *in)
{
    const char *pattern;
    NT_TRY(cmd_name(req, in->pattern, &pattern));
    if (strchr(pattern, '\\') || strchr(pattern, '/'))
        return STATUS_OBJECT_NAME_INVALID;
    uint32_t flags = (in->flags & SMB2_RESTART_SCANS) ? NT_DIR_RESTART : 0;
    if (in->flags & SMB2_REOPEN)
        flags |= NT_DIR_REOPEN;
    NT_TRY(nt_dir_begin(t, open, *pattern ? pattern : "*", flags));
    struct cmd_output out;
    NT_TRY(cmd_output_begin(req, in->output_bytes_max, &out));
    struct dir_writer d = dir_writer_of(&out.w, in->info_class);
    ntstatus s = scan(t, open, in, &d);
    if (d.count == 0)
        return nt_ok(s) ? STATUS_NO_MORE_FILES : s;
    cmd_output_end(req, &out);
    return STATUS_SUCCESS;
}

static ntstatus request_check(const struct smb_request *req, const struct query_dir_req *in,
                              const struct nt_open *open)
{
    NT_TRY(smb_request_payload(req, (uint32_t)in->pattern.len, in->output_bytes_max));
    if (!nt_open_is_directory(open))
        return STATUS_INVALID_PARAMETER;
    if (!dir_info_class_is_known(in->info_class))
        return STATUS_INVALID_INFO_CLASS;
    if (in->output_bytes_max < dir_info_size_min(in->info_class))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!(nt_open_access(open) & FILE_LIST_DIRECTORY))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

ntstatus smb_cmd_query_directory(struct task *t, struct smb_request *req)
{
    struct query_dir_req in;
    if (!query_dir_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct nt_open *nt;
    NT_TRY(cmd_file(req, in.file_id, &nt));
    NT_TRY(request_check(req, &in, nt));
    struct smb_open *open = req->open;
    while (open->scanning)
        if (event_wait(t, &open->quiet, EVENT_NO_TIMEOUT) < 0)
            return cmd_cancelled(req, STATUS_FILE_CLOSED);
    open->scanning = true;
    ntstatus s = scan_answer(t, req, nt, &in);
    open->scanning = false; /* who waits is woken when this request leaves the open */
    return s;
}
