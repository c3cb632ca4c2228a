/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages, CREATE apart. */
#include "pairs.h"
#include "proto/close_flush.h"
#include "proto/info.h"
#include "proto/ioctl.h"
#include "proto/lock.h"
#include "proto/negotiate.h"
#include "proto/notify.h"
#include "proto/oplock.h"
#include "proto/query_dir.h"
#include "proto/read_write.h"
#include "proto/session_setup.h"
#include "proto/simple.h"
#include "proto/smb1_negotiate.h"
#include "proto/smb2.h"
#include "proto/smb2_error.h"
#include "proto/tree.h"

#define GUID {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}
#define FILE_ID {0x1122334455667788, 0x99AABBCCDDEEFF00}

PAIR_AGAIN(smb2_header)
PAIR_SAMPLE(smb2_header, _request, .credit_charge = 1, .channel_sequence = 3,
            .command = SMB2_CMD_READ, .credits = 64, .flags = SMB2_FLAG_SIGNED, .message_id = 7,
            .process_id = 0xFEFF, .tree_id = 5, .session_id = 0x123456789, .signature = {1, 2, 3})
PAIR_SAMPLE(smb2_header, _response, .status = {0x103}, .command = SMB2_CMD_CHANGE_NOTIFY,
            .flags = SMB2_FLAG_RESPONSE | SMB2_FLAG_ASYNC, .next_command = 128, .message_id = 9,
            .async_id = 0xABCDEF0123456789, .session_id = 1)

PAIR_AGAIN(smb2_transform_header)
PAIR_SAMPLE(smb2_transform_header, , .signature = {9, 8, 7}, .nonce = {1, 2, 3, 4, 5},
            .original_size = 100, .flags = 1, .session_id = 77)

PAIR_AGAIN(smb1_negotiate_req)
PAIR_SAMPLE(smb1_negotiate_req, _both, .offers_smb_2_002 = true, .offers_smb_2_any = true)
PAIR_SAMPLE(smb1_negotiate_req, _old, .offers_smb_2_002 = false)

static bool smb2_error_rsp_again(struct rd *r, struct wr *w)
{
    struct smb2_error_rsp rsp;
    if (!smb2_error_rsp_read(r, &rsp))
        return false;
    struct symlink_error e;
    if (smb2_symlink_error_read(&rsp, &e)) {
        smb2_symlink_error_rsp_write(w, &e, rsp.context_count != 0);
        return true;
    }
    if (rsp.context_count == 0)
        smb2_error_rsp_write(w, rsp.data);
    return rsp.context_count == 0;
}

static const struct symlink_error symlink_error = {
    .unparsed_path_bytes = 8,
    .flags = SYMLINK_FLAG_RELATIVE,
    .substitute_name = U16("..\\target"),
    .print_name = U16("target"),
};

static void smb2_error_rsp_sample_empty(struct wr *w)
{
    smb2_error_rsp_write(w, (struct span){0});
}

static void smb2_error_rsp_sample_symlink(struct wr *w)
{
    smb2_symlink_error_rsp_write(w, &symlink_error, false);
}

static void smb2_error_rsp_sample_symlink_context(struct wr *w)
{
    smb2_symlink_error_rsp_write(w, &symlink_error, true);
}

static void smb2_error_rsp_sample_too_small(struct wr *w)
{
    smb2_too_small_error_rsp_write(w, 1234, false);
}

PAIR_AGAIN(negotiate_req)
PAIR_SAMPLE(negotiate_req, _210, .security_mode = SMB2_SIGNING_ENABLED,
            .capabilities = SMB2_CAP_DFS, .client_guid = GUID, .dialects = {0x0202, 0x0210},
            .dialect_count = 2)
PAIR_SAMPLE(negotiate_req, _311, .security_mode = SMB2_SIGNING_REQUIRED, .capabilities = 0x7F,
            .client_guid = GUID, .dialects = {0x0202, 0x0210, 0x0300, 0x0302, 0x0311},
            .dialect_count = 5,
            .contexts = {.present = 0xFF, .hashes = {{SMB2_PREAUTH_SHA512}, 1},
                         .salt = BYTES("0123456789abcdef0123456789abcdef"),
                         .ciphers = {{2, 1, 4, 3}, 4}, .signings = {{2, 1, 0}, 3},
                         .compressions = {{1, 2, 3, 4, 5}, 5}, .compression_flags = 1,
                         .netname = U16("server.example"), .transport_flags = 1,
                         .rdma_transforms = {{1, 2}, 2}})

