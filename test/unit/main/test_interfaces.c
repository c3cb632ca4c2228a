/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces told to clients: loopback only by name, options of words, the caller's bound. */
#include "main/interfaces.h"
#include "unit.h"

static unsigned list(char **words, struct network_interface *ret_list, unsigned max)
{
    struct config c = {.interfaces = words};
    return interfaces_list(&c, ret_list, max);
}

static void loopback_has_to_be_named(void **state)
{
    (void)state;
    struct network_interface l[64];
    const uint8_t loopback[4] = {127, 0, 0, 1};
    unsigned count = list(NULL, l, 64);
    for (unsigned i = 0; i < count; i++)
        assert_true(l[i].is_ipv6 || memcmp(l[i].address, loopback, 4) != 0);
    char *words[] = {(char[]){"127.0.0.1/8"}, NULL};
    assert_int_equal(list(words, l, 64), 1);
    assert_memory_equal(l[0].address, loopback, 4);
    assert_true(l[0].index > 0 && l[0].link_speed > 0);
    assert_int_equal(list(words, l, 0), 0);
}

static void words_say_more(void **state)
{
    (void)state;
    struct network_interface l[64];
    char *words[] = {(char[]){"10.255.254.253"},
                     (char[]){"lo;if_index=65,speed=25000000000,capability=RSS"}, NULL};
    assert_true(list(words, l, 64) >= 1);
    assert_int_equal(l[0].index, 65);
    assert_int_equal(l[0].link_speed, 25000000000ull);
    assert_int_equal(l[0].capability, NETWORK_INTERFACE_RSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_has_to_be_named),
        cmocka_unit_test(words_say_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
