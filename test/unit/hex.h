/* SPDX-License-Identifier: Apache-2.0
 *
 * Test vectors are written as the hexadecimal digits their publishers print; spaces and newlines
 * between digits do not count. */
#pragma once

#include "base/span.h"

#include <ctype.h>

static inline unsigned hex_digit(char c)
{
    ASSERT(isxdigit((unsigned char)c));
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Decodes into out, which has room for out_len bytes; returns how many there were. */
static inline size_t hex_decode(const char *text, uint8_t *out, size_t out_len)
{
    size_t n = 0;
    while (*text) {
        if (isspace((unsigned char)*text)) {
            text++;
            continue;
        }
        ASSERT(n < out_len);
        out[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
        text += 2;
    }
    return n;
}

#define HEX(array, text) hex_decode((text), (array), sizeof(array))
