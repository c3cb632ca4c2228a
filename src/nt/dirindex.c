/* SPDX-License-Identifier: Apache-2.0
 *
 * Names without regard to case on a file system that regards it.  A directory in which a name was
 * not found as spelled is read once; the folded hash of each of its names goes into an index, and
 * from then on a miss costs a hash lookup, however large the directory.
 *
 * An index is valid while the directory's version (vfs_stat.change_version) is the one it was made
 * of.  Changes of our own come announced (nt_name_change_begin and _end): they put the name in or
 * out and move the version along, so that creating many files reads nothing again.  While some are
 * under way the version is not compared.  A local process that changes the directory in exactly
 * that time, or within one tick of a kernel with coarse time stamps (before 6.13), may thus add a
 * name that is found as spelled but not in another case, until the directory changes again.  A hit
 * is never trusted: whoever asked opens what was found.
 *
 * Indexes belong to a volume, the least recently used go first beyond LIMIT_NAME_INDEX_BYTES_MAX; a
 * directory that would not fit alone is read each time.  One mutex guards all of it and is never
 * held across a suspension: an index is built aside and then put in. */
#include <strings.h>
#include <unistd.h>

#include "base/upcase.h"
#include "nt/file.h"
#include "nt/short_name.h"

#define ENTRIES_INLINE 2048u    /* read on the reactor; beyond, on the offload pool */
#define NODE_OVERHEAD_BYTES 48u /* hash bucket and allocator */
#define BUILD_WAIT_US 500u
#define BUILD_WAITS_MAX 20000u /* ten seconds */

struct dirname {
    struct hash_node node;
    char name[];
};

struct dirindex {
    struct hash_node node;
    struct list lru; /* in the table's, most recent first */
    struct nt_dir_version dir;
    uint64_t serial;   /* of this index: another of the same directory has another */
    bool building;     /* nothing but a mark yet */
    uint32_t changing; /* changes of ours under way */
    struct hash_table names;
    size_t bytes;
};

struct nt_dirindex_table {
    struct mutex lock;
    struct hash_table dirs;
    struct list lru;
    size_t bytes;
    uint64_t last_serial;
};

struct nt_dirindex_table *nt_dirindex_table_new(void)
{
    struct nt_dirindex_table *d = NEW(struct nt_dirindex_table);
    mutex_init(&d->lock, NT_RANK_DIRINDEX);
    list_init(&d->lru);
    return d;
}

/* ---- names of one directory --------------------------------------------------------------- */

/* What is compared: private characters stored as such by other servers equal the real ones. */
static char *canonical(const char *disk)
{
    bool plain = !strchr(disk, 0xEE) && !strchr(disk, 0xEF);
    return plain ? xstrdup(disk) : nt_component_to_disk(disk);
}

static uint64_t names_hash(const char *disk)
{
    CLEANUP(free_str) char *c = canonical(disk);
    return name_hash_folded(c);
}

static bool names_equal(const char *a, const char *b)
{
    if (name_equal_folded(a, b))
        return true;
    CLEANUP(free_str) char *x = canonical(a);
    CLEANUP(free_str) char *y = canonical(b);
    return name_equal_folded(x, y);
}

static size_t dirname_bytes(const char *name)
{
    return sizeof(struct dirname) + strlen(name) + 1 + NODE_OVERHEAD_BYTES;
}

static void names_add(struct dirindex *ix, const char *name)
{
    struct dirname *n = xmalloc(sizeof(*n) + strlen(name) + 1);
    strcpy(n->name, name);
    hash_insert(&ix->names, &n->node, names_hash(name));
    ix->bytes += dirname_bytes(name);
}

/* The exact name, or with folded the first that equals it but for case. */
static struct dirname *names_get(const struct dirindex *ix, const char *name, bool folded)
{
    struct hash_node *n = hash_find(&ix->names, names_hash(name));
    for (; n; n = hash_next(n)) {
        struct dirname *d = container_of(n, struct dirname, node);
        if (folded ? names_equal(d->name, name) : strcmp(d->name, name) == 0)
            return d;
    }
    return NULL;
}

static bool short_name_equals(const char *name, const char *wanted)
{
    char computed[NT_SHORT_NAME_SIZE];
    CLEANUP(free_str) char *wire = nt_component_from_disk(name);
    nt_short_name(wire, computed);
    return strcasecmp(computed, wanted) == 0;
}

