/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk over chained entries. */
#include "wire/rd.h"

bool rd_chain_next(struct rd_chain *c, struct rd *entry)
{
    if (c->ended)
        return false;
    struct rd *rest = &c->rest;
    size_t room = rd_left(rest);
    struct rd peek = *rest;
    uint32_t next = rd_u32(&peek);
    bool broken = peek.bad || c->left == 0 ||
                  (next && (next < sizeof(next) || next >= room || next % c->alignment));
    if (broken) {
        rd_fail(rest);
        c->ended = true;
        return false;
    }
    size_t len = next ? next : room;
    *entry = (struct rd){rest->at, rest->at, rest->at + len, false};
    rest->at += len;
    c->left--;
    c->ended = next == 0;
    return true;
}
