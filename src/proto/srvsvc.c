/* SPDX-License-Identifier: Apache-2.0
 *
 * NetrShareEnum for a client. */
#include "proto/srvsvc.h"

#define LEVEL 1u
#define NO_LIMIT 0xFFFFFFFFu
#define ENTRY_SIZE 12u /* pointer, type, pointer */

void srvsvc_share_enum_req_write(struct wr *w, const char *server_name)
{
    struct ndr_out o = ndr_out_of(w);
    ndr_wr_pointer(&o);
    ndr_wr_string(&o, server_name);
    ndr_wr_u32(&o, LEVEL);
    ndr_wr_u32(&o, LEVEL); /* once more, as the discriminant of the union */
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 0); /* no entries yet */
    ndr_wr_null(&o);
    ndr_wr_u32(&o, NO_LIMIT);
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 0); /* resume from the start */
}

/* The array: entries whose strings, where there are any, follow behind all of them. */
static void entries_read(struct rd *r, struct arena *a, struct srvsvc_share_list *list)
{
    uint32_t count = ndr_rd_count(r, ENTRY_SIZE);
    if (count != list->count || count > SRVSVC_SHARES_MAX) {
        rd_fail(r);
        return;
    }
    list->entries = ARENA_ARRAY(a, struct srvsvc_share_entry, count);
    struct rd heads = *r;
    rd_skip(r, (size_t)ENTRY_SIZE * count);
    for (uint32_t i = 0; i < count; i++) {
        struct srvsvc_share_entry *e = &list->entries[i];
        bool has_name = ndr_rd_pointer(&heads);
        e->type = ndr_rd_u32(&heads);
        bool has_comment = ndr_rd_pointer(&heads);
        if (has_name)
            e->name = ndr_rd_wstring(r);
        if (has_comment)
            e->comment = ndr_rd_wstring(r);
    }
}

bool srvsvc_share_enum_rsp_read(struct span stub, struct arena *a,
                                struct srvsvc_share_list *ret_list)
{
    struct srvsvc_share_list list = {0};
    struct rd r = rd_of(stub);
    if (ndr_rd_u32(&r) != LEVEL || ndr_rd_u32(&r) != LEVEL)
        return false;
    if (ndr_rd_pointer(&r)) {
        list.count = ndr_rd_u32(&r);
        if (ndr_rd_pointer(&r))
            entries_read(&r, a, &list);
        else
            list.count = 0;
    }
    (void)ndr_rd_u32(&r); /* how many there are in total */
    if (ndr_rd_pointer(&r))
        (void)ndr_rd_u32(&r);
    list.werror = ndr_rd_u32(&r);
    if (!rd_done(&r))
        return false;
    *ret_list = list;
    return true;
}