/* The name whose 8.3 form this is: a walk, but only for names of that shape. */
static struct dirname *names_get_short(const struct dirindex *ix, const char *name)
{
    if (!nt_short_name_is_shaped(name))
        return NULL;
    for (struct hash_node *n = hash_walk(&ix->names, NULL); n; n = hash_walk(&ix->names, n)) {
        struct dirname *d = container_of(n, struct dirname, node);
        if (short_name_equals(d->name, name))
            return d;
    }
    return NULL;
}

static void names_remove(struct dirindex *ix, struct dirname *n)
{
    hash_remove(&ix->names, &n->node);
    ix->bytes -= dirname_bytes(n->name);
    free(n);
}

static void names_clear(struct dirindex *ix)
{
    struct hash_node *next = NULL;
    for (struct hash_node *n = hash_walk(&ix->names, NULL); n; n = next) {
        next = hash_walk(&ix->names, n);
        free(container_of(n, struct dirname, node));
    }
    hash_fini(&ix->names);
    hash_init(&ix->names);
    ix->bytes = 0;
}

/* ---- the table; all with its lock held ---------------------------------------------------- */

static uint64_t dir_hash(const struct nt_dir_version *dir)
{
    return hash_u64(dir->inode ^ hash_u64(dir->device));
}

static struct dirindex *table_get_locked(struct nt_dirindex_table *d,
                                         const struct nt_dir_version *dir)
{
    struct hash_node *n = hash_find(&d->dirs, dir_hash(dir));
    for (; n; n = hash_next(n)) {
        struct dirindex *ix = container_of(n, struct dirindex, node);
        if (ix->dir.device == dir->device && ix->dir.inode == dir->inode)
            return ix;
    }
    return NULL;
}

/* What an index counts, empty ones too: a stranger decides how many directories are asked about. */
static size_t cost_of(const struct dirindex *ix)
{
    return sizeof(*ix) + NODE_OVERHEAD_BYTES + ix->bytes;
}

static void table_drop_locked(struct nt_dirindex_table *d, struct dirindex *ix)
{
    ASSERT(d->bytes >= cost_of(ix));
    hash_remove(&d->dirs, &ix->node);
    list_remove(&ix->lru);
    d->bytes -= cost_of(ix);
    names_clear(ix);
    free(ix);
}

static void table_shrink_locked(struct nt_dirindex_table *d, const struct dirindex *keep)
{
    while (d->bytes > LIMIT_NAME_INDEX_BYTES_MAX) {
        struct dirindex *oldest = list_entry(d->lru.prev, struct dirindex, lru);
        if (oldest == keep)
            return;
        table_drop_locked(d, oldest);
    }
}

static struct dirindex *table_add_locked(struct nt_dirindex_table *d,
                                         const struct nt_dir_version *dir)
{
    struct dirindex *ix = NEW(struct dirindex);
    ix->dir = *dir;
    ix->serial = ++d->last_serial;
    ix->building = true;
    d->bytes += cost_of(ix);
    hash_insert(&d->dirs, &ix->node, dir_hash(dir));
    list_push_front(&d->lru, &ix->lru);
    return ix;
}

void nt_dirindex_table_free(struct nt_dirindex_table *d)
{
    if (!d)
        return;
    while (!list_empty(&d->lru))
        table_drop_locked(d, list_first(&d->lru, struct dirindex, lru));
    ASSERT(d->bytes == 0);
    hash_fini(&d->dirs);
    mutex_fini(&d->lock);
    free(d);
}

/* ---- building ----------------------------------------------------------------------------- */

/* A scan under way: its own index, and the name it is all about. */
struct build {
    uint64_t serial; /* of the mark in the table */
    struct dirindex ix;
    struct vfs_dir *dir;
    const char *wanted;
    bool wanted_shaped; /* like an 8.3 name */
    char *found;        /* equals `wanted` but for case */
    char *found_short;  /* `wanted` is its 8.3 name */
    bool too_large; /* only looking by now */
};

static void build_take(struct build *b, const char *name)
{
    if (!b->too_large)
        names_add(&b->ix, name);
    if (b->ix.bytes > LIMIT_NAME_INDEX_BYTES_MAX) {
        names_clear(&b->ix);
        b->too_large = true;
    }
    if (!b->found && names_equal(name, b->wanted))
        b->found = xstrdup(name);
    if (!b->found_short && b->wanted_shaped && short_name_equals(name, b->wanted))
        b->found_short = xstrdup(name);
}

