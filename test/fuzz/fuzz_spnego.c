/* SPDX-License-Identifier: Apache-2.0
 *
 * SPNEGO tokens of either kind: views stay inside the input, and what was read can be written and
 * reads the same again. */
#include "auth/ntlm.h"
#include "auth/spnego.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buf[1 << 20];

static void view_inside(struct span whole, struct span view)
{
    ASSERT(view.len <= whole.len);
    ASSERT(view.len == 0 || (view.p >= whole.p && view.p + view.len <= whole.p + whole.len));
}

static void init(struct span in)
{
    struct spnego_init a;
    struct spnego_init b;
    if (spnego_init_read(in, &a) < 0)
        return;
    ASSERT(spnego_is_init(in));
    view_inside(in, a.mech_list);
    view_inside(in, a.token);
    view_inside(in, a.mic);
    int index = spnego_mech_index(a.mech_list, span_of(ntlm_oid, sizeof(ntlm_oid)));
    ASSERT(index >= -1 && index < SPNEGO_MECHS_MAX);
    struct span out = spnego_init_write(mspan_of(buf, sizeof(buf)), &a);
    ASSERT(out.len > 0 && spnego_init_read(out, &b) == 0);
    ASSERT(span_equal(a.mech_list, b.mech_list));
    ASSERT(span_equal(a.token, b.token));
    ASSERT(span_equal(a.mic, b.mic));
}

static void resp(struct span in)
{
    struct spnego_resp a;
    struct spnego_resp b;
    if (spnego_resp_read(in, &a) < 0)
        return;
    view_inside(in, a.mech);
    view_inside(in, a.token);
    view_inside(in, a.mic);
    struct span out = spnego_resp_write(mspan_of(buf, sizeof(buf)), &a);
    ASSERT(out.len > 0 && spnego_resp_read(out, &b) == 0);
    ASSERT(a.state == b.state);
    ASSERT(span_equal(a.mech, b.mech));
    ASSERT(span_equal(a.token, b.token));
    ASSERT(span_equal(a.mic, b.mic));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    init(span_of(data, size));
    resp(span_of(data, size));
    return 0;
}
