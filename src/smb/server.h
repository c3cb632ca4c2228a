/* SPDX-License-Identifier: Apache-2.0
 *
 * The public face of the protocol engine, [MS-SMB2] 3.3: a server is a configuration, a list of
 * shares and one shard per reactor.  Everything a client has (connections, sessions, trees, opens)
 * belongs to the shard of its ClientGuid and is touched by that reactor's thread alone; only the
 * share list and this configuration are seen by all of them. */
#pragma once

#include "auth/auth.h"
#include "crypto/crypto.h"
#include "net/transport.h"
#include "nt/nt.h"
#include "proto/fsctl.h"

struct smb_server;
struct smb_share;

/* Whom a logon acts as in the file system.  Filled by the callback; the engine drops `cred`. */
struct smb_user {
    struct vfs_cred *cred;
    struct sid sid;
};
/* `name` is the account as the user store has it; NULL: the guest (also for anonymous).
 * 0; -ENOENT: no system user of that name; other -errno.  Any thread. */
typedef int smb_user_fn(void *ctx, const char *name, struct smb_user *ret_user);

enum smb_encryption {
    SMB_ENCRYPT_OFF,      /* not offered */
    SMB_ENCRYPT_OFFERED,  /* used where client or share ask for it */
    SMB_ENCRYPT_DESIRED,  /* every session of a client able to */
    SMB_ENCRYPT_REQUIRED, /* clients unable to are refused */
};

#define SMB_ALGORITHMS_MAX 4

struct smb_server_config {
    struct guid server_guid;
    const char *netbios_name; /* auth_server_config's names */
    const char *netbios_domain;
    const char *dns_name;
    const char *dns_domain;
    const char *comment;      /* srvsvc's server info */

    uint16_t dialect_min; /* 0x0202 … */
    uint16_t dialect_max; /* … 0x0311 */
    bool signing_required;
    enum smb_encryption encryption;
    enum sign_alg signings[SMB_ALGORITHMS_MAX]; /* in order of preference */
    unsigned signing_count;                     /* 0: GMAC, CMAC, HMAC */
    enum cipher ciphers[SMB_ALGORITHMS_MAX];
    unsigned cipher_count;                      /* 0: 128 GCM, 128 CCM, 256 GCM, 256 CCM */
    bool multichannel;
    bool leases, directory_leases; /* the capabilities; nt_volume_config has the shares' own */
    uint32_t credits_max;          /* 0: LIMIT_CREDITS_MAX */
    uint32_t io_bytes_max;         /* 0: LIMIT_IO_BYTES_MAX */
    uint32_t interim_us;           /* 0: 5000; after that a waiting request answers PENDING */
    uint32_t preauth_ms;           /* 0: LIMIT_PREAUTH_MS */

    auth_lookup_fn *lookup;
    void *lookup_ctx;
    smb_user_fn *user;
    void *user_ctx;
    /* What `user` said lately, without waiting: -EAGAIN when it has to be asked, which then happens
     * on the offload pool.  NULL: `user` itself does not block. */
    smb_user_fn *user_known;
    bool allow_guest;     /* unknown users become guests; set when some share is open to guests */
    bool allow_anonymous; /* null sessions (which reach IPC$ and guest shares only) */

    /* The addresses clients may open more channels to, at most `max`; their number.  NULL: no
     * FSCTL_QUERY_NETWORK_INTERFACE_INFO.  Any thread, must not block. */
    unsigned (*interfaces)(void *ctx, struct network_interface *list, unsigned max);
    void *interfaces_ctx;

    struct reactor **reactors;
    unsigned reactor_count;
};

/* Copies the configuration, with its strings and arrays; what callbacks point to must outlive the
 * server. */
struct smb_server *smb_server_new(const struct smb_server_config *config) MUST_USE;
const struct smb_server_config *smb_server_config(const struct smb_server *s);

/* After smb_server_stop, or when no connection was ever accepted. */
void smb_server_free(struct smb_server *s);
DEFINE_CLEANUP(struct smb_server *, smb_server_free);

