/* SPDX-License-Identifier: Apache-2.0
 *
 * Information about a volume: every class that QUERY_INFO of type FILESYSTEM answers, encoded from
 * one struct, [MS-FSCC] 2.5. */
#pragma once

#include "base/ntstatus.h"
#include "proto/fscc.h"
#include "wire/guid.h"

/* [MS-FSCC] 2.5.1 */
#define FILE_CASE_SENSITIVE_SEARCH 0x00000001u
#define FILE_CASE_PRESERVED_NAMES 0x00000002u
#define FILE_UNICODE_ON_DISK 0x00000004u
#define FILE_PERSISTENT_ACLS 0x00000008u
#define FILE_FILE_COMPRESSION 0x00000010u
#define FILE_VOLUME_QUOTAS 0x00000020u
#define FILE_SUPPORTS_SPARSE_FILES 0x00000040u
#define FILE_SUPPORTS_REPARSE_POINTS 0x00000080u
#define FILE_SUPPORTS_OBJECT_IDS 0x00010000u
#define FILE_SUPPORTS_ENCRYPTION 0x00020000u
#define FILE_NAMED_STREAMS 0x00040000u
#define FILE_READ_ONLY_VOLUME 0x00080000u
#define FILE_SUPPORTS_HARD_LINKS 0x00400000u
#define FILE_SUPPORTS_EXTENDED_ATTRIBUTES 0x00800000u
#define FILE_SUPPORTS_OPEN_BY_FILE_ID 0x01000000u
#define FILE_SUPPORTS_BLOCK_REFCOUNTING 0x08000000u

#define FILE_DEVICE_DISK 0x00000007u
#define FILE_DEVICE_IS_MOUNTED 0x00000020u
#define FILE_READ_ONLY_DEVICE 0x00000002u

/* FS_SECTOR_SIZE_INFORMATION flags */
#define SSINFO_FLAGS_ALIGNED_DEVICE 0x00000001u
#define SSINFO_FLAGS_PARTITION_ALIGNED 0x00000002u
#define SSINFO_FLAGS_NO_SEEK_PENALTY 0x00000004u
#define SSINFO_FLAGS_TRIM_ENABLED 0x00000008u

struct fs_info {
    uint64_t creation_time; /* FILETIME */
    uint32_t serial_number;
    bool supports_objects;
    const char *label;           /* UTF-8 */
    uint64_t total_units;        /* allocation units */
    uint64_t caller_free_units;  /* what the caller may use, quotas counted */
    uint64_t actual_free_units;
    uint32_t sectors_per_unit;
    uint32_t bytes_per_sector;
    uint32_t device_type;
    uint32_t characteristics;
    uint32_t attributes;
    uint32_t component_units_max; /* longest name, UTF-16 units */
    const char *fs_name;          /* UTF-8, "NTFS" */
    uint64_t default_quota_threshold, default_quota_limit;
    uint32_t control_flags;
    struct guid object_id;
    uint8_t object_extended[48];
    uint32_t physical_bytes_per_sector;
    uint32_t sector_flags;
};

/* As file_info_size_min and file_info_write. */
size_t fs_info_size_min(uint8_t info_class) MUST_USE;
ntstatus fs_info_write(struct wr *w, uint8_t info_class, const struct fs_info *info) MUST_USE;

/* Sets what the class has: SIZE, FULL_SIZE, VOLUME, DEVICE, ATTRIBUTE, SECTOR_SIZE; *ret_name is
 * UTF-16LE, the label or the file system's name. */
bool fs_info_read(struct span out, uint8_t info_class, struct fs_info *info,
                  struct span *ret_name) MUST_USE;
