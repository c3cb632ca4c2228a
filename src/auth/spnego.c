/* SPDX-License-Identifier: Apache-2.0
 *
 * The DER of SPNEGO.  Reading: each element yields a cursor over exactly its contents, so a wrong
 * length can at worst end the parse; the nesting is that of the schema, so it is bounded.  Writing
 * goes backwards: when the header of an element is written its length is known. */
#include "auth/spnego.h"

#include "wire/rd.h"

#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_ENUM 0x0a
#define TAG_GENERAL_STRING 0x1b
#define TAG_SEQUENCE 0x30
#define TAG_APPLICATION 0x60 /* InitialContextToken, RFC 2743 3.1 */
#define TAG_CONTEXT(n) (0xa0 + (n))

static const uint8_t oid_spnego[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};

static const char hint_name[] = "not_defined_in_RFC4178@please_ignore";

/* ---- reading ---- */

static bool der_is(const struct rd *r, uint8_t tag)
{
    struct rd peek = *r;
    return rd_left(&peek) > 0 && rd_u8(&peek) == tag;
}

/* Length octets: one byte, or a count of at most four and the length. */
static size_t der_length(struct rd *r)
{
    uint8_t first = rd_u8(r);
    if (first < 0x80)
        return first;
    unsigned count = first & 0x7f;
    if (count == 0 || count > 4)
        rd_fail(r);
    size_t len = 0;
    for (unsigned i = 0; i < count && rd_done(r); i++)
        len = len << 8 | rd_u8(r);
    return len;
}

/* Enters the next element, which must have this tag; r moves behind it. */
static struct rd der_in(struct rd *r, uint8_t tag)
{
    if (rd_u8(r) != tag)
        rd_fail(r);
    struct rd inner = rd_of(rd_span(r, der_length(r)));
    if (!rd_done(r))
        rd_fail(&inner);
    return inner;
}

static struct span der_contents(struct rd *r, uint8_t tag)
{
    struct rd inner = der_in(r, tag);
    struct span s = rd_span(&inner, rd_left(&inner));
    rd_fold(r, &inner);
    return s;
}

/* An optional member [n] of a sequence that holds one element of the given type. */
static struct span der_member(struct rd *seq, unsigned n, uint8_t tag)
{
    if (!der_is(seq, (uint8_t)TAG_CONTEXT(n)))
        return (struct span){0};
    struct rd member = der_in(seq, (uint8_t)TAG_CONTEXT(n));
    struct span s = der_contents(&member, tag);
    rd_fold(seq, &member);
    return s;
}

static void der_skip_member(struct rd *seq, unsigned n)
{
    if (der_is(seq, (uint8_t)TAG_CONTEXT(n)))
        (void)der_in(seq, (uint8_t)TAG_CONTEXT(n));
}

/* The MechTypeList in member [0]: whole, after a look at what is in it. */
static struct span mech_list_read(struct rd *seq)
{
    struct rd member = der_in(seq, TAG_CONTEXT(0));
    struct span whole = rd_span(&member, rd_left(&member));
    struct rd r = rd_of(whole);
    struct rd list = der_in(&r, TAG_SEQUENCE);
    if (rd_left(&r) > 0)
        rd_fail(&r);
    unsigned count = 0;
    while (rd_done(&list) && rd_left(&list) > 0) {
        (void)der_contents(&list, TAG_OID);
        if (++count > SPNEGO_MECHS_MAX)
            rd_fail(&list);
    }
    rd_fold(&r, &list);
    rd_fold(seq, &member);
    rd_fold(seq, &r);
    return whole;
}

int spnego_init_read(struct span in, struct spnego_init *ret_init)
{
    struct rd r = rd_of(in);
    struct rd app = der_in(&r, TAG_APPLICATION);
    if (!span_equal(der_contents(&app, TAG_OID), span_of(oid_spnego, sizeof(oid_spnego))))
        rd_fail(&app);
    struct rd choice = der_in(&app, TAG_CONTEXT(0));
    struct rd seq = der_in(&choice, TAG_SEQUENCE);
    struct spnego_init init = {.mech_list = mech_list_read(&seq)};
    der_skip_member(&seq, 1);
    init.token = der_member(&seq, 2, TAG_OCTETS);
    struct rd third = seq;
    (void)rd_u8(&third);
    (void)der_length(&third);
    if (der_is(&seq, TAG_CONTEXT(3)) && der_is(&third, TAG_SEQUENCE))
        der_skip_member(&seq, 3);
    else
        init.mic = der_member(&seq, 3, TAG_OCTETS);
    if (init.mic.len == 0)
        init.mic = der_member(&seq, 4, TAG_OCTETS);
    if (!rd_done(&seq) || !rd_done(&app))
        return -EBADMSG;
    *ret_init = init;
    return 0;
}

