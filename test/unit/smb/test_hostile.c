/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client tries who is up to no good, by the classes of vulnerabilities other servers had:
 * memory without end, rights kept from an earlier identity, clear text beside encryption,
 * signatures to be had for asking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "fake_nt.h"
#include "peer.h"
#include "proto/create.h"
#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "proto/read_write.h"
#include "proto/sd.h"
#include "proto/simple.h"
#include "wire/utf16.h"

static const struct logon as_user = {.user = "user", .hash = 1};
static const struct logon as_nobody = {.user = ""};
static struct message m;
static struct answer a;

static void expect(ntstatus got, ntstatus wanted)
{
    if (!nt_is(got, wanted))
        fail_msg("%s instead of %s", ntstatus_name(got), ntstatus_name(wanted));
}

static ntstatus answered(struct peer *p)
{
    peer_take(p, &a);
    return a.present ? a.header.status : STATUS_CONNECTION_RESET;
}

static void connect_as(struct peer *p, struct world *w, const struct logon *l)
{
    peer_init(p, w);
    p->credits_asked = 4000;
    expect(peer_negotiate(p, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(p, l), STATUS_SUCCESS);
}

static ntstatus create(struct peer *p, const char *name, struct smb2_file_id *ret_id)
{
    uint8_t utf16[64];
    struct wr w = wr_of(mspan_of(utf16, sizeof(utf16)));
    assert_true(wr_utf16(&w, name));
    struct create_req req = {.impersonation_level = 2,
                             .desired_access = FILE_ALL_ACCESS,
                             .share_access = 7,
                             .disposition = FILE_OPEN_IF,
                             .name = wr_written(&w)};
    peer_begin(p, &m, SMB2_CMD_CREATE);
    create_req_write(&m.w, &req);
    peer_send(p, &m);
    ntstatus status = answered(p);
    struct rd r = answer_body(&a);
    struct create_rsp rsp;
    if (!nt_ok(status) || !create_rsp_read(&r, &rsp))
        return status;
    *ret_id = rsp.file_id;
    return status;
}

/* A READ of a pipe nobody writes to, in a frame of `bytes`. */
static void read_pending(struct peer *p, struct smb2_file_id id, uint32_t length, size_t bytes)
{
    uint16_t charge = (uint16_t)MAX((length + 65535) / 65536, 1u);
    struct read_req req = {.length = length, .file_id = id};
    static uint8_t frame[200000];
    peer_begin(p, &m, SMB2_CMD_READ);
    m.header.credit_charge = charge;
    p->message_id += charge - 1u;
    read_req_write(&m.w, &req);
    struct span s = wr_written(&m.w);
    struct wr w = wr_of(mspan_of(m.bytes, SMB2_HEADER_SIZE));
    smb2_header_write(&w, &m.header);
    memset(frame, 0, sizeof(frame));
    memcpy(frame, s.p, s.len);
    assert_true(bytes <= sizeof(frame));
    peer_send_raw(p, span_of(frame, MAX(bytes, s.len)));
}

/* Requests that wait for ever do not hold the room they might need one day (the class of
 * CVE-2024-50285, outstanding requests without limit): the connection is still heard. */
static void test_waiting_reads_hold_no_room(void **state)
{
    struct world w;
    struct peer p;
    struct smb2_file_id id;
    world_init(&w, 1, NULL);
    connect_as(&p, &w, &as_user);
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    for (unsigned i = 0; i < 16; i++) {
        read_pending(&p, id, LIMIT_IO_BYTES_MAX, 0);
        expect(answered(&p), STATUS_PENDING);
    }
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

/* Nor do they keep frames without end. */
static void test_waiting_requests_keep_few_bytes(void **state)
{
    struct world w;
    struct peer p;
    struct smb2_file_id id;
    world_init(&w, 1, NULL);
    connect_as(&p, &w, &as_user);
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    unsigned pending = 0;
    for (unsigned i = 0; i < 400; i++) {
        read_pending(&p, id, 100, 120000);
        ntstatus status = answered(&p);
        pending += nt_is(status, STATUS_PENDING);
        if (!nt_is(status, STATUS_PENDING))
            expect(status, STATUS_INSUFFICIENT_RESOURCES);
    }
    assert_in_range(pending, 100, LIMIT_ASYNC_BYTES_MAX / 120000);
    peer_fini(&p);
    world_fini(&w);
}

/* What is larger than its CreditCharge pays for is refused before anything of its frame waits. */
static void test_underpaid_elements(void **state)
{
    struct world w;
    struct peer p;
    struct smb2_file_id id;
    world_init(&w, 1, NULL);
    connect_as(&p, &w, &as_user);
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    read_pending(&p, id, 100, 140000);
    expect(answered(&p), STATUS_INVALID_PARAMETER);
    read_pending(&p, id, 100000, 140000);
    expect(answered(&p), STATUS_PENDING);
    peer_fini(&p);
    world_fini(&w);
}

static void test_pipes_are_counted(void **state)
{
    struct world w;
    struct peer p;
    struct smb2_file_id id;
    world_init(&w, 1, NULL);
    connect_as(&p, &w, &as_user);
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    for (unsigned i = 0; i < LIMIT_PIPES_PER_SESSION_MAX; i++)
        expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_INSUFFICIENT_RESOURCES);
    expect(peer_simple(&p, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

/* The first leg of a logon that never goes on. */
static ntstatus logon_begin(struct peer *p)
{
    uint8_t hash[AUTH_NT_HASH_BYTES] = {1};
    struct auth_client_config config = {.user = "user", .nt_hash = hash};
    struct auth_client *client CLEANUP(auth_client_free) = NULL;
    assert_int_equal(auth_client_new(&config, &client), 0);
    struct session_setup_req req = {.security_mode = SMB2_SIGNING_ENABLED};
    assert_int_equal(auth_client_step(client, auth_server_hint(), &req.token), 1);
    p->session_id = 0;
    peer_begin(p, &m, SMB2_CMD_SESSION_SETUP);
    session_setup_req_write(&m.w, &req);
    peer_send(p, &m);
    return answered(p);
}

/* Sessions of nobody (CVE-2023-32247: exhaustion by session setups). */
static void test_unfinished_logons_are_counted(void **state)
{
    struct world w;
    struct peer p;
    world_init(&w, 1, NULL);
    peer_init(&p, &w);
    expect(peer_negotiate(&p, 0x0311), STATUS_SUCCESS);
    for (unsigned i = 0; i < LIMIT_SETUPS_PER_CONNECTION_MAX; i++)
        expect(logon_begin(&p), STATUS_MORE_PROCESSING_REQUIRED);
    uint64_t last = a.header.session_id;
    expect(logon_begin(&p), STATUS_INSUFFICIENT_RESOURCES);
    p.session_id = last;
    expect(peer_simple(&p, SMB2_CMD_ECHO), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

/* Who becomes a guest loses what is not open to guests. */
static void test_trees_follow_the_identity(void **state)
{
    struct world w;
    struct peer p;
    struct smb_server_config config = {.allow_anonymous = true};
    struct smb_share_config inner = {.name = "Inner", .kind = SMB_SHARE_PIPE};
    world_init(&w, 1, &config);
    world_share(&w, &inner);
    connect_as(&p, &w, &as_user);
    expect(peer_tree(&p, "inner"), STATUS_SUCCESS);
    struct smb2_file_id id;
    expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    expect(peer_logon(&p, &as_nobody), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_ACCESS_DENIED);
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    expect(create(&p, "srvsvc", &id), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

static ntstatus control(struct peer *p, uint32_t code, struct smb2_file_id id, struct span input)
{
    struct ioctl_req req = {.ctl_code = code,
                            .file_id = id,
                            .input = input,
                            .output_bytes_max = 100,
                            .flags = SMB2_IOCTL_IS_FSCTL};
    peer_begin(p, &m, SMB2_CMD_IOCTL);
    ioctl_req_write(&m.w, &req);
    peer_send(p, &m);
    return answered(p);
}

/* A copy out of an encrypted share by a request in clear text through another share. */
static void test_copies_obey_the_source(void **state)
{
    struct world w;
    struct peer p;
    struct smb_server_config config = {.encryption = SMB_ENCRYPT_OFFERED};
    struct smb_share_config open = {.name = "Open", .volume = (void *)&w};
    struct smb_share_config secret = {.name = "Secret", .volume = (void *)&w, .encrypt = true};
    struct smb2_file_id from, to;
    world_init(&w, 1, &config);
    fake_reset();
    fake_open.access = FILE_ALL_ACCESS;
    world_share(&w, &open);
    world_share(&w, &secret);
    connect_as(&p, &w, &as_user);
    p.seals = true;
    expect(peer_tree(&p, "secret"), STATUS_SUCCESS);
    expect(create(&p, "f", &from), STATUS_SUCCESS);
    expect(control(&p, FSCTL_SRV_REQUEST_RESUME_KEY, from, span_of(NULL, 0)), STATUS_SUCCESS);
    struct rd r = answer_body(&a);
    struct ioctl_rsp rsp;
    struct resume_key key;
    assert_true(ioctl_rsp_read(&r, &rsp));
    assert_true(resume_key_rsp_read(rsp.output, &key));
    static struct copychunk_req copy = {.count = 1, .chunks = {{.length = 1}}};
    memcpy(copy.source_key, key.key, sizeof(key.key));
    uint8_t bytes[128];
    struct wr wr = wr_of(mspan_of(bytes, sizeof(bytes)));
    copychunk_req_write(&wr, &copy);
    expect(peer_tree(&p, "open"), STATUS_SUCCESS);
    expect(create(&p, "g", &to), STATUS_SUCCESS);
    expect(control(&p, FSCTL_SRV_COPYCHUNK, to, wr_written(&wr)), STATUS_SUCCESS);
    p.seals = false;
    expect(control(&p, FSCTL_SRV_COPYCHUNK, to, wr_written(&wr)), STATUS_ACCESS_DENIED);
    peer_fini(&p);
    world_fini(&w);
}

/* All guests are one user: none may end another's session by naming it. */
static void test_previous_sessions_of_nobody(void **state)
{
    struct world w;
    struct peer victim, other, same;
    struct smb_server_config config = {.allow_anonymous = true};
    world_init(&w, 1, &config);
    connect_as(&victim, &w, &as_nobody);
    expect(peer_tree(&victim, "IPC$"), STATUS_SUCCESS);
    struct logon again = {.user = "", .previous_session_id = victim.session_id};
    peer_init(&other, &w);
    other.client_guid.b[0]++;
    expect(peer_negotiate(&other, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&other, &again), STATUS_SUCCESS);
    expect(peer_simple(&victim, SMB2_CMD_TREE_DISCONNECT), STATUS_SUCCESS);
    peer_init(&same, &w);
    expect(peer_negotiate(&same, 0x0311), STATUS_SUCCESS);
    expect(peer_logon(&same, &again), STATUS_SUCCESS);
    expect(peer_tree(&victim, "IPC$"), STATUS_USER_SESSION_DELETED);
    peer_fini(&victim);
    peer_fini(&other);
    peer_fini(&same);
    world_fini(&w);
}

/* Whoever can put bytes into the stream must not be able to make an encrypted session his own, or
 * to end it. */
static void test_clear_reauthentication(void **state)
{
    struct world w;
    struct peer p;
    struct smb_server_config config = {.encryption = SMB_ENCRYPT_DESIRED};
    world_init(&w, 1, &config);
    connect_as(&p, &w, &as_user);
    assert_true(p.seals);
    struct logon other = {.user = "other", .hash = 2};
    p.plain = true;
    expect(peer_logon(&p, &other), STATUS_ACCESS_DENIED);
    p.plain = false;
    expect(peer_tree(&p, "IPC$"), STATUS_SUCCESS);
    p.seals = false; /* signed */
    expect(peer_logon(&p, &as_user), STATUS_SUCCESS);
    peer_fini(&p);
    world_fini(&w);
}

/* A request overheard on one connection and repeated on another is not answered under a nonce that
 * the first one used. */
static void test_nonces_of_refusals(void **state)
{
    static const enum sign_alg algorithms[] = {SIGN_AES_CMAC, SIGN_AES_GMAC};
    for (unsigned i = 0; i < ARRAY_LEN(algorithms); i++) {
        struct world w;
        struct peer victim, parrot;
        world_init(&w, 1, NULL);
        peer_init(&victim, &w);
        victim.signings = (struct negotiate_ids){{(uint16_t)algorithms[i]}, 1};
        expect(peer_negotiate(&victim, 0x0311), STATUS_SUCCESS);
        expect(peer_logon(&victim, &as_user), STATUS_SUCCESS);
        peer_init(&parrot, &w);
        parrot.signings = victim.signings;
        expect(peer_negotiate(&parrot, 0x0311), STATUS_SUCCESS);
        peer_adopt(&parrot, &victim);
        parrot.signer = signer_new(algorithms[i], victim.key);
        bool tells = algorithms[i] != SIGN_AES_GMAC;
        for (unsigned gone = 0; gone < 2; gone++) {
            peer_begin(&parrot, &m, SMB2_CMD_LOGOFF);
            simple_msg_write(&m.w);
            peer_send(&parrot, &m);
            expect(answered(&parrot), STATUS_USER_SESSION_DELETED);
            assert_int_equal((a.header.flags & SMB2_FLAG_SIGNED) != 0, tells);
            if (!gone)
                expect(peer_simple(&victim, SMB2_CMD_LOGOFF), STATUS_SUCCESS);
        }
        peer_fini(&victim);
        peer_fini(&parrot);
        world_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiting_reads_hold_no_room),
        cmocka_unit_test(test_waiting_requests_keep_few_bytes),
        cmocka_unit_test(test_underpaid_elements),
        cmocka_unit_test(test_pipes_are_counted),
        cmocka_unit_test(test_unfinished_logons_are_counted),
        cmocka_unit_test(test_trees_follow_the_identity),
        cmocka_unit_test(test_copies_obey_the_source),
        cmocka_unit_test(test_previous_sessions_of_nobody),
        cmocka_unit_test(test_clear_reauthentication),
        cmocka_unit_test(test_nonces_of_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
