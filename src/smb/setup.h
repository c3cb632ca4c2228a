/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of SESSION_SETUP: session_setup.c leads the exchange and finishes new sessions,
 * session_bind.c has what is special about a further channel, session_user.c finds out whom a
 * logon acts as. */
#pragma once

#include "proto/session_setup.h"
#include "smb/request.h"

/* Where one SESSION_SETUP request works. */
struct setup_step {
    struct smb_request *req;
    struct session_setup_req in;
    struct smb_session *session; /* reference */
    struct smb_channel *channel; /* user of it */
};

/* Begins an authentication on the channel. */
void smb_setup_begin(struct setup_step *step, enum smb_setup_kind kind);

/* [MS-SMB2] 3.3.5.5.2: finds the session and proves that the request comes from who has its key;
 * on success step has session and channel, with a setup under way. */
ntstatus smb_setup_bind_check(struct task *t, struct setup_step *step) MUST_USE;
/* A request without BINDING for a session that this connection does not have: the refusal, signed
 * for who has the session's key. */
ntstatus smb_setup_foreign(struct task *t, struct setup_step *step) MUST_USE;
/* The authentication has succeeded: the channel gets its key, or nothing changes. */
ntstatus smb_setup_bind_finish(struct setup_step *step,
                               const struct auth_identity *identity) MUST_USE;

/* The file-system identity of a logon; may suspend.  ACCESS_DENIED when there is none. */
ntstatus smb_setup_user(struct task *t, struct smb_server *server,
                        const struct auth_identity *identity, struct smb_user *ret_user) MUST_USE;

/* The session is from now on what the identity says; takes `user`. */
void smb_setup_adopt(struct smb_session *s, const struct auth_identity *identity,
                     struct smb_user user);

/* Logs the client's earlier session off if it is of the same user, wherever it lives,
 * [MS-SMB2] 3.3.5.5.3. */
void smb_setup_previous(struct task *t, struct smb_session *s, uint64_t previous_session_id);

/* All keys of a session or channel, [MS-SMB2] 3.1.4.2, 3.3.5.5.3; before 3.0 only the signing key.
 * There has to be a session key. */
void smb_setup_derive(const struct smb_conn *conn, const uint8_t *preauth,
                      const struct auth_identity *identity, struct smb3_keys *ret_keys);
