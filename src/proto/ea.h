/* SPDX-License-Identifier: Apache-2.0
 *
 * Extended attributes: FILE_FULL_EA_INFORMATION and FILE_GET_EA_INFORMATION chains,
 * [MS-FSCC] 2.4.15. */
#pragma once

#include "base/arena.h"
#include "proto/entry.h"

#define EA_FLAG_NEED_EA 0x80u
#define EA_COUNT_MAX 1024u /* in one list; more makes it malformed */

struct ea {
    uint8_t flags;
    const char *name; /* terminated; views into the arena */
    struct span value; /* view into the buffer */
};

struct ea_list {
    struct ea *items;
    unsigned count;
};

/* False: STATUS_EA_LIST_INCONSISTENT.  Names are 1..255 bytes without NUL. */
bool ea_list_read(struct span in, struct arena *a, struct ea_list *ret) MUST_USE;

/* A list of wanted names (QUERY_INFO's input): values stay empty. */
bool ea_names_read(struct span in, struct arena *a, struct ea_list *ret) MUST_USE;

struct ea_writer {
    struct wr *w;
    struct entry_chain chain;
};

struct ea_writer ea_writer_of(struct wr *w) MUST_USE;

/* False, and nothing appended, when it does not fit or a length is beyond the format. */
bool ea_writer_add(struct ea_writer *e, const struct ea *ea) MUST_USE;

/* Bytes the attribute takes in a chain, which is what EaSize sums. */
size_t ea_size(const struct ea *ea) MUST_USE;
