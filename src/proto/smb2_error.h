/* SPDX-License-Identifier: Apache-2.0
 *
 * The ERROR Response, body of every failed reply, and the data it may carry, [MS-SMB2] 2.2.2.  From
 * 3.1.1 on data travels in error contexts, before that bare. */
#pragma once

#include "proto/smb2.h"

#define SMB2_ERROR_ID_DEFAULT 0x00000000u
#define SMB2_ERROR_ID_SHARE_REDIRECT 0x72645253u

#define SYMLINK_FLAG_RELATIVE 0x00000001u

struct smb2_error_rsp {
    uint8_t context_count;
    struct span data;
};

bool smb2_error_rsp_read(struct rd *r, struct smb2_error_rsp *ret_rsp) MUST_USE;

/* The body of a failed reply with bare data (all dialects; empty for nearly all statuses). */
void smb2_error_rsp_write(struct wr *w, struct span error_data);

/* The same with the data in one error context: dialect 3.1.1. */
void smb2_error_context_rsp_write(struct wr *w, uint32_t error_id, struct span error_data);

/* What STATUS_STOPPED_ON_SYMLINK tells, [MS-SMB2] 2.2.2.2.1.  Names are UTF-16LE. */
struct symlink_error {
    uint16_t unparsed_path_bytes; /* rest of the requested path behind the link, in bytes */
    uint32_t flags;               /* SYMLINK_FLAG_RELATIVE */
    struct span substitute_name;
    struct span print_name;
};

/* A whole ERROR Response; in_context on dialect 3.1.1. */
void smb2_symlink_error_rsp_write(struct wr *w, const struct symlink_error *e, bool in_context);

/* From the data of an error response, looking into its first context if it has any. */
bool smb2_symlink_error_read(const struct smb2_error_rsp *rsp, struct symlink_error *ret) MUST_USE;

/* A whole ERROR Response for STATUS_BUFFER_TOO_SMALL: the number of bytes needed, 2.2.2. */
void smb2_too_small_error_rsp_write(struct wr *w, uint32_t bytes_needed, bool in_context);
