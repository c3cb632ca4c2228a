/* SPDX-License-Identifier: Apache-2.0
 *
 * From a frame to requests in work, [MS-SMB2] 3.3.5.2.1 to 3.3.5.2.3: which protocol it speaks,
 * decryption, the chain's shape, message ids. */
#pragma once

#include "smb/conn.h"

/* Takes a frame of this connection; may run requests up to their first suspension.  False: the peer
 * broke the protocol (*ret_why says how) and the connection has to end.  A frame the transport
 * does not need any more is kept by reference. */
bool smb_receive(struct smb_conn *conn, struct frame *frame, const char **ret_why) MUST_USE;

/* The ClientGuid of an SMB2 NEGOTIATE request, zero where there is none: decides the home. */
struct guid smb_receive_client_guid(const struct frame *frame);
