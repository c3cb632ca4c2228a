/* SPDX-License-Identifier: Apache-2.0
 *
 * The workstation service, [MS-WKST]: who this machine is, as browsers ask before they list
 * shares.  Only NetrWkstaGetInfo; every other operation is a fault. */
#include "proto/ndr.h"
#include "smb/rpc.h"

enum { OP_WKSTA_GET_INFO = 0 };

/* [MS-WKST] 2.2.5.1 to 2.2.5.3: each level is the one before and a field more. */
static void wksta_info_write(struct ndr_out *o, uint32_t level, const struct rpc_host *host)
{
    ndr_wr_pointer(o);
    ndr_wr_u32(o, PLATFORM_ID_NT);
    ndr_wr_pointer(o);
    ndr_wr_pointer(o);
    ndr_wr_u32(o, SERVER_VERSION_MAJOR);
    ndr_wr_u32(o, SERVER_VERSION_MINOR);
    if (level >= 101)
        ndr_wr_pointer(o);
    if (level >= 102)
        ndr_wr_u32(o, 0); /* logged-on users: nobody works at this machine */
    ndr_wr_string(o, host->server_name);
    ndr_wr_string(o, host->domain);
    if (level >= 101)
        ndr_wr_string(o, "");
}

static uint32_t wksta_get_info(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    ndr_rd_skip_unique_string(in, c->arena);
    uint32_t level = ndr_rd_u32(in);
    if (!rd_done(in))
        return RPC_FAULT_BAD_STUB_DATA;
    struct ndr_out o = ndr_out_of(out);
    bool known = level >= 100 && level <= 102;
    ndr_wr_u32(&o, level);
    if (known)
        wksta_info_write(&o, level, c->host);
    else
        ndr_wr_null(&o);
    ndr_wr_u32(&o, known ? WERR_OK : WERR_INVALID_LEVEL);
    return RPC_OK;
}

static uint32_t wkssvc_call(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    return c->opnum == OP_WKSTA_GET_INFO ? wksta_get_info(c, in, out) : RPC_FAULT_OP_RANGE;
}

const struct rpc_interface rpc_wkssvc = {
    .pipe_name = "wkssvc",
    .uuid = {{0x98, 0xd0, 0xff, 0x6b, 0x12, 0xa1, 0x10, 0x36, 0x98, 0x33, 0x46, 0xc3, 0xf8, 0x7e,
              0x34, 0x5a}},
    .version_major = 1,
    .version_minor = 0,
    .call = wkssvc_call,
};
