/* SPDX-License-Identifier: Apache-2.0
 *
 * NEGOTIATE and its contexts, [MS-SMB2] 2.2.3, 2.2.4.  Unknown contexts are skipped; the second of
 * a kind is remembered in `duplicate`, which a server answers with STATUS_INVALID_PARAMETER. */
#pragma once

#include "base/limits.h"
#include "proto/smb2.h"

/* Context types; each known one has a bit (1 << NEGOTIATE_HAS_…) in `present`. */
enum negotiate_context_type {
    NEGOTIATE_CONTEXT_PREAUTH = 0x0001,
    NEGOTIATE_CONTEXT_ENCRYPTION = 0x0002,
    NEGOTIATE_CONTEXT_COMPRESSION = 0x0003,
    NEGOTIATE_CONTEXT_NETNAME = 0x0005,
    NEGOTIATE_CONTEXT_TRANSPORT = 0x0006,
    NEGOTIATE_CONTEXT_RDMA_TRANSFORM = 0x0007,
    NEGOTIATE_CONTEXT_SIGNING = 0x0008,
    NEGOTIATE_CONTEXT_POSIX = 0x0100,
};

#define NEGOTIATE_HAS_PREAUTH 0x001u
#define NEGOTIATE_HAS_ENCRYPTION 0x002u
#define NEGOTIATE_HAS_COMPRESSION 0x004u
#define NEGOTIATE_HAS_NETNAME 0x008u
#define NEGOTIATE_HAS_TRANSPORT 0x010u
#define NEGOTIATE_HAS_RDMA_TRANSFORM 0x020u
#define NEGOTIATE_HAS_SIGNING 0x040u
#define NEGOTIATE_HAS_POSIX 0x080u

#define SMB2_PREAUTH_SHA512 0x0001u

#define SMB2_CIPHER_AES128_CCM 0x0001u
#define SMB2_CIPHER_AES128_GCM 0x0002u
#define SMB2_CIPHER_AES256_CCM 0x0003u
#define SMB2_CIPHER_AES256_GCM 0x0004u

#define SMB2_SIGN_HMAC_SHA256 0x0000u
#define SMB2_SIGN_AES_CMAC 0x0001u
#define SMB2_SIGN_AES_GMAC 0x0002u

#define SMB2_COMPRESSION_NONE 0x0000u
#define SMB2_COMPRESSION_LZNT1 0x0001u
#define SMB2_COMPRESSION_LZ77 0x0002u
#define SMB2_COMPRESSION_LZ77_HUFFMAN 0x0003u
#define SMB2_COMPRESSION_PATTERN_V1 0x0004u
#define SMB2_COMPRESSION_LZ4 0x0005u
#define SMB2_COMPRESSION_FLAG_CHAINED 0x00000001u

#define SMB2_TRANSPORT_SECURITY_ACCEPTED 0x00000001u

#define SMB2_RDMA_TRANSFORM_NONE 0x0000u
#define SMB2_RDMA_TRANSFORM_ENCRYPTION 0x0001u
#define SMB2_RDMA_TRANSFORM_SIGNING 0x0002u

#define NEGOTIATE_IDS_MAX 16u

/* Algorithms in the order of the peer's preference; more than fit are dropped from the end. */
struct negotiate_ids {
    uint16_t v[NEGOTIATE_IDS_MAX];
    unsigned count;
};

struct negotiate_contexts {
    uint32_t present; /* NEGOTIATE_HAS_… */
    bool duplicate;   /* readers only: some kind came twice; the first one is kept */
    struct negotiate_ids hashes;
    struct span salt;
    struct negotiate_ids ciphers;
    struct negotiate_ids signings;
    struct negotiate_ids compressions;
    uint32_t compression_flags;
    struct span netname; /* UTF-16LE */
    uint32_t transport_flags;
    struct negotiate_ids rdma_transforms;
};

bool negotiate_ids_contain(const struct negotiate_ids *ids, uint16_t id) MUST_USE;

struct negotiate_req {
    uint16_t security_mode;
    uint32_t capabilities;
    struct guid client_guid;
    uint16_t dialects[LIMIT_DIALECTS_MAX];
    unsigned dialect_count;             /* may be 0, which a server refuses */
    struct negotiate_contexts contexts; /* read and written only if 0x0311 is among the dialects */
};

bool negotiate_req_offers(const struct negotiate_req *req, uint16_t dialect) MUST_USE;
bool negotiate_req_read(struct rd *r, struct negotiate_req *ret_req) MUST_USE;
void negotiate_req_write(struct wr *w, const struct negotiate_req *req);

struct negotiate_rsp {
    uint16_t security_mode;
    uint16_t dialect;
    struct guid server_guid;
    uint32_t capabilities;
    uint32_t transact_bytes_max;
    uint32_t read_bytes_max;
    uint32_t write_bytes_max;
    uint64_t system_time; /* FILETIME */
    uint64_t start_time;  /* FILETIME; 0 is what servers of today say */
    struct span token;    /* SPNEGO hint */
    struct negotiate_contexts contexts; /* dialect 0x0311 only */
};

bool negotiate_rsp_read(struct rd *r, struct negotiate_rsp *ret_rsp) MUST_USE;
void negotiate_rsp_write(struct wr *w, const struct negotiate_rsp *rsp);
