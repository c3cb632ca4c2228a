/* SPDX-License-Identifier: Apache-2.0
 *
 * NTLMv2, the client's side, [MS-NLMP] 3.1.5.  The session key is random and sent encrypted with
 * what the proof yields; a MIC over all three messages is sent whenever the server gives the time
 * in its challenge, which all have done since Windows Vista. */
#include "auth/mech.h"
#include "auth/ntlm.h"
#include "crypto/crypto.h"
#include "wire/filetime.h"
#include "wire/utf16.h"

#include <time.h>

#define FLAGS_WANTED                                                                               \
    (NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_NTLM | NTLM_ALWAYS_SIGN |               \
     NTLM_EXTENDED_SECURITY | NTLM_TARGET_INFO | NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCHANGE |     \
     NTLM_56)

/* Without these the server could only do what we do not. */
#define FLAGS_NEEDED (NTLM_UNICODE | NTLM_EXTENDED_SECURITY)

/* A name in UTF-16LE. */
struct name {
    uint8_t units[AUTH_NAME_BYTES_MAX * 2];
    size_t len;
};

struct ntlm_client {
    struct name user, domain, workstation, target;
    uint8_t nt_hash[AUTH_NT_HASH_BYTES];
    bool anonymous;
    bool proved;
    bool has_key; /* signers are usable */
    struct span negotiate; /* owned copy for the MIC */
    uint8_t session_key[NTLM_KEY_BYTES];
    struct ntlm_signer to_server;
    struct ntlm_signer from_server;
};

static int name_init(struct name *n, const char *text)
{
    struct wr w = wr_of(mspan_of(n->units, sizeof(n->units)));
    text = text ? text : "";
    if (strlen(text) >= AUTH_NAME_BYTES_MAX || !wr_utf16(&w, text) || !wr_done(&w))
        return -EINVAL;
    n->len = wr_pos(&w);
    return 0;
}

static struct span name_span(const struct name *n)
{
    return span_of(n->units, n->len);
}

static int ntlm_client_init(struct ntlm_client *c, const struct auth_client_config *config)
{
    ERR_TRY(name_init(&c->user, config->user));
    ERR_TRY(name_init(&c->domain, config->domain));
    ERR_TRY(name_init(&c->workstation, config->workstation));
    ERR_TRY(name_init(&c->target, config->target_name));
    c->anonymous = c->user.len == 0;
    if (config->nt_hash)
        memcpy(c->nt_hash, config->nt_hash, sizeof(c->nt_hash));
    else
        ERR_TRY(ntlm_hash_password(config->password ? config->password : "", c->nt_hash));
    return 0;
}

static void ntlm_client_free(void *state)
{
    struct ntlm_client *c = state;
    free((void *)c->negotiate.p);
    wipe(c, sizeof(*c));
    free(c);
}

static int ntlm_client_new(const struct auth_client_config *config, void **ret_state)
{
    struct ntlm_client *c = NEW(struct ntlm_client);
    int err = ntlm_client_init(c, config);
    if (err < 0)
        ntlm_client_free(c);
    else
        *ret_state = c;
    return err;
}

static int negotiate_step(struct ntlm_client *c, struct wr *out)
{
    ntlm_negotiate_write(out, &(struct ntlm_negotiate){.flags = FLAGS_WANTED});
    struct span written = wr_written(out);
    c->negotiate = span_of(xmemdup(written.p, written.len), written.len);
    return 1;
}

/* The server's AV pairs with ours added, [MS-NLMP] 3.1.5.1.2. */
struct info {
    uint8_t bytes[NTLM_TARGET_INFO_BYTES_MAX + sizeof(struct name) + 64];
    struct span pairs;
    uint64_t timestamp; /* the server's, or 0 */
};

static void info_add_ours(const struct ntlm_client *c, struct wr *w, uint32_t av_flags)
{
    static const uint8_t no_bindings[16];
    uint8_t bytes[4];
    struct wr flags = wr_of(mspan_of(bytes, sizeof(bytes)));
    wr_u32(&flags, av_flags);
    if (av_flags)
        ntlm_av_write(w, NTLM_AV_FLAGS, wr_written(&flags));
    ntlm_av_write(w, NTLM_AV_CHANNEL_BINDINGS, span_of(no_bindings, sizeof(no_bindings)));
    if (c->target.len)
        ntlm_av_write(w, NTLM_AV_TARGET_NAME, name_span(&c->target));
    ntlm_av_write(w, NTLM_AV_END, (struct span){0});
}

