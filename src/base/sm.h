/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of a long-lived object (connection, session, open) as a table of states with their
 * allowed successors.  A move along an edge that is not in the table is a broken invariant and
 * aborts.  The table's owner draws the diagram above it. */
#pragma once

#include "base/base.h"

#define SM_STATES_MAX 32u
#define SM_TO(state) (1u << (state))

/* Indexed by the owner's enum. */
struct sm_state {
    const char *name;
    uint32_t next; /* SM_TO() of every state that may follow */
};

struct sm {
    const struct sm_state *states;
    uint8_t count;
    uint8_t now;
};

void sm_init(struct sm *m, const struct sm_state *states, unsigned count, unsigned first);

/* Asserts that the edge exists. */
void sm_move(struct sm *m, unsigned to);

static inline unsigned sm_now(const struct sm *m)
{
    return m->now;
}

static inline const char *sm_name(const struct sm *m)
{
    return m->states[m->now].name;
}
