/* SPDX-License-Identifier: Apache-2.0
 *
 * Create contexts as five CVEs of other servers knew them: past the end, overlapping, doubled, of
 * the wrong size, with tags of odd lengths. */
#include "proto/create_context.h"
#include "base/limits.h"
#include "unit.h"

struct entry {
    const char *tag;
    uint16_t tag_bytes;
    uint32_t data_bytes;
};

static uint8_t space[8192];

/* An entry whose fields can then be spoilt by its position. */
static void entry_add(struct wr *w, const struct entry *e, bool last)
{
    size_t begin = wr_pos(w);
    uint32_t data_at = (uint32_t)align_up(16u + e->tag_bytes, 8);
    uint32_t size = (uint32_t)align_up(data_at + e->data_bytes, 8);
    wr_u32(w, last ? 0 : size);
    wr_u16(w, 16);
    wr_u16(w, e->tag_bytes);
    wr_u16(w, 0);
    wr_u16(w, (uint16_t)data_at);
    wr_u32(w, e->data_bytes);
    wr_bytes(w, e->tag, e->tag_bytes);
    wr_zero(w, begin + size - wr_pos(w));
}

static bool list_read(const struct entry *entries, unsigned count, struct create_contexts_req *c)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    for (unsigned i = 0; i < count; i++)
        entry_add(&w, &entries[i], i + 1 == count);
    assert_true(wr_done(&w));
    return create_contexts_req_read(wr_written(&w), c);
}

static const struct {
    struct entry entry;
    uint32_t bit;
    bool any_size;
} kinds[] = {
    {{"ExtA", 4, 12}, CREATE_HAS_EXTA, true},
    {{"SecD", 4, 20}, CREATE_HAS_SECD, true},
    {{"AlSi", 4, 8}, CREATE_HAS_ALSI, false},
    {{"MxAc", 4, 8}, CREATE_HAS_MXAC, false},
    {{"TWrp", 4, 8}, CREATE_HAS_TWRP, false},
    {{"QFid", 4, 0}, CREATE_HAS_QFID, false},
    {{"RqLs", 4, 32}, CREATE_HAS_RQLS, false},
    {{"RqLs", 4, 52}, CREATE_HAS_RQLS, false},
    {{"DHnQ", 4, 16}, CREATE_HAS_DHNQ, false},
    {{"DHnC", 4, 16}, CREATE_HAS_DHNC, false},
    {{"DH2Q", 4, 32}, CREATE_HAS_DH2Q, false},
    {{"DH2C", 4, 36}, CREATE_HAS_DH2C, false},
    {{"\x93\xAD\x25\x50\x9C\xB4\x11\xE7\xB4\x23\x83\xDE\x96\x8B\xCD\x7C", 16, 4},
     CREATE_HAS_POSIX, false},
    {{"AAPL", 4, 24}, CREATE_HAS_AAPL, true},
};

static void test_each_kind_and_its_sizes(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct create_contexts_req c;
        struct entry e = kinds[i].entry;
        assert_true(list_read(&e, 1, &c));
        assert_int_equal(c.present, kinds[i].bit);
        if (kinds[i].any_size)
            continue;
        e.data_bytes++;
        assert_false(list_read(&e, 1, &c));
        e.data_bytes = kinds[i].entry.data_bytes - 1;
        if (kinds[i].entry.data_bytes)
            assert_false(list_read(&e, 1, &c));
    }
}

static void test_application_instance_sizes_inside(void **state)
{
    static const char id[] = "\x45\xBC\xA6\x6A\xEF\xA7\xF7\x4A\x90\x08\xFA\x46\x2E\x14\x4D\x74";
    static const char version[] =
        "\xB9\x82\xD0\xB7\x3B\x56\x07\x4F\xA0\x7B\x52\x4A\x81\x16\xA0\x10";
    struct create_contexts_req c;
    /* Their data begins with its own size, which is zero here. */
    assert_false(list_read(&(struct entry){id, 16, 20}, 1, &c));
    assert_false(list_read(&(struct entry){version, 16, 24}, 1, &c));
    space[32] = 24;
    assert_true(create_contexts_req_read(span_of(space, 56), &c));
    assert_int_equal(c.present, CREATE_HAS_APP_INSTANCE_VERSION);
}

static void test_duplicates(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct entry twice[] = {kinds[i].entry, kinds[i].entry};
        struct create_contexts_req c;
        assert_false(list_read(twice, 2, &c));
    }
    static const struct entry unknown_twice[] = {{"What", 4, 8}, {"What", 4, 8}};
    struct create_contexts_req c;
    assert_true(list_read(unknown_twice, 2, &c));
    assert_int_equal(c.present, 0);
}

