/* SPDX-License-Identifier: Apache-2.0
 *
 * Names in both directions: what decodes must encode to the same bytes, and folding must agree
 * with itself. */
#include "base/upcase.h"
#include "wire/utf16.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void from_utf16(struct arena *a, struct span in)
{
    char *s = utf16_to_utf8(a, in);
    if (!s)
        return;
    ssize_t size = utf16_size(s);
    ASSERT(size >= 0 && (size_t)size == in.len);
    struct wr w = wr_of(mspan_of(arena_alloc(a, in.len), in.len));
    ASSERT(wr_utf16(&w, s));
    ASSERT(wr_done(&w));
    ASSERT(span_equal(wr_written(&w), in));
}

static void from_utf8(struct arena *a, struct span in)
{
    const char *s = arena_strndup(a, (const char *)in.p, in.len);
    uint8_t buf[64];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    bool valid = wr_utf16(&w, s);
    ASSERT(valid == (utf16_size(s) >= 0));
    if (valid && wr_done(&w)) {
        const char *back = utf16_to_utf8(a, wr_written(&w));
        ASSERT(back && strcmp(back, s) == 0);
    }
    ASSERT(name_equal_folded(s, s));
    size_t half = strlen(s) / 2;
    const char *other = arena_strndup(a, s + half, SIZE_MAX);
    if (name_equal_folded(s, other))
        ASSERT(name_hash_folded(s) == name_hash_folded(other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a);
    from_utf16(&a, span_of(data, size));
    if (size)
        from_utf8(&a, span_of(data, size));
    arena_fini(&a);
    return 0;
}
