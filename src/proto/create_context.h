/* SPDX-License-Identifier: Apache-2.0
 *
 * Create contexts, the extensible tail of CREATE, [MS-SMB2] 2.2.13.2, 2.2.14.2.  The whole list is
 * read at once into one struct; `present` says what came.  Unknown ones (among them the shared
 * virtual disk's) are skipped, the second of a kind and every wrong size make the list malformed.
 * The bits are the same for requests and responses. */
#pragma once

#include "proto/smb2.h"

#define CREATE_HAS_EXTA 0x0001u                 /* extended attributes */
#define CREATE_HAS_SECD 0x0002u                 /* security descriptor */
#define CREATE_HAS_ALSI 0x0004u                 /* allocation size */
#define CREATE_HAS_MXAC 0x0008u                 /* maximal access */
#define CREATE_HAS_TWRP 0x0010u                 /* snapshot time */
#define CREATE_HAS_QFID 0x0020u                 /* id on disk */
#define CREATE_HAS_RQLS 0x0040u                 /* lease, v1 or v2 */
#define CREATE_HAS_DHNQ 0x0080u                 /* durable request */
#define CREATE_HAS_DHNC 0x0100u                 /* durable reconnect */
#define CREATE_HAS_DH2Q 0x0200u                 /* durable v2 request */
#define CREATE_HAS_DH2C 0x0400u                 /* durable v2 reconnect */
#define CREATE_HAS_APP_INSTANCE_ID 0x0800u
#define CREATE_HAS_APP_INSTANCE_VERSION 0x1000u
#define CREATE_HAS_POSIX 0x2000u
#define CREATE_HAS_AAPL 0x4000u

#define SMB2_DHANDLE_FLAG_PERSISTENT 0x00000002u
#define SMB2_LEASE_FLAG_BREAK_IN_PROGRESS 0x00000002u
#define SMB2_LEASE_FLAG_PARENT_KEY_SET 0x00000004u

struct create_lease {
    uint8_t version; /* 1 or 2 */
    struct guid key;
    uint32_t state; /* SMB2_LEASE_… of oplock.h */
    uint32_t flags;
    struct guid parent_key; /* from here on version 2 only */
    uint16_t epoch;
};

#define AAPL_SERVER_QUERY 1u
#define AAPL_RESOLVE_ID 2u
#define AAPL_QUERY_SERVER_CAPS 0x1u /* request and reply bitmap */
#define AAPL_QUERY_VOLUME_CAPS 0x2u
#define AAPL_QUERY_MODEL_INFO 0x4u

struct create_aapl_req {
    uint32_t command;
    uint64_t query_bitmap; /* AAPL_SERVER_QUERY */
    uint64_t client_caps;
    uint64_t file_id; /* AAPL_RESOLVE_ID */
};

struct create_contexts_req {
    uint32_t present; /* CREATE_HAS_… */
    struct span ea;   /* chain for ea.h */
    struct span sd;   /* bytes for sd.h */
    uint64_t allocation_size;
    bool maximal_access_has_time;
    uint64_t maximal_access_time; /* FILETIME: answer only if changed since */
    uint64_t snapshot_time;       /* FILETIME */
    struct create_lease lease;
    struct smb2_file_id durable_file_id;    /* DHnC */
    uint32_t durable_v2_timeout_ms;         /* DH2Q; 0: the server chooses */
    uint32_t durable_v2_flags;              /* DH2Q */
    struct guid durable_v2_create_guid;     /* DH2Q */
    struct smb2_file_id reconnect_v2_file_id; /* DH2C */
    struct guid reconnect_v2_create_guid;
    uint32_t reconnect_v2_flags;
    struct guid app_instance_id;
    uint64_t app_instance_version_high, app_instance_version_low;
    uint32_t posix_mode;
    struct create_aapl_req aapl;
};

struct create_aapl_rsp {
    uint32_t command;
    uint64_t reply_bitmap; /* which of the next three are there */
    uint64_t server_caps;
    uint64_t volume_caps;
    struct span model; /* UTF-16LE */
    ntstatus resolve_status; /* AAPL_RESOLVE_ID */
    struct span resolved_path;
};

struct create_contexts_rsp {
    uint32_t present; /* MXAC QFID RQLS DHNQ DH2Q POSIX AAPL */
    ntstatus maximal_access_status;
    uint32_t maximal_access;
    uint64_t disk_file_id, volume_id;
    struct create_lease lease;
    uint32_t durable_v2_timeout_ms;
    uint32_t durable_v2_flags;
    uint32_t posix_nlink, posix_reparse_tag, posix_mode;
    struct span posix_owner, posix_group; /* SIDs as bytes */
    struct create_aapl_rsp aapl;
};

/* The bytes of a whole list; an empty span is an empty list. */
bool create_contexts_req_read(struct span list, struct create_contexts_req *ret) MUST_USE;
bool create_contexts_rsp_read(struct span list, struct create_contexts_rsp *ret) MUST_USE;

/* Append a list from the present position, 8-aligned to it; nothing if `present` is 0. */
void create_contexts_req_write(struct wr *w, const struct create_contexts_req *c);
void create_contexts_rsp_write(struct wr *w, const struct create_contexts_rsp *c);
