/* SPDX-License-Identifier: Apache-2.0
 *
 * CREATE: what reaches the store, what comes back, contexts, pipes, symlinks. */
#include "proto/create.h"
#include "proto/smb2_error.h"
#include "rig.h"
#include "smb/pipe.h"

static struct create_req usual(const char *utf16, size_t bytes)
{
    return (struct create_req){.impersonation_level = SMB2_IMPERSONATION_IMPERSONATION,
                               .desired_access = FILE_READ_DATA,
                               .disposition = FILE_OPEN_IF,
                               .share_access = FILE_SHARE_READ,
                               .options = FILE_NON_DIRECTORY_FILE,
                               .name = span_of(utf16, bytes)};
}

static ntstatus create(struct rig *r, const struct create_req *in)
{
    create_req_write(rig_begin(r), in);
    return rig_call(r, SMB2_CMD_CREATE);
}

static struct create_rsp response(struct rig *r)
{
    struct create_rsp rsp;
    struct rd body = rig_response(r);
    assert_true(create_rsp_read(&body, &rsp));
    return rsp;
}

static void arguments_and_answer(struct rig *r)
{
    struct create_req in = usual("a\0\\\0b\0", 6);
    in.oplock_level = SMB2_OPLOCK_BATCH;
    fake_create_result = (struct nt_create_result){
        .action = NT_CREATED, .oplock = NT_OPLOCK_EXCLUSIVE, .info = {.end_of_file = 42}};
    rig_expect(create(r, &in), STATUS_SUCCESS);
    assert_string_equal(fake_open.last_name, "a\\b");
    assert_int_equal(fake_create_args.disposition, NT_OPEN_IF);
    assert_int_equal(fake_create_args.oplock, NT_OPLOCK_BATCH);
    assert_int_equal(fake_create_args.options, FILE_NON_DIRECTORY_FILE);
    struct create_rsp rsp = response(r);
    assert_int_equal(rsp.action, FILE_ACTION_CREATED);
    assert_int_equal(rsp.oplock_level, SMB2_OPLOCK_EXCLUSIVE);
    assert_int_equal(rsp.end_of_file, 42);
    struct smb_open *open = smb_open_find(r->session, rsp.file_id);
    assert_non_null(open);
    assert_ptr_equal(fake_create_args.break_arg, open);
    smb_open_release(open);
    assert_true(r->req.chain.has_file);
}

static void refusals(struct rig *r)
{
    struct create_req in = usual("\\\0a\0", 4);
    rig_expect(create(r, &in), STATUS_INVALID_PARAMETER);
    in = usual("a\0", 2);
    in.impersonation_level = 4;
    rig_expect(create(r, &in), STATUS_BAD_IMPERSONATION_LEVEL);
    in = usual("a\0", 2);
    in.disposition = 6;
    rig_expect(create(r, &in), STATUS_INVALID_PARAMETER);
    in = usual("\0\xdc", 2);
    rig_expect(create(r, &in), STATUS_OBJECT_NAME_INVALID);
    in = usual("a\0", 2);
    fake_open.answer = STATUS_ACCESS_DENIED;
    rig_expect(create(r, &in), STATUS_ACCESS_DENIED);
    uint32_t opens = r->session->opens.used;
    assert_int_equal(opens, 1); /* nothing was left behind */
    fake_open.answer = STATUS_SUCCESS;
}

