/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes, times and sizes as NT tells them, [MS-FSCC] 2.4 and 2.6, from a POSIX stat and the
 * stored DOS attributes.
 *
 * Read-only: stored when the share stores attributes (the mode then stays as it is, so that local
 * users are not surprised); otherwise it is the absence of the owner's write permission.  Creation
 * time: stored, else the birth time of the file system, else the earliest time known.  Change time:
 * the write time, since clients want back what they set and that of POSIX cannot be.  Allocation:
 * what the disk holds for sparse files; others count as allocated whole, as on NTFS, since the disk
 * may not have got round to it. */
#include "nt/file.h"

#include "wire/filetime.h"

#define CLUSTER_BYTES 4096u
#define CHANGE_CLOCKS_APART (FILETIME_TICKS_PER_SECOND / 20)
#define CHANGE_SET_TAKES (FILETIME_TICKS_PER_SECOND / 2)
#define STORED_ATTRIBUTES (NT_ATTR_SETTABLE | NT_ATTR_SPARSE_FILE)

static bool stores(const struct nt_volume *v)
{
    return v->config.store_dos_attributes && nt_volume_has_xattr(v);
}

static void dosattrib_take(struct span bytes, struct nt_dosattrib *ret_attrib)
{
    struct nt_dosattrib attrib;
    *ret_attrib = (struct nt_dosattrib){0};
    if (nt_dosattrib_read(bytes, &attrib))
        *ret_attrib = attrib;
}

void nt_dosattrib_get(struct task *t, const struct nt_volume *v, struct vfs_file *file,
                      struct nt_dosattrib *ret_attrib)
{
    uint8_t buf[NT_DOSATTRIB_BYTES_MAX];
    ssize_t n = 0;
    if (stores(v))
        n = vfs_xattr_get(t, file, NT_XATTR_DOSATTRIB, mspan_of(buf, sizeof(buf)));
    dosattrib_take(span_of(buf, n > 0 ? (size_t)n : 0), ret_attrib);
}

void nt_dosattrib_get_at(struct task *t, const struct nt_volume *v, struct vfs_file *dir,
                         const char *name, struct nt_dosattrib *ret_attrib)
{
    uint8_t buf[NT_DOSATTRIB_BYTES_MAX];
    ssize_t n = 0;
    if (stores(v))
        n = vfs_xattr_get_at(t, dir, name, NT_XATTR_DOSATTRIB, mspan_of(buf, sizeof(buf)));
    dosattrib_take(span_of(buf, n > 0 ? (size_t)n : 0), ret_attrib);
}

/* Without a place for attributes the mode can tell one of them. */
static ntstatus readonly_by_mode(struct task *t, const struct nt_target *f, uint32_t attributes)
{
    uint32_t mode = f->stat->mode & 07777;
    uint32_t wanted = mode;
    if (S_ISDIR(f->stat->mode))
        return STATUS_SUCCESS;
    if (attributes & NT_ATTR_READONLY)
        wanted &= ~0222u;
    else if (!(mode & 0200))
        wanted |= 0200;
    if (wanted == mode)
        return STATUS_SUCCESS;
    return nt_from_errno(vfs_set_mode(t, f->caller->cred, f->file, wanted), NT_SITE_META);
}

ntstatus nt_dosattrib_set(struct task *t, const struct nt_target *f,
                          const struct nt_dosattrib *attrib)
{
    if (!stores(f->volume))
        return attrib->has_attributes ? readonly_by_mode(t, f, attrib->attributes)
                                      : STATUS_SUCCESS;
    struct nt_dosattrib kept = *attrib;
    kept.attributes &= STORED_ATTRIBUTES;
    uint8_t buf[NT_DOSATTRIB_BYTES_MAX];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    nt_dosattrib_write(&w, &kept);
    ASSERT(wr_done(&w));
    int rc = vfs_xattr_set(t, f->file, NT_XATTR_DOSATTRIB, wr_written(&w));
    return nt_from_errno(rc, NT_SITE_META);
}

static uint64_t creation_of(const struct vfs_stat *st, const struct nt_dosattrib *stored)
{
    if (stored->has_creation)
        return stored->creation;
    if (st->has_birth_time)
        return filetime_from_timespec(st->birth_time);
    uint64_t modify = filetime_from_timespec(st->modify_time);
    uint64_t change = filetime_from_timespec(st->change_time);
    return MIN(modify, change);
}

