/* SPDX-License-Identifier: Apache-2.0
 *
 * Extended attributes of NT, [MS-FSCC] 2.4.16, on those of POSIX: the EA "x" is user.x.  Names are
 * bytes without regard to the case of letters.  What servers keep in user.* for themselves
 * (streams, DOS attributes, descriptors) is no EA: neither shown nor settable. */
#include "base/upcase.h"
#include "nt/file.h"

#define PREFIX "user."
#define PREFIX_LEN 5u
#define ENTRY_BYTES 8u /* of FILE_FULL_EA_INFORMATION before the name */
#define CHAIN_ENTRIES_MAX 4096u
#define VALUE_BYTES_MAX 65535u
#define LIST_BYTES_MAX 65536u /* XATTR_LIST_MAX */

bool nt_xattr_is_internal(const char *name)
{
    static const char *const names[] = {
        NT_XATTR_DOSATTRIB, NT_XATTR_NTACL_USER, "user.SAMBA_PAI", "user.DosStreams",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (name_equal_folded(name, names[i]))
            return true;
    CLEANUP(free_str) char *head = xstrndup(name, strlen(NT_XATTR_STREAM_PREFIX));
    return name_equal_folded(head, NT_XATTR_STREAM_PREFIX);
}

static bool is_ea(const char *attr)
{
    return strncmp(attr, PREFIX, PREFIX_LEN) == 0 && attr[PREFIX_LEN] &&
           strlen(attr) - PREFIX_LEN <= UINT8_MAX && !nt_xattr_is_internal(attr);
}

/* ---- asking ------------------------------------------------------------------------------- */

static uint64_t size_with(uint64_t total, const char *attr, size_t value)
{
    return align_up(total, 4) + ENTRY_BYTES + strlen(attr) - PREFIX_LEN + 1 + value;
}

uint32_t nt_ea_size(struct task *t, const struct nt_target *f)
{
    CLEANUP(free_str) char *names = NULL;
    ssize_t len = nt_xattr_names(t, f->file, &names);
    uint64_t total = 0;
    for (const char *at = names; at && at < names + len; at += strlen(at) + 1) {
        ssize_t n = is_ea(at) ? vfs_xattr_get(t, f->file, at, (struct mspan){0}) : -1;
        if (n >= 0)
            total = size_with(total, at, (size_t)n);
    }
    return (uint32_t)MIN(total, (uint64_t)UINT32_MAX);
}

/* Most files have no more than what is ours: their names fit a small buffer. */
uint32_t nt_ea_size_at(struct task *t, struct vfs_file *dir, const char *name)
{
    char small[512];
    CLEANUP(free_str) char *large = NULL;
    char *names = small;
    ssize_t len = vfs_xattr_list_at(t, dir, name, mspan_of(small, sizeof(small) - 1));
    if (len == -ERANGE) {
        names = large = xmalloc(LIST_BYTES_MAX + 1);
        len = vfs_xattr_list_at(t, dir, name, mspan_of(large, LIST_BYTES_MAX));
    }
    if (len <= 0)
        return 0;
    names[len] = 0;
    uint64_t total = 0;
    for (const char *at = names; at < names + len; at += strlen(at) + 1) {
        ssize_t n = is_ea(at) ? vfs_xattr_get_at(t, dir, name, at, (struct mspan){0}) : -1;
        if (n >= 0)
            total = size_with(total, at, (size_t)n);
    }
    return (uint32_t)MIN(total, (uint64_t)UINT32_MAX);
}

/* Appends one entry; its NextEntryOffset stays 0 until there is another. */
static bool entry_write(struct wr *w, const char *name, struct span value)
{
    size_t name_len = strlen(name);
    wr_u32(w, 0);
    wr_u8(w, 0);
    wr_u8(w, (uint8_t)name_len);
    wr_u16(w, (uint16_t)value.len);
    wr_bytes(w, name, name_len + 1);
    wr_span(w, value);
    return !w->full;
}

/* Writes all EAs as a chain; entries that came or grew since the size was asked for are left
 * out. */
static void chain_write(struct task *t, const struct nt_target *f, const char *names, size_t len,
                        struct wr *w)
{
    CLEANUP(free) void *value = xmalloc(VALUE_BYTES_MAX);
    struct wr_mark previous = wr_mark(w);
    bool first = true;
    for (const char *at = names; at && at < names + len; at += strlen(at) + 1) {
        if (!is_ea(at))
            continue;
        ssize_t n = vfs_xattr_get(t, f->file, at, mspan_of(value, VALUE_BYTES_MAX));
        if (n < 0)
            continue;
        struct wr_mark before = wr_mark(w);
        wr_align(w, 4);
        struct wr_mark start = wr_mark(w);
        if (!entry_write(w, at + PREFIX_LEN, span_of(value, (size_t)n))) {
            wr_rollback(w, before);
            continue;
        }
        if (!first) {
            struct wr link = {previous.at, previous.at, previous.at + 4, false, 0};
            wr_u32(&link, (uint32_t)(start.at - previous.at));
        }
        previous = start;
        first = false;
    }
}

ntstatus nt_query_ea(struct task *t, struct nt_open *o, struct arena *a, struct span *ret_chain)
{
    NT_TRY(nt_require_access(o, FILE_READ_EA));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &o->identity, path);
    size_t size = nt_ea_size(t, &f);
    CLEANUP(free_str) char *names = NULL;
    ssize_t len = size ? nt_xattr_names(t, o->file, &names) : 0;
    if (len < 0)
        return nt_from_errno((int)len, NT_SITE_META);
    struct wr w = wr_of(mspan_of(arena_alloc(a, size), size));
    chain_write(t, &f, names, (size_t)len, &w);
    if (wr_pos(&w) == 0)
        return STATUS_NO_EAS_ON_FILE;
    *ret_chain = wr_written(&w);
    return STATUS_SUCCESS;
}

