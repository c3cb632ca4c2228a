/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole connections against a whole server: what a stranger may send from the first byte on, and
 * what somebody who has logged on may send, in any order, from one or two connections, with or
 * without waiting for answers.  What must hold: the server's assertions; its answers are messages
 * a client understands (judge.c); and when everybody has hung up nothing is left. */
#include "input.h"
#include "peer.h"
#include "proto/fsctl.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

#define FILE_ID_BYTES 16u
#define IOCTL_INPUT_AT 56u
#define BODY_BYTES_MAX 8192u

/* Where a body has its FileId; 0: nowhere. */
static const uint8_t file_id_at[SMB2_CMD_COUNT] = {
    [SMB2_CMD_CLOSE] = 8,
    [SMB2_CMD_FLUSH] = 8,
    [SMB2_CMD_READ] = 16,
    [SMB2_CMD_WRITE] = 16,
    [SMB2_CMD_LOCK] = 8,
    [SMB2_CMD_IOCTL] = 8,
    [SMB2_CMD_QUERY_DIRECTORY] = 8,
    [SMB2_CMD_CHANGE_NOTIFY] = 8,
    [SMB2_CMD_QUERY_INFO] = 24,
    [SMB2_CMD_SET_INFO] = 16,
    [SMB2_CMD_OPLOCK_BREAK] = 8,
};

struct run {
    struct world world;
    struct peer peers[2];
    unsigned peer_count;
    struct peer_config config;
    bool channel;
    const uint8_t *mask; /* for the next request */
    bool stalled[2];
};

static void file_id_put(uint8_t *to, struct smb2_file_id id)
{
    struct wr w = wr_of(mspan_of(to, FILE_ID_BYTES));
    wr_smb2_file_id(&w, id);
}

/* Puts the ids into a body that the input cannot know. */
static void body_fill(const struct peer *p, const struct action *a, struct mspan body)
{
    unsigned slot = action_slot(a), command = action_kind(a), at = file_id_at[command];
    if (slot == SLOT_AS_IS || at == 0 || body.len < at + FILE_ID_BYTES)
        return;
    if (slot == SLOT_PREVIOUS) {
        memset(body.p + at, 0xFF, FILE_ID_BYTES);
        return;
    }
    file_id_put(body.p + at, p->opens[slot - 1]);
    struct rd r = rd_of(span_ro(body));
    rd_skip(&r, 4);
    uint32_t code = rd_u32(&r);
    bool copies = code == FSCTL_SRV_COPYCHUNK || code == FSCTL_SRV_COPYCHUNK_WRITE ||
                  code == FSCTL_DUPLICATE_EXTENTS_TO_FILE;
    if (command != SMB2_CMD_IOCTL || !copies || body.len < IOCTL_INPUT_AT + FILE_ID_BYTES + 8)
        return;
    file_id_put(body.p + IOCTL_INPUT_AT, p->opens[slot % PEER_SLOTS]);
    struct wr w = wr_of(mspan_of(body.p + IOCTL_INPUT_AT + FILE_ID_BYTES, 8));
    if (code != FSCTL_DUPLICATE_EXTENTS_TO_FILE)
        wr_u64(&w, p->session_id);
}

static void request(struct run *run, struct peer *p, const struct action *a)
{
    uint8_t body[BODY_BYTES_MAX];
    size_t len = MIN(a->body.len, sizeof(body));
    if (len)
        memcpy(body, a->body.p, len);
    body_fill(p, a, mspan_of(body, len));
    enum peer_tree tree = (enum peer_tree)action_tree(a);
    if (p->count == 0)
        peer_tree_need(p, tree);
    peer_add(p, &(struct peer_request){.command = (uint16_t)action_kind(a),
                                       .related = a->what & ACTION_RELATED,
                                       .tree = tree,
                                       .body = span_of(body, len),
                                       .mask = run->mask});
    run->mask = NULL;
}

static void stall(struct run *run, unsigned who)
{
    run->stalled[who] = !run->stalled[who];
    struct sim_link link = {.stalled = run->stalled[who]};
    sim_link_set(run->world.sim, run->peers[who].server_fd, &link);
}

