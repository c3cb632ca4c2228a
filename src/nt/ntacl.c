/* SPDX-License-Identifier: Apache-2.0
 *
 * The extended attribute security.NTACL as Samba keeps it: an NDR blob around a self-relative
 * descriptor, whose four offsets, unlike on the wire, count from the start of the blob.
 *
 *    all    version u16, the same as the union's switch u16, pointer u32
 *    1      descriptor
 *    2      pointer u32, hash of 16 bytes, descriptor
 *    3      pointer u32, hash type u16, hash of 64 bytes, descriptor
 *    4      as 3, then a zero-terminated text, time u64, another hash of 64 bytes, descriptor
 * The descriptor is aligned to 4.  The hashes tell Samba whether the mode was changed behind the
 * descriptor's back; we enforce the mode anyway, through the kernel, and pass them over.  Written
 * is version 1, which Samba takes as it is.
 *
 * Whatever is malformed counts as no descriptor: the blob may be a stranger's. */
#include "nt/file.h"

#define REFERENT 0x00020000u
#define SD_HEADER_BYTES 20u
#define PREAMBLE_BYTES 8u
#define TEXT_BYTES_MAX 256u

static void skip_to(struct rd *r, size_t alignment)
{
    rd_skip(r, (size_t)align_up(rd_pos(r), alignment) - rd_pos(r));
}

static void skip_text(struct rd *r)
{
    for (unsigned i = 0; i < TEXT_BYTES_MAX; i++)
        if (rd_u8(r) == 0)
            return;
    rd_fail(r);
}

/* Moves to where the descriptor begins. */
static void skip_preamble(struct rd *r)
{
    uint16_t version = rd_u16(r);
    rd_expect_u16(r, version);
    if (rd_u32(r) == 0 || version < 1 || version > 4)
        rd_fail(r);
    if (version > 1 && rd_u32(r) == 0)
        rd_fail(r);
    if (version == 2)
        rd_skip(r, 16);
    if (version >= 3)
        rd_skip(r, 2 + 64);
    if (version == 4) {
        skip_text(r);
        skip_to(r, 4);
        rd_skip(r, 8 + 64);
    }
    skip_to(r, 4);
}

/* Copies the header of a descriptor and shifts its offsets; false when one leads into the header or
 * before it. */
static bool header_shift(struct rd *r, struct wr *w, int64_t by)
{
    wr_u32(w, rd_u32(r));
    for (int i = 0; i < 4; i++) {
        uint32_t offset = rd_u32(r);
        int64_t shifted = offset ? (int64_t)offset + by : 0;
        if (offset && (shifted < (int64_t)SD_HEADER_BYTES || shifted > UINT32_MAX))
            return false;
        wr_u32(w, (uint32_t)shifted);
    }
    return rd_done(r) && !w->full;
}

bool nt_ntacl_read(struct span bytes, struct arena *a, struct sd *ret_sd)
{
    if (bytes.len > NT_NTACL_BYTES_MAX)
        return false;
    struct rd r = rd_of(bytes);
    skip_preamble(&r);
    size_t start = rd_pos(&r);
    size_t len = rd_left(&r);
    if (!rd_done(&r) || len < SD_HEADER_BYTES)
        return false;
    struct wr w = wr_of(mspan_of(arena_alloc(a, len), len));
    if (!header_shift(&r, &w, -(int64_t)start))
        return false;
    wr_span(&w, rd_span(&r, rd_left(&r)));
    return wr_done(&w) && sd_read(wr_written(&w), a, ret_sd);
}

size_t nt_ntacl_size(const struct sd *sd)
{
    return PREAMBLE_BYTES + sd_size(sd);
}

void nt_ntacl_write(struct wr *w, const struct sd *sd)
{
    size_t size = sd_size(sd);
    CLEANUP(free) void *bytes = xmalloc(size);
    struct wr plain = wr_of(mspan_of(bytes, size));
    sd_write(&plain, sd);
    if (!wr_done(&plain)) {
        w->full = true;
        return;
    }
    wr_u16(w, 1);
    wr_u16(w, 1);
    wr_u32(w, REFERENT);
    struct rd r = rd_of(wr_written(&plain));
    if (header_shift(&r, w, PREAMBLE_BYTES))
        wr_span(w, rd_span(&r, rd_left(&r)));
}
