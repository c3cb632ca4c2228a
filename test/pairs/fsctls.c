/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels inside IOCTL, and reparse data. */
#include "proto/fsctl.h"
#include "pairs.h"
#include "proto/dcerpc.h"
#include "proto/reparse.h"
#include "proto/srvsvc.h"

#define GUID {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}

PAIR_AGAIN_SPAN(validate_negotiate_req, validate_negotiate_req_read, validate_negotiate_req_write)
PAIR_SAMPLE(validate_negotiate_req, , .capabilities = 0x7F, .client_guid = GUID,
            .security_mode = 1, .dialects = {0x202, 0x210, 0x300, 0x302}, .dialect_count = 4)

PAIR_AGAIN_SPAN(validate_negotiate_rsp, validate_negotiate_rsp_read, validate_negotiate_rsp_write)
PAIR_SAMPLE(validate_negotiate_rsp, , .capabilities = 0x2F, .server_guid = GUID,
            .security_mode = 3, .dialect = 0x302)

static bool network_interfaces_again(struct rd *r, struct wr *w)
{
    struct network_interface list[8];
    unsigned count;
    if (!network_interfaces_read(rd_span(r, rd_left(r)), list, ARRAY_LEN(list), &count))
        return false;
    network_interfaces_write(w, list, count);
    return true;
}

static void network_interfaces_sample(struct wr *w)
{
    static const struct network_interface list[] = {
        {2, NETWORK_INTERFACE_RSS, 1000000000, false, {192, 168, 0, 1}, 0},
        {3, NETWORK_INTERFACE_RDMA, 100000000000, true, {0xfe, 0x80, [15] = 1}, 3},
    };
    network_interfaces_write(w, list, ARRAY_LEN(list));
}

static bool copychunk_req_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct copychunk_req *req = ARENA_NEW(&a, struct copychunk_req);
    bool good = copychunk_req_read(rd_span(r, rd_left(r)), req) && req->count <= COPYCHUNKS_MAX;
    if (good)
        copychunk_req_write(w, req);
    arena_fini(&a);
    return good;
}

static void copychunk_req_sample(struct wr *w)
{
    static const struct copychunk_req req = {
        .source_key = "a key of 24 bytes, opaqu",
        .count = 2,
        .chunks = {{0, 4096, 65536}, {1ull << 40, 0, 1}},
    };
    copychunk_req_write(w, &req);
}

PAIR_AGAIN_SPAN(copychunk_rsp, copychunk_rsp_read, copychunk_rsp_write)
PAIR_SAMPLE(copychunk_rsp, , .chunks_written = 2, .total_bytes_written = 65537)

PAIR_AGAIN_SPAN(resiliency_req, resiliency_req_read, resiliency_req_write)
PAIR_SAMPLE(resiliency_req, , .timeout_ms = 120000)

static bool resume_key_again(struct rd *r, struct wr *w)
{
    struct resume_key key;
    if (!resume_key_rsp_read(rd_span(r, rd_left(r)), &key))
        return false;
    resume_key_rsp_write(w, &key);
    return true;
}

static void resume_key_sample(struct wr *w)
{
    resume_key_rsp_write(w, &(struct resume_key){"a key of 24 bytes, opaqu"});
}

static bool zero_data_req_again(struct rd *r, struct wr *w)
{
    struct file_range range;
    if (!zero_data_req_read(rd_span(r, rd_left(r)), &range))
        return false;
    zero_data_req_write(w, &range);
    return true;
}

static void zero_data_req_sample(struct wr *w)
{
    zero_data_req_write(w, &(struct file_range){4096, 8192});
}

PAIR_AGAIN_SPAN(file_range, file_range_read, file_range_write)
PAIR_SAMPLE(file_range, , .offset = 4096, .length = 1ull << 40)

static bool duplicate_extents_again(struct rd *r, struct wr *w)
{
    struct duplicate_extents_req req;
    struct span in = rd_span(r, rd_left(r));
    bool ex = in.len >= 56;
    if (!duplicate_extents_req_read(in, ex, &req))
        return false;
    duplicate_extents_req_write(w, ex, &req);
    return true;
}

static void duplicate_extents_sample(struct wr *w)
{
    duplicate_extents_req_write(w, false, &(struct duplicate_extents_req){{1, 2}, 3, 4, 5});
}

static void duplicate_extents_sample_ex(struct wr *w)
{
    duplicate_extents_req_write(w, true, &(struct duplicate_extents_req){{1, 2}, 3, 4, 5, 1});
}

static bool reparse_again(struct rd *r, struct wr *w)
{
    struct reparse_buffer b;
    struct reparse_symlink link;
    struct reparse_nfs nfs;
    if (!reparse_buffer_read(rd_span(r, rd_left(r)), &b))
        return false;
    if (b.tag == IO_REPARSE_TAG_SYMLINK && reparse_symlink_read(b.data, &link))
        reparse_symlink_write(w, &link);
    else if (b.tag == IO_REPARSE_TAG_NFS && reparse_nfs_read(b.data, &nfs))
        reparse_nfs_write(w, &nfs);
    else
        reparse_buffer_write(w, &b);
    return true;
}

