/* SPDX-License-Identifier: Apache-2.0
 *
 * The command sequence window: a bitmap over the granted ids, which slides when its lowest ids
 * have been used. */
#include "smb/window.h"

static_assert((LIMIT_CREDITS_MAX & (LIMIT_CREDITS_MAX - 1)) == 0, "ids wrap around the bitmap");

static uint64_t *word_of(struct smb_window *w, uint64_t id, uint64_t *ret_bit)
{
    uint64_t at = id & (LIMIT_CREDITS_MAX - 1);
    *ret_bit = 1ull << (at & 63);
    return &w->used[at >> 6];
}

void smb_window_init(struct smb_window *w, uint32_t max)
{
    ASSERT(max > 0 && max <= LIMIT_CREDITS_MAX);
    *w = (struct smb_window){.range = 1, .max = max};
}

bool smb_window_take(struct smb_window *w, uint64_t id, uint32_t count)
{
    uint64_t bit;
    if (id < w->low || count == 0 || count > w->range || id - w->low > w->range - count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (*word_of(w, id + i, &bit) & bit)
            return false;
    if (LIKELY(id == w->low)) {
        w->low += count;
        w->range -= count;
    } else {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t *word = word_of(w, id + i, &bit);
            *word |= bit;
        }
    }
    for (uint64_t *word; w->range > 0; w->range--, w->low++) {
        word = word_of(w, w->low, &bit);
        if (!(*word & bit))
            break;
        *word &= ~bit;
    }
    return true;
}

uint16_t smb_window_grant(struct smb_window *w, uint32_t wanted)
{
    uint32_t possible = w->max - w->range;
    uint64_t ids_left = UINT64_MAX - w->low - w->range;
    uint32_t granted = MIN(wanted, possible);
    granted = MIN(granted, (uint32_t)UINT16_MAX);
    granted = (uint32_t)MIN((uint64_t)granted, ids_left);
    w->range += granted;
    return (uint16_t)granted;
}
