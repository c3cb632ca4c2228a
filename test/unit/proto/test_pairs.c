/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold of every reader and its writer: what was written reads back and writes the same
 * bytes; no message cut short and no byte changed makes a reader look beyond the end; a buffer too
 * small is noticed and not overrun. */
#include "pairs.h"
#include "guarded.h"
#include "unit.h"

#define SPACE_BYTES 65536u

static uint8_t space[SPACE_BYTES], space_again[SPACE_BYTES];

static struct span sample_write(const struct proto_pair *p, int sample)
{
    memset(space, 0xA5, sizeof(space));
    struct wr w = proto_pair_wr(p, mspan_of(space, sizeof(space)));
    p->samples[sample](&w);
    assert_true(wr_done(&w));
    return wr_written(&w);
}

/* Reads from guarded bytes and writes to our second space; false: malformed. */
static bool again(const struct proto_pair *p, struct mspan bytes, struct span *ret_written)
{
    struct wr w = proto_pair_wr(p, mspan_of(space_again, sizeof(space_again)));
    if (!proto_pair_again(p, span_ro(bytes), &w))
        return false;
    if (w.full)
        return true;
    assert_true(wr_done(&w));
    *ret_written = wr_written(&w);
    return true;
}

static void check_round_trip(const struct proto_pair *p, struct span sample, struct guarded *g)
{
    struct span written;
    if (!again(p, guarded_copy(g, sample), &written))
        fail_msg("%s: does not read what it wrote", p->name);
    if (p->answers_only)
        return;
    if (written.len != sample.len)
        fail_msg("%s: %zu bytes became %zu", p->name, sample.len, written.len);
    for (size_t i = 0; i < sample.len; i++) {
        if (written.p[i] != sample.p[i])
            fail_msg("%s: byte %zu was 0x%02x, became 0x%02x", p->name, i, sample.p[i],
                     written.p[i]);
    }
}

/* What reads as something must write as what reads the same. */
static void check_stable(const struct proto_pair *p, struct mspan bytes, struct guarded *g)
{
    static uint8_t first[SPACE_BYTES];
    struct span written = {0};
    if (!again(p, bytes, &written) || p->answers_only || written.len == 0)
        return;
    memcpy(first, written.p, written.len);
    struct span before = span_of(first, written.len);
    struct span after = {0};
    if (!again(p, guarded_copy(g, before), &after) || !span_equal(before, after))
        fail_msg("%s: reads, but what it writes of that reads differently", p->name);
}

static void check_truncated(const struct proto_pair *p, struct span sample, struct guarded *g)
{
    for (size_t len = p->at; len < sample.len; len++)
        check_stable(p, guarded_copy(g, span_of(sample.p, len)), g);
}

static void check_changed(const struct proto_pair *p, struct span sample, struct guarded *g)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF};
    for (size_t i = p->at; i < sample.len; i++) {
        for (size_t v = 0; v < ARRAY_LEN(values) + 2; v++) {
            struct mspan bytes = guarded_copy(g, sample);
            if (v < ARRAY_LEN(values))
                bytes.p[i] = values[v];
            else
                bytes.p[i] = (uint8_t)(bytes.p[i] + (v == ARRAY_LEN(values) ? 1 : -1));
            check_stable(p, bytes, g);
        }
    }
}

/* Two neighbouring words at their extremes: offset and length at once. */
static void check_extreme_words(const struct proto_pair *p, struct span sample, struct guarded *g)
{
    static const uint32_t words[][2] = {
        {UINT32_MAX, UINT32_MAX}, {UINT32_MAX, 1}, {1, UINT32_MAX}, {0, UINT32_MAX},
        {0x7FFFFFFF, 0x7FFFFFFF}, {0x80000000, 0x80000000}, {UINT32_MAX - 7, 8},
        {0xFFFF0040, 0x0000FFFF},
    };
    for (size_t i = p->at; i + 8 <= sample.len; i += 2) {
        for (size_t v = 0; v < ARRAY_LEN(words); v++) {
            struct mspan bytes = guarded_copy(g, sample);
            memcpy(bytes.p + i, words[v], sizeof(words[v]));
            check_stable(p, bytes, g);
        }
    }
}

static void check_small_buffers(const struct proto_pair *p, int sample, size_t bytes,
                                struct guarded *g)
{
    for (size_t room = p->at; room < bytes; room++) {
        struct mspan small = mspan_of(g->map + g->room - room, room);
        struct wr w = proto_pair_wr(p, small);
        p->samples[sample](&w);
        if (wr_done(&w))
            fail_msg("%s: %zu bytes fit into %zu", p->name, bytes, room);
    }
}

/* Some samples check by ASSERT that they fit, which is not what is looked at here. */
static bool writes_into_small_buffers(const struct proto_pair *p)
{
    static const char *const asserting[] = {"file_info", "fs_info", "dir_entries", "streams",
                                            "notify_records", "ea_list"};
    for (size_t i = 0; i < ARRAY_LEN(asserting); i++) {
        if (strcmp(p->name, asserting[i]) == 0)
            return false;
    }
    return true;
}

static void each_sample(void (*check)(const struct proto_pair *, struct span, struct guarded *))
{
    struct guarded g = guarded_new(SPACE_BYTES);
    const struct proto_pair *p;
    unsigned pairs = 0;
    for (; (p = proto_pair_at(pairs)); pairs++) {
        assert_non_null(p->samples[0]);
        for (int s = 0; s < PAIR_SAMPLES_MAX && p->samples[s]; s++) {
            struct span written = sample_write(p, s);
            uint8_t *sample = xmemdup(written.p, written.len);
            check(p, span_of(sample, written.len), &g);
            free(sample);
        }
    }
    assert_true(pairs > 50);
    guarded_free(&g);
}

static void test_round_trip(void **state)
{
    each_sample(check_round_trip);
}

static void test_cut_short(void **state)
{
    each_sample(check_truncated);
}

static void test_changed_bytes(void **state)
{
    each_sample(check_changed);
}

static void test_extreme_words(void **state)
{
    each_sample(check_extreme_words);
}

static void test_small_buffers(void **state)
{
    struct guarded g = guarded_new(SPACE_BYTES);
    const struct proto_pair *p;
    for (unsigned i = 0; (p = proto_pair_at(i)); i++) {
        for (int s = 0; s < PAIR_SAMPLES_MAX && p->samples[s]; s++) {
            size_t bytes = sample_write(p, s).len;
            if (writes_into_small_buffers(p))
                check_small_buffers(p, s, bytes, &g);
        }
    }
    guarded_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_changed_bytes), cmocka_unit_test(test_extreme_words),
        cmocka_unit_test(test_small_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