PAIR_AGAIN(negotiate_rsp)
PAIR_SAMPLE(negotiate_rsp, _300, .security_mode = 1, .dialect = 0x0300, .server_guid = GUID,
            .capabilities = 0x7F, .transact_bytes_max = 1 << 20, .read_bytes_max = 1 << 20,
            .write_bytes_max = 1 << 20, .system_time = 0x01DC000000000000, .token = BYTES("token"))
PAIR_SAMPLE(negotiate_rsp, _311, .security_mode = 3, .dialect = 0x0311, .server_guid = GUID,
            .capabilities = 0x2F, .transact_bytes_max = 8 << 20, .read_bytes_max = 8 << 20,
            .write_bytes_max = 8 << 20, .system_time = 0x01DC000000000000, .token = BYTES("token!"),
            .contexts = {.present = NEGOTIATE_HAS_PREAUTH | NEGOTIATE_HAS_ENCRYPTION |
                                    NEGOTIATE_HAS_SIGNING,
                         .hashes = {{SMB2_PREAUTH_SHA512}, 1},
                         .salt = BYTES("0123456789abcdef0123456789abcdef"), .ciphers = {{2}, 1},
                         .signings = {{2}, 1}})

PAIR_AGAIN(session_setup_req)
PAIR_SAMPLE(session_setup_req, , .flags = SMB2_SESSION_SETUP_BINDING, .security_mode = 1,
            .capabilities = 1, .previous_session_id = 42, .token = BYTES("NTLMSSP and so on"))
PAIR_SAMPLE(session_setup_req, _empty, .security_mode = 2)

PAIR_AGAIN(session_setup_rsp)
PAIR_SAMPLE(session_setup_rsp, , .session_flags = SMB2_SESSION_ENCRYPT_DATA,
            .token = BYTES("answer"))

PAIR_AGAIN(tree_connect_req)
PAIR_SAMPLE(tree_connect_req, , .path = U16("\\\\server\\share"))

PAIR_AGAIN(tree_connect_rsp)
PAIR_SAMPLE(tree_connect_rsp, , .share_type = SMB2_SHARE_TYPE_DISK,
            .share_flags = SMB2_SHARE_FLAG_ENCRYPT_DATA,
            .capabilities = SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY, .maximal_access = 0x1F01FF)

static bool simple_msg_again(struct rd *r, struct wr *w)
{
    if (!simple_msg_read(r))
        return false;
    simple_msg_write(w);
    return true;
}

PAIR_AGAIN(close_req)
PAIR_SAMPLE(close_req, , .flags = SMB2_CLOSE_POSTQUERY_ATTRIB, .file_id = FILE_ID)

PAIR_AGAIN(close_rsp)
PAIR_SAMPLE(close_rsp, , .flags = 1, .creation_time = 1, .last_access_time = 2,
            .last_write_time = 3, .change_time = 4, .allocation_size = 4096, .end_of_file = 5,
            .file_attributes = 0x20)

PAIR_AGAIN(flush_req)
PAIR_SAMPLE(flush_req, , .file_id = FILE_ID)

PAIR_AGAIN(read_req)
PAIR_SAMPLE(read_req, , .padding = 0x50, .length = 65536, .offset = 1ull << 33, .file_id = FILE_ID,
            .minimum_count = 1)
PAIR_SAMPLE(read_req, _rdma, .length = 65536, .file_id = FILE_ID, .channel = SMB2_CHANNEL_RDMA_V1,
            .channel_info = BYTES("0123456789abcdef"))

PAIR_AGAIN(read_rsp)
PAIR_SAMPLE(read_rsp, , .data = BYTES("what the file says"))
PAIR_SAMPLE(read_rsp, _empty, .remaining = 0)

