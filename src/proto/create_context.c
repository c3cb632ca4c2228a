/* SPDX-License-Identifier: Apache-2.0
 *
 * Create contexts.  One table says which tag carries what, how many bytes that must be, and who
 * reads and writes it in either direction. */
#include "proto/create_context.h"
#include "base/limits.h"
#include "proto/entry.h"
#include "proto/field.h"
#include "proto/sd.h"

#define ANY_SIZE UINT32_MAX
#define TAG_SIZE_MIN 4u
#define LEASE_V1_SIZE 32u
#define LEASE_V2_SIZE 52u

typedef struct create_contexts_req req_contexts;
typedef struct create_contexts_rsp rsp_contexts;

struct kind {
    uint32_t bit;
    uint8_t tag_bytes;
    uint8_t tag[16];
    uint32_t req_bytes; /* exact size of the request's data, or ANY_SIZE */
    uint32_t rsp_bytes;
    void (*req_read)(struct rd *r, req_contexts *c); /* NULL: no data */
    void (*req_write)(struct wr *w, const req_contexts *c);
    void (*rsp_read)(struct rd *r, rsp_contexts *c); /* NULL: not in responses, or no data */
    void (*rsp_write)(struct wr *w, const rsp_contexts *c);
};

static void exta_req_read(struct rd *r, req_contexts *c)
{
    c->ea = rd_span(r, rd_left(r));
}

static void exta_req_write(struct wr *w, const req_contexts *c)
{
    wr_span(w, c->ea);
}

static void secd_req_read(struct rd *r, req_contexts *c)
{
    c->sd = rd_span(r, rd_left(r));
}

static void secd_req_write(struct wr *w, const req_contexts *c)
{
    wr_span(w, c->sd);
}

static void alsi_req_read(struct rd *r, req_contexts *c)
{
    c->allocation_size = rd_u64(r);
}

static void alsi_req_write(struct wr *w, const req_contexts *c)
{
    wr_u64(w, c->allocation_size);
}

static void mxac_req_read(struct rd *r, req_contexts *c)
{
    c->maximal_access_has_time = rd_left(r) != 0;
    if (!c->maximal_access_has_time)
        return;
    if (rd_left(r) != 8)
        rd_fail(r);
    c->maximal_access_time = rd_u64(r);
}

static void mxac_req_write(struct wr *w, const req_contexts *c)
{
    if (c->maximal_access_has_time)
        wr_u64(w, c->maximal_access_time);
}

static void mxac_rsp_read(struct rd *r, rsp_contexts *c)
{
    c->maximal_access_status.v = rd_u32(r);
    c->maximal_access = rd_u32(r);
}

static void mxac_rsp_write(struct wr *w, const rsp_contexts *c)
{
    wr_u32(w, c->maximal_access_status.v);
    wr_u32(w, c->maximal_access);
}

static void twrp_req_read(struct rd *r, req_contexts *c)
{
    c->snapshot_time = rd_u64(r);
}

static void twrp_req_write(struct wr *w, const req_contexts *c)
{
    wr_u64(w, c->snapshot_time);
}

static void qfid_rsp_read(struct rd *r, rsp_contexts *c)
{
    c->disk_file_id = rd_u64(r);
    c->volume_id = rd_u64(r);
}

static void qfid_rsp_write(struct wr *w, const rsp_contexts *c)
{
    wr_u64(w, c->disk_file_id);
    wr_u64(w, c->volume_id);
    wr_zero(w, 16);
}

static void lease_read(struct rd *r, struct create_lease *l)
{
    size_t size = rd_left(r);
    if (size != LEASE_V1_SIZE && size != LEASE_V2_SIZE) {
        rd_fail(r);
        return;
    }
    l->version = size == LEASE_V2_SIZE ? 2 : 1;
    l->key = rd_guid(r);
    l->state = rd_u32(r);
    l->flags = rd_u32(r);
    rd_skip(r, 8);
    if (l->version == 1)
        return;
    l->parent_key = rd_guid(r);
    l->epoch = rd_u16(r);
}

