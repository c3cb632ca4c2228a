/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels inside IOCTL. */
#include "proto/fsctl.h"
#include "proto/entry.h"
#include "proto/field.h"

#define FAMILY_INET 0x0002u
#define FAMILY_INET6 0x0017u
#define INTERFACE_SIZE 152u
#define SOCKADDR_STORAGE_SIZE 128u
#define CHUNK_SIZE 24u
#define DUPLICATE_EXTENTS_EX_SIZE 0x30u /* as the wire says it, which is not the size there */

bool validate_negotiate_req_read(struct span in, struct validate_negotiate_req *ret)
{
    struct rd r = rd_of(in);
    struct validate_negotiate_req req = {.capabilities = rd_u32(&r)};
    req.client_guid = rd_guid(&r);
    req.security_mode = rd_u16(&r);
    req.dialect_count = rd_u16(&r);
    if (req.dialect_count > FSCTL_VALIDATE_DIALECTS_MAX)
        return false;
    for (unsigned i = 0; i < req.dialect_count; i++)
        req.dialects[i] = rd_u16(&r);
    if (!rd_done(&r))
        return false;
    *ret = req;
    return true;
}

void validate_negotiate_req_write(struct wr *w, const struct validate_negotiate_req *req)
{
    wr_u32(w, req->capabilities);
    wr_guid(w, req->client_guid);
    wr_u16(w, req->security_mode);
    wr_u16(w, (uint16_t)req->dialect_count);
    for (unsigned i = 0; i < req->dialect_count; i++)
        wr_u16(w, req->dialects[i]);
}

bool validate_negotiate_rsp_read(struct span out, struct validate_negotiate_rsp *ret)
{
    struct rd r = rd_of(out);
    struct validate_negotiate_rsp rsp = {.capabilities = rd_u32(&r)};
    rsp.server_guid = rd_guid(&r);
    rsp.security_mode = rd_u16(&r);
    rsp.dialect = rd_u16(&r);
    if (!rd_done(&r))
        return false;
    *ret = rsp;
    return true;
}

void validate_negotiate_rsp_write(struct wr *w, const struct validate_negotiate_rsp *rsp)
{
    wr_u32(w, rsp->capabilities);
    wr_guid(w, rsp->server_guid);
    wr_u16(w, rsp->security_mode);
    wr_u16(w, rsp->dialect);
}

/* False: an address family we do not know. */
static bool interface_read(struct rd *e, struct network_interface *i)
{
    rd_skip(e, 4);
    i->index = rd_u32(e);
    i->capability = rd_u32(e);
    rd_skip(e, 4);
    i->link_speed = rd_u64(e);
    struct rd address = rd_of(rd_span(e, SOCKADDR_STORAGE_SIZE));
    uint16_t family = rd_u16(&address);
    rd_skip(&address, 2); /* port */
    i->is_ipv6 = family == FAMILY_INET6;
    if (i->is_ipv6) {
        rd_skip(&address, 4); /* flow */
        rd_bytes(&address, i->address, 16);
        i->scope_id = rd_u32(&address);
    } else {
        rd_bytes(&address, i->address, 4);
    }
    return i->is_ipv6 || family == FAMILY_INET;
}

bool network_interfaces_read(struct span out, struct network_interface *list, unsigned max,
                             unsigned *ret_count)
{
    unsigned count = 0;
    struct rd e;
    while (count < max && entry_next(&out, &e)) {
        struct network_interface i = {0};
        bool known = interface_read(&e, &i);
        if (!rd_done(&e))
            return false;
        if (known)
            list[count++] = i;
    }
    if (count < max && out.len)
        return false;
    *ret_count = count;
    return true;
}

void network_interfaces_write(struct wr *w, const struct network_interface *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct network_interface *n = &list[i];
        wr_u32(w, i + 1 < count ? INTERFACE_SIZE : 0);
        wr_u32(w, n->index);
        wr_u32(w, n->capability);
        wr_u32(w, 0);
        wr_u64(w, n->link_speed);
        wr_u16(w, n->is_ipv6 ? FAMILY_INET6 : FAMILY_INET);
        wr_u16(w, 0);
        if (n->is_ipv6) {
            wr_u32(w, 0);
            wr_bytes(w, n->address, 16);
            wr_u32(w, n->scope_id);
            wr_zero(w, SOCKADDR_STORAGE_SIZE - 28);
        } else {
            wr_bytes(w, n->address, 4);
            wr_zero(w, SOCKADDR_STORAGE_SIZE - 8);
        }
    }
}

/* Filled in place, for its size: *ret is written once the sizes are known to be right. */
bool copychunk_req_read(struct span in, struct copychunk_req *ret)
{
    struct rd r = rd_of(in);
    struct span key = rd_span(&r, RESUME_KEY_SIZE);
    uint32_t count = rd_u32(&r);
    rd_skip(&r, 4);
    if (!rd_done(&r) || (count <= COPYCHUNKS_MAX && rd_left(&r) / CHUNK_SIZE < count))
        return false;
    memcpy(ret->source_key, key.p, RESUME_KEY_SIZE);
    ret->count = count;
    for (unsigned i = 0; count <= COPYCHUNKS_MAX && i < count; i++) {
        ret->chunks[i].source_offset = rd_u64(&r);
        ret->chunks[i].target_offset = rd_u64(&r);
        ret->chunks[i].length = rd_u32(&r);
        rd_skip(&r, 4);
    }
    return rd_done(&r);
}

