/* SPDX-License-Identifier: Apache-2.0
 *
 * The one SMB1 message a server of today reads: the NEGOTIATE by which old and careful clients ask
 * for SMB2, [MS-CIFS] 2.2.4.52, [MS-SMB2] 3.3.5.3. */
#pragma once

#include "wire/rd.h"
#include "wire/wr.h"

struct smb1_negotiate_req {
    bool offers_smb_2_002; /* "SMB 2.002": answered with dialect 0x0202 */
    bool offers_smb_2_any; /* "SMB 2.???": answered with 0x02FF, then a real NEGOTIATE follows */
};

/* r: base and position at the start of the message, which begins FF 'S' 'M' 'B'. */
bool smb1_negotiate_req_read(struct rd *r, struct smb1_negotiate_req *ret_req) MUST_USE;

/* The whole message (header included) as a client sends it. */
void smb1_negotiate_req_write(struct wr *w, const struct smb1_negotiate_req *req);
