/* SPDX-License-Identifier: Apache-2.0
 *
 * TREE_CONNECT, [MS-SMB2] 2.2.9, 2.2.10.  TREE_DISCONNECT has no fields: see simple.h. */
#pragma once

#include "proto/smb2.h"

#define SMB2_TREE_CONNECT_CLUSTER_RECONNECT 0x0001u /* request flags, 3.1.1 */
#define SMB2_TREE_CONNECT_REDIRECT_TO_OWNER 0x0002u
#define SMB2_TREE_CONNECT_EXTENSION_PRESENT 0x0004u

#define SMB2_SHARE_TYPE_DISK 0x01u
#define SMB2_SHARE_TYPE_PIPE 0x02u
#define SMB2_SHARE_TYPE_PRINT 0x03u

#define SMB2_SHARE_FLAG_MANUAL_CACHING 0x00000000u
#define SMB2_SHARE_FLAG_AUTO_CACHING 0x00000010u
#define SMB2_SHARE_FLAG_VDO_CACHING 0x00000020u
#define SMB2_SHARE_FLAG_NO_CACHING 0x00000030u
#define SMB2_SHARE_FLAG_DFS 0x00000001u
#define SMB2_SHARE_FLAG_DFS_ROOT 0x00000002u
#define SMB2_SHARE_FLAG_RESTRICT_EXCLUSIVE_OPENS 0x00000100u
#define SMB2_SHARE_FLAG_FORCE_SHARED_DELETE 0x00000200u
#define SMB2_SHARE_FLAG_ALLOW_NAMESPACE_CACHING 0x00000400u
#define SMB2_SHARE_FLAG_ACCESS_BASED_ENUM 0x00000800u
#define SMB2_SHARE_FLAG_FORCE_LEVELII_OPLOCK 0x00001000u
#define SMB2_SHARE_FLAG_ENABLE_HASH_V1 0x00002000u
#define SMB2_SHARE_FLAG_ENABLE_HASH_V2 0x00004000u
#define SMB2_SHARE_FLAG_ENCRYPT_DATA 0x00008000u
#define SMB2_SHARE_FLAG_IDENTITY_REMOTING 0x00040000u
#define SMB2_SHARE_FLAG_COMPRESS_DATA 0x00100000u
#define SMB2_SHARE_FLAG_ISOLATED_TRANSPORT 0x00200000u

#define SMB2_SHARE_CAP_DFS 0x00000008u
#define SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY 0x00000010u
#define SMB2_SHARE_CAP_SCALEOUT 0x00000020u
#define SMB2_SHARE_CAP_CLUSTER 0x00000040u
#define SMB2_SHARE_CAP_ASYMMETRIC 0x00000080u
#define SMB2_SHARE_CAP_REDIRECT_TO_OWNER 0x00000100u

struct tree_connect_req {
    uint16_t flags;
    struct span path; /* UTF-16LE \\server\share */
};

bool tree_connect_req_read(struct rd *r, struct tree_connect_req *ret_req) MUST_USE;
void tree_connect_req_write(struct wr *w, const struct tree_connect_req *req);

struct tree_connect_rsp {
    uint8_t share_type;
    uint32_t share_flags;
    uint32_t capabilities;
    uint32_t maximal_access;
};

bool tree_connect_rsp_read(struct rd *r, struct tree_connect_rsp *ret_rsp) MUST_USE;
void tree_connect_rsp_write(struct wr *w, const struct tree_connect_rsp *rsp);