static void lease_write(struct wr *w, const struct create_lease *l)
{
    wr_guid(w, l->key);
    wr_u32(w, l->state);
    wr_u32(w, l->flags);
    wr_zero(w, 8);
    if (l->version == 1)
        return;
    wr_guid(w, l->parent_key);
    wr_u16(w, l->epoch);
    wr_u16(w, 0);
}

static void rqls_req_read(struct rd *r, req_contexts *c)
{
    lease_read(r, &c->lease);
}

static void rqls_req_write(struct wr *w, const req_contexts *c)
{
    lease_write(w, &c->lease);
}

static void rqls_rsp_read(struct rd *r, rsp_contexts *c)
{
    lease_read(r, &c->lease);
}

static void rqls_rsp_write(struct wr *w, const rsp_contexts *c)
{
    lease_write(w, &c->lease);
}

static void dhnq_req_write(struct wr *w, const req_contexts *c)
{
    wr_zero(w, 16);
}

static void dhnq_rsp_write(struct wr *w, const rsp_contexts *c)
{
    wr_zero(w, 8);
}

static void dhnc_req_read(struct rd *r, req_contexts *c)
{
    c->durable_file_id = rd_smb2_file_id(r);
}

static void dhnc_req_write(struct wr *w, const req_contexts *c)
{
    wr_smb2_file_id(w, c->durable_file_id);
}

static void dh2q_req_read(struct rd *r, req_contexts *c)
{
    c->durable_v2_timeout_ms = rd_u32(r);
    c->durable_v2_flags = rd_u32(r);
    rd_skip(r, 8);
    c->durable_v2_create_guid = rd_guid(r);
}

static void dh2q_req_write(struct wr *w, const req_contexts *c)
{
    wr_u32(w, c->durable_v2_timeout_ms);
    wr_u32(w, c->durable_v2_flags);
    wr_zero(w, 8);
    wr_guid(w, c->durable_v2_create_guid);
}

static void dh2q_rsp_read(struct rd *r, rsp_contexts *c)
{
    c->durable_v2_timeout_ms = rd_u32(r);
    c->durable_v2_flags = rd_u32(r);
}

static void dh2q_rsp_write(struct wr *w, const rsp_contexts *c)
{
    wr_u32(w, c->durable_v2_timeout_ms);
    wr_u32(w, c->durable_v2_flags);
}

static void dh2c_req_read(struct rd *r, req_contexts *c)
{
    c->reconnect_v2_file_id = rd_smb2_file_id(r);
    c->reconnect_v2_create_guid = rd_guid(r);
    c->reconnect_v2_flags = rd_u32(r);
}

static void dh2c_req_write(struct wr *w, const req_contexts *c)
{
    wr_smb2_file_id(w, c->reconnect_v2_file_id);
    wr_guid(w, c->reconnect_v2_create_guid);
    wr_u32(w, c->reconnect_v2_flags);
}

static void app_id_req_read(struct rd *r, req_contexts *c)
{
    rd_expect_u16(r, 20);
    rd_skip(r, 2);
    c->app_instance_id = rd_guid(r);
}

static void app_id_req_write(struct wr *w, const req_contexts *c)
{
    wr_u16(w, 20);
    wr_u16(w, 0);
    wr_guid(w, c->app_instance_id);
}

static void app_version_req_read(struct rd *r, req_contexts *c)
{
    rd_expect_u16(r, 24);
    rd_skip(r, 6);
    c->app_instance_version_high = rd_u64(r);
    c->app_instance_version_low = rd_u64(r);
}

static void app_version_req_write(struct wr *w, const req_contexts *c)
{
    wr_u16(w, 24);
    wr_zero(w, 6);
    wr_u64(w, c->app_instance_version_high);
    wr_u64(w, c->app_instance_version_low);
}

static void posix_req_read(struct rd *r, req_contexts *c)
{
    c->posix_mode = rd_u32(r);
}

static void posix_req_write(struct wr *w, const req_contexts *c)
{
    wr_u32(w, c->posix_mode);
}

