/* SPDX-License-Identifier: Apache-2.0
 *
 * Information about one file: every class that QUERY_INFO of type FILE answers, encoded from one
 * struct, and the readers a client needs, [MS-FSCC] 2.4. */
#pragma once

#include "base/ntstatus.h"
#include "proto/entry.h"
#include "proto/fscc.h"

struct file_info {
    uint64_t creation_time, last_access_time, last_write_time, change_time; /* FILETIME */
    uint32_t attributes;
    uint32_t reparse_tag;
    uint64_t allocation_size;
    uint64_t end_of_file;
    uint32_t links;
    bool delete_pending;
    bool directory;
    uint64_t index_number; /* 64-bit id */
    uint8_t file_id[16];   /* 128-bit id */
    uint64_t volume_serial;
    uint32_t ea_size;
    uint32_t access;
    uint64_t position;
    uint32_t mode;      /* of the open: subset of the create options */
    uint32_t alignment; /* 0: bytes */
    uint64_t compressed_size;
    uint16_t compression_format; /* 0: none */
    const char *name;            /* UTF-8, '\' first and between; relative to the share's root */
    const char *short_name;      /* UTF-8, 8.3, or NULL */
};

/* Least output buffer for a class: less gets STATUS_INFO_LENGTH_MISMATCH, [MS-SMB2] 3.3.5.20.1.
 * 0 for a class that cannot be queried (STATUS_INVALID_INFO_CLASS or NOT_SUPPORTED). */
size_t file_info_size_min(uint8_t info_class) MUST_USE;

/* Appends the class at w, whose room is the client's buffer.
 *   STATUS_SUCCESS            all of it
 *   STATUS_BUFFER_OVERFLOW    a name was cut to the room; the rest is whole, its length too
 *   STATUS_INFO_LENGTH_MISMATCH   less room than the fixed part; nothing written
 *   STATUS_INVALID_INFO_CLASS     not one of these classes (streams and EAs have their own writers)
 *   STATUS_OBJECT_NAME_NOT_FOUND  FILE_ALTERNATE_NAME_INFORMATION of a file without short name
 * Offsets inside count from the position of w on entry. */
ntstatus file_info_write(struct wr *w, uint8_t info_class, const struct file_info *info) MUST_USE;

/* FILE_STREAM_INFORMATION: one entry each; false, and nothing appended, when it does not fit. */
struct stream_writer {
    struct wr *w;
    struct entry_chain chain;
};

struct stream_writer stream_writer_of(struct wr *w) MUST_USE;

/* name is UTF-8 as on the wire: "::$DATA" or ":stream:$DATA". */
bool stream_writer_add(struct stream_writer *s, const char *name, uint64_t size,
                       uint64_t allocation_size) MUST_USE;

struct stream_entry {
    uint64_t size, allocation_size;
    struct span name; /* UTF-16LE */
};

/* Iterates: *rest begins as the whole output; false at its end (rest->len 0) or on a malformed
 * entry (rest->len not 0). */
bool stream_entry_next(struct span *rest, struct stream_entry *ret_entry) MUST_USE;

/* Readers, for what a server answered.  They set the members that the class has and leave the
 * others alone; *ret_name is UTF-16LE.  BASIC, STANDARD, INTERNAL, EA, ACCESS, POSITION, MODE,
 * ALIGNMENT, ALL, NETWORK_OPEN, ATTRIBUTE_TAG, COMPRESSION, ID, ALTERNATE_NAME, NORMALIZED_NAME. */
bool file_info_read(struct span out, uint8_t info_class, struct file_info *info,
                    struct span *ret_name) MUST_USE;
