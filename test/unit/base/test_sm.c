/* SPDX-License-Identifier: Apache-2.0
 *
 * State machines: edges in the table pass, all others abort. */
#include "base/sm.h"
#include "unit.h"

enum { OPENING, OPEN, CLOSED, STATES };

static const struct sm_state states[STATES] = {
    [OPENING] = {"opening", SM_TO(OPEN) | SM_TO(CLOSED)},
    [OPEN] = {"open", SM_TO(CLOSED)},
    [CLOSED] = {"closed", 0},
};

static void move(void *arg)
{
    unsigned *edge = arg;
    struct sm m;
    sm_init(&m, states, STATES, edge[0]);
    sm_move(&m, edge[1]);
}

static void test_edges(void **state)
{
    for (unsigned from = 0; from < STATES; from++) {
        for (unsigned to = 0; to < STATES; to++) {
            unsigned edge[] = {from, to};
            bool allowed = states[from].next & SM_TO(to);
            assert_int_equal(aborts(move, edge), !allowed);
        }
    }
    unsigned beyond[] = {OPENING, STATES};
    assert_true(aborts(move, beyond));
}

static void test_now(void **state)
{
    struct sm m;
    sm_init(&m, states, STATES, OPENING);
    assert_string_equal(sm_name(&m), "opening");
    sm_move(&m, OPEN);
    assert_int_equal(sm_now(&m), OPEN);
    assert_string_equal(sm_name(&m), "open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
