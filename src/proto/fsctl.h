/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels inside IOCTL, [MS-SMB2] 2.2.31, 2.2.32 and [MS-FSCC] 2.3.  Readers take the whole
 * input or output buffer; writers append to w where the buffer begins. */
#pragma once

#include "proto/smb2.h"

#define FSCTL_DFS_GET_REFERRALS 0x00060194u
#define FSCTL_DFS_GET_REFERRALS_EX 0x000601B0u
#define FSCTL_PIPE_PEEK 0x0011400Cu
#define FSCTL_PIPE_WAIT 0x00110018u
#define FSCTL_PIPE_TRANSCEIVE 0x0011C017u
#define FSCTL_SRV_COPYCHUNK 0x001440F2u
#define FSCTL_SRV_COPYCHUNK_WRITE 0x001480F2u
#define FSCTL_SRV_ENUMERATE_SNAPSHOTS 0x00144064u
#define FSCTL_SRV_REQUEST_RESUME_KEY 0x00140078u
#define FSCTL_SRV_READ_HASH 0x001441BBu
#define FSCTL_LMR_REQUEST_RESILIENCY 0x001401D4u
#define FSCTL_QUERY_NETWORK_INTERFACE_INFO 0x001401FCu
#define FSCTL_VALIDATE_NEGOTIATE_INFO 0x00140204u
#define FSCTL_SET_REPARSE_POINT 0x000900A4u
#define FSCTL_GET_REPARSE_POINT 0x000900A8u
#define FSCTL_DELETE_REPARSE_POINT 0x000900ACu
#define FSCTL_CREATE_OR_GET_OBJECT_ID 0x000900C0u
#define FSCTL_SET_SPARSE 0x000900C4u
#define FSCTL_SET_ZERO_DATA 0x000980C8u
#define FSCTL_QUERY_ALLOCATED_RANGES 0x000940CFu
#define FSCTL_READ_FILE_USN_DATA 0x000900EBu
#define FSCTL_GET_COMPRESSION 0x0009003Cu
#define FSCTL_SET_COMPRESSION 0x0009C040u
#define FSCTL_FILE_LEVEL_TRIM 0x00098208u
#define FSCTL_OFFLOAD_READ 0x00094264u
#define FSCTL_OFFLOAD_WRITE 0x00098268u
#define FSCTL_GET_INTEGRITY_INFORMATION 0x0009027Cu
#define FSCTL_SET_INTEGRITY_INFORMATION 0x0009C280u
#define FSCTL_DUPLICATE_EXTENTS_TO_FILE 0x00098344u
#define FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX 0x000983E8u
#define FSCTL_IS_PATHNAME_VALID 0x0009002Cu
#define FSCTL_GET_NTFS_VOLUME_DATA 0x00090064u
#define FSCTL_QUERY_FILE_REGIONS 0x00090284u

/* VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 2.2.31.4, 2.2.32.6 */
#define FSCTL_VALIDATE_DIALECTS_MAX 64u

struct validate_negotiate_req {
    uint32_t capabilities;
    struct guid client_guid;
    uint16_t security_mode;
    uint16_t dialects[FSCTL_VALIDATE_DIALECTS_MAX];
    unsigned dialect_count;
};

struct validate_negotiate_rsp {
    uint32_t capabilities;
    struct guid server_guid;
    uint16_t security_mode;
    uint16_t dialect;
};

bool validate_negotiate_req_read(struct span in, struct validate_negotiate_req *ret) MUST_USE;
void validate_negotiate_req_write(struct wr *w, const struct validate_negotiate_req *req);
bool validate_negotiate_rsp_read(struct span out, struct validate_negotiate_rsp *ret) MUST_USE;
void validate_negotiate_rsp_write(struct wr *w, const struct validate_negotiate_rsp *rsp);