int spnego_resp_read(struct span in, struct spnego_resp *ret_resp)
{
    struct rd r = rd_of(in);
    struct rd choice = der_in(&r, TAG_CONTEXT(1));
    struct rd seq = der_in(&choice, TAG_SEQUENCE);
    struct spnego_resp resp = {.state = SPNEGO_STATE_ABSENT};
    struct span state = der_member(&seq, 0, TAG_ENUM);
    resp.mech = der_member(&seq, 1, TAG_OID);
    resp.token = der_member(&seq, 2, TAG_OCTETS);
    resp.mic = der_member(&seq, 3, TAG_OCTETS);
    if (state.len > 0) {
        struct rd value = rd_of(state);
        resp.state = (enum spnego_state)rd_u8(&value);
        if (state.len != 1 || resp.state > SPNEGO_REQUEST_MIC)
            rd_fail(&seq);
    }
    if (!rd_done(&seq))
        return -EBADMSG;
    *ret_resp = resp;
    return 0;
}

bool spnego_is_init(struct span in)
{
    struct rd r = rd_of(in);
    return der_is(&r, TAG_APPLICATION);
}

int spnego_mech_index(struct span mech_list, struct span oid)
{
    struct rd r = rd_of(mech_list);
    struct rd list = der_in(&r, TAG_SEQUENCE);
    for (int i = 0; rd_left(&list) > 0; i++)
        if (span_equal(der_contents(&list, TAG_OID), oid))
            return i;
    return -1;
}

/* ---- writing, backwards ---- */

struct der {
    uint8_t *base;
    uint8_t *at; /* what is written lies between at and end */
    uint8_t *end;
    bool full;
};

static struct der der_of(struct mspan buf)
{
    return (struct der){buf.p, buf.p + buf.len, buf.p + buf.len, false};
}

static size_t der_len(const struct der *d)
{
    return (size_t)(d->end - d->at);
}

static struct span der_written(const struct der *d)
{
    return d->full ? (struct span){0} : span_of(d->at, der_len(d));
}

static void der_put(struct der *d, struct span s)
{
    if (d->full || s.len > (size_t)(d->at - d->base)) {
        d->full = true;
        return;
    }
    d->at -= s.len;
    if (s.len)
        memcpy(d->at, s.p, s.len);
}

static void der_put_u8(struct der *d, uint8_t v)
{
    der_put(d, span_of(&v, 1));
}

/* Closes an element whose contents began when der_len was `since`. */
static void der_head(struct der *d, uint8_t tag, size_t since)
{
    size_t len = der_len(d) - since;
    if (len < 0x80) {
        der_put_u8(d, (uint8_t)len);
    } else {
        uint8_t count = 0;
        for (; len > 0; len >>= 8, count++)
            der_put_u8(d, (uint8_t)len);
        der_put_u8(d, (uint8_t)(0x80 | count));
    }
    der_put_u8(d, tag);
}

static void der_element(struct der *d, uint8_t tag, struct span contents)
{
    size_t since = der_len(d);
    der_put(d, contents);
    der_head(d, tag, since);
}

/* A member [n] with one element; left out when its contents are empty. */
static void der_put_member(struct der *d, unsigned n, uint8_t tag, struct span contents)
{
    if (contents.len == 0)
        return;
    size_t since = der_len(d);
    der_element(d, tag, contents);
    der_head(d, (uint8_t)TAG_CONTEXT(n), since);
}

struct span spnego_mech_list_write(struct mspan buf, const struct span *oids, size_t count)
{
    struct der d = der_of(buf);
    for (size_t i = count; i > 0; i--)
        der_element(&d, TAG_OID, oids[i - 1]);
    der_head(&d, TAG_SEQUENCE, 0);
    return der_written(&d);
}

/* What surrounds the members of NegTokenInit, once they are written. */
static struct span init_close(struct der *d, struct span mech_list)
{
    size_t since = der_len(d);
    der_put(d, mech_list);
    der_head(d, TAG_CONTEXT(0), since);
    der_head(d, TAG_SEQUENCE, 0);
    der_head(d, TAG_CONTEXT(0), 0);
    der_element(d, TAG_OID, span_of(oid_spnego, sizeof(oid_spnego)));
    der_head(d, TAG_APPLICATION, 0);
    return der_written(d);
}

struct span spnego_init_write(struct mspan buf, const struct spnego_init *init)
{
    struct der d = der_of(buf);
    der_put_member(&d, 3, TAG_OCTETS, init->mic);
    der_put_member(&d, 2, TAG_OCTETS, init->token);
    return init_close(&d, init->mech_list);
}

struct span spnego_hint_write(struct mspan buf, struct span mech_list)
{
    struct der d = der_of(buf);
    der_put_member(&d, 0, TAG_GENERAL_STRING, span_of(hint_name, sizeof(hint_name) - 1));
    der_head(&d, TAG_SEQUENCE, 0);
    der_head(&d, TAG_CONTEXT(3), 0);
    return init_close(&d, mech_list);
}

struct span spnego_resp_write(struct mspan buf, const struct spnego_resp *resp)
{
    struct der d = der_of(buf);
    der_put_member(&d, 3, TAG_OCTETS, resp->mic);
    der_put_member(&d, 2, TAG_OCTETS, resp->token);
    der_put_member(&d, 1, TAG_OID, resp->mech);
    uint8_t state = (uint8_t)resp->state;
    if (resp->state != SPNEGO_STATE_ABSENT)
        der_put_member(&d, 0, TAG_ENUM, span_of(&state, 1));
    der_head(&d, TAG_SEQUENCE, 0);
    der_head(&d, TAG_CONTEXT(1), 0);
    return der_written(&d);
}
