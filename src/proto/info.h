/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_INFO and SET_INFO, [MS-SMB2] 2.2.37 to 2.2.40.  The reply of QUERY_INFO is output_rsp of
 * query_dir.h.  What travels inside: file_info.h, fs_info.h, set_info.h, sd.h, ea.h. */
#pragma once

#include "proto/smb2.h"

enum smb2_info_type {
    SMB2_INFO_FILE = 1,
    SMB2_INFO_FILESYSTEM = 2,
    SMB2_INFO_SECURITY = 3,
    SMB2_INFO_QUOTA = 4,
};

#define SMB2_QUERY_INFO_RESTART_SCAN 0x00000001u /* flags, for EAs */
#define SMB2_QUERY_INFO_RETURN_SINGLE_ENTRY 0x00000002u
#define SMB2_QUERY_INFO_INDEX_SPECIFIED 0x00000004u

struct query_info_req {
    uint8_t info_type;
    uint8_t info_class;
    uint32_t output_bytes_max;
    struct span input;
    uint32_t additional_information; /* security: SECINFO_… of sd.h; EAs: index */
    uint32_t flags;
    struct smb2_file_id file_id;
};

bool query_info_req_read(struct rd *r, struct query_info_req *ret_req) MUST_USE;
void query_info_req_write(struct wr *w, const struct query_info_req *req);

struct set_info_req {
    uint8_t info_type;
    uint8_t info_class;
    struct span buffer;
    uint32_t additional_information;
    struct smb2_file_id file_id;
};

bool set_info_req_read(struct rd *r, struct set_info_req *ret_req) MUST_USE;
void set_info_req_write(struct wr *w, const struct set_info_req *req);

/* The reply of SET_INFO: StructureSize 2 and nothing else. */
bool set_info_rsp_read(struct rd *r) MUST_USE;
void set_info_rsp_write(struct wr *w);
