/* SPDX-License-Identifier: Apache-2.0
 *
 * LOCK.  The elements stay in the message: a thousand of them need no array. */
#include "proto/lock.h"

#define ELEMENT_SIZE 24u

bool lock_req_read(struct rd *r, struct lock_req *ret_req)
{
    struct lock_req req = {0};
    rd_expect_u16(r, 48);
    req.element_count = rd_u16(r);
    req.lock_sequence = rd_u32(r);
    req.file_id = rd_smb2_file_id(r);
    req.elements = rd_span(r, ELEMENT_SIZE * (size_t)req.element_count);
    if (!rd_done(r) || req.element_count == 0 || req.element_count > LIMIT_LOCK_ELEMENTS_MAX)
        return false;
    *ret_req = req;
    return true;
}

struct lock_element lock_req_element(const struct lock_req *req, unsigned index)
{
    ASSERT(index < req->element_count);
    struct rd r = rd_of(req->elements);
    rd_skip(&r, ELEMENT_SIZE * (size_t)index);
    struct lock_element e = {.offset = rd_u64(&r)};
    e.length = rd_u64(&r);
    e.flags = rd_u32(&r);
    return e;
}

void lock_req_write(struct wr *w, const struct lock_req *req, const struct lock_element *elements)
{
    wr_u16(w, 48);
    wr_u16(w, req->element_count);
    wr_u32(w, req->lock_sequence);
    wr_smb2_file_id(w, req->file_id);
    for (unsigned i = 0; i < req->element_count; i++) {
        wr_u64(w, elements[i].offset);
        wr_u64(w, elements[i].length);
        wr_u32(w, elements[i].flags);
        wr_u32(w, 0);
    }
}
