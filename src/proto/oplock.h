/* SPDX-License-Identifier: Apache-2.0
 *
 * OPLOCK_BREAK in its six shapes: notification, acknowledgement and reply, for oplocks and for
 * leases, [MS-SMB2] 2.2.23 to 2.2.25.  StructureSize tells an oplock's from a lease's. */
#pragma once

#include "proto/smb2.h"

#define SMB2_OPLOCK_NONE 0x00u
#define SMB2_OPLOCK_LEVEL_II 0x01u
#define SMB2_OPLOCK_EXCLUSIVE 0x08u
#define SMB2_OPLOCK_BATCH 0x09u
#define SMB2_OPLOCK_LEASE 0xFFu

#define SMB2_LEASE_NONE 0x00u
#define SMB2_LEASE_READ 0x01u
#define SMB2_LEASE_HANDLE 0x02u
#define SMB2_LEASE_WRITE 0x04u

#define SMB2_NOTIFY_BREAK_LEASE_ACK_REQUIRED 0x01u

/* Notification, acknowledgement and reply of an oplock are of one shape. */
struct oplock_break {
    uint8_t oplock_level;
    struct smb2_file_id file_id;
};

bool oplock_break_read(struct rd *r, struct oplock_break *ret) MUST_USE;
void oplock_break_write(struct wr *w, const struct oplock_break *b);

/* Acknowledgement and reply of a lease are of one shape. */
struct lease_ack {
    uint32_t flags;
    struct guid lease_key;
    uint32_t lease_state;
    uint64_t lease_duration; /* reserved, 0 */
};

bool lease_ack_read(struct rd *r, struct lease_ack *ret) MUST_USE;
void lease_ack_write(struct wr *w, const struct lease_ack *a);

/* What a client sends: which of the two it is, [MS-SMB2] 3.3.5.22. */
struct oplock_break_req {
    bool is_lease;
    struct oplock_break oplock;
    struct lease_ack lease;
};

bool oplock_break_req_read(struct rd *r, struct oplock_break_req *ret_req) MUST_USE;

struct lease_break {
    uint16_t new_epoch; /* lease v2 only; else 0 */
    uint32_t flags;     /* SMB2_NOTIFY_BREAK_LEASE_ACK_REQUIRED */
    struct guid lease_key;
    uint32_t current_state;
    uint32_t new_state;
};

bool lease_break_read(struct rd *r, struct lease_break *ret) MUST_USE;
void lease_break_write(struct wr *w, const struct lease_break *b);

/* What a server sends unasked: which of the two it is. */
struct break_notification {
    bool is_lease;
    struct oplock_break oplock;
    struct lease_break lease;
};

bool break_notification_read(struct rd *r, struct break_notification *ret) MUST_USE;
