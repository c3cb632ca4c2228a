/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's side of SPNEGO: takes the first mechanism of the client's list that we have, passes
 * the tokens through and guards the list with the mechanism's MIC.  A token without SPNEGO goes to
 * the mechanism that knows its magic, and the answers then go out bare too.
 *
 *     FIRST --> WRAPPED --> DONE
 *       '-----> BARE -------^                                                                  */
#include "auth/mech.h"
#include "auth/spnego.h"
#include "base/limits.h"

#include <threads.h>

static const struct auth_server_mech *const mechs[] = {&auth_ntlm_server};

enum stage { STAGE_FIRST, STAGE_WRAPPED, STAGE_BARE, STAGE_DONE };

struct auth_server {
    const struct auth_server_config *config;
    enum stage stage;
    bool complete;
    bool mic_required; /* the mechanism is not the one the client liked best */
    bool answered;     /* our choice of mechanism has been told */
    const struct auth_server_mech *mech;
    void *mech_state;
    struct span mech_list; /* owned copy: what the client's MIC covers */
    struct auth_identity identity;
    uint8_t mech_token[AUTH_SERVER_TOKEN_BYTES];
    uint8_t token[AUTH_SERVER_TOKEN_BYTES + 256];
};

struct auth_server *auth_server_new(const struct auth_server_config *config)
{
    struct auth_server *a = NEW(struct auth_server);
    a->config = config;
    return a;
}

struct auth_server *auth_server_free(struct auth_server *a)
{
    if (a) {
        if (a->mech_state)
            a->mech->state_free(a->mech_state);
        free((void *)a->mech_list.p);
        wipe(a, sizeof(*a));
        free(a);
    }
    return NULL;
}

static void mech_choose(struct auth_server *a, const struct auth_server_mech *mech)
{
    a->mech = mech;
    a->mech_state = mech->state_new(a->config);
}

/* The mechanism's answer in a->mech_token. */
static int mech_step(struct auth_server *a, struct span token_in, struct span *ret_token,
                     enum auth_reason *ret_reason)
{
    struct wr w = wr_of(mspan_of(a->mech_token, sizeof(a->mech_token)));
    int result = a->mech->step(a->mech_state, token_in, &w, &a->identity, ret_reason);
    ASSERT(wr_done(&w));
    *ret_token = wr_written(&w);
    return result;
}

static struct span wrapped(struct auth_server *a, struct spnego_resp resp)
{
    if (!a->answered)
        resp.mech = a->mech->oid;
    a->answered = true;
    struct span s = spnego_resp_write(mspan_of(a->token, sizeof(a->token)), &resp);
    ASSERT(s.len > 0);
    return s;
}

/* Checks the client's MIC, if there is one or has to be; then *ret_mine tells whether we answer
 * with ours.  Guests and anonymous have no key to sign with. */
static int mic_verify(struct auth_server *a, struct span mic, bool *ret_mine)
{
    int err = mic.len ? a->mech->mic_check(a->mech_state, a->mech_list, mic) : -ENOTSUP;
    bool keyless = a->identity.is_guest || a->identity.is_anonymous;
    *ret_mine = err == 0;
    if (err == -ENOTSUP && (keyless || (mic.len == 0 && !a->mic_required)))
        return 0;
    return err ? -EACCES : 0;
}

static int wrapped_complete(struct auth_server *a, struct span mech_token, struct span mic,
                            struct auth_output *out)
{
    bool mine = false;
    if (mic_verify(a, mic, &mine) < 0) {
        out->reason = AUTH_BAD_MIC;
        return -EACCES;
    }
    uint8_t my_mic[AUTH_MIC_BYTES_MAX];
    struct spnego_resp resp = {.state = SPNEGO_ACCEPT_COMPLETED, .token = mech_token};
    if (mine) {
        ssize_t len = a->mech->mic_make(a->mech_state, a->mech_list, my_mic);
        if (len > 0)
            resp.mic = span_of(my_mic, (size_t)len);
    }
    out->token = wrapped(a, resp);
    return 0;
}

static int wrapped_feed(struct auth_server *a, struct span token, struct span mic,
                        struct auth_output *out)
{
    struct span answer;
    int result = mech_step(a, token, &answer, &out->reason);
    if (result == 0)
        return wrapped_complete(a, answer, mic, out);
    if (result == 1)
        out->token =
            wrapped(a, (struct spnego_resp){.state = SPNEGO_ACCEPT_INCOMPLETE, .token = answer});
    return result;
}

/* The mechanism of ours that stands first in the client's list, and where. */
static const struct auth_server_mech *mech_in_list(struct span mech_list, int *ret_index)
{
    const struct auth_server_mech *best = NULL;
    int best_index = SPNEGO_MECHS_MAX;
    for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
        int index = spnego_mech_index(mech_list, mechs[i]->oid);
        if (index >= 0 && index < best_index) {
            best = mechs[i];
            best_index = index;
        }
    }
    *ret_index = best_index;
    return best;
}

/* RFC 4178 4.2.1: the token in it is for the first mechanism of the list; when we choose another
 * we drop the token, say which and ask for the MIC. */
