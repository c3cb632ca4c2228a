/* SPDX-License-Identifier: Apache-2.0
 *
 * Who are you: the seam between SMB, which only carries security tokens, and the mechanisms.
 * Both sides are objects fed with tokens: auth_server_step() until it says 0, auth_client_step()
 * the same.  SPNEGO ([MS-SPNG], RFC 4178) chooses the mechanism; tokens of NTLMSSP without SPNEGO
 * around them are taken too.
 *
 * A mechanism is a struct auth_mech (auth/mech.h).  NTLMv2 never blocks but for the lookup; a
 * mechanism that does says so, and its steps belong on the offload pool.
 *
 * An object belongs to one thread at a time.  Key material exists only after the proof has been
 * checked. */
#pragma once

#include "base/span.h"

#define AUTH_NAME_BYTES_MAX 512 /* a name in UTF-8 with its NUL */
#define AUTH_SESSION_KEY_BYTES_MAX 64
#define AUTH_NT_HASH_BYTES 16

/* Why a logon failed, for the log and for audit; peers learn less. */
enum auth_reason {
    AUTH_OK = 0,
    AUTH_MALFORMED,        /* the token is not what the protocol allows */
    AUTH_NO_MECHANISM,     /* no mechanism in common */
    AUTH_NO_SUCH_USER,
    AUTH_WRONG_PASSWORD,
    AUTH_DISABLED,
    AUTH_ANONYMOUS_REFUSED,
    AUTH_WEAK_RESPONSE,    /* LM or NTLMv1, never accepted */
    AUTH_BAD_MIC,          /* the exchange was altered on the way */
    AUTH_LOOKUP_FAILED,    /* the user store could not be read */
};

const char *auth_reason_text(enum auth_reason reason);

/* What the user store knows of a name. */
struct auth_account {
    char name[AUTH_NAME_BYTES_MAX]; /* as it is stored, whatever case the client used */
    uint8_t nt_hash[AUTH_NT_HASH_BYTES];
    bool disabled;
};

/* The user store.  0; -ENOENT: no such user; other -errno: the store failed.  Any thread. */
typedef int auth_lookup_fn(void *ctx, const char *user, const char *domain,
                           struct auth_account *ret_account);

struct auth_identity {
    char user[AUTH_NAME_BYTES_MAX];   /* account name; "" when anonymous; as sent when guest */
    char domain[AUTH_NAME_BYTES_MAX]; /* as the client sent it */
    char workstation[AUTH_NAME_BYTES_MAX];
    uint8_t session_key[AUTH_SESSION_KEY_BYTES_MAX]; /* not for guests and anonymous */
    size_t session_key_len;
    bool is_guest;
    bool is_anonymous;
    const char *mechanism; /* "NTLMv2" */
};

/* ---- server ---- */

struct auth_server_config {
    const char *netbios_name;   /* "NAS", at most 15 characters */
    const char *netbios_domain; /* workgroup; NULL: the same as netbios_name */
    const char *dns_name;       /* "nas.example.org"; NULL: netbios_name */
    const char *dns_domain;     /* NULL or "": none */
    auth_lookup_fn *lookup;
    void *lookup_ctx;
    bool allow_guest;     /* an unknown user becomes the guest; a wrong password still fails */
    bool allow_anonymous;
};

struct auth_server;

struct auth_output {
    struct span token; /* to send; lives in the object until its next step; may be empty */
    enum auth_reason reason;
};

/* The configuration is read during every step: it must outlive the object. */
struct auth_server *auth_server_new(const struct auth_server_config *config) MUST_USE;

/* Wipes all keys.  Accepts and returns NULL. */
struct auth_server *auth_server_free(struct auth_server *a);
DEFINE_CLEANUP(struct auth_server *, auth_server_free);

/* One token of the client.
 *  0         complete: auth_server_identity() has the result; out->token goes with the success
 *  1         STATUS_MORE_PROCESSING_REQUIRED with out->token
 *  -EACCES   the logon is refused, for out->reason
 *  -EBADMSG  malformed
 * After anything but 1 the object takes no further step (-EBADMSG). */
int auth_server_step(struct auth_server *a, struct span token_in,
                     struct auth_output *ret_out) MUST_USE;

/* NULL until complete. */
const struct auth_identity *auth_server_identity(const struct auth_server *a);

/* Whether a step may block on something slower than the user store (Kerberos does). */
bool auth_server_may_block(const struct auth_server *a);

/* The security buffer of the NEGOTIATE response: NegTokenInit2 with our mechanisms,
 * [MS-SPNG] 2.2.1.  Static storage. */
struct span auth_server_hint(void);

/* ---- client ---- */

struct auth_client_config {
    const char *user; /* NULL or "": anonymous */
    const char *domain; /* NULL: "" */
    const char *password;     /* UTF-8; or NULL and */
    const uint8_t *nt_hash;   /* AUTH_NT_HASH_BYTES */
    const char *workstation;  /* NULL: "" */
    const char *target_name;  /* "cifs/server", told to the server inside the proof; NULL: none */
};

struct auth_client;

/* Copies what it needs.  -EINVAL: a name or the password is not UTF-8 or too long. */
int auth_client_new(const struct auth_client_config *config, struct auth_client **ret_client)
    MUST_USE;
struct auth_client *auth_client_free(struct auth_client *c);
DEFINE_CLEANUP(struct auth_client *, auth_client_free);

/* The first call takes the security buffer of the NEGOTIATE response (may be empty) and gives the
 * first token; each further call takes the server's token.
 *  1         send *ret_token and come back with the answer
 *  0         complete: *ret_token is empty, the server's success has been checked
 *  -EACCES   the server rejected us inside SPNEGO, or its MIC is wrong
 *  -ENOTSUP  no mechanism in common
 *  -EBADMSG  malformed
 * ret_token lives in the object until its next step. */
int auth_client_step(struct auth_client *c, struct span token_in, struct span *ret_token) MUST_USE;

/* The session key once the proof has been made (before the last step already); empty before that
 * and for anonymous. */
struct span auth_client_session_key(const struct auth_client *c);
