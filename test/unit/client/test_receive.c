/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that a server should never give: each ends the connection, and every request in flight
 * learns of it; and those it may give although they are unusual. */
#include "server.h"

/* How the server misbehaves when it is asked for a FLUSH. */
enum mischief {
    NONE,
    UNSIGNED,
    FORGED,
    OTHER_SESSION,
    OTHER_COMMAND,
    OTHER_MESSAGE,
    NOT_AN_ANSWER,
    TWICE,
    UNASKED_NOTE,
    BAD_CHAIN,
    CHAIN_TO_NOWHERE,
    CUT_HEADER,
    PENDING_WITHOUT_ASYNC,
    PENDING_OTHER_ID,
    PENDING_STORM,
    PENDING_AFTER_ANSWER,
    SEAL_STRIPPED,
    SEAL_FORGED,
    SEAL_OTHER_SESSION,
    SEAL_CUT,
    SEAL_UNASKED,
    MISCHIEF_COUNT,
    /* harmless */
    INTERIM = MISCHIEF_COUNT,
    INTERIM_TWICE,
    BREAK_NOTE,
    HARMLESS_END,
};

static enum mischief mischief;
static ntstatus status, later;

static void send_twice(struct server *s, const struct asked *q)
{
    answer_send(s, answer_default(s, q));
    answer_send(s, answer_default(s, q));
}

static void send_interims(struct server *s, const struct asked *q, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        answer_send(s, answer_interim(s, q, 77));
    struct answer *a = answer_default(s, q);
    a->h.flags |= SMB2_FLAG_ASYNC;
    a->h.async_id = 77;
    answer_send(s, a);
}

static void send_note(struct server *s, const struct asked *q, uint16_t command)
{
    struct answer *a = answer_new(s, q, STATUS_SUCCESS);
    a->h.message_id = SMB2_ID_ALL_ONES;
    a->h.command = command;
    a->plain = true;
    wr_zero(&a->w, 24);
    answer_send(s, a);
    answer_send(s, answer_default(s, q));
}

static void send_sealed_cut(struct server *s)
{
    static const uint8_t cut[] = {0xFD, 'S', 'M', 'B', 1, 2, 3};
    server_send_raw(s, cut, sizeof(cut));
}

static void send_pending(struct server *s, const struct asked *q)
{
    if (mischief == PENDING_OTHER_ID)
        answer_send(s, answer_interim(s, q, 1));
    else if (mischief == PENDING_AFTER_ANSWER)
        answer_send(s, answer_default(s, q));
    struct answer *a = answer_interim(s, q, 2);
    if (mischief == PENDING_WITHOUT_ASYNC)
        a->h.flags &= ~SMB2_FLAG_ASYNC;
    answer_send(s, a);
    if (mischief == PENDING_OTHER_ID)
        answer_send(s, answer_default(s, q));
}

/* One answer with one thing wrong. */
static void send_wrong(struct server *s, const struct asked *q)
{
    struct answer *a = answer_default(s, q);
    a->plain = mischief == UNSIGNED || mischief == SEAL_STRIPPED;
    a->forged = mischief == FORGED || mischief == SEAL_FORGED;
    a->other_seal_session = mischief == SEAL_OTHER_SESSION;
    a->sealed = a->sealed || mischief == SEAL_UNASKED;
    if (mischief == OTHER_SESSION)
        a->h.session_id++;
    if (mischief == OTHER_COMMAND)
        a->h.command = SMB2_CMD_ECHO;
    if (mischief == OTHER_MESSAGE)
        a->h.message_id += 100;
    if (mischief == NOT_AN_ANSWER)
        a->h.flags &= ~SMB2_FLAG_RESPONSE;
    if (mischief == BAD_CHAIN)
        a->h.next_command = 68;
    if (mischief == CHAIN_TO_NOWHERE)
        a->h.next_command = 4096;
    if (mischief == CUT_HEADER) {
        a->plain = true;
        a->w.at -= 10;
    }
    answer_send(s, a);
}

static bool misbehaves(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_FLUSH)
        return false;
    switch (mischief) {
    case TWICE:
        send_twice(s, q);
        break;
    case UNASKED_NOTE:
        send_note(s, q, SMB2_CMD_CHANGE_NOTIFY);
        break;
    case BREAK_NOTE:
        send_note(s, q, SMB2_CMD_OPLOCK_BREAK);
        break;
    case PENDING_WITHOUT_ASYNC:
    case PENDING_OTHER_ID:
    case PENDING_AFTER_ANSWER:
        send_pending(s, q);
        break;
    case PENDING_STORM:
        send_interims(s, q, 100000);
        break;
    case INTERIM:
        send_interims(s, q, 1);
        break;
    case INTERIM_TWICE:
        send_interims(s, q, 2);
        break;
    case SEAL_CUT:
        send_sealed_cut(s);
        break;
    default:
        send_wrong(s, q);
    }
    return true;
}

static void flushes(struct task *t, struct world *w)
{
    struct client_tree *tree;
    struct client_file *file;
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_open(t, tree, &open, &file)));
    status = client_flush(t, file);
    IGNORE(task_sleep_us(t, 1000));
    struct file_info info;
    later = client_fstat(t, file, &info);
    IGNORE(client_close(t, file));
    client_tree_disconnect(t, tree);
}

