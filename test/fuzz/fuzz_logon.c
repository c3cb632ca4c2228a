/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole logons.  The first byte chooses: tokens made by the fuzzer for the server or for the
 * client (each a 16-bit length and bytes), or a real exchange whose tokens it damages on the way
 * (which token, 16-bit place, what to xor), which reaches the code behind a valid proof.  Nobody
 * gets in without an identity, nobody has one without getting in, and a key never belongs to a
 * guest. */
#include "auth/auth.h"
#include "auth/ntlm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int lookup(void *ctx, const char *user, const char *domain,
                  struct auth_account *ret_account)
{
    if (strlen(user) % 2)
        return -ENOENT;
    *ret_account = (struct auth_account){.name = "user", .nt_hash = {1, 2, 3}};
    return 0;
}

static int server_step(struct auth_server *server, struct span in, struct auth_output *out)
{
    int result = auth_server_step(server, in, out);
    const struct auth_identity *id = auth_server_identity(server);
    ASSERT((id != NULL) == (result == 0));
    ASSERT(result == 0 || result == 1 || result == -EACCES || result == -EBADMSG);
    ASSERT((out->reason == AUTH_OK) == (result >= 0));
    ASSERT(result >= 0 || out->token.len == 0);
    if (id)
        ASSERT((id->session_key_len == 0) == (id->is_guest || id->is_anonymous));
    return result;
}

static struct span token_next(struct rd *r)
{
    size_t len = rd_u16(r);
    return rd_span(r, MIN(len, rd_left(r)));
}

static void tokens_for_server(struct auth_server *server, struct rd *r)
{
    struct auth_output out;
    while (rd_left(r) > 0 && server_step(server, token_next(r), &out) == 1)
        continue;
}

static void tokens_for_client(struct auth_client *client, struct rd *r)
{
    struct span out;
    while (rd_left(r) > 0 && auth_client_step(client, token_next(r), &out) == 1)
        ASSERT(out.len > 0);
}

/* Copies the token and flips what the input says for this one. */
static struct span damaged(struct span token, struct rd orders, uint8_t number)
{
    uint8_t *copy = xmemdup(token.p, token.len);
    while (rd_left(&orders) >= 4) {
        uint8_t which = rd_u8(&orders);
        size_t at = rd_u16(&orders);
        uint8_t bits = rd_u8(&orders);
        if (which % 4 == number && at < token.len)
            copy[at] ^= bits;
    }
    return span_of(copy, token.len);
}

static void damaged_exchange(struct auth_server *server, struct auth_client *client, struct rd *r)
{
    struct auth_output out = {.token = auth_server_hint()};
    for (uint8_t number = 0; number < 4; number += 2) {
        struct span token;
        struct span to_client = damaged(out.token, *r, number);
        int result = auth_client_step(client, to_client, &token);
        free((void *)to_client.p);
        if (result != 1)
            return;
        struct span to_server = damaged(token, *r, number + 1);
        result = server_step(server, to_server, &out);
        free((void *)to_server.p);
        if (result == 0) {
            struct span last = damaged(out.token, *r, 0);
            (void)!auth_client_step(client, last, &token);
            free((void *)last.p);
        }
        if (result != 1)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_of(span_of(data, size));
    uint8_t mode = rd_u8(&r);
    uint8_t hash[AUTH_NT_HASH_BYTES] = {1, 2, 3};
    struct auth_server_config sc = {.netbios_name = "NAS",
                                    .lookup = lookup,
                                    .allow_guest = mode & 4,
                                    .allow_anonymous = mode & 8};
    struct auth_client_config cc = {.user = mode & 16 ? "" : "user", .nt_hash = hash};
    CLEANUP(auth_server_free) struct auth_server *server = auth_server_new(&sc);
    CLEANUP(auth_client_free) struct auth_client *client = NULL;
    ASSERT(auth_client_new(&cc, &client) == 0);
    if (mode % 4 == 0)
        tokens_for_server(server, &r);
    else if (mode % 4 == 1)
        tokens_for_client(client, &r);
    else
        damaged_exchange(server, client, &r);
    return 0;
}
