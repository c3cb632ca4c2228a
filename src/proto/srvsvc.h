/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's half of the Server Service, [MS-SRVS] 3.1.4.8: the call that lists a server's
 * shares, at level 1.  (The server's half is smb/rpc_srvsvc.c.) */
#pragma once

#include "proto/ndr.h"

#define SRVSVC_SHARE_ENUM 15u /* opnum */

#define SRVSVC_TYPE_DISK 0x00000000u
#define SRVSVC_TYPE_PRINT_QUEUE 0x00000001u
#define SRVSVC_TYPE_IPC 0x00000003u
#define SRVSVC_TYPE_HIDDEN 0x80000000u

#define SRVSVC_SHARES_MAX 4096u /* more in a reply makes it malformed */

/* server_name is UTF-8, as it was connected to. */
void srvsvc_share_enum_req_write(struct wr *w, const char *server_name);

struct srvsvc_share_entry {
    struct span name; /* UTF-16LE, views into the stub */
    uint32_t type;
    struct span comment;
};

struct srvsvc_share_list {
    struct srvsvc_share_entry *entries; /* from the arena */
    uint32_t count;
    uint32_t werror; /* WERR_OK, or why there is no list */
};

bool srvsvc_share_enum_rsp_read(struct span stub, struct arena *a,
                                struct srvsvc_share_list *ret_list) MUST_USE;
