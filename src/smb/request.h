/* SPDX-License-Identifier: Apache-2.0
 *
 * A request in work: one received frame, which is one request or a compound of them, worked on
 * from first to last by one task.  The fields from `header` on are those of the present element.
 *
 * A handler reads its body from req->in (base at the element's SMB2 header, positioned behind it)
 * and writes the body of its response to req->out (base at the response's header, positioned
 * behind it), then returns the status.  The engine fills in the header, writes the ERROR body,
 * signs or seals in place and sends:
 *   - SUCCESS and other informational statuses: the body written stands.
 *   - BUFFER_OVERFLOW: the body stands if one was written, else an ERROR body.
 *   - an error or another warning: what was written is dropped for an ERROR body, unless
 *     body_stands is set.
 * Everything taken from req->arena dies with the element's reply. */
#pragma once

#include "smb/open.h"

#define SMB_REQUEST_MAGIC 0x72657175u

/* What a later related element takes over from the ones before it, [MS-SMB2] 3.3.5.2.7.2. */
struct smb_chain {
    uint64_t session_id;
    uint32_t tree_id;
    bool has_session, has_tree, has_file;
    struct smb2_file_id file_id;
    ntstatus failed; /* of the CREATE that should have given file_id */
};

/* A finished element of the reply that is not signed yet: whether another one follows decides its
 * NextCommand and padding. */
struct smb_reply_tail {
    size_t at, end; /* in the buffer; without padding */
    bool present;
    struct smb_session *session; /* these two keep the signer alive */
    struct smb_channel *channel;
    struct signer *signer, *signer_kept; /* the latter is its own */
    uint64_t message_id;
    uint8_t *preauth; /* hash to be updated with the element, or NULL */
};

struct smb_request {
    uint32_t magic;
    struct list link;         /* conn->requests, or the shard's free list */
    struct list waiting_link; /* shard->waiting */
    struct smb_shard *shard;
    struct smb_conn *conn;
    struct task *task;
    uint64_t started_us;
    struct frame *frame;
    struct span rest;         /* elements not begun yet */
    bool underpaid;           /* one of them is larger than its CreditCharge pays for */
    struct arena arena;
    struct smb_chain chain;
    struct iobuf *buffer;     /* of the reply */
    size_t first_at;          /* of the reply's first header in it */
    struct smb_reply_tail tail;
    struct sealer *sealer;    /* the frame came sealed: so goes the reply */
    struct smb_session *sealed_session; /* reference: owner of that key */

    struct smb2_header header;
    struct span element;      /* its bytes, header first */
    const struct smb_command *command;
    struct rd in;
    struct wr out;
    bool last;                /* of the compound */
    bool was_signed;          /* and the signature was right */
    struct signer *signer;    /* for the response; NULL: it goes unsigned */
    struct signer *signer_kept; /* made for this element alone */
    bool body_stands;         /* whatever the status, the body that was written is meant */
    uint8_t *preauth;         /* SESSION_SETUP: hash that takes in the response */
    struct smb_session *session; /* reference */
    struct smb_channel *channel; /* user of it */
    struct smb_tree *tree;       /* reference */
    struct smb_caller *caller;   /* reference, once asked for */
    struct smb_open *open;       /* user of it */
    struct list session_link;    /* session->requests */
    uint64_t async_id;           /* 0: no interim reply was sent */
    bool waits;                  /* without bound: CLOSE of the open cancels it */
    uint32_t work_bytes;         /* counted in conn->work_bytes */
};

typedef ntstatus smb_handler(struct task *t, struct smb_request *req);

#define SMB_COMMAND_SESSION 0x01u   /* needs a valid session */
#define SMB_COMMAND_TREE 0x02u      /* needs a tree connect */
#define SMB_COMMAND_SYNC 0x04u      /* never answered with STATUS_PENDING */
#define SMB_COMMAND_EXPIRED_OK 0x08u /* allowed on an expired session */
#define SMB_COMMAND_CHANGES 0x10u   /* WRITE, SET_INFO, IOCTL: the channel sequence matters */

struct smb_command {
    smb_handler *handler; /* NULL: STATUS_NOT_SUPPORTED */
    uint32_t flags;
};
/* commands.c: one per command number below SMB2_CMD_COUNT. */
extern const struct smb_command smb_commands[SMB2_CMD_COUNT];

/* ---- for the engine ---- */

/* Takes references to frame and connection.  The caller sets `rest` and starts smb_request_work in
 * a task, which frees the request. */
struct smb_request *smb_request_new(struct smb_conn *conn, struct frame *frame);
void smb_request_free(struct smb_request *req);
void smb_request_work(struct task *t, struct smb_request *req);
void smb_requests_drop_free(struct smb_shard *shard);
/* Attaches the element to its session: takes a reference and, unless the command sets sessions up,
 * counts among its requests. */
void smb_request_set_session(struct smb_request *req, struct smb_session *s,
                             struct smb_channel *ch);
/* Lets go of what the element used: open, tree, session, arena. */
void smb_request_element_drop(struct smb_request *req);
/* The shard's timer: requests that have waited for interim_us answer STATUS_PENDING. */
void smb_interim_due(struct task *t, void *shard);

/* ---- for handlers ---- */

/* Makes room for `bytes` more of response body; req->out may move (earlier pointers into it and
 * positions kept as pointers die; wr_pos stays).  What does not fit a response of this connection:
 * INVALID_PARAMETER. */
ntstatus smb_request_room(struct smb_request *req, size_t bytes) MUST_USE;

/* Checks the sizes of an element that moves payload, [MS-SMB2] 3.3.5.2.5: neither may exceed the
 * connection's maximum and the CreditCharge must pay for the larger.  INVALID_PARAMETER. */
ntstatus smb_request_payload(const struct smb_request *req, uint32_t sent,
                             uint32_t wanted) MUST_USE;

/* Looks the open up (ffff…: the chain's, in a related element), checks that it is of this tree,
 * and sets req->open, which stays valid to the end of the element.  FILE_CLOSED, or the status of
 * the chain's failed CREATE. */
ntstatus smb_request_open(struct smb_request *req, struct smb2_file_id id,
                          struct smb_open **ret_open) MUST_USE;

/* Call before a wait that may last for ever, and before taking room for what comes of it (req->out
 * may move): sends STATUS_PENDING now and lets CLOSE and CANCEL end the wait (the await returns
 * -ECANCELED; req->open->state == SMB_OPEN_CLOSING tells which).
 * INTERNAL_ERROR in the middle of a compound, INSUFFICIENT_RESOURCES at the limit of pending
 * requests, CANCELLED on a connection that is gone: then do not wait. */
ntstatus smb_request_pend_now(struct smb_request *req) MUST_USE;

static inline bool smb_request_is_related(const struct smb_request *req)
{
    return (req->header.flags & SMB2_FLAG_RELATED) != 0;
}

/* Whom this element acts for: stays to its end, whatever happens to the session meanwhile. */
const struct nt_caller *smb_request_caller(struct smb_request *req);

/* FSCTL_VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 3.3.5.15.12: writes the output (not the IOCTL's fixed
 * part) to `out`.  A mismatch closes the connection; the status then does not matter. */
ntstatus smb_validate_negotiate(struct smb_request *req, struct span input, uint32_t output_max,
                                struct wr *out) MUST_USE;
