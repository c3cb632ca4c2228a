/* SPDX-License-Identifier: Apache-2.0
 *
 * The library from the outside, over real sockets: many threads on one connection, callbacks, what
 * may not be asked, and ends in the middle of work. */
#include "server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>

#include "braid/braid.h"

#define THREADS 8u
#define ROUNDS 50u

/* A server on a thread of its own; connections are served one after the other. */
struct host {
    pthread_t thread;
    struct reactor *reactor;
    int listen_fd;
    uint16_t port;
    struct script script;
};

static struct host host;
static _Atomic bool flush_hangs_up;

static bool hangs_up(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_FLUSH || !flush_hangs_up)
        return false;
    transport_shutdown(s->transport);
    return true;
}

static void accepts(struct task *t, void *arg)
{
    (void)arg;
    int fd;
    while ((fd = io_accept(t, host.listen_fd)) >= 0) {
        struct server s = {.script = &host.script,
                           .transport = transport_tcp_new(task_reactor(t), fd)};
        server_task(t, &s);
    }
}

static void *host_thread(void *arg)
{
    (void)arg;
    reactor_run(host.reactor);
    return NULL;
}

static int host_start(void **state)
{
    (void)state;
    struct reactor_config config = {.index = 9};
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);
    struct braid_options nobody = BRAID_OPTIONS_INIT;
    struct braid *b;
    nobody.host = "127.0.0.1";
    nobody.port = 1;
    /* chooses the crypto back ends, once, before there is another thread that uses them */
    assert_int_equal(braid_connect(&nobody, &b, NULL), -ECONNREFUSED);
    host.script = (struct script){.cipher = CIPHER_AES128_GCM, .on = hangs_up};
    assert_int_equal(net_listen_tcp("127.0.0.1", 0, &host.listen_fd), 0);
    assert_int_equal(getsockname(host.listen_fd, (struct sockaddr *)&addr, &len), 0);
    host.port = ntohs(addr.sin_port);
    assert_int_equal(reactor_new(&config, &host.reactor), 0);
    assert_non_null(task_spawn(host.reactor, "accept", accepts, NULL));
    assert_int_equal(pthread_create(&host.thread, NULL, host_thread, NULL), 0);
    return 0;
}

static int host_stop(void **state)
{
    (void)state;
    reactor_stop(host.reactor);
    pthread_join(host.thread, NULL);
    close(host.listen_fd);
    reactor_free(host.reactor);
    return 0;
}

static struct braid_options options(void)
{
    struct braid_options o = BRAID_OPTIONS_INIT;
    o.host = "127.0.0.1";
    o.port = host.port;
    o.user = SERVER_USER;
    o.password = SERVER_PASSWORD;
    return o;
}

struct session {
    struct braid *b;
    struct braid_share *share;
    struct braid_file *file;
};

static struct session session_open(void)
{
    struct session s;
    struct braid_options o = options();
    struct braid_error error;
    assert_int_equal(braid_connect(&o, &s.b, &error), 0);
    assert_int_equal(braid_share_open(s.b, "files", &s.share), 0);
    assert_int_equal(braid_open(s.share, "file", O_RDWR, &s.file), 0);
    return s;
}

static void session_close(struct session *s)
{
    assert_int_equal(braid_close(s->file), 0);
    assert_int_equal(braid_share_close(s->share), 0);
    assert_int_equal(braid_disconnect(s->b), 0);
}

static int count_entry(void *arg, const struct braid_entry *e)
{
    unsigned *count = arg;
    assert_true(strcmp(e->name, "one") == 0 || strcmp(e->name, "two") == 0);
    ++*count;
    return 0;
}

static int end_at_once(void *arg, const struct braid_entry *e)
{
    (void)arg;
    (void)e;
    return 42;
}