static int step_init(struct auth_server *a, struct span token_in, struct auth_output *out)
{
    struct spnego_init init;
    int index;
    ERR_TRY(spnego_init_read(token_in, &init));
    const struct auth_server_mech *mech = mech_in_list(init.mech_list, &index);
    if (!mech) {
        out->reason = AUTH_NO_MECHANISM;
        return -EACCES;
    }
    mech_choose(a, mech);
    a->stage = STAGE_WRAPPED;
    a->mech_list = span_of(xmemdup(init.mech_list.p, init.mech_list.len), init.mech_list.len);
    a->mic_required = index > 0;
    if (index == 0 && init.token.len)
        return wrapped_feed(a, init.token, init.mic, out);
    enum spnego_state state = index == 0 ? SPNEGO_ACCEPT_INCOMPLETE : SPNEGO_REQUEST_MIC;
    out->token = wrapped(a, (struct spnego_resp){.state = state});
    return 1;
}

static int step_wrapped(struct auth_server *a, struct span token_in, struct auth_output *out)
{
    struct spnego_resp resp;
    ERR_TRY(spnego_resp_read(token_in, &resp));
    if (resp.state == SPNEGO_REJECT) {
        out->reason = AUTH_NO_MECHANISM;
        return -EACCES;
    }
    return wrapped_feed(a, resp.token, resp.mic, out);
}

static int step_bare(struct auth_server *a, struct span token_in, struct auth_output *out)
{
    return mech_step(a, token_in, &out->token, &out->reason);
}

static int step_first(struct auth_server *a, struct span token_in, struct auth_output *out)
{
    for (size_t i = 0; i < ARRAY_LEN(mechs); i++) {
        struct span magic = mechs[i]->magic;
        if (magic.len == 0 || token_in.len < magic.len ||
            memcmp(token_in.p, magic.p, magic.len) != 0)
            continue;
        mech_choose(a, mechs[i]);
        a->stage = STAGE_BARE;
        return step_bare(a, token_in, out);
    }
    return step_init(a, token_in, out);
}

static int step(struct auth_server *a, struct span token_in, struct auth_output *out)
{
    if (token_in.len > LIMIT_TOKEN_BYTES_MAX)
        return -EBADMSG;
    switch (a->stage) {
    case STAGE_FIRST:
        return step_first(a, token_in, out);
    case STAGE_WRAPPED:
        return step_wrapped(a, token_in, out);
    case STAGE_BARE:
        return step_bare(a, token_in, out);
    case STAGE_DONE:
        break;
    }
    return -EBADMSG;
}

int auth_server_step(struct auth_server *a, struct span token_in, struct auth_output *ret_out)
{
    struct auth_output out = {.reason = AUTH_OK};
    int result = step(a, token_in, &out);
    if (result != 1) {
        a->complete = result == 0;
        a->stage = STAGE_DONE;
    }
    if (result < 0) {
        wipe(&a->identity, sizeof(a->identity));
        out.token = (struct span){0};
    }
    if (result == -EBADMSG)
        out.reason = AUTH_MALFORMED;
    *ret_out = out;
    return result;
}

const struct auth_identity *auth_server_identity(const struct auth_server *a)
{
    return a->complete ? &a->identity : NULL;
}

bool auth_server_may_block(const struct auth_server *a)
{
    return a->mech && a->mech->may_block;
}

static struct {
    once_flag once;
    uint8_t buf[160];
    struct span token;
} hint = {.once = ONCE_FLAG_INIT};

static void hint_make(void)
{
    struct span oids[ARRAY_LEN(mechs)];
    uint8_t list[64];
    for (size_t i = 0; i < ARRAY_LEN(mechs); i++)
        oids[i] = mechs[i]->oid;
    struct span mech_list =
        spnego_mech_list_write(mspan_of(list, sizeof(list)), oids, ARRAY_LEN(oids));
    ASSERT(mech_list.len > 0);
    hint.token = spnego_hint_write(mspan_of(hint.buf, sizeof(hint.buf)), mech_list);
    ASSERT(hint.token.len > 0);
}

struct span auth_server_hint(void)
{
    call_once(&hint.once, hint_make);
    return hint.token;
}

const char *auth_reason_text(enum auth_reason reason)
{
    static const char *const texts[] = {
        [AUTH_OK] = "ok",
        [AUTH_MALFORMED] = "malformed token",
        [AUTH_NO_MECHANISM] = "no mechanism in common",
        [AUTH_NO_SUCH_USER] = "no such user",
        [AUTH_WRONG_PASSWORD] = "wrong password",
        [AUTH_DISABLED] = "account disabled",
        [AUTH_ANONYMOUS_REFUSED] = "anonymous not allowed",
        [AUTH_WEAK_RESPONSE] = "LM or NTLMv1 response refused",
        [AUTH_BAD_MIC] = "message integrity code wrong or missing",
        [AUTH_LOOKUP_FAILED] = "user store unreadable",
    };
    ASSERT((size_t)reason < ARRAY_LEN(texts));
    return texts[reason];
}
