/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading cursor driven by the input: the first half says which reads to do, the second half
 * is what they read.  Whatever they do, no view may leave the input. */
#include "wire/rd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void view_inside(struct span whole, struct span view)
{
    ASSERT(view.len <= whole.len);
    ASSERT(view.len == 0 || (view.p >= whole.p && view.p + view.len <= whole.p + whole.len));
}

static void chain_walk(struct rd *r, struct span whole, size_t alignment)
{
    struct rd_chain c = rd_chain_of(*r, alignment, 64);
    struct rd e;
    const uint8_t *before = NULL;
    for (unsigned n = 0; rd_chain_next(&c, &e); n++) {
        ASSERT(n < 64);
        ASSERT(e.base > before);
        before = e.base;
        ASSERT(rd_left(&e) >= 4);
        view_inside(whole, rd_span(&e, rd_left(&e)));
    }
    rd_fold(r, &c.rest);
}

static void step(struct rd *orders, struct rd *r, struct span whole)
{
    switch (rd_u8(orders) % 8) {
    case 0:
        (void)rd_u8(r);
        break;
    case 1:
        (void)rd_u16(r);
        break;
    case 2:
        (void)rd_u64(r);
        break;
    case 3:
        view_inside(whole, rd_span(r, rd_u8(orders)));
        break;
    case 4: {
        size_t offset = rd_u16(orders);
        view_inside(whole, rd_span_at(r, offset, rd_u16(orders)));
        break;
    }
    case 5:
        view_inside(whole, rd_span_at(r, rd_u64(orders), rd_u64(orders)));
        break;
    case 6:
        chain_walk(r, whole, 1u << rd_u8(orders) % 4);
        break;
    default: {
        uint32_t offset = rd_u32(r);
        struct rd child = rd_at(r, offset, rd_u32(r));
        chain_walk(&child, whole, 8);
        rd_fold(r, &child);
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd orders = rd_of(span_of(data, size / 2));
    struct span whole = span_of(data + size / 2, size - size / 2);
    struct rd r = rd_of(whole);
    while (rd_left(&orders)) {
        bool was_bad = !rd_done(&r);
        step(&orders, &r, whole);
        ASSERT(!was_bad || (!rd_done(&r) && rd_left(&r) == 0));
    }
    return 0;
}
