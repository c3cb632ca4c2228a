/* SPDX-License-Identifier: Apache-2.0
 *
 * LOCK, [MS-SMB2] 3.3.5.14.  The first element says whether the request locks or unlocks.  Several
 * locks are taken all or none; unlocks before a bad element stay done.  Only a single lock may
 * wait.  A request resent with the lock sequence of one that succeeded succeeds without locking. */
#include "proto/lock.h"
#include "proto/simple.h"
#include "smb/cmd.h"

static bool lock_flags_valid(uint32_t flags)
{
    uint32_t kind = flags & ~SMB2_LOCKFLAG_FAIL_IMMEDIATELY;
    return kind == SMB2_LOCKFLAG_SHARED || kind == SMB2_LOCKFLAG_EXCLUSIVE;
}

static struct nt_lock_range range_of(const struct lock_element *e)
{
    return (struct nt_lock_range){
        .offset = e->offset,
        .length = e->length,
        .exclusive = (e->flags & SMB2_LOCKFLAG_EXCLUSIVE) != 0,
    };
}

/* [MS-SMB2] 3.3.5.14.1 */
static ntstatus unlock_all(struct task *t, struct nt_open *open, const struct lock_req *in)
{
    for (unsigned i = 0; i < in->element_count; i++) {
        struct lock_element e = lock_req_element(in, i);
        if (e.flags != SMB2_LOCKFLAG_UNLOCK)
            return STATUS_INVALID_PARAMETER;
        NT_TRY(nt_unlock(t, open, e.offset, e.length));
    }
    return STATUS_SUCCESS;
}

static ntstatus lock_waiting(struct task *t, struct smb_request *req, struct nt_open *open,
                             const struct nt_lock_range *range)
{
    ntstatus s = nt_lock(t, open, range, false);
    if (!nt_is(s, STATUS_LOCK_NOT_GRANTED) && !nt_is(s, STATUS_FILE_LOCK_CONFLICT))
        return s;
    NT_TRY(smb_request_pend_now(req));
    s = nt_lock(t, open, range, true);
    return nt_is(s, STATUS_CANCELLED) ? cmd_cancelled(req, STATUS_RANGE_NOT_LOCKED) : s;
}

/* Gives the first `count` locks back; `why` is the answer unless that fails, which then matters
 * more. */
static ntstatus locks_undo(struct task *t, struct nt_open *open, const struct lock_req *in,
                           unsigned count, ntstatus why)
{
    while (count-- > 0) {
        struct lock_element e = lock_req_element(in, count);
        NT_TRY(nt_unlock(t, open, e.offset, e.length));
    }
    return why;
}

/* [MS-SMB2] 3.3.5.14.2 */
static ntstatus lock_all(struct task *t, struct smb_request *req, struct nt_open *open,
                         const struct lock_req *in)
{
    for (unsigned i = 0; i < in->element_count; i++) {
        struct lock_element e = lock_req_element(in, i);
        bool waits = !(e.flags & SMB2_LOCKFLAG_FAIL_IMMEDIATELY);
        if (!lock_flags_valid(e.flags) || (waits && in->element_count > 1))
            return STATUS_INVALID_PARAMETER;
    }
    for (unsigned i = 0; i < in->element_count; i++) {
        struct lock_element e = lock_req_element(in, i);
        struct nt_lock_range range = range_of(&e);
        ntstatus s = (e.flags & SMB2_LOCKFLAG_FAIL_IMMEDIATELY)
                         ? nt_lock(t, open, &range, false)
                         : lock_waiting(t, req, open, &range);
        if (nt_ok(s))
            continue;
        return locks_undo(t, open, in, i, s);
    }
    return STATUS_SUCCESS;
}

/* The slot of the open's replay array that a request names, or NULL: [MS-SMB2] 3.3.5.14.  Index 0
 * is reserved and higher ones than the array has are not checked. */
static uint8_t *sequence_slot(const struct smb_request *req, struct smb_open *open,
                              uint32_t lock_sequence)
{
    uint32_t index = lock_sequence >> 4;
    bool checked = smb_conn_is_smb3(req->conn) &&
                   smb_server_config(req->shard->server)->multichannel;
    if (!checked || index == 0 || index > ARRAY_LEN(open->lock_sequence))
        return NULL;
    return &open->lock_sequence[index - 1];
}

ntstatus smb_cmd_lock(struct task *t, struct smb_request *req)
{
    struct lock_req in;
    if (!lock_req_read(&req->in, &in))
        return STATUS_INVALID_PARAMETER;
    struct smb_open *open;
    NT_TRY(smb_request_open(req, in.file_id, &open));
    if (!open->nt)
        return STATUS_INVALID_DEVICE_REQUEST;
    uint8_t *slot = sequence_slot(req, open, in.lock_sequence);
    uint8_t number = (uint8_t)((in.lock_sequence & 0xF) + 1); /* 0 in a slot: nothing there */
    if (slot && *slot == number) {
        simple_msg_write(&req->out);
        return STATUS_SUCCESS;
    }
    if (slot)
        *slot = 0;
    struct lock_element first = lock_req_element(&in, 0);
    if (first.flags & SMB2_LOCKFLAG_UNLOCK)
        NT_TRY(unlock_all(t, open->nt, &in));
    else
        NT_TRY(lock_all(t, req, open->nt, &in));
    if (slot)
        *slot = number;
    simple_msg_write(&req->out);
    return STATUS_SUCCESS;
}