/* 1 when there is more, 0 at the end. */
static int build_some(struct build *b, size_t entries)
{
    struct vfs_dirent e = {0};
    for (size_t i = 0; i < entries; i++) {
        int rc = vfs_dir_next(NULL, b->dir, &e);
        if (rc <= 0)
            return rc;
        build_take(b, e.name);
    }
    return 1;
}

static int build_rest(void *arg)
{
    return build_some(arg, SIZE_MAX);
}

static int build_run(struct task *t, const struct nt_dirindex_query *q, struct build *b)
{
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    ERR_TRY(vfs_reopen(t, q->cred, q->dir, VFS_OPEN_READ | VFS_OPEN_DIRECTORY, &file));
    CLEANUP(vfs_dir_close) struct vfs_dir *dir = NULL;
    ERR_TRY(vfs_dir_open(t, file, &dir));
    b->dir = dir;
    int rc = build_some(b, ENTRIES_INLINE);
    return rc > 0 ? task_offload(t, build_rest, b) : rc;
}

static struct nt_dir_version version_of(const struct vfs_stat *st)
{
    return (struct nt_dir_version){st->device, st->inode, st->change_version};
}

/* Puts the built names where our mark stands, unless it was dropped meanwhile.  A directory that
 * changed under the scan keeps its earlier version: the next question reads it again. */
static void build_publish(struct nt_dirindex_table *d, struct build *b,
                          const struct nt_dir_version *dir)
{
    mutex_lock(&d->lock);
    struct dirindex *ix = table_get_locked(d, dir);
    if (ix && ix->serial == b->serial) {
        ASSERT(ix->building);
        ix->building = false;
        ix->dir = *dir;
        ix->names = b->ix.names;
        ix->bytes = b->ix.bytes;
        d->bytes += ix->bytes;
        hash_init(&b->ix.names);
        b->ix.bytes = 0;
        table_shrink_locked(d, ix);
    }
    mutex_unlock(&d->lock);
}

static void build_abandon(struct nt_dirindex_table *d, const struct build *b,
                          const struct nt_dir_version *dir)
{
    mutex_lock(&d->lock);
    struct dirindex *ix = table_get_locked(d, dir);
    if (ix && ix->serial == b->serial)
        table_drop_locked(d, ix);
    mutex_unlock(&d->lock);
}

static int build(struct task *t, const struct nt_dirindex_query *q, uint64_t serial,
                 char **ret_name)
{
    struct nt_dirindex_table *d = q->volume->dirindex;
    struct nt_dir_version dir = version_of(q->dir_stat);
    struct build b = {.serial = serial,
                      .wanted = q->name,
                      .wanted_shaped = nt_short_name_is_shaped(q->name)};
    int rc = build_run(t, q, &b);
    if (rc == 0 && !b.too_large)
        build_publish(d, &b, &dir);
    else
        build_abandon(d, &b, &dir);
    names_clear(&b.ix);
    if (!b.found)
        b.found = TAKE(b.found_short);
    free(b.found_short);
    if (rc == 0 && !b.found)
        rc = -ENOENT;
    if (rc == 0)
        *ret_name = b.found;
    else
        free(b.found);
    return rc;
}

/* ---- questions ---------------------------------------------------------------------------- */

enum answer { ANSWER_FOUND, ANSWER_MISSING, ANSWER_WAIT, ANSWER_BUILD };

/* What the table knows; with ANSWER_BUILD it has marked the directory as the caller's to build. */
static enum answer ask(struct nt_dirindex_table *d, const struct nt_dir_version *dir,
                       const char *name, char **ret_name, uint64_t *ret_serial)
{
    enum answer answer = ANSWER_MISSING;
    mutex_lock(&d->lock);
    struct dirindex *ix = table_get_locked(d, dir);
    if (ix && ix->building) {
        answer = ANSWER_WAIT;
    } else if (ix && (ix->changing || ix->dir.version == dir->version)) {
        list_remove(&ix->lru);
        list_push_front(&d->lru, &ix->lru);
        struct dirname *n = names_get(ix, name, true);
        if (!n)
            n = names_get_short(ix, name);
        if (n) {
            *ret_name = xstrdup(n->name);
            answer = ANSWER_FOUND;
        }
    } else {
        if (ix)
            table_drop_locked(d, ix);
        *ret_serial = table_add_locked(d, dir)->serial;
        answer = ANSWER_BUILD;
    }
    mutex_unlock(&d->lock);
    return answer;
}

