/* SPDX-License-Identifier: Apache-2.0
 *
 * Directories from the client's side.  What the server says is judged: names that lead elsewhere,
 * and listings that never end. */
#include "client/call.h"
#include "proto/query_dir.h"
#include "wire/utf16.h"

#define LIST_OUTPUT_BYTES 65536u
#define LIST_IDLE_MAX 2u /* answers in a row of which nothing is left */

static bool name_is_safe(const char *name)
{
    return *name && !strchr(name, '/') && !strchr(name, '\\');
}

/* Decodes one answer's entries; false when it is malformed or a name could lead elsewhere. */
static bool entries_decode(struct span output, struct arena *a, struct client_dirent **ret_entries,
                           size_t *ret_count)
{
    struct client_dirent *entries = NULL;
    size_t count = 0, room = 0;
    struct dir_entry e;
    while (dir_entry_next(&output, FILE_DIRECTORY_INFORMATION, &e)) {
        char *name = utf16_to_utf8(a, e.name_utf16);
        if (!name || !name_is_safe(name))
            return false;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (count == room) {
            room = room ? 2 * room : 64;
            struct client_dirent *more = ARENA_ARRAY(a, struct client_dirent, room);
            if (count)
                memcpy(more, entries, count * sizeof(*entries));
            entries = more;
        }
        entries[count++] = (struct client_dirent){
            .name = name,
            .end_of_file = e.end_of_file,
            .allocation_size = e.allocation_size,
            .creation_time = e.creation_time,
            .last_access_time = e.last_access_time,
            .last_write_time = e.last_write_time,
            .change_time = e.change_time,
            .attributes = e.attributes,
        };
    }
    *ret_entries = entries;
    *ret_count = count;
    return output.len == 0;
}

/* False when the listing goes in circles or has no end. */
static bool scan_advances(struct client_scan *scan, struct span output, size_t count)
{
    uint64_t hash = hash_bytes(output);
    if (output.len == 0 || (scan->begun && (hash == scan->first || hash == scan->last)))
        return false;
    if (!scan->begun)
        scan->first = hash;
    scan->last = hash;
    scan->begun = true;
    scan->idle = count ? 0 : scan->idle + 1;
    scan->count += count;
    return scan->idle <= LIST_IDLE_MAX && scan->count <= CLIENT_LIST_ENTRIES_MAX;
}

ntstatus client_list(struct task *t, struct client_file *dir, struct arena *a,
                     struct client_dirent **ret_entries, size_t *ret_count)
{
    static const uint8_t star[] = {'*', 0};
    struct client_conn *c = dir->tree->conn;
    uint32_t room = MIN(LIST_OUTPUT_BYTES, c->transact_max);
    struct query_dir_req req = {
        .info_class = FILE_DIRECTORY_INFORMATION,
        .flags = dir->scan.begun ? 0 : SMB2_RESTART_SCANS,
        .file_id = dir->id,
        .pattern = span_of(star, sizeof(star)),
        .output_bytes_max = room,
    };
    struct client_call *call CLEANUP(call_free) =
        call_new(c, dir->tree, SMB2_CMD_QUERY_DIRECTORY, CALL_BODY_BYTES, room);
    query_dir_req_write(&call->wr, &req);
    ntstatus status = call_run(t, call);
    if (nt_is(status, STATUS_NO_SUCH_FILE))
        return STATUS_NO_MORE_FILES;
    NT_TRY(status);
    struct output_rsp rsp;
    struct client_dirent *entries;
    size_t count;
    if (!output_rsp_read(&call->body, &rsp) || rsp.output.len > room ||
        !entries_decode(rsp.output, a, &entries, &count) ||
        !scan_advances(&dir->scan, rsp.output, count))
        return conn_offended(c);
    *ret_entries = entries;
    *ret_count = count;
    return STATUS_SUCCESS;
}
