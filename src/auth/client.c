/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's side of SPNEGO.  One mechanism is offered, so its first token goes along at once
 * and the server's choice can only be ours.  A MIC over the list is sent with the last token; the
 * server's is checked when it sends one, which it must if it asked for ours.
 *
 *     START --> TALKING --> PROVED --> DONE                                                     */
#include "auth/mech.h"
#include "auth/spnego.h"
#include "base/limits.h"

enum stage { STAGE_START, STAGE_TALKING, STAGE_PROVED, STAGE_DONE };

struct auth_client {
    enum stage stage;
    const struct auth_client_mech *mech;
    void *mech_state;
    bool mic_requested;
    uint8_t mech_list_bytes[64];
    struct span mech_list;
    uint8_t mech_token[AUTH_CLIENT_TOKEN_BYTES];
    uint8_t token[AUTH_CLIENT_TOKEN_BYTES + 256];
};

int auth_client_new(const struct auth_client_config *config, struct auth_client **ret_client)
{
    struct auth_client *c = NEW(struct auth_client);
    c->mech = &auth_ntlm_client;
    int err = c->mech->state_new(config, &c->mech_state);
    if (err < 0)
        free(c);
    else
        *ret_client = c;
    return err;
}

struct auth_client *auth_client_free(struct auth_client *c)
{
    if (c) {
        c->mech->state_free(c->mech_state);
        wipe(c, sizeof(*c));
        free(c);
    }
    return NULL;
}

static int mech_step(struct auth_client *c, struct span token_in, struct span *ret_token)
{
    struct wr w = wr_of(mspan_of(c->mech_token, sizeof(c->mech_token)));
    int result = c->mech->step(c->mech_state, token_in, &w);
    ASSERT(wr_done(&w));
    *ret_token = wr_written(&w);
    return result;
}

/* The server's hint, when it gave one, has to name our mechanism. */
static int step_start(struct auth_client *c, struct span hint, struct span *ret_token)
{
    struct spnego_init init;
    struct span token;
    if (hint.len) {
        ERR_TRY(spnego_init_read(hint, &init));
        if (spnego_mech_index(init.mech_list, c->mech->oid) < 0)
            return -ENOTSUP;
    }
    ERR_TRY(mech_step(c, (struct span){0}, &token));
    c->mech_list = spnego_mech_list_write(
        mspan_of(c->mech_list_bytes, sizeof(c->mech_list_bytes)), &c->mech->oid, 1);
    init = (struct spnego_init){.mech_list = c->mech_list, .token = token};
    *ret_token = spnego_init_write(mspan_of(c->token, sizeof(c->token)), &init);
    ASSERT(c->mech_list.len > 0 && ret_token->len > 0);
    c->stage = STAGE_TALKING;
    return 1;
}

static int step_talking(struct auth_client *c, const struct spnego_resp *in,
                        struct span *ret_token)
{
    struct span token;
    uint8_t mic[AUTH_MIC_BYTES_MAX];
    if (in->state == SPNEGO_ACCEPT_COMPLETED)
        return -EBADMSG;
    if (in->state == SPNEGO_REQUEST_MIC)
        c->mic_requested = true;
    int result = mech_step(c, in->token, &token);
    if (result < 0)
        return result;
    struct spnego_resp resp = {.state = SPNEGO_STATE_ABSENT, .token = token};
    if (result == 0) {
        ssize_t len = c->mech->mic_make(c->mech_state, c->mech_list, mic);
        if (len > 0)
            resp.mic = span_of(mic, (size_t)len);
        c->stage = STAGE_PROVED;
    }
    *ret_token = spnego_resp_write(mspan_of(c->token, sizeof(c->token)), &resp);
    ASSERT(ret_token->len > 0);
    return 1;
}

static int step_proved(struct auth_client *c, const struct spnego_resp *in)
{
    if (in->state == SPNEGO_ACCEPT_INCOMPLETE || in->state == SPNEGO_REQUEST_MIC)
        return -EBADMSG;
    if (in->mic.len == 0)
        return c->mic_requested ? -EACCES : 0;
    int err = c->mech->mic_check(c->mech_state, c->mech_list, in->mic);
    return err == -ENOTSUP ? 0 : err;
}

static int step(struct auth_client *c, struct span token_in, struct span *ret_token)
{
    struct spnego_resp in = {.state = SPNEGO_STATE_ABSENT};
    if (token_in.len > LIMIT_TOKEN_BYTES_MAX || c->stage == STAGE_DONE)
        return -EBADMSG;
    if (c->stage == STAGE_START)
        return step_start(c, token_in, ret_token);
    if (token_in.len || c->stage == STAGE_TALKING)
        ERR_TRY(spnego_resp_read(token_in, &in));
    if (in.state == SPNEGO_REJECT)
        return -EACCES;
    if (in.mech.len && !span_equal(in.mech, c->mech->oid))
        return -ENOTSUP;
    if (c->stage == STAGE_TALKING)
        return step_talking(c, &in, ret_token);
    return step_proved(c, &in);
}

int auth_client_step(struct auth_client *c, struct span token_in, struct span *ret_token)
{
    struct span token = {0};
    int result = step(c, token_in, &token);
    if (result != 1)
        c->stage = STAGE_DONE;
    *ret_token = token;
    return result;
}

struct span auth_client_session_key(const struct auth_client *c)
{
    return c->mech->session_key(c->mech_state);
}