/* The index may have been made for somebody who may list the directory; who may not does not learn
 * its names by guessing.  Building asks the kernel anyway. */
static int may_list(struct task *t, const struct nt_dirindex_query *q, char **found)
{
    int rc = vfs_access(t, q->cred, q->dir, R_OK);
    if (rc < 0)
        free(TAKE(*found));
    return rc;
}

int nt_dirindex_find(struct task *t, const struct nt_dirindex_query *q, char **ret_name)
{
    struct nt_dir_version dir = version_of(q->dir_stat);
    for (unsigned waits = 0; waits < BUILD_WAITS_MAX; waits++) {
        uint64_t serial = 0;
        switch (ask(q->volume->dirindex, &dir, q->name, ret_name, &serial)) {
        case ANSWER_FOUND:
            return may_list(t, q, ret_name);
        case ANSWER_MISSING:
            return -ENOENT;
        case ANSWER_BUILD:
            return build(t, q, serial, ret_name);
        case ANSWER_WAIT:
            ERR_TRY(task_sleep_us(t, BUILD_WAIT_US));
            break;
        }
    }
    return -EBUSY;
}

/* ---- changes of our own ------------------------------------------------------------------- */

/* Joins the index of the directory if it is of version c->parent.version or changing already; an
 * index that is not leads astray and is dropped when `sure`.  True when nothing is left to do. */
static bool change_join(struct nt_name_change *c, bool sure)
{
    struct nt_dirindex_table *d = c->volume->dirindex;
    mutex_lock(&d->lock);
    struct dirindex *ix = table_get_locked(d, &c->parent);
    c->tracked = ix && !ix->building &&
                 (ix->changing || ix->dir.version == c->parent.version);
    if (c->tracked) {
        c->index_serial = ix->serial;
        ix->changing++;
    } else if (ix && sure) {
        table_drop_locked(d, ix);
    }
    mutex_unlock(&d->lock);
    return !ix || c->tracked || sure;
}

void nt_name_change_begin(struct task *t, struct nt_name_change *c,
                          const struct nt_dir_version *known)
{
    c->tracked = false;
    c->parent = known ? *known : (struct nt_dir_version){0};
    if (c->volume->config.case_sensitive || (known && change_join(c, false)))
        return;
    CLEANUP(free_str) char *parent = nt_path_parent(c->path);
    struct vfs_stat st = {0};
    if (vfs_stat_path(t, c->cred, c->volume->root, parent, &st) < 0)
        return;
    c->parent = version_of(&st);
    (void)change_join(c, true);
}

/* An index that came into being while an unannounced change was under way may have missed it. */
static void change_end_untracked(const struct nt_name_change *c)
{
    struct nt_dirindex_table *d = c->volume->dirindex;
    mutex_lock(&d->lock);
    struct dirindex *ix = table_get_locked(d, &c->parent);
    if (ix)
        table_drop_locked(d, ix);
    mutex_unlock(&d->lock);
}

static void effect_apply(struct dirindex *ix, const char *leaf, enum nt_name_effect effect)
{
    struct dirname *n = names_get(ix, leaf, false);
    if (effect == NT_NAME_ADDED && !n)
        names_add(ix, leaf);
    if (effect == NT_NAME_REMOVED && n)
        names_remove(ix, n);
}

void nt_name_change_end(struct task *t, struct nt_name_change *c, enum nt_name_effect effect)
{
    if (!c->tracked) {
        if (effect != NT_NAME_SAME && !c->volume->config.case_sensitive)
            change_end_untracked(c);
        return;
    }
    c->tracked = false;
    CLEANUP(free_str) char *parent = nt_path_parent(c->path);
    struct vfs_stat st = {0};
    bool known = vfs_stat_path(t, c->cred, c->volume->root, parent, &st) == 0 &&
                 st.inode == c->parent.inode && st.device == c->parent.device;
    struct nt_dirindex_table *d = c->volume->dirindex;
    mutex_lock(&d->lock);
    struct dirindex *ix = table_get_locked(d, &c->parent);
    if (ix && ix->serial == c->index_serial) {
        ASSERT(ix->changing && !ix->building);
        size_t before = ix->bytes;
        effect_apply(ix, nt_path_leaf(c->path), effect);
        d->bytes += ix->bytes - before;
        ix->changing--;
        if (known)
            ix->dir.version = MAX(ix->dir.version, st.change_version);
        else
            ix->dir.version = 0;
        table_shrink_locked(d, ix);
    }
    mutex_unlock(&d->lock);
}
