/* SPDX-License-Identifier: Apache-2.0
 *
 * Building, protecting and sending responses, [MS-SMB2] 3.3.4.1.  A reply is built once in a pooled
 * buffer, signed or sealed there, and handed to the transport without copying:
 *
 *     | struct smb_reply | room for framing and transform header | header, body | header, body …
 *                                                                ^ SMB_REPLY_FIRST
 */
#pragma once

#include "smb/request.h"

struct smb_reply {
    struct out_message message;
    struct iobuf *buffer; /* which holds this struct */
};

#define SMB_REPLY_FIRST 200u
static_assert(sizeof(struct smb_reply) + TRANSPORT_HEADROOM + SMB2_TRANSFORM_HEADER_SIZE <=
                  SMB_REPLY_FIRST,
              "what precedes the first header fits");
static_assert(SMB_REPLY_FIRST % 8 == 0, "headers are aligned");

/* Places req->out at the next element's response, behind an empty header. */
void smb_reply_begin(struct smb_request *req);
/* Completes that element with its status: body rules of request.h, header, credits. */
void smb_reply_end(struct smb_request *req, ntstatus status);
/* Signs the last element, seals and sends the whole; nothing if there is none. */
void smb_reply_send(struct smb_request *req);
/* Drops what was built: the connection is gone. */
void smb_reply_drop(struct smb_request *req);

/* STATUS_PENDING with a fresh AsyncId, after the finished elements of the compound.  False at the
 * limit of pending requests. */
bool smb_reply_interim(struct smb_request *req) MUST_USE;

/* Gives back the room that finished elements took, once they have been sent.  req->out moves. */
void smb_reply_shrink(struct smb_request *req);

/* A whole message of its own: `message` (header and body) sealed if sealer is given.  For break
 * notifications and the SMB1 answer. */
void smb_reply_post(struct smb_conn *conn, struct span message, struct sealer *sealer,
                    uint64_t session_id);