static int info_build(const struct ntlm_client *c, struct span from_server, struct info *info)
{
    struct rd r = rd_of(from_server);
    struct wr w = wr_of(mspan_of(info->bytes, sizeof(info->bytes)));
    uint32_t av_flags = 0;
    uint16_t id;
    struct span value;
    info->timestamp = 0;
    if (from_server.len > NTLM_TARGET_INFO_BYTES_MAX)
        return -EBADMSG;
    while (ntlm_av_next(&r, &id, &value)) {
        struct rd v = rd_of(value);
        if (id == NTLM_AV_TIMESTAMP)
            info->timestamp = rd_u64(&v);
        if (id == NTLM_AV_FLAGS)
            av_flags = rd_u32(&v);
        else if (id != NTLM_AV_CHANNEL_BINDINGS && id != NTLM_AV_TARGET_NAME)
            ntlm_av_write(&w, (enum ntlm_av)id, value);
    }
    if (!rd_done(&r))
        return -EBADMSG;
    if (info->timestamp)
        av_flags |= NTLM_AV_FLAG_MIC;
    info_add_ours(c, &w, av_flags);
    ASSERT(wr_done(&w));
    info->pairs = wr_written(&w);
    return 0;
}

static uint64_t filetime_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return filetime_from_timespec(now);
}

/* Everything of the second step that lives only during it; too large for the stack. */
struct work {
    struct info info;
    uint8_t nt_response[sizeof(struct info) + 64];
    uint8_t lm_response[24];
    uint8_t encrypted_key[NTLM_KEY_BYTES];
    uint8_t base_key[NTLM_KEY_BYTES];
    struct ntlm_authenticate m;
};

/* The old response: all zeros when the server gives the time, else LMv2, [MS-NLMP] 3.3.2. */
static void lm_response_fill(struct work *k, const uint8_t v2_hash[NTLM_KEY_BYTES],
                             const uint8_t challenge[NTLM_CHALLENGE_BYTES],
                             const uint8_t client_challenge[NTLM_CHALLENGE_BYTES])
{
    struct span mine = span_of(client_challenge, NTLM_CHALLENGE_BYTES);
    memset(k->lm_response, 0, sizeof(k->lm_response));
    if (!k->info.timestamp) {
        ntlm_v2_proof(v2_hash, challenge, mine, k->lm_response);
        memcpy(k->lm_response + NTLM_PROOF_BYTES, client_challenge, NTLM_CHALLENGE_BYTES);
    }
    k->m.lm_response = span_of(k->lm_response, sizeof(k->lm_response));
}

static int responses_fill(const struct ntlm_client *c, const struct ntlm_challenge *challenge,
                          struct work *k)
{
    ERR_TRY(info_build(c, challenge->target_info, &k->info));
    struct ntlm_v2_response v2 = {
        .timestamp = k->info.timestamp ? k->info.timestamp : filetime_now(),
        .target_info = k->info.pairs};
    random_bytes(v2.client_challenge, sizeof(v2.client_challenge));
    struct wr w = wr_of(mspan_of(k->nt_response + NTLM_PROOF_BYTES,
                                 sizeof(k->nt_response) - NTLM_PROOF_BYTES));
    ntlm_v2_temp_write(&w, &v2);
    ASSERT(wr_done(&w));
    uint8_t hash[NTLM_KEY_BYTES];
    ntlm_v2_hash(c->nt_hash, name_span(&c->user), name_span(&c->domain), hash);
    ntlm_v2_proof(hash, challenge->challenge, wr_written(&w), k->nt_response);
    ntlm_v2_base_key(hash, k->nt_response, k->base_key);
    k->m.nt_response = span_of(k->nt_response, NTLM_PROOF_BYTES + wr_pos(&w));
    lm_response_fill(k, hash, challenge->challenge, v2.client_challenge);
    wipe(hash, sizeof(hash));
    return 0;
}

/* A random session key, encrypted with the base key; or the base key when the server does not
 * want one exchanged. */
