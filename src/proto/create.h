/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE, [MS-SMB2] 2.2.13, 2.2.14.  Access masks are in sd.h, file attributes in fscc.h, oplock
 * levels in oplock.h. */
#pragma once

#include "proto/create_context.h"

#define FILE_SHARE_READ 0x00000001u
#define FILE_SHARE_WRITE 0x00000002u
#define FILE_SHARE_DELETE 0x00000004u

enum create_disposition {
    FILE_SUPERSEDE = 0,
    FILE_OPEN = 1,
    FILE_CREATE = 2,
    FILE_OPEN_IF = 3,
    FILE_OVERWRITE = 4,
    FILE_OVERWRITE_IF = 5,
};

/* CreateAction of the reply */
#define FILE_ACTION_SUPERSEDED 0u
#define FILE_ACTION_OPENED 1u
#define FILE_ACTION_CREATED 2u
#define FILE_ACTION_OVERWRITTEN 3u

#define FILE_DIRECTORY_FILE 0x00000001u
#define FILE_WRITE_THROUGH 0x00000002u
#define FILE_SEQUENTIAL_ONLY 0x00000004u
#define FILE_NO_INTERMEDIATE_BUFFERING 0x00000008u
#define FILE_SYNCHRONOUS_IO_ALERT 0x00000010u
#define FILE_SYNCHRONOUS_IO_NONALERT 0x00000020u
#define FILE_NON_DIRECTORY_FILE 0x00000040u
#define FILE_CREATE_TREE_CONNECTION 0x00000080u
#define FILE_COMPLETE_IF_OPLOCKED 0x00000100u
#define FILE_NO_EA_KNOWLEDGE 0x00000200u
#define FILE_OPEN_REMOTE_INSTANCE 0x00000400u
#define FILE_RANDOM_ACCESS 0x00000800u
#define FILE_DELETE_ON_CLOSE 0x00001000u
#define FILE_OPEN_BY_FILE_ID 0x00002000u
#define FILE_OPEN_FOR_BACKUP_INTENT 0x00004000u
#define FILE_NO_COMPRESSION 0x00008000u
#define FILE_OPEN_REQUIRING_OPLOCK 0x00010000u
#define FILE_DISALLOW_EXCLUSIVE 0x00020000u
#define FILE_RESERVE_OPFILTER 0x00100000u
#define FILE_OPEN_REPARSE_POINT 0x00200000u
#define FILE_OPEN_NO_RECALL 0x00400000u
#define FILE_OPEN_FOR_FREE_SPACE_QUERY 0x00800000u

#define SMB2_IMPERSONATION_ANONYMOUS 0u
#define SMB2_IMPERSONATION_IDENTIFICATION 1u
#define SMB2_IMPERSONATION_IMPERSONATION 2u
#define SMB2_IMPERSONATION_DELEGATE 3u

#define SMB2_CREATE_FLAG_REPARSEPOINT 0x01u /* flags of the reply, 3.x */

struct create_req {
    uint8_t oplock_level;
    uint32_t impersonation_level;
    uint64_t smb_create_flags; /* reserved */
    uint32_t desired_access;
    uint32_t file_attributes;
    uint32_t share_access;
    uint32_t disposition;
    uint32_t options;
    struct span name; /* UTF-16LE, relative to the share, '\' between components */
    struct create_contexts_req contexts;
};

bool create_req_read(struct rd *r, struct create_req *ret_req) MUST_USE;
void create_req_write(struct wr *w, const struct create_req *req);

struct create_rsp {
    uint8_t oplock_level;
    uint8_t flags;
    uint32_t action;
    uint64_t creation_time, last_access_time, last_write_time, change_time; /* FILETIME */
    uint64_t allocation_size;
    uint64_t end_of_file;
    uint32_t file_attributes;
    struct smb2_file_id file_id;
    struct create_contexts_rsp contexts;
};

bool create_rsp_read(struct rd *r, struct create_rsp *ret_rsp) MUST_USE;
void create_rsp_write(struct wr *w, const struct create_rsp *rsp);
