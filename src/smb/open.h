/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens, [MS-SMB2] 3.3.1.10: what a FileId names, over an nt_open or a named pipe.
 *
 *     RESERVED --publish--> LIVE --CLOSE, tree or session gone--> CLOSING --last user--> freed
 *         `----discard------------------------------------------------------------------^
 *
 * `users` counts the requests working on it (struct smb_request.open and what smb_open_find gave).
 * Closing takes the id away, cancels requests that wait without bound, waits for the other users
 * and only then closes the nt_open, so no call into nt ever runs beside its nt_close. */
#pragma once

#include "proto/oplock.h"
#include "smb/tree.h"

enum smb_open_state { SMB_OPEN_RESERVED, SMB_OPEN_LIVE, SMB_OPEN_CLOSING };

#define SMB_OPEN_MAGIC 0x6F70656Eu

struct smb_open {
    uint32_t magic;
    enum smb_open_state state;
    uint32_t users;
    struct smb2_file_id id;
    struct smb_session *session; /* reference */
    struct smb_tree *tree;       /* reference */
    struct event quiet;          /* signalled when a user leaves */

    struct nt_open *nt;          /* or */
    struct pipe *pipe;           /* (pipe.h); the open frees either */

    uint8_t oplock_level;        /* SMB2_OPLOCK_* as last told to the client */
    struct guid lease_key;
    bool lease_v2;
    uint16_t channel_sequence;   /* [MS-SMB2] 3.3.5.2.10 … */
    uint32_t outstanding, outstanding_before; /* … requests of this one and of earlier ones */
    uint64_t created;            /* FILETIME */
    bool scanning;               /* a QUERY_DIRECTORY is at it: others wait for `quiet` */
    uint8_t lock_sequence[64];   /* [MS-SMB2] 3.3.5.14: number + 1 of slot index - 1; 0: none */
};

/* For CREATE: an open with ids nobody can look up yet, so that nt_create's callbacks have their
 * argument.  INSUFFICIENT_RESOURCES at the session's limit. */
ntstatus smb_open_new(struct smb_request *req, struct smb_open **ret_open) MUST_USE;
/* It succeeded: the FileId works from here on and is the chain's.  USER_SESSION_DELETED or
 * NETWORK_NAME_DELETED when session or tree went away meanwhile: then discard it. */
ntstatus smb_open_publish(struct smb_request *req, struct smb_open *o) MUST_USE;
/* It failed: closes the nt_open or pipe if it has one, and frees. */
void smb_open_discard(struct task *t, struct smb_open *o);

/* The request starts and stops working on it: keeps the channel sequence's counts.  enter:
 * FILE_NOT_AVAILABLE for a changing request from before a channel was lost, 3.3.5.2.10. */
ntstatus smb_open_enter(struct smb_open *o, const struct smb_request *req) MUST_USE;
void smb_open_leave(struct smb_open *o, const struct smb_request *req);

/* One more user, or NULL: no such live open.  Both halves of the id must fit. */
struct smb_open *smb_open_find(const struct smb_session *s, struct smb2_file_id id) MUST_USE;
void smb_open_release(struct smb_open *o);
DEFINE_CLEANUP(struct smb_open *, smb_open_release);

/* CLOSE, by a request that is a user of it (it stays one).  nt_close's status; FILE_CLOSED when
 * somebody else is closing it already.  ret_info may be NULL. */
ntstatus smb_open_close(struct task *t, struct smb_open *o, struct nt_net_open *ret_info);

/* All opens of a session, or of one of its trees (NULL: all): mark_closing makes waits in them end
 * as CLOSE would, close closes them.  Opens still RESERVED are left to their CREATE. */
void smb_opens_mark_closing(struct smb_session *s, const struct smb_tree *tree);
void smb_opens_close(struct task *t, struct smb_session *s, const struct smb_tree *tree);

/* Tells the client of a break, [MS-SMB2] 3.3.4.6, 3.3.4.7: on the session's oldest living channel,
 * never signed, sealed where the session or share is.  False when no channel is left.  Never
 * suspends: made for nt_break_fn. */
bool smb_open_send_break(struct smb_open *o, const struct break_notification *b);