void copychunk_req_write(struct wr *w, const struct copychunk_req *req)
{
    ASSERT(req->count <= COPYCHUNKS_MAX);
    wr_bytes(w, req->source_key, RESUME_KEY_SIZE);
    wr_u32(w, req->count);
    wr_u32(w, 0);
    for (unsigned i = 0; i < req->count; i++) {
        wr_u64(w, req->chunks[i].source_offset);
        wr_u64(w, req->chunks[i].target_offset);
        wr_u32(w, req->chunks[i].length);
        wr_u32(w, 0);
    }
}

bool copychunk_rsp_read(struct span out, struct copychunk_rsp *ret)
{
    struct rd r = rd_of(out);
    struct copychunk_rsp rsp = {.chunks_written = rd_u32(&r)};
    rsp.chunk_bytes_written = rd_u32(&r);
    rsp.total_bytes_written = rd_u32(&r);
    if (!rd_done(&r))
        return false;
    *ret = rsp;
    return true;
}

void copychunk_rsp_write(struct wr *w, const struct copychunk_rsp *rsp)
{
    wr_u32(w, rsp->chunks_written);
    wr_u32(w, rsp->chunk_bytes_written);
    wr_u32(w, rsp->total_bytes_written);
}

bool resume_key_rsp_read(struct span out, struct resume_key *ret)
{
    struct rd r = rd_of(out);
    struct resume_key key;
    rd_bytes(&r, key.key, sizeof(key.key));
    if (!rd_done(&r))
        return false;
    *ret = key;
    return true;
}

void resume_key_rsp_write(struct wr *w, const struct resume_key *key)
{
    wr_bytes(w, key->key, sizeof(key->key));
    wr_u32(w, 0); /* length of the context, which is never there, */
    wr_u32(w, 0); /* and its four bytes, which are */
}

bool resiliency_req_read(struct span in, struct resiliency_req *ret)
{
    struct rd r = rd_of(in);
    struct resiliency_req req = {.timeout_ms = rd_u32(&r)};
    rd_skip(&r, 4);
    if (!rd_done(&r))
        return false;
    *ret = req;
    return true;
}

void resiliency_req_write(struct wr *w, const struct resiliency_req *req)
{
    wr_u32(w, req->timeout_ms);
    wr_u32(w, 0);
}

bool zero_data_req_read(struct span in, struct file_range *ret)
{
    struct rd r = rd_of(in);
    uint64_t begin = rd_u64(&r);
    uint64_t end = rd_u64(&r);
    if (!rd_done(&r) || end > INT64_MAX || begin > end)
        return false;
    *ret = (struct file_range){begin, end - begin};
    return true;
}

void zero_data_req_write(struct wr *w, const struct file_range *range)
{
    wr_u64(w, range->offset);
    wr_u64(w, range->offset + range->length);
}

bool file_range_read(struct span in, struct file_range *ret)
{
    struct rd r = rd_of(in);
    struct file_range range = {.offset = rd_u64(&r)};
    range.length = rd_u64(&r);
    if (!rd_done(&r) || range.offset > INT64_MAX || range.length > INT64_MAX)
        return false;
    *ret = range;
    return true;
}

void file_range_write(struct wr *w, const struct file_range *range)
{
    wr_u64(w, range->offset);
    wr_u64(w, range->length);
}

bool set_sparse_req_read(struct span in, bool *ret_sparse)
{
    struct rd r = rd_of(in);
    *ret_sparse = rd_left(&r) == 0 || rd_u8(&r) != 0;
    return rd_done(&r);
}

bool duplicate_extents_req_read(struct span in, bool ex, struct duplicate_extents_req *ret)
{
    struct rd r = rd_of(in);
    struct duplicate_extents_req req = {0};
    if (ex)
        rd_skip(&r, 8);
    req.source_file_id = rd_smb2_file_id(&r);
    req.source_offset = rd_u64(&r);
    req.target_offset = rd_u64(&r);
    req.length = rd_u64(&r);
    if (ex) {
        req.flags = rd_u32(&r);
        rd_skip(&r, 4);
    }
    if (!rd_done(&r) || req.source_offset > INT64_MAX || req.target_offset > INT64_MAX ||
        req.length > INT64_MAX)
        return false;
    *ret = req;
    return true;
}

void duplicate_extents_req_write(struct wr *w, bool ex, const struct duplicate_extents_req *req)
{
    if (ex)
        wr_u64(w, DUPLICATE_EXTENTS_EX_SIZE);
    wr_smb2_file_id(w, req->source_file_id);
    wr_u64(w, req->source_offset);
    wr_u64(w, req->target_offset);
    wr_u64(w, req->length);
    if (ex) {
        wr_u32(w, req->flags);
        wr_u32(w, 0);
    }
}

void snapshots_none_rsp_write(struct wr *w)
{
    wr_u32(w, 0); /* how many there are */
    wr_u32(w, 0); /* how many are here */
    wr_u32(w, 0); /* bytes of their names */
}
