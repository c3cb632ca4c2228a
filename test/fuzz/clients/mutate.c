/* SPDX-License-Identifier: Apache-2.0
 *
 * How inputs of fuzz_clients are mutated: by action rather than by byte, so that a change in one
 * request leaves the ones around it standing. */
#include "input.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
/* Inputs that were mutated before, for others to take actions from. */
#define MATES 32u
#define MATE_BYTES_MAX 4096u

static struct {
    uint8_t bytes[MATE_BYTES_MAX];
    size_t len;
} mates[MATES];

struct mutation {
    struct action list[ACTIONS_MAX];
    unsigned count;
    uint64_t random;
    uint8_t body[8192]; /* of the one action that got a new one */
};

static unsigned pick(struct mutation *m, size_t below)
{
    m->random = m->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return below ? (unsigned)((m->random >> 33) % below) : 0;
}

static void insert(struct mutation *m, unsigned at, struct action a)
{
    if (m->count == ACTIONS_MAX)
        return;
    memmove(m->list + at + 1, m->list + at, (m->count - at) * sizeof(*m->list));
    m->list[at] = a;
    m->count++;
}

static void body_mutate(struct mutation *m)
{
    struct action *a = &m->list[pick(m, m->count)];
    size_t len = MIN(a->body.len, sizeof(m->body) / 2);
    if (len)
        memcpy(m->body, a->body.p, len);
    len = LLVMFuzzerMutate(m->body, len, MIN(sizeof(m->body), len + 64));
    a->body = span_of(m->body, len);
}

/* Fields of fixed place stay where they are: most of what a request says is there. */
static void byte_mutate(struct mutation *m)
{
    static const uint8_t values[] = {0, 1, 2, 4, 7, 8, 16, 32, 64, 127, 128, 255};
    struct action *a = &m->list[pick(m, m->count)];
    size_t len = MIN(a->body.len, sizeof(m->body));
    if (len == 0)
        return;
    memcpy(m->body, a->body.p, len);
    for (unsigned times = 1 + pick(m, 3); times; times--)
        m->body[pick(m, len)] = pick(m, 2) ? values[pick(m, sizeof(values))]
                                           : (uint8_t)pick(m, 256);
    a->body = span_of(m->body, len);
}

static void head_mutate(struct mutation *m)
{
    static const uint8_t flags[] = {ACTION_CHAINED, ACTION_RELATED, ACTION_SECOND,
                                    ACTION_CHAINED | ACTION_RELATED};
    struct action *a = &m->list[pick(m, m->count)];
    switch (pick(m, 5)) {
    case 0:
        a->what ^= flags[pick(m, sizeof(flags))];
        break;
    case 1:
        a->target = (uint8_t)((a->target & ~7u) | pick(m, 8));
        break;
    case 2:
        a->target = (uint8_t)((a->target & ~0x18u) | pick(m, 4) << 3);
        break;
    case 3:
        a->target = (uint8_t)((a->target & ~0xE0u) | pick(m, 8) << 5);
        break;
    default:
        a->what = (uint8_t)((a->what & ~0x1Fu) | pick(m, 32));
        break;
    }
}

static void order_mutate(struct mutation *m)
{
    unsigned from = pick(m, m->count), to = pick(m, m->count);
    struct action a = m->list[from];
    switch (pick(m, 3)) {
    case 0:
        m->list[from] = m->list[to];
        m->list[to] = a;
        break;
    case 1:
        insert(m, to, a);
        break;
    default:
        m->count--;
        memmove(m->list + from, m->list + from + 1, (m->count - from) * sizeof(*m->list));
        break;
    }
}

/* The beginning of this one and the end of another. */
static void cross_over(struct mutation *m)
{
    static struct action list[ACTIONS_MAX];
    unsigned mate = pick(m, MATES);
    unsigned count = actions_read(span_of(mates[mate].bytes, mates[mate].len), list);
    unsigned from = pick(m, count);
    if (count > 0)
        m->count = pick(m, m->count + 1);
    for (unsigned i = from; i < count && m->count < ACTIONS_MAX; i++)
        m->list[m->count++] = list[i];
}

static void mate_remember(struct mutation *m, struct span actions)
{
    if (actions.len > MATE_BYTES_MAX || actions.len == 0)
        return;
    unsigned at = pick(m, MATES);
    memcpy(mates[at].bytes, actions.p, actions.len);
    mates[at].len = actions.len;
}

static void mutate(struct mutation *m)
{
    unsigned choice = m->count == 0 ? 0 : pick(m, 11);
    if (choice <= 2)
        insert(m, pick(m, m->count + 1), template_at(pick(m, templates_count())));
    else if (choice <= 4)
        body_mutate(m);
    else if (choice <= 6)
        byte_mutate(m);
    else if (choice <= 8)
        head_mutate(m);
    else if (choice == 9)
        order_mutate(m);
    else
        cross_over(m);
}

static size_t write_all(const struct mutation *m, uint8_t mode, uint8_t *out, size_t max)
{
    size_t at = 1;
    out[0] = mode;
    for (unsigned i = 0; i < m->count && action_write(out, max, &at, &m->list[i]); i++)
        continue;
    return at;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static struct mutation m;
    static uint8_t copy[1 << 20];
    m.random = seed;
    if (size == 0 || max < 2 || size > sizeof(copy) || INPUT_MODE_OF(data[0]) == INPUT_RAW)
        return LLVMFuzzerMutate(data, size, max);
    uint8_t mode = data[0];
    memcpy(copy, data, size);
    m.count = actions_read(span_of(copy + 1, size - 1), m.list);
    if (pick(&m, 40) == 0)
        mode = (uint8_t)pick(&m, 256);
    mutate(&m);
    mate_remember(&m, span_of(copy + 1, size - 1));
    return write_all(&m, mode, data, max);
}
