/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a connection: every dialect and protection, deadlines, servers that say nothing. */
#include "server.h"

static void uses_everything(struct task *t, struct world *w)
{
    struct client_tree *tree;
    struct client_file *file;
    struct file_info info;
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    uint8_t bytes[1000];
    size_t len;
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_stat(t, tree, "file", &info)));
    assert_int_equal(info.end_of_file, SERVER_FILE_BYTES);
    assert_true(nt_ok(client_open(t, tree, &open, &file)));
    assert_true(nt_ok(client_read(t, file, 0, mspan_of(bytes, sizeof(bytes)), &len)));
    assert_int_equal(len, sizeof(bytes));
    assert_true(nt_ok(client_fstat(t, file, &info)));
    assert_int_equal(info.end_of_file, SERVER_FILE_BYTES);
    assert_true(nt_ok(client_flush(t, file)));
    assert_true(nt_ok(client_close(t, file)));
    assert_true(nt_ok(client_mkdir(t, tree, "new")));
    assert_true(nt_ok(client_remove(t, tree, "new", true)));
    struct client_move_args move = {"a", "b", true};
    assert_true(nt_ok(client_move(t, tree, &move)));
    client_tree_disconnect(t, tree);
}

static void test_dialects(void **state)
{
    (void)state;
    static const uint16_t dialects[] = {0x0202, 0x0210, 0x0300, 0x0302, 0x0311};
    for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
        for (int joined = 0; joined < 2; joined++) {
            struct world w = world_of(uses_everything);
            w.script.dialect = dialects[i];
            w.script.joined = joined;
            world_run(&w);
            assert_true(nt_ok(w.connected));
        }
    }
}

static void test_ciphers(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "3.1.1 sealed AES-128-CCM",
                                        "3.1.1 sealed AES-128-GCM", "3.1.1 sealed AES-256-CCM",
                                        "3.1.1 sealed AES-256-GCM"};
    for (enum cipher c = CIPHER_AES128_CCM; c <= CIPHER_AES256_GCM; c++) {
        struct world w = world_of(uses_everything);
        w.script.cipher = c;
        w.options.encrypt = true;
        w.options.ciphers[0] = c;
        w.options.cipher_count = 1;
        world_run(&w);
        assert_true(nt_ok(w.connected));
        assert_string_equal(w.protection, names[c]);
    }
}

static void test_share_that_is_sealed(void **state)
{
    (void)state;
    struct world w = world_of(uses_everything);
    w.script.share_flags = SMB2_SHARE_FLAG_ENCRYPT_DATA;
    world_run(&w);
    assert_true(nt_ok(w.connected));
}

static void refuses_the_share(struct task *t, struct world *w)
{
    struct client_tree *tree;
    assert_true(nt_is(client_tree_connect(t, w->conn, "files", &tree), STATUS_ACCESS_DENIED));
    assert_true(nt_is(client_tree_connect(t, w->conn, "\xff", &tree), STATUS_BAD_NETWORK_NAME));
}

static void test_share_that_cannot_be_sealed(void **state)
{
    (void)state;
    struct world w = world_of(refuses_the_share);
    w.script.cipher = CIPHER_NONE;
    w.script.share_flags = SMB2_SHARE_FLAG_ENCRYPT_DATA;
    world_run(&w);
}

static void test_silence(void **state)
{
    (void)state;
    struct world w = world_of(NULL);
    w.script.silent_after_negotiate = true;
    world_run(&w);
    assert_true(nt_is(w.connected, STATUS_IO_TIMEOUT));
    assert_int_equal(w.error.err, -ETIMEDOUT);
    assert_in_range(w.took_us, 15000000, 15100000);

    w = world_of(NULL);
    w.script.silent_after_negotiate = true;
    w.options.connect_timeout_ms = 2000;
    world_run(&w);
    assert_in_range(w.took_us, 2000000, 2100000);
}

static bool never_says_goodbye(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    (void)s;
    return q->h.command == SMB2_CMD_LOGOFF;
}

static void test_goodbye_is_short(void **state)
{
    (void)state;
    struct world w = world_of(NULL);
    w.script.on = never_says_goodbye;
    world_run(&w);
    assert_true(nt_ok(w.connected));
    assert_in_range(w.took_us, 5000000, 5100000);
}

/* Dialling: nothing listens, the name is too long, the deadline has passed, cancellation. */
struct dialling {
    struct client_options options;
    struct client_error error;
    ntstatus status;
    bool cancel, slow;
};

static void dials(struct task *t, void *arg)
{
    struct dialling *d = arg;
    struct client_conn *c;
    if (d->cancel)
        task_cancel(t);
    d->status = client_connect(t, &d->options, &c, &d->error);
}

static void dial_run(struct dialling *d)
{
    struct reactor_config config = {.index = 0};
    struct sim *sim = sim_new(1);
    struct sim_link slow = {.delay_us_min = 60000000, .delay_us_max = 60000000};
    if (d->slow)
        sim_link_default(sim, &slow);
    int fd = sim_listen(sim, 4450);
    assert_true(fd >= 0);
    struct reactor *r = sim_reactor_new(sim, &config);
    d->options.host = d->options.host ? d->options.host : "127.0.0.1";
    assert_non_null(task_spawn(r, "client", dials, d));
    sim_run_us(sim, 1100000);
    struct reactor_counters c;
    reactor_counters_read(r, &c);
    assert_int_equal(c.tasks_live, 0);
    io_close(reactor_io(r), fd);
    reactor_free(r);
    sim_free(sim);
}

static void test_dialling(void **state)
{
    (void)state;
    struct dialling refused = {.options = {.port = 1}};
    dial_run(&refused);
    assert_true(nt_is(refused.status, STATUS_BAD_NETWORK_PATH));
    assert_int_equal(refused.error.err, -ECONNREFUSED);

    char name[400];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct dialling too_long = {.options = {.host = name}};
    dial_run(&too_long);
    assert_int_equal(too_long.error.err, -ENAMETOOLONG);

    struct dialling late = {.options = {.port = 4450, .connect_timeout_ms = 1000},
                             .slow = true};
    dial_run(&late);
    assert_true(nt_is(late.status, STATUS_IO_TIMEOUT));

    struct dialling cancelled = {.options = {.port = 4450}, .slow = true, .cancel = true};
    dial_run(&cancelled);
    assert_int_equal(cancelled.error.err, -ECANCELED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialects),
        cmocka_unit_test(test_ciphers),
        cmocka_unit_test(test_share_that_is_sealed),
        cmocka_unit_test(test_share_that_cannot_be_sealed),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_goodbye_is_short),
        cmocka_unit_test(test_dialling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
