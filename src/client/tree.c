/* SPDX-License-Identifier: Apache-2.0
 *
 * Trees, and how names get to the wire. */
#include "base/limits.h"
#include "client/call.h"
#include "proto/tree.h"
#include "wire/utf16.h"

#define PATH_BYTES_MAX (2 * LIMIT_PATH_UNITS_MAX)

struct span utf16_encode(struct arena *a, const char *s)
{
    ssize_t size = utf16_size(s);
    if (size < 0 || size > (ssize_t)PATH_BYTES_MAX)
        return (struct span){0};
    uint8_t *bytes = arena_alloc(a, (size_t)size + 2);
    struct wr w = wr_of(mspan_of(bytes, (size_t)size));
    if (!wr_utf16(&w, s) || !wr_done(&w))
        return (struct span){0};
    return span_of(bytes, (size_t)size);
}

bool client_path_encode(struct arena *a, const char *path, struct span *ret_utf16)
{
    path += strspn(path, "/");
    char *trimmed = arena_strndup(a, path, strlen(path));
    size_t len = strlen(trimmed);
    while (len > 0 && trimmed[len - 1] == '/')
        trimmed[--len] = '\0';
    for (size_t i = 0; i < len; i++)
        if (trimmed[i] == '/')
            trimmed[i] = '\\';
    struct span s = utf16_encode(a, trimmed);
    if (!s.p)
        return false;
    *ret_utf16 = s;
    return true;
}

/* The answer made into a tree; validated is what remains. */
static ntstatus tree_take(struct client_call *call, struct client_tree **ret_tree)
{
    struct client_conn *c = call->conn;
    struct tree_connect_rsp rsp;
    if (!tree_connect_rsp_read(&call->body, &rsp))
        return conn_offended(c);
    bool encrypt = rsp.share_flags & SMB2_SHARE_FLAG_ENCRYPT_DATA;
    if (encrypt && !c->seal_out)
        return STATUS_ACCESS_DENIED;
    struct client_tree *tree = NEW(struct client_tree);
    tree->conn = c;
    tree->tree_id = call->header.tree_id;
    tree->encrypt = encrypt;
    *ret_tree = tree;
    return STATUS_SUCCESS;
}

ntstatus client_tree_connect(struct task *t, struct client_conn *c, const char *share,
                             struct client_tree **ret_tree)
{
    struct arena a;
    arena_init(&a);
    struct client_call *call CLEANUP(call_free) = NULL;
    struct tree_connect_req req = {
        .path = utf16_encode(&a, arena_printf(&a, "\\\\%s\\%s", c->host, share))};
    if (req.path.p) {
        call = call_new(c, NULL, SMB2_CMD_TREE_CONNECT, CALL_BODY_BYTES + req.path.len, 0);
        tree_connect_req_write(&call->wr, &req);
    }
    arena_fini(&a);
    if (!call)
        return STATUS_BAD_NETWORK_NAME;
    NT_TRY(call_run(t, call));
    struct client_tree *tree;
    NT_TRY(tree_take(call, &tree));
    ntstatus status = conn_validate_negotiate(t, tree);
    if (!nt_ok(status)) {
        client_tree_disconnect(t, tree);
        return status;
    }
    *ret_tree = tree;
    return STATUS_SUCCESS;
}
