/* SPDX-License-Identifier: Apache-2.0
 *
 * Share modes against an oracle written from the other side: for each of reading, writing and
 * deleting, is there one who does it and one who forbids it? */
#include "nt/world.h"

static bool does(uint32_t access, unsigned what)
{
    static const uint32_t rights[3][2] = {{FILE_READ_DATA, FILE_EXECUTE},
                                          {FILE_WRITE_DATA, FILE_APPEND_DATA},
                                          {ACCESS_DELETE, ACCESS_DELETE}};
    return (access & rights[what][0]) || (access & rights[what][1]);
}

static bool oracle(uint32_t access_a, uint32_t share_a, uint32_t access_b, uint32_t share_b)
{
    bool a_counts = does(access_a, 0) || does(access_a, 1) || does(access_a, 2);
    bool b_counts = does(access_b, 0) || does(access_b, 1) || does(access_b, 2);
    for (unsigned what = 0; a_counts && b_counts && what < 3; what++) {
        bool a_forbids = !(share_a & (1u << what));
        bool b_forbids = !(share_b & (1u << what));
        if ((does(access_a, what) && b_forbids) || (does(access_b, what) && a_forbids))
            return false;
    }
    return true;
}

static const uint32_t accesses[] = {
    FILE_READ_ATTRIBUTES,
    FILE_READ_DATA,
    FILE_WRITE_DATA,
    FILE_APPEND_DATA,
    FILE_EXECUTE,
    ACCESS_DELETE,
    ACCESS_READ_CONTROL,
    FILE_READ_DATA | FILE_WRITE_DATA,
    FILE_READ_DATA | ACCESS_DELETE,
    FILE_WRITE_DATA | ACCESS_DELETE,
    FILE_ALL_ACCESS,
};

#define PAIRS_EACH                                                                                 \
    for (size_t a = 0; a < ARRAY_LEN(accesses); a++)                                               \
        for (uint32_t sa = 0; sa <= NT_SHARE_ALL; sa++)                                            \
            for (size_t b = 0; b < ARRAY_LEN(accesses); b++)                                       \
                for (uint32_t sb = 0; sb <= NT_SHARE_ALL; sb++)

static void test_rule(void **state)
{
    (void)state;
    PAIRS_EACH
    {
        bool is = nt_share_compatible(accesses[a], sa, accesses[b], sb);
        assert_int_equal(is, oracle(accesses[a], sa, accesses[b], sb));
        assert_int_equal(is, nt_share_compatible(accesses[b], sb, accesses[a], sa));
    }
}

static void one_pair(struct world *w, struct task *t, const uint32_t pair[4])
{
    struct nt_create_args first = world_args(w, t, "f", pair[0]);
    struct nt_create_args second = world_args(w, t, "f", pair[2]);
    first.share_access = pair[1];
    second.share_access = pair[3];
    struct nt_open *a = NULL, *b = NULL;
    assert_status(world_create(w, t, &first, &a), STATUS_SUCCESS);
    bool fits = oracle(pair[0], pair[1], pair[2], pair[3]);
    assert_status(world_create(w, t, &second, &b),
                  fits ? STATUS_SUCCESS : STATUS_SHARING_VIOLATION);
    if (b)
        world_close(t, b);
    world_close(t, a);
    arena_fini(&w->arena);
    arena_init(&w->arena);
}

static void opens_run(struct task *t, void *arg)
{
    struct world *w = arg;
    PAIRS_EACH
    {
        const uint32_t pair[4] = {accesses[a], sa, accesses[b], sb};
        if ((a * 8 + sa + b * 3 + sb) % 5 == 0)
            one_pair(w, t, pair);
    }
}

WORLD_TEST(opens)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rule), cmocka_unit_test(test_opens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
