/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_DIRECTORY: packing, the client's flags, names that have no place in a listing. */
#include "proto/dir_info.h"
#include "proto/query_dir.h"
#include "proto/sd.h"
#include "rig.h"

static const char *const names[] = {"alpha", "beta", "bad\xff", "gamma"};

static void fill(void)
{
    fake_open.directory = true;
    fake_open.names = names;
    fake_open.name_count = ARRAY_LEN(names);
}

static ntstatus list(struct rig *r, uint8_t flags, uint32_t bytes_max)
{
    struct query_dir_req in = {.info_class = FILE_NAMES_INFORMATION,
                               .flags = flags,
                               .file_id = r->open->id,
                               .pattern = span_of("*\0", 2),
                               .output_bytes_max = bytes_max};
    query_dir_req_write(rig_begin(r), &in);
    return rig_call(r, SMB2_CMD_QUERY_DIRECTORY);
}

static unsigned count(struct rig *r)
{
    struct output_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(output_rsp_read(&body, &rsp));
    struct dir_entry e;
    unsigned n = 0;
    while (dir_entry_next(&rsp.output, FILE_NAMES_INFORMATION, &e))
        n++;
    assert_int_equal(rsp.output.len, 0);
    return n;
}

static void lists_all_but_the_unspeakable(struct rig *r)
{
    fill();
    rig_expect(list(r, 0, 4096), STATUS_SUCCESS);
    assert_int_equal(count(r), 3);
    assert_string_equal(fake_open.pattern, "*");
    rig_expect(list(r, 0, 4096), STATUS_NO_MORE_FILES);
    rig_expect(list(r, SMB2_RESTART_SCANS, 4096), STATUS_SUCCESS);
    assert_int_equal(fake_open.dir_flags, NT_DIR_RESTART);
}

static void one_at_a_time(struct rig *r)
{
    fill();
    for (int i = 0; i < 3; i++) {
        rig_expect(list(r, SMB2_RETURN_SINGLE_ENTRY, 4096), STATUS_SUCCESS);
        assert_int_equal(count(r), 1);
    }
    rig_expect(list(r, SMB2_RETURN_SINGLE_ENTRY, 4096), STATUS_NO_MORE_FILES);
}

static void what_does_not_fit_comes_next(struct rig *r)
{
    fill();
    rig_expect(list(r, 0, 12 + 10), STATUS_SUCCESS); /* "alpha" exactly */
    assert_int_equal(count(r), 1);
    rig_expect(list(r, 0, 13), STATUS_INFO_LENGTH_MISMATCH); /* not even "beta" */
    rig_expect(list(r, 0, 4096), STATUS_SUCCESS);
    assert_int_equal(count(r), 2);
}

static void refusals(struct rig *r)
{
    rig_expect(list(r, 0, 4096), STATUS_INVALID_PARAMETER); /* no directory */
    fill();
    rig_expect(list(r, 0, 11), STATUS_INFO_LENGTH_MISMATCH);
    fake_open.access = FILE_READ_ATTRIBUTES;
    rig_expect(list(r, 0, 4096), STATUS_ACCESS_DENIED);
    fake_open.access = FILE_LIST_DIRECTORY;
    fake_open.name_count = 0;
    rig_expect(list(r, 0, 4096), STATUS_NO_SUCH_FILE);
    struct query_dir_req in = {.info_class = 200, .file_id = r->open->id, .output_bytes_max = 99};
    query_dir_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_QUERY_DIRECTORY), STATUS_INVALID_INFO_CLASS);
    in.info_class = FILE_NAMES_INFORMATION;
    in.pattern = span_of("a\0\\\0b\0", 6);
    query_dir_req_write(rig_begin(r), &in);
    rig_expect(rig_call(r, SMB2_CMD_QUERY_DIRECTORY), STATUS_OBJECT_NAME_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(lists_all_but_the_unspeakable),
        RIG_TEST(one_at_a_time),
        RIG_TEST(what_does_not_fit_comes_next),
        RIG_TEST(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
