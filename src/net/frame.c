/* SPDX-License-Identifier: Apache-2.0
 *
 * Received messages: reference counts over pooled buffers or memory of their own. */
#include "net/transport.h"

struct frame *frame_new(struct span bytes)
{
    struct frame *f = xmalloc(sizeof(*f) + bytes.len);
    uint8_t *copy = (uint8_t *)(f + 1);
    if (bytes.len)
        memcpy(copy, bytes.p, bytes.len);
    *f = (struct frame){.bytes = {copy, bytes.len}, .refs = 1};
    return f;
}

struct frame *frame_ref(struct frame *f)
{
    ASSERT(f->refs > 0);
    f->refs++;
    return f;
}

void frame_unref(struct frame *f)
{
    if (!f)
        return;
    ASSERT(f->refs > 0);
    if (--f->refs > 0)
        return;
    iobuf_unref(f->pooled);
    free(f);
}
