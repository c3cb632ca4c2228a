/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that may be cut. */
#include "proto/name_field.h"
#include "wire/utf16.h"

/* One unit, or the byte of it that fits. */
static void unit_write(struct wr *w, uint32_t unit)
{
    if (wr_left(w) >= 2)
        wr_u16(w, (uint16_t)unit);
    else if (wr_left(w) == 1)
        wr_u8(w, (uint8_t)unit);
}

ntstatus name_cut_write(struct wr *w, const char *name)
{
    size_t begin = wr_pos(w);
    ssize_t bytes = utf16_size(name);
    if (bytes < 0)
        return STATUS_OBJECT_NAME_INVALID;
    int32_t c;
    while (wr_left(w) && (c = utf8_next(&name)) > 0) {
        uint32_t v = (uint32_t)c;
        if (v >= 0x10000) {
            unit_write(w, 0xd800 | (v - 0x10000) >> 10);
            v = 0xdc00 | (v & 0x3ff);
        }
        unit_write(w, v);
    }
    return wr_pos(w) - begin < (size_t)bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

ntstatus name_field_write(struct wr *w, const char *name)
{
    ssize_t bytes = utf16_size(name);
    if (bytes < 0)
        return STATUS_OBJECT_NAME_INVALID;
    wr_u32(w, (uint32_t)bytes);
    return name_cut_write(w, name);
}
