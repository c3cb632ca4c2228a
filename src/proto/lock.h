/* SPDX-License-Identifier: Apache-2.0
 *
 * LOCK request, [MS-SMB2] 2.2.26.  The reply has no fields: simple.h. */
#pragma once

#include "base/limits.h"
#include "proto/smb2.h"

#define SMB2_LOCKFLAG_SHARED 0x00000001u
#define SMB2_LOCKFLAG_EXCLUSIVE 0x00000002u
#define SMB2_LOCKFLAG_UNLOCK 0x00000004u
#define SMB2_LOCKFLAG_FAIL_IMMEDIATELY 0x00000010u

struct lock_element {
    uint64_t offset;
    uint64_t length;
    uint32_t flags;
};

struct lock_req {
    uint32_t lock_sequence; /* low 4 bits number, others index, 2.1 and later */
    struct smb2_file_id file_id;
    uint16_t element_count; /* 1..LIMIT_LOCK_ELEMENTS_MAX */
    struct span elements;   /* readers: raw; take one with lock_req_element */
};

/* Also fails on a count of 0 or above the limit: STATUS_INVALID_PARAMETER either way. */
bool lock_req_read(struct rd *r, struct lock_req *ret_req) MUST_USE;

/* Element `index` of a request that was read; index < element_count. */
struct lock_element lock_req_element(const struct lock_req *req, unsigned index) MUST_USE;

/* Writes req with element_count elements from the array; req->elements is not looked at. */
void lock_req_write(struct wr *w, const struct lock_req *req, const struct lock_element *elements);