static bool is_about_seals(enum mischief m)
{
    return m >= SEAL_STRIPPED && m <= SEAL_CUT;
}

static void run(bool sealed)
{
    struct world w = world_of(flushes);
    w.script.on = misbehaves;
    w.options.encrypt = sealed;
    status = later = STATUS_INTERNAL_ERROR;
    world_run(&w);
    assert_true(nt_ok(w.connected));
}

static void test_mischief(void **state)
{
    (void)state;
    for (mischief = UNSIGNED; mischief < MISCHIEF_COUNT; mischief++) {
        run(is_about_seals(mischief));
        bool answered = mischief == TWICE || mischief == PENDING_AFTER_ANSWER;
        bool harmless = mischief == SEAL_UNASKED; /* better than what was asked for */
        if (!nt_is(status, answered || harmless ? STATUS_SUCCESS : STATUS_CONNECTION_RESET) ||
            !nt_is(later, harmless ? STATUS_SUCCESS : STATUS_CONNECTION_RESET))
            fail_msg("mischief %d: %s, later %s", mischief, ntstatus_name(status),
                     ntstatus_name(later));
    }
}

static void test_mischief_under_seal(void **state)
{
    (void)state;
    static const enum mischief some[] = {UNSIGNED,         OTHER_SESSION,    OTHER_COMMAND,
                                         OTHER_MESSAGE,    NOT_AN_ANSWER,    BAD_CHAIN,
                                         CHAIN_TO_NOWHERE, PENDING_OTHER_ID, PENDING_STORM};
    for (size_t i = 0; i < ARRAY_LEN(some); i++) {
        mischief = some[i];
        run(true);
        assert_true(nt_is(status, STATUS_CONNECTION_RESET));
    }
}

static void test_unusual(void **state)
{
    (void)state;
    for (mischief = INTERIM; mischief < HARMLESS_END; mischief++) {
        for (int sealed = 0; sealed < 2; sealed++) {
            run(sealed);
            assert_true(nt_ok(status));
            assert_true(nt_ok(later));
        }
    }
    mischief = NONE;
    run(false);
    assert_true(nt_ok(later));
}

/* Signed, but the share is one that seals. */
static bool signs_only(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_FLUSH)
        return false;
    assert_true(q->sealed);
    struct answer *a = answer_default(s, q);
    a->sealed = false;
    answer_send(s, a);
    return true;
}

static void test_seal_of_a_share_replaced(void **state)
{
    (void)state;
    struct world w = world_of(flushes);
    w.script.on = signs_only;
    w.script.share_flags = SMB2_SHARE_FLAG_ENCRYPT_DATA;
    world_run(&w);
    assert_true(nt_is(status, STATUS_CONNECTION_RESET));
}

/* Garbage instead of the first answer. */
static void test_garbage(void **state)
{
    (void)state;
    static const char *const frames[] = {"x", "\xFESMB", "\xFDSMB and more", "\xFFSMB0123456789",
                                         "\xFCSMB"};
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        struct world w = world_of(NULL);
        w.script.garbage = frames[i];
        world_run(&w);
        assert_true(nt_is(w.connected, STATUS_CONNECTION_RESET));
        assert_int_equal(w.took_us / 1000000, 0);
    }
}

/* Answers come in the reverse order of what was asked. */
#define READERS 8

struct reader {
    struct client_file *file;
    unsigned index;
    uint8_t byte;
};

static struct answer *held[READERS];
static unsigned finished;

static bool holds_reads(struct task *t, struct server *s, const struct asked *q)
{
    (void)t;
    if (q->h.command != SMB2_CMD_READ)
        return false;
    held[s->count++] = answer_default(s, q);
    while (s->count == READERS && held[0])
        for (unsigned i = READERS; i-- > 0;)
            answer_send(s, TAKE(held[i]));
    return true;
}

static void reads(struct task *t, void *arg)
{
    struct reader *r = arg;
    size_t len;
    assert_true(nt_ok(client_read(t, r->file, r->index, mspan_of(&r->byte, 1), &len)));
    assert_int_equal(len, 1);
    finished++;
}

static void reads_at_once(struct task *t, struct world *w)
{
    struct client_tree *tree;
    struct client_file *file;
    struct reader readers[READERS];
    struct client_open_args open = {.path = "file", .disposition = FILE_OPEN};
    assert_true(nt_ok(client_tree_connect(t, w->conn, "files", &tree)));
    assert_true(nt_ok(client_open(t, tree, &open, &file)));
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = (struct reader){file, i, 0};
        assert_non_null(task_spawn(task_reactor(t), "reader", reads, &readers[i]));
    }
    while (finished < READERS)
        IGNORE(task_sleep_us(t, 1000));
    for (unsigned i = 0; i < READERS; i++)
        assert_int_equal(readers[i].byte, i * 7);
    assert_true(nt_ok(client_close(t, file)));
    client_tree_disconnect(t, tree);
}

static void test_out_of_order(void **state)
{
    (void)state;
    struct world w = world_of(reads_at_once);
    w.script.on = holds_reads;
    world_run(&w);
    assert_int_equal(finished, READERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mischief),
        cmocka_unit_test(test_mischief_under_seal),
        cmocka_unit_test(test_unusual),
        cmocka_unit_test(test_seal_of_a_share_replaced),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_out_of_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
