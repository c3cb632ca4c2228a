/* SPDX-License-Identifier: Apache-2.0
 *
 * The language of fuzz_clients's inputs: a mode byte, then actions until the input ends.  An
 * action is two bytes, the length of its body in two more (little-endian), and the body; what the
 * input is too short for is cut.
 *
 *     mode    bits 0-1: INPUT_RAW and so on; bits 2-4: dialect; bit 5: the second client is a
 *             channel of the first one's session; bit 6: tasks run in random order
 *     first   bits 0-4: a command of SMB2 or one of enum action_kind; bit 5: the next action goes
 *             into the same frame; bit 6: related; bit 7: said by the second client
 *     second  bits 0-2: which open its FileId names (0: as it stands in the body, 7: all ones);
 *             bits 3-4: the tree; bits 5-7: the time that passes afterwards
 *
 * After the mode of a raw input everything is what a stranger sends. */
#pragma once

#include "base/span.h"

enum input_mode { INPUT_RAW, INPUT_GUEST, INPUT_SIGNED, INPUT_SEALED };
#define INPUT_MODE_OF(mode) ((enum input_mode)((mode) & 3))
#define INPUT_CHANNEL 0x20u
#define INPUT_SHUFFLE 0x40u

enum action_kind {
    ACTION_MESSAGE = 20, /* the body is a whole message, to be signed or sealed */
    ACTION_FRAME,        /* … is a whole frame, as it is */
    ACTION_BYTES,        /* … is not even framed */
    ACTION_MASK,         /* … is XORed onto the header of the next request */
    ACTION_STALL,        /* the client stops reading, or goes on */
    ACTION_HANG_UP,
};

#define ACTION_CHAINED 0x20u
#define ACTION_RELATED 0x40u
#define ACTION_SECOND 0x80u

#define SLOT_AS_IS 0u
#define SLOT_PREVIOUS 7u

enum action_pause { PAUSE_SETTLE, PAUSE_NONE = 2, PAUSE_6MS, PAUSE_100MS, PAUSE_36S };

struct action {
    uint8_t what;
    uint8_t target;
    struct span body;
};

static inline unsigned action_kind(const struct action *a)
{
    return a->what & 0x1Fu;
}

static inline unsigned action_slot(const struct action *a)
{
    return a->target & 7u;
}

static inline unsigned action_tree(const struct action *a)
{
    return (a->target >> 3) & 3u;
}

static inline unsigned action_pause(const struct action *a)
{
    return a->target >> 5;
}

#define ACTIONS_MAX 20u
#define ACTION_HEAD_BYTES 4u

/* At most ACTIONS_MAX of them; the rest is ignored. */
unsigned actions_read(struct span input, struct action *list);
/* False when they do not fit. */
bool action_write(uint8_t *to, size_t size, size_t *at, const struct action *a);

/* Valid requests to begin with; their bodies are static. */
unsigned templates_count(void);
struct action template_at(unsigned index);
const char *template_name(unsigned index);
