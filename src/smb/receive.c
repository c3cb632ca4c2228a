/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens to a frame before anybody works on it.  Everything here is judged before any state
 * but the message window changes, and everything wrong ends the connection: a peer that cannot
 * frame a message cannot be answered either. */
#include "smb/receive.h"

#include "proto/smb1_negotiate.h"
#include "smb/negotiate.h"
#include "smb/reply.h"
#include "smb/request.h"
#include "smb/shard.h"

#define ELEMENT_BYTES_FREE (64u << 10) /* of an element that its CreditCharge need not pay for */

/* What a frame is, once it is in clear text. */
struct intake {
    struct smb_conn *conn;
    struct frame *frame;
    struct mspan message; /* the SMB2 messages in it */
    struct smb_session *session; /* whose key opened it, or NULL */
    bool underpaid;
    const char *why;
};

static bool refuse(struct intake *in, const char *why)
{
    in->why = why;
    return false;
}

static uint32_t protocol_of(struct span message)
{
    struct rd r = rd_of(message);
    return rd_u32(&r);
}

struct guid smb_receive_client_guid(const struct frame *frame)
{
    struct rd r = rd_of(span_ro(frame->bytes));
    struct smb2_header h;
    struct negotiate_req req;
    if (!smb2_header_read(&r, &h) || h.command != SMB2_CMD_NEGOTIATE ||
        !negotiate_req_read(&r, &req))
        return (struct guid){{0}};
    return req.client_guid;
}

/* [MS-SMB2] 3.3.5.2.1.1.  The inside of a message that was opened is judged like any other. */
static bool decrypt(struct intake *in)
{
    struct smb_conn *conn = in->conn;
    struct rd r = rd_of(span_ro(in->message));
    struct smb2_transform_header h;
    if (!smb_conn_is_smb3(conn) || conn->cipher == CIPHER_NONE)
        return refuse(in, "encryption that was not negotiated");
    if (!smb2_transform_header_read(&r, &h) || h.flags != 1 || h.original_size != rd_left(&r) ||
        h.original_size < SMB2_HEADER_SIZE)
        return refuse(in, "malformed transform header");
    struct smb_session *s = smb_session_find(conn->shard, h.session_id);
    if (!s || !s->seal_in || !smb_session_channel(s, conn))
        return refuse(in, "encrypted for a session that is not there");
    struct iovec iov = {in->message.p + SMB2_TRANSFORM_HEADER_SIZE, h.original_size};
    struct seal_message m = {
        .nonce = in->message.p + SMB2_TRANSFORM_NONCE_AT,
        .aad = span_of(in->message.p + SMB2_TRANSFORM_NONCE_AT,
                       SMB2_TRANSFORM_HEADER_SIZE - SMB2_TRANSFORM_NONCE_AT),
        .iov = &iov,
        .count = 1,
    };
    if (seal_decrypt(s->seal_in, &m, h.signature) < 0)
        return refuse(in, "decryption failed");
    in->session = s;
    in->message = mspan_of(iov.iov_base, iov.iov_len);
    return true;
}

/* One element's place in the window.  CANCEL names the id of another request and takes none,
 * [MS-SMB2] 3.3.5.2.3. */
static bool take_message_id(struct intake *in, const struct smb2_header *h)
{
    struct smb_conn *conn = in->conn;
    if (h->command == SMB2_CMD_CANCEL)
        return true;
    if (conn->expects_negotiate && h->command == SMB2_CMD_NEGOTIATE && h->message_id <= 1) {
        conn->window.low = h->message_id;
        conn->window.range = 1;
    }
    uint32_t charge = conn->multi_credit ? smb_window_charge(h->credit_charge) : 1;
    if (!smb_window_take(&conn->window, h->message_id, charge))
        return refuse(in, "message id outside the window");
    return true;
}

/* An element must not be larger than its credits pay for: a frame stays in memory while any element
 * of it waits. */
static bool is_paid(const struct smb_conn *conn, const struct smb2_header *h, size_t bytes)
{
    uint32_t charge = conn->multi_credit ? smb_window_charge(h->credit_charge) : 1;
    return bytes <= charge * 65536ull + ELEMENT_BYTES_FREE;
}

