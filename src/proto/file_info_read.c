/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers of the file info classes: a client's view of what a server said. */
#include "proto/file_info.h"

static void times_read(struct rd *r, struct file_info *i)
{
    i->creation_time = rd_u64(r);
    i->last_access_time = rd_u64(r);
    i->last_write_time = rd_u64(r);
    i->change_time = rd_u64(r);
}

/* Servers differ in sending the reserved word at the end: nobody needs it. */
static void basic_read(struct rd *r, struct file_info *i)
{
    times_read(r, i);
    i->attributes = rd_u32(r);
}

static void standard_read(struct rd *r, struct file_info *i)
{
    i->allocation_size = rd_u64(r);
    i->end_of_file = rd_u64(r);
    i->links = rd_u32(r);
    i->delete_pending = rd_u8(r) != 0;
    i->directory = rd_u8(r) != 0;
}

static void name_read(struct rd *r, struct span *name)
{
    *name = rd_span(r, rd_u32(r));
    if (name->len % 2)
        rd_fail(r);
}

static void all_read(struct rd *r, struct file_info *i, struct span *name)
{
    basic_read(r, i);
    rd_skip(r, 4);
    standard_read(r, i);
    rd_skip(r, 2);
    i->index_number = rd_u64(r);
    i->ea_size = rd_u32(r);
    i->access = rd_u32(r);
    i->position = rd_u64(r);
    i->mode = rd_u32(r);
    i->alignment = rd_u32(r);
    name_read(r, name);
}

static void network_open_read(struct rd *r, struct file_info *i)
{
    times_read(r, i);
    i->allocation_size = rd_u64(r);
    i->end_of_file = rd_u64(r);
    i->attributes = rd_u32(r);
}

static bool class_read(struct rd *r, uint8_t info_class, struct file_info *i, struct span *name)
{
    switch (info_class) {
    case FILE_BASIC_INFORMATION: basic_read(r, i); break;
    case FILE_STANDARD_INFORMATION: standard_read(r, i); break;
    case FILE_INTERNAL_INFORMATION: i->index_number = rd_u64(r); break;
    case FILE_EA_INFORMATION: i->ea_size = rd_u32(r); break;
    case FILE_ACCESS_INFORMATION: i->access = rd_u32(r); break;
    case FILE_POSITION_INFORMATION: i->position = rd_u64(r); break;
    case FILE_MODE_INFORMATION: i->mode = rd_u32(r); break;
    case FILE_ALIGNMENT_INFORMATION: i->alignment = rd_u32(r); break;
    case FILE_ALL_INFORMATION: all_read(r, i, name); break;
    case FILE_NETWORK_OPEN_INFORMATION: network_open_read(r, i); break;
    case FILE_ALTERNATE_NAME_INFORMATION:
    case FILE_NORMALIZED_NAME_INFORMATION: name_read(r, name); break;
    case FILE_ATTRIBUTE_TAG_INFORMATION:
        i->attributes = rd_u32(r);
        i->reparse_tag = rd_u32(r);
        break;
    case FILE_COMPRESSION_INFORMATION:
        i->compressed_size = rd_u64(r);
        i->compression_format = rd_u16(r);
        break;
    case FILE_ID_INFORMATION:
        i->volume_serial = rd_u64(r);
        rd_bytes(r, i->file_id, sizeof(i->file_id));
        break;
    default: return false;
    }
    return rd_done(r);
}

bool file_info_read(struct span out, uint8_t info_class, struct file_info *info,
                    struct span *ret_name)
{
    struct rd r = rd_of(out);
    struct file_info i = *info;
    struct span name = {0};
    if (!class_read(&r, info_class, &i, &name))
        return false;
    *info = i;
    *ret_name = name;
    return true;
}
