/* SPDX-License-Identifier: Apache-2.0
 *
 * Directory entries.  All classes but the bare names begin alike; a table says which fields follow
 * the length of the name, and in that order they are written and read. */
#include "proto/dir_info.h"
#include "proto/field.h"
#include "wire/utf16.h"

#define DIR_ALIGNMENT 8u
#define SHORT_NAME_BYTES 24u

enum {
    HAS_TIMES = 1,      /* times, sizes and attributes */
    HAS_EA_SIZE = 2,    /* where the tag of a reparse point stands instead, unless … */
    HAS_TAG = 4,        /* … it has a field of its own */
    HAS_SHORT_NAME = 8, /* after the EA size, or after the 128-bit id */
    HAS_ID64 = 16,
    HAS_ID128 = 32,
};

static const struct dir_class {
    uint8_t info_class;
    uint8_t fields;
    uint8_t pad_before_id; /* bytes */
    uint8_t name_at;
} classes[] = {
    {FILE_DIRECTORY_INFORMATION, HAS_TIMES, 0, 64},
    {FILE_FULL_DIRECTORY_INFORMATION, HAS_TIMES | HAS_EA_SIZE, 0, 68},
    {FILE_BOTH_DIRECTORY_INFORMATION, HAS_TIMES | HAS_EA_SIZE | HAS_SHORT_NAME, 0, 94},
    {FILE_NAMES_INFORMATION, 0, 0, 12},
    {FILE_ID_BOTH_DIRECTORY_INFORMATION, HAS_TIMES | HAS_EA_SIZE | HAS_SHORT_NAME | HAS_ID64, 2,
     104},
    {FILE_ID_FULL_DIRECTORY_INFORMATION, HAS_TIMES | HAS_EA_SIZE | HAS_ID64, 4, 80},
    {FILE_ID_EXTD_DIRECTORY_INFORMATION, HAS_TIMES | HAS_EA_SIZE | HAS_TAG | HAS_ID128, 0, 88},
    {FILE_ID_EXTD_BOTH_DIRECTORY_INFORMATION,
     HAS_TIMES | HAS_EA_SIZE | HAS_TAG | HAS_ID128 | HAS_SHORT_NAME, 0, 114},
};

static const struct dir_class *class_find(uint8_t info_class)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (classes[i].info_class == info_class)
            return &classes[i];
    }
    return NULL;
}

bool dir_info_class_is_known(uint8_t info_class)
{
    return class_find(info_class) != NULL;
}

size_t dir_info_size_min(uint8_t info_class)
{
    const struct dir_class *c = class_find(info_class);
    return c ? c->name_at : 0;
}

struct dir_writer dir_writer_of(struct wr *w, uint8_t info_class)
{
    ASSERT(dir_info_class_is_known(info_class));
    return (struct dir_writer){w, info_class, 0, entry_chain_of(w)};
}

static void short_name_write(struct wr *w, const char *short_name)
{
    size_t begin = wr_pos(w) + 2;
    ssize_t bytes = short_name ? utf16_size(short_name) : 0;
    if (bytes < 0 || (size_t)bytes > SHORT_NAME_BYTES)
        bytes = 0;
    wr_u8(w, (uint8_t)bytes);
    wr_u8(w, 0);
    if (bytes && !wr_utf16(w, short_name))
        w->full = true;
    if (!w->full)
        wr_zero(w, SHORT_NAME_BYTES - (wr_pos(w) - begin));
}

static void times_write(struct wr *w, const struct dir_entry *e)
{
    wr_u64(w, e->creation_time);
    wr_u64(w, e->last_access_time);
    wr_u64(w, e->last_write_time);
    wr_u64(w, e->change_time);
    wr_u64(w, e->end_of_file);
    wr_u64(w, e->allocation_size);
    wr_u32(w, e->attributes);
}

