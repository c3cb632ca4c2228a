/* SPDX-License-Identifier: Apache-2.0
 *
 * A client and a server of src/auth in one process, and a user store of two users: `Ada`, and
 * `Bob` who is disabled; both have the password "Password". */
#pragma once

#include "auth/mech.h"
#include "auth/ntlm.h"
#include "auth/spnego.h"
#include "base/upcase.h"
#include "unit.h"

#define PASSWORD_HASH "a4f49c406510bdcab6824ee7c30fd852"

static inline int fixture_lookup(void *ctx, const char *user, const char *domain,
                                 struct auth_account *ret_account)
{
    const int *store_error = ctx;
    static const char *const names[] = {"Ada", "Bob"};
    if (store_error && *store_error)
        return *store_error;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!name_equal_folded(names[i], user))
            continue;
        snprintf(ret_account->name, sizeof(ret_account->name), "%s", names[i]);
        ret_account->disabled = i == 1;
        return ntlm_hash_password("Password", ret_account->nt_hash);
    }
    return -ENOENT;
}

static const struct auth_server_config fixture_server = {
    .netbios_name = "NAS", .dns_name = "nas.example.org", .lookup = fixture_lookup};

static const struct auth_client_config fixture_client = {.user = "ada",
                                                         .domain = "WORKGROUP",
                                                         .password = "Password",
                                                         .workstation = "LAPTOP",
                                                         .target_name = "cifs/nas"};

struct handshake {
    struct auth_server *server;
    struct auth_client *client;
    struct auth_output out;
    struct span token; /* the client's, for the server */
};

/* Up to the point where the client's proof is in h->token. */
static inline void handshake_begin(struct handshake *h, const struct auth_server_config *sc,
                                   const struct auth_client_config *cc)
{
    *h = (struct handshake){.server = auth_server_new(sc)};
    assert_int_equal(auth_client_new(cc, &h->client), 0);
    assert_int_equal(auth_client_step(h->client, auth_server_hint(), &h->token), 1);
    assert_int_equal(auth_server_step(h->server, h->token, &h->out), 1);
    assert_int_equal(auth_client_step(h->client, h->out.token, &h->token), 1);
}

static inline void handshake_end(struct handshake *h)
{
    h->server = auth_server_free(h->server);
    h->client = auth_client_free(h->client);
}

/* The server's verdict on a whole exchange. */
static inline int handshake_run(const struct auth_server_config *sc,
                                const struct auth_client_config *cc, enum auth_reason *ret_reason)
{
    struct handshake h;
    handshake_begin(&h, sc, cc);
    int result = auth_server_step(h.server, h.token, &h.out);
    *ret_reason = h.out.reason;
    assert_true((auth_server_identity(h.server) != NULL) == (result == 0));
    handshake_end(&h);
    return result;
}