static void contexts(struct rig *r)
{
    struct create_req in = usual("a\0", 2);
    in.oplock_level = SMB2_OPLOCK_LEASE;
    in.contexts = (struct create_contexts_req){
        .present = CREATE_HAS_MXAC | CREATE_HAS_QFID | CREATE_HAS_RQLS | CREATE_HAS_DH2Q |
                   CREATE_HAS_ALSI,
        .allocation_size = 4096,
        .lease = {.version = 2,
                  .key = {{1, 2, 3}},
                  .state = 7,
                  .epoch = 4,
                  .flags = SMB2_LEASE_FLAG_PARENT_KEY_SET,
                  .parent_key = {{9}}}};
    fake_create_result = (struct nt_create_result){.oplock = NT_OPLOCK_LEASE,
                                                   .lease_state = 3,
                                                   .lease_epoch = 5,
                                                   .lease_v2 = true,
                                                   .maximal_access = 0x1FF,
                                                   .file_id = 11,
                                                   .volume_id = 12};
    rig_expect(create(r, &in), STATUS_SUCCESS);
    assert_int_equal(fake_create_args.allocation_size, 4096);
    assert_int_equal(fake_create_args.lease_state, 7);
    assert_true(fake_create_args.has_parent_lease);
    struct create_contexts_rsp c = response(r).contexts;
    assert_int_equal(c.present, CREATE_HAS_MXAC | CREATE_HAS_QFID | CREATE_HAS_RQLS);
    assert_int_equal(c.maximal_access, 0x1FF);
    assert_int_equal(c.disk_file_id, 11);
    assert_int_equal(c.lease.state, 3);
    assert_int_equal(c.lease.epoch, 5);
    assert_int_equal(c.lease.parent_key.b[0], 9);
}

static void reclaims_find_nothing(struct rig *r)
{
    struct create_req in = usual("a\0", 2);
    in.contexts.present = CREATE_HAS_DH2C;
    rig_expect(create(r, &in), STATUS_OBJECT_NAME_NOT_FOUND);
    in.contexts.present = CREATE_HAS_DHNC;
    rig_expect(create(r, &in), STATUS_OBJECT_NAME_NOT_FOUND);
    in.contexts.present = CREATE_HAS_DH2C | CREATE_HAS_DH2Q;
    rig_expect(create(r, &in), STATUS_INVALID_PARAMETER);
    in.contexts.present = CREATE_HAS_DHNQ;
    rig_expect(create(r, &in), STATUS_SUCCESS);
    assert_int_equal(response(r).contexts.present, 0);
}

static void lease_needs_the_dialect(struct rig *r)
{
    struct create_req in = usual("a\0", 2);
    in.oplock_level = SMB2_OPLOCK_LEASE;
    in.contexts = (struct create_contexts_req){
        .present = CREATE_HAS_RQLS, .lease = {.version = 1, .state = 7}};
    r->conn.dialect = SMB2_DIALECT_202;
    rig_expect(create(r, &in), STATUS_SUCCESS);
    assert_false(fake_create_args.has_lease);
    r->conn.dialect = SMB2_DIALECT_210;
    rig_expect(create(r, &in), STATUS_SUCCESS);
    assert_true(fake_create_args.has_lease);
}

static void symlinks_are_told(struct rig *r)
{
    struct create_req in = usual("l\0\\\0f\0", 6);
    fake_open.answer = STATUS_STOPPED_ON_SYMLINK;
    fake_create_result =
        (struct nt_create_result){.symlink_target = "to", .symlink_unparsed_bytes = 4};
    rig_expect(create(r, &in), STATUS_STOPPED_ON_SYMLINK);
    struct smb2_error_rsp error;
    struct symlink_error e;
    struct rd body = rig_response(r);
    assert_true(smb2_error_rsp_read(&body, &error));
    assert_int_equal(error.context_count, 1); /* 3.1.1 */
    assert_true(smb2_symlink_error_read(&error, &e));
    assert_int_equal(e.unparsed_path_bytes, 4);
    assert_int_equal(e.flags, SYMLINK_FLAG_RELATIVE);
    assert_memory_equal(e.substitute_name.p, "t\0o\0", 4);
    fake_open.answer = STATUS_SUCCESS;
}

static void pipes(struct rig *r)
{
    r->share.config.kind = SMB_SHARE_PIPE;
    struct create_req in = usual("s\0r\0v\0s\0v\0c\0", 12);
    rig_expect(create(r, &in), STATUS_SUCCESS);
    struct smb_open *open = smb_open_find(r->session, response(r).file_id);
    assert_non_null(open);
    assert_non_null(open->pipe);
    smb_open_release(open);
    in = usual("l\0s\0a\0", 6);
    rig_expect(create(r, &in), STATUS_OBJECT_NAME_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(arguments_and_answer),  RIG_TEST(refusals),
        RIG_TEST(contexts),              RIG_TEST(reclaims_find_nothing),
        RIG_TEST(lease_needs_the_dialect), RIG_TEST(symlinks_are_told),
        RIG_TEST(pipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