/* Starts a connection on `r`, whose thread must call; the transport is the server's now. */
void smb_server_accept(struct smb_server *s, struct reactor *r, struct transport *tr);

/* Ends all connections with their sessions and opens; returns when they are gone. */
void smb_server_stop(struct task *t, struct smb_server *s);

/* ---- shares.  Any thread. ---- */

enum smb_share_kind { SMB_SHARE_DISK, SMB_SHARE_PIPE };

struct smb_share_config {
    const char *name;
    const char *comment; /* NULL: "" */
    const char *path;    /* as the administrator wrote it; for srvsvc and status */
    enum smb_share_kind kind;
    bool read_only;
    bool guest_ok;    /* guests and, where the server allows them, null sessions */
    bool browseable;
    bool encrypt;     /* only encrypted access */
    const char *const *valid_users; /* account names; count 0: every user who can log on */
    unsigned valid_user_count;
    struct nt_volume *volume;       /* NULL for pipes; the share takes a reference */
    struct smb_user force_user;     /* everybody acts as this one; cred NULL: as himself */
};

/* A share as trees and browsers see it: immutable, reference counted. */
struct smb_share {
    _Atomic uint32_t refs;
    struct list link;
    struct smb_share_config config; /* strings and volume are the share's own */
};

/* -EEXIST: a share of that name (compared without case) is there.  IPC$ is there from the start. */
int smb_server_share_add(struct smb_server *s, const struct smb_share_config *config) MUST_USE;
/* -ENOENT.  Trees already connected keep the share until they disconnect. */
int smb_server_share_remove(struct smb_server *s, const char *name) MUST_USE;
/* NULL if there is none; the caller unrefs. */
struct smb_share *smb_server_share_find(struct smb_server *s, const char *name) MUST_USE;
/* All shares in the order they were added, IPC$ first; unref each and free the array. */
struct smb_share **smb_server_shares(struct smb_server *s, unsigned *ret_count) MUST_USE;
void smb_share_unref(struct smb_share *sh);
DEFINE_CLEANUP(struct smb_share *, smb_share_unref);

/* ---- what is going on: for `braid status` ---- */

struct smb_status_connection {
    uint64_t id;              /* of this process's life; names it in the other tables */
    unsigned reactor;
    enum transport_kind transport;
    char peer[64];            /* address and port */
    uint16_t dialect;         /* 0: has not negotiated */
    enum sign_alg signing;
    enum cipher cipher;
    struct guid client_guid;
    uint64_t received_bytes, sent_bytes;
    uint32_t requests;        /* in work now */
};

struct smb_status_session {
    uint64_t id;
    uint64_t connection;      /* of its oldest channel */
    unsigned channels;
    char user[128], domain[128], workstation[64];
    const char *mechanism;
    bool is_guest, is_anonymous, signs, encrypts;
    uint64_t since; /* FILETIME */
};

struct smb_status_tree {
    uint64_t session;
    uint32_t id;
    char share[96];
    bool encrypts;
    uint32_t opens;
    uint64_t since;
};

struct smb_status_open {
    uint64_t session;
    uint32_t tree;
    uint64_t persistent_id, volatile_id;
    uint32_t access;
    char name[256]; /* cut at its size */
    uint64_t since;
};

/* Arrays of plain values, each entry consistent in itself. */
struct smb_status {
    struct smb_status_connection *connections;
    struct smb_status_session *sessions;
    struct smb_status_tree *trees;
    struct smb_status_open *opens;
    size_t connection_count, session_count, tree_count, open_count;
};

/* Asks every reactor by message.  0; -ETIMEDOUT when one does not answer for some seconds. */
int smb_server_status(struct task *t, struct smb_server *s,
                      struct smb_status **ret_status) MUST_USE;
void smb_status_free(struct smb_status *st);
DEFINE_CLEANUP(struct smb_status *, smb_status_free);
