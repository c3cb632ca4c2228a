/* SPDX-License-Identifier: Apache-2.0
 *
 * OPLOCK_BREAK. */
#include "proto/oplock.h"

#define OPLOCK_BREAK_SIZE 24u
#define LEASE_ACK_SIZE 36u
#define LEASE_BREAK_SIZE 44u

bool oplock_break_read(struct rd *r, struct oplock_break *ret)
{
    struct oplock_break b = {0};
    rd_expect_u16(r, OPLOCK_BREAK_SIZE);
    b.oplock_level = rd_u8(r);
    rd_skip(r, 5);
    b.file_id = rd_smb2_file_id(r);
    if (!rd_done(r))
        return false;
    *ret = b;
    return true;
}

void oplock_break_write(struct wr *w, const struct oplock_break *b)
{
    wr_u16(w, OPLOCK_BREAK_SIZE);
    wr_u8(w, b->oplock_level);
    wr_zero(w, 5);
    wr_smb2_file_id(w, b->file_id);
}

bool lease_ack_read(struct rd *r, struct lease_ack *ret)
{
    struct lease_ack a = {0};
    rd_expect_u16(r, LEASE_ACK_SIZE);
    rd_skip(r, 2);
    a.flags = rd_u32(r);
    a.lease_key = rd_guid(r);
    a.lease_state = rd_u32(r);
    a.lease_duration = rd_u64(r);
    if (!rd_done(r))
        return false;
    *ret = a;
    return true;
}

void lease_ack_write(struct wr *w, const struct lease_ack *a)
{
    wr_u16(w, LEASE_ACK_SIZE);
    wr_u16(w, 0);
    wr_u32(w, a->flags);
    wr_guid(w, a->lease_key);
    wr_u32(w, a->lease_state);
    wr_u64(w, a->lease_duration);
}

static uint16_t structure_size_peek(const struct rd *r)
{
    struct rd peek = *r;
    return rd_u16(&peek);
}

bool oplock_break_req_read(struct rd *r, struct oplock_break_req *ret_req)
{
    struct oplock_break_req req = {.is_lease = structure_size_peek(r) == LEASE_ACK_SIZE};
    if (!(req.is_lease ? lease_ack_read(r, &req.lease) : oplock_break_read(r, &req.oplock)))
        return false;
    *ret_req = req;
    return true;
}

bool lease_break_read(struct rd *r, struct lease_break *ret)
{
    struct lease_break b = {0};
    rd_expect_u16(r, LEASE_BREAK_SIZE);
    b.new_epoch = rd_u16(r);
    b.flags = rd_u32(r);
    b.lease_key = rd_guid(r);
    b.current_state = rd_u32(r);
    b.new_state = rd_u32(r);
    rd_skip(r, 12);
    if (!rd_done(r))
        return false;
    *ret = b;
    return true;
}

void lease_break_write(struct wr *w, const struct lease_break *b)
{
    wr_u16(w, LEASE_BREAK_SIZE);
    wr_u16(w, b->new_epoch);
    wr_u32(w, b->flags);
    wr_guid(w, b->lease_key);
    wr_u32(w, b->current_state);
    wr_u32(w, b->new_state);
    wr_zero(w, 12); /* break reason, hints of access and share mode: reserved */
}

bool break_notification_read(struct rd *r, struct break_notification *ret)
{
    struct break_notification n = {.is_lease = structure_size_peek(r) == LEASE_BREAK_SIZE};
    if (!(n.is_lease ? lease_break_read(r, &n.lease) : oplock_break_read(r, &n.oplock)))
        return false;
    *ret = n;
    return true;
}
