/* SPDX-License-Identifier: Apache-2.0
 *
 * Share modes, [MS-FSA] 2.1.5.1.2: each open says what it does (access) and what it bears in others
 * (share access); two opens go together when each bears what the other does.  Only reading, writing
 * and deleting count; an open that does none of them neither disturbs nor is disturbed. */
#include "nt/state.h"

#define ACCESS_READS (FILE_READ_DATA | FILE_EXECUTE)
#define ACCESS_WRITES (FILE_WRITE_DATA | FILE_APPEND_DATA)

/* What an open does, in the bits of share access. */
static uint32_t share_needed(uint32_t access)
{
    return (access & ACCESS_READS ? NT_SHARE_READ : 0) |
           (access & ACCESS_WRITES ? NT_SHARE_WRITE : 0) |
           (access & ACCESS_DELETE ? NT_SHARE_DELETE : 0);
}

bool nt_share_compatible(uint32_t access_a, uint32_t share_a, uint32_t access_b, uint32_t share_b)
{
    ASSERT((share_a & ~NT_SHARE_ALL) == 0);
    ASSERT((share_b & ~NT_SHARE_ALL) == 0);
    uint32_t a = share_needed(access_a);
    uint32_t b = share_needed(access_b);
    if (a == 0 || b == 0)
        return true;
    return (a & ~share_b) == 0 && (b & ~share_a) == 0;
}

/* Deleting a file deletes its streams: [MS-FSA] 2.1.5.1.2.2. */
bool nt_share_allows_streams_locked(const struct nt_node *n, uint32_t access, uint32_t share)
{
    if (!n->file)
        return n->streams_keep == 0 || !(access & ACCESS_DELETE);
    if (!nt_share_keeps_stream(access, share))
        return true;
    list_each(&n->file->opens, struct nt_open, node_link, o) {
        if (o->access & ACCESS_DELETE)
            return false;
    }
    return true;
}

bool nt_share_keeps_stream(uint32_t access, uint32_t share)
{
    return share_needed(access) && !(share & NT_SHARE_DELETE);
}

bool nt_share_allows_locked(const struct nt_node *n, uint32_t access, uint32_t share)
{
    ASSERT(n->magic == NT_MAGIC_NODE);
    if (share_needed(access) == 0)
        return true;
    list_each(&n->opens, struct nt_open, node_link, o) {
        if (!nt_share_compatible(access, share, o->access, o->share_access))
            return false;
    }
    return true;
}
