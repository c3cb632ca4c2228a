/* SPDX-License-Identifier: Apache-2.0
 *
 * The server service, [MS-SRVS]: the list of shares, one share, the server, its clock.  What shows
 * other people's business (sessions, open files, connections) is refused as Windows refuses it to
 * all but administrators; what changes the server is not there.  The path of a share on the
 * server's own disk is nobody's business either and stays empty. */
#include "base/upcase.h"
#include "proto/ndr.h"
#include "smb/rpc.h"

enum {
    OP_CONNECTION_ENUM = 8,
    OP_FILE_ENUM = 9,
    OP_FILE_GET_INFO = 10,
    OP_SESSION_ENUM = 12,
    OP_SHARE_ENUM = 15,
    OP_SHARE_GET_INFO = 16,
    OP_SERVER_GET_INFO = 21,
    OP_REMOTE_TOD = 28,
    OP_NAME_VALIDATE = 33,
    OP_SHARE_ENUM_STICKY = 36,
};

#define USERS_UNLIMITED 0xFFFFFFFFu
#define SERVER_TYPE 0x00009003u /* workstation, server, NT, NT server */
#define NAME_TYPE_SHARE 9u
#define SHARE_NAME_UNITS_MAX 80u

static bool share_level_known(uint32_t level)
{
    return level <= 2 || level == 501 || level == 502;
}

/* [MS-SRVS] 2.2.4.22 to 2.2.4.26: the part of an entry in front of the strings … */
static void share_write_fixed(struct ndr_out *o, uint32_t level, const struct rpc_share *s)
{
    ndr_wr_pointer(o);
    if (level == 0)
        return;
    ndr_wr_u32(o, s->type);
    ndr_wr_pointer(o);
    if (level == 501)
        ndr_wr_u32(o, 0); /* client-side caching: manual */
    if (level == 1 || level == 501)
        return;
    ndr_wr_u32(o, 0); /* share permissions: unused by user-level security */
    ndr_wr_u32(o, USERS_UNLIMITED);
    ndr_wr_u32(o, s->uses);
    ndr_wr_pointer(o);
    ndr_wr_null(o); /* no password */
    if (level == 502) {
        ndr_wr_u32(o, 0); /* no security descriptor */
        ndr_wr_null(o);
    }
}

/* … and the strings its pointers point to. */
static void share_write_strings(struct ndr_out *o, uint32_t level, const struct rpc_share *s)
{
    ndr_wr_string(o, s->name);
    if (level == 0)
        return;
    ndr_wr_string(o, s->comment);
    if (level == 2 || level == 502)
        ndr_wr_string(o, "");
}

/* The shares to be listed; in the call's arena. */
static unsigned shares_collect(const struct rpc_call *c, struct rpc_share **ret_shares)
{
    struct rpc_share *shares;
    unsigned listed = 0;
    unsigned total = c->host->shares(c->host, c->arena, &shares);
    for (unsigned i = 0; i < total; i++)
        if (!shares[i].hidden)
            shares[listed++] = shares[i];
    *ret_shares = shares;
    return listed;
}

static void share_list_write(struct ndr_out *o, uint32_t level, const struct rpc_share *shares,
                             unsigned count)
{
    ndr_wr_pointer(o);
    ndr_wr_u32(o, count);
    ndr_wr_pointer(o);
    ndr_wr_u32(o, count);
    for (unsigned i = 0; i < count; i++)
        share_write_fixed(o, level, &shares[i]);
    for (unsigned i = 0; i < count; i++)
        share_write_strings(o, level, &shares[i]);
}

/* NetrShareEnum and NetrShareEnumSticky, [MS-SRVS] 3.1.4.8, 3.1.4.9.  Everything is answered at
 * once, whatever the client's preferred length, so that there is never anything to resume. */
