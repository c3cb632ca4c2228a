/* SPDX-License-Identifier: Apache-2.0
 *
 * File system info classes. */
#include "proto/fs_info.h"
#include "proto/name_field.h"
#include "wire/utf16.h"

static ntstatus volume_write(struct wr *w, const struct fs_info *i)
{
    ssize_t label_bytes = utf16_size(i->label);
    if (label_bytes < 0)
        return STATUS_OBJECT_NAME_INVALID;
    wr_u64(w, i->creation_time);
    wr_u32(w, i->serial_number);
    wr_u32(w, (uint32_t)label_bytes);
    wr_u8(w, i->supports_objects);
    wr_u8(w, 0);
    return name_cut_write(w, i->label);
}

static ntstatus size_write(struct wr *w, const struct fs_info *i)
{
    wr_u64(w, i->total_units);
    wr_u64(w, i->caller_free_units);
    wr_u32(w, i->sectors_per_unit);
    wr_u32(w, i->bytes_per_sector);
    return STATUS_SUCCESS;
}

static ntstatus device_write(struct wr *w, const struct fs_info *i)
{
    wr_u32(w, i->device_type);
    wr_u32(w, i->characteristics);
    return STATUS_SUCCESS;
}

static ntstatus attribute_write(struct wr *w, const struct fs_info *i)
{
    wr_u32(w, i->attributes);
    wr_u32(w, i->component_units_max);
    return name_field_write(w, i->fs_name);
}

static ntstatus control_write(struct wr *w, const struct fs_info *i)
{
    wr_zero(w, 24); /* when content indexing starts and stops */
    wr_u64(w, i->default_quota_threshold);
    wr_u64(w, i->default_quota_limit);
    wr_u32(w, i->control_flags);
    wr_u32(w, 0);
    return STATUS_SUCCESS;
}

static ntstatus full_size_write(struct wr *w, const struct fs_info *i)
{
    wr_u64(w, i->total_units);
    wr_u64(w, i->caller_free_units);
    wr_u64(w, i->actual_free_units);
    wr_u32(w, i->sectors_per_unit);
    wr_u32(w, i->bytes_per_sector);
    return STATUS_SUCCESS;
}

static ntstatus object_id_write(struct wr *w, const struct fs_info *i)
{
    wr_guid(w, i->object_id);
    wr_bytes(w, i->object_extended, sizeof(i->object_extended));
    return STATUS_SUCCESS;
}

static ntstatus sector_size_write(struct wr *w, const struct fs_info *i)
{
    wr_u32(w, i->bytes_per_sector);
    wr_u32(w, i->physical_bytes_per_sector); /* for atomicity */
    wr_u32(w, i->physical_bytes_per_sector); /* for performance */
    wr_u32(w, i->physical_bytes_per_sector); /* effective */
    wr_u32(w, i->sector_flags);
    wr_u32(w, 0); /* offset of the first sector, and of the partition */
    wr_u32(w, 0);
    return STATUS_SUCCESS;
}

static const struct fs_class {
    uint8_t info_class;
    uint8_t size_min;
    ntstatus (*write)(struct wr *w, const struct fs_info *i);
} classes[] = {
    {FS_VOLUME_INFORMATION, 24, volume_write},
    {FS_SIZE_INFORMATION, 24, size_write},
    {FS_DEVICE_INFORMATION, 8, device_write},
    {FS_ATTRIBUTE_INFORMATION, 16, attribute_write},
    {FS_CONTROL_INFORMATION, 48, control_write},
    {FS_FULL_SIZE_INFORMATION, 32, full_size_write},
    {FS_OBJECT_ID_INFORMATION, 64, object_id_write},
    {FS_SECTOR_SIZE_INFORMATION, 28, sector_size_write},
};

static const struct fs_class *class_find(uint8_t info_class)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (classes[i].info_class == info_class)
            return &classes[i];
    }
    return NULL;
}

size_t fs_info_size_min(uint8_t info_class)
{
    const struct fs_class *c = class_find(info_class);
    return c ? c->size_min : 0;
}

ntstatus fs_info_write(struct wr *w, uint8_t info_class, const struct fs_info *info)
{
    const struct fs_class *c = class_find(info_class);
    if (!c)
        return STATUS_INVALID_INFO_CLASS;
    if (wr_left(w) < c->size_min)
        return STATUS_INFO_LENGTH_MISMATCH;
    return c->write(w, info);
}

static void volume_read(struct rd *r, struct fs_info *i, struct span *name)
{
    i->creation_time = rd_u64(r);
    i->serial_number = rd_u32(r);
    uint32_t label_bytes = rd_u32(r);
    i->supports_objects = rd_u8(r) != 0;
    rd_skip(r, 1);
    *name = rd_span(r, label_bytes);
}

static void size_read(struct rd *r, bool full, struct fs_info *i)
{
    i->total_units = rd_u64(r);
    i->caller_free_units = rd_u64(r);
    i->actual_free_units = full ? rd_u64(r) : i->caller_free_units;
    i->sectors_per_unit = rd_u32(r);
    i->bytes_per_sector = rd_u32(r);
}

static void sector_size_read(struct rd *r, struct fs_info *i)
{
    i->bytes_per_sector = rd_u32(r);
    i->physical_bytes_per_sector = rd_u32(r);
    rd_skip(r, 8);
    i->sector_flags = rd_u32(r);
    rd_skip(r, 8);
}

static bool class_read(struct rd *r, uint8_t info_class, struct fs_info *i, struct span *name)
{
    switch (info_class) {
    case FS_VOLUME_INFORMATION: volume_read(r, i, name); break;
    case FS_SIZE_INFORMATION: size_read(r, false, i); break;
    case FS_FULL_SIZE_INFORMATION: size_read(r, true, i); break;
    case FS_SECTOR_SIZE_INFORMATION: sector_size_read(r, i); break;
    case FS_DEVICE_INFORMATION:
        i->device_type = rd_u32(r);
        i->characteristics = rd_u32(r);
        break;
    case FS_ATTRIBUTE_INFORMATION:
        i->attributes = rd_u32(r);
        i->component_units_max = rd_u32(r);
        *name = rd_span(r, rd_u32(r));
        break;
    default: return false;
    }
    return rd_done(r) && name->len % 2 == 0;
}

bool fs_info_read(struct span out, uint8_t info_class, struct fs_info *info, struct span *ret_name)
{
    struct rd r = rd_of(out);
    struct fs_info i = *info;
    struct span name = {0};
    if (!class_read(&r, info_class, &i, &name))
        return false;
    *info = i;
    *ret_name = name;
    return true;
}
