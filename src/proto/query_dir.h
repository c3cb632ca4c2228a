/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_DIRECTORY, [MS-SMB2] 2.2.33, 2.2.34.  The entries are in dir_info.h. */
#pragma once

#include "proto/smb2.h"

#define SMB2_RESTART_SCANS 0x01u
#define SMB2_RETURN_SINGLE_ENTRY 0x02u
#define SMB2_INDEX_SPECIFIED 0x04u
#define SMB2_REOPEN 0x10u

struct query_dir_req {
    uint8_t info_class; /* enum dir_info_class */
    uint8_t flags;
    uint32_t file_index;
    struct smb2_file_id file_id;
    struct span pattern; /* UTF-16LE */
    uint32_t output_bytes_max;
};

bool query_dir_req_read(struct rd *r, struct query_dir_req *ret_req) MUST_USE;
void query_dir_req_write(struct wr *w, const struct query_dir_req *req);

/* Also the reply of QUERY_INFO and CHANGE_NOTIFY: StructureSize 9, one buffer. */
struct output_rsp {
    struct span output;
};

bool output_rsp_read(struct rd *r, struct output_rsp *ret_rsp) MUST_USE;
void output_rsp_write(struct wr *w, const struct output_rsp *rsp);

/* For output produced in place: leaves w where it begins; output_rsp_end fills its length in. */
#define SMB2_OUTPUT_RSP_DATA_AT 72u
struct wr_hole output_rsp_begin(struct wr *w) MUST_USE;
void output_rsp_end(struct wr *w, struct wr_hole output_bytes);
