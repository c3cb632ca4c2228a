/* SPDX-License-Identifier: Apache-2.0
 *
 * The three messages of NTLM, [MS-NLMP] 2.2.1, and the structures inside them.  A field is a
 * length and an offset from the beginning of the message; it may not reach into the fixed part.
 * Fields may overlap each other: they are only looked at. */
#include "auth/ntlm.h"

#include "wire/utf16.h"

#define TYPE_NEGOTIATE 1u
#define TYPE_CHALLENGE 2u
#define TYPE_AUTHENTICATE 3u

const uint8_t ntlm_oid[10] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
const uint8_t ntlm_magic[8] = "NTLMSSP";

/* Version, [MS-NLMP] 2.2.2.10: nobody acts on it; revision 15 of NTLMSSP. */
static const uint8_t version[8] = {10, 0, 0, 0, 0, 0, 0, 15};

/* ---- headers and fields ---- */

static void head_read(struct rd *r, uint32_t type)
{
    struct span magic = rd_span(r, sizeof(ntlm_magic));
    if (!span_equal(magic, span_of(ntlm_magic, sizeof(ntlm_magic))) || rd_u32(r) != type)
        rd_fail(r);
}

static void head_write(struct wr *w, uint32_t type)
{
    wr_bytes(w, ntlm_magic, sizeof(ntlm_magic));
    wr_u32(w, type);
}

struct field {
    uint16_t len;
    uint32_t offset;
};

static struct field field_read(struct rd *r)
{
    struct field f;
    f.len = rd_u16(r);
    rd_skip(r, 2); /* the maximum length says nothing */
    f.offset = rd_u32(r);
    return f;
}

/* The field's bytes; *lowest becomes the offset of the first of all fields. */
static struct span field_bytes(struct rd *r, struct field f, size_t *lowest)
{
    if (f.len)
        *lowest = MIN(*lowest, (size_t)f.offset);
    return rd_span_at(r, f.offset, f.len);
}

/* Writes length and offset of a value that will stand at *at, and advances *at. */
static void field_write(struct wr *w, struct span value, size_t *at)
{
    ASSERT(value.len <= UINT16_MAX);
    wr_u16(w, (uint16_t)value.len);
    wr_u16(w, (uint16_t)value.len);
    wr_u32(w, (uint32_t)*at);
    *at += value.len;
}

/* ---- NEGOTIATE ---- */

int ntlm_negotiate_read(struct span in, struct ntlm_negotiate *ret)
{
    struct rd r = rd_of(in);
    head_read(&r, TYPE_NEGOTIATE);
    struct ntlm_negotiate m = {.flags = rd_u32(&r)};
    if (!rd_done(&r))
        return -EBADMSG;
    *ret = m;
    return 0;
}

void ntlm_negotiate_write(struct wr *w, const struct ntlm_negotiate *m)
{
    size_t end = 40;
    head_write(w, TYPE_NEGOTIATE);
    wr_u32(w, m->flags);
    field_write(w, (struct span){0}, &end);
    field_write(w, (struct span){0}, &end);
    wr_bytes(w, version, sizeof(version));
}

/* ---- CHALLENGE ---- */

int ntlm_challenge_read(struct span in, struct ntlm_challenge *ret)
{
    struct rd r = rd_of(in);
    struct ntlm_challenge m = {0};
    size_t lowest = SIZE_MAX;
    head_read(&r, TYPE_CHALLENGE);
    struct field name = field_read(&r);
    m.flags = rd_u32(&r);
    rd_bytes(&r, m.challenge, sizeof(m.challenge));
    rd_skip(&r, 8);
    struct field info = field_read(&r);
    m.target_name = field_bytes(&r, name, &lowest);
    if (m.flags & NTLM_TARGET_INFO)
        m.target_info = field_bytes(&r, info, &lowest);
    if (!rd_done(&r) || !(m.flags & NTLM_UNICODE))
        return -EBADMSG;
    *ret = m;
    return 0;
}

void ntlm_challenge_write(struct wr *w, const struct ntlm_challenge *m)
{
    size_t at = 56;
    head_write(w, TYPE_CHALLENGE);
    field_write(w, m->target_name, &at);
    wr_u32(w, m->flags);
    wr_bytes(w, m->challenge, sizeof(m->challenge));
    wr_zero(w, 8);
    field_write(w, m->target_info, &at);
    wr_bytes(w, version, sizeof(version));
    wr_span(w, m->target_name);
    wr_span(w, m->target_info);
}

