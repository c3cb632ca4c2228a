/* SPDX-License-Identifier: Apache-2.0
 *
 * Open files from the client's side: each function is one request. */
#include "client/call.h"
#include "proto/close_flush.h"
#include "proto/fsctl.h"
#include "proto/info.h"
#include "proto/ioctl.h"
#include "proto/read_write.h"
#include "proto/sd.h"
#include "proto/query_dir.h"
#include "proto/set_info.h"

#define QUERY_OUTPUT_BYTES 4096u

struct client_call *create_call(struct client_tree *tree, const struct client_open_args *args)
{
    struct arena a;
    arena_init(&a);
    struct client_call *call = NULL;
    struct create_req req = {
        .impersonation_level = SMB2_IMPERSONATION_IMPERSONATION,
        .desired_access = args->access,
        .file_attributes = args->attributes,
        .share_access = args->share,
        .disposition = args->disposition,
        .options = args->options,
    };
    if (client_path_encode(&a, args->path, &req.name)) {
        call = call_new(tree->conn, tree, SMB2_CMD_CREATE, CALL_BODY_BYTES + req.name.len, 0);
        create_req_write(&call->wr, &req);
    }
    arena_fini(&a);
    return call;
}

struct client_call *close_call(struct client_tree *tree, struct smb2_file_id id)
{
    struct client_call *call = call_new(tree->conn, tree, SMB2_CMD_CLOSE, CALL_BODY_BYTES, 0);
    struct close_req req = {.file_id = id};
    close_req_write(&call->wr, &req);
    return call;
}

ntstatus client_open(struct task *t, struct client_tree *tree, const struct client_open_args *args,
                     struct client_file **ret_file)
{
    struct client_call *call CLEANUP(call_free) = create_call(tree, args);
    if (!call)
        return STATUS_OBJECT_NAME_INVALID;
    NT_TRY(call_run(t, call));
    struct create_rsp rsp;
    if (!create_rsp_read(&call->body, &rsp))
        return conn_offended(tree->conn);
    struct client_file *f = NEW(struct client_file);
    f->tree = tree;
    f->id = rsp.file_id;
    f->info = rsp;
    f->info.contexts = (struct create_contexts_rsp){0}; /* views into the answer */
    *ret_file = f;
    return STATUS_SUCCESS;
}

ntstatus client_close(struct task *t, struct client_file *f)
{
    if (!f)
        return STATUS_SUCCESS;
    struct client_call *call CLEANUP(call_free) = close_call(f->tree, f->id);
    free(f);
    return call_run(t, call);
}

const struct create_rsp *client_file_info(const struct client_file *f)
{
    return &f->info;
}

/* No more than the credits the server ever gave us can pay for. */
static uint32_t io_max(const struct client_conn *c, uint32_t negotiated)
{
    if (!c->multi_credit)
        return 65536;
    uint64_t payable = 65536ull * MAX(1u, c->credits + c->credits_flying);
    return (uint32_t)MIN((uint64_t)negotiated, payable);
}

uint32_t client_read_max(const struct client_tree *tree)
{
    return io_max(tree->conn, tree->conn->read_max);
}

uint32_t client_write_max(const struct client_tree *tree)
{
    return io_max(tree->conn, tree->conn->write_max);
}

struct client_call *read_call(struct client_file *f, uint64_t offset, uint32_t len)
{
    struct read_req req = {.padding = SMB2_READ_RSP_DATA_AT,
                           .length = len,
                           .offset = offset,
                           .file_id = f->id};
    struct client_call *call =
        call_new(f->tree->conn, f->tree, SMB2_CMD_READ, CALL_BODY_BYTES, len);
    read_req_write(&call->wr, &req);
    return call;
}

ntstatus read_take(struct client_call *call, struct mspan to, size_t *ret_len)
{
    struct read_rsp rsp;
    if (!read_rsp_read(&call->body, &rsp) || rsp.data.len > to.len)
        return conn_offended(call->conn);
    if (rsp.data.len)
        memcpy(to.p, rsp.data.p, rsp.data.len);
    *ret_len = rsp.data.len;
    return STATUS_SUCCESS;
}

ntstatus client_read(struct task *t, struct client_file *f, uint64_t offset, struct mspan to,
                     size_t *ret_len)
{
    *ret_len = 0;
    struct client_call *call CLEANUP(call_free) = read_call(f, offset, (uint32_t)to.len);
    ntstatus status = call_run(t, call);
    bool part_of_message = nt_is(status, STATUS_BUFFER_OVERFLOW); /* of a pipe */
    return nt_ok(status) || part_of_message ? read_take(call, to, ret_len) : status;
}