/* The bytes of one SID. */
static struct span sid_span(struct rd *r)
{
    struct rd peek = *r;
    struct sid sid;
    if (!sid_read(&peek, &sid)) {
        rd_fail(r);
        return (struct span){0};
    }
    return rd_span(r, sid_size(&sid));
}

static void posix_rsp_read(struct rd *r, rsp_contexts *c)
{
    c->posix_nlink = rd_u32(r);
    c->posix_reparse_tag = rd_u32(r);
    c->posix_mode = rd_u32(r);
    c->posix_owner = sid_span(r);
    c->posix_group = sid_span(r);
}

static void posix_rsp_write(struct wr *w, const rsp_contexts *c)
{
    wr_u32(w, c->posix_nlink);
    wr_u32(w, c->posix_reparse_tag);
    wr_u32(w, c->posix_mode);
    wr_span(w, c->posix_owner);
    wr_span(w, c->posix_group);
}

static void aapl_req_read(struct rd *r, req_contexts *c)
{
    c->aapl.command = rd_u32(r);
    rd_skip(r, 4);
    if (c->aapl.command == AAPL_SERVER_QUERY) {
        c->aapl.query_bitmap = rd_u64(r);
        c->aapl.client_caps = rd_u64(r);
    } else if (c->aapl.command == AAPL_RESOLVE_ID) {
        c->aapl.file_id = rd_u64(r);
    }
}

static void aapl_req_write(struct wr *w, const req_contexts *c)
{
    wr_u32(w, c->aapl.command);
    wr_u32(w, 0);
    if (c->aapl.command == AAPL_SERVER_QUERY) {
        wr_u64(w, c->aapl.query_bitmap);
        wr_u64(w, c->aapl.client_caps);
    } else if (c->aapl.command == AAPL_RESOLVE_ID) {
        wr_u64(w, c->aapl.file_id);
    }
}

static void aapl_query_rsp_read(struct rd *r, struct create_aapl_rsp *a)
{
    a->reply_bitmap = rd_u64(r);
    if (a->reply_bitmap & AAPL_QUERY_SERVER_CAPS)
        a->server_caps = rd_u64(r);
    if (a->reply_bitmap & AAPL_QUERY_VOLUME_CAPS)
        a->volume_caps = rd_u64(r);
    if (a->reply_bitmap & AAPL_QUERY_MODEL_INFO) {
        rd_skip(r, 4);
        a->model = rd_span(r, rd_u32(r));
    }
}

static void aapl_rsp_read(struct rd *r, rsp_contexts *c)
{
    struct create_aapl_rsp *a = &c->aapl;
    a->command = rd_u32(r);
    rd_skip(r, 4);
    if (a->command == AAPL_SERVER_QUERY) {
        aapl_query_rsp_read(r, a);
    } else if (a->command == AAPL_RESOLVE_ID) {
        a->resolve_status.v = rd_u32(r);
        a->resolved_path = rd_span(r, rd_u32(r));
    }
}

static void aapl_query_rsp_write(struct wr *w, const struct create_aapl_rsp *a)
{
    wr_u64(w, a->reply_bitmap);
    if (a->reply_bitmap & AAPL_QUERY_SERVER_CAPS)
        wr_u64(w, a->server_caps);
    if (a->reply_bitmap & AAPL_QUERY_VOLUME_CAPS)
        wr_u64(w, a->volume_caps);
    if (a->reply_bitmap & AAPL_QUERY_MODEL_INFO) {
        wr_u32(w, 0);
        wr_len32(w, a->model.len);
        wr_span(w, a->model);
    }
}

static void aapl_rsp_write(struct wr *w, const rsp_contexts *c)
{
    const struct create_aapl_rsp *a = &c->aapl;
    wr_u32(w, a->command);
    wr_u32(w, 0);
    if (a->command == AAPL_SERVER_QUERY) {
        aapl_query_rsp_write(w, a);
    } else if (a->command == AAPL_RESOLVE_ID) {
        wr_u32(w, a->resolve_status.v);
        wr_len32(w, a->resolved_path.len);
        wr_span(w, a->resolved_path);
    }
}

