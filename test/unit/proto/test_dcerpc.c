/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's half of RPC: its PDUs byte by byte, and answers that lie. */
#include "proto/dcerpc.h"
#include "proto/srvsvc.h"
#include "unit.h"

static uint8_t space[8192];

static void test_bind_bytes(void **state)
{
    static const uint8_t expected[72] = {
        5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0xB8, 0x10, 0xB8, 0x10, 0, 0, 0, 0,
        1, 0, 0, 0, 0, 0, 1, 0, 0xC8, 0x4F, 0x32, 0x4B, 0x70, 0x16, 0xD3, 0x01, 0x12, 0x78, 0x5A,
        0x47, 0xBF, 0x6E, 0xE1, 0x88, 3, 0, 0, 0, 0x04, 0x5D, 0x88, 0x8A, 0xEB, 0x1C, 0xC9, 0x11,
        0x9F, 0xE8, 0x08, 0x00, 0x2B, 0x10, 0x48, 0x60, 2, 0, 0, 0,
    };
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    dcerpc_bind_write(&w, &(struct dcerpc_header){.type = DCERPC_BIND, .call_id = 1},
                      &(struct dcerpc_bind){.transmit_bytes_max = DCERPC_FRAGMENT_BYTES_MAX,
                                            .receive_bytes_max = DCERPC_FRAGMENT_BYTES_MAX,
                                            .context_count = 1,
                                            .contexts = {{0, dcerpc_interface_srvsvc}}});
    assert_true(wr_done(&w));
    assert_int_equal(wr_pos(&w), sizeof(expected));
    assert_memory_equal(space, expected, sizeof(expected));
}

static void test_request_bytes(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    dcerpc_request_write(&w, 2, &(struct dcerpc_request){0, 15, {(const uint8_t *)"stub", 4}});
    static const uint8_t expected[28] = {5, 0, 0, 3, 0x10, 0, 0, 0, 28, 0, 0, 0, 2, 0, 0, 0, 4, 0,
                                         0, 0, 0, 0, 15, 0, 's', 't', 'u', 'b'};
    assert_int_equal(wr_pos(&w), sizeof(expected));
    assert_memory_equal(space, expected, sizeof(expected));
}

static void test_headers(void **state)
{
    static const uint8_t good[16] = {5, 0, 2, 3, 0x10, 0, 0, 0, 24, 0, 8, 0, 1, 0, 0, 0};
    static const uint8_t wrong[][2] = {{0, 4}, {4, 0}, {4, 0x11}, {8, 15}, {10, 9}};
    struct dcerpc_header h;
    struct rd r = rd_of(span_of(good, sizeof(good)));
    assert_true(dcerpc_header_read(&r, &h));
    assert_int_equal(h.fragment_bytes, 24);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        memcpy(space, good, sizeof(good));
        space[wrong[i][0]] = wrong[i][1];
        r = rd_of(span_of(space, sizeof(good)));
        assert_false(dcerpc_header_read(&r, &h));
    }
}

static bool response_reads(uint16_t auth_bytes, uint8_t padding, size_t body, size_t *ret_stub)
{
    memset(space, 0, sizeof(space));
    struct dcerpc_header h = {.type = DCERPC_RESPONSE, .auth_bytes = auth_bytes};
    if (body >= 8u + auth_bytes)
        space[body - auth_bytes - 8 + 2] = padding;
    struct rd r = rd_of(span_of(space, body));
    struct dcerpc_response rsp;
    if (!dcerpc_response_read(&r, &h, &rsp))
        return false;
    *ret_stub = rsp.stub.len;
    return true;
}

static void test_trailers(void **state)
{
    size_t stub;
    assert_true(response_reads(0, 0, 8 + 10, &stub));
    assert_int_equal(stub, 10);
    assert_true(response_reads(16, 2, 8 + 10 + 2 + 8 + 16, &stub));
    assert_int_equal(stub, 10);
    assert_true(response_reads(16, 0, 8 + 8 + 16, &stub));
    assert_int_equal(stub, 0);
    assert_false(response_reads(16, 1, 8 + 8 + 16, &stub));
    assert_false(response_reads(16, 0, 8 + 8 + 15, &stub));
    assert_false(response_reads(65535, 0, 100, &stub));
    assert_false(response_reads(0, 0, 7, &stub));
}

