/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels inside IOCTL, SET_INFO and EA lists, when it is wrong. */
#include "proto/fsctl.h"
#include "proto/ea.h"
#include "proto/notify.h"
#include "proto/reparse.h"
#include "proto/set_info.h"
#include "proto/smb1_negotiate.h"
#include "unit.h"

static uint8_t space[8192];

static void test_ranges(void **state)
{
    static const struct {
        uint64_t begin, end;
        bool good;
    } ranges[] = {
        {0, 0, true}, {5, 5, true}, {5, 4, false}, {0, INT64_MAX, true},
        {0, 1ull << 63, false}, {UINT64_MAX, UINT64_MAX, false}, {UINT64_MAX, 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        struct file_range range;
        struct wr w = wr_of(mspan_of(space, 16));
        wr_u64(&w, ranges[i].begin);
        wr_u64(&w, ranges[i].end);
        assert_int_equal(zero_data_req_read(wr_written(&w), &range), ranges[i].good);
        if (ranges[i].good)
            assert_int_equal(range.length, ranges[i].end - ranges[i].begin);
        assert_false(zero_data_req_read(span_of(space, 15), &range));
    }
}

static void test_sparse(void **state)
{
    bool sparse = false;
    assert_true(set_sparse_req_read((struct span){0}, &sparse));
    assert_true(sparse);
    assert_true(set_sparse_req_read(span_of("\0", 1), &sparse));
    assert_false(sparse);
}

static void test_copychunk_counts(void **state)
{
    static struct copychunk_req req;
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    wr_zero(&w, 24);
    wr_u32(&w, COPYCHUNKS_MAX + 1);
    wr_u32(&w, 0);
    /* Told, not refused: the answer says the server's limits. */
    assert_true(copychunk_req_read(wr_written(&w), &req));
    assert_int_equal(req.count, COPYCHUNKS_MAX + 1);
    wr_patch_u32(&w, 24, 2);
    wr_zero(&w, 47);
    assert_false(copychunk_req_read(wr_written(&w), &req));
    wr_u8(&w, 0);
    assert_true(copychunk_req_read(wr_written(&w), &req));
    wr_patch_u32(&w, 24, COPYCHUNKS_MAX);
    assert_false(copychunk_req_read(wr_written(&w), &req));
}

static void test_validate_counts(void **state)
{
    struct validate_negotiate_req req;
    memset(space, 0, sizeof(space));
    space[22] = FSCTL_VALIDATE_DIALECTS_MAX;
    assert_true(validate_negotiate_req_read(span_of(space, 24 + 128), &req));
    assert_false(validate_negotiate_req_read(span_of(space, 24 + 127), &req));
    space[22]++;
    assert_false(validate_negotiate_req_read(span_of(space, sizeof(space)), &req));
}

static void test_unknown_interfaces_are_skipped(void **state)
{
    static const struct network_interface two[2] = {{1, 0, 9, false, {10, 0, 0, 1}, 0},
                                                    {2, 0, 9, false, {10, 0, 0, 2}, 0}};
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    network_interfaces_write(&w, two, 2);
    space[24] = 99;
    struct network_interface list[4];
    unsigned count;
    assert_true(network_interfaces_read(wr_written(&w), list, 4, &count));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].index, 2);
    assert_false(network_interfaces_read(span_of(space, wr_pos(&w) - 1), list, 4, &count));
}

static void test_set_info(void **state)
{
    struct set_u64_info size;
    memset(space, 0xFF, 8);
    assert_false(set_u64_info_read(span_of(space, 8), &size));
    space[7] = 0x7F;
    assert_true(set_u64_info_read(span_of(space, 8), &size));
    assert_false(set_u64_info_read(span_of(space, 7), &size));
    struct set_rename_info rename;
    memset(space, 0, 32);
    memcpy(space + 20, "a\0b\0", 4);
    static const uint8_t lengths[][2] = {{0, 0}, {1, 0}, {2, 1}, {3, 0}, {4, 1}, {6, 0}};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        space[16] = lengths[i][0];
        assert_int_equal(set_rename_info_read(span_of(space, 24), false, &rename), lengths[i][1]);
        assert_int_equal(set_rename_info_read(span_of(space, 24), true, &rename), lengths[i][1]);
    }
    assert_int_equal(set_info_size_min(FILE_END_OF_FILE_INFORMATION), 8);
    assert_int_equal(set_info_size_min(FILE_DISPOSITION_INFORMATION), 1);
    assert_int_equal(set_info_size_min(FILE_ALL_INFORMATION), 0);
}

static bool eas_read(const char *bytes, size_t len)
{
    struct arena a;
    arena_init(&a);
    struct ea_list list;
    bool good = ea_list_read(span_of(bytes, len), &a, &list);
    arena_fini(&a);
    return good;
}

#define EAS_READ(bytes) eas_read(bytes, sizeof(bytes) - 1)

