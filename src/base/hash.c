/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash table and SipHash-1-3 (Aumasson, Bernstein: one round a word, three at the end, 128-bit
 * key).  The key is drawn before main() runs, so no lookup needs to ask whether it is there. */
#include "base/hash.h"

#include <stdio.h>
#include <sys/random.h>

#define HASH_BUCKETS_MIN 16u

static uint64_t key[2];

__attribute__((constructor)) static void key_draw(void)
{
    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
        fputs("no random numbers from the kernel\n", stderr);
        abort();
    }
}

void hash_seed(uint64_t k0, uint64_t k1)
{
    key[0] = k0;
    key[1] = k1;
}

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t rotl(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
    s->a += s->b;
    s->b = rotl(s->b, 13) ^ s->a;
    s->a = rotl(s->a, 32);
    s->c += s->d;
    s->d = rotl(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotl(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotl(s->b, 17) ^ s->c;
    s->c = rotl(s->c, 32);
}

static inline struct sip sip_begin(void)
{
    return (struct sip){key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
                        key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
}

static inline void sip_word(struct sip *s, uint64_t w)
{
    s->d ^= w;
    sip_round(s);
    s->a ^= w;
}

static inline uint64_t sip_end(struct sip *s)
{
    s->c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(s);
    return s->a ^ s->b ^ s->c ^ s->d;
}

uint64_t hash_bytes(struct span k)
{
    struct sip s = sip_begin();
    uint64_t last = (uint64_t)k.len << 56;
    for (; k.len >= 8; k.p += 8, k.len -= 8) {
        uint64_t w;
        memcpy(&w, k.p, sizeof(w));
        sip_word(&s, w);
    }
    for (size_t i = 0; i < k.len; i++)
        last |= (uint64_t)k.p[i] << (8 * i);
    sip_word(&s, last);
    return sip_end(&s);
}

uint64_t hash_u64(uint64_t k)
{
    struct sip s = sip_begin();
    sip_word(&s, k);
    sip_word(&s, 8ull << 56);
    return sip_end(&s);
}

void hash_fini(struct hash_table *h)
{
    free(h->buckets);
    hash_init(h);
}

static void resize(struct hash_table *h, size_t buckets_count)
{
    struct hash_node **buckets = xcalloc(buckets_count, sizeof(struct hash_node *));
    size_t mask = buckets_count - 1;
    for (size_t i = 0; h->buckets && i <= h->mask; i++) {
        for (struct hash_node *n = h->buckets[i]; n;) {
            struct hash_node *next = n->next;
            n->next = buckets[n->hash & mask];
            buckets[n->hash & mask] = n;
            n = next;
        }
    }
    free(h->buckets);
    h->buckets = buckets;
    h->mask = mask;
}

void hash_insert(struct hash_table *h, struct hash_node *n, uint64_t hash)
{
    if (!h->buckets)
        resize(h, HASH_BUCKETS_MIN);
    else if (h->count > h->mask)
        resize(h, 2 * (h->mask + 1));
    struct hash_node **bucket = &h->buckets[hash & h->mask];
    n->hash = hash;
    n->next = *bucket;
    *bucket = n;
    h->count++;
}

void hash_remove(struct hash_table *h, struct hash_node *n)
{
    ASSERT(h->count > 0);
    struct hash_node **at = &h->buckets[n->hash & h->mask];
    while (*at != n) {
        ASSERT(*at);
        at = &(*at)->next;
    }
    *at = n->next;
    n->next = NULL;
    h->count--;
}

static struct hash_node *first_equal(struct hash_node *n, uint64_t hash)
{
    while (n && n->hash != hash)
        n = n->next;
    return n;
}

struct hash_node *hash_find(const struct hash_table *h, uint64_t hash)
{
    return h->buckets ? first_equal(h->buckets[hash & h->mask], hash) : NULL;
}

struct hash_node *hash_next(const struct hash_node *n)
{
    return first_equal(n->next, n->hash);
}

struct hash_node *hash_walk(const struct hash_table *h, const struct hash_node *prev)
{
    if (prev && prev->next)
        return prev->next;
    size_t i = prev ? (prev->hash & h->mask) + 1 : 0;
    for (; h->buckets && i <= h->mask; i++)
        if (h->buckets[i])
            return h->buckets[i];
    return NULL;
}
