/* SPDX-License-Identifier: Apache-2.0
 *
 * NEGOTIATE with contexts as a stranger would send them: doubled, unknown, empty, overlapping, too
 * many.  Each test builds a request by hand. */
#include "proto/negotiate.h"
#include "unit.h"

static uint8_t space[8192];

/* A request up to where its contexts begin, which are 8-aligned behind one dialect. */
static struct wr request_begin(uint16_t dialect, uint32_t contexts_at, uint16_t context_count)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    wr_zero(&w, SMB2_HEADER_SIZE);
    wr_u16(&w, 36);
    wr_u16(&w, 1);
    wr_zero(&w, 2 + 2 + 4 + 16);
    wr_u32(&w, contexts_at);
    wr_u16(&w, context_count);
    wr_u16(&w, 0);
    wr_u16(&w, dialect);
    wr_align(&w, 8);
    return w;
}

#define CONTEXTS_AT 104u

static void context(struct wr *w, uint16_t type, const void *data, uint16_t bytes)
{
    wr_align(w, 8);
    wr_u16(w, type);
    wr_u16(w, bytes);
    wr_u32(w, 0);
    wr_bytes(w, data, bytes);
}

static bool request_read(const struct wr *w, struct negotiate_req *req)
{
    struct rd r = rd_of(wr_written(w));
    rd_skip(&r, SMB2_HEADER_SIZE);
    return negotiate_req_read(&r, req);
}

static const uint8_t preauth[] = {1, 0, 2, 0, 1, 0, 0xAA, 0xBB};
static const uint8_t ciphers[] = {2, 0, 2, 0, 1, 0};

static void test_contexts(void **state)
{
    struct wr w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, 3);
    assert_int_equal(wr_pos(&w), CONTEXTS_AT);
    context(&w, NEGOTIATE_CONTEXT_PREAUTH, preauth, sizeof(preauth));
    context(&w, 0x7777, "unknown", 7);
    context(&w, NEGOTIATE_CONTEXT_ENCRYPTION, ciphers, sizeof(ciphers));
    struct negotiate_req req;
    assert_true(request_read(&w, &req));
    assert_int_equal(req.contexts.present, NEGOTIATE_HAS_PREAUTH | NEGOTIATE_HAS_ENCRYPTION);
    assert_false(req.contexts.duplicate);
    assert_true(negotiate_ids_contain(&req.contexts.hashes, SMB2_PREAUTH_SHA512));
    assert_int_equal(req.contexts.salt.len, 2);
    assert_int_equal(req.contexts.salt.p[1], 0xBB);
    assert_int_equal(req.contexts.ciphers.count, 2);
    assert_int_equal(req.contexts.ciphers.v[0], SMB2_CIPHER_AES128_GCM);
    assert_false(negotiate_ids_contain(&req.contexts.ciphers, SMB2_CIPHER_AES256_CCM));
}

static void test_duplicates_are_told(void **state)
{
    static const uint8_t other[] = {1, 0, 4, 0};
    struct wr w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, 2);
    context(&w, NEGOTIATE_CONTEXT_ENCRYPTION, ciphers, sizeof(ciphers));
    context(&w, NEGOTIATE_CONTEXT_ENCRYPTION, other, sizeof(other));
    struct negotiate_req req;
    assert_true(request_read(&w, &req));
    assert_true(req.contexts.duplicate);
    assert_int_equal(req.contexts.ciphers.v[0], SMB2_CIPHER_AES128_GCM);
}

static void test_dialects_before_311_have_none(void **state)
{
    struct wr w = request_begin(SMB2_DIALECT_302, 0xFFFFFFFF, 0xFFFF);
    struct negotiate_req req;
    assert_true(request_read(&w, &req));
    assert_int_equal(req.contexts.present, 0);
    assert_true(negotiate_req_offers(&req, SMB2_DIALECT_302));
    assert_false(negotiate_req_offers(&req, SMB2_DIALECT_311));
}

static void test_wrong_places(void **state)
{
    static const uint32_t offsets[] = {0, SMB2_HEADER_SIZE, 100, 8192, 0xFFFFFFF8};
    for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
        struct wr w = request_begin(SMB2_DIALECT_311, offsets[i], 1);
        context(&w, NEGOTIATE_CONTEXT_PREAUTH, preauth, sizeof(preauth));
        struct negotiate_req req;
        assert_false(request_read(&w, &req));
    }
}

