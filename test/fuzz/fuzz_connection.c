/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole connections against a whole server with a real directory behind it, on virtual time.
 *
 * The first bytes choose dialect, server policy and what each of three clients is: raw (nothing
 * was said yet), a null session, a user who signs, a user who seals; the third one may share the
 * first one's ClientGuid, so that it can bind.  The rest is a list of orders, each a byte and a
 * 16-bit length with so many bytes: a frame for one of the clients, in which the harness may
 * replace message, session and tree ids by good ones and sixteen bytes of FE by the last FileId,
 * and which it may sign or seal; or hanging up, logging on again, letting time pass.
 *
 * Whatever comes back must be a well-formed message, and at the end the server must be able to
 * stop, which it cannot while anything is leaked. */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "nt/nt.h"
#include "peer.h"

#define CLIENTS 3
#define ORDERS_MAX 48
#define RUNS_PER_WORLD 256 /* it remembers every socket it ever had */
#define FILE_BYTES_MAX (1u << 20)
#define IO_BYTES_MAX (128u << 10)

enum kind { RAW, NOBODY, SIGNS, SEALS };

/* An order's byte: the client in the low bits, 3 being an order without frame. */
#define ORDER_CLIENT 0x03
#define ORDER_IDS 0x04     /* good ids in each element */
#define ORDER_PROTECT 0x08 /* sign or seal as the client does */
#define ORDER_PIPE 0x10    /* on the tree of IPC$ */

struct client {
    struct peer peer;
    bool open;
    uint32_t pipe_tree, disk_tree;
    uint8_t file_id[16];
};

static struct world world;
static struct nt_volume *volume;
static char directory[64];
static bool dirty = true;
static struct client clients[CLIENTS];
static uint16_t dialect;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* The world stays from one input to the next, which a leak check after each would take for leaks;
 * that nothing of a server is left is what world_stop asserts. */
const char *__asan_default_options(void)
{
    return "detect_leaks=0:quarantine_size_mb=32";
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    if (at->level > 0)
        (void)!remove(path);
    return 0;
}

static void file_write(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *f = fopen(path, "w");
    ASSERT(f);
    fputs(text, f);
    fclose(f);
}

static void directory_reset(void)
{
    char path[128];
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    snprintf(path, sizeof(path), "%s/dir", directory);
    ASSERT(mkdir(path, 0700) == 0);
    file_write("f", "some text to be read");
    file_write("dir/g", "more of it");
    dirty = false;
}

static void directory_remove(void)
{
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    rmdir(directory);
}

