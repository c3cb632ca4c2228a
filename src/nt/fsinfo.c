/* SPDX-License-Identifier: Apache-2.0
 *
 * The file system a share lies on, [MS-FSCC] 2.5. */
#include "nt/file.h"

#include "wire/filetime.h"

#define SECTOR_BYTES 512u

#define FS_CASE_SENSITIVE_SEARCH 0x00000001u
#define FS_CASE_PRESERVED_NAMES 0x00000002u
#define FS_UNICODE_ON_DISK 0x00000004u
#define FS_PERSISTENT_ACLS 0x00000008u
#define FS_SPARSE_FILES 0x00000040u
#define FS_NAMED_STREAMS 0x00040000u
#define FS_READ_ONLY_VOLUME 0x00080000u
#define FS_EXTENDED_ATTRIBUTES 0x00800000u

/* CASE_SENSITIVE_SEARCH is a promise that "a" and "A" differ: macOS acts upon it. */
static uint32_t fs_attributes(const struct nt_volume *v, const struct vfs_fs_stat *fs)
{
    uint32_t a = FS_CASE_PRESERVED_NAMES | FS_UNICODE_ON_DISK | FS_SPARSE_FILES;
    if (v->config.case_sensitive)
        a |= FS_CASE_SENSITIVE_SEARCH;
    if (nt_volume_has_xattr(v))
        a |= FS_PERSISTENT_ACLS | FS_NAMED_STREAMS | FS_EXTENDED_ATTRIBUTES;
    if (fs->read_only || v->config.read_only)
        a |= FS_READ_ONLY_VOLUME;
    return a;
}

static struct guid object_id(const struct nt_volume *v, const struct vfs_fs_stat *fs)
{
    struct guid g;
    memcpy(g.b, &fs->fs_id, 8);
    memcpy(g.b + 8, &v->root->device, 8);
    return g;
}

ntstatus nt_query_fs(struct task *t, struct nt_open *o, struct nt_fs_info *ret_info)
{
    const struct nt_volume *v = o->volume;
    struct vfs_fs_stat fs = {0};
    NT_TRY(nt_from_errno(vfs_fs_stat(t, o->file, &fs), NT_SITE_META));
    struct vfs_stat root = {0};
    NT_TRY(nt_from_errno(vfs_stat_path(t, o->caller.cred, v->root, "", &root), NT_SITE_META));
    uint64_t sectors = MAX(fs.block_bytes / SECTOR_BYTES, (uint64_t)1);
    struct timespec made = root.has_birth_time ? root.birth_time : root.change_time;
    *ret_info = (struct nt_fs_info){
        .unit_total = fs.blocks,
        .unit_free_caller = fs.blocks_available,
        .unit_free_actual = fs.blocks_free,
        .sectors_per_unit = (uint32_t)sectors,
        .bytes_per_sector = SECTOR_BYTES,
        .creation_time = filetime_from_timespec(made),
        .serial = (fs.fs_id ^ fs.fs_id >> 32) & UINT32_MAX,
        .label = v->config.name,
        .attributes = fs_attributes(v, &fs),
        .name_length_max = LIMIT_NAME_UNITS_MAX,
        .object_id = object_id(v, &fs),
    };
    return STATUS_SUCCESS;
}
