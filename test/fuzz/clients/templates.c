/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that mean something on the shares of world.c: what inputs of
 * fuzz_clients are put together from. */
#include "input.h"
#include "proto/close_flush.h"
#include "proto/create.h"
#include "proto/dcerpc.h"
#include "proto/ea.h"
#include "proto/fscc.h"
#include "proto/fsctl.h"
#include "proto/info.h"
#include "proto/ioctl.h"
#include "proto/lock.h"
#include "proto/notify.h"
#include "proto/oplock.h"
#include "proto/query_dir.h"
#include "proto/read_write.h"
#include "proto/sd.h"
#include "proto/set_info.h"
#include "proto/simple.h"
#include "proto/tree.h"

#define U16(s)                                                                                     \
    {                                                                                              \
        (const uint8_t *)u"" s, sizeof(u"" s) - 2                                                  \
    }
#define KEY(n) {{n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}
#define BODY_BYTES_MAX 1024u

struct template {
    const char *name;
    uint16_t command;
    uint8_t slot, tree;
    void (*write)(struct wr *w);
    uint8_t pause;
};

#define MESSAGE(fn, type, ...)                                                                     \
    static void fn(struct wr *w)                                                                   \
    {                                                                                              \
        const struct type v = {__VA_ARGS__};                                                       \
        type##_write(w, &v);                                                                       \
    }

#define CREATE(fn, ...) MESSAGE(fn, create_req, .impersonation_level = 2, __VA_ARGS__)
#define EVERYTHING .desired_access = FILE_ALL_ACCESS, .share_access = 7
#define LOOKING .desired_access = FILE_GENERIC_READ, .share_access = 7

CREATE(create_file, EVERYTHING, .disposition = FILE_OPEN_IF, .name = U16("a"))
CREATE(create_batch, EVERYTHING, .disposition = FILE_OPEN_IF, .name = U16("a"),
       .oplock_level = SMB2_OPLOCK_BATCH)
CREATE(create_lease, EVERYTHING, .disposition = FILE_OPEN_IF, .name = U16("a"),
       .oplock_level = SMB2_OPLOCK_LEASE,
       .contexts = {.present = CREATE_HAS_RQLS | CREATE_HAS_MXAC | CREATE_HAS_QFID,
                    .lease = {.version = 2, .key = KEY(1), .state = 7, .epoch = 1}})
CREATE(create_new, EVERYTHING, .disposition = FILE_CREATE, .name = U16("d\\new file"),
       .contexts = {.present = CREATE_HAS_ALSI | CREATE_HAS_DH2Q, .allocation_size = 65536,
                    .durable_v2_timeout_ms = 1000, .durable_v2_create_guid = KEY(3)})
CREATE(create_alone, .desired_access = FILE_GENERIC_WRITE, .disposition = FILE_OVERWRITE_IF,
       .name = U16("FILE.TXT"), .oplock_level = SMB2_OPLOCK_EXCLUSIVE)
CREATE(create_dir, EVERYTHING, .disposition = FILE_OPEN_IF, .options = FILE_DIRECTORY_FILE,
       .name = U16("d"))
CREATE(create_root, LOOKING, .disposition = FILE_OPEN)
CREATE(create_stream, EVERYTHING, .disposition = FILE_OPEN_IF, .name = U16("a:s"))
CREATE(create_gone, .desired_access = FILE_ALL_ACCESS, .disposition = FILE_SUPERSEDE,
       .options = FILE_DELETE_ON_CLOSE, .name = U16("d\\x"))
CREATE(create_link, LOOKING, .disposition = FILE_OPEN, .name = U16("link"))
CREATE(create_reparse, EVERYTHING, .disposition = FILE_OPEN, .options = FILE_OPEN_REPARSE_POINT,
       .name = U16("link"))
CREATE(create_pipe, .desired_access = 0x12019F, .share_access = 7, .disposition = FILE_OPEN,
       .name = U16("srvsvc"))