static void test_eas(void **state)
{
    assert_true(EAS_READ(""));
    assert_true(EAS_READ("\0\0\0\0\0\1\2\0A\0vv"));
    assert_false(EAS_READ("\0\0\0\0\0\1\3\0A\0vv"));             /* value beyond the end */
    assert_false(EAS_READ("\0\0\0\0\0\0\0\0\0"));                /* no name */
    assert_false(EAS_READ("\0\0\0\0\0\2\0\0A\0\0"));             /* a name with a zero in it */
    assert_false(EAS_READ("\0\0\0\0\0\1\0\0AB"));                /* not terminated */
    assert_false(EAS_READ("\0\0\0\0\0\377\0\0A\0"));             /* name beyond the end */
    assert_false(EAS_READ("\12\0\0\0\0\1\0\0A\0\0\0\0\0\0\1\0\0B\0")); /* link not aligned */
    assert_false(EAS_READ("\4\0\0\0\0\1\0\0A\0\0\0"));           /* link into itself */
    assert_false(EAS_READ("\0\0\0"));
}

static void test_ea_limits(void **state)
{
    char name[257];
    memset(name, 'n', 256);
    name[256] = 0;
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    struct ea_writer e = ea_writer_of(&w);
    assert_false(ea_writer_add(&e, &(struct ea){.name = name}));
    assert_false(ea_writer_add(&e, &(struct ea){.name = ""}));
    name[255] = 0;
    assert_true(ea_writer_add(&e, &(struct ea){.name = name}));
    assert_int_equal(wr_pos(&w), 8 + 255 + 1);
    assert_int_equal(ea_size(&(struct ea){.name = name}), 8 + 255 + 1);
}

static void test_notify_records(void **state)
{
    struct wr w = wr_of(mspan_of(space, 12 + 6 + 2 + 12 + 2));
    struct notify_writer n = notify_writer_of(&w);
    assert_true(notify_writer_add(&n, FILE_ACTION_ADDED, "a/b"));
    assert_false(notify_writer_add(&n, FILE_ACTION_ADDED, "ab"));
    assert_false(notify_writer_add(&n, FILE_ACTION_ADDED, "\xFF"));
    assert_true(notify_writer_add(&n, FILE_ACTION_REMOVED, "c"));
    assert_true(wr_done(&w));
    struct span rest = wr_written(&w);
    struct notify_record rec;
    assert_true(notify_record_next(&rest, &rec));
    assert_true(span_equal(rec.name, span_of("a\0\\\0b\0", 6)));
    assert_true(notify_record_next(&rest, &rec));
    assert_int_equal(rec.action, FILE_ACTION_REMOVED);
    assert_int_equal(rest.len, 0);
    space[8] = 7;
    rest = wr_written(&w);
    assert_false(notify_record_next(&rest, &rec));
    assert_int_equal(rest.len, wr_pos(&w));
}

static void test_reparse(void **state)
{
    struct reparse_buffer b;
    assert_true(reparse_buffer_read(span_of("\x0C\0\0\xA0\2\0\0\0ab", 10), &b));
    assert_int_equal(b.data.len, 2);
    assert_false(reparse_buffer_read(span_of("\x0C\0\0\xA0\3\0\0\0ab", 10), &b));
    assert_false(reparse_buffer_read(span_of("\x0C\0\0\x20\2\0\0\0ab", 10), &b));
    memset(space, 0, sizeof(space));
    static uint8_t large[REPARSE_DATA_BYTES_MAX + 1] = {0x0C, 0, 0, 0xA0};
    assert_false(reparse_buffer_read(span_of(large, sizeof(large)), &b));
    struct reparse_symlink s;
    assert_true(reparse_symlink_read(span_of("\0\0\2\0\2\0\2\0\1\0\0\0a\0b\0", 16), &s));
    assert_true(s.relative);
    assert_int_equal(s.print_name.p[0], 'b');
    assert_false(reparse_symlink_read(span_of("\0\0\2\0\3\0\2\0\1\0\0\0a\0b\0", 16), &s));
    assert_false(reparse_symlink_read(span_of("\0\0\1\0\2\0\2\0\1\0\0\0a\0b\0", 16), &s));
}

static bool smb1_reads(const char *dialects, uint16_t bytes, struct smb1_negotiate_req *req)
{
    struct wr w = wr_of(mspan_of(space, sizeof(space)));
    wr_bytes(&w, "\xFFSMB\x72", 5);
    wr_zero(&w, 27 + 1);
    wr_u16(&w, bytes);
    wr_bytes(&w, dialects, bytes);
    struct rd r = rd_of(wr_written(&w));
    return smb1_negotiate_req_read(&r, req);
}

static void test_smb1(void **state)
{
    struct smb1_negotiate_req req;
    assert_true(smb1_reads("\2NT LM 0.12\0\2SMB 2.002", 23, &req));
    assert_true(req.offers_smb_2_002);
    assert_false(req.offers_smb_2_any);
    assert_true(smb1_reads("\2SMB 2.???", 11, &req));
    assert_true(req.offers_smb_2_any);
    assert_true(smb1_reads("\2SMB 2.0021", 12, &req));
    assert_false(req.offers_smb_2_002);
    assert_true(smb1_reads("", 0, &req));
    assert_false(smb1_reads("\2SMB 2.002", 10, &req)); /* not terminated */
    assert_false(smb1_reads("\3SMB 2.002", 11, &req)); /* another format */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_copychunk_counts),
        cmocka_unit_test(test_validate_counts),
        cmocka_unit_test(test_unknown_interfaces_are_skipped),
        cmocka_unit_test(test_set_info),
        cmocka_unit_test(test_eas),
        cmocka_unit_test(test_ea_limits),
        cmocka_unit_test(test_notify_records),
        cmocka_unit_test(test_reparse),
        cmocka_unit_test(test_smb1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