#define TAG4(a, b, c, d) 4, {a, b, c, d}

static const struct kind kinds[] = {
    {CREATE_HAS_EXTA, TAG4('E', 'x', 't', 'A'), ANY_SIZE, 0, exta_req_read, exta_req_write},
    {CREATE_HAS_SECD, TAG4('S', 'e', 'c', 'D'), ANY_SIZE, 0, secd_req_read, secd_req_write},
    {CREATE_HAS_ALSI, TAG4('A', 'l', 'S', 'i'), 8, 0, alsi_req_read, alsi_req_write},
    {CREATE_HAS_MXAC, TAG4('M', 'x', 'A', 'c'), ANY_SIZE, 8, mxac_req_read, mxac_req_write,
     mxac_rsp_read, mxac_rsp_write},
    {CREATE_HAS_TWRP, TAG4('T', 'W', 'r', 'p'), 8, 0, twrp_req_read, twrp_req_write},
    {CREATE_HAS_QFID, TAG4('Q', 'F', 'i', 'd'), 0, 32, NULL, NULL, qfid_rsp_read, qfid_rsp_write},
    {CREATE_HAS_RQLS, TAG4('R', 'q', 'L', 's'), ANY_SIZE, ANY_SIZE, rqls_req_read, rqls_req_write,
     rqls_rsp_read, rqls_rsp_write},
    {CREATE_HAS_DHNQ, TAG4('D', 'H', 'n', 'Q'), 16, 8, NULL, dhnq_req_write, NULL, dhnq_rsp_write},
    {CREATE_HAS_DHNC, TAG4('D', 'H', 'n', 'C'), 16, 0, dhnc_req_read, dhnc_req_write},
    {CREATE_HAS_DH2Q, TAG4('D', 'H', '2', 'Q'), 32, 8, dh2q_req_read, dh2q_req_write,
     dh2q_rsp_read, dh2q_rsp_write},
    {CREATE_HAS_DH2C, TAG4('D', 'H', '2', 'C'), 36, 0, dh2c_req_read, dh2c_req_write},
    {CREATE_HAS_APP_INSTANCE_ID, 16,
     {0x45, 0xBC, 0xA6, 0x6A, 0xEF, 0xA7, 0xF7, 0x4A, 0x90, 0x08, 0xFA, 0x46, 0x2E, 0x14, 0x4D,
      0x74},
     20, 0, app_id_req_read, app_id_req_write},
    {CREATE_HAS_APP_INSTANCE_VERSION, 16,
     {0xB9, 0x82, 0xD0, 0xB7, 0x3B, 0x56, 0x07, 0x4F, 0xA0, 0x7B, 0x52, 0x4A, 0x81, 0x16, 0xA0,
      0x10},
     24, 0, app_version_req_read, app_version_req_write},
    {CREATE_HAS_POSIX, 16,
     {0x93, 0xAD, 0x25, 0x50, 0x9C, 0xB4, 0x11, 0xE7, 0xB4, 0x23, 0x83, 0xDE, 0x96, 0x8B, 0xCD,
      0x7C},
     4, ANY_SIZE, posix_req_read, posix_req_write, posix_rsp_read, posix_rsp_write},
    {CREATE_HAS_AAPL, TAG4('A', 'A', 'P', 'L'), ANY_SIZE, ANY_SIZE, aapl_req_read, aapl_req_write,
     aapl_rsp_read, aapl_rsp_write},
};

static const struct kind *kind_find(struct span tag)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (span_equal(tag, span_of(kinds[i].tag, kinds[i].tag_bytes)))
            return &kinds[i];
    }
    return NULL;
}

/* One entry: its kind (NULL when unknown) with a cursor over its data.  False: malformed. */
static bool entry_read(struct rd *e, const struct kind **ret_kind, struct rd *ret_data)
{
    rd_skip(e, 4);
    uint16_t tag_at = rd_u16(e);
    uint16_t tag_bytes = rd_u16(e);
    rd_skip(e, 2);
    uint16_t data_at = rd_u16(e);
    uint32_t data_bytes = rd_u32(e);
    struct span tag = rd_span_at(e, tag_at, tag_bytes);
    struct span data = rd_span_at(e, data_at, data_bytes);
    if (!rd_done(e) || tag_bytes < TAG_SIZE_MIN)
        return false;
    *ret_kind = kind_find(tag);
    *ret_data = rd_of(data);
    return true;
}

