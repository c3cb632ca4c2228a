/* SPDX-License-Identifier: Apache-2.0
 *
 * NTLMv2, the server's side, [MS-NLMP] 3.2.5.  Order of AUTHENTICATE: is it well formed, who is
 * it, is the proof right, and only then keys and the MIC.  The state keeps its copies of the first
 * two messages because the MIC covers all three.
 *
 * A user nobody knows costs the same work as a wrong password. */
#include "auth/mech.h"
#include "auth/ntlm.h"
#include "crypto/crypto.h"
#include "wire/filetime.h"
#include "wire/utf16.h"

#include <time.h>

#define FLAGS_OFFERED                                                                              \
    (NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_NTLM | NTLM_ALWAYS_SIGN |   \
     NTLM_EXTENDED_SECURITY | NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCHANGE | NTLM_56)

struct ntlm_server {
    const struct auth_server_config *config;
    struct span negotiate; /* owned copies; challenge.p is NULL until it has been sent */
    struct span challenge;
    uint8_t server_challenge[NTLM_CHALLENGE_BYTES];
    bool has_key;
    bool anonymous;
    struct ntlm_signer from_client;
    struct ntlm_signer to_client;
};

static void *ntlm_server_new(const struct auth_server_config *config)
{
    struct ntlm_server *s = NEW(struct ntlm_server);
    s->config = config;
    return s;
}

static void ntlm_server_free(void *state)
{
    struct ntlm_server *s = state;
    free((void *)s->negotiate.p);
    free((void *)s->challenge.p);
    wipe(s, sizeof(*s));
    free(s);
}

