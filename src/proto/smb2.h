/* SPDX-License-Identifier: Apache-2.0
 *
 * The header in front of every SMB2 message, the transform header around encrypted ones, and the
 * constants several messages share, [MS-SMB2] 2.2.1, 2.2.41.
 *
 * How all readers and writers of src/proto work: a reader takes a cursor whose base is the start
 * of the message's own SMB2 header (offsets in messages count from there), whose end is the end
 * of that message, and which stands behind the 64-byte header.  It returns false when the message
 * is malformed, and then *ret is not written.  Spans in *ret are views into the message.  A writer
 * appends to a cursor placed the same way; no room sets w->full, which the caller asks once with
 * wr_done().  Names stay UTF-16LE on both sides. */
#pragma once

#include "base/ntstatus.h"
#include "wire/guid.h"
#include "wire/rd.h"
#include "wire/wr.h"

#define SMB1_PROTOCOL_ID 0x424D53FFu             /* FF 'S' 'M' 'B' */
#define SMB2_PROTOCOL_ID 0x424D53FEu
#define SMB2_TRANSFORM_PROTOCOL_ID 0x424D53FDu   /* encrypted */
#define SMB2_COMPRESSION_PROTOCOL_ID 0x424D53FCu /* compressed */

#define SMB2_HEADER_SIZE 64u
#define SMB2_TRANSFORM_HEADER_SIZE 52u

/* Where fields sit that are changed after the header was written. */
#define SMB2_HEADER_CREDITS_AT 14u
#define SMB2_HEADER_FLAGS_AT 16u
#define SMB2_HEADER_NEXT_COMMAND_AT 20u
#define SMB2_HEADER_MESSAGE_ID_AT 24u
#define SMB2_HEADER_SIGNATURE_AT 48u
#define SMB2_SIGNATURE_SIZE 16u

/* The authenticated part of a transform header begins at its nonce. */
#define SMB2_TRANSFORM_SIGNATURE_AT 4u
#define SMB2_TRANSFORM_NONCE_AT 20u
#define SMB2_TRANSFORM_NONCE_SIZE 16u

enum smb2_command {
    SMB2_CMD_NEGOTIATE = 0x00,
    SMB2_CMD_SESSION_SETUP = 0x01,
    SMB2_CMD_LOGOFF = 0x02,
    SMB2_CMD_TREE_CONNECT = 0x03,
    SMB2_CMD_TREE_DISCONNECT = 0x04,
    SMB2_CMD_CREATE = 0x05,
    SMB2_CMD_CLOSE = 0x06,
    SMB2_CMD_FLUSH = 0x07,
    SMB2_CMD_READ = 0x08,
    SMB2_CMD_WRITE = 0x09,
    SMB2_CMD_LOCK = 0x0A,
    SMB2_CMD_IOCTL = 0x0B,
    SMB2_CMD_CANCEL = 0x0C,
    SMB2_CMD_ECHO = 0x0D,
    SMB2_CMD_QUERY_DIRECTORY = 0x0E,
    SMB2_CMD_CHANGE_NOTIFY = 0x0F,
    SMB2_CMD_QUERY_INFO = 0x10,
    SMB2_CMD_SET_INFO = 0x11,
    SMB2_CMD_OPLOCK_BREAK = 0x12,
    SMB2_CMD_SERVER_TO_CLIENT_NOTIFICATION = 0x13,
    SMB2_CMD_COUNT
};

/* Header flags */
#define SMB2_FLAG_RESPONSE 0x00000001u /* SERVER_TO_REDIR */
#define SMB2_FLAG_ASYNC 0x00000002u
#define SMB2_FLAG_RELATED 0x00000004u
#define SMB2_FLAG_SIGNED 0x00000008u
#define SMB2_FLAG_PRIORITY_MASK 0x00000070u
#define SMB2_FLAG_DFS 0x10000000u
#define SMB2_FLAG_REPLAY 0x20000000u

#define SMB2_ID_ALL_ONES 0xFFFFFFFFFFFFFFFFull /* "the one of the previous request" in a chain */
#define SMB2_TREE_ID_ALL_ONES 0xFFFFFFFFu