ntstatus client_write_begin(struct task *t, struct client_file *f, uint64_t offset, uint32_t len,
                            struct client_write *ret_write)
{
    struct client_conn *c = f->tree->conn;
    NT_TRY(c->broken);
    struct client_call *call =
        call_new(c, f->tree, SMB2_CMD_WRITE, SMB2_WRITE_REQ_DATA_AT + (size_t)len, len);
    struct write_req req = {.offset = offset, .file_id = f->id, .length = len};
    write_req_head_write(&call->wr, &req);
    uint8_t *payload = wr_reserve(&call->wr, len);
    ASSERT(payload && wr_pos(&call->wr) == SMB2_WRITE_REQ_DATA_AT + (size_t)len);
    *ret_write = (struct client_write){call, mspan_of(payload, len)};
    return STATUS_SUCCESS;
}

ntstatus write_take(struct client_call *call, uint32_t len)
{
    struct write_rsp rsp;
    if (!write_rsp_read(&call->body, &rsp) || rsp.count > len)
        return conn_offended(call->conn);
    return rsp.count == len ? STATUS_SUCCESS : STATUS_DISK_FULL;
}

ntstatus client_write_finish(struct task *t, struct client_write *w, uint32_t len)
{
    struct client_call *call CLEANUP(call_free) = TAKE(w->call);
    ASSERT(len <= w->payload.len);
    if (len == 0)
        return STATUS_SUCCESS;
    if (len < w->payload.len) { /* the head names the length: two words after StructureSize */
        struct wr head = wr_of(mspan_of(call->wr.base + SMB2_HEADER_SIZE + 4, 4));
        wr_u32(&head, len);
        call->wr.at -= w->payload.len - len;
    }
    NT_TRY(call_run(t, call));
    return write_take(call, len);
}

ntstatus client_flush(struct task *t, struct client_file *f)
{
    struct client_call *call CLEANUP(call_free) =
        call_new(f->tree->conn, f->tree, SMB2_CMD_FLUSH, CALL_BODY_BYTES, 0);
    struct flush_req req = {.file_id = f->id};
    flush_req_write(&call->wr, &req);
    return call_run(t, call);
}

struct client_call *set_info_call(struct client_tree *tree, const struct set_info_args *args)
{
    struct set_info_req req = {.info_type = SMB2_INFO_FILE,
                               .info_class = args->info_class,
                               .buffer = args->buffer,
                               .file_id = args->id};
    struct client_call *call = call_new(tree->conn, tree, SMB2_CMD_SET_INFO,
                                        CALL_BODY_BYTES + args->buffer.len,
                                        (uint32_t)args->buffer.len);
    set_info_req_write(&call->wr, &req);
    return call;
}

static ntstatus set_info(struct task *t, struct client_file *f, uint8_t info_class,
                         struct span buffer)
{
    struct set_info_args args = {f->id, info_class, buffer};
    struct client_call *call CLEANUP(call_free) = set_info_call(f->tree, &args);
    return call_run(t, call);
}

ntstatus client_set_end_of_file(struct task *t, struct client_file *f, uint64_t size)
{
    uint8_t bytes[8];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    set_u64_info_write(&w, &(struct set_u64_info){.value = size});
    return set_info(t, f, FILE_END_OF_FILE_INFORMATION, wr_written(&w));
}

ntstatus client_set_times(struct task *t, struct client_file *f, uint64_t access, uint64_t write)
{
    uint8_t bytes[40];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    set_basic_info_write(
        &w, &(struct set_basic_info){.last_access_time = access, .last_write_time = write});
    return set_info(t, f, FILE_BASIC_INFORMATION, wr_written(&w));
}

bool rename_encode(struct arena *a, const char *new_path, bool replace, struct span *ret_buffer)
{
    struct set_rename_info info = {.flags = replace ? FILE_RENAME_REPLACE_IF_EXISTS : 0};
    if (!client_path_encode(a, new_path, &info.name))
        return false;
    size_t room = info.name.len + 32;
    struct wr w = wr_of(mspan_of(arena_alloc(a, room), room));
    set_rename_info_write(&w, false, &info);
    ASSERT(wr_done(&w));
    *ret_buffer = wr_written(&w);
    return true;
}

ntstatus client_rename(struct task *t, struct client_file *f, const char *new_path, bool replace)
{
    struct arena a;
    struct span buffer;
    arena_init(&a);
    ntstatus status = STATUS_OBJECT_NAME_INVALID;
    if (rename_encode(&a, new_path, replace, &buffer))
        status = set_info(t, f, FILE_RENAME_INFORMATION, buffer);
    arena_fini(&a);
    return status;
}

