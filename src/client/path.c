/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to a path in one round trip: CREATE, one more request on the file it opens, and
 * CLOSE, as a chain of related requests. */
#include "client/call.h"
#include "proto/sd.h"
#include "proto/set_info.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static const struct smb2_file_id previous_file = {SMB2_ID_ALL_ONES, SMB2_ID_ALL_ONES};

ntstatus client_stat(struct task *t, struct client_tree *tree, const char *path,
                     struct file_info *ret_info)
{
    struct client_open_args args = {
        .path = path,
        .access = FILE_READ_ATTRIBUTES,
        .share = SHARE_ALL,
        .disposition = FILE_OPEN,
    };
    struct client_call *create CLEANUP(call_free) = create_call(tree, &args);
    if (!create)
        return STATUS_OBJECT_NAME_INVALID;
    struct client_call *query CLEANUP(call_free) = query_call(tree, previous_file);
    struct client_call *close CLEANUP(call_free) = close_call(tree, previous_file);
    struct client_call *chain[] = {create, query, close};
    NT_TRY(chain_run(t, chain, ARRAY_LEN(chain)));
    return query_take(query, ret_info);
}

ntstatus client_mkdir(struct task *t, struct client_tree *tree, const char *path)
{
    struct client_open_args args = {
        .path = path,
        .access = FILE_READ_ATTRIBUTES,
        .share = SHARE_ALL,
        .options = FILE_DIRECTORY_FILE,
        .disposition = FILE_CREATE,
    };
    struct client_call *create CLEANUP(call_free) = create_call(tree, &args);
    if (!create)
        return STATUS_OBJECT_NAME_INVALID;
    struct client_call *close CLEANUP(call_free) = close_call(tree, previous_file);
    struct client_call *chain[] = {create, close};
    return chain_run(t, chain, ARRAY_LEN(chain));
}

/* Opens for deletion or renaming, sets, closes. */
static ntstatus entry_change(struct task *t, struct client_tree *tree,
                             const struct client_open_args *args,
                             const struct set_info_args *change)
{
    struct client_call *create CLEANUP(call_free) = create_call(tree, args);
    if (!create)
        return STATUS_OBJECT_NAME_INVALID;
    struct client_call *set CLEANUP(call_free) = set_info_call(tree, change);
    struct client_call *close CLEANUP(call_free) = close_call(tree, previous_file);
    struct client_call *chain[] = {create, set, close};
    return chain_run(t, chain, ARRAY_LEN(chain));
}

/* Not by FILE_DELETE_ON_CLOSE, which leaves a directory that is not empty without a word. */
ntstatus client_remove(struct task *t, struct client_tree *tree, const char *path, bool directory)
{
    struct client_open_args args = {
        .path = path,
        .access = ACCESS_DELETE,
        .share = SHARE_ALL,
        .options = FILE_OPEN_REPARSE_POINT |
                   (directory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE),
        .disposition = FILE_OPEN,
    };
    uint8_t bytes[8];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    struct set_disposition_info info = {FILE_DISPOSITION_DELETE};
    set_disposition_info_write(&w, false, &info);
    ASSERT(wr_done(&w));
    struct set_info_args change = {previous_file, FILE_DISPOSITION_INFORMATION, wr_written(&w)};
    return entry_change(t, tree, &args, &change);
}

ntstatus client_move(struct task *t, struct client_tree *tree, const struct client_move_args *args)
{
    struct client_open_args open = {
        .path = args->from,
        .access = ACCESS_DELETE | FILE_READ_ATTRIBUTES,
        .share = SHARE_ALL,
        .options = FILE_OPEN_REPARSE_POINT,
        .disposition = FILE_OPEN,
    };
    struct arena a;
    arena_init(&a);
    struct set_info_args change = {previous_file, FILE_RENAME_INFORMATION, {0}};
    ntstatus status = STATUS_OBJECT_NAME_INVALID;
    if (rename_encode(&a, args->to, args->replace, &change.buffer))
        status = entry_change(t, tree, &open, &change);
    arena_fini(&a);
    return status;
}
