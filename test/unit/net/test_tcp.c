/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP: names, addresses, listening and connecting over loopback, and moving a connection from one
 * reactor to another between two messages. */
#include <arpa/inet.h>
#include <pthread.h>
#include <unistd.h>

#include "net/transport.h"
#include "task/run.h"

static void test_names(void **state)
{
    (void)state;
    enum transport_kind kind;
    uint16_t port;
    assert_int_equal(transport_name_parse("tcp", &kind, &port), 0);
    assert_int_equal(kind, TRANSPORT_TCP);
    assert_int_equal(port, 445);
    assert_int_equal(transport_name_parse("nbt:1139", &kind, &port), 0);
    assert_int_equal(kind, TRANSPORT_NBT);
    assert_int_equal(port, 1139);
    assert_string_equal(transport_kind_name(TRANSPORT_QUIC), "quic");
    static const char *const bad[] = {"", "tc", "tcpx", "tcp:", "tcp:0", "tcp:65536", "tcp: 1",
                                      "tcp:1x", "tcp:-1", ":445", "tcp:99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(transport_name_parse(bad[i], &kind, &port), -EINVAL);
}

static void test_address_text(void **state)
{
    (void)state;
    char buf[64];
    struct sockaddr_storage a = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;
    *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(51312)};
    inet_pton(AF_INET, "192.0.2.7", &v4->sin_addr);
    assert_string_equal(transport_address_text(&a, buf, sizeof(buf)), "192.0.2.7:51312");
    *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(445)};
    inet_pton(AF_INET6, "2001:db8::1", &v6->sin6_addr);
    assert_string_equal(transport_address_text(&a, buf, sizeof(buf)), "[2001:db8::1]:445");
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6->sin6_addr);
    assert_string_equal(transport_address_text(&a, buf, sizeof(buf)), "192.0.2.7:445");
}

struct message {
    struct out_message out;
    uint8_t bytes[TRANSPORT_HEADROOM + 64];
};

static void release(struct out_message *m)
{
    free(m);
}

static void say(struct transport *tr, const char *text)
{
    struct message *m = NEW(struct message);
    size_t len = strlen(text);
    memcpy(m->bytes + TRANSPORT_HEADROOM, text, len);
    m->out.iov[0] = (struct iovec){m->bytes + TRANSPORT_HEADROOM, len};
    m->out.iov_count = 1;
    m->out.bytes = len;
    m->out.release = release;
    transport_send(tr, &m->out);
}

static void hear(struct task *t, struct transport *tr, const char *text)
{
    CLEANUP(frame_unref) struct frame *f = NULL;
    assert_int_equal(transport_recv(t, tr, 100, &f), 0);
    assert_int_equal(f->bytes.len, strlen(text));
    assert_memory_equal(f->bytes.p, text, f->bytes.len);
}

static int listen_anywhere(uint16_t *ret_port)
{
    int fd;
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);
    assert_int_equal(net_listen_tcp("127.0.0.1", 0, &fd), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    *ret_port = ntohs(addr.sin_port);
    return fd;
}

static void client(struct task *t, void *arg)
{
    CLEANUP(transport_free) struct transport *tr = NULL;
    assert_int_equal(transport_tcp_connect(t, "localhost", *(uint16_t *)arg, &tr), 0);
    say(tr, "hello");
    hear(t, tr, "welcome");
    assert_int_equal(transport_sent_bytes(tr), 9);
    assert_int_equal(transport_acked_bytes(tr), 9);
    assert_int_equal(transport_received_bytes(tr), 11);
    transport_shutdown(tr);
}

static void loopback(struct task *t, void *arg)
{
    (void)arg;
    uint16_t port;
    char buf[64];
    int listen_fd = listen_anywhere(&port);
    assert_non_null(task_start(task_reactor(t), "client", client, &port));
    int fd = io_accept(t, listen_fd);
    assert_true(fd >= 0);
    CLEANUP(transport_free) struct transport *tr = transport_tcp_new(task_reactor(t), fd);
    transport_address_text(transport_peer(tr), buf, sizeof(buf));
    assert_int_equal(strncmp(buf, "127.0.0.1:", 10), 0);
    assert_int_equal(transport_kind_of(tr), TRANSPORT_TCP);
    hear(t, tr, "hello");
    say(tr, "welcome");
    struct frame *f;
    assert_int_equal(transport_recv(t, tr, 100, &f), -EPIPE);
    assert_int_equal(transport_recv(t, tr, 100, &f), -EPIPE);
    io_close(task_io(t), listen_fd);
    struct transport *none = NULL;
    assert_int_equal(transport_tcp_connect(t, "127.0.0.1", port, &none), -ECONNREFUSED);
    assert_null(none);
}

static void test_loopback(void **state)
{
    (void)state;
    run_task(loopback, NULL);
}

struct mover {
    struct reactor_message message;
    struct reactor *to;
    struct transport *tr;
    int listen_fd;
};

static void arrive(struct task *t, void *arg)
{
    struct mover *mover = arg;
    transport_attach(mover->tr, task_reactor(t));
    hear(t, mover->tr, "second");
    say(mover->tr, "from over there");
    assert_int_equal(transport_drain(t, mover->tr), 0);
    struct frame *f;
    assert_int_equal(transport_recv(t, mover->tr, 100, &f), -EPIPE);
    transport_free(mover->tr);
    reactor_stop(task_reactor(t));
}

static void departs(struct task *t, void *arg)
{
    struct mover *mover = arg;
    int fd = io_accept(t, mover->listen_fd);
    assert_true(fd >= 0);
    mover->tr = transport_tcp_new(task_reactor(t), fd);
    hear(t, mover->tr, "first");
    transport_detach(mover->tr);
    reactor_post(mover->to, &mover->message);
    reactor_stop(task_reactor(t));
}

static void *run_thread(void *arg)
{
    reactor_run(arg);
    return NULL;
}

static void test_moves_between_reactors(void **state)
{
    (void)state;
    uint16_t port;
    struct reactor *from = run_reactor();
    struct mover mover = {.to = run_reactor(), .listen_fd = listen_anywhere(&port)};
    mover.message = (struct reactor_message){.name = "arrive", .fn = arrive, .arg = &mover};
    assert_non_null(task_spawn(from, "departs", departs, &mover));
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, run_thread, from), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, run_thread, mover.to), 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    /* Both at once: the second is received by the first reactor and carried over. */
    static const uint8_t both[] = "\0\0\0\5first\0\0\0\6second";
    assert_int_equal(send(fd, both, sizeof(both) - 1, 0), sizeof(both) - 1);
    char answer[32];
    assert_int_equal(recv(fd, answer, 19, MSG_WAITALL), 19);
    assert_memory_equal(answer, "\0\0\0\17from over there", 19);
    close(fd);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    reactor_free(from);
    reactor_free(mover.to);
    close(mover.listen_fd);
}

static void test_listening(void **state)
{
    (void)state;
    uint16_t port;
    int fd = listen_anywhere(&port), second;
    assert_int_equal(net_listen_tcp("127.0.0.1", port, &second), -EADDRINUSE);
    assert_int_equal(net_listen_tcp("not an address", port, &second), -EINVAL);
    assert_int_equal(net_listen_tcp("192.0.2.1", 0, &second), -EADDRNOTAVAIL);
    close(fd);
    assert_int_equal(net_listen_tcp(NULL, 0, &fd), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_address_text),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_moves_between_reactors),
        cmocka_unit_test(test_listening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
