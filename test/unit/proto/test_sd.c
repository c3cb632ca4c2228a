/* SPDX-License-Identifier: Apache-2.0
 *
 * Security descriptors from strangers: counts of sub-authorities, sizes of ACEs and ACLs, offsets
 * into the head; and SIDs as text. */
#include "proto/sd.h"
#include "unit.h"

static uint8_t space[128 * 1024];

/* One ACL with one ACE for everyone, at 20, in a descriptor of 48 bytes. */
static struct span one_ace_sd(void)
{
    struct ace ace = {.type = ACE_ALLOWED, .mask = FILE_ALL_ACCESS, .sid = sid_everyone};
    struct acl acl = {ACL_REVISION, 1, &ace};
    struct sd sd = {.control = SD_DACL_PRESENT, .dacl = &acl};
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    sd_write(&w, &sd);
    assert_true(wr_done(&w));
    assert_int_equal(wr_pos(&w), 48);
    return wr_written(&w);
}

static bool reads(struct span bytes)
{
    struct arena a;
    arena_init(&a);
    struct sd sd;
    bool good = sd_read(bytes, &a, &sd);
    arena_fini(&a);
    return good;
}

static void test_spoilt(void **state)
{
    static const struct {
        uint8_t at, bytes;
        uint32_t value;
    } spoilt[] = {
        {0, 1, 2},       {2, 2, 0x0004},  {4, 4, 1},       {4, 4, 19},   {4, 4, 0xFFFFFFFF},
        {8, 4, 47},      {16, 4, 16},     {16, 4, 44},     {16, 4, 0x80000000},
        {20, 1, 1},      {22, 2, 7},      {22, 2, 29},     {22, 2, 27},  {22, 2, 0xFFFF},
        {24, 2, 2},      {24, 2, 0xFFFF}, {30, 2, 0},      {30, 2, 3},   {30, 2, 18},
        {30, 2, 16},     {30, 2, 24},     {30, 2, 0xFFFF}, {36, 1, 0},   {36, 1, 2},
        {37, 1, 0},      {37, 1, 2},      {37, 1, 15},     {37, 1, 16},  {37, 1, 255},
    };
    assert_true(reads(one_ace_sd()));
    for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
        struct span sd = one_ace_sd();
        memcpy(space + spoilt[i].at, &spoilt[i].value, spoilt[i].bytes);
        if (reads(sd))
            fail_msg("read with 0x%x at %u", spoilt[i].value, spoilt[i].at);
    }
}

static void test_free_space_in_an_acl(void **state)
{
    struct span sd = one_ace_sd();
    memset(space + sd.len, 0xEE, 8);
    space[22] += 8;
    assert_true(reads(span_of(space, sd.len + 8)));
    assert_false(reads(sd));
}

static void test_absent_and_null_acls(void **state)
{
    struct arena a;
    arena_init(&a);
    struct sd sd;
    struct span bytes = one_ace_sd();
    space[2] = 0; /* not present: its offset means nothing */
    space[19] = 0xFF;
    assert_true(sd_read(bytes, &a, &sd));
    assert_null(sd.dacl);
    assert_false(sd.control & SD_DACL_PRESENT);
    bytes = one_ace_sd();
    memset(space + 16, 0, 4);
    assert_true(sd_read(bytes, &a, &sd));
    assert_null(sd.dacl);
    assert_true(sd.control & SD_DACL_PRESENT);
    arena_fini(&a);
}

static void test_acl_too_large_to_say(void **state)
{
    struct arena a;
    arena_init(&a);
    struct acl acl = {ACL_REVISION, 4000, ARENA_ARRAY(&a, struct ace, 4000)};
    for (unsigned i = 0; i < acl.count; i++)
        acl.aces[i] = (struct ace){.type = ACE_ALLOWED, .sid = sid_everyone};
    struct sd sd = {.control = SD_DACL_PRESENT, .dacl = &acl};
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    sd_write(&w, &sd);
    assert_false(wr_done(&w));
    arena_fini(&a);
}

