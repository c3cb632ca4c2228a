/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connection may cost: a client that asks and does not read is not listened to any more,
 * and there is an end to the number of connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "peer.h"
#include "proto/simple.h"
#include "smb/shard.h"

static const struct logon as_user = {.user = "user", .hash = 1};

static void log_on(struct peer *p)
{
    p->credits_asked = 8000;
    assert_true(nt_ok(peer_negotiate(p, 0x0311)));
    assert_true(nt_ok(peer_logon(p, &as_user)));
}

/* Whether what the server sends to this client arrives; its socket is made after the client's. */
static void stall(struct world *w, const struct peer *p, bool stalled)
{
    struct sim_link link = {.stalled = stalled};
    sim_link_set(w->sim, p->fd + 1, &link);
}

static unsigned answers(struct peer *p)
{
    static struct answer a;
    unsigned count = 0;
    for (peer_take(p, &a); a.present; peer_take(p, &a))
        count += a.header.command == SMB2_CMD_ECHO && nt_ok(a.header.status) ? 1 : 0;
    return count;
}

static void ask(struct peer *p, unsigned count)
{
    static struct message m;
    while (count--) {
        peer_begin(p, &m, SMB2_CMD_ECHO);
        simple_msg_write(&m.w);
        peer_send(p, &m);
    }
}

static void test_slow_reader(void **state)
{
    struct world w;
    struct peer slow, other;
    unsigned asked = 8100; /* what fits into the simulated link counts for nobody */
    world_init(&w, 1, NULL);
    peer_init(&slow, &w);
    log_on(&slow);
    struct smb_conn *c =
        list_first(&smb_server_shard(w.server, 0)->conns, struct smb_conn, link);
    stall(&w, &slow, true);
    ask(&slow, asked - 50);
    uint64_t taken = transport_received_bytes(c->transport);
    assert_in_range(transport_queued_bytes(c->transport), LIMIT_SEND_QUEUE_BYTES_MAX / 2,
                    LIMIT_SEND_QUEUE_BYTES_MAX + LIMIT_FRAME_BYTES_MAX);
    ask(&slow, 50);
    assert_int_equal(transport_received_bytes(c->transport), taken);
    peer_init(&other, &w); /* nobody else waits for that */
    log_on(&other);
    assert_true(nt_ok(peer_simple(&other, SMB2_CMD_ECHO)));
    stall(&w, &slow, false);
    world_pass(&w, 1000000);
    assert_int_equal(answers(&slow), asked);
    assert_true(transport_received_bytes(c->transport) > taken);
    assert_int_equal(transport_queued_bytes(c->transport), 0);
    peer_fini(&slow);
    peer_fini(&other);
    world_fini(&w);
}

static void test_connection_limit(void **state)
{
    struct world w;
    struct peer last, beyond, again;
    world_init(&w, 1, NULL);
    for (unsigned i = 1; i < LIMIT_CONNECTIONS_MAX; i++)
        assert_int_not_equal(smb_server_conn_enter(w.server), 0);
    peer_init(&last, &w);
    log_on(&last);
    peer_init(&beyond, &w);
    assert_false(beyond.reading);
    assert_true(nt_ok(peer_simple(&last, SMB2_CMD_ECHO)));
    peer_fini(&last);
    peer_init(&again, &w);
    log_on(&again);
    for (unsigned i = 1; i < LIMIT_CONNECTIONS_MAX; i++)
        smb_server_conn_leave(w.server);
    peer_fini(&again);
    peer_fini(&beyond);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_connection_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
