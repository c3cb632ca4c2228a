/* SPDX-License-Identifier: Apache-2.0
 *
 * Alternate data streams as Samba's streams_xattr keeps them: the stream NAME of a file is its
 * extended attribute user.DosStream.NAME:$DATA, whose value is the contents and one zero byte more
 * (an attribute may not be empty everywhere).  A stream is thus limited to what the file system
 * takes as one attribute, 64 KiB at most; beyond it the disk is full.
 *
 * Names are found without regard to case.  Changing a part of an attribute means reading, changing
 * and writing all of it: a mutex by inode keeps two of our own from losing each other's. */
#include "base/upcase.h"
#include "nt/file.h"

#define SUFFIX ":$DATA"
#define VALUE_BYTES_MAX 65536u /* XATTR_SIZE_MAX */
#define LIST_BYTES_MAX 65536u  /* XATTR_LIST_MAX */
#define STRIPES 16u

static struct mutex stripes[STRIPES] = {
    [0 ... STRIPES - 1] = {PTHREAD_MUTEX_INITIALIZER, NT_RANK_STREAM_DATA}};

static struct mutex *stripe_of(const struct vfs_stat *st)
{
    return &stripes[hash_u64(st->inode) % STRIPES];
}

static char *attr_of(const char *stream)
{
    return xasprintf(NT_XATTR_STREAM_PREFIX "%s" SUFFIX, stream);
}

/* The stream's name within an attribute's, malloc'd; NULL when it is no stream. */
static char *stream_of(const char *attr)
{
    size_t prefix = strlen(NT_XATTR_STREAM_PREFIX);
    size_t suffix = strlen(SUFFIX);
    size_t len = strlen(attr);
    if (len <= prefix + suffix || memcmp(attr, NT_XATTR_STREAM_PREFIX, prefix) != 0 ||
        strcmp(attr + len - suffix, SUFFIX) != 0)
        return NULL;
    return xstrndup(attr + prefix, len - prefix - suffix);
}

ssize_t nt_xattr_names(struct task *t, struct vfs_file *file, char **ret_names)
{
    CLEANUP(free_str) char *names = xmalloc(LIST_BYTES_MAX + 1);
    ssize_t len = vfs_xattr_list(t, file, mspan_of(names, LIST_BYTES_MAX));
    if (len < 0)
        return len;
    names[len] = 0;
    *ret_names = TAKE(names);
    return len;
}

/* The attribute that holds f->stream, in its own spelling (malloc'd), and its size as a stream. */
static int locate(struct task *t, const struct nt_target *f, char **ret_attr, uint64_t *ret_size)
{
    CLEANUP(free_str) char *attr = attr_of(f->stream);
    ssize_t n = vfs_xattr_get(t, f->file, attr, (struct mspan){0});
    CLEANUP(free_str) char *names = NULL;
    ssize_t len = n == -ENODATA ? nt_xattr_names(t, f->file, &names) : 0;
    for (const char *at = names; n == -ENODATA && at && at < names + len; at += strlen(at) + 1) {
        CLEANUP(free_str) char *stream = stream_of(at);
        if (!stream || !name_equal_folded(stream, f->stream))
            continue;
        free(attr);
        attr = xstrdup(at);
        n = vfs_xattr_get(t, f->file, attr, (struct mspan){0});
    }
    if (n < 0)
        return n == -ENODATA || n == -EOPNOTSUPP || n == -ERANGE ? -ENOENT : (int)n;
    *ret_size = n ? (uint64_t)n - 1 : 0;
    *ret_attr = TAKE(attr);
    return 0;
}

ntstatus nt_stream_find(struct task *t, const struct nt_target *f, uint64_t *ret_size)
{
    CLEANUP(free_str) char *attr = NULL;
    return nt_from_errno(locate(t, f, &attr, ret_size), NT_SITE_LEAF);
}