/* ---- AUTHENTICATE ---- */

int ntlm_authenticate_read(struct span in, struct ntlm_authenticate *ret)
{
    struct rd r = rd_of(in);
    struct ntlm_authenticate m = {0};
    struct field fields[6];
    struct span *const values[6] = {&m.lm_response, &m.nt_response, &m.domain,
                                    &m.user,        &m.workstation, &m.encrypted_key};
    size_t lowest = SIZE_MAX;
    head_read(&r, TYPE_AUTHENTICATE);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        fields[i] = field_read(&r);
    m.flags = rd_u32(&r);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        *values[i] = field_bytes(&r, fields[i], &lowest);
    if (!rd_done(&r) || !(m.flags & NTLM_UNICODE))
        return -EBADMSG;
    m.has_mic = in.len >= NTLM_MIC_OFFSET + NTLM_MIC_BYTES &&
                lowest >= NTLM_MIC_OFFSET + NTLM_MIC_BYTES;
    if (m.has_mic) {
        struct rd mic = rd_at(&r, NTLM_MIC_OFFSET, NTLM_MIC_BYTES);
        rd_bytes(&mic, m.mic, sizeof(m.mic));
    }
    *ret = m;
    return 0;
}

void ntlm_authenticate_write(struct wr *w, const struct ntlm_authenticate *m)
{
    const struct span values[6] = {m->domain,      m->user,        m->workstation,
                                   m->lm_response, m->nt_response, m->encrypted_key};
    static const uint8_t header_order[6] = {3, 4, 0, 1, 2, 5};
    size_t at[6];
    size_t next = NTLM_MIC_OFFSET + NTLM_MIC_BYTES;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        at[i] = next;
        next += values[i].len;
    }
    head_write(w, TYPE_AUTHENTICATE);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        field_write(w, values[header_order[i]], &at[header_order[i]]);
    wr_u32(w, m->flags);
    wr_bytes(w, version, sizeof(version));
    wr_bytes(w, m->mic, sizeof(m->mic));
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        wr_span(w, values[i]);
}

/* ---- the NTLMv2 response ---- */

int ntlm_v2_response_read(struct span in, struct ntlm_v2_response *ret)
{
    struct rd r = rd_of(in);
    struct ntlm_v2_response m;
    rd_bytes(&r, m.proof, sizeof(m.proof));
    struct rd temp = r;
    m.temp = rd_span(&temp, rd_left(&temp));
    if (rd_u8(&r) != 1 || rd_u8(&r) != 1)
        rd_fail(&r);
    rd_skip(&r, 6);
    m.timestamp = rd_u64(&r);
    rd_bytes(&r, m.client_challenge, sizeof(m.client_challenge));
    rd_skip(&r, 4);
    m.target_info = rd_span(&r, rd_left(&r));
    if (!rd_done(&r))
        return -EBADMSG;
    *ret = m;
    return 0;
}

void ntlm_v2_temp_write(struct wr *w, const struct ntlm_v2_response *m)
{
    wr_u8(w, 1);
    wr_u8(w, 1);
    wr_zero(w, 6);
    wr_u64(w, m->timestamp);
    wr_bytes(w, m->client_challenge, sizeof(m->client_challenge));
    wr_zero(w, 4);
    wr_span(w, m->target_info);
    wr_zero(w, 4);
}

bool ntlm_av_next(struct rd *r, uint16_t *ret_id, struct span *ret_value)
{
    if (rd_left(r) < 4)
        return false;
    uint16_t id = rd_u16(r);
    struct span value = rd_span(r, rd_u16(r));
    if (id == NTLM_AV_END || !rd_done(r))
        return false;
    *ret_id = id;
    *ret_value = value;
    return true;
}

void ntlm_av_write(struct wr *w, enum ntlm_av id, struct span value)
{
    ASSERT(value.len <= UINT16_MAX);
    wr_u16(w, (uint16_t)id);
    wr_u16(w, (uint16_t)value.len);
    wr_span(w, value);
}

void ntlm_av_write_text(struct wr *w, enum ntlm_av id, const char *text)
{
    wr_u16(w, (uint16_t)id);
    struct wr_hole len = wr_hole_u16(w);
    size_t since = wr_pos(w);
    bool valid = wr_utf16(w, text);
    ASSERT(valid && wr_pos(w) - since <= UINT16_MAX);
    wr_fill_u16(w, len, (uint16_t)(wr_pos(w) - since));
}