static void test_unknown_are_skipped(void **state)
{
    static const struct entry entries[] = {
        {"\x9C\xCB\xCF\x9E\x04\xC1\xE6\x43\x98\x0E\x15\x8D\xA1\xF6\xEC\x83", 16, 100},
        {"TWrp", 4, 8},
        {"A name of 20 bytes..", 20, 3},
        {"AlSix", 5, 8},
    };
    struct create_contexts_req c;
    assert_true(list_read(entries, ARRAY_LEN(entries), &c));
    assert_int_equal(c.present, CREATE_HAS_TWRP);
}

static void test_short_tags(void **state)
{
    for (uint16_t bytes = 0; bytes < 4; bytes++) {
        struct create_contexts_req c;
        assert_false(list_read(&(struct entry){"AlSi", bytes, 8}, 1, &c));
    }
}

static void test_count(void **state)
{
    struct entry entries[LIMIT_CREATE_CONTEXTS_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(entries); i++)
        entries[i] = (struct entry){"What", 4, 0};
    struct create_contexts_req c;
    assert_true(list_read(entries, LIMIT_CREATE_CONTEXTS_MAX, &c));
    assert_false(list_read(entries, LIMIT_CREATE_CONTEXTS_MAX + 1, &c));
}

/* Offsets and lengths of an entry of 32 bytes, spoilt one by one. */
static void test_places(void **state)
{
    static const struct {
        uint8_t at, bytes;
        uint32_t value;
    } spoilt[] = {
        {0, 4, 32},  {0, 4, 4},       {0, 4, 12},         {0, 4, 0xFFFFFFF8}, {4, 2, 15},
        {4, 2, 0},   {4, 2, 29},      {4, 2, 0xFFFF},     {6, 2, 17},         {6, 2, 0xFFFF},
        {10, 2, 15}, {10, 2, 25},     {10, 2, 0xFFFF},    {12, 4, 9},         {12, 4, 0xFFFFFFFF},
        {12, 4, 7},  {12, 4, 1u << 31},
    };
    for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
        struct wr w = wr_of(mspan_of(space, sizeof(space)));
        entry_add(&w, &(struct entry){"AlSi", 4, 8}, true);
        memcpy(space + spoilt[i].at, &spoilt[i].value, spoilt[i].bytes);
        struct create_contexts_req c = {.present = 99};
        if (create_contexts_req_read(wr_written(&w), &c))
            fail_msg("read with %u at %u", spoilt[i].value, spoilt[i].at);
        assert_int_equal(c.present, 99);
    }
}

static void test_link_must_be_aligned(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    entry_add(&w, &(struct entry){"What", 4, 12}, false);
    entry_add(&w, &(struct entry){"AlSi", 4, 8}, true);
    struct create_contexts_req c;
    assert_true(create_contexts_req_read(wr_written(&w), &c));
    space[0] = 36;
    assert_false(create_contexts_req_read(wr_written(&w), &c));
}

static void test_empty_list(void **state)
{
    struct create_contexts_req req;
    struct create_contexts_rsp rsp;
    assert_true(create_contexts_req_read((struct span){0}, &req));
    assert_true(create_contexts_rsp_read((struct span){0}, &rsp));
    assert_int_equal(req.present | rsp.present, 0);
}

static void test_lease_versions(void **state)
{
    struct create_contexts_req c;
    assert_true(list_read(&(struct entry){"RqLs", 4, 32}, 1, &c));
    assert_int_equal(c.lease.version, 1);
    assert_true(list_read(&(struct entry){"RqLs", 4, 52}, 1, &c));
    assert_int_equal(c.lease.version, 2);
}

static void test_requests_in_responses_are_skipped(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    entry_add(&w, &(struct entry){"TWrp", 4, 8}, false);
    entry_add(&w, &(struct entry){"MxAc", 4, 8}, true);
    struct create_contexts_rsp c;
    assert_true(create_contexts_rsp_read(wr_written(&w), &c));
    assert_int_equal(c.present, CREATE_HAS_MXAC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_and_its_sizes),
        cmocka_unit_test(test_application_instance_sizes_inside),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_unknown_are_skipped),
        cmocka_unit_test(test_short_tags),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_link_must_be_aligned),
        cmocka_unit_test(test_empty_list),
        cmocka_unit_test(test_lease_versions),
        cmocka_unit_test(test_requests_in_responses_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
