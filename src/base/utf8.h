/* SPDX-License-Identifier: Apache-2.0
 *
 * One code point of UTF-8 at a time, strictly: what is overlong, a surrogate or beyond U+10FFFF
 * is malformed. */
#pragma once

#include "base/base.h"

/* Decodes one code point of a zero-terminated string and advances *s; 0 at its end and -1 on
 * malformed UTF-8 leave *s where it is. */
int32_t utf8_next(const char **s) MUST_USE;

/* Encodes a code point, returns 1..4. */
unsigned utf8_put(char out[4], uint32_t code_point);
