/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the client engine: the connection's state, and a call: one request on its way and its
 * answer.  A call belongs to the task that made it; the connection only knows it, by message id,
 * while the answer is outstanding. */
#pragma once

#include "base/hash.h"
#include "client/client.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "net/transport.h"
#include "proto/negotiate.h"
#include "proto/smb2.h"

struct client_conn {
    struct transport *transport;
    struct reactor *reactor;
    uint64_t timeout_us;     /* for one answer */
    uint64_t setup_until_us; /* until the session stands, the end of all patience */
    uint64_t answered_us;    /* when the last final answer came */

    /* negotiated */
    uint16_t dialect;
    uint16_t server_security_mode;
    uint32_t server_capabilities;
    bool multi_credit;
    uint32_t read_max, write_max, transact_max; /* bytes */
    enum cipher cipher;
    enum sign_alg sign_alg;
    struct guid client_guid, server_guid;
    uint16_t dialects[8];
    unsigned dialect_count;
    uint8_t preauth[PREAUTH_HASH_BYTES];

    /* session */
    uint64_t session_id;
    bool sign, encrypt, established;
    struct signer *signer;
    struct sealer *seal_out, *seal_in;
    char protection[64];

    /* requests in flight */
    uint64_t next_message_id;
    uint32_t credits;        /* free to use */
    uint32_t credits_flying; /* charged to requests without a final answer */
    struct list credit_waiters; /* first come, first served */
    struct hash_table pending; /* struct client_call by message id */

    ntstatus broken; /* success while the connection works */
    bool receiving;
    struct event receiver_ended;
    char host[256];
};

struct client_tree {
    struct client_conn *conn;
    uint32_t tree_id;
    bool encrypt;
};

struct client_file {
    struct client_tree *tree;
    struct smb2_file_id id;
    struct create_rsp info;
    struct client_scan {
        bool begun;
        unsigned idle;        /* answers in a row without an entry for the caller */
        uint64_t count;       /* entries so far */
        uint64_t first, last; /* hashes of whole answers: a server must not go in circles */
    } scan;
};

struct client_call {
    struct hash_node by_message_id;
    struct client_conn *conn;
    uint16_t command;
    uint32_t tree_id;
    bool encrypt;
    uint16_t charge;
    uint64_t message_id;
    uint64_t timeout_us;
    uint64_t submitted_us;
    unsigned interims;
    uint64_t async_id; /* with interims > 0 */

    uint8_t *preauth; /* chain that the request as it leaves is added to, or NULL */
    struct out_message *out; /* ours until it is submitted */
    struct wr wr;            /* base: the SMB2 header of the request */

    struct event answered;
    bool submitted, done;
    ntstatus status;
    struct smb2_header header; /* of the answer */
    struct frame *frame;       /* keeps it alive */
    struct span message;       /* header and body */
    struct rd body;
};

/* A call with room for `body_bytes` after the header; payload_bytes is what the credit charge is
 * counted from. tree may be NULL. */
struct client_call *call_new(struct client_conn *c, const struct client_tree *tree,
                             enum smb2_command command, size_t body_bytes, uint32_t payload_bytes);
/* Giving up on an answer that is still to come ends the connection. */
void call_free(struct client_call *call);
DEFINE_CLEANUP(struct client_call *, call_free);

/* Sends calls as one chain (related to each other when there are several); waits for credits. */
ntstatus call_submit(struct task *t, struct client_call **calls, unsigned count) MUST_USE;

/* Credits came, or the connection broke: whose turn it is looks again. */
void credits_changed(struct client_conn *c);

/* Waits for the final answer.  Its status; the body is at call->body. */
ntstatus call_wait(struct task *t, struct client_call *call) MUST_USE;

/* submit and wait of a single call. */
ntstatus call_run(struct task *t, struct client_call *call) MUST_USE;

/* Several calls as one chain, all waited for.  The status of the first that failed. */
ntstatus chain_run(struct task *t, struct client_call **calls, unsigned count) MUST_USE;

/* Ends the connection: everything in flight gets the status. */
void conn_break(struct client_conn *c, ntstatus status);

/* The server broke the protocol: ends the connection; STATUS_CONNECTION_RESET. */
ntstatus conn_offended(struct client_conn *c) MUST_USE;

/* The receiver, started by client_connect. */
void conn_receive_task(struct task *t, void *arg);

/* Negotiates and logs on over a transport, which it owns from then on, within options'
 * connect_timeout_ms. */
struct client_connect_args {
    const struct client_options *options;
    struct transport *transport;
};
ntstatus client_connect_over(struct task *t, const struct client_connect_args *args,
                             struct client_conn **ret_conn,
                             struct client_error *ret_error) MUST_USE;

/* NEGOTIATE and SESSION_SETUP on a fresh connection. */
ntstatus conn_negotiate(struct task *t, struct client_conn *c, const struct client_options *o,
                        struct arena *a, struct span *ret_token) MUST_USE;
ntstatus conn_session_setup(struct task *t, struct client_conn *c, const struct client_options *o,
                            struct span token) MUST_USE;
/* FSCTL_VALIDATE_NEGOTIATE_INFO where 3.x was offered and less than 3.1.1 came of it; success
 * elsewhere. */
ntstatus conn_validate_negotiate(struct task *t, struct client_tree *tree) MUST_USE;

/* Bytes left for a fixed-size request body, by far enough for all of them. */
#define CALL_BODY_BYTES 512

/* A CREATE ready to be submitted; NULL when the path is not valid. */
struct client_call *create_call(struct client_tree *tree, const struct client_open_args *args);
struct client_call *close_call(struct client_tree *tree, struct smb2_file_id id);
struct client_call *read_call(struct client_file *f, uint64_t offset, uint32_t len);
ntstatus read_take(struct client_call *call, struct mspan to, size_t *ret_len) MUST_USE;
ntstatus write_take(struct client_call *call, uint32_t len) MUST_USE;
/* SET_INFO of a file; the buffer is copied. */
struct set_info_args {
    struct smb2_file_id id;
    uint8_t info_class;
    struct span buffer;
};
struct client_call *set_info_call(struct client_tree *tree, const struct set_info_args *args);
/* What FILE_RENAME_INFORMATION carries, in the arena; false when the path is not valid. */
bool rename_encode(struct arena *a, const char *new_path, bool replace,
                   struct span *ret_buffer) MUST_USE;
/* QUERY_INFO of FILE_NETWORK_OPEN_INFORMATION and its answer. */
struct client_call *query_call(struct client_tree *tree, struct smb2_file_id id);
ntstatus query_take(struct client_call *call, struct file_info *ret_info) MUST_USE;

/* UTF-8 as UTF-16LE in the arena; its p is NULL when that is not possible. */
struct span utf16_encode(struct arena *a, const char *s);

/* UTF-16LE with '\\' for '/', leading separators dropped; false if not valid UTF-8. */
bool client_path_encode(struct arena *a, const char *path, struct span *ret_utf16) MUST_USE;
