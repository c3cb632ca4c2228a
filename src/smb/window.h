/* SPDX-License-Identifier: Apache-2.0
 *
 * The command sequence window of a connection, [MS-SMB2] 3.3.1.1: which message ids the client may
 * use.  Each id is good once; granting credits adds ids at the upper end.  The window never spans
 * more than `max` ids, so a client that leaves a hole at the lower end gets no more until it
 * fills it. */
#pragma once

#include "base/limits.h"
#include "base/base.h"

struct smb_window {
    uint64_t low;   /* lowest id not used yet */
    uint32_t range; /* ids from low on that were granted, used ones among them */
    uint32_t max;
    uint64_t used[LIMIT_CREDITS_MAX / 64]; /* bit id % LIMIT_CREDITS_MAX: used */
};

/* CreditCharge 0 counts as 1. */
static inline uint32_t smb_window_charge(uint16_t credit_charge)
{
    return credit_charge ? credit_charge : 1;
}

/* The window of a new connection: id 0 and nothing else. */
void smb_window_init(struct smb_window *w, uint32_t max);

/* Takes ids [id, id + count).  False: outside the window or used before (then nothing changes). */
bool smb_window_take(struct smb_window *w, uint64_t id, uint32_t count) MUST_USE;

/* Adds as many of `wanted` ids as max allows; returns how many. */
uint16_t smb_window_grant(struct smb_window *w, uint32_t wanted) MUST_USE;
