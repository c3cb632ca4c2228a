/* SPDX-License-Identifier: Apache-2.0
 *
 * GUIDs on the wire and as text. */
#include "wire/guid.h"
#include "unit.h"

static const struct guid sample = {{0x67, 0x45, 0x23, 0x01, 0xab, 0x89, 0xef, 0xcd, 0x01, 0x23,
                                    0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};

static void test_text(void **state)
{
    char buf[GUID_TEXT_SIZE];
    assert_string_equal(guid_text(sample, buf), "01234567-89ab-cdef-0123-456789abcdef");
}

static void test_wire(void **state)
{
    uint8_t bytes[16];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    wr_guid(&w, sample);
    assert_true(wr_done(&w));
    struct rd r = rd_of(wr_written(&w));
    assert_true(guid_equal(rd_guid(&r), sample));
    assert_true(rd_done(&r));
    assert_true(guid_is_zero(rd_guid(&r)));
    assert_false(rd_done(&r));
    assert_false(guid_is_zero(sample));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
