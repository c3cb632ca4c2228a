/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-16LE, the wire's encoding of names, to and from UTF-8.  Strict by default: an unpaired
 * surrogate or malformed UTF-8 is an error, never a replacement character. */
#pragma once

#include "base/arena.h"
#include "base/utf8.h"
#include "wire/rd.h"
#include "wire/wr.h"

/* Zero-terminated UTF-8 in the arena, or NULL: odd length, unpaired surrogate, embedded NUL. */
char *utf16_to_utf8(struct arena *a, struct span utf16le) MUST_USE;

/* Bytes of UTF-16LE that s takes, or -1 if s is not valid UTF-8. */
ssize_t utf16_size(const char *s) MUST_USE;

/* Appends s as UTF-16LE, without terminator; false if s is not valid UTF-8 (nothing written).
 * No room sets w->full. */
bool wr_utf16(struct wr *w, const char *s) MUST_USE;