/* Notes the kind as present; false if it was there already or its size is wrong. */
static bool kind_accept(const struct kind *k, uint32_t bytes, size_t data_bytes, uint32_t *present)
{
    if ((*present & k->bit) || (bytes != ANY_SIZE && bytes != data_bytes))
        return false;
    *present |= k->bit;
    return true;
}

bool create_contexts_req_read(struct span list, struct create_contexts_req *ret)
{
    struct create_contexts_req c = {0};
    struct rd_chain chain = rd_chain_of(rd_of(list), 8, LIMIT_CREATE_CONTEXTS_MAX);
    struct rd e;
    while (rd_chain_next(&chain, &e)) {
        const struct kind *k;
        struct rd data;
        if (!entry_read(&e, &k, &data))
            return false;
        if (!k)
            continue;
        if (!kind_accept(k, k->req_bytes, rd_left(&data), &c.present))
            return false;
        if (k->req_read)
            k->req_read(&data, &c);
        if (!rd_done(&data))
            return false;
    }
    if (!rd_done(&chain.rest))
        return false;
    *ret = c;
    return true;
}

bool create_contexts_rsp_read(struct span list, struct create_contexts_rsp *ret)
{
    struct create_contexts_rsp c = {0};
    struct rd_chain chain = rd_chain_of(rd_of(list), 8, LIMIT_CREATE_CONTEXTS_MAX);
    struct rd e;
    while (rd_chain_next(&chain, &e)) {
        const struct kind *k;
        struct rd data;
        if (!entry_read(&e, &k, &data))
            return false;
        if (!k || k->rsp_bytes == 0)
            continue;
        if (!kind_accept(k, k->rsp_bytes, rd_left(&data), &c.present))
            return false;
        if (k->rsp_read)
            k->rsp_read(&data, &c);
        if (!rd_done(&data))
            return false;
    }
    if (!rd_done(&chain.rest))
        return false;
    *ret = c;
    return true;
}

/* All of an entry in front of its data; yields the hole for the data's length. */
static struct wr_hole entry_head_write(struct wr *w, struct entry_chain *chain,
                                       const struct kind *k)
{
    struct entry_chain longer = entry_open(w, chain, 8);
    uint16_t data_at = (uint16_t)align_up(16u + k->tag_bytes, 8);
    wr_u16(w, 16);
    wr_u16(w, k->tag_bytes);
    wr_u16(w, 0);
    wr_u16(w, data_at);
    struct wr_hole data_bytes = wr_hole_u32(w);
    wr_bytes(w, k->tag, k->tag_bytes);
    wr_zero(w, data_at - 16u - k->tag_bytes);
    entry_close(w, chain, longer);
    return data_bytes;
}

void create_contexts_req_write(struct wr *w, const struct create_contexts_req *c)
{
    struct entry_chain chain = entry_chain_of(w);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct kind *k = &kinds[i];
        if (!(c->present & k->bit))
            continue;
        struct wr_hole data_bytes = entry_head_write(w, &chain, k);
        size_t begin = wr_pos(w);
        if (k->req_write)
            k->req_write(w, c);
        wr_fill_u32(w, data_bytes, wr_since(w, begin));
    }
}

void create_contexts_rsp_write(struct wr *w, const struct create_contexts_rsp *c)
{
    struct entry_chain chain = entry_chain_of(w);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct kind *k = &kinds[i];
        if (!(c->present & k->bit))
            continue;
        ASSERT(k->rsp_write);
        struct wr_hole data_bytes = entry_head_write(w, &chain, k);
        size_t begin = wr_pos(w);
        k->rsp_write(w, c);
        wr_fill_u32(w, data_bytes, wr_since(w, begin));
    }
}
