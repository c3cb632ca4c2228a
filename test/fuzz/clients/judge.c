/* SPDX-License-Identifier: Apache-2.0
 *
 * The judge of answers: whatever was asked, they are whole messages, sealed and signed with the
 * right keys, and their bodies are of the shape their status and command call for. */
#include "judge.h"

#include "proto/close_flush.h"
#include "proto/create.h"
#include "proto/info.h"
#include "proto/ioctl.h"
#include "proto/negotiate.h"
#include "proto/oplock.h"
#include "proto/query_dir.h"
#include "proto/read_write.h"
#include "proto/session_setup.h"
#include "proto/simple.h"
#include "proto/smb2_error.h"
#include "proto/tree.h"

static void create_taken(struct peer *p, const struct create_rsp *rsp)
{
    p->opens[p->open_count++ % PEER_SLOTS] = rsp->file_id;
}

static bool shape_is_right(struct peer *p, uint16_t command, struct rd *r)
{
    union {
        struct negotiate_rsp negotiate;
        struct session_setup_rsp setup;
        struct tree_connect_rsp tree;
        struct create_rsp create;
        struct close_rsp close;
        struct read_rsp read;
        struct write_rsp write;
        struct ioctl_rsp ioctl;
        struct output_rsp output;
        struct oplock_break oplock;
        struct lease_ack lease;
    } rsp;
    struct rd again = *r;
    switch (command) {
    case SMB2_CMD_NEGOTIATE:
        return negotiate_rsp_read(r, &rsp.negotiate);
    case SMB2_CMD_SESSION_SETUP:
        return session_setup_rsp_read(r, &rsp.setup);
    case SMB2_CMD_TREE_CONNECT:
        return tree_connect_rsp_read(r, &rsp.tree);
    case SMB2_CMD_CREATE:
        if (!create_rsp_read(r, &rsp.create))
            return false;
        create_taken(p, &rsp.create);
        return true;
    case SMB2_CMD_CLOSE:
        return close_rsp_read(r, &rsp.close);
    case SMB2_CMD_READ:
        return read_rsp_read(r, &rsp.read);
    case SMB2_CMD_WRITE:
        return write_rsp_read(r, &rsp.write);
    case SMB2_CMD_IOCTL:
        return ioctl_rsp_read(r, &rsp.ioctl);
    case SMB2_CMD_QUERY_DIRECTORY:
    case SMB2_CMD_CHANGE_NOTIFY:
    case SMB2_CMD_QUERY_INFO:
        return output_rsp_read(r, &rsp.output);
    case SMB2_CMD_SET_INFO:
        return set_info_rsp_read(r);
    case SMB2_CMD_OPLOCK_BREAK:
        return oplock_break_read(r, &rsp.oplock) || lease_ack_read(&again, &rsp.lease);
    default:
        return simple_msg_read(r);
    }
}

static void judge_body(struct peer *p, const struct smb2_header *h, struct rd r)
{
    struct smb2_error_rsp error;
    struct break_notification notification;
    struct rd again = r;
    if (h->message_id == SMB2_ID_ALL_ONES && h->command == SMB2_CMD_OPLOCK_BREAK)
        ASSERT(break_notification_read(&r, &notification));
    else if (h->status.v == 0)
        ASSERT(shape_is_right(p, h->command, &r));
    else if (nt_is(h->status, STATUS_MORE_PROCESSING_REQUIRED))
        ASSERT(shape_is_right(p, SMB2_CMD_SESSION_SETUP, &r));
    else if (!smb2_error_rsp_read(&r, &error))
        ASSERT(shape_is_right(p, h->command, &again));
}

static void judge_signature(const struct peer *p, const struct smb2_header *h,
                            struct span message)
{
    if (!(h->flags & SMB2_FLAG_SIGNED) || !p->signer || h->session_id != p->session_id ||
        h->command == SMB2_CMD_SESSION_SETUP)
        return;
    struct iovec iov = {(void *)(uintptr_t)message.p, message.len};
    struct sign_nonce nonce = {.message_id = h->message_id, .from_server = true};
    ASSERT(signer_check(p->signer, nonce, &iov, 1));
}

static void remember(struct peer *p, const struct smb2_header *h, struct span message)
{
    if (h->flags & SMB2_FLAG_ASYNC)
        p->async_id = nt_is(h->status, STATUS_PENDING) ? h->async_id : 0;
    p->header = *h;
    p->answer_len = MIN(message.len, sizeof(p->answer));
    memcpy(p->answer, message.p, p->answer_len);
}

/* Walks the chain; what is in front of a next message is 8-aligned. */
static void judge_chain(struct peer *p, struct span left)
{
    for (;;) {
        struct rd r = rd_of(left);
        struct smb2_header h;
        ASSERT(smb2_header_read(&r, &h));
        ASSERT(h.flags & SMB2_FLAG_RESPONSE);
        ASSERT(h.next_command % 8 == 0 && h.next_command < left.len);
        ASSERT(h.next_command == 0 || h.next_command >= SMB2_HEADER_SIZE);
        struct span message = span_of(left.p, h.next_command ? h.next_command : left.len);
        r = rd_of(message);
        rd_skip(&r, SMB2_HEADER_SIZE);
        judge_body(p, &h, r);
        judge_signature(p, &h, message);
        remember(p, &h, message);
        if (h.next_command == 0)
            return;
        left = span_of(left.p + h.next_command, left.len - h.next_command);
    }
}

static void judge_frame(struct peer *p, struct mspan frame)
{
    struct rd r = rd_of(span_ro(frame));
    struct smb2_transform_header th;
    if (!smb2_transform_header_read(&r, &th)) {
        judge_chain(p, span_ro(frame));
        return;
    }
    ASSERT(p->seal_in && th.session_id == p->session_id);
    ASSERT(th.original_size == rd_left(&r));
    struct iovec iov = {frame.p + SMB2_TRANSFORM_HEADER_SIZE, th.original_size};
    struct seal_message m = {
        .nonce = frame.p + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(frame.p + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    ASSERT(seal_decrypt(p->seal_in, &m, th.signature) == 0);
    judge_chain(p, span_of(iov.iov_base, iov.iov_len));
}

void peer_read(struct task *t, void *arg)
{
    struct peer *p = arg;
    uint8_t head[4];
    while (io_recv_exact(t, p->fd, head, sizeof(head)) == (ssize_t)sizeof(head)) {
        size_t len = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        ASSERT(head[0] == 0 && len > 0);
        uint8_t *frame = xmalloc(len);
        bool whole = io_recv_exact(t, p->fd, frame, len) == (ssize_t)len;
        if (whole)
            judge_frame(p, mspan_of(frame, len));
        free(frame);
        if (!whole)
            break;
    }
    p->ended = true;
}
