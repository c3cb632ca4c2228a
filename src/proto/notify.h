/* SPDX-License-Identifier: Apache-2.0
 *
 * CHANGE_NOTIFY, [MS-SMB2] 2.2.35, 2.2.36, and the FILE_NOTIFY_INFORMATION records of its reply,
 * [MS-FSCC] 2.7.1; and SERVER_TO_CLIENT_NOTIFICATION, [MS-SMB2] 2.2.44.  The reply itself is
 * output_rsp of query_dir.h. */
#pragma once

#include "proto/entry.h"
#include "proto/smb2.h"

#define SMB2_WATCH_TREE 0x0001u

#define FILE_NOTIFY_CHANGE_FILE_NAME 0x00000001u
#define FILE_NOTIFY_CHANGE_DIR_NAME 0x00000002u
#define FILE_NOTIFY_CHANGE_ATTRIBUTES 0x00000004u
#define FILE_NOTIFY_CHANGE_SIZE 0x00000008u
#define FILE_NOTIFY_CHANGE_LAST_WRITE 0x00000010u
#define FILE_NOTIFY_CHANGE_LAST_ACCESS 0x00000020u
#define FILE_NOTIFY_CHANGE_CREATION 0x00000040u
#define FILE_NOTIFY_CHANGE_EA 0x00000080u
#define FILE_NOTIFY_CHANGE_SECURITY 0x00000100u
#define FILE_NOTIFY_CHANGE_STREAM_NAME 0x00000200u
#define FILE_NOTIFY_CHANGE_STREAM_SIZE 0x00000400u
#define FILE_NOTIFY_CHANGE_STREAM_WRITE 0x00000800u

enum file_action {
    FILE_ACTION_ADDED = 1,
    FILE_ACTION_REMOVED = 2,
    FILE_ACTION_MODIFIED = 3,
    FILE_ACTION_RENAMED_OLD_NAME = 4,
    FILE_ACTION_RENAMED_NEW_NAME = 5,
    FILE_ACTION_ADDED_STREAM = 6,
    FILE_ACTION_REMOVED_STREAM = 7,
    FILE_ACTION_MODIFIED_STREAM = 8,
};

struct change_notify_req {
    uint16_t flags;
    uint32_t output_bytes_max;
    struct smb2_file_id file_id;
    uint32_t completion_filter;
};

bool change_notify_req_read(struct rd *r, struct change_notify_req *ret_req) MUST_USE;
void change_notify_req_write(struct wr *w, const struct change_notify_req *req);

/* Writes a chain of records into w from its present position, each 4-byte aligned relative to the
 * first. */
struct notify_writer {
    struct wr *w;
    struct entry_chain chain;
};

struct notify_writer notify_writer_of(struct wr *w) MUST_USE;

/* Name in UTF-8, '/' or '\' between components.  False, and nothing appended, when the record does
 * not fit or the name is not UTF-8. */
bool notify_writer_add(struct notify_writer *n, uint32_t action, const char *name) MUST_USE;

struct notify_record {
    uint32_t action;
    struct span name; /* UTF-16LE */
};

/* Iterates: *rest begins as the whole output and shrinks; false at its end (rest->len 0) or on a
 * malformed record (rest->len not 0). */
bool notify_record_next(struct span *rest, struct notify_record *ret_record) MUST_USE;

#define SMB2_NOTIFY_SESSION_CLOSED 0u

struct server_notification {
    uint32_t type; /* SMB2_NOTIFY_SESSION_CLOSED */
};

bool server_notification_read(struct rd *r, struct server_notification *ret) MUST_USE;
void server_notification_write(struct wr *w, const struct server_notification *n);
