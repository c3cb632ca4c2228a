/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing inputs of fuzz_clients. */
#include "input.h"

unsigned actions_read(struct span input, struct action *list)
{
    unsigned count = 0;
    const uint8_t *p = input.p, *end = p + input.len;
    while (count < ACTIONS_MAX && (size_t)(end - p) >= ACTION_HEAD_BYTES) {
        size_t len = (size_t)p[2] | (size_t)p[3] << 8;
        size_t left = (size_t)(end - p) - ACTION_HEAD_BYTES;
        list[count] = (struct action){p[0], p[1], span_of(p + ACTION_HEAD_BYTES, MIN(len, left))};
        p = list[count].body.p + list[count].body.len;
        count++;
    }
    return count;
}

bool action_write(uint8_t *to, size_t size, size_t *at, const struct action *a)
{
    if (a->body.len > UINT16_MAX || size - *at < ACTION_HEAD_BYTES + a->body.len)
        return false;
    uint8_t *p = to + *at;
    p[0] = a->what;
    p[1] = a->target;
    p[2] = (uint8_t)a->body.len;
    p[3] = (uint8_t)(a->body.len >> 8);
    if (a->body.len)
        memcpy(p + ACTION_HEAD_BYTES, a->body.p, a->body.len);
    *at += ACTION_HEAD_BYTES + a->body.len;
    return true;
}