const char *nt_stream_spelling(struct task *t, const struct nt_target *f, struct arena *a)
{
    CLEANUP(free_str) char *attr = NULL;
    uint64_t size;
    CLEANUP(free_str) char *stream = locate(t, f, &attr, &size) == 0 ? stream_of(attr) : NULL;
    return stream ? arena_strndup(a, stream, strlen(stream)) : f->stream;
}

static int no_room(int rc)
{
    return rc == -E2BIG || rc == -ERANGE ? -ENOSPC : rc;
}

ntstatus nt_stream_create(struct task *t, const struct nt_target *f)
{
    if (!nt_volume_has_xattr(f->volume))
        return STATUS_OBJECT_NAME_INVALID;
    CLEANUP(free_str) char *attr = attr_of(f->stream);
    int rc = vfs_xattr_set(t, f->file, attr, span_of("", 1));
    return rc == -ERANGE ? STATUS_OBJECT_NAME_INVALID : nt_from_errno(no_room(rc), NT_SITE_DATA);
}

/* One stream in memory. */
struct contents {
    char *attr;
    uint8_t *bytes; /* VALUE_BYTES_MAX of them */
    size_t len;
};

static void contents_fini(struct contents *c)
{
    free(c->attr);
    free(c->bytes);
}
#define CLEANUP_CONTENTS __attribute__((cleanup(contents_fini)))

static int contents_load(struct task *t, const struct nt_target *f, struct contents *c)
{
    uint64_t size;
    ERR_TRY(locate(t, f, &c->attr, &size));
    c->bytes = xcalloc(1, VALUE_BYTES_MAX);
    ssize_t n = vfs_xattr_get(t, f->file, c->attr, mspan_of(c->bytes, VALUE_BYTES_MAX));
    if (n < 0)
        return n == -ENODATA ? -ENOENT : (int)n;
    c->len = n ? (size_t)n - 1 : 0;
    c->bytes[c->len] = 0;
    return 0;
}

static int contents_store(struct task *t, const struct nt_target *f, struct contents *c)
{
    ASSERT(c->len < VALUE_BYTES_MAX);
    c->bytes[c->len] = 0;
    return no_room(vfs_xattr_set(t, f->file, c->attr, span_of(c->bytes, c->len + 1)));
}

static struct nt_target target_of(const struct nt_open *o)
{
    return (struct nt_target){
        .volume = o->volume,
        .caller = &o->caller,
        .file = o->file,
        .stat = &o->identity,
        .path = "",
        .stream = o->stream,
    };
}

ntstatus nt_stream_read(struct task *t, struct nt_open *o, uint64_t offset, struct mspan to,
                        size_t *ret_len)
{
    CLEANUP_CONTENTS struct contents c = {0};
    struct nt_target f = target_of(o);
    NT_TRY(nt_from_errno(contents_load(t, &f, &c), NT_SITE_DATA));
    size_t at = (size_t)MIN(offset, (uint64_t)c.len);
    size_t n = MIN(to.len, c.len - at);
    memcpy(to.p, c.bytes + at, n);
    *ret_len = n;
    return STATUS_SUCCESS;
}

static int write_locked(struct task *t, const struct nt_target *f, size_t offset, struct span from)
{
    CLEANUP_CONTENTS struct contents c = {0};
    ERR_TRY(contents_load(t, f, &c));
    memcpy(c.bytes + offset, from.p, from.len);
    c.len = MAX(c.len, offset + from.len);
    return contents_store(t, f, &c);
}

ntstatus nt_stream_write(struct task *t, struct nt_open *o, uint64_t offset, struct span from)
{
    if (offset >= VALUE_BYTES_MAX || from.len >= VALUE_BYTES_MAX - offset)
        return STATUS_DISK_FULL;
    struct nt_target f = target_of(o);
    struct mutex *m = stripe_of(f.stat);
    mutex_lock(m);
    int rc = write_locked(t, &f, (size_t)offset, from);
    mutex_unlock(m);
    return nt_from_errno(rc, NT_SITE_DATA);
}

