/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE and its contexts, which also have targets of their own. */
#include "proto/create.h"
#include "pairs.h"
#include "proto/oplock.h"

#define GUID(n) {{n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}
#define SID_OF_ROOT "\1\2\0\0\0\0\0\x16\1\0\0\0\0\0\0\0"

#define ALL_REQ_CONTEXTS                                                                           \
    .present = 0x7FFF, .ea = BYTES("an EA chain"), .sd = BYTES("a descriptor"),                    \
    .allocation_size = 4096, .maximal_access_has_time = true, .maximal_access_time = 99,           \
    .snapshot_time = 0x01DC000000000000,                                                           \
    .lease = {.version = 2, .key = GUID(1), .state = 7,                                            \
              .flags = SMB2_LEASE_FLAG_PARENT_KEY_SET, .parent_key = GUID(2), .epoch = 1},         \
    .durable_file_id = {1, 2}, .durable_v2_timeout_ms = 60000, .durable_v2_flags = 2,              \
    .durable_v2_create_guid = GUID(3), .reconnect_v2_file_id = {3, 4},                             \
    .reconnect_v2_create_guid = GUID(4), .reconnect_v2_flags = 2, .app_instance_id = GUID(5),      \
    .app_instance_version_high = 6, .app_instance_version_low = 7, .posix_mode = 0644,             \
    .aapl = {.command = AAPL_SERVER_QUERY, .query_bitmap = 7, .client_caps = 0xF}

#define FEW_REQ_CONTEXTS                                                                           \
    .present = CREATE_HAS_MXAC | CREATE_HAS_QFID | CREATE_HAS_RQLS | CREATE_HAS_AAPL,              \
    .lease = {.version = 1, .key = GUID(1), .state = SMB2_LEASE_READ},                             \
    .aapl = {.command = AAPL_RESOLVE_ID, .file_id = 12}

#define ALL_RSP_CONTEXTS                                                                           \
    .present = CREATE_HAS_MXAC | CREATE_HAS_QFID | CREATE_HAS_RQLS | CREATE_HAS_DHNQ |             \
               CREATE_HAS_DH2Q | CREATE_HAS_POSIX | CREATE_HAS_AAPL,                               \
    .maximal_access = 0x1F01FF, .disk_file_id = 5, .volume_id = 6,                                 \
    .lease = {.version = 2, .key = GUID(1), .state = 3, .epoch = 2},                               \
    .durable_v2_timeout_ms = 60000, .durable_v2_flags = 2, .posix_nlink = 1, .posix_mode = 0644,   \
    .posix_owner = BYTES(SID_OF_ROOT), .posix_group = BYTES(SID_OF_ROOT),                          \
    .aapl = {.command = AAPL_SERVER_QUERY, .reply_bitmap = 7, .server_caps = 1, .volume_caps = 2,  \
             .model = U16("Braid")}

PAIR_AGAIN(create_req)
PAIR_SAMPLE(create_req, , .oplock_level = SMB2_OPLOCK_BATCH, .impersonation_level = 2,
            .desired_access = 0x120089, .file_attributes = 0x80, .share_access = 7,
            .disposition = FILE_OPEN, .options = FILE_NON_DIRECTORY_FILE,
            .name = U16("dir\\file name.txt"))
PAIR_SAMPLE(create_req, _root, .impersonation_level = 2, .desired_access = 0x80,
            .share_access = 7, .disposition = FILE_OPEN)
PAIR_SAMPLE(create_req, _contexts, .oplock_level = SMB2_OPLOCK_LEASE, .impersonation_level = 2,
            .desired_access = 0x2000000, .share_access = 7, .disposition = FILE_OPEN_IF,
            .name = U16("odd"), .contexts = {ALL_REQ_CONTEXTS})

PAIR_AGAIN(create_rsp)
PAIR_SAMPLE(create_rsp, , .oplock_level = SMB2_OPLOCK_LEVEL_II, .action = FILE_ACTION_OPENED,
            .creation_time = 1, .last_access_time = 2, .last_write_time = 3, .change_time = 4,
            .allocation_size = 4096, .end_of_file = 5, .file_attributes = 0x20, .file_id = {1, 2})
PAIR_SAMPLE(create_rsp, _contexts, .oplock_level = SMB2_OPLOCK_LEASE, .file_id = {1, 2},
            .contexts = {ALL_RSP_CONTEXTS})

PAIR_AGAIN_SPAN(create_contexts_req, create_contexts_req_read, create_contexts_req_write)
PAIR_SAMPLE(create_contexts_req, _all, ALL_REQ_CONTEXTS)
PAIR_SAMPLE(create_contexts_req, _few, FEW_REQ_CONTEXTS)

PAIR_AGAIN_SPAN(create_contexts_rsp, create_contexts_rsp_read, create_contexts_rsp_write)
PAIR_SAMPLE(create_contexts_rsp, _all, ALL_RSP_CONTEXTS)
PAIR_SAMPLE(create_contexts_rsp, _path, .present = CREATE_HAS_AAPL | CREATE_HAS_RQLS,
            .lease = {.version = 1, .key = GUID(1), .state = 1},
            .aapl = {.command = AAPL_RESOLVE_ID, .resolved_path = U16("a\\b")})

const struct proto_pair pairs_of_create[] = {
    {"create_req", SMB2_HEADER_SIZE,
     {create_req_sample, create_req_sample_root, create_req_sample_contexts}, create_req_again},
    {"create_rsp", SMB2_HEADER_SIZE, {create_rsp_sample, create_rsp_sample_contexts},
     create_rsp_again},
    {"create_contexts_req", 0, {create_contexts_req_sample_all, create_contexts_req_sample_few},
     create_contexts_req_again},
    {"create_contexts_rsp", 0, {create_contexts_rsp_sample_all, create_contexts_rsp_sample_path},
     create_contexts_rsp_again},
    {0},
};
