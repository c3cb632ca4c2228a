/* SPDX-License-Identifier: Apache-2.0
 *
 * Chains of entries that each begin with a u32 NextEntryOffset: directory listings, streams, EAs,
 * change records, create contexts.  The writer's half links an entry only once it is complete, so
 * that one which does not fit is simply rolled back. */
#pragma once

#include "wire/rd.h"
#include "wire/wr.h"

struct entry_chain {
    size_t first_at; /* where the chain begins in the writer; alignment counts from here */
    size_t last_at;  /* the newest entry, if any */
    bool any;
};

static inline struct entry_chain entry_chain_of(const struct wr *w)
{
    return (struct entry_chain){.first_at = wr_pos(w)};
}

/* Begins an entry behind those of `chain`: pads, writes a link that ends the chain, and returns the
 * chain as it will be when the entry is complete. */
static inline struct entry_chain entry_open(struct wr *w, const struct entry_chain *chain,
                                            size_t alignment)
{
    size_t at = wr_pos(w) - chain->first_at;
    if (chain->any)
        wr_zero(w, (size_t)(align_up(at, alignment) - at));
    struct entry_chain longer = {chain->first_at, wr_pos(w), true};
    wr_u32(w, 0);
    return longer;
}

/* The entry is complete: the one before it gets its link. */
static inline void entry_close(struct wr *w, struct entry_chain *chain, struct entry_chain longer)
{
    if (chain->any)
        wr_patch_u32(w, chain->last_at, (uint32_t)(longer.last_at - chain->last_at));
    *chain = longer;
}

/* Takes one entry off the front of *rest, as a cursor whose base is the entry; its link is unread.
 * False, and *rest left alone, when *rest is empty or the link leads astray. */
static inline MUST_USE bool entry_next(struct span *rest, struct rd *ret_entry)
{
    if (rest->len == 0)
        return false;
    struct rd_chain c = rd_chain_of(rd_of(*rest), 1, 1);
    if (!rd_chain_next(&c, ret_entry))
        return false;
    *rest = rd_span(&c.rest, rd_left(&c.rest));
    return true;
}