static int truncate_locked(struct task *t, const struct nt_target *f, size_t size)
{
    CLEANUP_CONTENTS struct contents c = {0};
    ERR_TRY(contents_load(t, f, &c));
    if (size > c.len)
        memset(c.bytes + c.len, 0, size - c.len);
    c.len = size;
    return contents_store(t, f, &c);
}

ntstatus nt_stream_truncate(struct task *t, const struct nt_target *f, uint64_t size)
{
    if (size >= VALUE_BYTES_MAX)
        return STATUS_DISK_FULL;
    struct mutex *m = stripe_of(f->stat);
    mutex_lock(m);
    int rc = truncate_locked(t, f, (size_t)size);
    mutex_unlock(m);
    return nt_from_errno(rc, NT_SITE_DATA);
}

ntstatus nt_stream_remove(struct task *t, const struct nt_target *f)
{
    CLEANUP(free_str) char *attr = NULL;
    uint64_t size;
    int rc = locate(t, f, &attr, &size);
    if (rc == 0)
        rc = vfs_xattr_remove(t, f->file, attr);
    return nt_from_errno(rc == -ENODATA ? -ENOENT : rc, NT_SITE_LEAF);
}

static int rename_locked(struct task *t, const struct nt_target *f, const char *new_attr)
{
    CLEANUP_CONTENTS struct contents c = {0};
    ERR_TRY(contents_load(t, f, &c));
    CLEANUP(free_str) char *old_attr = TAKE(c.attr);
    if (strcmp(old_attr, new_attr) == 0)
        return 0;
    c.attr = xstrdup(new_attr);
    ERR_TRY(contents_store(t, f, &c));
    return vfs_xattr_remove(t, f->file, old_attr);
}

ntstatus nt_stream_rename(struct task *t, const struct nt_target *f, const char *new_name,
                          bool replace)
{
    struct nt_target there = *f;
    there.stream = new_name;
    CLEANUP(free_str) char *present = NULL;
    uint64_t size;
    bool same = name_equal_folded(f->stream, new_name);
    int rc = same ? -ENOENT : locate(t, &there, &present, &size);
    if (rc == 0 && !replace)
        return STATUS_OBJECT_NAME_COLLISION;
    if (rc < 0 && rc != -ENOENT)
        return nt_from_errno(rc, NT_SITE_META);
    CLEANUP(free_str) char *new_attr = present ? TAKE(present) : attr_of(new_name);
    struct mutex *m = stripe_of(f->stat);
    mutex_lock(m);
    rc = rename_locked(t, f, new_attr);
    mutex_unlock(m);
    return nt_from_errno(rc, NT_SITE_RENAME);
}

/* [MS-FSCC] 2.4.44: the unnamed stream of a file first. */
ntstatus nt_query_streams(struct task *t, struct nt_open *o, struct arena *a,
                          struct nt_stream **ret_streams, size_t *ret_count)
{
    struct vfs_stat st = {0};
    NT_TRY(nt_open_stat(t, o, &st));
    CLEANUP(free_str) char *names = NULL;
    ssize_t len = nt_xattr_names(t, o->file, &names);
    len = MAX(len, (ssize_t)0);
    size_t max = 1;
    for (ssize_t i = 0; i < len; i++)
        max += names[i] == 0;
    struct nt_stream *streams = ARENA_ARRAY(a, struct nt_stream, max);
    size_t count = 0;
    if (!S_ISDIR(st.mode))
        streams[count++] = (struct nt_stream){"::$DATA", st.size_bytes, st.allocated_bytes};
    for (const char *at = names; at && at < names + len; at += strlen(at) + 1) {
        CLEANUP(free_str) char *stream = stream_of(at);
        ssize_t n = stream ? vfs_xattr_get(t, o->file, at, (struct mspan){0}) : -1;
        if (n < 0)
            continue;
        uint64_t size = n ? (uint64_t)n - 1 : 0;
        streams[count++] = (struct nt_stream){arena_printf(a, ":%s" SUFFIX, stream), size, size};
    }
    *ret_streams = streams;
    *ret_count = count;
    return STATUS_SUCCESS;
}
