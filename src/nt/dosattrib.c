/* SPDX-License-Identifier: Apache-2.0
 *
 * The extended attribute user.DOSATTRIB as Samba keeps it: what POSIX has no place for, namely DOS
 * attributes and the creation time.  NDR, little-endian, offsets from the start:
 *
 *    text      zero-terminated hexadecimal attributes, "" since version 4
 *    align 2   version u16, the same again as the union's switch, align 4
 *    3         flags u32, attributes u32, ea size u32, size u64, allocation u64, creation u64,
 *              change u64
 *    4         flags u32, attributes u32, time of another kind u64, creation u64
 *    5         flags u32, attributes u32, creation u64
 *
 * Written is version 5, or 3 when a client has set the change time.  POSIX moves that time with
 * every change and lets nobody set it; the moment of setting goes into the place of the size (whose
 * flag is off), so that a reader can tell whether the file has changed since.
 *
 * Whoever may write to a file can put anything here: what is malformed
 * counts as absent, attributes are cut to the settable ones by whoever uses them. */
#include "nt/file.h"

#define TEXT_BYTES_MAX 11u /* "0xffffffff" */
#define FLAG_ATTRIBUTES 0x01u
#define FLAG_SIZE 0x04u
#define FLAG_CREATION 0x10u
#define FLAG_CHANGE 0x20u

static void skip_text(struct rd *r)
{
    for (unsigned i = 0; i < TEXT_BYTES_MAX; i++)
        if (rd_u8(r) == 0)
            return;
    rd_fail(r);
}

static void skip_to(struct rd *r, size_t alignment)
{
    rd_skip(r, (size_t)align_up(rd_pos(r), alignment) - rd_pos(r));
}

bool nt_dosattrib_read(struct span bytes, struct nt_dosattrib *ret_attrib)
{
    struct rd r = rd_of(bytes);
    skip_text(&r);
    skip_to(&r, 2);
    uint16_t version = rd_u16(&r);
    if (version < 3 || version > 5)
        return false;
    rd_expect_u16(&r, version);
    skip_to(&r, 4);
    uint32_t flags = rd_u32(&r);
    uint32_t attributes = rd_u32(&r);
    uint64_t set_at = 0;
    if (version == 3) {
        rd_skip(&r, 4);
        set_at = rd_u64(&r);
    }
    if (version < 5)
        rd_skip(&r, 8);
    uint64_t creation = rd_u64(&r);
    uint64_t change = version == 3 ? rd_u64(&r) : 0;
    if (!rd_done(&r))
        return false;
    *ret_attrib = (struct nt_dosattrib){
        .has_attributes = flags & FLAG_ATTRIBUTES,
        .has_creation = (flags & FLAG_CREATION) && creation != 0 && creation <= INT64_MAX,
        .has_change = (flags & FLAG_CHANGE) && !(flags & FLAG_SIZE) && set_at != 0 &&
                      change != 0 && change <= INT64_MAX,
        .attributes = attributes,
        .creation = creation,
        .change = change,
        .change_set_at = set_at,
    };
    return true;
}

void nt_dosattrib_write(struct wr *w, const struct nt_dosattrib *attrib)
{
    uint16_t version = attrib->has_change ? 3 : 5;
    wr_u16(w, 0); /* the empty text and its padding */
    wr_u16(w, version);
    wr_u16(w, version);
    wr_align(w, 4);
    wr_u32(w, (attrib->has_attributes ? FLAG_ATTRIBUTES : 0) |
                  (attrib->has_creation ? FLAG_CREATION : 0) |
                  (attrib->has_change ? FLAG_CHANGE : 0));
    wr_u32(w, attrib->attributes);
    if (attrib->has_change) {
        wr_u32(w, 0);
        wr_u64(w, attrib->change_set_at);
        wr_u64(w, 0);
    }
    wr_u64(w, attrib->has_creation ? attrib->creation : 0);
    if (attrib->has_change)
        wr_u64(w, attrib->change);
}
