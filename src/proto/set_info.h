/* SPDX-License-Identifier: Apache-2.0
 *
 * What SET_INFO of type FILE carries, [MS-FSCC] 2.4.  Each reader takes the whole buffer; false is
 * STATUS_INFO_LENGTH_MISMATCH when shorter than the class' fixed part (set_info_size_min), else
 * STATUS_INVALID_PARAMETER. */
#pragma once

#include "proto/fscc.h"
#include "wire/rd.h"
#include "wire/wr.h"

/* 0 for a class that cannot be set. */
size_t set_info_size_min(uint8_t info_class) MUST_USE;

/* FILETIMEs: 0 leaves alone, -1 stops the implicit update for this open, -2 resumes it. */
#define SET_TIME_KEEP 0ull
#define SET_TIME_FREEZE 0xFFFFFFFFFFFFFFFFull
#define SET_TIME_THAW 0xFFFFFFFFFFFFFFFEull

struct set_basic_info {
    uint64_t creation_time, last_access_time, last_write_time, change_time;
    uint32_t attributes; /* 0 leaves alone */
};

bool set_basic_info_read(struct span in, struct set_basic_info *ret) MUST_USE;
void set_basic_info_write(struct wr *w, const struct set_basic_info *i);

/* Flags of the Ex forms; the plain form's ReplaceIfExists is the first. */
#define FILE_RENAME_REPLACE_IF_EXISTS 0x00000001u
#define FILE_RENAME_POSIX_SEMANTICS 0x00000002u
#define FILE_RENAME_IGNORE_READONLY_ATTRIBUTE 0x00000040u

/* RENAME, RENAME_EX and LINK are of one shape. */
struct set_rename_info {
    uint32_t flags;
    uint64_t root_directory; /* 0 over the network */
    struct span name;        /* UTF-16LE, from the share's root, not empty */
};

bool set_rename_info_read(struct span in, bool ex, struct set_rename_info *ret) MUST_USE;
void set_rename_info_write(struct wr *w, bool ex, const struct set_rename_info *i);

#define FILE_DISPOSITION_DELETE 0x00000001u
#define FILE_DISPOSITION_POSIX_SEMANTICS 0x00000002u
#define FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK 0x00000004u
#define FILE_DISPOSITION_ON_CLOSE 0x00000008u
#define FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE 0x00000010u

struct set_disposition_info {
    uint32_t flags; /* the plain form has FILE_DISPOSITION_DELETE only */
};

bool set_disposition_info_read(struct span in, bool ex, struct set_disposition_info *ret) MUST_USE;
void set_disposition_info_write(struct wr *w, bool ex, const struct set_disposition_info *i);

/* POSITION, ALLOCATION, END_OF_FILE and VALID_DATA_LENGTH: one number, which is signed on the wire
 * and refused when negative. */
struct set_u64_info {
    uint64_t value;
};

bool set_u64_info_read(struct span in, struct set_u64_info *ret) MUST_USE;
void set_u64_info_write(struct wr *w, const struct set_u64_info *i);

struct set_mode_info {
    uint32_t mode;
};

bool set_mode_info_read(struct span in, struct set_mode_info *ret) MUST_USE;
void set_mode_info_write(struct wr *w, const struct set_mode_info *i);
