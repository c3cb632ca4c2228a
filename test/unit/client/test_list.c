/* SPDX-License-Identifier: Apache-2.0
 *
 * Listings of servers that lie: names that lead elsewhere, no end, more than was asked for. */
#include "server.h"

#include "proto/dir_info.h"

/* What the n-th answer lists (n from 0); no names: the end. */
static void (*listing)(struct answer *a, unsigned n);
static ntstatus status;
static size_t total;
static unsigned batches;

static void names_put(struct answer *a, const char *const *names, size_t count)
{
    struct wr_hole hole = output_rsp_begin(&a->w);
    struct dir_writer d = dir_writer_of(&a->w, FILE_DIRECTORY_INFORMATION);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(dir_writer_add(&d, &(struct dir_entry){.name = names[i]}), DIR_ADDED);
    output_rsp_end(&a->w, hole);
}

static void one_name(struct answer *a, const char *name)
{
    names_put(a, &name, 1);
}

static bool lists(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_QUERY_DIRECTORY)
        return false;
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    listing(a, s->count++);
    answer_send(s, a);
    return true;
}

static void reads_all(struct task *t, struct world *w)
{
    struct client_tree *tree;
    struct client_file *dir;
    struct client_open_args open = {.path = "", .disposition = FILE_OPEN};
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_open(t, tree, &open, &dir)));
    status = STATUS_SUCCESS;
    for (batches = 0, total = 0; nt_ok(status) && batches < 1000; batches++) {
        struct arena a;
        struct client_dirent *entries;
        size_t count = 0;
        arena_init(&a);
        status = client_list(t, dir, &a, &entries, &count);
        total += nt_ok(status) ? count : 0;
        arena_fini(&a);
    }
    IGNORE(client_close(t, dir));
    client_tree_disconnect(t, tree);
}

static void run(void (*what)(struct answer *a, unsigned n))
{
    struct world w = world_of(reads_all);
    listing = what;
    w.script.on = what ? lists : NULL;
    world_run(&w);
    assert_true(nt_ok(w.connected));
}

static void test_honest(void **state)
{
    (void)state;
    run(NULL);
    assert_true(nt_is(status, STATUS_NO_MORE_FILES));
    assert_int_equal(total, 2);
}

static const char *bad_name;

static void has_bad_name(struct answer *a, unsigned n)
{
    (void)n;
    one_name(a, bad_name);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {"../etc/passwd", "a/b", "/", "\\", "..\\x", "x\\"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        bad_name = names[i];
        run(has_bad_name);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET));
        assert_int_equal(total, 0);
    }
}

/* NUL and an unpaired surrogate in a name. */
static uint16_t bad_unit;

static void has_bad_unit(struct answer *a, unsigned n)
{
    (void)n;
    one_name(a, "abc");
    uint8_t *unit = a->w.at - 2;
    unit[0] = (uint8_t)bad_unit;
    unit[1] = (uint8_t)(bad_unit >> 8);
}

static void test_units(void **state)
{
    (void)state;
    static const uint16_t units[] = {0, 0xD800, 0xDC00, '/'};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        bad_unit = units[i];
        run(has_bad_unit);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET));
    }
}

static void same_for_ever(struct answer *a, unsigned n)
{
    (void)n;
    one_name(a, "again");
}

static void in_circles(struct answer *a, unsigned n)
{
    static const char *const names[] = {"a", "b", "c"};
    one_name(a, names[n % 3]);
}

static void dots_for_ever(struct answer *a, unsigned n)
{
    static const char *const dots[] = {".", "..", ".", "..", ".", ".."};
    names_put(a, dots, 1 + n % 5);
}

static void empty_batch(struct answer *a, unsigned n)
{
    (void)n;
    struct wr_hole hole = output_rsp_begin(&a->w);
    output_rsp_end(&a->w, hole);
}

static void too_much(struct answer *a, unsigned n)
{
    static char names[1100][40];
    static const char *list[1100];
    (void)n;
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        snprintf(names[i], sizeof(names[i]), "name number %zu", i);
        list[i] = names[i];
    }
    names_put(a, list, ARRAY_LEN(list));
}

static void chain_points_back(struct answer *a, unsigned n)
{
    (void)n;
    one_name(a, "x");
    memset(a->bytes + SMB2_OUTPUT_RSP_DATA_AT, 0xff, 4);
}

static void test_no_end(void **state)
{
    (void)state;
    static const struct {
        void (*lie)(struct answer *a, unsigned n);
        unsigned batches; /* until it is seen through */
    } cases[] = {{same_for_ever, 2}, {in_circles, 4}, {dots_for_ever, 3},
                 {empty_batch, 1},   {too_much, 1},   {chain_points_back, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        run(cases[i].lie);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET));
        assert_int_equal(batches, cases[i].batches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
