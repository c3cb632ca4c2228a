/* SPDX-License-Identifier: Apache-2.0
 *
 * SESSION_SETUP and LOGOFF, [MS-SMB2] 2.2.5 to 2.2.8. */
#pragma once

#include "proto/smb2.h"

#define SMB2_SESSION_SETUP_BINDING 0x01u /* request flag: add this connection as a channel */

#define SMB2_SESSION_IS_GUEST 0x0001u /* flags of the response */
#define SMB2_SESSION_IS_NULL 0x0002u
#define SMB2_SESSION_ENCRYPT_DATA 0x0004u

struct session_setup_req {
    uint8_t flags;
    uint8_t security_mode;
    uint32_t capabilities;
    uint32_t channel; /* reserved, 0 */
    uint64_t previous_session_id;
    struct span token;
};

bool session_setup_req_read(struct rd *r, struct session_setup_req *ret_req) MUST_USE;
void session_setup_req_write(struct wr *w, const struct session_setup_req *req);

struct session_setup_rsp {
    uint16_t session_flags;
    struct span token;
};

bool session_setup_rsp_read(struct rd *r, struct session_setup_rsp *ret_rsp) MUST_USE;
void session_setup_rsp_write(struct wr *w, const struct session_setup_rsp *rsp);