struct client_call *query_call(struct client_tree *tree, struct smb2_file_id id)
{
    struct client_call *call =
        call_new(tree->conn, tree, SMB2_CMD_QUERY_INFO, CALL_BODY_BYTES, QUERY_OUTPUT_BYTES);
    struct query_info_req req = {.info_type = SMB2_INFO_FILE,
                                 .info_class = FILE_NETWORK_OPEN_INFORMATION,
                                 .output_bytes_max = QUERY_OUTPUT_BYTES,
                                 .file_id = id};
    query_info_req_write(&call->wr, &req);
    return call;
}

ntstatus query_take(struct client_call *call, struct file_info *ret_info)
{
    struct output_rsp rsp;
    struct span name;
    struct file_info info = {0};
    if (!output_rsp_read(&call->body, &rsp) ||
        !file_info_read(rsp.output, FILE_NETWORK_OPEN_INFORMATION, &info, &name))
        return conn_offended(call->conn);
    *ret_info = info;
    return STATUS_SUCCESS;
}

ntstatus client_fstat(struct task *t, struct client_file *f, struct file_info *ret_info)
{
    struct client_call *call CLEANUP(call_free) = query_call(f->tree, f->id);
    NT_TRY(call_run(t, call));
    return query_take(call, ret_info);
}

/* An FSCTL; the output is a view into *ret_call's answer, which the caller frees. */
static ntstatus fsctl(struct task *t, struct client_file *f, struct ioctl_req *req,
                      struct client_call **ret_call, struct span *ret_output)
{
    req->file_id = f->id;
    req->flags = SMB2_IOCTL_IS_FSCTL;
    uint32_t payload = MAX((uint32_t)req->input.len, req->output_bytes_max);
    struct client_call *call CLEANUP(call_free) =
        call_new(f->tree->conn, f->tree, SMB2_CMD_IOCTL, CALL_BODY_BYTES + req->input.len, payload);
    ioctl_req_write(&call->wr, req);
    ntstatus status = call_run(t, call);
    if (!nt_ok(status) && !nt_is(status, STATUS_BUFFER_OVERFLOW))
        return status;
    struct ioctl_rsp rsp;
    if (!ioctl_rsp_read(&call->body, &rsp) || rsp.output.len > req->output_bytes_max)
        return conn_offended(call->conn);
    *ret_output = rsp.output;
    *ret_call = TAKE(call);
    return status;
}

ntstatus client_set_sparse(struct task *t, struct client_file *f)
{
    struct ioctl_req req = {.ctl_code = FSCTL_SET_SPARSE};
    struct client_call *call CLEANUP(call_free) = NULL;
    struct span output;
    return fsctl(t, f, &req, &call, &output);
}

#define RANGES_OUTPUT_BYTES 65536u

/* What of the answer lies within the range and behind what came before. */
static struct client_ranges ranges_decode(struct span output, struct client_range within,
                                          struct arena *a)
{
    struct client_ranges ranges = {ARENA_ARRAY(a, struct client_range, output.len / 16 + 1), 0};
    uint64_t at = within.offset, end = within.offset + MIN(within.length, UINT64_MAX - at);
    for (; output.len >= 16; output = span_of(output.p + 16, output.len - 16)) {
        struct file_range r;
        if (!file_range_read(span_of(output.p, 16), &r))
            continue;
        uint64_t r_end = MIN(end, r.offset + r.length); /* both below 2^63 */
        uint64_t r_at = MAX(at, r.offset);
        if (r_at >= r_end)
            continue;
        ranges.items[ranges.count++] = (struct client_range){r_at, r_end - r_at};
        at = r_end;
    }
    return ranges;
}

ntstatus client_allocated_ranges(struct task *t, struct client_file *f, struct client_range within,
                                 struct arena *a, struct client_ranges *ret_ranges)
{
    uint8_t input[16];
    struct wr w = wr_of(mspan_of(input, sizeof(input)));
    file_range_write(&w, &(struct file_range){within.offset, within.length});
    struct ioctl_req req = {.ctl_code = FSCTL_QUERY_ALLOCATED_RANGES,
                            .input = wr_written(&w),
                            .output_bytes_max = RANGES_OUTPUT_BYTES};
    struct client_call *call CLEANUP(call_free) = NULL;
    struct span output = {0};
    ntstatus status = fsctl(t, f, &req, &call, &output);
    if (!nt_ok(status) && !nt_is(status, STATUS_BUFFER_OVERFLOW))
        return status;
    *ret_ranges = ranges_decode(output, within, a);
    /* more to come, but nothing that leads on from here */
    return nt_ok(status) || ret_ranges->count ? status : STATUS_INVALID_PARAMETER;
}
