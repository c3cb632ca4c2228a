/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids: stale ones find nothing, the limit holds, the generation survives its wrap. */
#include "base/idtable.h"
#include "unit.h"

static uint64_t add(struct idtable *t, void *object)
{
    uint64_t id;
    assert_int_equal(idtable_add(t, object, &id), 0);
    return id;
}

static void test_stale_id_finds_nothing(void **state)
{
    struct idtable t;
    idtable_init(&t, 100);
    int a, b;
    uint64_t id_a = add(&t, &a);
    assert_ptr_equal(idtable_get(&t, id_a), &a);
    assert_ptr_equal(idtable_remove(&t, id_a), &a);
    uint64_t id_b = add(&t, &b);
    assert_int_equal((uint32_t)id_a, (uint32_t)id_b);
    assert_null(idtable_get(&t, id_a));
    assert_null(idtable_remove(&t, id_a));
    assert_ptr_equal(idtable_get(&t, id_b), &b);
    idtable_fini(&t);
}

static void test_strange_ids(void **state)
{
    struct idtable t;
    idtable_init(&t, 100);
    static const uint64_t strange[] = {0, UINT64_MAX, 1, 1ull << 32, 1ull << 32 | 1,
                                       UINT32_MAX, 1ull << 32 | 9, 2ull << 32 | 1};
    for (size_t i = 0; i < ARRAY_LEN(strange); i++)
        assert_null(idtable_get(&t, strange[i]));
    int a;
    uint64_t id = add(&t, &a);
    for (size_t i = 0; i < ARRAY_LEN(strange); i++)
        if (strange[i] != id)
            assert_null(idtable_get(&t, strange[i]));
    idtable_fini(&t);
}

static void test_limit(void **state)
{
    struct idtable t;
    idtable_init(&t, 13);
    int object;
    uint64_t ids[13];
    for (int i = 0; i < 13; i++)
        ids[i] = add(&t, &object);
    uint64_t untouched = 77;
    assert_int_equal(idtable_add(&t, &object, &untouched), -ENOSPC);
    assert_int_equal(untouched, 77);
    assert_ptr_equal(idtable_remove(&t, ids[5]), &object);
    (void)add(&t, &object);
    idtable_fini(&t);
}

static void test_walk_with_removal(void **state)
{
    struct idtable t;
    idtable_init(&t, 1000);
    uint64_t ids[100];
    for (int i = 0; i < 100; i++)
        ids[i] = add(&t, &ids[i]);
    uint32_t cursor = 0;
    unsigned seen = 0;
    for (uint64_t *id; (id = idtable_walk(&t, &cursor)); seen++)
        assert_ptr_equal(idtable_remove(&t, *id), id);
    assert_int_equal(seen, 100);
    assert_int_equal(t.used, 0);
    idtable_fini(&t);
}

static void test_generation_wraps_past_zero(void **state)
{
    struct idtable t;
    idtable_init(&t, 1);
    int a;
    uint64_t id = add(&t, &a);
    t.slots[0].generation = UINT32_MAX;
    id = (uint64_t)UINT32_MAX << 32 | (uint32_t)id;
    assert_ptr_equal(idtable_remove(&t, id), &a);
    assert_int_equal(add(&t, &a), 1ull << 32 | 1);
    idtable_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stale_id_finds_nothing),
        cmocka_unit_test(test_strange_ids),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_walk_with_removal),
        cmocka_unit_test(test_generation_wraps_past_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
