/* SPDX-License-Identifier: Apache-2.0
 *
 * A DCE/RPC server over a byte pipe, connection-oriented, NDR 2.0, little-endian, without
 * authentication of its own (the SMB session has done that), [C706] 12, [MS-RPCE] 2.2.2.
 * An rpc_assoc is one association: it is fed the client's bytes in pieces of any size and emits
 * whole fragments of answers.  An interface is a function from an operation number and a stub to
 * a stub; it may not suspend and has no state. */
#pragma once

#include "base/arena.h"
#include "wire/guid.h"
#include "wire/rd.h"
#include "wire/wr.h"

#include <time.h>

/* How Windows names its kind in answers, [MS-SRVS] 2.2.2.6; and the version we give. */
#define PLATFORM_ID_NT 500u
#define SERVER_VERSION_MAJOR 10u
#define SERVER_VERSION_MINOR 0u

/* The largest fragment we receive and send: no message of a pipe is longer. */
#define RPC_FRAGMENT_BYTES_MAX 5840u

#define RPC_SHARE_DISK 0x00000000u
#define RPC_SHARE_IPC 0x00000003u
#define RPC_SHARE_SPECIAL 0x80000000u

struct rpc_share {
    const char *name, *comment; /* UTF-8 */
    uint32_t type;              /* RPC_SHARE_* */
    uint32_t uses;              /* tree connects at present */
    bool hidden;                /* answered by name, not listed */
};

/* What the interfaces tell of the server.  The strings outlive every association. */
struct rpc_host {
    const char *server_name; /* NetBIOS style, without backslashes */
    const char *domain;
    const char *comment;
    void *arg;
    /* All shares, hidden ones too, in `a`; their number. */
    unsigned (*shares)(const struct rpc_host *h, struct arena *a, struct rpc_share **ret_shares);
};

/* One call, during which all this lives. */
struct rpc_call {
    const struct rpc_host *host;
    struct arena *arena;
    struct timespec now; /* wall clock */
    uint64_t uptime_us;
    uint16_t opnum;
};

/* Fault codes, [C706] appendix N, [MS-RPCE] 2.2.1 and Win32 codes. */
#define RPC_OK 0u
#define RPC_FAULT_ACCESS_DENIED 0x00000005u
#define RPC_FAULT_BAD_STUB_DATA 0x000006F7u
#define RPC_FAULT_OP_RANGE 0x1C010002u
#define RPC_FAULT_UNKNOWN_INTERFACE 0x1C010003u
#define RPC_FAULT_PROTOCOL 0x1C01000Bu
#define RPC_FAULT_TOO_LARGE 0x1C010013u

struct rpc_interface {
    const char *pipe_name; /* lower case, without "\PIPE\" */
    struct guid uuid;
    uint16_t version_major, version_minor;
    /* RPC_OK with the answer written, or a fault code.  Called again with more room when the
     * answer did not fit, so it must be free of effects. */
    uint32_t (*call)(const struct rpc_call *c, struct rd *in, struct wr *out);
};

extern const struct rpc_interface rpc_srvsvc;
extern const struct rpc_interface rpc_wkssvc;

/* Where an association's answers go: one call for each fragment.  False: there is no room for more,
 * which is the association's end. */
struct rpc_sink {
    bool (*emit)(struct rpc_sink *s, struct span fragment);
};

struct rpc_assoc;
struct rpc_assoc *rpc_assoc_new(const struct rpc_interface *interface, const struct rpc_host *host,
                                struct rpc_sink *sink) MUST_USE;
void rpc_assoc_free(struct rpc_assoc *a);

struct rpc_clock {
    struct timespec now;
    uint64_t uptime_us;
};

/* Bytes from the client.  False: the client broke the protocol, the association is dead and emits
 * nothing more. */
bool rpc_assoc_input(struct rpc_assoc *a, struct span bytes,
                     const struct rpc_clock *clock) MUST_USE;
