/* SPDX-License-Identifier: Apache-2.0
 *
 * Long reads and writes: pieces in order whatever happens to them. */
#include "server.h"

static struct client_tree *tree;
static struct client_file *file;
static uint8_t *bytes;

static void opens(struct task *t, struct world *w)
{
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_open(t, tree, &open, &file)));
}

static void closes(struct task *t)
{
    IGNORE(client_close(t, file));
    client_tree_disconnect(t, tree);
}

static bool right(const uint8_t *p, size_t offset, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != (uint8_t)((offset + i) * 7 + ((offset + i) >> 8)))
            return false;
    return true;
}

static void reads(struct task *t, struct world *w)
{
    static const size_t cases[][3] = {{0, SERVER_FILE_BYTES, SERVER_FILE_BYTES},
                                      {0, 2 * SERVER_FILE_BYTES, SERVER_FILE_BYTES},
                                      {99, 1, 1},
                                      {99, 0, 0},
                                      {SERVER_FILE_BYTES - 5, 100, 5},
                                      {SERVER_FILE_BYTES, 100, 0},
                                      {SERVER_FILE_BYTES * 9, 100, 0}};
    opens(t, w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t len = 77;
        struct mspan to = mspan_of(bytes, cases[i][1]);
        assert_true(nt_ok(client_pread(t, file, cases[i][0], to, &len)));
        assert_int_equal(len, cases[i][2]);
        assert_true(right(bytes, cases[i][0], len));
    }
    closes(t);
}

static void test_reading(void **state)
{
    (void)state;
    bytes = xmalloc(4 << 20);
    for (int small = 0; small < 2; small++) {
        struct world w = world_of(reads);
        w.script.dialect = small ? SMB2_DIALECT_202 : SMB2_DIALECT_311; /* 64 KiB pieces */
        world_run(&w);
        assert_true(nt_ok(w.connected));
    }
    free(bytes);
}

/* Every answer has something wrong from the given request on. */
static unsigned wrong_from;
enum wrong { FAILS, SHORT, TOO_LONG, EMPTY };
static enum wrong wrong;

static bool is_wrong(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_READ && q->h.command != SMB2_CMD_WRITE)
        return false;
    if (s->count++ < wrong_from)
        return false;
    if (wrong == FAILS) {
        answer_error(s, q, STATUS_FILE_LOCK_CONFLICT);
        return true;
    }
    static const uint8_t zeros[70000];
    size_t len = wrong == SHORT ? 10 : wrong == EMPTY ? 0 : 65537;
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    if (q->h.command == SMB2_CMD_READ)
        read_rsp_write(&a->w, &(struct read_rsp){.data = span_of(zeros, len)});
    else
        write_rsp_write(&a->w, &(struct write_rsp){.count = (uint32_t)len});
    answer_send(s, a);
    return true;
}

static ntstatus status;
static size_t moved;

static void reads_three(struct task *t, struct world *w)
{
    opens(t, w);
    status = client_pread(t, file, 0, mspan_of(bytes, SERVER_FILE_BYTES), &moved);
    closes(t);
}

static void writes_three(struct task *t, struct world *w)
{
    opens(t, w);
    status = client_pwrite(t, file, 0, span_of(bytes, 3 * 65536), &moved);
    closes(t);
}

static void run(void (*fn)(struct task *, struct world *), unsigned from, enum wrong what)
{
    struct world w = world_of(fn);
    w.script.dialect = SMB2_DIALECT_202;
    w.script.on = is_wrong;
    wrong_from = from;
    wrong = what;
    bytes = xcalloc(1, 4 << 20);
    world_run(&w);
    free(bytes);
}

static void test_reads_gone_wrong(void **state)
{
    (void)state;
    run(reads_three, 1, FAILS);
    assert_true(nt_is(status, STATUS_FILE_LOCK_CONFLICT));
    assert_int_equal(moved, 65536);
    run(reads_three, 0, SHORT);
    assert_true(nt_ok(status));
    assert_int_equal(moved, 10);
    run(reads_three, 1, EMPTY);
    assert_true(nt_ok(status));
    assert_int_equal(moved, 65536);
    run(reads_three, 0, TOO_LONG);
    assert_true(nt_is(status, STATUS_CONNECTION_RESET));
    assert_int_equal(moved, 0);
}

static void test_writes_gone_wrong(void **state)
{
    (void)state;
    run(writes_three, 100, FAILS);
    assert_true(nt_ok(status));
    assert_int_equal(moved, 3 * 65536);
    run(writes_three, 2, FAILS);
    assert_true(nt_is(status, STATUS_FILE_LOCK_CONFLICT));
    assert_int_equal(moved, 2 * 65536);
    run(writes_three, 1, SHORT);
    assert_true(nt_is(status, STATUS_DISK_FULL));
    assert_int_equal(moved, 65536);
    run(writes_three, 0, TOO_LONG);
    assert_true(nt_is(status, STATUS_CONNECTION_RESET));
    assert_int_equal(moved, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_reads_gone_wrong),
        cmocka_unit_test(test_writes_gone_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