static void frame_send(struct peer *p, struct span body)
{
    uint8_t head[4] = {0, 0, (uint8_t)(body.len >> 8), (uint8_t)body.len};
    peer_send_bytes(p, span_of(head, sizeof(head)));
    peer_send_bytes(p, body);
}

static void pass_time(struct run *run, const struct action *a)
{
    static const uint32_t us[8] = {[PAUSE_6MS] = 6000, [PAUSE_100MS] = 100000,
                                   [PAUSE_36S] = 36000000};
    if (action_pause(a) != PAUSE_NONE)
        world_run_us(&run->world, us[action_pause(a)]);
}

static void act(struct run *run, struct peer *p, const struct action *a)
{
    switch (action_kind(a)) {
    case ACTION_MESSAGE:
        peer_add_raw(p, a->body);
        break;
    case ACTION_FRAME:
        frame_send(p, a->body);
        break;
    case ACTION_BYTES:
        peer_send_bytes(p, a->body);
        break;
    case ACTION_MASK:
        run->mask = a->body.len >= SMB2_HEADER_SIZE ? a->body.p : NULL;
        return;
    case ACTION_STALL:
        stall(run, p == &run->peers[1]);
        break;
    case ACTION_HANG_UP:
        peer_hang_up(p);
        break;
    default:
        if (action_kind(a) < SMB2_CMD_COUNT)
            request(run, p, a);
        break;
    }
    if (a->what & ACTION_CHAINED)
        return;
    peer_send(p);
    pass_time(run, a);
}

static void second_begin(struct run *run)
{
    struct peer_config config = run->config;
    bool channel = run->channel && config.dialect >= SMB2_DIALECT_300 &&
                   config.guard != PEER_GUEST;
    config.channel = channel ? &run->peers[0] : NULL;
    config.client = channel ? config.client : (uint8_t)(config.client + 1);
    peer_init(&run->peers[1], &run->world, &config);
    run->peer_count++;
}

static void run_actions(struct run *run, struct span input)
{
    static struct action list[ACTIONS_MAX];
    unsigned count = actions_read(input, list);
    for (unsigned i = 0; i < count && run->peer_count == 1; i++)
        if (list[i].what & ACTION_SECOND)
            second_begin(run);
    for (unsigned i = 0; i < count; i++)
        act(run, &run->peers[list[i].what & ACTION_SECOND ? 1 : 0], &list[i]);
    for (unsigned i = 0; i < run->peer_count; i++)
        peer_send(&run->peers[i]);
    world_run_us(&run->world, 0);
}

static void run_end(struct run *run)
{
    for (unsigned i = 0; i < run->peer_count; i++)
        peer_hang_up(&run->peers[i]);
    world_fini(&run->world);
    for (unsigned i = 0; i < run->peer_count; i++)
        peer_fini(&run->peers[i]);
}

/* A small quarantine and short stacks of allocations: an execution should take a millisecond. */
const char *__asan_default_options(void)
{
    return "malloc_context_size=5:quarantine_size_mb=16";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    world_prepare();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t dialects[8] = {0x0311, 0x0311, 0x0302, 0x0300, 0x0210, 0x0202, 0x0311,
                                         0x0311};
    static struct run run;
    if (size == 0)
        return 0;
    enum input_mode mode = INPUT_MODE_OF(data[0]);
    struct span rest = span_of(data + 1, size - 1);
    run = (struct run){.peer_count = 1, .channel = data[0] & INPUT_CHANNEL};
    world_init(&run.world);
    sim_shuffle(run.world.sim, data[0] & INPUT_SHUFFLE);
    if (mode == INPUT_RAW) {
        peer_init(&run.peers[0], &run.world, NULL);
        peer_send_bytes(&run.peers[0], rest);
        world_run_us(&run.world, 0);
    } else {
        run.config = (struct peer_config){
            .dialect = dialects[(data[0] >> 2) & 7],
            .guard = mode == INPUT_GUEST    ? PEER_GUEST
                     : mode == INPUT_SIGNED ? PEER_SIGNED
                                            : PEER_SEALED,
            .client = 1,
        };
        peer_init(&run.peers[0], &run.world, &run.config);
        run_actions(&run, rest);
    }
    run_end(&run);
    return 0;
}
