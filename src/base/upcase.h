/* SPDX-License-Identifier: Apache-2.0
 *
 * Names without regard to case, as Windows compares them: unit by unit, each through one fixed
 * table of simple upper-case mappings.  No normalisation, no locale, no mapping that changes the
 * length; surrogate pairs are compared as they are.  A byte that is not UTF-8 (names on disk may
 * hold any) equals only itself. */
#pragma once

#include "base/base.h"

/* The upper case of one UTF-16 unit, or the unit itself. */
uint16_t upcase_unit(uint16_t unit) MUST_USE;

/* Keyed hash (base/hash.h): equal for names that name_equal_folded calls equal. */
uint64_t name_hash_folded(const char *utf8) MUST_USE;

bool name_equal_folded(const char *a, const char *b) MUST_USE;
