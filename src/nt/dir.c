/* SPDX-License-Identifier: Apache-2.0
 *
 * Enumeration of a directory, [MS-FSA] 2.1.5.6.3.  A scan belongs to one open and holds a position,
 * a pattern and the last entry, whatever the directory's size; names that come and go meanwhile
 * come or do not, the others are seen once.  "." and ".." are given first: on disk they stand
 * anywhere.
 *
 * A pattern without wildcards is answered without reading the directory.  A symlink is shown as
 * what it leads to, and not at all when that is nowhere or outside the share. */
#include <strings.h>

#include "nt/file.h"
#include "nt/short_name.h"

#define ENTRIES_PER_TURN 512u /* that do not match, before others get their turn */

enum stage { STAGE_DOT, STAGE_DOTDOT, STAGE_ENTRIES, STAGE_END };

struct nt_scan {
    char *pattern;
    bool exact;             /* no wildcards: at most one entry */
    struct vfs_file *own;   /* opened for the scan; NULL: the open's own descriptor serves */
    struct vfs_dir *dir;
    enum stage stage;
    bool any;               /* an entry was given, or it was said that there is none */
    bool again;             /* `last` was pushed back */
    struct nt_dir_entry last;
    char *name;             /* of last */
};

void nt_scan_free(struct nt_scan *s)
{
    if (!s)
        return;
    vfs_dir_close(s->dir);
    vfs_close(s->own);
    free(s->pattern);
    free(s->name);
    free(s);
}

static struct vfs_file *scan_file(const struct nt_open *o)
{
    return o->scan->own ? o->scan->own : o->file;
}

static bool pattern_valid(const char *pattern)
{
    return !strpbrk(pattern, "\\/:");
}

static ntstatus scan_open(struct task *t, struct nt_open *o)
{
    struct nt_scan *s = o->scan;
    int rc = 0;
    if (!(o->file->flags & VFS_OPEN_READ))
        rc = vfs_reopen(t, o->caller.cred, o->file, VFS_OPEN_READ | VFS_OPEN_DIRECTORY, &s->own);
    if (rc == 0)
        rc = vfs_dir_open(t, scan_file(o), &s->dir);
    return nt_from_errno(rc, NT_SITE_LEAF);
}

static void scan_restart(struct nt_scan *s)
{
    vfs_dir_seek(s->dir, 0);
    s->stage = s->exact ? STAGE_ENTRIES : STAGE_DOT;
    s->any = s->again = false;
}

static void scan_set_pattern(struct nt_scan *s, const char *pattern)
{
    bool dots = strcmp(pattern, ".") == 0 || strcmp(pattern, "..") == 0;
    free(s->pattern);
    s->pattern = xstrdup(pattern[0] ? pattern : "*");
    s->exact = !dots && !nt_wildcard_present(s->pattern);
}

ntstatus nt_dir_begin(struct task *t, struct nt_open *o, const char *pattern, uint32_t flags)
{
    if (!o->is_directory || o->stream)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(nt_require_access(o, FILE_LIST_DIRECTORY));
    if (!pattern_valid(pattern))
        return STATUS_OBJECT_NAME_INVALID;
    bool restart = flags & (NT_DIR_RESTART | NT_DIR_REOPEN);
    if (o->scan && !restart)
        return STATUS_SUCCESS;
    bool first = !o->scan;
    if (first) {
        o->scan = NEW(struct nt_scan);
        ntstatus status = scan_open(t, o);
        if (!nt_ok(status)) {
            nt_scan_free(TAKE(o->scan));
            return status;
        }
    }
    if (first || pattern[0])
        scan_set_pattern(o->scan, pattern);
    scan_restart(o->scan);
    return STATUS_SUCCESS;
}

void nt_dir_push_back(struct nt_open *o)
{
    ASSERT(o->scan && o->scan->name && !o->scan->again);
    o->scan->again = true;
}

/* ---- one entry ---------------------------------------------------------------------------- */

/* Fills s->last; takes over `wire`, the name to show. */
static void entry_fill(struct nt_open *o, char *wire, const struct vfs_stat *st,
                       const struct nt_dosattrib *stored)
{
    struct nt_scan *s = o->scan;
    struct nt_attrs_source source = {o->volume, st, stored, wire};
    free(s->name);
    s->name = wire;
    s->last = (struct nt_dir_entry){
        .name = wire,
        .net = nt_attrs_of(&source),
        .file_id = nt_file_id(st),
    };
    nt_short_name(wire, s->last.short_name);
    if (strcasecmp(s->last.short_name, wire) == 0)
        s->last.short_name[0] = '\0'; /* fits 8.3 by itself */
}

/* What stands behind a symlink: false when nothing does that this user may see. */
static bool link_follow(struct task *t, struct nt_open *o, const char *name, struct vfs_stat *st,
                        struct nt_dosattrib *stored)
{
    CLEANUP(nt_path_unref) struct nt_path *dir = nt_open_path(o);
    CLEANUP(free_str) char *path = nt_path_join(dir->text, name);
    struct vfs_open_args args = {
        .root = o->volume->root,
        .path = path,
        .flags = VFS_OPEN_METADATA,
    };
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    if (vfs_open(t, o->caller.cred, &args, &file) < 0 || vfs_stat(t, file, st) < 0)
        return false;
    nt_dosattrib_get(t, o->volume, file, stored);
    return true;
}

