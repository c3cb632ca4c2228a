/* SPDX-License-Identifier: Apache-2.0
 *
 * What SET_INFO carries. */
#include "proto/set_info.h"
#include "proto/field.h"

#define RENAME_SIZE_MIN 20u

size_t set_info_size_min(uint8_t info_class)
{
    switch (info_class) {
    case FILE_BASIC_INFORMATION: return 36;
    case FILE_RENAME_INFORMATION:
    case FILE_RENAME_INFORMATION_EX:
    case FILE_LINK_INFORMATION: return RENAME_SIZE_MIN;
    case FILE_DISPOSITION_INFORMATION: return 1;
    case FILE_DISPOSITION_INFORMATION_EX:
    case FILE_MODE_INFORMATION:
    case FILE_SHORT_NAME_INFORMATION: return 4;
    case FILE_POSITION_INFORMATION:
    case FILE_ALLOCATION_INFORMATION:
    case FILE_END_OF_FILE_INFORMATION:
    case FILE_VALID_DATA_LENGTH_INFORMATION:
    case FILE_FULL_EA_INFORMATION: return 8;
    default: return 0;
    }
}

/* The reserved word at the end is not asked for. */
bool set_basic_info_read(struct span in, struct set_basic_info *ret)
{
    struct rd r = rd_of(in);
    struct set_basic_info i = {.creation_time = rd_u64(&r)};
    i.last_access_time = rd_u64(&r);
    i.last_write_time = rd_u64(&r);
    i.change_time = rd_u64(&r);
    i.attributes = rd_u32(&r);
    if (!rd_done(&r))
        return false;
    *ret = i;
    return true;
}

void set_basic_info_write(struct wr *w, const struct set_basic_info *i)
{
    wr_u64(w, i->creation_time);
    wr_u64(w, i->last_access_time);
    wr_u64(w, i->last_write_time);
    wr_u64(w, i->change_time);
    wr_u32(w, i->attributes);
    wr_u32(w, 0);
}

bool set_rename_info_read(struct span in, bool ex, struct set_rename_info *ret)
{
    struct rd r = rd_of(in);
    struct set_rename_info i = {0};
    if (ex) {
        i.flags = rd_u32(&r);
        rd_skip(&r, 4);
    } else {
        i.flags = rd_u8(&r) ? FILE_RENAME_REPLACE_IF_EXISTS : 0;
        rd_skip(&r, 7);
    }
    i.root_directory = rd_u64(&r);
    i.name = rd_span(&r, rd_u32(&r));
    if (!rd_done(&r) || i.name.len == 0 || i.name.len % 2)
        return false;
    *ret = i;
    return true;
}

void set_rename_info_write(struct wr *w, bool ex, const struct set_rename_info *i)
{
    if (ex) {
        wr_u32(w, i->flags);
        wr_u32(w, 0);
    } else {
        wr_u8(w, (i->flags & FILE_RENAME_REPLACE_IF_EXISTS) != 0);
        wr_zero(w, 7);
    }
    wr_u64(w, i->root_directory);
    wr_len32(w, i->name.len);
    wr_span(w, i->name);
}

bool set_disposition_info_read(struct span in, bool ex, struct set_disposition_info *ret)
{
    struct rd r = rd_of(in);
    struct set_disposition_info i = {0};
    if (ex)
        i.flags = rd_u32(&r);
    else
        i.flags = rd_u8(&r) ? FILE_DISPOSITION_DELETE : 0;
    if (!rd_done(&r))
        return false;
    *ret = i;
    return true;
}

void set_disposition_info_write(struct wr *w, bool ex, const struct set_disposition_info *i)
{
    if (ex)
        wr_u32(w, i->flags);
    else
        wr_u8(w, (i->flags & FILE_DISPOSITION_DELETE) != 0);
}

bool set_u64_info_read(struct span in, struct set_u64_info *ret)
{
    struct rd r = rd_of(in);
    struct set_u64_info i = {.value = rd_u64(&r)};
    if (!rd_done(&r) || i.value > INT64_MAX)
        return false;
    *ret = i;
    return true;
}

void set_u64_info_write(struct wr *w, const struct set_u64_info *i)
{
    wr_u64(w, i->value);
}

bool set_mode_info_read(struct span in, struct set_mode_info *ret)
{
    struct rd r = rd_of(in);
    struct set_mode_info i = {.mode = rd_u32(&r)};
    if (!rd_done(&r))
        return false;
    *ret = i;
    return true;
}

void set_mode_info_write(struct wr *w, const struct set_mode_info *i)
{
    wr_u32(w, i->mode);
}
