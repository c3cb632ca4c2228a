/* SPDX-License-Identifier: Apache-2.0
 *
 * The headers, byte by byte. */
#include "proto/smb2.h"
#include "unit.h"

static const uint8_t request[SMB2_HEADER_SIZE] = {
    0xFE, 'S',  'M',  'B',  64,   0,    2,    0,    /* id, size, charge */
    0x07, 0x00, 0x00, 0x00, 0x08, 0x00, 0x1F, 0x00, /* channel sequence, command, credits */
    0x08, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00, 0x00, /* flags, next */
    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, /* message id */
    0xFF, 0xFE, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, /* process, tree */
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, /* session */
    1,    2,    3,    4,    5,    6,    7,    8,    9, 10, 11, 12, 13, 14, 15, 16,
};

static void test_request_header(void **state)
{
    struct rd r = rd_of(span_of(request, sizeof(request)));
    struct smb2_header h;
    assert_true(smb2_header_read(&r, &h));
    assert_int_equal(h.credit_charge, 2);
    assert_int_equal(h.channel_sequence, 7);
    assert_int_equal(h.command, SMB2_CMD_READ);
    assert_int_equal(h.credits, 31);
    assert_int_equal(h.flags, SMB2_FLAG_SIGNED | SMB2_FLAG_REPLAY);
    assert_int_equal(h.message_id, 0x8877665544332211);
    assert_int_equal(h.process_id, 0xFEFF);
    assert_int_equal(h.tree_id, 5);
    assert_int_equal(h.session_id, 0x0807060504030201);
    assert_memory_equal(h.signature, request + SMB2_HEADER_SIGNATURE_AT, SMB2_SIGNATURE_SIZE);

    uint8_t space[SMB2_HEADER_SIZE];
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    smb2_header_write(&w, &h);
    assert_true(wr_done(&w));
    assert_memory_equal(space, request, sizeof(request));
}

static void test_response_has_status_and_async_id(void **state)
{
    uint8_t space[SMB2_HEADER_SIZE];
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    smb2_header_write(&w, &(struct smb2_header){.flags = SMB2_FLAG_RESPONSE | SMB2_FLAG_ASYNC,
                                                .status = STATUS_ACCESS_DENIED,
                                                .channel_sequence = 1,
                                                .async_id = 0x1122334455667788,
                                                .tree_id = 9});
    struct rd r = rd_of(wr_written(&w));
    struct smb2_header h;
    assert_true(smb2_header_read(&r, &h));
    assert_true(nt_is(h.status, STATUS_ACCESS_DENIED));
    assert_int_equal(h.async_id, 0x1122334455667788);
    assert_int_equal(h.tree_id, 0);
}

static void test_where_fields_are_patched(void **state)
{
    assert_int_equal(request[SMB2_HEADER_CREDITS_AT], 0x1F);
    assert_int_equal(request[SMB2_HEADER_FLAGS_AT], SMB2_FLAG_SIGNED);
    assert_int_equal(request[SMB2_HEADER_MESSAGE_ID_AT], 0x11);
    assert_int_equal(SMB2_HEADER_NEXT_COMMAND_AT, SMB2_HEADER_FLAGS_AT + 4);
}

static void test_wrong_headers(void **state)
{
    static const size_t at[] = {0, 1, 3, 4, 5};
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        uint8_t bytes[SMB2_HEADER_SIZE];
        memcpy(bytes, request, sizeof(bytes));
        bytes[at[i]] ^= 1;
        struct rd r = rd_of(span_of(bytes, sizeof(bytes)));
        struct smb2_header h = {.command = 77};
        assert_false(smb2_header_read(&r, &h));
        assert_int_equal(h.command, 77);
    }
}

static void test_transform_header_layout(void **state)
{
    uint8_t space[SMB2_TRANSFORM_HEADER_SIZE];
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    smb2_transform_header_write(&w, &(struct smb2_transform_header){.signature = {1},
                                                                    .nonce = {2},
                                                                    .original_size = 0x01020304,
                                                                    .flags = 1,
                                                                    .session_id = 5});
    assert_true(wr_done(&w));
    assert_int_equal(wr_pos(&w), SMB2_TRANSFORM_HEADER_SIZE);
    assert_int_equal(space[0], 0xFD);
    assert_int_equal(space[SMB2_TRANSFORM_SIGNATURE_AT], 1);
    assert_int_equal(space[SMB2_TRANSFORM_NONCE_AT], 2);
    assert_int_equal(space[36], 4);
    assert_int_equal(space[42], 1);
    assert_int_equal(space[44], 5);
    space[0] = 0xFE;
    struct rd r = rd_of(wr_written(&w));
    struct smb2_transform_header h;
    assert_false(smb2_transform_header_read(&r, &h));
}

static void test_charge(void **state)
{
    assert_int_equal(smb2_credit_charge(0), 1);
    assert_int_equal(smb2_credit_charge(65536), 1);
    assert_int_equal(smb2_credit_charge(65537), 2);
    assert_int_equal(smb2_credit_charge(8u << 20), 128);
    assert_int_equal(smb2_credit_charge(UINT32_MAX), 65536);
}

static void test_names(void **state)
{
    assert_string_equal(smb2_command_name(SMB2_CMD_NEGOTIATE), "NEGOTIATE");
    assert_string_equal(smb2_command_name(SMB2_CMD_OPLOCK_BREAK), "OPLOCK_BREAK");
    assert_string_equal(smb2_command_name(SMB2_CMD_COUNT), "UNKNOWN");
    assert_string_equal(smb2_command_name(0xFFFF), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_header),
        cmocka_unit_test(test_response_has_status_and_async_id),
        cmocka_unit_test(test_where_fields_are_patched),
        cmocka_unit_test(test_wrong_headers),
        cmocka_unit_test(test_transform_header_layout),
        cmocka_unit_test(test_charge),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
