/* SPDX-License-Identifier: Apache-2.0
 *
 * NDR, the encoding of RPC parameters (little-endian, 32-bit transfer syntax), [C706] 14: numbers
 * aligned to their size, pointers as referent ids, strings as conformant varying arrays.  Cursors
 * have their base at the start of the stub, from which alignment counts. */
#pragma once

#include "wire/utf16.h"

/* Readers, sticky like those of rd.h. */
void ndr_rd_align(struct rd *r, size_t alignment);
uint16_t ndr_rd_u16(struct rd *r);
uint32_t ndr_rd_u32(struct rd *r);
uint64_t ndr_rd_u64(struct rd *r);

/* A unique pointer: true if something will follow for it. */
bool ndr_rd_pointer(struct rd *r);

/* A [string] wchar_t array: UTF-16LE without its terminator. */
struct span ndr_rd_wstring(struct rd *r);

/* The count in front of a conformant array whose elements take at least element_bytes_min bytes on
 * the wire: refused when the rest of the stub could not hold them. */
uint32_t ndr_rd_count(struct rd *r, size_t element_bytes_min);

struct ndr_wr {
    struct wr *w; /* base at the start of the stub */
    uint32_t referents;
    bool bad_text; /* some string was not UTF-8; it went out empty */
};

static inline struct ndr_wr ndr_wr_of(struct wr *w)
{
    return (struct ndr_wr){w, 0, false};
}

void ndr_wr_align(struct ndr_wr *n, size_t alignment);
void ndr_wr_u16(struct ndr_wr *n, uint16_t v);
void ndr_wr_u32(struct ndr_wr *n, uint32_t v);
void ndr_wr_u64(struct ndr_wr *n, uint64_t v);

/* A referent id of its own, or 0 for NULL. */
void ndr_wr_pointer(struct ndr_wr *n, bool present);

/* UTF-8 in, UTF-16LE with terminator out; NULL goes out empty. */
void ndr_wr_wstring(struct ndr_wr *n, const char *s);

/* A conformant array of bytes. */
void ndr_wr_bytes(struct ndr_wr *n, struct span bytes);
