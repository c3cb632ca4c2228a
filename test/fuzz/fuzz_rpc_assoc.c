/* SPDX-License-Identifier: Apache-2.0
 *
 * An RPC association fed by the input: its first byte says which interface, whether a bind was
 * done already, and in pieces of which size the rest arrives.  Every fragment that comes out must
 * be well-formed, and nothing may come after the association died. */
#include "smb/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool dead;

static bool fragment_check(struct rpc_sink *s, struct span f)
{
    ASSERT(!dead);
    ASSERT(f.len >= 16 && f.len <= 5840);
    ASSERT(f.p[0] == 5 && (f.p[8] | f.p[9] << 8) == (int)f.len);
    return true;
}

static unsigned shares(const struct rpc_host *h, struct arena *a, struct rpc_share **ret_shares)
{
    struct rpc_share *list = ARENA_ARRAY(a, struct rpc_share, 2);
    list[0] = (struct rpc_share){.name = "data", .comment = "Files"};
    list[1] = (struct rpc_share){.name = "IPC$", .comment = "", .type = RPC_SHARE_IPC};
    *ret_shares = list;
    return 2;
}

static void bind(struct rpc_assoc *a, const struct rpc_interface *i, const struct rpc_clock *now)
{
    static const uint8_t ndr[20] = {0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8,
                                    0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2,    0,    0,    0};
    uint8_t buf[128];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    wr_u32(&w, 0x030b0005);
    wr_u32(&w, 0x10);
    wr_u32(&w, 72);
    wr_u32(&w, 1);
    wr_u32(&w, 0x10b810b8);
    wr_u32(&w, 0);
    wr_u32(&w, 1);
    wr_u32(&w, 0x00010000);
    wr_guid(&w, i->uuid);
    wr_u16(&w, i->version_major);
    wr_u16(&w, i->version_minor);
    wr_bytes(&w, ndr, sizeof(ndr));
    bool alive = rpc_assoc_input(a, wr_written(&w), now);
    ASSERT(alive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rpc_host host = {
        .server_name = "BRAID", .domain = "GROUP", .comment = "c", .shares = shares};
    if (size == 0)
        return 0;
    dead = false;
    const struct rpc_interface *i = (data[0] & 1) ? &rpc_srvsvc : &rpc_wkssvc;
    size_t piece = (data[0] & 0xFCu) ? (data[0] & 0xFCu) : size;
    struct rpc_sink sink = {fragment_check};
    struct rpc_assoc *a = rpc_assoc_new(i, &host, &sink);
    struct rpc_clock now = {.now = {.tv_sec = 1700000000}};
    if (data[0] & 2)
        bind(a, i, &now);
    for (size_t at = 1; at < size; at += MIN(piece, size - at))
        dead = !rpc_assoc_input(a, span_of(data + at, MIN(piece, size - at)), &now);
    rpc_assoc_free(a);
    return 0;
}