static void begin_all(void)
{
    struct rlimit limit = {FILE_BYTES_MAX, FILE_BYTES_MAX};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    snprintf(directory, sizeof(directory), "%s/braid-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ASSERT(mkdtemp(directory));
    atexit(directory_remove);
    struct nt_volume_config config = {.path = directory, .name = "d", .oplocks = true,
                                      .leases = true, .create_mask = 0777, .directory_mask = 0777};
    ASSERT(nt_volume_new(&config, &volume) == 0);
}

static void serve(uint8_t policy)
{
    struct smb_server_config config = {
        .signing_required = policy & 1,
        .encryption = policy & 2 ? SMB_ENCRYPT_DESIRED : SMB_ENCRYPT_OFFERED,
        .multichannel = true,
        .leases = true,
        .directory_leases = true,
        .allow_anonymous = true,
        .allow_guest = policy & 4,
        .io_bytes_max = IO_BYTES_MAX,
        .credits_max = 512,
    };
    world_serve(&world, &config);
    struct smb_share_config share = {.name = "d", .guest_ok = true, .browseable = true,
                                     .read_only = policy & 8, .volume = volume};
    world_share(&world, &share);
}

static void trees(struct client *c)
{
    struct peer *p = &c->peer;
    if (nt_ok(peer_tree(p, "IPC$")))
        c->pipe_tree = p->tree_id;
    if (nt_ok(peer_tree(p, "d")))
        c->disk_tree = p->tree_id;
}

static void log_on(struct client *c, enum kind kind, uint8_t flags)
{
    struct peer *p = &c->peer;
    struct logon l = {.user = kind == NOBODY ? "" : "user", .hash = 1, .flags = flags};
    if (nt_ok(peer_logon(p, &l)))
        trees(c);
    p->seals = p->seals || (kind == SEALS && p->seal_out);
}

static void client_begin(struct client *c, enum kind kind)
{
    *c = (struct client){.open = true};
    peer_init(&c->peer, &world);
    c->peer.client_guid.b[3] = c != &clients[1];
    if (kind != RAW && nt_ok(peer_negotiate(&c->peer, dialect)))
        log_on(c, kind, 0);
}

static void client_end(struct client *c)
{
    if (c->open)
        peer_fini(&c->peer);
    c->open = false;
}

static void element_check(struct client *c, struct rd r)
{
    struct smb2_header h;
    bool ok = smb2_header_read(&r, &h);
    ASSERT(ok && (h.flags & SMB2_FLAG_RESPONSE) && rd_left(&r) >= 2);
    if (h.command != SMB2_CMD_CREATE || h.status.v != 0 || rd_left(&r) < 88)
        return;
    rd_skip(&r, 64);
    rd_bytes(&r, c->file_id, sizeof(c->file_id));
    dirty = true;
}

/* Takes all that came, and remembers the FileId of a CREATE. */
static void drain(struct client *c)
{
    struct mspan message;
    bool sealed;
    while (peer_front(&c->peer, &message, &sealed)) {
        struct span left = span_ro(message);
        for (size_t next = 1; next != 0;) {
            struct rd r = rd_of(left);
            struct smb2_header h;
            ASSERT(smb2_header_read(&r, &h));
            next = h.next_command;
            ASSERT(next % 8 == 0 && next < left.len);
            element_check(c, rd_of(span_of(left.p, next ? next : left.len)));
            left = span_of(left.p + next, left.len - next);
        }
        peer_pop(&c->peer);
    }
}

static void put(uint8_t *at, uint64_t v, size_t bytes)
{
    memcpy(at, &v, bytes);
}

static void ids_put(struct client *c, uint8_t *p, size_t len, uint8_t order)
{
    struct peer *peer = &c->peer;
    for (size_t at = 0; at + SMB2_HEADER_SIZE <= len;) {
        uint8_t *h = p + at;
        uint32_t next;
        memcpy(&next, h + SMB2_HEADER_NEXT_COMMAND_AT, sizeof(next));
        put(h, SMB2_PROTOCOL_ID, 4);
        put(h + 4, SMB2_HEADER_SIZE, 2);
        put(h + SMB2_HEADER_CREDITS_AT, 32, 2);
        h[SMB2_HEADER_FLAGS_AT] &= (uint8_t)~SMB2_FLAG_RESPONSE;
        if (h[12] != SMB2_CMD_CANCEL)
            put(h + SMB2_HEADER_MESSAGE_ID_AT, peer->message_id++, 8);
        put(h + 36, order & ORDER_PIPE ? c->pipe_tree : c->disk_tree, 4);
        put(h + 40, peer->session_id, 8);
        if (next < SMB2_HEADER_SIZE || next % 8 || next > len - at)
            break;
        at += next;
    }
    static const uint8_t mark[16] = {0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE,
                                     0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE};
    for (uint8_t *at; (at = memmem(p, len, mark, sizeof(mark)));)
        memcpy(at, c->file_id, sizeof(mark));
}

static void sign_all(struct client *c, uint8_t *p, size_t len)
{
    for (size_t at = 0; at + SMB2_HEADER_SIZE <= len;) {
        uint32_t next;
        memcpy(&next, p + at + SMB2_HEADER_NEXT_COMMAND_AT, sizeof(next));
        bool more = next >= SMB2_HEADER_SIZE && next % 8 == 0 && next <= len - at;
        peer_sign(&c->peer, mspan_of(p + at, more ? next : len - at));
        if (!more)
            break;
        at += next;
    }
}

static void send_frame(struct client *c, struct span bytes, uint8_t order)
{
    static uint8_t buf[UINT16_MAX];
    if (!c->open || bytes.len == 0)
        return;
    memcpy(buf, bytes.p, bytes.len);
    if (order & ORDER_IDS)
        ids_put(c, buf, bytes.len, order);
    bool protect = order & ORDER_PROTECT;
    if (protect && c->peer.seals)
        peer_send_sealed(&c->peer, span_of(buf, bytes.len));
    else {
        if (protect && c->peer.signer)
            sign_all(c, buf, bytes.len);
        peer_send_raw(&c->peer, span_of(buf, bytes.len));
    }
    for (size_t i = 0; i < CLIENTS; i++)
        if (clients[i].open)
            drain(&clients[i]);
}

static void other_order(struct span bytes)
{
    uint8_t what = bytes.len ? bytes.p[0] : 0;
    struct client *c = &clients[what % CLIENTS];
    switch (what / CLIENTS % 6) {
    case 0:
        client_end(c);
        client_begin(c, (enum kind)(what >> 6));
        return;
    case 1:
        world_pass(&world, 6000);
        break;
    case 2:
        world_pass(&world, 40000000);
        break;
    case 3:
        if (c->open && c->peer.reading)
            peer_cut(&c->peer);
        break;
    case 4: /* reauthenticate, or a second session */
        if (what & 0x80)
            c->peer.session_id = 0;
        if (c->open && c->peer.dialect)
            log_on(c, (enum kind)(1 + (what >> 6) % 3), 0);
        break;
    default: /* bind to the first client's session */
        peer_adopt(&clients[2].peer, &clients[0].peer);
        if (clients[2].open && clients[2].peer.dialect)
            log_on(&clients[2], SIGNS, SMB2_SESSION_SETUP_BINDING);
        break;
    }
    for (size_t i = 0; i < CLIENTS; i++)
        if (clients[i].open)
            drain(&clients[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t dialects[] = {0x0311, 0x0210, 0x0302, 0x0202};
    static unsigned runs;
    if (!volume)
        begin_all();
    if (runs % RUNS_PER_WORLD == 0) {
        if (world.sim)
            world_fini(&world);
        world_init(&world, 1, NULL);
        world_stop(&world);
    }
    runs++;
    if (dirty)
        directory_reset();
    struct rd r = rd_of(span_of(data, size));
    uint8_t first = rd_u8(&r), kinds = rd_u8(&r);
    dialect = dialects[first & 3];
    serve(first >> 2);
    unsigned count = 1 + (kinds >> 6) % CLIENTS;
    for (unsigned i = 0; i < count; i++)
        client_begin(&clients[i], (enum kind)(kinds >> 2 * i & 3));
    for (unsigned i = 0; i < ORDERS_MAX && rd_left(&r) > 3; i++) {
        uint8_t order = rd_u8(&r);
        size_t len = rd_u16(&r);
        struct span bytes = rd_span(&r, MIN(len, rd_left(&r)));
        if ((order & ORDER_CLIENT) == CLIENTS)
            other_order(bytes);
        else
            send_frame(&clients[order & ORDER_CLIENT], bytes, order);
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        client_end(&clients[i]);
    world_stop(&world);
    return 0;
}