MESSAGE(close_it, close_req, .flags = SMB2_CLOSE_POSTQUERY_ATTRIB)
MESSAGE(flush_it, flush_req, .file_id = {0, 0})
MESSAGE(read_it, read_req, .length = 100, .offset = 4, .minimum_count = 1)
MESSAGE(read_much, read_req, .length = 200000)
MESSAGE(write_it, write_req, .offset = 2, .data = U16("something to write"))
MESSAGE(write_far, write_req, .offset = 1 << 20, .flags = SMB2_WRITEFLAG_WRITE_THROUGH,
        .data = U16("x"))
MESSAGE(notify_dir, change_notify_req, .flags = 1, .output_bytes_max = 1000,
        .completion_filter = 0xFFF)
MESSAGE(oplock_ack, oplock_break, .oplock_level = SMB2_OPLOCK_LEVEL_II)
MESSAGE(lease_answer, lease_ack, .lease_key = KEY(1), .lease_state = 1)
MESSAGE(list_all, query_dir_req, .info_class = FILE_ID_BOTH_DIRECTORY_INFORMATION,
        .pattern = U16("*"), .output_bytes_max = 65536)
MESSAGE(list_some, query_dir_req, .info_class = FILE_NAMES_INFORMATION,
        .flags = SMB2_RESTART_SCANS | SMB2_RETURN_SINGLE_ENTRY, .pattern = U16("?*.D\"C"),
        .output_bytes_max = 200)
MESSAGE(connect_tree, tree_connect_req, .path = U16("\\\\f\\s"))

static void lock_some(struct wr *w)
{
    static const struct lock_element elements[] = {
        {0, 10, SMB2_LOCKFLAG_EXCLUSIVE | SMB2_LOCKFLAG_FAIL_IMMEDIATELY},
        {20, 10, SMB2_LOCKFLAG_SHARED | SMB2_LOCKFLAG_FAIL_IMMEDIATELY}};
    struct lock_req req = {.element_count = 2};
    lock_req_write(w, &req, elements);
}

static void lock_wait(struct wr *w)
{
    static const struct lock_element element = {5, 1, SMB2_LOCKFLAG_EXCLUSIVE};
    struct lock_req req = {.element_count = 1, .lock_sequence = 0x11};
    lock_req_write(w, &req, &element);
}

static void unlock(struct wr *w)
{
    static const struct lock_element element = {0, 10, SMB2_LOCKFLAG_UNLOCK};
    struct lock_req req = {.element_count = 1};
    lock_req_write(w, &req, &element);
}

/* An IOCTL whose input is written behind it. */
static void ioctl_write(struct wr *w, uint32_t code, const struct wr *input)
{
    struct ioctl_req req = {.ctl_code = code,
                            .file_id = {SMB2_ID_ALL_ONES, SMB2_ID_ALL_ONES},
                            .input = wr_written(input),
                            .output_bytes_max = 4096,
                            .flags = SMB2_IOCTL_IS_FSCTL};
    ioctl_req_write(w, &req);
}

#define IOCTL(fn, code, ...)                                                                       \
    static void fn(struct wr *w)                                                                   \
    {                                                                                              \
        uint8_t bytes[512];                                                                        \
        struct wr in = wr_of(mspan_of(bytes, sizeof(bytes)));                                      \
        __VA_ARGS__;                                                                               \
        ioctl_write(w, code, &in);                                                                 \
    }

static void copychunk_put(struct wr *in)
{
    struct copychunk_req copy = {.count = 2, .chunks = {{0, 100, 20}, {10, 0, 10}}};
    copychunk_req_write(in, &copy);
}

static void bind_put(struct wr *in)
{
    struct dcerpc_header h = {.type = DCERPC_BIND, .flags = 3, .call_id = 1};
    struct dcerpc_bind bind = {.transmit_bytes_max = 4280, .receive_bytes_max = 4280,
                               .context_count = 1, .contexts = {{0, dcerpc_interface_srvsvc}}};
    dcerpc_bind_write(in, &h, &bind);
}