static size_t list_write(void)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    struct ndr_out o = ndr_out_of(&w);
    ndr_wr_u32(&o, 1);
    ndr_wr_u32(&o, 1);
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 1); /* 12: how many entries */
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, 1); /* 20: once more */
    ndr_wr_pointer(&o);
    ndr_wr_u32(&o, SRVSVC_TYPE_DISK);
    ndr_wr_pointer(&o); /* 32: the comment */
    ndr_wr_string(&o, "ab"); /* 36: 3, 0, 3 units */
    ndr_wr_string(&o, "c");
    ndr_wr_u32(&o, 1);
    ndr_wr_null(&o);
    ndr_wr_u32(&o, WERR_OK);
    assert_true(wr_done(&w));
    return wr_pos(&w);
}

static bool list_reads(size_t size)
{
    struct arena a;
    arena_init(&a);
    struct srvsvc_share_list list;
    bool good = srvsvc_share_enum_rsp_read(span_of(space, size), &a, &list);
    arena_fini(&a);
    return good;
}

static void test_share_list(void **state)
{
    struct arena a;
    arena_init(&a);
    struct srvsvc_share_list list;
    assert_true(srvsvc_share_enum_rsp_read(span_of(space, list_write()), &a, &list));
    assert_int_equal(list.count, 1);
    assert_true(span_equal(list.entries[0].name, span_of("a\0b\0", 4)));
    assert_true(span_equal(list.entries[0].comment, span_of("c\0", 2)));
    assert_int_equal(list.entries[0].type, SRVSVC_TYPE_DISK);
    arena_fini(&a);
}

static void test_share_list_lies(void **state)
{
    static const struct {
        uint8_t at;
        uint32_t value;
    } lies[] = {
        {0, 2},  {4, 502}, {12, 0}, {12, 2}, {12, 0xFFFFFFFF}, {20, 2}, {20, 0xFFFFFFFF},
        {36, 2}, {40, 1},  {44, 0}, {44, 2}, {44, 0x80000003}, {44, 0xFFFFFFFF},
    };
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        size_t size = list_write();
        memcpy(space + lies[i].at, &lies[i].value, 4);
        if (list_reads(size))
            fail_msg("believed %u at %u", lies[i].value, lies[i].at);
    }
    size_t size = list_write();
    for (size_t cut = 1; cut <= size; cut++)
        assert_false(list_reads(size - cut));
}

static void test_refused_list(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    struct ndr_out o = ndr_out_of(&w);
    ndr_wr_u32(&o, 1);
    ndr_wr_u32(&o, 1);
    ndr_wr_null(&o);
    ndr_wr_u32(&o, 0);
    ndr_wr_null(&o);
    ndr_wr_u32(&o, WERR_NOT_SUPPORTED);
    struct arena a;
    arena_init(&a);
    struct srvsvc_share_list list;
    assert_true(srvsvc_share_enum_rsp_read(wr_written(&w), &a, &list));
    assert_int_equal(list.count, 0);
    assert_int_equal(list.werror, WERR_NOT_SUPPORTED);
    arena_fini(&a);
}

static void test_share_list_request(void **state)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    srvsvc_share_enum_req_write(&w, "host");
    assert_true(wr_done(&w));
    struct rd r = rd_of(wr_written(&w));
    assert_true(ndr_rd_pointer(&r));
    assert_true(span_equal(ndr_rd_wstring(&r), span_of("h\0o\0s\0t\0", 8)));
    assert_int_equal(ndr_rd_u32(&r), 1);
    assert_int_equal(ndr_rd_u32(&r), 1);
    assert_true(ndr_rd_pointer(&r));
    assert_int_equal(ndr_rd_u32(&r), 0);
    assert_false(ndr_rd_pointer(&r));
    assert_int_equal(ndr_rd_u32(&r), 0xFFFFFFFF);
    assert_true(ndr_rd_pointer(&r));
    assert_int_equal(ndr_rd_u32(&r), 0);
    assert_int_equal(rd_left(&r), 0);
    assert_true(rd_done(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind_bytes),      cmocka_unit_test(test_request_bytes),
        cmocka_unit_test(test_headers),         cmocka_unit_test(test_trailers),
        cmocka_unit_test(test_share_list),      cmocka_unit_test(test_share_list_lies),
        cmocka_unit_test(test_refused_list),    cmocka_unit_test(test_share_list_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
