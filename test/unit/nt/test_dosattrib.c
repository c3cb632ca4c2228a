/* SPDX-License-Identifier: Apache-2.0
 *
 * user.DOSATTRIB in the versions in use, and malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nt/file.h"

#define CREATED 0x01DA000000000000ull

static void write_one(struct wr *w, uint16_t version)
{
    if (version < 4)
        wr_bytes(w, "0x20", 5);
    else
        wr_u8(w, 0);
    wr_align(w, 2);
    wr_u16(w, version);
    wr_u16(w, version);
    wr_align(w, 4);
    wr_u32(w, 0x11);
    wr_u32(w, NT_ATTR_HIDDEN | NT_ATTR_ARCHIVE);
    wr_zero(w, version == 3 ? 20 : version == 4 ? 8 : 0);
    wr_u64(w, CREATED);
    if (version == 3)
        wr_u64(w, 0);
}

static void reads_each_version(void **state)
{
    (void)state;
    for (uint16_t version = 2; version <= 6; version++) {
        uint8_t buf[128];
        struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
        write_one(&w, version);
        struct nt_dosattrib a = {0};
        bool known = version >= 3 && version <= 5;
        assert_int_equal(nt_dosattrib_read(wr_written(&w), &a), known);
        if (!known)
            continue;
        assert_true(a.has_attributes && a.has_creation);
        assert_int_equal(a.attributes, NT_ATTR_HIDDEN | NT_ATTR_ARCHIVE);
        assert_int_equal(a.creation, CREATED);
        for (size_t n = 0; n < wr_pos(&w); n++)
            assert_false(nt_dosattrib_read(span_of(buf, n), &a));
    }
}

static void round_trip(void **state)
{
    (void)state;
    struct nt_dosattrib in = {
        .has_attributes = true,
        .has_creation = true,
        .attributes = NT_ATTR_SYSTEM,
        .creation = CREATED,
    };
    uint8_t buf[NT_DOSATTRIB_BYTES_MAX];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    nt_dosattrib_write(&w, &in);
    assert_int_equal(wr_pos(&w), 24);
    struct nt_dosattrib out = {0};
    assert_true(nt_dosattrib_read(wr_written(&w), &out));
    assert_int_equal(out.attributes, NT_ATTR_SYSTEM);
    assert_int_equal(out.creation, CREATED);
    assert_false(out.has_change);
    in.has_change = true;
    in.change = CREATED + 1;
    in.change_set_at = CREATED + 2;
    w = wr_of(mspan_of(buf, sizeof(buf)));
    nt_dosattrib_write(&w, &in);
    assert_true(nt_dosattrib_read(wr_written(&w), &out));
    assert_int_equal(out.creation, CREATED);
    assert_true(out.has_change);
    assert_int_equal(out.change, CREATED + 1);
    assert_int_equal(out.change_set_at, CREATED + 2);
}

static void malformed(void **state)
{
    (void)state;
    struct nt_dosattrib a = {0};
    assert_false(nt_dosattrib_read(span_of("", 0), &a));
    assert_false(nt_dosattrib_read(span_str("0x20 and no end of it at all"), &a));
    uint8_t wild[40] = {0, 0, 5, 0, 4, 0};
    assert_false(nt_dosattrib_read(span_of(wild, sizeof(wild)), &a));
    wild[4] = 5;
    wild[8] = 0x10; /* a creation time of 0 is none */
    assert_true(nt_dosattrib_read(span_of(wild, sizeof(wild)), &a));
    assert_false(a.has_creation || a.has_attributes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_version),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
