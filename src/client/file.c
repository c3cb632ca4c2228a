/* SPDX-License-Identifier: Apache-2.0
 *
 * Trees and files from the client's side: each function is one request or one short chain. */
#include "base/limits.h"
#include "client/call.h"
#include "proto/close_flush.h"
#include "proto/fsctl.h"
#include "proto/info.h"
#include "proto/ioctl.h"
#include "proto/query_dir.h"
#include "proto/read_write.h"
#include "proto/sd.h"
#include "proto/set_info.h"
#include "proto/simple.h"
#include "proto/tree.h"
#include "wire/utf16.h"

#define PATH_BYTES_MAX (2 * LIMIT_PATH_UNITS_MAX)

static struct span utf16_encode(struct arena *a, const char *s, bool separators)
{
    ssize_t size = utf16_size(s);
    if (size < 0 || size > (ssize_t)PATH_BYTES_MAX)
        return (struct span){0};
    uint8_t *bytes = arena_alloc(a, (size_t)size + 2);
    struct wr w = wr_of(mspan_of(bytes, (size_t)size));
    if (!wr_utf16(&w, s) || !wr_done(&w))
        return (struct span){0};
    for (ssize_t i = 0; separators && i < size; i += 2)
        if (bytes[i] == '/' && bytes[i + 1] == 0)
            bytes[i] = '\\';
    return span_of(bytes, (size_t)size);
}

bool client_path_encode(struct arena *a, const char *path, struct span *ret_utf16)
{
    path += strspn(path, "/");
    char *trimmed = arena_strndup(a, path, strlen(path));
    size_t len = strlen(trimmed);
    while (len > 0 && trimmed[len - 1] == '/')
        trimmed[--len] = '\0';
    struct span s = utf16_encode(a, trimmed, true);
    if (!s.p)
        return false;
    *ret_utf16 = s;
    return true;
}

ntstatus client_tree_connect(struct task *t, struct client_conn *c, const char *share,
                             struct client_tree **ret_tree)
{
    struct arena a;
    arena_init(&a);
    struct tree_connect_req req = {
        .path = utf16_encode(&a, arena_printf(&a, "\\\\%s\\%s", c->host, share), false)};
    struct client_call *call CLEANUP(call_free) =
        call_new(c, NULL, SMB2_CMD_TREE_CONNECT, CALL_BODY_BYTES + req.path.len, 0);
    tree_connect_req_write(&call->wr, &req);
    arena_fini(&a);
    NT_TRY(call_run(t, call));
    struct tree_connect_rsp rsp;
    if (!tree_connect_rsp_read(&call->body, &rsp))
        return STATUS_INVALID_PARAMETER;
    struct client_tree *tree = NEW(struct client_tree);
    tree->conn = c;
    tree->tree_id = call->header.tree_id;
    tree->encrypt = rsp.share_flags & SMB2_SHARE_FLAG_ENCRYPT_DATA;
    if (tree->encrypt && !c->seal_out) {
        free(tree);
        return STATUS_ACCESS_DENIED;
    }
    ntstatus status = conn_validate_negotiate(t, tree);
    if (!nt_ok(status)) {
        free(tree);
        return status;
    }
    *ret_tree = tree;
    return STATUS_SUCCESS;
}

void client_tree_disconnect(struct task *t, struct client_tree *tree)
{
    if (!tree)
        return;
    if (nt_ok(tree->conn->broken)) {
        struct client_call *call CLEANUP(call_free) =
            call_new(tree->conn, tree, SMB2_CMD_TREE_DISCONNECT, CALL_BODY_BYTES, 0);
        simple_msg_write(&call->wr);
        IGNORE(call_run(t, call));
    }
    free(tree);
}

/* A CREATE ready to be submitted; NULL when the path is not valid. */
static struct client_call *create_call(struct client_tree *tree,
                                       const struct client_open_args *args)
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

static struct client_call *close_call(struct client_tree *tree, struct smb2_file_id id)
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
        return STATUS_INVALID_PARAMETER;
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
    if (!(c->server_capabilities & SMB2_CAP_LARGE_MTU))
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

ntstatus client_read(struct task *t, struct client_file *f, uint64_t offset, struct mspan to,
                     size_t *ret_len)
{
    *ret_len = 0;
    struct read_req req = {.padding = SMB2_READ_RSP_DATA_AT,
                           .length = (uint32_t)to.len,
                           .offset = offset,
                           .file_id = f->id};
    struct client_call *call CLEANUP(call_free) = call_new(
        f->tree->conn, f->tree, SMB2_CMD_READ, CALL_BODY_BYTES, (uint32_t)to.len);
    read_req_write(&call->wr, &req);
    NT_TRY(call_run(t, call));
    struct read_rsp rsp;
    if (!read_rsp_read(&call->body, &rsp) || rsp.data.len > to.len)
        return STATUS_INVALID_PARAMETER;
    memcpy(to.p, rsp.data.p, rsp.data.len);
    *ret_len = rsp.data.len;
    return STATUS_SUCCESS;
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
    struct write_rsp rsp;
    if (!write_rsp_read(&call->body, &rsp))
        return STATUS_INVALID_PARAMETER;
    return rsp.count == len ? STATUS_SUCCESS : STATUS_DISK_FULL;
}