static void test_select(void **state)
{
    struct arena a;
    arena_init(&a);
    struct ace saces[] = {{.type = ACE_AUDIT, .sid = sid_everyone},
                          {.type = ACE_MANDATORY_LABEL, .sid = sid_system}};
    struct acl sacl = {ACL_REVISION, 2, saces};
    struct ace ace = {.type = ACE_ALLOWED, .sid = sid_everyone};
    struct acl dacl = {ACL_REVISION, 1, &ace};
    struct sd sd = {.control = SD_DACL_PRESENT | SD_DACL_PROTECTED | SD_SACL_PRESENT,
                    .has_owner = true, .owner = sid_system, .has_group = true,
                    .group = sid_users, .sacl = &sacl, .dacl = &dacl};
    struct sd some = sd_select(&sd, SECINFO_OWNER, &a);
    assert_true(some.has_owner);
    assert_false(some.has_group);
    assert_null(some.dacl);
    assert_null(some.sacl);
    assert_int_equal(some.control, 0);
    some = sd_select(&sd, SECINFO_DACL | SECINFO_LABEL, &a);
    assert_ptr_equal(some.dacl, &dacl);
    assert_int_equal(some.control, sd.control);
    assert_int_equal(some.sacl->count, 1);
    assert_int_equal(some.sacl->aces[0].type, ACE_MANDATORY_LABEL);
    some = sd_select(&sd, SECINFO_SACL, &a);
    assert_int_equal(some.sacl->count, 1);
    assert_int_equal(some.sacl->aces[0].type, ACE_AUDIT);
    arena_fini(&a);
}

static void test_generic_rights(void **state)
{
    assert_int_equal(access_map_generic(ACCESS_GENERIC_ALL), FILE_ALL_ACCESS);
    assert_int_equal(access_map_generic(ACCESS_GENERIC_READ), FILE_GENERIC_READ);
    assert_int_equal(access_map_generic(ACCESS_GENERIC_WRITE | ACCESS_DELETE),
                     FILE_GENERIC_WRITE | ACCESS_DELETE);
    assert_int_equal(access_map_generic(ACCESS_GENERIC_EXECUTE), FILE_GENERIC_EXECUTE);
    assert_int_equal(access_map_generic(ACCESS_MAXIMUM_ALLOWED), ACCESS_MAXIMUM_ALLOWED);
}

static void text_is(struct sid sid, const char *text)
{
    char buf[SID_TEXT_SIZE];
    assert_string_equal(sid_text(&sid, buf), text);
    struct sid parsed;
    assert_true(sid_parse(text, &parsed));
    assert_true(sid_equal(&parsed, &sid));
}

static void test_sid_text(void **state)
{
    text_is(sid_everyone, "S-1-1-0");
    text_is(sid_administrators, "S-1-5-32-544");
    text_is(sid_of_uid(1000), "S-1-22-1-1000");
    text_is(sid_of_gid(UINT32_MAX), "S-1-22-2-4294967295");
    text_is(sid_of_nfs(3, 0644), "S-1-5-88-3-420");
    struct sid big = {.authority = 0x123456789ABC, .count = 1, .sub = {7}};
    text_is(big, "S-1-0x123456789abc-7");
    struct sid longest = {.authority = UINT32_MAX};
    while (longest.count < SID_SUB_AUTHORITIES_MAX)
        longest = sid_append(&longest, UINT32_MAX);
    char buf[SID_TEXT_SIZE];
    struct sid parsed;
    assert_true(sid_parse(sid_text(&longest, buf), &parsed));
    assert_true(sid_equal(&parsed, &longest));
}

static void test_sid_text_wrong(void **state)
{
    static const char *const wrong[] = {
        "", "S-1", "S-1-", "S-1-5", "S-1-5-", "S-2-5-1", "s-1-5-1", "S-1-5--1", "S-1-5-+1",
        "S-1-5- 1", "S-1-5-1x", "S-1-5-4294967296", "S-1-281474976710656-1", "S-1-5-1-",
        "S-1-0x-1", "S-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "S-1-5-99999999999999999999999",
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct sid sid;
        if (sid_parse(wrong[i], &sid))
            fail_msg("%s is no SID", wrong[i]);
    }
}

static void test_sid_bytes(void **state)
{
    static const uint8_t administrators[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    sid_write(&w, &sid_administrators);
    assert_int_equal(wr_pos(&w), sizeof(administrators));
    assert_int_equal(sid_size(&sid_administrators), sizeof(administrators));
    assert_memory_equal(space, administrators, sizeof(administrators));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_free_space_in_an_acl),
        cmocka_unit_test(test_absent_and_null_acls),
        cmocka_unit_test(test_acl_too_large_to_say),
        cmocka_unit_test(test_select),
        cmocka_unit_test(test_generic_rights),
        cmocka_unit_test(test_sid_text),
        cmocka_unit_test(test_sid_text_wrong),
        cmocka_unit_test(test_sid_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
