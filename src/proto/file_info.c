/* SPDX-License-Identifier: Apache-2.0
 *
 * Writers of the file info classes.  A table has each class' least size and its writer; the classes
 * of fixed size need no more room than that. */
#include "proto/file_info.h"
#include "proto/name_field.h"
#include "wire/utf16.h"

static ntstatus basic_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->creation_time);
    wr_u64(w, i->last_access_time);
    wr_u64(w, i->last_write_time);
    wr_u64(w, i->change_time);
    wr_u32(w, i->attributes);
    wr_u32(w, 0);
    return STATUS_SUCCESS;
}

static ntstatus standard_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->allocation_size);
    wr_u64(w, i->end_of_file);
    wr_u32(w, i->links);
    wr_u8(w, i->delete_pending);
    wr_u8(w, i->directory);
    wr_u16(w, 0);
    return STATUS_SUCCESS;
}

static ntstatus internal_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->index_number);
    return STATUS_SUCCESS;
}

static ntstatus ea_write(struct wr *w, const struct file_info *i)
{
    wr_u32(w, i->ea_size);
    return STATUS_SUCCESS;
}

static ntstatus access_write(struct wr *w, const struct file_info *i)
{
    wr_u32(w, i->access);
    return STATUS_SUCCESS;
}

static ntstatus position_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->position);
    return STATUS_SUCCESS;
}

static ntstatus mode_write(struct wr *w, const struct file_info *i)
{
    wr_u32(w, i->mode);
    return STATUS_SUCCESS;
}

static ntstatus alignment_write(struct wr *w, const struct file_info *i)
{
    wr_u32(w, i->alignment);
    return STATUS_SUCCESS;
}

static ntstatus all_write(struct wr *w, const struct file_info *i)
{
    NT_TRY(basic_write(w, i));
    NT_TRY(standard_write(w, i));
    NT_TRY(internal_write(w, i));
    NT_TRY(ea_write(w, i));
    NT_TRY(access_write(w, i));
    NT_TRY(position_write(w, i));
    NT_TRY(mode_write(w, i));
    NT_TRY(alignment_write(w, i));
    return name_field_write(w, i->name);
}

static ntstatus alternate_name_write(struct wr *w, const struct file_info *i)
{
    return i->short_name ? name_field_write(w, i->short_name) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static ntstatus compression_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->compressed_size);
    wr_u16(w, i->compression_format);
    wr_zero(w, 6); /* shifts of unit, chunk and cluster; reserved */
    return STATUS_SUCCESS;
}

static ntstatus network_open_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->creation_time);
    wr_u64(w, i->last_access_time);
    wr_u64(w, i->last_write_time);
    wr_u64(w, i->change_time);
    wr_u64(w, i->allocation_size);
    wr_u64(w, i->end_of_file);
    wr_u32(w, i->attributes);
    wr_u32(w, 0);
    return STATUS_SUCCESS;
}

static ntstatus attribute_tag_write(struct wr *w, const struct file_info *i)
{
    wr_u32(w, i->attributes);
    wr_u32(w, i->reparse_tag);
    return STATUS_SUCCESS;
}

/* Relative to the share, without a separator in front; the root is the empty name. */
static ntstatus normalized_name_write(struct wr *w, const struct file_info *i)
{
    return name_field_write(w, i->name[0] == '\\' ? i->name + 1 : i->name);
}

static ntstatus id_write(struct wr *w, const struct file_info *i)
{
    wr_u64(w, i->volume_serial);
    wr_bytes(w, i->file_id, sizeof(i->file_id));
    return STATUS_SUCCESS;
}

static const struct file_class {
    uint8_t info_class;
    uint8_t size_min;
    ntstatus (*write)(struct wr *w, const struct file_info *i); /* NULL: has a writer of its own */
} classes[] = {
    {FILE_BASIC_INFORMATION, 40, basic_write},
    {FILE_STANDARD_INFORMATION, 24, standard_write},
    {FILE_INTERNAL_INFORMATION, 8, internal_write},
    {FILE_EA_INFORMATION, 4, ea_write},
    {FILE_ACCESS_INFORMATION, 4, access_write},
    {FILE_POSITION_INFORMATION, 8, position_write},
    {FILE_FULL_EA_INFORMATION, 4, NULL},
    {FILE_MODE_INFORMATION, 4, mode_write},
    {FILE_ALIGNMENT_INFORMATION, 4, alignment_write},
    {FILE_ALL_INFORMATION, 104, all_write},
    {FILE_ALTERNATE_NAME_INFORMATION, 8, alternate_name_write},
    {FILE_STREAM_INFORMATION, 32, NULL},
    {FILE_COMPRESSION_INFORMATION, 16, compression_write},
    {FILE_NETWORK_OPEN_INFORMATION, 56, network_open_write},
    {FILE_ATTRIBUTE_TAG_INFORMATION, 8, attribute_tag_write},
    {FILE_NORMALIZED_NAME_INFORMATION, 8, normalized_name_write},
    {FILE_ID_INFORMATION, 24, id_write},
};

static const struct file_class *class_find(uint8_t info_class)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (classes[i].info_class == info_class)
            return &classes[i];
    }
    return NULL;
}

size_t file_info_size_min(uint8_t info_class)
{
    const struct file_class *c = class_find(info_class);
    return c ? c->size_min : 0;
}

ntstatus file_info_write(struct wr *w, uint8_t info_class, const struct file_info *info)
{
    const struct file_class *c = class_find(info_class);
    if (!c || !c->write)
        return STATUS_INVALID_INFO_CLASS;
    if (wr_left(w) < c->size_min)
        return STATUS_INFO_LENGTH_MISMATCH;
    return c->write(w, info);
}

#define STREAM_ALIGNMENT 8u

struct stream_writer stream_writer_of(struct wr *w)
{
    return (struct stream_writer){w, entry_chain_of(w)};
}

bool stream_writer_add(struct stream_writer *s, const char *name, uint64_t size,
                       uint64_t allocation_size)
{
    struct wr *w = s->w;
    ssize_t name_bytes = utf16_size(name);
    if (name_bytes < 0)
        return false;
    struct wr_mark mark = wr_mark(w);
    struct entry_chain longer = entry_open(w, &s->chain, STREAM_ALIGNMENT);
    wr_u32(w, (uint32_t)name_bytes);
    wr_u64(w, size);
    wr_u64(w, allocation_size);
    if (!wr_utf16(w, name) || w->full) {
        wr_rollback(w, mark);
        return false;
    }
    entry_close(w, &s->chain, longer);
    return true;
}

bool stream_entry_next(struct span *rest, struct stream_entry *ret_entry)
{
    struct span behind = *rest;
    struct rd e;
    if (!entry_next(&behind, &e))
        return false;
    rd_skip(&e, 4);
    uint32_t name_bytes = rd_u32(&e);
    struct stream_entry entry = {.size = rd_u64(&e)};
    entry.allocation_size = rd_u64(&e);
    entry.name = rd_span(&e, name_bytes);
    if (!rd_done(&e) || name_bytes % 2)
        return false;
    *rest = behind;
    *ret_entry = entry;
    return true;
}
