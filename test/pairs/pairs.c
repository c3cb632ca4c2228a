/* SPDX-License-Identifier: Apache-2.0
 *
 * The table put together. */
#include "pairs.h"

static const struct proto_pair *const groups[] = {
    pairs_of_messages, pairs_of_create, pairs_of_fsctls, pairs_of_infos, pairs_of_security,
};

const struct proto_pair *proto_pair_at(unsigned index)
{
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        for (const struct proto_pair *p = groups[g]; p->name; p++) {
            if (index-- == 0)
                return p;
        }
    }
    return NULL;
}

const struct proto_pair *proto_pair_find(const char *name)
{
    const struct proto_pair *p;
    for (unsigned i = 0; (p = proto_pair_at(i)); i++) {
        if (strcmp(p->name, name) == 0)
            break;
    }
    return p;
}

struct wr proto_pair_wr(const struct proto_pair *pair, struct mspan space)
{
    struct wr w = wr_of(space);
    wr_zero(&w, pair->at);
    return w;
}

bool proto_pair_again(const struct proto_pair *pair, struct span bytes, struct wr *w)
{
    struct rd r = rd_of(bytes);
    rd_skip(&r, pair->at);
    return rd_done(&r) && pair->again(&r, w);
}