/* NETWORK_INTERFACE_INFO, [MS-SMB2] 2.2.32.5: a chain of 152-byte entries. */
#define NETWORK_INTERFACE_RSS 0x00000001u
#define NETWORK_INTERFACE_RDMA 0x00000002u

struct network_interface {
    uint32_t index;
    uint32_t capability;
    uint64_t link_speed; /* bits per second */
    bool is_ipv6;
    uint8_t address[16]; /* network order; the first 4 for IPv4 */
    uint32_t scope_id;   /* IPv6 */
};

/* At most `max` entries are stored; what cannot be read (other address families) is skipped. */
bool network_interfaces_read(struct span out, struct network_interface *list, unsigned max,
                             unsigned *ret_count) MUST_USE;
void network_interfaces_write(struct wr *w, const struct network_interface *list, unsigned count);

/* SRV_COPYCHUNK, [MS-SMB2] 2.2.31.1, 2.2.32.1, and its resume key, 2.2.32.3 */
#define RESUME_KEY_SIZE 24u
#define COPYCHUNKS_MAX 256u

struct copychunk {
    uint64_t source_offset;
    uint64_t target_offset;
    uint32_t length;
};

struct copychunk_req {
    uint8_t source_key[RESUME_KEY_SIZE];
    uint32_t count; /* as said by the client, may exceed COPYCHUNKS_MAX */
    struct copychunk chunks[COPYCHUNKS_MAX]; /* filled only if count does not */
};

struct copychunk_rsp {
    uint32_t chunks_written;
    uint32_t chunk_bytes_written;
    uint32_t total_bytes_written;
};

bool copychunk_req_read(struct span in, struct copychunk_req *ret) MUST_USE;
void copychunk_req_write(struct wr *w, const struct copychunk_req *req);
bool copychunk_rsp_read(struct span out, struct copychunk_rsp *ret) MUST_USE;
void copychunk_rsp_write(struct wr *w, const struct copychunk_rsp *rsp);

struct resume_key {
    uint8_t key[RESUME_KEY_SIZE];
};

bool resume_key_rsp_read(struct span out, struct resume_key *ret) MUST_USE;
void resume_key_rsp_write(struct wr *w, const struct resume_key *key);

/* LMR_REQUEST_RESILIENCY, [MS-SMB2] 2.2.31.3 */
struct resiliency_req {
    uint32_t timeout_ms;
};

bool resiliency_req_read(struct span in, struct resiliency_req *ret) MUST_USE;
void resiliency_req_write(struct wr *w, const struct resiliency_req *req);

/* SET_ZERO_DATA, QUERY_ALLOCATED_RANGES, SET_SPARSE, DUPLICATE_EXTENTS, [MS-FSCC] 2.3.  Offsets and
 * lengths are signed on the wire: negative ones make the buffer malformed. */
struct file_range {
    uint64_t offset;
    uint64_t length;
};

/* On the wire offset and end, not length; end before offset is malformed. */
bool zero_data_req_read(struct span in, struct file_range *ret) MUST_USE;
void zero_data_req_write(struct wr *w, const struct file_range *range);

/* One range, as the query asks and as each element of the answer. */
bool file_range_read(struct span in, struct file_range *ret) MUST_USE;
void file_range_write(struct wr *w, const struct file_range *range);

/* An empty buffer means true. */
bool set_sparse_req_read(struct span in, bool *ret_sparse) MUST_USE;

struct duplicate_extents_req {
    struct smb2_file_id source_file_id;
    uint64_t source_offset;
    uint64_t target_offset;
    uint64_t length;
    uint32_t flags; /* EX only: 1 = atomic */
};

bool duplicate_extents_req_read(struct span in, bool ex,
                                struct duplicate_extents_req *ret) MUST_USE;
void duplicate_extents_req_write(struct wr *w, bool ex, const struct duplicate_extents_req *req);

/* ENUMERATE_SNAPSHOTS, [MS-SMB2] 2.2.32.2: the answer for a volume that has none. */
void snapshots_none_rsp_write(struct wr *w);
