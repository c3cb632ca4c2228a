/* SPDX-License-Identifier: Apache-2.0
 *
 * EA chains.  A full entry: link, flags, length of name, length of value, name with terminator,
 * value; a wanted name: link, length, name with terminator.  Both 4-aligned. */
#include "proto/ea.h"

#define EA_ALIGNMENT 4u
#define FULL_EA_HEAD_SIZE 8u
#define EA_NAME_BYTES_MAX 255u

/* A name of n bytes and its terminator, as a string of the arena. */
static const char *name_read(struct rd *r, size_t n, struct arena *a)
{
    struct span name = rd_span(r, n);
    if (rd_u8(r) != 0 || n == 0 || name.len != n || memchr(name.p, 0, n)) {
        rd_fail(r);
        return "";
    }
    return arena_strndup(a, (const char *)name.p, n);
}

static void full_ea_read(struct rd *e, struct arena *a, struct ea *ea)
{
    ea->flags = rd_u8(e);
    uint8_t name_bytes = rd_u8(e);
    uint16_t value_bytes = rd_u16(e);
    ea->name = name_read(e, name_bytes, a);
    ea->value = rd_span(e, value_bytes);
}

static void wanted_ea_read(struct rd *e, struct arena *a, struct ea *ea)
{
    ea->name = name_read(e, rd_u8(e), a);
}

static bool chain_read(struct span in, struct arena *a, struct ea_list *ret,
                       void (*read)(struct rd *, struct arena *, struct ea *))
{
    struct rd_chain counting = rd_chain_of(rd_of(in), EA_ALIGNMENT, EA_COUNT_MAX);
    struct rd_chain chain = counting;
    struct rd e;
    unsigned count = 0;
    while (rd_chain_next(&counting, &e))
        count++;
    if (!rd_done(&counting.rest))
        return false;
    struct ea_list list = {ARENA_ARRAY(a, struct ea, count), 0};
    while (rd_chain_next(&chain, &e)) {
        rd_skip(&e, 4);
        read(&e, a, &list.items[list.count++]);
        if (!rd_done(&e))
            return false;
    }
    *ret = list;
    return true;
}

bool ea_list_read(struct span in, struct arena *a, struct ea_list *ret)
{
    return chain_read(in, a, ret, full_ea_read);
}

bool ea_names_read(struct span in, struct arena *a, struct ea_list *ret)
{
    return chain_read(in, a, ret, wanted_ea_read);
}

struct ea_writer ea_writer_of(struct wr *w)
{
    return (struct ea_writer){w, entry_chain_of(w)};
}

bool ea_writer_add(struct ea_writer *e, const struct ea *ea)
{
    struct wr *w = e->w;
    size_t name_bytes = strlen(ea->name);
    if (name_bytes == 0 || name_bytes > EA_NAME_BYTES_MAX || ea->value.len > UINT16_MAX)
        return false;
    struct wr_mark mark = wr_mark(w);
    struct entry_chain longer = entry_open(w, &e->chain, EA_ALIGNMENT);
    wr_u8(w, ea->flags);
    wr_u8(w, (uint8_t)name_bytes);
    wr_u16(w, (uint16_t)ea->value.len);
    wr_bytes(w, ea->name, name_bytes + 1);
    wr_span(w, ea->value);
    if (w->full) {
        wr_rollback(w, mark);
        return false;
    }
    entry_close(w, &e->chain, longer);
    return true;
}

size_t ea_size(const struct ea *ea)
{
    return FULL_EA_HEAD_SIZE + strlen(ea->name) + 1 + ea->value.len;
}