/* ---- setting ------------------------------------------------------------------------------ */

struct ea {
    char name[PREFIX_LEN + UINT8_MAX + 1]; /* of the attribute */
    struct span value;
};

static ntstatus entry_read(struct rd *r, struct ea *ret_ea)
{
    rd_skip(r, 4);
    uint8_t flags = rd_u8(r);
    uint8_t name_len = rd_u8(r);
    uint16_t value_len = rd_u16(r);
    struct span name = rd_span(r, name_len);
    uint8_t end = rd_u8(r);
    struct span value = rd_span(r, value_len);
    if (!rd_done(r) || end != 0)
        return STATUS_EA_LIST_INCONSISTENT;
    if (name.len == 0 || (flags & 0x7F))
        return STATUS_INVALID_EA_NAME;
    for (size_t i = 0; i < name.len; i++)
        if (name.p[i] < 0x20 || name.p[i] == 0x7F)
            return STATUS_INVALID_EA_NAME;
    memcpy(ret_ea->name, PREFIX, PREFIX_LEN);
    memcpy(ret_ea->name + PREFIX_LEN, name.p, name.len);
    ret_ea->name[PREFIX_LEN + name.len] = 0;
    ret_ea->value = value;
    return nt_xattr_is_internal(ret_ea->name) ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/* An EA that exists in another case keeps its spelling. */
static const char *spelling_of(const char *names, size_t len, const char *wanted)
{
    for (const char *at = names; at && at < names + len; at += strlen(at) + 1)
        if (name_equal_folded(at, wanted))
            return at;
    return wanted;
}

static ntstatus entry_apply(struct task *t, const struct nt_target *f, const struct ea *ea)
{
    CLEANUP(free_str) char *names = NULL;
    ssize_t len = nt_xattr_names(t, f->file, &names);
    const char *attr = spelling_of(names, len > 0 ? (size_t)len : 0, ea->name);
    int rc = ea->value.len ? vfs_xattr_set(t, f->file, attr, ea->value)
                           : vfs_xattr_remove(t, f->file, attr);
    if (rc == -ENODATA)
        rc = 0;
    if (rc == -ENOSPC)
        return STATUS_EA_TOO_LARGE;
    return nt_from_errno(rc, NT_SITE_META);
}

/* All of the chain is read before any of it is applied. */
static ntstatus chain_run(struct task *t, const struct nt_target *f, struct span chain, bool apply)
{
    struct rd_chain c = rd_chain_of(rd_of(chain), 4, CHAIN_ENTRIES_MAX);
    struct rd r;
    while (rd_chain_next(&c, &r)) {
        struct ea ea;
        NT_TRY(entry_read(&r, &ea));
        if (apply)
            NT_TRY(entry_apply(t, f, &ea));
    }
    return rd_done(&c.rest) ? STATUS_SUCCESS : STATUS_EA_LIST_INCONSISTENT;
}

ntstatus nt_ea_init(struct task *t, const struct nt_target *f, struct span chain)
{
    if (!nt_volume_has_xattr(f->volume))
        return STATUS_NOT_SUPPORTED;
    NT_TRY(chain_run(t, f, chain, false));
    return chain_run(t, f, chain, true);
}

ntstatus nt_set_ea(struct task *t, struct nt_open *o, struct span chain)
{
    NT_TRY(nt_require_access(o, FILE_WRITE_EA));
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &o->identity, path);
    NT_TRY(nt_ea_init(t, &f, chain));
    nt_node_changed(t, o, NT_NOTIFY_EA);
    return STATUS_SUCCESS;
}
