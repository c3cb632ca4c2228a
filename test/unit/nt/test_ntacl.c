/* SPDX-License-Identifier: Apache-2.0
 *
 * security.NTACL in its versions, and malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nt/security.h"

static struct arena arena;

static struct sd sample(void)
{
    struct sd sd = {0};
    struct vfs_stat st = {.mode = S_IFREG | 0640, .uid = 1000, .gid = 100};
    nt_sd_of_mode(&st, &arena, &sd);
    return sd;
}

/* The descriptor at `start` of the blob, with the offsets from its beginning. */
static void append_sd(struct wr *w, const struct sd *sd)
{
    size_t start = wr_pos(w);
    uint8_t plain[512];
    struct wr p = wr_of(mspan_of(plain, sizeof(plain)));
    sd_write(&p, sd);
    struct rd r = rd_of(wr_written(&p));
    wr_u32(w, rd_u32(&r));
    for (int i = 0; i < 4; i++) {
        uint32_t offset = rd_u32(&r);
        wr_u32(w, offset ? offset + (uint32_t)start : 0);
    }
    wr_span(w, rd_span(&r, rd_left(&r)));
}

static struct span blob(struct mspan buf, uint16_t version, const struct sd *sd)
{
    struct wr w = wr_of(buf);
    wr_u16(&w, version);
    wr_u16(&w, version);
    wr_u32(&w, 0x00020000);
    if (version > 1)
        wr_u32(&w, 0x00020004);
    if (version == 2)
        wr_zero(&w, 16);
    if (version >= 3) {
        wr_u16(&w, 1);
        wr_zero(&w, 64);
    }
    if (version == 4) {
        wr_bytes(&w, "posix_acl", 10);
        wr_align(&w, 4);
        wr_zero(&w, 8 + 64);
    }
    wr_align(&w, 4);
    append_sd(&w, sd);
    return wr_written(&w);
}

static void reads_each_version(void **state)
{
    (void)state;
    struct sd in = sample();
    uint8_t buf[1024];
    for (uint16_t version = 1; version <= 4; version++) {
        struct span bytes = blob(mspan_of(buf, sizeof(buf)), version, &in);
        struct sd out = {0};
        assert_true(nt_ntacl_read(bytes, &arena, &out));
        assert_true(sid_equal(&in.owner, &out.owner));
        assert_true(sid_equal(&in.group, &out.group));
        assert_int_equal(out.dacl->count, 3);
        assert_int_equal(out.dacl->aces[0].mask, in.dacl->aces[0].mask);
        for (size_t n = 0; n < bytes.len; n++)
            assert_false(nt_ntacl_read(span_of(bytes.p, n), &arena, &out));
    }
}

static void round_trip(void **state)
{
    (void)state;
    struct sd in = sample();
    uint8_t buf[1024];
    struct wr w = wr_of(mspan_of(buf, nt_ntacl_size(&in)));
    nt_ntacl_write(&w, &in);
    assert_true(wr_done(&w));
    assert_int_equal(wr_pos(&w), nt_ntacl_size(&in));
    struct sd out = {0};
    assert_true(nt_ntacl_read(wr_written(&w), &arena, &out));
    assert_int_equal(out.dacl->count, 3);
    struct wr small = wr_of(mspan_of(buf, nt_ntacl_size(&in) - 1));
    nt_ntacl_write(&small, &in);
    assert_false(wr_done(&small));
}

static void malformed(void **state)
{
    (void)state;
    struct sd in = sample();
    struct sd out = {0};
    uint8_t buf[1024];
    struct span bytes = blob(mspan_of(buf, sizeof(buf)), 1, &in);
    buf[2] = 2; /* the union disagrees */
    assert_false(nt_ntacl_read(bytes, &arena, &out));
    buf[2] = 1;
    assert_true(nt_ntacl_read(bytes, &arena, &out));
    buf[12] = 8; /* the owner inside the header */
    assert_false(nt_ntacl_read(bytes, &arena, &out));
    buf[12] = 0xFF;
    buf[15] = 0xFF;
    assert_false(nt_ntacl_read(bytes, &arena, &out));
    bytes = blob(mspan_of(buf, sizeof(buf)), 1, &in);
    memset(buf + 4, 0, 4); /* no descriptor at all */
    assert_false(nt_ntacl_read(bytes, &arena, &out));
}

int main(void)
{
    arena_init(&arena);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_version),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(malformed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