/* No message has both a payload and channel information: the writer would refuse. */
static bool write_req_again(struct rd *r, struct wr *w)
{
    struct write_req head;
    struct rd front = *r;
    bool has_head = write_req_head_read(&front, &head);
    struct write_req v;
    if (!write_req_read(r, &v))
        return false;
    ASSERT(has_head && head.length == v.data.len);
    if (v.data.len)
        v.channel_info = (struct span){0};
    write_req_write(w, &v);
    return true;
}
PAIR_SAMPLE(write_req, , .offset = 512, .file_id = FILE_ID,
            .flags = SMB2_WRITEFLAG_WRITE_THROUGH, .data = BYTES("what the file shall say"))
PAIR_SAMPLE(write_req, _rdma, .file_id = FILE_ID, .channel = SMB2_CHANNEL_RDMA_V1,
            .remaining_bytes = 65536, .channel_info = BYTES("0123456789abcdef"))

PAIR_AGAIN(write_rsp)
PAIR_SAMPLE(write_rsp, , .count = 23)

static bool lock_req_again(struct rd *r, struct wr *w)
{
    struct lock_req req;
    if (!lock_req_read(r, &req))
        return false;
    struct arena a;
    arena_init(&a);
    struct lock_element *elements = ARENA_ARRAY(&a, struct lock_element, req.element_count);
    for (unsigned i = 0; i < req.element_count; i++)
        elements[i] = lock_req_element(&req, i);
    lock_req_write(w, &req, elements);
    arena_fini(&a);
    return true;
}

static void lock_req_sample(struct wr *w)
{
    static const struct lock_element elements[] = {
        {0, 10, SMB2_LOCKFLAG_EXCLUSIVE | SMB2_LOCKFLAG_FAIL_IMMEDIATELY},
        {UINT64_MAX, 1, SMB2_LOCKFLAG_SHARED},
        {20, 0, SMB2_LOCKFLAG_UNLOCK},
    };
    lock_req_write(w, &(struct lock_req){0x31, FILE_ID, ARRAY_LEN(elements)}, elements);
}

PAIR_AGAIN(ioctl_req)
PAIR_SAMPLE(ioctl_req, , .ctl_code = 0x00140204, .file_id = {UINT64_MAX, UINT64_MAX},
            .input = BYTES("thirteen byte"), .output_bytes_max = 24, .flags = SMB2_IOCTL_IS_FSCTL)
PAIR_SAMPLE(ioctl_req, _empty, .ctl_code = 0x001401FC, .file_id = FILE_ID,
            .output_bytes_max = 65536, .flags = SMB2_IOCTL_IS_FSCTL)

PAIR_AGAIN(ioctl_rsp)
PAIR_SAMPLE(ioctl_rsp, , .ctl_code = 0x00140204, .file_id = FILE_ID, .output = BYTES("answer"))
PAIR_SAMPLE(ioctl_rsp, _input, .ctl_code = 0x1440F2, .file_id = FILE_ID, .input = BYTES("asked"),
            .output = BYTES("answer"))

PAIR_AGAIN(query_dir_req)
PAIR_SAMPLE(query_dir_req, , .info_class = 37, .flags = SMB2_RESTART_SCANS, .file_index = 3,
            .file_id = FILE_ID, .pattern = U16("*"), .output_bytes_max = 65536)

PAIR_AGAIN(output_rsp)
PAIR_SAMPLE(output_rsp, , .output = BYTES("entries"))

PAIR_AGAIN(query_info_req)
PAIR_SAMPLE(query_info_req, , .info_type = SMB2_INFO_FILE, .info_class = 18,
            .output_bytes_max = 4096, .file_id = FILE_ID)
PAIR_SAMPLE(query_info_req, _input, .info_type = SMB2_INFO_FILE, .info_class = 15,
            .output_bytes_max = 4096, .input = BYTES("\0\0\0\0\3abc"), .flags = 1,
            .additional_information = 7, .file_id = FILE_ID)

PAIR_AGAIN(set_info_req)
PAIR_SAMPLE(set_info_req, , .info_type = SMB2_INFO_FILE, .info_class = 20,
            .buffer = BYTES("\0\0\1\0\0\0\0\0"), .file_id = FILE_ID)

static bool set_info_rsp_again(struct rd *r, struct wr *w)
{
    if (!set_info_rsp_read(r))
        return false;
    set_info_rsp_write(w);
    return true;
}

