/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated table behind upcase.c: a page for each 256 units, equal pages stored once.  An
 * entry is the unit xor its upper case, 0 where there is none. */
#pragma once

#include <stdint.h>

extern const uint8_t upcase_page_of[256];
extern const uint16_t upcase_page[][256];