static void test_every_function(void **state)
{
    (void)state;
    struct session s = session_open();
    struct braid_stat st;
    unsigned count = 0;
    char bytes[10];
    assert_int_equal(braid_dialect(s.b), BRAID_SMB_3_1_1);
    assert_string_equal(braid_protection(s.b), "3.1.1 signed AES-128-GMAC");
    assert_int_equal(braid_stat(s.share, "x", &st), 0);
    assert_int_equal(st.size, SERVER_FILE_BYTES);
    assert_int_equal(st.birth_time.tv_sec, 0);
    assert_int_equal(braid_fstat(s.file, &st), 0);
    assert_int_equal(braid_pread(s.file, bytes, sizeof(bytes), 1), sizeof(bytes));
    assert_int_equal(bytes[0], 7);
    assert_int_equal(braid_pread(s.file, bytes, sizeof(bytes), SERVER_FILE_BYTES), 0);
    assert_int_equal(braid_pwrite(s.file, bytes, sizeof(bytes), 1), sizeof(bytes));
    assert_int_equal(braid_fsync(s.file), 0);
    assert_int_equal(braid_ftruncate(s.file, 5), 0);
    assert_int_equal(braid_mkdir(s.share, "d"), 0);
    assert_int_equal(braid_rmdir(s.share, "d"), 0);
    assert_int_equal(braid_unlink(s.share, "f"), 0);
    assert_int_equal(braid_rename(s.share, "f", "g"), 0);
    assert_int_equal(braid_list(s.share, "", count_entry, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(braid_list(s.share, "", end_at_once, NULL), 42);
    assert_int_equal(braid_share_close(s.share), -EBUSY);
    session_close(&s);
    assert_string_equal(braid_version(), BRAID_VERSION);
}

static void test_what_may_not_be_asked(void **state)
{
    (void)state;
    static const int flags[] = {O_APPEND,  O_RDONLY | O_TRUNC,    O_RDWR | O_EXCL,
                                O_ACCMODE, O_RDWR | O_DIRECTORY, O_CREAT | O_DIRECTORY};
    struct session s = session_open();
    struct braid_file *file;
    struct braid_op op = {.verb = BRAID_FSYNC, .file = s.file};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        assert_int_equal(braid_open(s.share, "x", flags[i], &file), -EINVAL);
    assert_int_equal(braid_open(s.share, NULL, O_RDONLY, &file), -EINVAL);
    assert_int_equal(braid_open(s.share, "\xff", O_RDONLY, &file), -EINVAL);
    assert_int_equal(braid_pread(s.file, NULL, 1, 0), -EINVAL);
    assert_int_equal(braid_pread(s.file, &op, 1, UINT64_MAX), -EINVAL);
    assert_int_equal(braid_ftruncate(s.file, UINT64_MAX), -EINVAL);
    assert_int_equal(braid_share_open(s.b, "a/b", &s.share), -EINVAL);
    assert_int_equal(braid_submit(&op), -EINVAL); /* nobody to call back */
    op.verb = 99;
    assert_int_equal(braid_submit(&op), -EINVAL);
    assert_int_equal(braid_close(NULL), 0);
    session_close(&s);

    struct braid *b;
    struct braid_error error;
    struct braid_options o = {.size = 5};
    assert_int_equal(braid_connect(&o, &b, &error), -EINVAL);
    o = options();
    o.host = NULL;
    assert_int_equal(braid_connect(&o, &b, NULL), -EINVAL);
    assert_int_equal(braid_disconnect(NULL), 0);
}

static void test_connecting_fails(void **state)
{
    (void)state;
    struct braid *b;
    struct braid_error error;
    struct braid_options o = options();
    o.password = "wrong";
    assert_int_equal(braid_connect(&o, &b, &error), -EACCES);
    assert_int_equal(error.status, STATUS_LOGON_FAILURE.v);
    assert_non_null(strstr(error.text, "password"));
    o = options();
    o.port = 1;
    assert_int_equal(braid_connect(&o, &b, &error), -ECONNREFUSED);
    o = options();
    o.dialect_min = BRAID_SMB_3_1_1;
    o.dialect_max = BRAID_SMB_2_1;
    assert_int_equal(braid_connect(&o, &b, &error), -EINVAL);
}

/* Connects to a port where nobody accepts: the thread is left to itself. */
static void test_connecting_takes_too_long(void **state)
{
    (void)state;
    struct braid *b;
    struct braid_error error;
    struct braid_options o = options();
    int fd;
    assert_int_equal(net_listen_tcp("127.0.0.1", 0, &fd), 0);
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    o.port = ntohs(addr.sin_port);
    o.connect_timeout_ms = 50;
    assert_int_equal(braid_connect(&o, &b, &error), -ETIMEDOUT);
    close(fd);
}

static void *hammers(void *arg)
{
    struct session *s = arg;
    uint8_t bytes[3000];
    struct braid_stat st;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t offset = i * 1000;
        if (braid_pread(s->file, bytes, sizeof(bytes), offset) != sizeof(bytes))
            return "read";
        for (size_t k = 0; k < sizeof(bytes); k++)
            if (bytes[k] != (uint8_t)((offset + k) * 7 + ((offset + k) >> 8)))
                return "bytes";
        if (braid_stat(s->share, "x", &st) < 0)
            return "stat";
        struct braid_file *f;
        if (braid_open(s->share, "y", O_RDONLY, &f) < 0 || braid_close(f) < 0)
            return "open";
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct session s = session_open();
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammers, &s), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    session_close(&s);
}

struct calls {
    struct session s;
    sem_t done;
    _Atomic unsigned count;
    _Atomic ssize_t last, waited;
    uint8_t bytes[16];
};

static void notes(void *arg, ssize_t result)
{
    struct calls *c = arg;
    c->last = result;
    c->count++;
    sem_post(&c->done);
}

/* What waits may not be called here; what calls back may. */
static void goes_on(void *arg, ssize_t result)
{
    struct calls *c = arg;
    (void)result;
    c->waited = braid_fsync(c->s.file);
    struct braid_buffer to = {c->bytes, sizeof(c->bytes), 5};
    if (braid_disconnect(c->s.b) == -EDEADLK && braid_read_start(c->s.file, &to, notes, c) == 0)
        return;
    notes(c, -1);
}

static void test_callbacks(void **state)
{
    (void)state;
    struct calls c = {.s = session_open()};
    sem_init(&c.done, 0, 0);
    struct braid_buffer from = {c.bytes, sizeof(c.bytes), 0};
    assert_int_equal(braid_write_start(c.s.file, &from, goes_on, &c), 0);
    sem_wait(&c.done);
    assert_int_equal(c.waited, -EDEADLK);
    assert_int_equal(c.last, sizeof(c.bytes));
    assert_int_equal(c.bytes[0], 35);

    char name[] = "name"; /* is copied */
    struct braid_file *file = NULL;
    struct braid_op op = {.verb = BRAID_OPEN,
                          .share = c.s.share,
                          .path = name,
                          .flags = O_RDONLY,
                          .ret_file = &file,
                          .done = notes,
                          .arg = &c};
    assert_int_equal(braid_submit(&op), 0);
    memset(name, '?', sizeof(name));
    sem_wait(&c.done);
    assert_int_equal(c.last, 0);
    op = (struct braid_op){.verb = BRAID_CLOSE, .file = file, .done = notes, .arg = &c};
    assert_int_equal(braid_submit(&op), 0);
    sem_wait(&c.done);
    assert_int_equal(c.last, 0);
    session_close(&c.s);
    sem_destroy(&c.done);
}

/* Closing waits for what was submitted before, and so does disconnecting, which closes the rest. */
static void test_ends_in_the_middle(void **state)
{
    (void)state;
    for (int close_first = 0; close_first < 2; close_first++) {
        struct calls c = {.s = session_open()};
        sem_init(&c.done, 0, 0);
        struct braid_buffer to = {c.bytes, sizeof(c.bytes), 0};
        for (unsigned i = 0; i < 500; i++)
            assert_int_equal(braid_read_start(c.s.file, &to, notes, &c), 0);
        if (close_first) {
            assert_int_equal(braid_close(c.s.file), 0);
            assert_int_equal(c.count, 500);
        }
        assert_int_equal(braid_disconnect(c.s.b), 0);
        assert_int_equal(c.count, 500);
        assert_int_equal(c.last, sizeof(c.bytes));
        sem_destroy(&c.done);
    }
}

static void test_lost_connection(void **state)
{
    (void)state;
    char byte;
    flush_hangs_up = true;
    struct session s = session_open();
    assert_int_equal(braid_fsync(s.file), -ECONNRESET);
    assert_int_equal(braid_pread(s.file, &byte, 1, 0), -ECONNRESET);
    assert_int_equal(braid_close(s.file), -ECONNRESET);
    assert_int_equal(braid_disconnect(s.b), 0);
    flush_hangs_up = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_function),
        cmocka_unit_test(test_what_may_not_be_asked),
        cmocka_unit_test(test_connecting_fails),
        cmocka_unit_test(test_connecting_takes_too_long),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_callbacks),
        cmocka_unit_test(test_ends_in_the_middle),
        cmocka_unit_test(test_lost_connection),
    };
    return cmocka_run_group_tests(tests, host_start, host_stop);
}
