/* SPDX-License-Identifier: Apache-2.0
 *
 * The two headers. */
#include "proto/smb2.h"

static void header_ids_read(struct rd *r, struct smb2_header *h)
{
    if (h->flags & SMB2_FLAG_ASYNC) {
        h->async_id = rd_u64(r);
        return;
    }
    h->process_id = rd_u32(r);
    h->tree_id = rd_u32(r);
}

bool smb2_header_read(struct rd *r, struct smb2_header *ret_header)
{
    struct smb2_header h = {0};
    if (rd_u32(r) != SMB2_PROTOCOL_ID)
        rd_fail(r);
    rd_expect_u16(r, SMB2_HEADER_SIZE);
    h.credit_charge = rd_u16(r);
    h.status.v = rd_u32(r);
    h.channel_sequence = (uint16_t)h.status.v;
    h.command = rd_u16(r);
    h.credits = rd_u16(r);
    h.flags = rd_u32(r);
    h.next_command = rd_u32(r);
    h.message_id = rd_u64(r);
    header_ids_read(r, &h);
    h.session_id = rd_u64(r);
    rd_bytes(r, h.signature, sizeof(h.signature));
    if (!rd_done(r))
        return false;
    *ret_header = h;
    return true;
}

void smb2_header_write(struct wr *w, const struct smb2_header *h)
{
    wr_u32(w, SMB2_PROTOCOL_ID);
    wr_u16(w, SMB2_HEADER_SIZE);
    wr_u16(w, h->credit_charge);
    wr_u32(w, h->flags & SMB2_FLAG_RESPONSE ? h->status.v : h->channel_sequence);
    wr_u16(w, h->command);
    wr_u16(w, h->credits);
    wr_u32(w, h->flags);
    wr_u32(w, h->next_command);
    wr_u64(w, h->message_id);
    if (h->flags & SMB2_FLAG_ASYNC) {
        wr_u64(w, h->async_id);
    } else {
        wr_u32(w, h->process_id);
        wr_u32(w, h->tree_id);
    }
    wr_u64(w, h->session_id);
    wr_bytes(w, h->signature, sizeof(h->signature));
}

bool smb2_transform_header_read(struct rd *r, struct smb2_transform_header *ret_header)
{
    struct smb2_transform_header h = {0};
    if (rd_u32(r) != SMB2_TRANSFORM_PROTOCOL_ID)
        rd_fail(r);
    rd_bytes(r, h.signature, sizeof(h.signature));
    rd_bytes(r, h.nonce, sizeof(h.nonce));
    h.original_size = rd_u32(r);
    rd_skip(r, 2);
    h.flags = rd_u16(r);
    h.session_id = rd_u64(r);
    if (!rd_done(r))
        return false;
    *ret_header = h;
    return true;
}

void smb2_transform_header_write(struct wr *w, const struct smb2_transform_header *h)
{
    wr_u32(w, SMB2_TRANSFORM_PROTOCOL_ID);
    wr_bytes(w, h->signature, sizeof(h->signature));
    wr_bytes(w, h->nonce, sizeof(h->nonce));
    wr_u32(w, h->original_size);
    wr_u16(w, 0);
    wr_u16(w, h->flags);
    wr_u64(w, h->session_id);
}

const char *smb2_command_name(uint16_t command)
{
    static const char *const names[SMB2_CMD_COUNT] = {
        "NEGOTIATE", "SESSION_SETUP", "LOGOFF",          "TREE_CONNECT",
        "TREE_DISCONNECT", "CREATE",  "CLOSE",           "FLUSH",
        "READ",      "WRITE",         "LOCK",            "IOCTL",
        "CANCEL",    "ECHO",          "QUERY_DIRECTORY", "CHANGE_NOTIFY",
        "QUERY_INFO", "SET_INFO",     "OPLOCK_BREAK",    "SERVER_TO_CLIENT_NOTIFICATION",
    };
    return command < SMB2_CMD_COUNT ? names[command] : "UNKNOWN";
}
