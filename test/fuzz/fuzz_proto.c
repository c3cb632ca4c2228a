/* SPDX-License-Identifier: Apache-2.0
 *
 * One reader of src/proto, named by PAIR at compile time: what it makes of the input is written,
 * and that must read again as the same. */
#include "pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t first[1 << 20], second[1 << 20];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct proto_pair *pair;
    if (!pair)
        pair = proto_pair_find(PAIR);
    ASSERT(pair);
    struct wr w = proto_pair_wr(pair, mspan_of(first, sizeof(first)));
    if (!proto_pair_again(pair, span_of(data, size), &w) || w.full || pair->answers_only)
        return 0;
    struct span written = wr_written(&w);
    struct wr w2 = proto_pair_wr(pair, mspan_of(second, sizeof(second)));
    bool reads = proto_pair_again(pair, written, &w2);
    ASSERT(reads);
    ASSERT(w2.full == false);
    ASSERT(span_equal(written, wr_written(&w2)));
    return 0;
}
