/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash table, and SipHash-1-3 against vectors computed elsewhere. */
#include "base/hash.h"
#include "unit.h"

struct entry {
    struct hash_node node;
    unsigned value;
};

static struct entry *entry_find(const struct hash_table *h, uint64_t hash, unsigned value)
{
    for (struct hash_node *n = hash_find(h, hash); n; n = hash_next(n))
        if (container_of(n, struct entry, node)->value == value)
            return container_of(n, struct entry, node);
    return NULL;
}

static void test_thousands_come_and_go(void **state)
{
    enum { COUNT = 5000 };
    struct hash_table h;
    hash_init(&h);
    assert_null(hash_find(&h, 0));
    assert_null(hash_walk(&h, NULL));
    struct entry *entries = xcalloc(COUNT, sizeof(*entries));
    for (unsigned i = 0; i < COUNT; i++) {
        entries[i].value = i;
        hash_insert(&h, &entries[i].node, hash_u64(i));
    }
    for (unsigned i = 0; i < COUNT; i += 2)
        hash_remove(&h, &entries[i].node);
    assert_int_equal(h.count, COUNT / 2);
    for (unsigned i = 0; i < COUNT; i++)
        assert_ptr_equal(entry_find(&h, hash_u64(i), i), i % 2 ? &entries[i] : NULL);
    unsigned walked = 0;
    for (struct hash_node *n = hash_walk(&h, NULL); n; n = hash_walk(&h, n))
        walked++;
    assert_int_equal(walked, COUNT / 2);
    hash_fini(&h);
    assert_null(hash_find(&h, 0));
    free(entries);
}

static void test_equal_hashes(void **state)
{
    struct hash_table h;
    hash_init(&h);
    struct entry e[3] = {{.value = 0}, {.value = 1}, {.value = 2}};
    for (int i = 0; i < 3; i++)
        hash_insert(&h, &e[i].node, 42);
    hash_remove(&h, &e[1].node);
    assert_ptr_equal(entry_find(&h, 42, 0), &e[0]);
    assert_null(entry_find(&h, 42, 1));
    assert_ptr_equal(entry_find(&h, 42, 2), &e[2]);
    assert_null(hash_find(&h, 42 + 16));
    hash_fini(&h);
}

static void remove_absent(void *arg)
{
    struct hash_table *h = arg;
    struct hash_node stranger = {.hash = 7};
    hash_remove(h, &stranger);
}

static void test_removing_a_stranger_aborts(void **state)
{
    struct hash_table h;
    hash_init(&h);
    struct entry e = {.value = 1};
    hash_insert(&h, &e.node, 7);
    assert_true(aborts(remove_absent, &h));
    hash_fini(&h);
}

/* SipHash-1-3 of the bytes 00, 01, … under the key 00 01 … 0f. */
static void test_siphash_vectors(void **state)
{
    uint8_t key[16], in[64];
    for (uint8_t i = 0; i < 64; i++)
        in[i] = i;
    memcpy(key, in, sizeof(key));
    uint64_t k[2];
    memcpy(k, key, sizeof(k));
    hash_seed(k[0], k[1]);
    static const struct {
        size_t len;
        uint64_t hash;
    } vectors[] = {
        {0, 0xabac0158050fc4dc},
        {1, 0xc9f49bf37d57ca93},
        {7, 0xd3927d989bb11140},
        {8, 0x369095118d299a8e},
        {15, 0xd320d86d2a519956},
        {63, 0x9d199062b7bbb3a8},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        assert_int_equal(hash_bytes(span_of(in, vectors[i].len)), vectors[i].hash);
}

static void test_key_matters_and_u64_is_its_bytes(void **state)
{
    uint64_t v = 0x1122334455667788;
    hash_seed(1, 2);
    uint64_t first = hash_u64(v);
    assert_int_equal(first, hash_bytes(span_of(&v, sizeof(v))));
    hash_seed(1, 3);
    assert_int_not_equal(first, hash_u64(v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thousands_come_and_go),
        cmocka_unit_test(test_equal_hashes),
        cmocka_unit_test(test_removing_a_stranger_aborts),
        cmocka_unit_test(test_siphash_vectors),
        cmocka_unit_test(test_key_matters_and_u64_is_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