IOCTL(copy_chunks, FSCTL_SRV_COPYCHUNK, copychunk_put(&in))
IOCTL(resume_key, FSCTL_SRV_REQUEST_RESUME_KEY, (void)in)
IOCTL(zero_data, FSCTL_SET_ZERO_DATA,
      zero_data_req_write(&in, &(struct file_range){.offset = 3, .length = 9}))
IOCTL(allocated_ranges, FSCTL_QUERY_ALLOCATED_RANGES,
      file_range_write(&in, &(struct file_range){.length = 1 << 20}))
IOCTL(sparse, FSCTL_SET_SPARSE, (void)in)
IOCTL(duplicate, FSCTL_DUPLICATE_EXTENTS_TO_FILE,
      duplicate_extents_req_write(&in, false, &(struct duplicate_extents_req){.length = 4096}))
IOCTL(interfaces, FSCTL_QUERY_NETWORK_INTERFACE_INFO, (void)in)
IOCTL(validate, FSCTL_VALIDATE_NEGOTIATE_INFO,
      validate_negotiate_req_write(&in, &(struct validate_negotiate_req){
                                            .capabilities = 0x7F,
                                            .client_guid = {{1, 1}},
                                            .security_mode = 1,
                                            .dialects = {0x0300},
                                            .dialect_count = 1}))
IOCTL(get_reparse, FSCTL_GET_REPARSE_POINT, (void)in)
IOCTL(rpc_bind, FSCTL_PIPE_TRANSCEIVE, bind_put(&in))
IOCTL(rpc_call, FSCTL_PIPE_TRANSCEIVE,
      dcerpc_request_write(&in, 2, &(struct dcerpc_request){.opnum = 15, .stub = U16("stub")}))

#define QUERY(fn, type, class, ...)                                                                \
    MESSAGE(fn, query_info_req, .info_type = (type), .info_class = (class),                        \
            .output_bytes_max = 4096, __VA_ARGS__)
QUERY(query_all, SMB2_INFO_FILE, FILE_ALL_INFORMATION, .flags = 0)
QUERY(query_streams, SMB2_INFO_FILE, FILE_STREAM_INFORMATION, .flags = 0)
QUERY(query_ea, SMB2_INFO_FILE, FILE_FULL_EA_INFORMATION, .flags = 1)
QUERY(query_fs, SMB2_INFO_FILESYSTEM, FS_ATTRIBUTE_INFORMATION, .flags = 0)
QUERY(query_sd, SMB2_INFO_SECURITY, 0, .additional_information = 7)

/* A SET_INFO whose buffer is written behind it. */
#define SET(fn, type, class, ...)                                                                  \
    static void fn(struct wr *w)                                                                   \
    {                                                                                              \
        uint8_t bytes[512];                                                                        \
        struct wr in = wr_of(mspan_of(bytes, sizeof(bytes)));                                      \
        __VA_ARGS__;                                                                               \
        struct set_info_req req = {.info_type = (type), .info_class = (class),                     \
                                   .buffer = wr_written(&in), .additional_information = 4};        \
        set_info_req_write(w, &req);                                                               \
    }

static void ea_put(struct wr *in)
{
    struct ea_writer e = ea_writer_of(in);
    struct ea ea = {.name = "NAME", .value = U16("value")};
    bool fits = ea_writer_add(&e, &ea);
    ASSERT(fits);
}

