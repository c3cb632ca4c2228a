/* SPDX-License-Identifier: Apache-2.0
 *
 * What a local user may put into extended attributes, as the server reads it: DOS attributes and
 * descriptors.  What is accepted must survive being written and read again. */
#include "nt/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void dosattrib(struct span in)
{
    struct nt_dosattrib a = {0};
    struct nt_dosattrib b = {0};
    if (!nt_dosattrib_read(in, &a))
        return;
    uint8_t buf[NT_DOSATTRIB_BYTES_MAX];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    nt_dosattrib_write(&w, &a);
    ASSERT(wr_done(&w));
    ASSERT(nt_dosattrib_read(wr_written(&w), &b));
    ASSERT(a.attributes == b.attributes && a.has_attributes == b.has_attributes);
    ASSERT(a.has_change == b.has_change && (!a.has_change || a.change == b.change));
    ASSERT(a.has_creation == b.has_creation && (!a.has_creation || a.creation == b.creation));
}

static void ntacl(struct arena *a, struct span in)
{
    struct sd sd = {0};
    struct sd again = {0};
    if (!nt_ntacl_read(in, a, &sd))
        return;
    size_t size = nt_ntacl_size(&sd);
    struct wr w = wr_of(mspan_of(arena_alloc(a, size), size));
    nt_ntacl_write(&w, &sd);
    ASSERT(wr_done(&w));
    if (size > NT_NTACL_BYTES_MAX)
        return;
    ASSERT(nt_ntacl_read(wr_written(&w), a, &again));
    ASSERT(!sd.dacl == !again.dacl && (!sd.dacl || sd.dacl->count == again.dacl->count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a);
    if (size > 1 && data[0] % 2)
        dosattrib(span_of(data + 1, size - 1));
    else if (size > 1)
        ntacl(&a, span_of(data + 1, size - 1));
    arena_fini(&a);
    return 0;
}