static uint32_t share_enum(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    ndr_rd_skip_unique_string(in, c->arena);
    uint32_t level = ndr_rd_u32(in);
    if (ndr_rd_u32(in) != level)
        rd_fail(in);
    bool known = c->opnum == OP_SHARE_ENUM ? share_level_known(level) : level == 502;
    if (ndr_rd_pointer(in)) {
        (void)ndr_rd_u32(in); /* count */
        if (ndr_rd_pointer(in))
            rd_fail(in);
    }
    (void)ndr_rd_u32(in); /* preferred maximum length */
    bool resumable = ndr_rd_pointer(in);
    if (resumable)
        (void)ndr_rd_u32(in);
    if (!rd_done(in))
        return RPC_FAULT_BAD_STUB_DATA;

    struct rpc_share *shares = NULL;
    unsigned count = known ? shares_collect(c, &shares) : 0;
    struct ndr_out o = ndr_out_of(out);
    ndr_wr_u32(&o, level);
    ndr_wr_u32(&o, level);
    if (known)
        share_list_write(&o, level, shares, count);
    else
        ndr_wr_null(&o); /* whoever asks for a level knows it as a pointer */
    ndr_wr_u32(&o, count);
    if (resumable) {
        ndr_wr_pointer(&o);
        ndr_wr_u32(&o, 0);
    } else {
        ndr_wr_null(&o);
    }
    ndr_wr_u32(&o, known ? WERR_OK : WERR_INVALID_LEVEL);
    return RPC_OK;
}

static bool share_find(const struct rpc_call *c, const char *name, struct rpc_share *ret_share)
{
    struct rpc_share *shares;
    unsigned total = c->host->shares(c->host, c->arena, &shares);
    for (unsigned i = 0; i < total; i++) {
        if (name_equal_folded(shares[i].name, name)) {
            *ret_share = shares[i];
            return true;
        }
    }
    return false;
}

/* NetrShareGetInfo, [MS-SRVS] 3.1.4.10. */
static uint32_t share_get_info(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    ndr_rd_skip_unique_string(in, c->arena);
    const char *name = ndr_rd_string(in, c->arena);
    uint32_t level = ndr_rd_u32(in);
    if (!rd_done(in))
        return RPC_FAULT_BAD_STUB_DATA;
    struct ndr_out o = ndr_out_of(out);
    struct rpc_share share;
    uint32_t result = !share_level_known(level)      ? WERR_INVALID_LEVEL
                      : !share_find(c, name, &share) ? WERR_NET_NAME_NOT_FOUND
                                                     : WERR_OK;
    ndr_wr_u32(&o, level);
    if (result == WERR_OK) {
        ndr_wr_pointer(&o);
        share_write_fixed(&o, level, &share);
        share_write_strings(&o, level, &share);
    } else {
        ndr_wr_null(&o);
    }
    ndr_wr_u32(&o, result);
    return RPC_OK;
}

/* [MS-SRVS] 2.2.4.40 to 2.2.4.42 */
static void server_info_write(struct ndr_out *o, uint32_t level, const struct rpc_host *host)
{
    ndr_wr_pointer(o);
    ndr_wr_u32(o, PLATFORM_ID_NT);
    ndr_wr_pointer(o);
    if (level >= 101) {
        ndr_wr_u32(o, SERVER_VERSION_MAJOR);
        ndr_wr_u32(o, SERVER_VERSION_MINOR);
        ndr_wr_u32(o, SERVER_TYPE);
        ndr_wr_pointer(o);
    }
    if (level >= 102) {
        ndr_wr_u32(o, USERS_UNLIMITED);
        ndr_wr_u32(o, 0xFFFFFFFFu); /* never disconnects the idle */
        ndr_wr_u32(o, 0);           /* not hidden */
        ndr_wr_u32(o, 0);           /* no browser announcements */
        ndr_wr_u32(o, 0);
        ndr_wr_u32(o, 0); /* licences */
        ndr_wr_pointer(o);
    }
    ndr_wr_string(o, host->server_name);
    if (level >= 101)
        ndr_wr_string(o, host->comment);
    if (level >= 102)
        ndr_wr_string(o, ""); /* user path */
}

static uint32_t server_get_info(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    ndr_rd_skip_unique_string(in, c->arena);
    uint32_t level = ndr_rd_u32(in);
    if (!rd_done(in))
        return RPC_FAULT_BAD_STUB_DATA;
    struct ndr_out o = ndr_out_of(out);
    bool known = level >= 100 && level <= 102;
    ndr_wr_u32(&o, level);
    if (known)
        server_info_write(&o, level, c->host);
    else
        ndr_wr_null(&o);
    ndr_wr_u32(&o, known ? WERR_OK : WERR_INVALID_LEVEL);
    return RPC_OK;
}

