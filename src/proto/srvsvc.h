/* SPDX-License-Identifier: Apache-2.0
 *
 * The Server Service, [MS-SRVS]: lists shares and says who the server is.  Requests are decoded
 * from whole stubs, replies encoded from host structs; the client's half for listing shares. */
#pragma once

#include "base/arena.h"
#include "proto/ndr.h"

enum srvsvc_opnum {
    SRVSVC_SESSION_ENUM = 12,
    SRVSVC_SHARE_ENUM = 15,
    SRVSVC_SHARE_GET_INFO = 16,
    SRVSVC_SERVER_GET_INFO = 21,
    SRVSVC_SHARE_ENUM_STICKY = 36,
};

#define WERR_OK 0u
#define WERR_ACCESS_DENIED 5u
#define WERR_NOT_SUPPORTED 50u
#define WERR_INVALID_LEVEL 124u
#define WERR_MORE_DATA 234u
#define WERR_NERR_NET_NAME_NOT_FOUND 2310u

#define SRVSVC_TYPE_DISK 0x00000000u
#define SRVSVC_TYPE_PRINT_QUEUE 0x00000001u
#define SRVSVC_TYPE_IPC 0x00000003u
#define SRVSVC_TYPE_HIDDEN 0x80000000u

#define SRVSVC_PLATFORM_NT 500u
#define SRVSVC_SERVER_TYPE_WORKSTATION 0x00000001u
#define SRVSVC_SERVER_TYPE_SERVER 0x00000002u
#define SRVSVC_SERVER_TYPE_UNIX 0x00000800u
#define SRVSVC_SERVER_TYPE_NT 0x00001000u
#define SRVSVC_SERVER_TYPE_NT_SERVER 0x00008000u

/* Arguments of all the calls above; which of them an opnum has is said behind each. */
struct srvsvc_req {
    struct span server_name; /* UTF-16LE, may be empty; all */
    struct span share_name;  /* SHARE_GET_INFO */
    uint32_t level;          /* all */
    uint32_t bytes_max;      /* the enumerations */
    bool has_resume;         /* the enumerations */
    uint32_t resume;
};

/* False: bad stub data, or an opnum not of enum srvsvc_opnum (srvsvc_opnum_is_known). */
bool srvsvc_opnum_is_known(uint16_t opnum) MUST_USE;
bool srvsvc_req_read(struct span stub, uint16_t opnum, struct srvsvc_req *ret_req) MUST_USE;

struct srvsvc_share {
    const char *name; /* UTF-8, all strings here */
    uint32_t type;
    const char *comment;
    uint32_t permissions; /* 0 */
    uint32_t uses_max;    /* 0xFFFFFFFF: no limit */
    uint32_t uses;
    const char *path;
    uint32_t flags; /* SMB2_SHARE_FLAG_… caching bits, levels 501 and 1005 */
    struct span sd; /* level 502, may be empty */
};

/* Replies of SHARE_ENUM and SHARE_ENUM_STICKY: levels 0, 1, 2, 501, 502; another level answers
 * WERR_INVALID_LEVEL by itself.  Resume handles are not needed: all shares are in one reply. */
struct srvsvc_share_enum_rsp {
    uint32_t level;
    bool has_resume;
    const struct srvsvc_share *shares;
    uint32_t count;
    uint32_t werror;
};
void srvsvc_share_enum_rsp_write(struct wr *w, const struct srvsvc_share_enum_rsp *rsp);

/* Reply of SHARE_GET_INFO: levels 0, 1, 2, 501, 502, 1005; share NULL with an error. */
void srvsvc_share_info_rsp_write(struct wr *w, uint32_t level, const struct srvsvc_share *share,
                                 uint32_t werror);

struct srvsvc_server {
    const char *name;
    const char *comment;
    uint32_t version_major, version_minor;
    uint32_t type; /* SRVSVC_SERVER_TYPE_… */
    uint32_t users_max;
};

/* Reply of SERVER_GET_INFO: levels 100, 101, 102. */
void srvsvc_server_info_rsp_write(struct wr *w, uint32_t level, const struct srvsvc_server *server);

/* Reply of SESSION_ENUM: an empty list of the level, or an error. */
void srvsvc_session_enum_rsp_write(struct wr *w, uint32_t level, bool has_resume, uint32_t werror);

/* The client's half: SHARE_ENUM of level 1. */
void srvsvc_share_enum_req_write(struct wr *w, const char *server_name);

#define SRVSVC_SHARES_MAX 4096u /* more in a reply makes it malformed */

struct srvsvc_share_entry {
    struct span name; /* UTF-16LE, views into the stub */
    uint32_t type;
    struct span comment;
};

struct srvsvc_share_list {
    struct srvsvc_share_entry *entries; /* from the arena */
    uint32_t count;
    uint32_t werror;
};

bool srvsvc_share_enum_rsp_read(struct span stub, struct arena *a,
                                struct srvsvc_share_list *ret_list) MUST_USE;