static void test_counts(void **state)
{
    struct negotiate_req req;
    struct wr w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, LIMIT_NEGOTIATE_CONTEXTS_MAX);
    for (unsigned i = 0; i < LIMIT_NEGOTIATE_CONTEXTS_MAX; i++)
        context(&w, 0x7000, "", 0);
    assert_true(request_read(&w, &req));
    w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, LIMIT_NEGOTIATE_CONTEXTS_MAX + 1);
    for (unsigned i = 0; i <= LIMIT_NEGOTIATE_CONTEXTS_MAX; i++)
        context(&w, 0x7000, "", 0);
    assert_false(request_read(&w, &req));
    w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, 2);
    context(&w, NEGOTIATE_CONTEXT_PREAUTH, preauth, sizeof(preauth));
    assert_false(request_read(&w, &req));
    w = request_begin(SMB2_DIALECT_311, 0, 0);
    assert_true(request_read(&w, &req));
    assert_int_equal(req.contexts.present, 0);
}

static void test_empty_and_cut_lists(void **state)
{
    static const struct {
        uint16_t type;
        uint8_t data[8];
        uint16_t bytes;
    } wrong[] = {
        {NEGOTIATE_CONTEXT_PREAUTH, {0, 0, 0, 0}, 4},
        {NEGOTIATE_CONTEXT_PREAUTH, {1, 0, 3, 0, 1, 0, 9, 9}, 8},
        {NEGOTIATE_CONTEXT_PREAUTH, {1, 0, 0, 0}, 4},
        {NEGOTIATE_CONTEXT_ENCRYPTION, {0, 0}, 2},
        {NEGOTIATE_CONTEXT_ENCRYPTION, {0xFF, 0xFF, 1, 0}, 4},
        {NEGOTIATE_CONTEXT_ENCRYPTION, {1}, 1},
        {NEGOTIATE_CONTEXT_SIGNING, {0, 0}, 2},
        {NEGOTIATE_CONTEXT_SIGNING, {2, 0, 1, 0}, 4},
        {NEGOTIATE_CONTEXT_COMPRESSION, {0, 0, 0, 0, 0, 0, 0, 0}, 8},
        {NEGOTIATE_CONTEXT_TRANSPORT, {1, 0, 0}, 3},
        {NEGOTIATE_CONTEXT_RDMA_TRANSFORM, {1, 0, 0, 0, 0, 0, 0, 0}, 8},
        {NEGOTIATE_CONTEXT_POSIX, {0x93, 0xAD}, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct wr w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, 1);
        context(&w, wrong[i].type, wrong[i].data, wrong[i].bytes);
        struct negotiate_req req;
        if (request_read(&w, &req))
            fail_msg("list %zu was read", i);
    }
}

static void test_more_algorithms_than_we_keep(void **state)
{
    uint8_t many[2 + 2 * 40] = {40};
    for (uint8_t i = 0; i < 40; i++)
        many[2 + 2 * i] = (uint8_t)(i + 1);
    struct wr w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, 1);
    context(&w, NEGOTIATE_CONTEXT_SIGNING, many, sizeof(many));
    struct negotiate_req req;
    assert_true(request_read(&w, &req));
    assert_int_equal(req.contexts.signings.count, NEGOTIATE_IDS_MAX);
    assert_int_equal(req.contexts.signings.v[NEGOTIATE_IDS_MAX - 1], NEGOTIATE_IDS_MAX);
}

static void test_unknown_posix_version_is_absent(void **state)
{
    struct wr w = request_begin(SMB2_DIALECT_311, CONTEXTS_AT, 1);
    context(&w, NEGOTIATE_CONTEXT_POSIX, "another version!", 16);
    struct negotiate_req req;
    assert_true(request_read(&w, &req));
    assert_int_equal(req.contexts.present, 0);
}

static void test_dialect_counts(void **state)
{
    struct negotiate_req req;
    struct wr w = request_begin(SMB2_DIALECT_210, 0, 0);
    space[SMB2_HEADER_SIZE + 2] = 0;
    assert_true(request_read(&w, &req));
    assert_int_equal(req.dialect_count, 0);
    wr_zero(&w, 2 * (LIMIT_DIALECTS_MAX + 1));
    space[SMB2_HEADER_SIZE + 2] = LIMIT_DIALECTS_MAX;
    assert_true(request_read(&w, &req));
    space[SMB2_HEADER_SIZE + 2] = LIMIT_DIALECTS_MAX + 1;
    assert_false(request_read(&w, &req));
    space[SMB2_HEADER_SIZE + 3] = 0xFF;
    assert_false(request_read(&w, &req));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_duplicates_are_told),
        cmocka_unit_test(test_dialects_before_311_have_none),
        cmocka_unit_test(test_wrong_places),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_empty_and_cut_lists),
        cmocka_unit_test(test_more_algorithms_than_we_keep),
        cmocka_unit_test(test_unknown_posix_version_is_absent),
        cmocka_unit_test(test_dialect_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