PAIR_AGAIN(change_notify_req)
PAIR_SAMPLE(change_notify_req, , .flags = SMB2_WATCH_TREE, .output_bytes_max = 4096,
            .file_id = FILE_ID, .completion_filter = 0xFFF)

PAIR_AGAIN(server_notification)
PAIR_SAMPLE(server_notification, , .type = SMB2_NOTIFY_SESSION_CLOSED)

PAIR_SAMPLE(oplock_break, , .oplock_level = SMB2_OPLOCK_LEVEL_II, .file_id = FILE_ID)
PAIR_SAMPLE(lease_ack, , .lease_key = GUID, .lease_state = SMB2_LEASE_READ)
PAIR_SAMPLE(lease_break, , .new_epoch = 2, .flags = SMB2_NOTIFY_BREAK_LEASE_ACK_REQUIRED,
            .lease_key = GUID, .current_state = 7, .new_state = 3)

static bool oplock_break_req_again(struct rd *r, struct wr *w)
{
    struct oplock_break_req req;
    if (!oplock_break_req_read(r, &req))
        return false;
    if (req.is_lease)
        lease_ack_write(w, &req.lease);
    else
        oplock_break_write(w, &req.oplock);
    return true;
}

static bool break_notification_again(struct rd *r, struct wr *w)
{
    struct break_notification n;
    if (!break_notification_read(r, &n))
        return false;
    if (n.is_lease)
        lease_break_write(w, &n.lease);
    else
        oplock_break_write(w, &n.oplock);
    return true;
}

#define MESSAGE(x, ...)                                                                            \
    {                                                                                              \
        #x, SMB2_HEADER_SIZE, {__VA_ARGS__}, x##_again                                             \
    }

const struct proto_pair pairs_of_messages[] = {
    {"smb2_header", 0, {smb2_header_sample_request, smb2_header_sample_response},
     smb2_header_again},
    {"smb2_transform_header", 0, {smb2_transform_header_sample}, smb2_transform_header_again},
    {"smb1_negotiate_req", 0, {smb1_negotiate_req_sample_both, smb1_negotiate_req_sample_old},
     smb1_negotiate_req_again},
    MESSAGE(smb2_error_rsp, smb2_error_rsp_sample_empty, smb2_error_rsp_sample_symlink,
            smb2_error_rsp_sample_symlink_context, smb2_error_rsp_sample_too_small),
    MESSAGE(negotiate_req, negotiate_req_sample_210, negotiate_req_sample_311),
    MESSAGE(negotiate_rsp, negotiate_rsp_sample_300, negotiate_rsp_sample_311),
    MESSAGE(session_setup_req, session_setup_req_sample, session_setup_req_sample_empty),
    MESSAGE(session_setup_rsp, session_setup_rsp_sample),
    MESSAGE(tree_connect_req, tree_connect_req_sample),
    MESSAGE(tree_connect_rsp, tree_connect_rsp_sample),
    MESSAGE(simple_msg, simple_msg_write),
    MESSAGE(close_req, close_req_sample),
    MESSAGE(close_rsp, close_rsp_sample),
    MESSAGE(flush_req, flush_req_sample),
    MESSAGE(read_req, read_req_sample, read_req_sample_rdma),
    MESSAGE(read_rsp, read_rsp_sample, read_rsp_sample_empty),
    MESSAGE(write_req, write_req_sample, write_req_sample_rdma),
    MESSAGE(write_rsp, write_rsp_sample),
    MESSAGE(lock_req, lock_req_sample),
    MESSAGE(ioctl_req, ioctl_req_sample, ioctl_req_sample_empty),
    MESSAGE(ioctl_rsp, ioctl_rsp_sample, ioctl_rsp_sample_input),
    MESSAGE(query_dir_req, query_dir_req_sample),
    MESSAGE(output_rsp, output_rsp_sample),
    MESSAGE(query_info_req, query_info_req_sample, query_info_req_sample_input),
    MESSAGE(set_info_req, set_info_req_sample),
    MESSAGE(set_info_rsp, set_info_rsp_write),
    MESSAGE(change_notify_req, change_notify_req_sample),
    MESSAGE(server_notification, server_notification_sample),
    MESSAGE(oplock_break_req, oplock_break_sample, lease_ack_sample),
    MESSAGE(break_notification, oplock_break_sample, lease_break_sample),
    {0},
};
