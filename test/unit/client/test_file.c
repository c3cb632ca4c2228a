/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers about one file that do not fit what was asked: ranges, sizes, bodies cut short. */
#include "server.h"

static struct client_file *file;
static struct client_tree *tree;
static ntstatus status;

/* The body of answers to `command`. */
static uint16_t command;
static void (*body)(struct answer *a);

static bool answers(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != command)
        return false;
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    body(a);
    answer_send(s, a);
    return true;
}

static void uses_file(struct task *t, struct world *w)
{
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    struct file_info info;
    uint8_t bytes[100];
    size_t len;
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    status = client_open(t, tree, &open, &file);
    if (nt_ok(status)) {
        status = client_read(t, file, 0, mspan_of(bytes, sizeof(bytes)), &len);
        status = nt_ok(status) ? client_fstat(t, file, &info) : status;
        status = nt_ok(status) ? client_stat(t, tree, "x", &info) : status;
        IGNORE(client_close(t, file));
    }
    client_tree_disconnect(t, tree);
}

static void run(uint16_t about, void (*what)(struct answer *a),
                void (*fn)(struct task *t, struct world *w))
{
    struct world w = world_of(fn);
    command = about;
    body = what;
    w.script.on = answers;
    world_run(&w);
    assert_true(nt_ok(w.connected));
}

static void nothing(struct answer *a)
{
    (void)a;
}

static void wrong_size_word(struct answer *a)
{
    wr_u16(&a->w, 3);
    wr_zero(&a->w, 200);
}

static void beyond_the_end(struct answer *a)
{
    read_rsp_write(&a->w, &(struct read_rsp){.data = span_str("0123456789")});
    a->w.at -= 5;
}

static void more_than_asked(struct answer *a)
{
    static const uint8_t bytes[101];
    read_rsp_write(&a->w, &(struct read_rsp){.data = span_of(bytes, sizeof(bytes))});
}

static void test_bodies(void **state)
{
    (void)state;
    static const uint16_t commands[] = {SMB2_CMD_CREATE, SMB2_CMD_READ, SMB2_CMD_QUERY_INFO};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        run(commands[i], nothing, uses_file);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET));
        run(commands[i], wrong_size_word, uses_file);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET));
    }
    run(SMB2_CMD_READ, beyond_the_end, uses_file);
    assert_true(nt_is(status, STATUS_CONNECTION_RESET));
    run(SMB2_CMD_READ, more_than_asked, uses_file);
    assert_true(nt_is(status, STATUS_CONNECTION_RESET));
}

static struct client_range answered[4];
static size_t answered_count;
static bool overflows;
static struct client_range got[4];
static size_t got_count;

static void ranges_put(struct answer *a)
{
    uint8_t bytes[64];
    struct wr w = wr_of(mspan_of(bytes, sizeof(bytes)));
    for (size_t i = 0; i < answered_count; i++)
        file_range_write(&w, &(struct file_range){answered[i].offset, answered[i].length});
    if (overflows)
        a->h.status = STATUS_BUFFER_OVERFLOW;
    ioctl_rsp_write(&a->w, &(struct ioctl_rsp){.output = wr_written(&w)});
}

static void asks_ranges(struct task *t, struct world *w)
{
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    struct client_ranges ranges = {0};
    struct arena a;
    arena_init(&a);
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_open(t, tree, &open, &file)));
    status = client_allocated_ranges(t, file, (struct client_range){1000, 1000}, &a, &ranges);
    got_count = ranges.count;
    assert_in_range(got_count, 0, ARRAY_LEN(got));
    if (got_count)
        memcpy(got, ranges.items, got_count * sizeof(*got));
    arena_fini(&a);
    IGNORE(client_close(t, file));
    client_tree_disconnect(t, tree);
}

static void ranges_run(bool overflow, size_t count, const struct client_range *list)
{
    answered_count = count;
    if (count)
        memcpy(answered, list, count * sizeof(*list));
    overflows = overflow;
    run(SMB2_CMD_IOCTL, ranges_put, asks_ranges);
}

/* Whoever follows the ranges gets on with each answer, or is told that there is no way. */
static void test_ranges(void **state)
{
    (void)state;
    static const struct client_range wide[] = {{0, 1100}, {1200, 100}, {1900, 5000}};
    ranges_run(false, 3, wide);
    assert_true(nt_ok(status));
    assert_int_equal(got_count, 3);
    assert_int_equal(got[0].offset, 1000);
    assert_int_equal(got[0].length, 100);
    assert_int_equal(got[2].offset + got[2].length, 2000);

    static const struct client_range back[] = {{1500, 100}, {1100, 50}, {1550, 100}, {1700, 0}};
    ranges_run(false, 4, back);
    assert_int_equal(got_count, 2);
    assert_int_equal(got[1].offset, 1600);
    assert_int_equal(got[1].length, 50);

    static const struct client_range outside[] = {{0, 1000}, {2000, 1}, {UINT64_MAX, 9}};
    ranges_run(true, 3, outside);
    assert_true(nt_is(status, STATUS_INVALID_PARAMETER));
    ranges_run(true, 0, NULL);
    assert_true(nt_is(status, STATUS_INVALID_PARAMETER));
    ranges_run(false, 0, NULL);
    assert_true(nt_ok(status));
    ranges_run(true, 3, wide);
    assert_true(nt_is(status, STATUS_BUFFER_OVERFLOW));
    assert_int_equal(got_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