static struct span span_copy(struct span s)
{
    return span_of(xmemdup(s.p, s.len), s.len);
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

static void target_info_write(struct wr *w, const struct auth_server_config *c)
{
    struct timespec now;
    uint8_t timestamp[8];
    clock_gettime(CLOCK_REALTIME, &now);
    struct wr t = wr_of(mspan_of(timestamp, sizeof(timestamp)));
    wr_u64(&t, filetime_from_timespec(now));
    ntlm_av_write_text(w, NTLM_AV_NB_DOMAIN, text_or(c->netbios_domain, c->netbios_name));
    ntlm_av_write_text(w, NTLM_AV_NB_COMPUTER, c->netbios_name);
    ntlm_av_write_text(w, NTLM_AV_DNS_DOMAIN, text_or(c->dns_domain, ""));
    ntlm_av_write_text(w, NTLM_AV_DNS_COMPUTER, text_or(c->dns_name, c->netbios_name));
    ntlm_av_write(w, NTLM_AV_TIMESTAMP, span_of(timestamp, sizeof(timestamp)));
    ntlm_av_write(w, NTLM_AV_END, (struct span){0});
}

/* [MS-NLMP] 3.2.5.1.1. */
static int challenge_step(struct ntlm_server *s, struct span token_in, struct wr *out)
{
    struct ntlm_negotiate negotiate;
    ERR_TRY(ntlm_negotiate_read(token_in, &negotiate));
    if (!(negotiate.flags & NTLM_UNICODE))
        return -EBADMSG;
    uint8_t name[64];
    uint8_t info[2048];
    struct wr name_wr = wr_of(mspan_of(name, sizeof(name)));
    struct wr info_wr = wr_of(mspan_of(info, sizeof(info)));
    bool valid = wr_utf16(&name_wr, s->config->netbios_name);
    target_info_write(&info_wr, s->config);
    ASSERT(valid && wr_done(&name_wr) && wr_done(&info_wr));

    struct ntlm_challenge m = {
        .flags = (negotiate.flags & FLAGS_OFFERED) | NTLM_TARGET_INFO | NTLM_TARGET_TYPE_SERVER,
        .target_name = wr_written(&name_wr),
        .target_info = wr_written(&info_wr)};
    random_bytes(m.challenge, sizeof(m.challenge));
    memcpy(s->server_challenge, m.challenge, sizeof(m.challenge));
    ntlm_challenge_write(out, &m);
    s->negotiate = span_copy(token_in);
    s->challenge = span_copy(wr_written(out));
    return 1;
}

/* A name of the message as text; false: not a name. */
static bool name_text(struct span utf16le, char ret_text[AUTH_NAME_BYTES_MAX])
{
    struct arena a;
    arena_init(&a);
    const char *text = utf16le.len <= AUTH_NAME_BYTES_MAX * 2 ? utf16_to_utf8(&a, utf16le) : NULL;
    size_t size = text ? strlen(text) + 1 : 0;
    bool fits = size > 0 && size <= AUTH_NAME_BYTES_MAX;
    if (fits)
        memcpy(ret_text, text, size);
    arena_fini(&a);
    return fits;
}

static bool is_anonymous(const struct ntlm_authenticate *m)
{
    bool empty_lm = m->lm_response.len == 0 || (m->lm_response.len == 1 && !*m->lm_response.p);
    return m->user.len == 0 && m->nt_response.len == 0 && empty_lm;
}

/* KXKEY for NTLMv2 is the base key itself, [MS-NLMP] 3.4.5.1; what the client chose comes
 * encrypted with it. */
static int exported_key(const struct ntlm_authenticate *m, const uint8_t base_key[NTLM_KEY_BYTES],
                        uint8_t ret_key[NTLM_KEY_BYTES])
{
    if (!(m->flags & NTLM_KEY_EXCHANGE)) {
        memcpy(ret_key, base_key, NTLM_KEY_BYTES);
        return 0;
    }
    if (m->encrypted_key.len != NTLM_KEY_BYTES)
        return -EBADMSG;
    struct ntlm_rc4 rc4;
    ntlm_rc4_init(&rc4, span_of(base_key, NTLM_KEY_BYTES));
    ntlm_rc4_crypt(&rc4, ret_key, m->encrypted_key);
    wipe(&rc4, sizeof(rc4));
    return 0;
}

static void signers_init(struct ntlm_server *s, const struct ntlm_authenticate *m,
                         const uint8_t key[NTLM_KEY_BYTES])
{
    s->has_key = m->flags & NTLM_EXTENDED_SECURITY;
    ntlm_signer_init(&s->from_client, key, m->flags, true);
    ntlm_signer_init(&s->to_client, key, m->flags, false);
}

/* Anonymous clients have a key of zeros: good for nothing but SPNEGO's MIC, which some send. */
static int anonymous_step(struct ntlm_server *s, const struct ntlm_authenticate *m,
                          struct auth_identity *id, enum auth_reason *ret_reason)
{
    static const uint8_t zeros[NTLM_KEY_BYTES];
    uint8_t key[NTLM_KEY_BYTES];
    if (!s->config->allow_anonymous) {
        *ret_reason = AUTH_ANONYMOUS_REFUSED;
        return -EACCES;
    }
    if (exported_key(m, zeros, key) == 0)
        signers_init(s, m, key);
    s->anonymous = true;
    id->is_anonymous = true;
    return 0;
}

/* Whether AUTHENTICATE must carry a MIC: the client said so inside of what it proved. */
static int mic_announced(const struct ntlm_v2_response *response, bool *ret_announced)
{
    struct rd r = rd_of(response->target_info);
    uint16_t id;
    struct span value;
    bool announced = false;
    while (ntlm_av_next(&r, &id, &value)) {
        struct rd v = rd_of(value);
        if (id == NTLM_AV_FLAGS && (rd_u32(&v) & NTLM_AV_FLAG_MIC))
            announced = true;
    }
    if (!rd_done(&r))
        return -EBADMSG;
    *ret_announced = announced;
    return 0;
}

struct proof {
    struct span token;
    const struct ntlm_authenticate *m;
    struct ntlm_v2_response response;
    bool has_mic;
};

/* [MS-NLMP] 3.2.5.1.2 with a hash in hand: the proof, then the keys, then the MIC. */
static int proof_check(struct ntlm_server *s, const struct proof *p,
                       const struct auth_account *account, struct auth_identity *id,
                       enum auth_reason *ret_reason)
{
    uint8_t hash[NTLM_KEY_BYTES];
    uint8_t expected[NTLM_PROOF_BYTES];
    uint8_t mic[NTLM_MIC_BYTES];
    ntlm_v2_hash(account->nt_hash, p->m->user, p->m->domain, hash);
    ntlm_v2_proof(hash, s->server_challenge, p->response.temp, expected);
    if (!equal_constant_time(expected, p->response.proof, sizeof(expected))) {
        wipe(hash, sizeof(hash));
        *ret_reason = AUTH_WRONG_PASSWORD;
        return -EACCES;
    }
    uint8_t base_key[NTLM_KEY_BYTES];
    ntlm_v2_base_key(hash, expected, base_key);
    int err = exported_key(p->m, base_key, id->session_key);
    wipe(base_key, sizeof(base_key));
    wipe(hash, sizeof(hash));
    ERR_TRY(err);
    if (p->has_mic) {
        ntlm_mic(id->session_key,
                 &(struct ntlm_mic_args){s->negotiate, s->challenge, p->token}, mic);
        if (!equal_constant_time(mic, p->m->mic, sizeof(mic))) {
            *ret_reason = AUTH_BAD_MIC;
            return -EACCES;
        }
    }
    id->session_key_len = NTLM_KEY_BYTES;
    signers_init(s, p->m, id->session_key);
    return 0;
}

static int user_step(struct ntlm_server *s, const struct proof *p, struct auth_identity *id,
                     enum auth_reason *ret_reason)
{
    struct auth_account account = {0};
    int err = s->config->lookup(s->config->lookup_ctx, id->user, id->domain, &account);
    if (err == -ENOENT && s->config->allow_guest) {
        id->is_guest = true;
        return 0;
    }
    if (err < 0 && err != -ENOENT) {
        *ret_reason = AUTH_LOOKUP_FAILED;
        return -EACCES;
    }
    if (err == -ENOENT)
        random_bytes(account.nt_hash, sizeof(account.nt_hash));
    int result = proof_check(s, p, &account, id, ret_reason);
    if (err == -ENOENT) {
        *ret_reason = AUTH_NO_SUCH_USER;
        result = -EACCES;
    } else if (result == 0 && account.disabled) {
        *ret_reason = AUTH_DISABLED;
        result = -EACCES;
    }
    if (result == 0)
        memcpy(id->user, account.name, sizeof(id->user));
    wipe(&account, sizeof(account));
    return result;
}

static int authenticate_step(struct ntlm_server *s, struct span token_in,
                             struct auth_identity *id, enum auth_reason *ret_reason)
{
    struct ntlm_authenticate m;
    ERR_TRY(ntlm_authenticate_read(token_in, &m));
    id->mechanism = auth_ntlm_server.name;
    if (!name_text(m.user, id->user) || !name_text(m.domain, id->domain) ||
        !name_text(m.workstation, id->workstation))
        return -EBADMSG;
    if (is_anonymous(&m))
        return anonymous_step(s, &m, id, ret_reason);
    if (m.nt_response.len <= 24) {
        *ret_reason = AUTH_WEAK_RESPONSE;
        return -EACCES;
    }
    struct proof p = {.token = token_in, .m = &m};
    ERR_TRY(ntlm_v2_response_read(m.nt_response, &p.response));
    ERR_TRY(mic_announced(&p.response, &p.has_mic));
    if (p.has_mic && !m.has_mic)
        return -EBADMSG;
    return user_step(s, &p, id, ret_reason);
}

static int ntlm_server_step(void *state, struct span token_in, struct wr *out,
                            struct auth_identity *ret_identity, enum auth_reason *ret_reason)
{
    struct ntlm_server *s = state;
    if (!s->challenge.p)
        return challenge_step(s, token_in, out);
    return authenticate_step(s, token_in, ret_identity, ret_reason);
}

static ssize_t ntlm_server_mic_make(void *state, struct span message,
                                    uint8_t ret_mic[AUTH_MIC_BYTES_MAX])
{
    struct ntlm_server *s = state;
    if (!s->has_key)
        return -ENOTSUP;
    ntlm_sign(&s->to_client, message, ret_mic);
    return NTLM_SIGNATURE_BYTES;
}

static int ntlm_server_mic_check(void *state, struct span message, struct span mic)
{
    struct ntlm_server *s = state;
    if (!s->has_key)
        return -ENOTSUP;
    if (ntlm_sign_check(&s->from_client, message, mic))
        return 0;
    return s->anonymous ? -ENOTSUP : -EACCES;
}

const struct auth_server_mech auth_ntlm_server = {
    .name = "NTLMv2",
    .oid = {ntlm_oid, sizeof(ntlm_oid)},
    .magic = {ntlm_magic, sizeof(ntlm_magic)},
    .may_block = false,
    .state_new = ntlm_server_new,
    .state_free = ntlm_server_free,
    .step = ntlm_server_step,
    .mic_make = ntlm_server_mic_make,
    .mic_check = ntlm_server_mic_check,
};
