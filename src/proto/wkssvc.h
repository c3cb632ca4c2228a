/* SPDX-License-Identifier: Apache-2.0
 *
 * The Workstation Service, [MS-WKST], as far as browsing clients ask it: NetrWkstaGetInfo. */
#pragma once

#include "proto/ndr.h"

enum wkssvc_opnum {
    WKSSVC_WKSTA_GET_INFO = 0,
};

struct wkssvc_req {
    struct span server_name; /* UTF-16LE, may be empty */
    uint32_t level;
};

bool wkssvc_opnum_is_known(uint16_t opnum) MUST_USE;
bool wkssvc_req_read(struct span stub, uint16_t opnum, struct wkssvc_req *ret_req) MUST_USE;

struct wkssvc_info {
    const char *computer_name; /* UTF-8 */
    const char *domain_name;
    uint32_t version_major, version_minor;
    uint32_t logged_on_users;
};

/* Levels 100, 101, 102; another answers WERR_INVALID_LEVEL by itself. */
void wkssvc_info_rsp_write(struct wr *w, uint32_t level, const struct wkssvc_info *info);
