/* SPDX-License-Identifier: Apache-2.0
 *
 * Reparse data: symbolic links as Windows, WSL and NFS write them, [MS-FSCC] 2.1.2. */
#pragma once

#include "wire/rd.h"
#include "wire/wr.h"

#define IO_REPARSE_TAG_MOUNT_POINT 0xA0000003u
#define IO_REPARSE_TAG_SYMLINK 0xA000000Cu
#define IO_REPARSE_TAG_NFS 0x80000014u
#define IO_REPARSE_TAG_LX_SYMLINK 0xA000001Du
#define IO_REPARSE_TAG_AF_UNIX 0x80000023u
#define IO_REPARSE_TAG_LX_FIFO 0x80000024u
#define IO_REPARSE_TAG_LX_CHR 0x80000025u
#define IO_REPARSE_TAG_LX_BLK 0x80000026u

#define REPARSE_DATA_BYTES_MAX (16u << 10)

/* REPARSE_DATA_BUFFER: tag and what belongs to it.  Without the 16-byte guid form of tags that are
 * not Microsoft's, which is malformed here. */
struct reparse_buffer {
    uint32_t tag;
    struct span data;
};

bool reparse_buffer_read(struct span in, struct reparse_buffer *ret) MUST_USE;
void reparse_buffer_write(struct wr *w, const struct reparse_buffer *b);

/* The data of IO_REPARSE_TAG_SYMLINK.  Names are UTF-16LE. */
struct reparse_symlink {
    struct span substitute_name;
    struct span print_name;
    bool relative;
};

bool reparse_symlink_read(struct span data, struct reparse_symlink *ret) MUST_USE;

/* The whole buffer: tag, length and data. */
void reparse_symlink_write(struct wr *w, const struct reparse_symlink *s);

/* The data of IO_REPARSE_TAG_NFS, [MS-FSCC] 2.1.2.6; the writer makes the whole buffer. */
#define NFS_SPECFILE_LNK 0x00000000014B4E4Cull
#define NFS_SPECFILE_CHR 0x0000000000524843ull
#define NFS_SPECFILE_BLK 0x00000000004B4C42ull
#define NFS_SPECFILE_FIFO 0x000000004F464946ull
#define NFS_SPECFILE_SOCK 0x000000004B434F53ull

struct reparse_nfs {
    uint64_t type;
    struct span link_target; /* UTF-16LE */
    uint32_t device_major, device_minor;
};

bool reparse_nfs_read(struct span data, struct reparse_nfs *ret) MUST_USE;
void reparse_nfs_write(struct wr *w, const struct reparse_nfs *n);
