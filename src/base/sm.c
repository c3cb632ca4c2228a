/* SPDX-License-Identifier: Apache-2.0
 *
 * Moves of a state machine, checked against its table. */
#include "base/sm.h"

#include "base/log.h"

void sm_init(struct sm *m, const struct sm_state *states, unsigned count, unsigned first)
{
    ASSERT(count > 0 && count <= SM_STATES_MAX);
    ASSERT(first < count);
    *m = (struct sm){.states = states, .count = (uint8_t)count, .now = (uint8_t)first};
}

void sm_move(struct sm *m, unsigned to)
{
    ASSERT(to < m->count);
    if (UNLIKELY(!(m->states[m->now].next & SM_TO(to))))
        log_error("event=bad_move from=%s to=%s", sm_name(m), m->states[to].name);
    ASSERT(m->states[m->now].next & SM_TO(to));
    m->now = (uint8_t)to;
}