/* NetrRemoteTOD, [MS-SRVS] 3.1.4.21, 2.2.4.105: the clock in UTC and the zone in minutes west. */
static uint32_t remote_tod(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    ndr_rd_skip_unique_string(in, c->arena);
    if (!rd_done(in))
        return RPC_FAULT_BAD_STUB_DATA;
    struct tm utc, local;
    time_t seconds = c->now.tv_sec;
    gmtime_r(&seconds, &utc);
    localtime_r(&seconds, &local);
    struct ndr_out o = ndr_out_of(out);
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, (uint32_t)seconds);
    ndr_wr_u32(&o, (uint32_t)(c->uptime_us / 1000));
    ndr_wr_u32(&o, (uint32_t)utc.tm_hour);
    ndr_wr_u32(&o, (uint32_t)utc.tm_min);
    ndr_wr_u32(&o, (uint32_t)utc.tm_sec);
    ndr_wr_u32(&o, (uint32_t)(c->now.tv_nsec / 10000000));
    ndr_wr_u32(&o, (uint32_t)(-local.tm_gmtoff / 60));
    ndr_wr_u32(&o, 310); /* length of a tick in tenths of milliseconds, as Windows says */
    ndr_wr_u32(&o, (uint32_t)utc.tm_mday);
    ndr_wr_u32(&o, (uint32_t)utc.tm_mon + 1);
    ndr_wr_u32(&o, (uint32_t)utc.tm_year + 1900);
    ndr_wr_u32(&o, (uint32_t)utc.tm_wday);
    ndr_wr_u32(&o, WERR_OK);
    return RPC_OK;
}

static bool share_name_valid(const char *name)
{
    ssize_t bytes = utf16_size(name);
    if (bytes <= 0 || (size_t)bytes / 2 > SHARE_NAME_UNITS_MAX)
        return false;
    for (const char *s = name; *s; s++)
        if ((unsigned char)*s < 0x20 || strchr("\"\\/[]:|<>+=;,*?", *s))
            return false;
    return true;
}

/* NetprNameValidate, [MS-SRVS] 3.1.4.31, for the names of shares. */
static uint32_t name_validate(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    ndr_rd_skip_unique_string(in, c->arena);
    const char *name = ndr_rd_string(in, c->arena);
    uint32_t type = ndr_rd_u32(in);
    (void)ndr_rd_u32(in); /* flags */
    if (!rd_done(in))
        return RPC_FAULT_BAD_STUB_DATA;
    struct ndr_out o = ndr_out_of(out);
    ndr_wr_u32(&o, type != NAME_TYPE_SHARE    ? WERR_NOT_SUPPORTED
                   : !share_name_valid(name) ? WERR_INVALID_NAME
                                             : WERR_OK);
    return RPC_OK;
}

static uint32_t srvsvc_call(const struct rpc_call *c, struct rd *in, struct wr *out)
{
    switch (c->opnum) {
    case OP_SHARE_ENUM:
    case OP_SHARE_ENUM_STICKY:
        return share_enum(c, in, out);
    case OP_SHARE_GET_INFO:
        return share_get_info(c, in, out);
    case OP_SERVER_GET_INFO:
        return server_get_info(c, in, out);
    case OP_REMOTE_TOD:
        return remote_tod(c, in, out);
    case OP_NAME_VALIDATE:
        return name_validate(c, in, out);
    case OP_CONNECTION_ENUM:
    case OP_FILE_ENUM:
    case OP_FILE_GET_INFO:
    case OP_SESSION_ENUM:
        return RPC_FAULT_ACCESS_DENIED;
    default:
        return RPC_FAULT_OP_RANGE;
    }
}

const struct rpc_interface rpc_srvsvc = {
    .pipe_name = "srvsvc",
    .uuid = {{0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 0x01, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e,
              0xe1, 0x88}},
    .version_major = 3,
    .version_minor = 0,
    .call = srvsvc_call,
};
