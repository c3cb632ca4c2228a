/* SPDX-License-Identifier: Apache-2.0
 *
 * The SMB1 message: a 32-byte header, a count of words (none), a count of bytes, and dialects each
 * as a 0x02 and a terminated ASCII string. */
#include "proto/smb1_negotiate.h"

#define SMB1_PROTOCOL_ID 0x424D53FFu
#define SMB1_COM_NEGOTIATE 0x72u
#define SMB1_FLAGS_CANONICAL 0x18u
#define SMB1_FLAGS2_UNICODE_STATUS_LONG 0xC001u
#define DIALECT_FORMAT 0x02u

static const char dialect_2_002[] = "SMB 2.002";
static const char dialect_2_any[] = "SMB 2.???";

/* The next dialect without its terminator. */
static struct span dialect_next(struct rd *r)
{
    if (rd_u8(r) != DIALECT_FORMAT)
        rd_fail(r);
    const uint8_t *nul = rd_left(r) ? memchr(r->at, 0, rd_left(r)) : NULL;
    if (!nul) {
        rd_fail(r);
        return (struct span){0};
    }
    struct span name = rd_span(r, (size_t)(nul - r->at));
    rd_skip(r, 1);
    return name;
}

bool smb1_negotiate_req_read(struct rd *r, struct smb1_negotiate_req *ret_req)
{
    struct smb1_negotiate_req req = {0};
    if (rd_u32(r) != SMB1_PROTOCOL_ID || rd_u8(r) != SMB1_COM_NEGOTIATE)
        rd_fail(r);
    rd_skip(r, 27);
    rd_skip(r, 2u * rd_u8(r));
    uint16_t bytes = rd_u16(r);
    struct rd dialects = rd_of(rd_span(r, bytes));
    while (rd_left(&dialects)) {
        struct span name = dialect_next(&dialects);
        req.offers_smb_2_002 |= span_equal(name, span_str(dialect_2_002));
        req.offers_smb_2_any |= span_equal(name, span_str(dialect_2_any));
    }
    rd_fold(r, &dialects);
    if (!rd_done(r))
        return false;
    *ret_req = req;
    return true;
}

static void dialect_write(struct wr *w, const char *name)
{
    wr_u8(w, DIALECT_FORMAT);
    wr_bytes(w, name, strlen(name) + 1);
}

void smb1_negotiate_req_write(struct wr *w, const struct smb1_negotiate_req *req)
{
    wr_u32(w, SMB1_PROTOCOL_ID);
    wr_u8(w, SMB1_COM_NEGOTIATE);
    wr_u32(w, 0); /* status */
    wr_u8(w, SMB1_FLAGS_CANONICAL);
    wr_u16(w, SMB1_FLAGS2_UNICODE_STATUS_LONG);
    wr_zero(w, 12); /* high half of the process id, signature, reserved */
    wr_zero(w, 8);  /* tree, process, user and multiplex ids */
    wr_u8(w, 0);
    struct wr_hole bytes = wr_hole_u16(w);
    size_t begin = wr_pos(w);
    dialect_write(w, "NT LM 0.12");
    if (req->offers_smb_2_002)
        dialect_write(w, dialect_2_002);
    if (req->offers_smb_2_any)
        dialect_write(w, dialect_2_any);
    wr_fill_u16(w, bytes, (uint16_t)(wr_pos(w) - begin));
}
