/* SPDX-License-Identifier: Apache-2.0
 *
 * The message without fields. */
#include "proto/simple.h"

bool simple_msg_read(struct rd *r)
{
    rd_expect_u16(r, 4);
    rd_skip(r, 2);
    return rd_done(r);
}

void simple_msg_write(struct wr *w)
{
    wr_u16(w, 4);
    wr_u16(w, 0);
}
