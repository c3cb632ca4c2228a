/* SPDX-License-Identifier: Apache-2.0
 *
 * GUIDs as text: the first three groups are little-endian integers, the rest bytes. */
#include "wire/guid.h"

#include <stdio.h>

const char *guid_text(struct guid g, char buf[GUID_TEXT_SIZE])
{
    struct rd r = rd_of(span_of(g.b, sizeof(g.b)));
    uint32_t a = rd_u32(&r);
    uint16_t b = rd_u16(&r);
    uint16_t c = rd_u16(&r);
    int at = snprintf(buf, GUID_TEXT_SIZE, "%08x-%04x-%04x-", a, b, c);
    for (int i = 8; i < 16; i++)
        at += snprintf(buf + at, (size_t)(GUID_TEXT_SIZE - at), i == 10 ? "-%02x" : "%02x", g.b[i]);
    return buf;
}