/* Everything for everybody. */
static void sd_put(struct wr *in)
{
    static const uint8_t bytes[] = {1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                    20, 0, 0, 0, 2, 0, 28, 0, 1, 0, 0, 0, 0, 3, 20, 0,
                                    0xFF, 1, 0x1F, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    wr_bytes(in, bytes, sizeof(bytes));
}

SET(set_basic, SMB2_INFO_FILE, FILE_BASIC_INFORMATION,
    set_basic_info_write(&in, &(struct set_basic_info){.last_write_time = 0x01DC000000000000,
                                                       .attributes = 0x22}))
SET(set_name, SMB2_INFO_FILE, FILE_RENAME_INFORMATION,
    set_rename_info_write(&in, false, &(struct set_rename_info){.name = U16("d\\renamed")}))
SET(set_link, SMB2_INFO_FILE, FILE_LINK_INFORMATION,
    set_rename_info_write(&in, false, &(struct set_rename_info){.flags = 1,
                                                                .name = U16("file.txt")}))
SET(set_delete, SMB2_INFO_FILE, FILE_DISPOSITION_INFORMATION,
    set_disposition_info_write(&in, false, &(struct set_disposition_info){.flags = 1}))
SET(set_delete_ex, SMB2_INFO_FILE, FILE_DISPOSITION_INFORMATION_EX,
    set_disposition_info_write(&in, true, &(struct set_disposition_info){.flags = 3}))
SET(set_size, SMB2_INFO_FILE, FILE_END_OF_FILE_INFORMATION,
    set_u64_info_write(&in, &(struct set_u64_info){.value = 10000}))
SET(set_allocation, SMB2_INFO_FILE, FILE_ALLOCATION_INFORMATION,
    set_u64_info_write(&in, &(struct set_u64_info){.value = 70000}))
SET(set_position, SMB2_INFO_FILE, FILE_POSITION_INFORMATION,
    set_u64_info_write(&in, &(struct set_u64_info){.value = 5}))
SET(set_ea, SMB2_INFO_FILE, FILE_FULL_EA_INFORMATION, ea_put(&in))
SET(set_sd, SMB2_INFO_SECURITY, 0, sd_put(&in))

static const struct template templates[] = {
    {"create_file", SMB2_CMD_CREATE, 0, 0, create_file},
    {"create_batch", SMB2_CMD_CREATE, 0, 0, create_batch},
    {"create_lease", SMB2_CMD_CREATE, 0, 0, create_lease},
    {"create_new", SMB2_CMD_CREATE, 0, 0, create_new},
    {"create_alone", SMB2_CMD_CREATE, 0, 0, create_alone},
    {"create_dir", SMB2_CMD_CREATE, 0, 0, create_dir},
    {"create_root", SMB2_CMD_CREATE, 0, 0, create_root},
    {"create_stream", SMB2_CMD_CREATE, 0, 0, create_stream},
    {"create_gone", SMB2_CMD_CREATE, 0, 0, create_gone},
    {"create_link", SMB2_CMD_CREATE, 0, 0, create_link},
    {"create_reparse", SMB2_CMD_CREATE, 0, 0, create_reparse},
    {"create_pipe", SMB2_CMD_CREATE, 0, 1, create_pipe},
    {"close", SMB2_CMD_CLOSE, 1, 0, close_it},
    {"flush", SMB2_CMD_FLUSH, 1, 0, flush_it},
    {"read", SMB2_CMD_READ, 1, 0, read_it},
    {"read_much", SMB2_CMD_READ, 1, 0, read_much},
    {"write", SMB2_CMD_WRITE, 1, 0, write_it},
    {"write_far", SMB2_CMD_WRITE, 1, 0, write_far},
    {"lock", SMB2_CMD_LOCK, 1, 0, lock_some},
    {"lock_wait", SMB2_CMD_LOCK, 2, 0, lock_wait, PAUSE_6MS},
    {"unlock", SMB2_CMD_LOCK, 1, 0, unlock},
    {"notify", SMB2_CMD_CHANGE_NOTIFY, 1, 0, notify_dir, PAUSE_6MS},
    {"cancel", SMB2_CMD_CANCEL, 0, 0, simple_msg_write},
    {"echo", SMB2_CMD_ECHO, 0, 0, simple_msg_write},
    {"logoff", SMB2_CMD_LOGOFF, 0, 0, simple_msg_write},
    {"tree_disconnect", SMB2_CMD_TREE_DISCONNECT, 0, 0, simple_msg_write},
    {"tree_connect", SMB2_CMD_TREE_CONNECT, 0, 0, connect_tree},
    {"oplock_ack", SMB2_CMD_OPLOCK_BREAK, 1, 0, oplock_ack},
    {"lease_ack", SMB2_CMD_OPLOCK_BREAK, 0, 0, lease_answer},
    {"list_all", SMB2_CMD_QUERY_DIRECTORY, 1, 0, list_all},
    {"list_some", SMB2_CMD_QUERY_DIRECTORY, 1, 0, list_some},
    {"copy_chunks", SMB2_CMD_IOCTL, 1, 0, copy_chunks},
    {"resume_key", SMB2_CMD_IOCTL, 1, 0, resume_key},
    {"zero_data", SMB2_CMD_IOCTL, 1, 0, zero_data},
    {"allocated_ranges", SMB2_CMD_IOCTL, 1, 0, allocated_ranges},
    {"sparse", SMB2_CMD_IOCTL, 1, 0, sparse},
    {"duplicate", SMB2_CMD_IOCTL, 1, 0, duplicate},
    {"interfaces", SMB2_CMD_IOCTL, 0, 0, interfaces},
    {"validate", SMB2_CMD_IOCTL, 0, 0, validate},
    {"get_reparse", SMB2_CMD_IOCTL, 1, 0, get_reparse},
    {"rpc_bind", SMB2_CMD_IOCTL, 1, 1, rpc_bind},
    {"rpc_call", SMB2_CMD_IOCTL, 1, 1, rpc_call},
    {"query_all", SMB2_CMD_QUERY_INFO, 1, 0, query_all},
    {"query_streams", SMB2_CMD_QUERY_INFO, 1, 0, query_streams},
    {"query_ea", SMB2_CMD_QUERY_INFO, 1, 0, query_ea},
    {"query_fs", SMB2_CMD_QUERY_INFO, 1, 0, query_fs},
    {"query_sd", SMB2_CMD_QUERY_INFO, 1, 0, query_sd},
    {"set_basic", SMB2_CMD_SET_INFO, 1, 0, set_basic},
    {"set_name", SMB2_CMD_SET_INFO, 1, 0, set_name},
    {"set_link", SMB2_CMD_SET_INFO, 1, 0, set_link},
    {"set_delete", SMB2_CMD_SET_INFO, 1, 0, set_delete},
    {"set_delete_ex", SMB2_CMD_SET_INFO, 1, 0, set_delete_ex},
    {"set_size", SMB2_CMD_SET_INFO, 1, 0, set_size},
    {"set_allocation", SMB2_CMD_SET_INFO, 1, 0, set_allocation},
    {"set_position", SMB2_CMD_SET_INFO, 1, 0, set_position},
    {"set_ea", SMB2_CMD_SET_INFO, 1, 0, set_ea},
    {"set_sd", SMB2_CMD_SET_INFO, 1, 0, set_sd},
};

unsigned templates_count(void)
{
    return ARRAY_LEN(templates);
}

const char *template_name(unsigned index)
{
    return templates[index].name;
}

struct action template_at(unsigned index)
{
    static struct {
        uint8_t bytes[BODY_BYTES_MAX];
        size_t len;
    } made[ARRAY_LEN(templates)];
    ASSERT(index < ARRAY_LEN(templates));
    const struct template *t = &templates[index];
    if (made[index].len == 0) {
        struct wr w = wr_of(mspan_of(made[index].bytes, BODY_BYTES_MAX));
        wr_zero(&w, SMB2_HEADER_SIZE);
        t->write(&w);
        ASSERT(wr_done(&w));
        made[index].len = wr_pos(&w);
    }
    return (struct action){
        .what = (uint8_t)t->command,
        .target = (uint8_t)(t->slot | t->tree << 3 | t->pause << 5),
        .body = span_of(made[index].bytes + SMB2_HEADER_SIZE, made[index].len - SMB2_HEADER_SIZE),
    };
}
