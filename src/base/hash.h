/* SPDX-License-Identifier: Apache-2.0
 *
 * An intrusive chained hash table that grows, and the keyed hash (SipHash-1-3, key drawn at
 * process start) that makes peers unable to aim at one bucket.  Not locked: the owner says how. */
#pragma once

#include "base/span.h"

struct hash_node {
    struct hash_node *next;
    uint64_t hash;
};

struct hash_table {
    struct hash_node **buckets;
    size_t mask;  /* bucket count - 1, or 0 before the first insertion */
    size_t count; /* nodes in the table */
};

static inline void hash_init(struct hash_table *h)
{
    *h = (struct hash_table){0};
}

/* Frees the buckets; the nodes belong to their owners. */
void hash_fini(struct hash_table *h);

/* The caller has checked that no equal key is present. */
void hash_insert(struct hash_table *h, struct hash_node *n, uint64_t hash);
void hash_remove(struct hash_table *h, struct hash_node *n);

/* First node with exactly this hash, or NULL; hash_next gives further ones.  The caller compares
 * keys. */
struct hash_node *hash_find(const struct hash_table *h, uint64_t hash) MUST_USE;
struct hash_node *hash_next(const struct hash_node *n) MUST_USE;

/* Iteration over all nodes: pass NULL to start; nodes may not be inserted or removed meanwhile. */
struct hash_node *hash_walk(const struct hash_table *h, const struct hash_node *prev) MUST_USE;

uint64_t hash_bytes(struct span key) MUST_USE;
uint64_t hash_u64(uint64_t key) MUST_USE;

/* Replaces the random key: for simulations that must repeat. */
void hash_seed(uint64_t k0, uint64_t k1);