static void reparse_sample_symlink(struct wr *w)
{
    static const struct reparse_symlink link = {U16("\\??\\C:\\target"), U16("C:\\target"), true};
    reparse_symlink_write(w, &link);
}

static void reparse_sample_nfs(struct wr *w)
{
    reparse_nfs_write(w, &(struct reparse_nfs){NFS_SPECFILE_CHR, {0}, 5, 1});
}

static void reparse_sample_nfs_link(struct wr *w)
{
    static const struct reparse_nfs link = {NFS_SPECFILE_LNK, U16("../target"), 0, 0};
    reparse_nfs_write(w, &link);
}

/* The answers of a server to a client that lists shares.  They have no writer here: what was read
 * is written as the request that asks for it. */
static bool rpc_again(struct rd *r, struct wr *w)
{
    struct dcerpc_header h;
    struct dcerpc_bind_ack ack;
    struct dcerpc_response rsp;
    if (!dcerpc_header_read(r, &h))
        return false;
    if (h.type == DCERPC_BIND_ACK) {
        if (!dcerpc_bind_ack_read(r, &ack))
            return false;
        dcerpc_bind_write(w, &h, &(struct dcerpc_bind){.context_count = ack.context_count});
        return true;
    }
    if (!dcerpc_response_read(r, &h, &rsp))
        return false;
    struct dcerpc_request req = {rsp.context_id, SRVSVC_SHARE_ENUM, rsp.stub};
    dcerpc_request_write(w, h.call_id, &req);
    return true;
}

static void rpc_sample_response(struct wr *w)
{
    dcerpc_request_write(w, 2, &(struct dcerpc_request){0, 0, BYTES("a stub of some length")});
}

static void rpc_sample_bind_ack(struct wr *w)
{
    static const uint8_t ack[] = {5, 0, 12, 3, 16, 0, 0, 0, 60, 0, 0, 0, 1, 0, 0, 0, 0xb8, 0x10,
                                  0xb8, 0x10, 7, 0, 0, 0, 3, 0, 'x', 'y', 0, 0, 0, 0, 1, 0, 0, 0};
    wr_bytes(w, ack, sizeof(ack));
    wr_zero(w, 24);
}

static bool share_list_again(struct rd *r, struct wr *w)
{
    struct arena a;
    arena_init(&a);
    struct srvsvc_share_list list;
    bool good = srvsvc_share_enum_rsp_read(rd_span(r, rd_left(r)), &a, &list);
    for (uint32_t i = 0; good && i < list.count; i++) {
        wr_span(w, list.entries[i].name);
        wr_span(w, list.entries[i].comment);
    }
    arena_fini(&a);
    return good;
}

static void share_list_sample(struct wr *w)
{
    struct ndr_out o = ndr_out_of(w);
    ndr_wr_u32(&o, 1);
    ndr_wr_u32(&o, 1);
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 2);
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 2);
    for (int i = 0; i < 2; i++) {
        ndr_wr_pointer(&o);
        ndr_wr_u32(&o, i ? SRVSVC_TYPE_IPC : SRVSVC_TYPE_DISK);
        ndr_wr_pointer(&o);
    }
    ndr_wr_string(&o, "music");
    ndr_wr_string(&o, "What we hear");
    ndr_wr_string(&o, "IPC$");
    ndr_wr_string(&o, "");
    ndr_wr_u32(&o, 2);
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 0);
    ndr_wr_u32(&o, WERR_OK);
}

#define PAYLOAD(x, ...)                                                                            \
    {                                                                                              \
        #x, 0, {__VA_ARGS__}, x##_again                                                            \
    }

const struct proto_pair pairs_of_fsctls[] = {
    PAYLOAD(validate_negotiate_req, validate_negotiate_req_sample),
    PAYLOAD(validate_negotiate_rsp, validate_negotiate_rsp_sample),
    PAYLOAD(network_interfaces, network_interfaces_sample),
    PAYLOAD(copychunk_req, copychunk_req_sample),
    PAYLOAD(copychunk_rsp, copychunk_rsp_sample),
    PAYLOAD(resume_key, resume_key_sample),
    PAYLOAD(resiliency_req, resiliency_req_sample),
    PAYLOAD(zero_data_req, zero_data_req_sample),
    PAYLOAD(file_range, file_range_sample),
    PAYLOAD(duplicate_extents, duplicate_extents_sample, duplicate_extents_sample_ex),
    PAYLOAD(reparse, reparse_sample_symlink, reparse_sample_nfs, reparse_sample_nfs_link),
    {"rpc", 0, {rpc_sample_response, rpc_sample_bind_ack}, rpc_again, .answers_only = true},
    {"share_list", 0, {share_list_sample}, share_list_again, .answers_only = true},
    {0},
};
