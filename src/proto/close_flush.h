/* SPDX-License-Identifier: Apache-2.0
 *
 * CLOSE and FLUSH, [MS-SMB2] 2.2.15 to 2.2.18.  The reply of FLUSH has no fields: simple.h. */
#pragma once

#include "proto/smb2.h"

#define SMB2_CLOSE_POSTQUERY_ATTRIB 0x0001u

struct close_req {
    uint16_t flags;
    struct smb2_file_id file_id;
};

bool close_req_read(struct rd *r, struct close_req *ret_req) MUST_USE;
void close_req_write(struct wr *w, const struct close_req *req);

/* All but flags are zero unless flags has SMB2_CLOSE_POSTQUERY_ATTRIB. */
struct close_rsp {
    uint16_t flags;
    uint64_t creation_time, last_access_time, last_write_time, change_time; /* FILETIME */
    uint64_t allocation_size;
    uint64_t end_of_file;
    uint32_t file_attributes;
};

bool close_rsp_read(struct rd *r, struct close_rsp *ret_rsp) MUST_USE;
void close_rsp_write(struct wr *w, const struct close_rsp *rsp);

struct flush_req {
    struct smb2_file_id file_id;
};

bool flush_req_read(struct rd *r, struct flush_req *ret_req) MUST_USE;
void flush_req_write(struct wr *w, const struct flush_req *req);
