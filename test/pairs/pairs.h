/* SPDX-License-Identifier: Apache-2.0
 *
 * Every reader of src/proto beside its writer, in one table: the unit tests hold each pair to its
 * word (round trip, truncation, bytes changed), each fuzz target takes one, and the seeds of their
 * corpora are the samples. */
#pragma once

#include "base/arena.h"
#include "wire/rd.h"
#include "wire/wr.h"

#define PAIR_SAMPLES_MAX 4

struct proto_pair {
    const char *name;
    size_t at; /* where the reader begins: behind an SMB2 header, or 0 */
    /* Write a message of some variety; unused ones are NULL. */
    void (*samples[PAIR_SAMPLES_MAX])(struct wr *w);
    /* Reads and, if that went well, writes what was read. */
    bool (*again)(struct rd *r, struct wr *w);
    bool answers_only; /* there is no writer: `again` writes something else to touch all views */
};

/* The pair at `index`, NULL past the last. */
const struct proto_pair *proto_pair_at(unsigned index) MUST_USE;
const struct proto_pair *proto_pair_find(const char *name) MUST_USE;

/* Space for a message, its first pair->at bytes being a header of no interest. */
struct wr proto_pair_wr(const struct proto_pair *pair, struct mspan space) MUST_USE;

/* Reads the whole of `bytes` and writes it again. */
bool proto_pair_again(const struct proto_pair *pair, struct span bytes, struct wr *w) MUST_USE;

/* Each ends with an entry without a name. */
extern const struct proto_pair pairs_of_messages[];
extern const struct proto_pair pairs_of_create[];
extern const struct proto_pair pairs_of_fsctls[];
extern const struct proto_pair pairs_of_infos[];
extern const struct proto_pair pairs_of_security[];

/* UTF-16LE, as a span. */
#define U16(s)                                                                                     \
    {                                                                                              \
        (const uint8_t *)u"" s, sizeof(u"" s) - 2                                                  \
    }

/* ASCII bytes, as a span. */
#define BYTES(s)                                                                                   \
    {                                                                                              \
        (const uint8_t *)s, sizeof(s) - 1                                                          \
    }

/* For struct x with x_read and x_write: x_again, and samples of it. */
#define PAIR_AGAIN(x)                                                                              \
    static bool x##_again(struct rd *r, struct wr *w)                                              \
    {                                                                                              \
        struct x v;                                                                                \
        if (!x##_read(r, &v))                                                                      \
            return false;                                                                          \
        x##_write(w, &v);                                                                          \
        return true;                                                                               \
    }

/* The same for readers of a whole buffer. */
#define PAIR_AGAIN_SPAN(x, read, write)                                                            \
    static bool x##_again(struct rd *r, struct wr *w)                                              \
    {                                                                                              \
        struct x v;                                                                                \
        if (!read(rd_span(r, rd_left(r)), &v))                                                     \
            return false;                                                                          \
        write(w, &v);                                                                              \
        return true;                                                                               \
    }

#define PAIR_SAMPLE(x, suffix, ...)                                                                \
    static void x##_sample##suffix(struct wr *w)                                                   \
    {                                                                                              \
        const struct x v = {__VA_ARGS__};                                                          \
        x##_write(w, &v);                                                                          \
    }