ntstatus client_flush(struct task *t, struct client_file *f)
{
    struct client_call *call CLEANUP(call_free) =
        call_new(f->tree->conn, f->tree, SMB2_CMD_FLUSH, CALL_BODY_BYTES, 0);
    struct flush_req req = {.file_id = f->id};
    flush_req_write(&call->wr, &req);
    return call_run(t, call);
}

static ntstatus set_info(struct task *t, struct client_file *f, uint8_t info_class,
                         struct span buffer)
{
    struct set_info_req req = {.info_type = SMB2_INFO_FILE,
                               .info_class = info_class,
                               .buffer = buffer,
                               .file_id = f->id};
    struct client_call *call CLEANUP(call_free) =
        call_new(f->tree->conn, f->tree, SMB2_CMD_SET_INFO, CALL_BODY_BYTES + buffer.len,
                 (uint32_t)buffer.len);
    set_info_req_write(&call->wr, &req);
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

ntstatus client_rename(struct task *t, struct client_file *f, const char *new_path, bool replace)
{
    struct arena a;
    arena_init(&a);
    struct set_rename_info info = {.flags = replace ? FILE_RENAME_REPLACE_IF_EXISTS : 0};
    ntstatus status = STATUS_OBJECT_NAME_INVALID;
    if (client_path_encode(&a, new_path, &info.name)) {
        size_t room = info.name.len + 32;
        struct wr w = wr_of(mspan_of(arena_alloc(&a, room), room));
        set_rename_info_write(&w, false, &info);
        ASSERT(wr_done(&w));
        status = set_info(t, f, FILE_RENAME_INFORMATION, wr_written(&w));
    }
    arena_fini(&a);
    return status;
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
    if (!ioctl_rsp_read(&call->body, &rsp))
        return STATUS_INVALID_PARAMETER;
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
    struct span output;
    ntstatus status = fsctl(t, f, &req, &call, &output);
    if (!nt_ok(status) && !nt_is(status, STATUS_BUFFER_OVERFLOW))
        return status;
    size_t count = output.len / 16;
    struct client_range *ranges = ARENA_ARRAY(a, struct client_range, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct file_range r;
        if (!file_range_read(span_of(output.p + 16 * i, 16), &r))
            return STATUS_INVALID_PARAMETER;
        ranges[i] = (struct client_range){r.offset, r.length};
    }
    *ret_ranges = (struct client_ranges){ranges, count};
    return status;
}

/* Runs CREATE [+ middle] + CLOSE as one chain.  The status of the first part that failed; the parts
 * stay with the caller. */
static ntstatus chain_run(struct task *t, struct client_call **calls, unsigned count)
{
    NT_TRY(call_submit(t, calls, count));
    ntstatus first = STATUS_SUCCESS;
    for (unsigned i = 0; i < count; i++) {
        ntstatus status = call_wait(t, calls[i]);
        if (nt_ok(first))
            first = status;
    }
    return first;
}

static const struct smb2_file_id previous_file = {SMB2_ID_ALL_ONES, SMB2_ID_ALL_ONES};

ntstatus client_stat(struct task *t, struct client_tree *tree, const char *path,
                     struct file_info *ret_info)
{
    struct client_open_args args = {
        .path = path,
        .access = FILE_READ_ATTRIBUTES,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .disposition = FILE_OPEN,
    };
    struct client_call *create CLEANUP(call_free) = create_call(tree, &args);
    if (!create)
        return STATUS_OBJECT_NAME_INVALID;
    struct client_call *query CLEANUP(call_free) =
        call_new(tree->conn, tree, SMB2_CMD_QUERY_INFO, CALL_BODY_BYTES, 4096);
    struct query_info_req req = {.info_type = SMB2_INFO_FILE,
                                 .info_class = FILE_NETWORK_OPEN_INFORMATION,
                                 .output_bytes_max = 4096,
                                 .file_id = previous_file};
    query_info_req_write(&query->wr, &req);
    struct client_call *close CLEANUP(call_free) = close_call(tree, previous_file);
    struct client_call *chain[] = {create, query, close};
    NT_TRY(chain_run(t, chain, ARRAY_LEN(chain)));
    struct output_rsp rsp;
    struct span name;
    *ret_info = (struct file_info){0};
    if (!output_rsp_read(&query->body, &rsp) ||
        !file_info_read(rsp.output, FILE_NETWORK_OPEN_INFORMATION, ret_info, &name))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static ntstatus create_and_close(struct task *t, struct client_tree *tree,
                                 const struct client_open_args *args)
{
    struct client_call *create CLEANUP(call_free) = create_call(tree, args);
    if (!create)
        return STATUS_OBJECT_NAME_INVALID;
    struct client_call *close CLEANUP(call_free) = close_call(tree, previous_file);
    struct client_call *chain[] = {create, close};
    return chain_run(t, chain, ARRAY_LEN(chain));
}

ntstatus client_mkdir(struct task *t, struct client_tree *tree, const char *path)
{
    struct client_open_args args = {
        .path = path,
        .access = FILE_READ_ATTRIBUTES,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_DIRECTORY_FILE,
        .disposition = FILE_CREATE,
    };
    return create_and_close(t, tree, &args);
}

ntstatus client_remove(struct task *t, struct client_tree *tree, const char *path, bool directory)
{
    struct client_open_args args = {
        .path = path,
        .access = ACCESS_DELETE,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_DELETE_ON_CLOSE | FILE_OPEN_REPARSE_POINT |
                   (directory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE),
        .disposition = FILE_OPEN,
    };
    return create_and_close(t, tree, &args);
}