/* What a client set, as long as nothing has happened to the file since; setting it is itself a
 * change, which the clocks of user and kernel place some milliseconds apart. */
static uint64_t change_of(const struct vfs_stat *st, const struct nt_dosattrib *stored)
{
    uint64_t change = filetime_from_timespec(st->change_time);
    if (!stored->has_change)
        return change;
    uint64_t early = CHANGE_CLOCKS_APART + change;
    bool untouched = early >= stored->change_set_at &&
                     change <= stored->change_set_at + CHANGE_SET_TAKES;
    return untouched ? stored->change : change;
}

static uint32_t attributes_of(const struct nt_attrs_source *s)
{
    const struct nt_volume_config *config = &s->volume->config;
    bool directory = S_ISDIR(s->stat->mode);
    uint32_t a = 0;
    if (s->stored->has_attributes)
        a = s->stored->attributes & STORED_ATTRIBUTES;
    else if (!directory && !(s->stat->mode & 0200))
        a = NT_ATTR_READONLY;
    if (config->hide_dot_files && s->leaf[0] == '.' && s->leaf[1] && strcmp(s->leaf, "..") != 0)
        a |= NT_ATTR_HIDDEN;
    if (directory) {
        a &= ~(NT_ATTR_SPARSE_FILE | NT_ATTR_TEMPORARY);
        a |= NT_ATTR_DIRECTORY;
    }
    if (S_ISLNK(s->stat->mode))
        a |= NT_ATTR_REPARSE_POINT;
    return a ? a : NT_ATTR_NORMAL;
}

struct nt_net_open nt_attrs_of(const struct nt_attrs_source *s)
{
    const struct vfs_stat *st = s->stat;
    struct nt_net_open info = {
        .times =
            {
                .creation = creation_of(st, s->stored),
                .last_access = filetime_from_timespec(st->access_time),
                .last_write = filetime_from_timespec(st->modify_time),
                .change = change_of(st, s->stored),
            },
        .attributes = attributes_of(s),
    };
    if (S_ISDIR(st->mode))
        return info;
    info.end_of_file = st->size_bytes;
    info.allocation_size = st->allocated_bytes;
    if (st->size_bytes == 0 && st->allocated_bytes <= CLUSTER_BYTES)
        info.allocation_size = 0; /* the one block holds extended attributes */
    else if (!(info.attributes & NT_ATTR_SPARSE_FILE))
        info.allocation_size = MAX(st->allocated_bytes, align_up(st->size_bytes, CLUSTER_BYTES));
    return info;
}

ntstatus nt_attrs_get(struct task *t, const struct nt_target *f, struct nt_net_open *ret_info)
{
    struct nt_dosattrib stored = {0};
    nt_dosattrib_get(t, f->volume, f->file, &stored);
    struct nt_attrs_source s = {f->volume, f->stat, &stored, nt_path_leaf(f->path)};
    struct nt_net_open info = nt_attrs_of(&s);
    if (f->stream) {
        NT_TRY(nt_stream_find(t, f, &info.end_of_file));
        info.allocation_size = align_up(info.end_of_file, CLUSTER_BYTES);
        info.attributes &= ~NT_ATTR_DIRECTORY;
        info.attributes = info.attributes ? info.attributes : NT_ATTR_NORMAL;
    }
    *ret_info = info;
    return STATUS_SUCCESS;
}

/* A new file's creation time is its birth time where the file system keeps one: nothing needs to be
 * stored then unless there are attributes to keep. */
ntstatus nt_attrs_init(struct task *t, const struct nt_target *f, uint32_t attributes,
                       uint64_t creation_time)
{
    struct nt_dosattrib a = {
        .has_attributes = true,
        .has_creation = true,
        .attributes = attributes & NT_ATTR_SETTABLE,
        .creation = creation_time,
    };
    struct nt_dosattrib before = {0};
    nt_dosattrib_get(t, f->volume, f->file, &before);
    if (!creation_time)
        a.creation = creation_of(f->stat, &before);
    bool implied = a.attributes == 0 && f->stat->has_birth_time && !creation_time &&
                   !before.has_attributes && (f->stat->mode & 0200);
    if (implied)
        return STATUS_SUCCESS;
    return nt_dosattrib_set(t, f, &a);
}

/* The inode is unique on one device; files of other file systems mounted below the root get the
 * device mixed in. */
uint64_t nt_file_id(const struct vfs_stat *st)
{
    return st->inode ^ (st->device << 48 | st->device >> 16);
}
