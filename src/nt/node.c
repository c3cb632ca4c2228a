/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of nodes: one per file (or stream) that anybody has open, whichever share it was opened
 * through, so that two shares of one directory judge sharing together.  Process-wide for that
 * reason; sharded, each shard with its own lock.  A node lives as long as it has references. */
#include "nt/state.h"

#define SHARDS 64u
static_assert((SHARDS & (SHARDS - 1)) == 0, "shards are chosen by mask");

struct shard {
    struct mutex lock;
    struct hash_table nodes;
} __attribute__((aligned(64)));

static struct shard shards[SHARDS] = {
    [0 ... SHARDS - 1] = {.lock = {PTHREAD_MUTEX_INITIALIZER, NT_RANK_SHARD}}};

static bool key_equal(const struct nt_node_key *a, const struct nt_node_key *b)
{
    return a->device == b->device && a->inode == b->inode && a->stream == b->stream;
}

static uint64_t key_hash(const struct nt_node_key *key)
{
    return hash_u64(key->inode ^ (key->device << 40) ^ (key->stream * 0x9E3779B97F4A7C15ull));
}

static struct shard *shard_of(uint64_t hash)
{
    return &shards[(hash >> 48) & (SHARDS - 1)];
}

static struct nt_node *find_locked(struct shard *s, uint64_t hash, const struct nt_node_key *key)
{
    for (struct hash_node *h = hash_find(&s->nodes, hash); h; h = hash_next(h)) {
        struct nt_node *n = container_of(h, struct nt_node, table);
        if (key_equal(&n->key, key))
            return n;
    }
    return NULL;
}

static struct nt_node *node_new(const struct nt_node_key *key, struct nt_node *file)
{
    struct nt_node *n = NEW(struct nt_node);
    n->magic = NT_MAGIC_NODE;
    n->key = *key;
    n->file = file;
    mutex_init(&n->lock, n->file ? NT_RANK_STREAM_NODE : NT_RANK_NODE);
    list_init(&n->opens);
    list_init(&n->locks);
    list_init(&n->waiters);
    return n;
}

static void node_free(struct nt_node *n)
{
    ASSERT(list_empty(&n->opens));
    ASSERT(list_empty(&n->locks));
    ASSERT(list_empty(&n->waiters));
    ASSERT(n->caching_holders == 0);
    ASSERT(!n->doom.path);
    n->magic = 0;
    mutex_fini(&n->lock);
    free(n);
}

struct nt_node *nt_node_get(const struct nt_node_key *key, struct nt_node *file)
{
    ASSERT((key->stream == 0) == (file == NULL));
    uint64_t hash = key_hash(key);
    struct shard *s = shard_of(hash);
    /* Taken before the shard's lock: the file's node may live in the same shard. */
    struct nt_node *file_ref = file ? nt_node_ref(file) : NULL;
    mutex_lock(&s->lock);
    struct nt_node *n = find_locked(s, hash, key);
    if (!n) {
        n = node_new(key, TAKE(file_ref));
        hash_insert(&s->nodes, &n->table, hash);
    }
    n->refs++;
    mutex_unlock(&s->lock);
    if (file_ref)
        nt_node_unref(file_ref);
    return n;
}

struct nt_node *nt_node_find(const struct nt_node_key *key)
{
    uint64_t hash = key_hash(key);
    struct shard *s = shard_of(hash);
    mutex_lock(&s->lock);
    struct nt_node *n = find_locked(s, hash, key);
    if (n)
        n->refs++;
    mutex_unlock(&s->lock);
    return n;
}

struct nt_node *nt_node_ref(struct nt_node *n)
{
    ASSERT(n->magic == NT_MAGIC_NODE);
    struct shard *s = shard_of(n->table.hash);
    mutex_lock(&s->lock);
    ASSERT(n->refs > 0);
    n->refs++;
    mutex_unlock(&s->lock);
    return n;
}

void nt_node_unref(struct nt_node *n)
{
    if (!n)
        return;
    ASSERT(n->magic == NT_MAGIC_NODE);
    struct shard *s = shard_of(n->table.hash);
    mutex_lock(&s->lock);
    ASSERT(n->refs > 0);
    bool last = --n->refs == 0;
    if (last)
        hash_remove(&s->nodes, &n->table);
    mutex_unlock(&s->lock);
    if (!last)
        return;
    struct nt_node *file = n->file;
    node_free(n);
    nt_node_unref(file);
}

bool nt_path_below(const char *path, const char *top)
{
    size_t len = strlen(top);
    return len == 0 || (strncmp(path, top, len) == 0 && (path[len] == '/' || path[len] == 0));
}

static bool node_is_below(struct nt_node *n, const struct nt_volume *v, const char *path)
{
    bool below = false;
    nt_node_lock(n);
    list_each(&n->opens, struct nt_open, node_link, o) {
        if (o->volume == v && nt_path_below(o->path->text, path))
            below = true;
    }
    nt_node_unlock(n);
    return below;
}

/* Appends references to every node of a shard. */
static void shard_collect(struct shard *s, struct nt_node ***nodes, size_t *count)
{
    mutex_lock(&s->lock);
    if (s->nodes.count)
        *nodes = xrealloc(*nodes, (*count + s->nodes.count) * sizeof(struct nt_node *));
    for (struct hash_node *h = hash_walk(&s->nodes, NULL); h; h = hash_walk(&s->nodes, h)) {
        struct nt_node *n = container_of(h, struct nt_node, table);
        n->refs++;
        (*nodes)[(*count)++] = n;
    }
    mutex_unlock(&s->lock);
}

struct nt_node **nt_nodes_below(struct nt_volume *v, const char *path, const struct nt_node *except,
                                size_t *ret_count)
{
    struct nt_node **nodes = NULL;
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < SHARDS; i++)
        shard_collect(&shards[i], &nodes, &count);
    for (size_t i = 0; i < count; i++) {
        struct nt_node *n = nodes[i];
        if (n != except && n->file != except && node_is_below(n, v, path))
            nodes[kept++] = n;
        else
            nt_node_unref(n);
    }
    *ret_count = kept;
    return nodes;
}
