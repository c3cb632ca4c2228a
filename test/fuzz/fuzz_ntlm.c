/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of NTLM: fields and AV pairs stay inside the input, and AUTHENTICATE reads the same
 * after it has been written again. */
#include "auth/ntlm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buf[1 << 20];

static void view_inside(struct span whole, struct span view)
{
    ASSERT(view.len <= whole.len);
    ASSERT(view.len == 0 || (view.p >= whole.p && view.p + view.len <= whole.p + whole.len));
}

static void pairs(struct span list)
{
    struct rd r = rd_of(list);
    uint16_t id;
    struct span value;
    while (ntlm_av_next(&r, &id, &value)) {
        ASSERT(id != NTLM_AV_END);
        view_inside(list, value);
    }
}

static void v2_response(struct span in)
{
    struct ntlm_v2_response m;
    if (ntlm_v2_response_read(in, &m) < 0)
        return;
    view_inside(in, m.temp);
    view_inside(in, m.target_info);
    pairs(m.target_info);
}

static void authenticate(struct span in)
{
    struct ntlm_authenticate a;
    struct ntlm_authenticate b;
    if (ntlm_authenticate_read(in, &a) < 0)
        return;
    struct span fields[] = {a.lm_response, a.nt_response, a.domain,
                            a.user,        a.workstation, a.encrypted_key};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        view_inside(in, fields[i]);
    ASSERT(!a.has_mic || in.len >= NTLM_MIC_OFFSET + NTLM_MIC_BYTES);
    v2_response(a.nt_response);
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    ntlm_authenticate_write(&w, &a);
    ASSERT(wr_done(&w) && ntlm_authenticate_read(wr_written(&w), &b) == 0);
    ASSERT(span_equal(a.user, b.user) && span_equal(a.nt_response, b.nt_response));
    ASSERT(span_equal(a.encrypted_key, b.encrypted_key) && a.flags == b.flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);
    struct ntlm_negotiate negotiate;
    struct ntlm_challenge challenge;
    (void)!ntlm_negotiate_read(in, &negotiate);
    if (ntlm_challenge_read(in, &challenge) == 0) {
        view_inside(in, challenge.target_name);
        view_inside(in, challenge.target_info);
        pairs(challenge.target_info);
    }
    authenticate(in);
    v2_response(in);
    pairs(in);
    return 0;
}
