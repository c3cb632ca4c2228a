/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies within the server.  A resume key is the FileId of the source and the session's id; it
 * names nothing outside the session that asked for it. */
#include "proto/sd.h"
#include "smb/ioctl.h"

#define CHUNK_BYTES_MAX (1u << 20)
#define COPY_BYTES_MAX (16u << 20) /* in one request */
#define ACCESS_READS (FILE_READ_DATA | FILE_EXECUTE)

ntstatus ioctl_resume_key(struct ioctl_call *c)
{
    struct resume_key key;
    struct wr w = wr_of(mspan_of(key.key, sizeof(key.key)));
    wr_smb2_file_id(&w, c->open->id);
    wr_u64(&w, c->req->session->id);
    resume_key_rsp_write(&c->out, &key);
    return STATUS_SUCCESS;
}

/* The open that a key names; its user from here on. */
static struct smb_open *source_find(const struct smb_request *req,
                                    const uint8_t key[RESUME_KEY_SIZE])
{
    struct rd r = rd_of(span_of(key, RESUME_KEY_SIZE));
    struct smb2_file_id id = rd_smb2_file_id(&r);
    if (rd_u64(&r) != req->session->id)
        return NULL;
    return smb_open_find(req->session, id);
}

/* [MS-SMB2] 3.3.5.15.6 */
static bool within_limits(const struct copychunk_req *copy)
{
    if (copy->count > COPYCHUNKS_MAX)
        return false;
    uint64_t total = 0;
    for (uint32_t i = 0; i < copy->count; i++) {
        uint32_t length = copy->chunks[i].length;
        if (length == 0 || length > CHUNK_BYTES_MAX)
            return false;
        total += length;
    }
    return total <= COPY_BYTES_MAX;
}

/* [MS-SMB2] 3.3.5.15.6.1: INVALID_PARAMETER with our limits in place of counts. */
static ntstatus limits_answer(struct ioctl_call *c)
{
    struct copychunk_rsp limits = {
        .chunks_written = COPYCHUNKS_MAX,
        .chunk_bytes_written = CHUNK_BYTES_MAX,
        .total_bytes_written = COPY_BYTES_MAX,
    };
    copychunk_rsp_write(&c->out, &limits);
    c->req->body_stands = true;
    return STATUS_INVALID_PARAMETER;
}

static ntstatus chunks_copy(struct ioctl_call *c, struct nt_open *from,
                            const struct copychunk_req *copy)
{
    struct copychunk_rsp rsp = {0};
    ntstatus s = STATUS_SUCCESS;
    for (uint32_t i = 0; i < copy->count && nt_ok(s); i++) {
        const struct copychunk *chunk = &copy->chunks[i];
        struct nt_copy_args args = {
            .from = from,
            .from_offset = chunk->source_offset,
            .to_offset = chunk->target_offset,
            .length = chunk->length,
        };
        s = nt_copy(c->t, c->file, &args);
        if (nt_ok(s)) {
            rsp.chunks_written++;
            rsp.total_bytes_written += chunk->length;
        }
    }
    copychunk_rsp_write(&c->out, &rsp);
    c->req->body_stands = true; /* how far it came is told with a failure, too */
    return s;
}

ntstatus ioctl_copychunk(struct ioctl_call *c)
{
    struct copychunk_req *copy = ARENA_NEW(&c->req->arena, struct copychunk_req);
    if (!copychunk_req_read(c->in->input, copy))
        return STATUS_INVALID_PARAMETER;
    CLEANUP(smb_open_release) struct smb_open *source = source_find(c->req, copy->source_key);
    if (!source || !source->nt)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NT_TRY(smb_tree_admits(source->tree, c->req)); /* it may be another than the request's */
    if (!within_limits(copy))
        return limits_answer(c);
    uint32_t to = nt_open_access(c->file);
    uint32_t from = nt_open_access(source->nt);
    bool reads_target = c->in->ctl_code == FSCTL_SRV_COPYCHUNK;
    if (!(from & ACCESS_READS) || !(to & (FILE_WRITE_DATA | FILE_APPEND_DATA)) ||
        (reads_target && !(to & FILE_READ_DATA)))
        return STATUS_ACCESS_DENIED;
    if (nt_open_is_directory(c->file) || nt_open_is_directory(source->nt))
        return STATUS_INVALID_DEVICE_REQUEST;
    return chunks_copy(c, source->nt, copy);
}