static void key_fill(struct ntlm_client *c, struct work *k)
{
    if (k->m.flags & NTLM_KEY_EXCHANGE) {
        struct ntlm_rc4 rc4;
        random_bytes(c->session_key, sizeof(c->session_key));
        ntlm_rc4_init(&rc4, span_of(k->base_key, sizeof(k->base_key)));
        ntlm_rc4_crypt(&rc4, k->encrypted_key, span_of(c->session_key, sizeof(c->session_key)));
        k->m.encrypted_key = span_of(k->encrypted_key, sizeof(k->encrypted_key));
        wipe(&rc4, sizeof(rc4));
    } else {
        memcpy(c->session_key, k->base_key, sizeof(c->session_key));
    }
    ntlm_signer_init(&c->to_server, c->session_key, k->m.flags, true);
    ntlm_signer_init(&c->from_server, c->session_key, k->m.flags, false);
    c->has_key = !c->anonymous;
}

/* The message goes out once to be covered by the MIC and a second time with it. */
static void authenticate_write(struct ntlm_client *c, struct span challenge, struct work *k,
                               struct wr *out)
{
    struct wr_mark start = wr_mark(out);
    ntlm_authenticate_write(out, &k->m);
    if (k->info.timestamp && !c->anonymous) {
        struct ntlm_mic_args args = {c->negotiate, challenge, wr_written(out)};
        ntlm_mic(c->session_key, &args, k->m.mic);
        wr_rollback(out, start);
        ntlm_authenticate_write(out, &k->m);
    }
}

static int authenticate_step(struct ntlm_client *c, struct span token_in, struct work *k,
                             struct wr *out)
{
    static const uint8_t anonymous_lm[1];
    struct ntlm_challenge challenge;
    ERR_TRY(ntlm_challenge_read(token_in, &challenge));
    if ((challenge.flags & FLAGS_NEEDED) != FLAGS_NEEDED)
        return -EBADMSG;
    k->m.flags = challenge.flags & FLAGS_WANTED;
    if (c->anonymous) {
        k->m.flags |= NTLM_ANONYMOUS;
        k->m.lm_response = span_of(anonymous_lm, sizeof(anonymous_lm));
    } else {
        ERR_TRY(responses_fill(c, &challenge, k));
        k->m.domain = name_span(&c->domain);
        k->m.user = name_span(&c->user);
    }
    k->m.workstation = name_span(&c->workstation);
    key_fill(c, k);
    authenticate_write(c, token_in, k, out);
    c->proved = true;
    return 0;
}

static int ntlm_client_step(void *state, struct span token_in, struct wr *out)
{
    struct ntlm_client *c = state;
    if (!c->negotiate.p)
        return negotiate_step(c, out);
    if (c->proved)
        return -EBADMSG;
    struct work *k = NEW(struct work);
    int result = authenticate_step(c, token_in, k, out);
    wipe(k, sizeof(*k));
    free(k);
    return result;
}

static struct span ntlm_client_session_key(const void *state)
{
    const struct ntlm_client *c = state;
    return c->has_key ? span_of(c->session_key, sizeof(c->session_key)) : (struct span){0};
}

static ssize_t ntlm_client_mic_make(void *state, struct span message,
                                    uint8_t ret_mic[AUTH_MIC_BYTES_MAX])
{
    struct ntlm_client *c = state;
    if (!c->has_key)
        return -ENOTSUP;
    ntlm_sign(&c->to_server, message, ret_mic);
    return NTLM_SIGNATURE_BYTES;
}

static int ntlm_client_mic_check(void *state, struct span message, struct span mic)
{
    struct ntlm_client *c = state;
    if (!c->has_key)
        return -ENOTSUP;
    return ntlm_sign_check(&c->from_server, message, mic) ? 0 : -EACCES;
}

const struct auth_client_mech auth_ntlm_client = {
    .name = "NTLMv2",
    .oid = {ntlm_oid, sizeof(ntlm_oid)},
    .state_new = ntlm_client_new,
    .state_free = ntlm_client_free,
    .step = ntlm_client_step,
    .session_key = ntlm_client_session_key,
    .mic_make = ntlm_client_mic_make,
    .mic_check = ntlm_client_mic_check,
};