/* The entry of a name on disk; false when it has gone or is not to be shown. */
static bool entry_look(struct task *t, struct nt_open *o, const char *name)
{
    struct vfs_stat st = {0};
    struct nt_dosattrib stored = {0};
    if (vfs_stat_at(t, o->caller.cred, scan_file(o), name, &st) < 0)
        return false;
    if (S_ISLNK(st.mode)) {
        if (!link_follow(t, o, name, &st, &stored))
            return false;
    } else {
        nt_dosattrib_get_at(t, o->volume, scan_file(o), name, &stored);
    }
    entry_fill(o, nt_component_from_disk(name), &st, &stored);
    if (nt_volume_has_xattr(o->volume) && !S_ISLNK(st.mode))
        o->scan->last.ea_size = nt_ea_size_at(t, scan_file(o), name);
    return true;
}

/* "." is the directory, ".." the one above; the root's is itself, nobody looks out of a share. */
static bool entry_look_dots(struct task *t, struct nt_open *o, const char *name)
{
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct vfs_stat st = {0};
    struct nt_dosattrib stored = {0};
    bool above = strcmp(name, "..") == 0 && path->text[0];
    int rc;
    if (above) {
        CLEANUP(free_str) char *parent = nt_path_parent(path->text);
        rc = vfs_stat_path(t, o->caller.cred, o->volume->root, parent, &st);
    } else {
        rc = vfs_stat(t, scan_file(o), &st);
        nt_dosattrib_get(t, o->volume, scan_file(o), &stored);
    }
    if (rc < 0)
        return false;
    entry_fill(o, xstrdup(name), &st, &stored);
    return true;
}

/* ---- the scan ----------------------------------------------------------------------------- */

static ntstatus scan_exact(struct task *t, struct nt_open *o, bool *ret_found)
{
    struct nt_scan *s = o->scan;
    s->stage = STAGE_END;
    CLEANUP(free_str) char *disk = nt_component_to_disk(s->pattern);
    *ret_found = entry_look(t, o, disk);
    if (*ret_found || o->volume->config.case_sensitive)
        return STATUS_SUCCESS;
    struct vfs_stat st = {0};
    NT_TRY(nt_from_errno(vfs_stat(t, scan_file(o), &st), NT_SITE_META));
    struct nt_dirindex_query q = {o->volume, o->caller.cred, scan_file(o), &st, disk};
    CLEANUP(free_str) char *actual = NULL;
    int rc = nt_dirindex_find(t, &q, &actual);
    if (rc < 0 && rc != -ENOENT)
        return nt_from_errno(rc, NT_SITE_LEAF);
    *ret_found = rc == 0 && entry_look(t, o, actual);
    return STATUS_SUCCESS;
}

/* The next name on disk that matches; moves to STAGE_END behind the last. */
static ntstatus scan_entries(struct task *t, struct nt_open *o, bool *ret_found)
{
    struct nt_scan *s = o->scan;
    struct vfs_dirent e = {0};
    int rc;
    for (unsigned n = 1;; n++) {
        if (n % ENTRIES_PER_TURN == 0)
            task_yield(t);
        rc = vfs_dir_next(t, s->dir, &e);
        if (rc <= 0)
            break;
        if (strcmp(e.name, ".") == 0 || strcmp(e.name, "..") == 0)
            continue;
        CLEANUP(free_str) char *wire = nt_component_from_disk(e.name);
        if (!nt_wildcard_match(s->pattern, wire))
            continue;
        if (entry_look(t, o, e.name)) {
            *ret_found = true;
            return STATUS_SUCCESS;
        }
    }
    s->stage = STAGE_END;
    *ret_found = false;
    return nt_from_errno(rc, NT_SITE_LEAF);
}

static ntstatus scan_step(struct task *t, struct nt_open *o, bool *ret_found)
{
    struct nt_scan *s = o->scan;
    if (s->exact)
        return scan_exact(t, o, ret_found);
    if (s->stage == STAGE_ENTRIES)
        return scan_entries(t, o, ret_found);
    const char *dots = s->stage == STAGE_DOT ? "." : "..";
    s->stage++;
    *ret_found = nt_wildcard_match(s->pattern, dots) && entry_look_dots(t, o, dots);
    return STATUS_SUCCESS;
}

ntstatus nt_dir_next(struct task *t, struct nt_open *o, struct nt_dir_entry *ret_entry)
{
    struct nt_scan *s = o->scan;
    ASSERT(s);
    bool found = s->again;
    s->again = false;
    while (!found && s->stage != STAGE_END)
        NT_TRY(scan_step(t, o, &found));
    if (found) {
        s->any = true;
        *ret_entry = s->last;
        return STATUS_SUCCESS;
    }
    ntstatus status = s->any ? STATUS_NO_MORE_FILES : STATUS_NO_SUCH_FILE;
    s->any = true;
    return status;
}

ntstatus nt_dir_is_empty(struct task *t, const struct nt_target *f, bool *ret_empty)
{
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    int rc = vfs_reopen(t, f->caller->cred, f->file, VFS_OPEN_READ | VFS_OPEN_DIRECTORY, &file);
    CLEANUP(vfs_dir_close) struct vfs_dir *dir = NULL;
    if (rc == 0)
        rc = vfs_dir_open(t, file, &dir);
    if (rc < 0)
        return nt_from_errno(rc, NT_SITE_META);
    struct vfs_dirent e = {0};
    bool empty = true;
    while (empty && (rc = vfs_dir_next(t, dir, &e)) > 0)
        empty = strcmp(e.name, ".") == 0 || strcmp(e.name, "..") == 0;
    if (rc < 0)
        return nt_from_errno(rc, NT_SITE_META);
    *ret_empty = empty;
    return STATUS_SUCCESS;
}
