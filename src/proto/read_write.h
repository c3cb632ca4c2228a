/* SPDX-License-Identifier: Apache-2.0
 *
 * READ and WRITE, [MS-SMB2] 2.2.19 to 2.2.22.  Payload may travel by reference: the *_head_write
 * functions write everything in front of it and nothing of it. */
#pragma once

#include "proto/smb2.h"

#define SMB2_READFLAG_UNBUFFERED 0x01u
#define SMB2_READFLAG_REQUEST_COMPRESSED 0x02u
#define SMB2_WRITEFLAG_WRITE_THROUGH 0x00000001u
#define SMB2_WRITEFLAG_UNBUFFERED 0x00000002u

#define SMB2_CHANNEL_NONE 0u
#define SMB2_CHANNEL_RDMA_V1 1u
#define SMB2_CHANNEL_RDMA_V1_INVALIDATE 2u
#define SMB2_CHANNEL_RDMA_TRANSFORM 3u

#define SMB2_READ_RSP_DATA_AT 80u   /* from the SMB2 header to the payload */
#define SMB2_WRITE_REQ_DATA_AT 112u /* the same for WRITE, as we send it */

struct read_req {
    uint8_t padding; /* where in the reply the client wants its data */
    uint8_t flags;
    uint32_t length;
    uint64_t offset;
    struct smb2_file_id file_id;
    uint32_t minimum_count;
    uint32_t channel;
    uint32_t remaining_bytes;
    struct span channel_info;
};

bool read_req_read(struct rd *r, struct read_req *ret_req) MUST_USE;
void read_req_write(struct wr *w, const struct read_req *req);

struct read_rsp {
    uint32_t remaining; /* bytes that went by RDMA; else 0 */
    uint32_t flags;     /* 3.1.1: 1 = an RDMA transform follows; else 0 */
    struct span data;
};

bool read_rsp_read(struct rd *r, struct read_rsp *ret_rsp) MUST_USE;
void read_rsp_write(struct wr *w, const struct read_rsp *rsp);
void read_rsp_head_write(struct wr *w, uint32_t data_bytes, uint32_t remaining);

struct write_req {
    uint64_t offset;
    struct smb2_file_id file_id;
    uint32_t channel;
    uint32_t remaining_bytes;
    uint32_t flags;
    struct span channel_info;
    uint32_t length;       /* bytes of payload */
    uint16_t data_offset;  /* from the SMB2 header */
    struct span data;      /* payload; empty when it goes by RDMA or by reference */
};

bool write_req_read(struct rd *r, struct write_req *ret_req) MUST_USE;

/* Everything but `data`: for a receiver that has only the front of a large WRITE in its hands.
 * The cursor may end anywhere behind the fixed part (SMB2_WRITE_REQ_DATA_AT bytes); the caller
 * compares data_offset and length with the frame. */
bool write_req_head_read(struct rd *r, struct write_req *ret_req) MUST_USE;

/* Takes length and offset of the payload from req->data. */
void write_req_write(struct wr *w, const struct write_req *req);

/* Takes the length from req->length; the payload follows at SMB2_WRITE_REQ_DATA_AT. */
void write_req_head_write(struct wr *w, const struct write_req *req);

struct write_rsp {
    uint32_t count;
    uint32_t remaining;
};

bool write_rsp_read(struct rd *r, struct write_rsp *ret_rsp) MUST_USE;
void write_rsp_write(struct wr *w, const struct write_rsp *rsp);
