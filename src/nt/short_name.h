/* SPDX-License-Identifier: Apache-2.0
 *
 * 8.3 names for clients that ask for them, [MS-FSCC] 2.1.5.2.1.  They are computed from the long
 * name and stored nowhere: a name that fits 8.3 is its own (in upper case), any other gets two of
 * its characters, a hash and "~".  Two names of one directory may collide, once in about 15
 * million pairs; the short name then leads to one of them, as if the other had none. */
#pragma once

#include "base/base.h"

#define NT_SHORT_NAME_SIZE 13 /* 8 + '.' + 3 and the end */

void nt_short_name(const char *name, char ret_short[NT_SHORT_NAME_SIZE]);

/* Whether a client's name could be a computed one, so that looking for it makes sense. */
bool nt_short_name_is_shaped(const char *name) MUST_USE;
