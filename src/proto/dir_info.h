/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of a directory listing, [MS-FSCC] 2.4: written by a dir_writer that keeps the chain and
 * undoes an entry that does not fit, read by an iterator that trusts no offset. */
#pragma once

#include "proto/entry.h"
#include "proto/fscc.h"

struct dir_entry {
    uint32_t file_index;
    uint64_t creation_time, last_access_time, last_write_time, change_time; /* FILETIME */
    uint64_t end_of_file;
    uint64_t allocation_size;
    uint32_t attributes;
    uint32_t ea_size;     /* where the class has it; with a reparse point the tag stands here */
    uint32_t reparse_tag;
    uint64_t index_number;
    uint8_t file_id[16];
    const char *name;       /* writers: UTF-8 */
    const char *short_name; /* writers: UTF-8, at most 12 units, or NULL */
    struct span name_utf16; /* readers */
    struct span short_name_utf16;
};

bool dir_info_class_is_known(uint8_t info_class) MUST_USE;

/* Bytes in front of the name: less room gets STATUS_INFO_LENGTH_MISMATCH. */
size_t dir_info_size_min(uint8_t info_class) MUST_USE;

enum dir_add {
    DIR_ADDED,
    DIR_NO_ROOM,  /* nothing appended */
    DIR_BAD_NAME, /* the name is not UTF-8 and has no place in a listing; nothing appended */
};

/* Entries are 8-aligned relative to the first, which begins at w's present position. */
struct dir_writer {
    struct wr *w;
    uint8_t info_class;
    unsigned count;
    struct entry_chain chain;
};

/* info_class must be known. */
struct dir_writer dir_writer_of(struct wr *w, uint8_t info_class) MUST_USE;
enum dir_add dir_writer_add(struct dir_writer *d, const struct dir_entry *e) MUST_USE;

/* Iterates: *rest begins as the whole output; false at its end (rest->len 0) or on a malformed
 * entry (rest->len not 0).  A name that is empty or has an odd length is malformed; what a name may
 * contain is the caller's to judge. */
bool dir_entry_next(struct span *rest, uint8_t info_class, struct dir_entry *ret_entry) MUST_USE;
