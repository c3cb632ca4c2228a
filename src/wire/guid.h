/* SPDX-License-Identifier: Apache-2.0
 *
 * 16-byte identifiers in wire order, [MS-DTYP] 2.3.4.2. */
#pragma once

#include "wire/rd.h"
#include "wire/wr.h"

struct guid {
    uint8_t b[16];
};

static inline struct guid rd_guid(struct rd *r)
{
    struct guid g;
    rd_bytes(r, g.b, sizeof(g.b));
    return g;
}

static inline void wr_guid(struct wr *w, struct guid g)
{
    wr_bytes(w, g.b, sizeof(g.b));
}

static inline bool guid_equal(struct guid a, struct guid b)
{
    return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

static inline bool guid_is_zero(struct guid g)
{
    return guid_equal(g, (struct guid){{0}});
}

#define GUID_TEXT_SIZE 37

/* "01234567-89ab-…", lower case; buf holds GUID_TEXT_SIZE bytes.  Returns buf. */
const char *guid_text(struct guid g, char buf[GUID_TEXT_SIZE]);