/* All between the length of the name and the name. */
static void fields_write(struct wr *w, const struct dir_class *c, const struct dir_entry *e)
{
    bool tag_in_ea_size = (e->attributes & FILE_ATTRIBUTE_REPARSE_POINT) && !(c->fields & HAS_TAG);
    if (c->fields & HAS_EA_SIZE)
        wr_u32(w, tag_in_ea_size ? e->reparse_tag : e->ea_size);
    if (c->fields & HAS_TAG)
        wr_u32(w, e->reparse_tag);
    if (c->fields & HAS_ID128)
        wr_bytes(w, e->file_id, sizeof(e->file_id));
    if (c->fields & HAS_SHORT_NAME)
        short_name_write(w, e->short_name);
    wr_zero(w, c->pad_before_id);
    if (c->fields & HAS_ID64)
        wr_u64(w, e->index_number);
}

enum dir_add dir_writer_add(struct dir_writer *d, const struct dir_entry *e)
{
    struct wr *w = d->w;
    const struct dir_class *c = class_find(d->info_class);
    ssize_t name_bytes = utf16_size(e->name);
    if (name_bytes < 0)
        return DIR_BAD_NAME;
    struct wr_mark mark = wr_mark(w);
    struct entry_chain longer = entry_open(w, &d->chain, DIR_ALIGNMENT);
    wr_u32(w, e->file_index);
    if (c->fields & HAS_TIMES)
        times_write(w, e);
    wr_u32(w, (uint32_t)name_bytes);
    fields_write(w, c, e);
    if (!wr_utf16(w, e->name) || w->full) {
        wr_rollback(w, mark);
        return DIR_NO_ROOM;
    }
    entry_close(w, &d->chain, longer);
    d->count++;
    return DIR_ADDED;
}

static void times_read(struct rd *r, struct dir_entry *e)
{
    e->creation_time = rd_u64(r);
    e->last_access_time = rd_u64(r);
    e->last_write_time = rd_u64(r);
    e->change_time = rd_u64(r);
    e->end_of_file = rd_u64(r);
    e->allocation_size = rd_u64(r);
    e->attributes = rd_u32(r);
}

static struct span short_name_read(struct rd *r)
{
    uint8_t bytes = rd_u8(r);
    rd_skip(r, 1);
    struct rd field = rd_of(rd_span(r, SHORT_NAME_BYTES));
    struct span name = rd_span(&field, bytes);
    if (bytes % 2)
        rd_fail(&field);
    rd_fold(r, &field);
    return name;
}

static void fields_read(struct rd *r, const struct dir_class *c, struct dir_entry *e)
{
    if (c->fields & HAS_EA_SIZE)
        e->ea_size = rd_u32(r);
    if (c->fields & HAS_TAG) {
        e->reparse_tag = rd_u32(r);
    } else if (e->attributes & FILE_ATTRIBUTE_REPARSE_POINT) {
        e->reparse_tag = e->ea_size;
        e->ea_size = 0;
    }
    if (c->fields & HAS_ID128)
        rd_bytes(r, e->file_id, sizeof(e->file_id));
    if (c->fields & HAS_SHORT_NAME)
        e->short_name_utf16 = short_name_read(r);
    rd_skip(r, c->pad_before_id);
    if (c->fields & HAS_ID64)
        e->index_number = rd_u64(r);
}

bool dir_entry_next(struct span *rest, uint8_t info_class, struct dir_entry *ret_entry)
{
    const struct dir_class *c = class_find(info_class);
    struct span behind = *rest;
    struct rd r;
    if (!c || !entry_next(&behind, &r))
        return false;
    struct dir_entry e = {0};
    rd_skip(&r, 4);
    e.file_index = rd_u32(&r);
    if (c->fields & HAS_TIMES)
        times_read(&r, &e);
    uint32_t name_bytes = rd_u32(&r);
    fields_read(&r, c, &e);
    e.name_utf16 = rd_span(&r, name_bytes);
    if (!rd_done(&r) || name_bytes == 0 || name_bytes % 2)
        return false;
    *rest = behind;
    *ret_entry = e;
    return true;
}