/* Dialects */
#define SMB2_DIALECT_202 0x0202u
#define SMB2_DIALECT_210 0x0210u
#define SMB2_DIALECT_300 0x0300u
#define SMB2_DIALECT_302 0x0302u
#define SMB2_DIALECT_311 0x0311u
#define SMB2_DIALECT_WILDCARD 0x02FFu /* answer to a multi-protocol NEGOTIATE only */

/* Capabilities of NEGOTIATE */
#define SMB2_CAP_DFS 0x00000001u
#define SMB2_CAP_LEASING 0x00000002u
#define SMB2_CAP_LARGE_MTU 0x00000004u
#define SMB2_CAP_MULTI_CHANNEL 0x00000008u
#define SMB2_CAP_PERSISTENT_HANDLES 0x00000010u
#define SMB2_CAP_DIRECTORY_LEASING 0x00000020u
#define SMB2_CAP_ENCRYPTION 0x00000040u
#define SMB2_CAP_NOTIFICATIONS 0x00000080u

/* SecurityMode */
#define SMB2_SIGNING_ENABLED 0x0001u
#define SMB2_SIGNING_REQUIRED 0x0002u

/* The pair of ids that names an open. */
struct smb2_file_id {
    uint64_t persistent_id;
    uint64_t volatile_id;
};

struct smb2_header {
    uint16_t credit_charge;
    uint16_t channel_sequence; /* requests: low half of the status word, since 3.0 */
    ntstatus status;           /* responses; in a request what its word holds */
    uint16_t command;
    uint16_t credits; /* requested or granted */
    uint32_t flags;
    uint32_t next_command; /* 0, or bytes from this header to the next of the chain */
    uint64_t message_id;
    uint64_t async_id;   /* with SMB2_FLAG_ASYNC … */
    uint32_t process_id; /* … and these two without */
    uint32_t tree_id;
    uint64_t session_id;
    uint8_t signature[SMB2_SIGNATURE_SIZE];
};

/* r stands at the header and has it as its base.  Fails on a wrong protocol id or StructureSize. */
bool smb2_header_read(struct rd *r, struct smb2_header *ret_header) MUST_USE;

/* In a request the status word is written from channel_sequence, in a response from status. */
void smb2_header_write(struct wr *w, const struct smb2_header *h);

struct smb2_transform_header {
    uint8_t signature[SMB2_SIGNATURE_SIZE];
    uint8_t nonce[SMB2_TRANSFORM_NONCE_SIZE];
    uint32_t original_size; /* bytes of the message inside */
    uint16_t flags;         /* 1: encrypted; before 3.1.1 the algorithm, always 1 */
    uint64_t session_id;
};

/* Leaves r at the ciphertext.  Fails on a wrong protocol id only; the caller judges the sizes. */
bool smb2_transform_header_read(struct rd *r, struct smb2_transform_header *ret_header) MUST_USE;
void smb2_transform_header_write(struct wr *w, const struct smb2_transform_header *h);

static inline struct smb2_file_id rd_smb2_file_id(struct rd *r)
{
    struct smb2_file_id id = {.persistent_id = rd_u64(r)};
    id.volatile_id = rd_u64(r);
    return id;
}

static inline void wr_smb2_file_id(struct wr *w, struct smb2_file_id id)
{
    wr_u64(w, id.persistent_id);
    wr_u64(w, id.volatile_id);
}

/* Both halves all ones: in a related request "the open of the previous one". */
static inline bool smb2_file_id_is_previous(struct smb2_file_id id)
{
    return id.persistent_id == SMB2_ID_ALL_ONES && id.volatile_id == SMB2_ID_ALL_ONES;
}

/* Credits that a message with this many payload bytes costs, [MS-SMB2] 3.1.5.2. */
static inline uint32_t smb2_credit_charge(uint32_t payload_bytes)
{
    return payload_bytes == 0 ? 1 : (payload_bytes - 1) / 65536 + 1;
}

/* "NEGOTIATE" and so on, "UNKNOWN" for numbers that name none (static). */
const char *smb2_command_name(uint16_t command) MUST_USE;