/* Walks the chain once: each element has a whole header and NextCommand leads to the next one. */
static bool check_chain(struct intake *in)
{
    struct span left = span_ro(in->message);
    for (unsigned count = 0;; count++) {
        struct rd r = rd_of(left);
        struct smb2_header h;
        if (count == LIMIT_COMPOUND_MAX)
            return refuse(in, "compound too long");
        if (!smb2_header_read(&r, &h) || (h.flags & SMB2_FLAG_RESPONSE))
            return refuse(in, "malformed header");
        if (in->conn->state == SMB_CONN_ACCEPTED &&
            (h.command != SMB2_CMD_NEGOTIATE || h.next_command != 0))
            return refuse(in, "request before NEGOTIATE");
        if (!take_message_id(in, &h))
            return false;
        if (!is_paid(in->conn, &h, h.next_command ? h.next_command : left.len))
            in->underpaid = true;
        if (h.next_command == 0)
            return true;
        if (h.next_command % 8 || h.next_command < SMB2_HEADER_SIZE ||
            h.next_command > left.len || left.len - h.next_command < SMB2_HEADER_SIZE)
            return refuse(in, "malformed chain");
        left.p += h.next_command;
        left.len -= h.next_command;
    }
}

static struct smb_request *find_request(struct smb_conn *conn, const struct smb2_header *h)
{
    if (h->flags & SMB2_FLAG_ASYNC)
        return idtable_get(&conn->async, h->async_id);
    list_each(&conn->requests, struct smb_request, link, req) {
        if (req->header.message_id == h->message_id)
            return req;
    }
    return NULL;
}

/* [MS-SMB2] 3.3.5.16: never answered; what cannot be found or proved is ignored. */
static void cancel(struct intake *in, const struct smb2_header *h)
{
    struct smb_request *req = find_request(in->conn, h);
    if (!req || !req->session || req->session->id != h->session_id)
        return;
    if (req->command && (req->command->flags & SMB_COMMAND_SYNC))
        return;
    if (in->session && in->session != req->session)
        return;
    if (!in->session) {
        bool is_signed = h->flags & SMB2_FLAG_SIGNED;
        if (req->session->encrypt_required || (!is_signed && req->session->signing_required))
            return;
        struct iovec iov = {in->message.p, in->message.len};
        struct sign_nonce nonce = {.message_id = h->message_id, .is_cancel = true};
        if (is_signed && req->channel && req->channel->signer &&
            !signer_check(req->channel->signer, nonce, &iov, 1))
            return;
    }
    task_cancel(req->task);
}

static void work(struct task *t, void *arg)
{
    smb_request_work(t, arg);
}

static bool start_request(struct intake *in)
{
    struct smb_request *req = smb_request_new(in->conn, in->frame);
    req->rest = span_ro(in->message);
    req->underpaid = in->underpaid;
    if (in->session) {
        req->sealed_session = smb_session_ref(in->session);
        req->sealer = in->session->seal_out;
    }
    struct smb_shard *shard = in->conn->shard;
    if (!task_start(shard->reactor, "request", work, req)) {
        smb_request_free(req);
        return refuse(in, "too many tasks");
    }
    if (UNLIKELY(!list_empty(&shard->waiting)) && !timer_armed(&shard->interim_timer))
        timer_arm(&shard->interim_timer, shard->server->config.interim_us);
    return true;
}

static bool receive_smb2(struct intake *in)
{
    struct rd r = rd_of(span_ro(in->message));
    struct smb2_header h;
    if (!check_chain(in) || !smb2_header_read(&r, &h))
        return in->why ? false : refuse(in, "malformed header");
    if (h.command == SMB2_CMD_CANCEL && h.next_command == 0) {
        cancel(in, &h);
        return true;
    }
    return start_request(in);
}

bool smb_receive(struct smb_conn *conn, struct frame *frame, const char **ret_why)
{
    struct intake in = {.conn = conn, .frame = frame, .message = frame->bytes};
    uint32_t protocol = protocol_of(span_ro(in.message));
    bool ok;
    if (protocol == SMB2_TRANSFORM_PROTOCOL_ID && conn->state == SMB_CONN_NEGOTIATED)
        ok = decrypt(&in) && (protocol_of(span_ro(in.message)) == SMB2_PROTOCOL_ID
                                  ? receive_smb2(&in)
                                  : refuse(&in, "no SMB2 message inside a sealed one"));
    else if (protocol == SMB2_PROTOCOL_ID)
        ok = receive_smb2(&in);
    else if (protocol == SMB1_PROTOCOL_ID && conn->state == SMB_CONN_ACCEPTED &&
             !conn->expects_negotiate)
        ok = smb_negotiate_smb1(conn, span_ro(in.message), &in.why);
    else
        ok = refuse(&in, "unknown protocol");
    if (!ok)
        *ret_why = in.why ? in.why : "refused";
    return ok;
}
