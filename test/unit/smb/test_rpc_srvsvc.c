/* SPDX-License-Identifier: Apache-2.0
 *
 * The server service: stubs as clients send them and what has to come back. */
#include "proto/ndr.h"
#include "smb/rpc.h"
#include "unit.h"

static const struct rpc_share shares[] = {
    {.name = "data", .comment = "Some data", .type = RPC_SHARE_DISK, .uses = 2},
    {.name = "secret", .comment = "", .type = RPC_SHARE_DISK, .hidden = true},
    {.name = "IPC$", .comment = "Pipes", .type = RPC_SHARE_IPC | RPC_SHARE_SPECIAL},
};

static unsigned shares_get(const struct rpc_host *h, struct arena *a,
                           struct rpc_share **ret_shares)
{
    *ret_shares = arena_memdup(a, shares, sizeof(shares));
    return ARRAY_LEN(shares);
}

static const struct rpc_host host = {
    .server_name = "BRAID", .domain = "WORKGROUP", .comment = "files", .shares = shares_get};

struct fixture {
    struct arena arena;
    uint8_t in_buf[512], out_buf[4096];
    struct wr in, out;
    struct ndr_out ndr; /* over `in` */
};

static int setup(void **state)
{
    struct fixture *f = NEW(struct fixture);
    f->in = wr_of(mspan_of(f->in_buf, sizeof(f->in_buf)));
    f->out = wr_of(mspan_of(f->out_buf, sizeof(f->out_buf)));
    f->ndr = ndr_out_of(&f->in);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    free(f);
    return 0;
}

static uint32_t call(struct fixture *f, uint16_t opnum)
{
    struct rpc_call c = {.host = &host, .arena = &f->arena, .opnum = opnum};
    struct rd in = rd_of(wr_written(&f->in));
    return rpc_srvsvc.call(&c, &in, &f->out);
}

static void enum_request(struct fixture *f, uint32_t level)
{
    ndr_wr_pointer(&f->ndr);
    ndr_wr_string(&f->ndr, "\\\\server");
    ndr_wr_u32(&f->ndr, level);
    ndr_wr_u32(&f->ndr, level);
    ndr_wr_pointer(&f->ndr);
    ndr_wr_u32(&f->ndr, 0);
    ndr_wr_null(&f->ndr);
    ndr_wr_u32(&f->ndr, 0xFFFFFFFF);
    ndr_wr_pointer(&f->ndr);
    ndr_wr_u32(&f->ndr, 0);
}

static void lists_shares_and_hides_hidden_ones(void **state)
{
    struct fixture *f = *state;
    enum_request(f, 1);
    assert_int_equal(call(f, 15), RPC_OK);
    struct rd r = rd_of(wr_written(&f->out));
    assert_int_equal(ndr_rd_u32(&r), 1);
    assert_int_equal(ndr_rd_u32(&r), 1);
    assert_true(ndr_rd_pointer(&r));
    assert_int_equal(ndr_rd_u32(&r), 2);
    assert_true(ndr_rd_pointer(&r));
    assert_int_equal(ndr_rd_u32(&r), 2);
    for (int i = 0; i < 2; i++) {
        assert_true(ndr_rd_pointer(&r));
        assert_int_equal(ndr_rd_u32(&r), i ? shares[2].type : shares[0].type);
        assert_true(ndr_rd_pointer(&r));
    }
    assert_string_equal(ndr_rd_string(&r, &f->arena), "data");
    assert_string_equal(ndr_rd_string(&r, &f->arena), "Some data");
    assert_string_equal(ndr_rd_string(&r, &f->arena), "IPC$");
    assert_string_equal(ndr_rd_string(&r, &f->arena), "Pipes");
    assert_int_equal(ndr_rd_u32(&r), 2);
    assert_true(ndr_rd_pointer(&r));
    assert_int_equal(ndr_rd_u32(&r), 0);
    assert_int_equal(ndr_rd_u32(&r), WERR_OK);
    assert_true(rd_done(&r));
    assert_int_equal(rd_left(&r), 0);
}

static uint32_t last_u32(const struct fixture *f)
{
    uint32_t v;
    memcpy(&v, f->out.at - 4, 4);
    return v;
}

static void every_level_answers(void **state)
{
    struct fixture *f = *state;
    const uint32_t levels[] = {0, 1, 2, 501, 502};
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        f->in.at = f->in.base;
        f->out.at = f->out.base;
        enum_request(f, levels[i]);
        assert_int_equal(call(f, 15), RPC_OK);
        assert_int_equal(last_u32(f), WERR_OK);
    }
}

static void unknown_level(void **state)
{
    struct fixture *f = *state;
    enum_request(f, 503);
    assert_int_equal(call(f, 15), RPC_OK);
    assert_int_equal(last_u32(f), WERR_INVALID_LEVEL);
    struct rd r = rd_of(wr_written(&f->out));
    rd_skip(&r, 8);
    assert_false(ndr_rd_pointer(&r));
    f->in.at = f->in.base;
    f->out.at = f->out.base;
    ndr_wr_null(&f->ndr);
    ndr_wr_u32(&f->ndr, 402);
    assert_int_equal(call(f, 21), RPC_OK);
    assert_int_equal(wr_pos(&f->out), 12);
    assert_int_equal(last_u32(f), WERR_INVALID_LEVEL);
}

static void one_share_by_name(void **state)
{
    struct fixture *f = *state;
    ndr_wr_null(&f->ndr);
    ndr_wr_string(&f->ndr, "SECRET");
    ndr_wr_u32(&f->ndr, 2);
    assert_int_equal(call(f, 16), RPC_OK);
    assert_int_equal(last_u32(f), WERR_OK);
    f->in.at = f->in.base;
    ndr_wr_null(&f->ndr);
    ndr_wr_string(&f->ndr, "nothing");
    ndr_wr_u32(&f->ndr, 1);
    assert_int_equal(call(f, 16), RPC_OK);
    assert_int_equal(last_u32(f), WERR_NET_NAME_NOT_FOUND);
}

static void truncated_stubs_are_faults(void **state)
{
    struct fixture *f = *state;
    enum_request(f, 1);
    size_t whole = wr_pos(&f->in);
    struct rpc_call c = {.host = &host, .arena = &f->arena, .opnum = 15};
    for (size_t len = 0; len < whole; len++) {
        struct rd in = rd_of(span_of(f->in_buf, len));
        f->out.at = f->out.base;
        assert_int_equal(rpc_srvsvc.call(&c, &in, &f->out), RPC_FAULT_BAD_STUB_DATA);
    }
}

static void other_peoples_business_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(call(f, 12), RPC_FAULT_ACCESS_DENIED);
    assert_int_equal(call(f, 200), RPC_FAULT_OP_RANGE);
}

static void share_names_are_judged(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *name;
        uint32_t result;
    } cases[] = {{"data", WERR_OK}, {"a/b", WERR_INVALID_NAME}, {"a\tb", WERR_INVALID_NAME}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        f->in.at = f->in.base;
        ndr_wr_null(&f->ndr);
        ndr_wr_string(&f->ndr, cases[i].name);
        ndr_wr_u32(&f->ndr, 9);
        ndr_wr_u32(&f->ndr, 0);
        assert_int_equal(call(f, 33), RPC_OK);
        assert_int_equal(last_u32(f), cases[i].result);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(lists_shares_and_hides_hidden_ones),
        T(every_level_answers),
        T(unknown_level),
        T(one_share_by_name),
        T(truncated_stubs_are_faults),
        T(other_peoples_business_is_refused),
        T(share_names_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
