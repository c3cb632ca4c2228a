/* SPDX-License-Identifier: Apache-2.0
 *
 * Negotiate contexts, [MS-SMB2] 2.2.3.1, 2.2.4.1: type, length, four reserved bytes and data, each
 * beginning at a multiple of 8.  A list of algorithms that is empty is malformed. */
#include "proto/negotiate_context.h"
#include "proto/field.h"

static const uint8_t posix_id[16] = {0x93, 0xAD, 0x25, 0x50, 0x9C, 0xB4, 0x11, 0xE7,
                                     0xB4, 0x23, 0x83, 0xDE, 0x96, 0x8B, 0xCD, 0x7C};

bool negotiate_ids_contain(const struct negotiate_ids *ids, uint16_t id)
{
    for (unsigned i = 0; i < ids->count; i++) {
        if (ids->v[i] == id)
            return true;
    }
    return false;
}

/* `count` ids; those beyond our capacity are passed over. */
static void ids_read(struct rd *r, unsigned count, struct negotiate_ids *ids)
{
    if (count == 0 || count > rd_left(r) / 2) {
        rd_fail(r);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        uint16_t id = rd_u16(r);
        if (ids->count < NEGOTIATE_IDS_MAX)
            ids->v[ids->count++] = id;
    }
}

static void ids_write(struct wr *w, const struct negotiate_ids *ids)
{
    for (unsigned i = 0; i < ids->count; i++)
        wr_u16(w, ids->v[i]);
}

static void preauth_read(struct rd *r, struct negotiate_contexts *c)
{
    uint16_t count = rd_u16(r);
    uint16_t salt_bytes = rd_u16(r);
    ids_read(r, count, &c->hashes);
    c->salt = rd_span(r, salt_bytes);
}

static void preauth_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_u16(w, (uint16_t)c->hashes.count);
    wr_len16(w, c->salt.len);
    ids_write(w, &c->hashes);
    wr_span(w, c->salt);
}

static void encryption_read(struct rd *r, struct negotiate_contexts *c)
{
    ids_read(r, rd_u16(r), &c->ciphers);
}

static void encryption_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_u16(w, (uint16_t)c->ciphers.count);
    ids_write(w, &c->ciphers);
}

static void compression_read(struct rd *r, struct negotiate_contexts *c)
{
    uint16_t count = rd_u16(r);
    rd_skip(r, 2);
    c->compression_flags = rd_u32(r);
    ids_read(r, count, &c->compressions);
}

static void compression_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_u16(w, (uint16_t)c->compressions.count);
    wr_u16(w, 0);
    wr_u32(w, c->compression_flags);
    ids_write(w, &c->compressions);
}

static void netname_read(struct rd *r, struct negotiate_contexts *c)
{
    c->netname = rd_span(r, rd_left(r));
}

static void netname_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_span(w, c->netname);
}

static void transport_read(struct rd *r, struct negotiate_contexts *c)
{
    c->transport_flags = rd_u32(r);
}

static void transport_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_u32(w, c->transport_flags);
}

static void rdma_transform_read(struct rd *r, struct negotiate_contexts *c)
{
    uint16_t count = rd_u16(r);
    rd_skip(r, 6);
    ids_read(r, count, &c->rdma_transforms);
}

static void rdma_transform_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_u16(w, (uint16_t)c->rdma_transforms.count);
    wr_zero(w, 6);
    ids_write(w, &c->rdma_transforms);
}

static void signing_read(struct rd *r, struct negotiate_contexts *c)
{
    ids_read(r, rd_u16(r), &c->signings);
}

static void signing_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_u16(w, (uint16_t)c->signings.count);
    ids_write(w, &c->signings);
}

/* Versions of the extensions as 16-byte ids; without ours among them the context does not count. */
static void posix_read(struct rd *r, struct negotiate_contexts *c)
{
    bool known = false;
    while (rd_left(r))
        known |= span_equal(rd_span(r, sizeof(posix_id)), span_of(posix_id, sizeof(posix_id)));
    if (!known)
        c->present &= ~NEGOTIATE_HAS_POSIX;
}

static void posix_write(struct wr *w, const struct negotiate_contexts *c)
{
    wr_bytes(w, posix_id, sizeof(posix_id));
}

static const struct context_kind {
    uint16_t type;
    uint32_t bit;
    void (*read)(struct rd *r, struct negotiate_contexts *c);
    void (*write)(struct wr *w, const struct negotiate_contexts *c);
} kinds[] = {
    {NEGOTIATE_CONTEXT_PREAUTH, NEGOTIATE_HAS_PREAUTH, preauth_read, preauth_write},
    {NEGOTIATE_CONTEXT_ENCRYPTION, NEGOTIATE_HAS_ENCRYPTION, encryption_read, encryption_write},
    {NEGOTIATE_CONTEXT_COMPRESSION, NEGOTIATE_HAS_COMPRESSION, compression_read,
     compression_write},
    {NEGOTIATE_CONTEXT_NETNAME, NEGOTIATE_HAS_NETNAME, netname_read, netname_write},
    {NEGOTIATE_CONTEXT_TRANSPORT, NEGOTIATE_HAS_TRANSPORT, transport_read, transport_write},
    {NEGOTIATE_CONTEXT_RDMA_TRANSFORM, NEGOTIATE_HAS_RDMA_TRANSFORM, rdma_transform_read,
     rdma_transform_write},
    {NEGOTIATE_CONTEXT_SIGNING, NEGOTIATE_HAS_SIGNING, signing_read, signing_write},
    {NEGOTIATE_CONTEXT_POSIX, NEGOTIATE_HAS_POSIX, posix_read, posix_write},
};

static void context_read(struct rd *data, uint16_t type, struct negotiate_contexts *c)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct context_kind *k = &kinds[i];
        if (k->type != type)
            continue;
        if (c->present & k->bit) {
            c->duplicate = true;
            return;
        }
        c->present |= k->bit;
        k->read(data, c);
    }
}

bool negotiate_contexts_read(struct rd *r, uint32_t offset, uint16_t count,
                             struct negotiate_contexts *ret_contexts)
{
    struct negotiate_contexts c = {0};
    size_t total = (size_t)(r->end - r->base);
    if (count == 0) {
        *ret_contexts = c;
        return true;
    }
    if (count > LIMIT_NEGOTIATE_CONTEXTS_MAX || offset >= total)
        return false;
    struct rd list = rd_at(r, offset, total - offset);
    for (unsigned i = 0; i < count; i++) {
        if (i)
            rd_skip(&list, (size_t)(align_up(rd_pos(&list), 8) - rd_pos(&list)));
        uint16_t type = rd_u16(&list);
        uint16_t bytes = rd_u16(&list);
        rd_skip(&list, 4);
        struct rd data = rd_of(rd_span(&list, bytes));
        if (rd_done(&list))
            context_read(&data, type, &c);
        rd_fold(&list, &data);
    }
    if (!rd_done(&list))
        return false;
    *ret_contexts = c;
    return true;
}

void negotiate_contexts_write(struct wr *w, const struct negotiate_contexts *c)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!(c->present & kinds[i].bit))
            continue;
        wr_align(w, 8);
        wr_u16(w, kinds[i].type);
        struct wr_hole bytes = wr_hole_u16(w);
        wr_u32(w, 0);
        size_t begin = wr_pos(w);
        kinds[i].write(w, c);
        wr_fill_u16(w, bytes, (uint16_t)(wr_pos(w) - begin));
    }
}

uint16_t negotiate_contexts_count(const struct negotiate_contexts *c)
{
    return (uint16_t)__builtin_popcount(c->present);
}
