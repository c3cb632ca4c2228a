/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole server and several clients in one thread on virtual time: two reactors serve, one is
 * the clients'.  Each client works at random on files of its own and keeps a model of them; links
 * delay, deliver in pieces and, in every second run, break.  What was acknowledged must be there;
 * what was interrupted may have happened or not, and touches nothing else.
 *
 *     sim_server            seeds 1 .. 20, each twice: the second run must be the same
 *     BRAID_SEED=n          one seed, longer */
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/hash.h"
#include "client/client.h"
#include "crypto/ntlm_crypto.h"
#include "net/transport.h"
#include "nt/nt.h"
#include "proto/sd.h"
#include "smb/server.h"
#include "task/simio.h"

#define CLIENTS 3u
#define FILES 6u
#define FILE_BYTES_MAX 200000u
#define STEPS_SHORT 60u
#define STEPS_LONG 400u
#define RUN_US (3600ull * 1000000) /* of virtual time: far more than any run takes */
#define PORT 445

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "seed %llu: %s:%d: %s\n", (unsigned long long)world.seed, __FILE__,    \
                    __LINE__, #x);                                                                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* One file of a client as the client knows it: bytes are a function of (stamp, offset). */
struct model {
    bool exists, uncertain;
    uint32_t stamp, size;
};

struct actor {
    unsigned index;
    struct client_conn *conn;
    struct client_tree *tree;
    struct model files[FILES];
    uint32_t last_stamp;
    uint64_t reconnects, acknowledged;
};

static struct {
    uint64_t seed;
    unsigned steps;
    struct sim *sim;
    struct reactor *server_reactors[2], *client_reactor;
    struct smb_server *server;
    struct nt_volume *volume;
    struct task *acceptor;
    struct actor actors[CLIENTS];
    unsigned running;
    int listen_fd;
    char root[64];
} world;

static uint32_t pick(uint32_t below)
{
    return (uint32_t)sim_random(world.sim, below);
}

static uint8_t byte_at(uint32_t stamp, uint32_t offset)
{
    uint32_t x = (stamp * 2654435761u) ^ (offset * 40503u);
    return (uint8_t)(x >> 13);
}

/* ---- the server's side ---- */

static int look_up(void *ctx, const char *user, const char *domain,
                   struct auth_account *ret_account)
{
    (void)ctx;
    (void)domain;
    if (strcmp(user, "ada") != 0)
        return -ENOENT;
    static const uint8_t password[] = {'s', 0, 'e', 0, 'c', 0, 'r', 0, 'e', 0, 't', 0};
    *ret_account = (struct auth_account){.name = "ada"};
    ntlm_md4(span_of(password, sizeof(password)), ret_account->nt_hash);
    return 0;
}

static int user_of(void *ctx, const char *name, struct smb_user *ret_user)
{
    (void)ctx;
    (void)name;
    *ret_user = (struct smb_user){.cred = vfs_cred_ambient(), .sid = sid_of_uid(geteuid())};
    return 0;
}

static void accept_task(struct task *t, void *arg)
{
    (void)arg;
    int fd;
    while ((fd = io_accept(t, world.listen_fd)) >= 0)
        smb_server_accept(world.server, task_reactor(t), transport_tcp_new(task_reactor(t), fd));
    world.acceptor = NULL;
}

static void server_make(void)
{
    struct nt_volume_config vc = {.path = world.root,
                                  .name = "share",
                                  .hide_dot_files = true,
                                  .store_dos_attributes = true,
                                  .create_mask = 0744,
                                  .directory_mask = 0755,
                                  .oplocks = true,
                                  .leases = true};
    CHECK(nt_volume_new(&vc, &world.volume) == 0);
    struct smb_server_config sc = {.netbios_name = "SIM",
                                   .netbios_domain = "SIM",
                                   .dialect_min = 0x0202,
                                   .dialect_max = 0x0311,
                                   .signing_required = true,
                                   .encryption = SMB_ENCRYPT_OFFERED,
                                   .multichannel = true,
                                   .lookup = look_up,
                                   .user = user_of,
                                   .reactors = world.server_reactors,
                                   .reactor_count = 2};
    world.server = smb_server_new(&sc);
    struct smb_share_config share = {.name = "share",
                                     .path = world.root,
                                     .kind = SMB_SHARE_DISK,
                                     .browseable = true,
                                     .volume = world.volume};
    CHECK(smb_server_share_add(world.server, &share) == 0);
    world.listen_fd = sim_listen(world.sim, PORT);
    CHECK(world.listen_fd >= 0);
    world.acceptor = task_spawn(world.server_reactors[0], "accept", accept_task, NULL);
}

/* ---- the clients' side ---- */

static bool lost(ntstatus s)
{
    return nt_is(s, STATUS_CONNECTION_DISCONNECTED) || nt_is(s, STATUS_IO_TIMEOUT) ||
           nt_is(s, STATUS_CONNECTION_RESET) || nt_is(s, STATUS_BAD_NETWORK_PATH);
}

static void hang_up(struct task *t, struct actor *a)
{
    client_tree_disconnect(t, TAKE(a->tree));
    client_disconnect(t, TAKE(a->conn));
}

static void connect_until_it_works(struct task *t, struct actor *a)
{
    struct client_options o = {.host = "127.0.0.1",
                               .port = PORT,
                               .user = "ada",
                               .password = "secret",
                               .encrypt = a->index == 1,
                               .dialect_max = a->index == 2 ? 0x0210 : 0x0311};
    for (;;) {
        struct client_error error;
        ntstatus s = client_connect(t, &o, &a->conn, &error);
        if (nt_ok(s))
            s = client_tree_connect(t, a->conn, "share", &a->tree);
        if (nt_ok(s))
            return;
        CHECK(lost(s));
        if (a->conn)
            hang_up(t, a);
        a->reconnects++;
    }
}

static const char *path_of(const struct actor *a, unsigned file, char buf[32])
{
    snprintf(buf, 32, "client%u/file%u", a->index, file);
    return buf;
}

static ntstatus file_open(struct task *t, struct actor *a, unsigned file,
                          enum create_disposition disposition, struct client_file **ret_file)
{
    char path[32];
    struct client_open_args args = {
        .path = path_of(a, file, path),
        .access = FILE_GENERIC_READ | FILE_GENERIC_WRITE | ACCESS_DELETE,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_NON_DIRECTORY_FILE,
        .disposition = disposition,
    };
    return client_open(t, a->tree, &args, ret_file);
}

static ntstatus bytes_write(struct task *t, struct client_file *f, uint32_t stamp, uint32_t size)
{
    for (uint32_t at = 0; at < size;) {
        uint32_t len = MIN(size - at, 1 + pick(70000));
        struct client_write w;
        NT_TRY(client_write_begin(t, f, at, len, &w));
        for (uint32_t i = 0; i < len; i++)
            w.payload.p[i] = byte_at(stamp, at + i);
        NT_TRY(client_write_finish(t, &w, len));
        at += len;
    }
    return STATUS_SUCCESS;
}

static ntstatus step_write(struct task *t, struct actor *a, unsigned file)
{
    struct model *m = &a->files[file];
    struct model after = {.exists = true, .stamp = ++a->last_stamp, .size = pick(FILE_BYTES_MAX)};
    struct client_file *f = NULL;
    m->uncertain = true;
    ntstatus s = file_open(t, a, file, FILE_OVERWRITE_IF, &f);
    if (nt_ok(s))
        s = bytes_write(t, f, after.stamp, after.size);
    ntstatus closed = client_close(t, f);
    NT_TRY(s);
    NT_TRY(closed);
    *m = after;
    return STATUS_SUCCESS;
}

static ntstatus bytes_check(struct task *t, struct client_file *f, const struct model *m)
{
    uint8_t buf[2048]; /* small reads: many replies */
    for (uint32_t at = 0; at < m->size;) {
        size_t got;
        NT_TRY(client_read(t, f, at, mspan_of(buf, sizeof(buf)), &got));
        CHECK(got > 0 && at + got <= m->size);
        for (size_t i = 0; i < got; i++)
            CHECK(buf[i] == byte_at(m->stamp, at + (uint32_t)i));
        at += (uint32_t)got;
    }
    return STATUS_SUCCESS;
}

static ntstatus step_read(struct task *t, struct actor *a, unsigned file)
{
    const struct model *m = &a->files[file];
    struct client_file *f = NULL;
    ntstatus s = file_open(t, a, file, FILE_OPEN, &f);
    if (nt_is(s, STATUS_OBJECT_NAME_NOT_FOUND)) {
        CHECK(m->uncertain || !m->exists);
        return STATUS_SUCCESS;
    }
    NT_TRY(s);
    if (!m->uncertain) {
        CHECK(m->exists);
        CHECK(client_file_info(f)->end_of_file == m->size);
        s = bytes_check(t, f, m);
    }
    ntstatus closed = client_close(t, f);
    return nt_ok(s) ? closed : s;
}

static ntstatus step_remove(struct task *t, struct actor *a, unsigned file)
{
    struct model *m = &a->files[file];
    struct model before = *m;
    char path[32];
    m->uncertain = true;
    ntstatus s = client_remove(t, a->tree, path_of(a, file, path), false);
    if (nt_is(s, STATUS_OBJECT_NAME_NOT_FOUND)) {
        CHECK(before.uncertain || !before.exists);
        s = STATUS_SUCCESS;
    }
    NT_TRY(s);
    *m = (struct model){0};
    return STATUS_SUCCESS;
}

static ntstatus step_rename(struct task *t, struct actor *a, unsigned file)
{
    unsigned other = pick(FILES);
    struct model *from = &a->files[file], *to = &a->files[other];
    if (other == file || from->uncertain || !from->exists)
        return step_read(t, a, file);
    struct model moved = *from;
    char path[32];
    struct client_file *f = NULL;
    NT_TRY(file_open(t, a, file, FILE_OPEN, &f));
    from->uncertain = to->uncertain = true;
    ntstatus s = client_rename(t, f, path_of(a, other, path), true);
    ntstatus closed = client_close(t, f);
    NT_TRY(s);
    *from = (struct model){0};
    *to = moved;
    return closed;
}

static ntstatus step_list(struct task *t, struct actor *a)
{
    char path[32];
    snprintf(path, sizeof(path), "client%u", a->index);
    struct client_open_args args = {.path = path,
                                    .access = FILE_GENERIC_READ,
                                    .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
                                    .options = FILE_DIRECTORY_FILE,
                                    .disposition = FILE_OPEN};
    struct client_file *dir = NULL;
    NT_TRY(client_open(t, a->tree, &args, &dir));
    bool seen[FILES] = {0};
    struct arena arena;
    arena_init(&arena);
    struct client_dirent *entries;
    size_t count;
    ntstatus s;
    while (nt_ok(s = client_list(t, dir, &arena, &entries, &count))) {
        for (size_t i = 0; i < count; i++) {
            unsigned file;
            CHECK(sscanf(entries[i].name, "file%u", &file) == 1 && file < FILES);
            seen[file] = true;
        }
    }
    arena_fini(&arena);
    ntstatus closed = client_close(t, dir);
    if (!nt_is(s, STATUS_NO_MORE_FILES))
        return s;
    for (unsigned file = 0; file < FILES; file++)
        CHECK(a->files[file].uncertain || seen[file] == a->files[file].exists);
    return closed;
}

static ntstatus step(struct task *t, struct actor *a)
{
    unsigned file = pick(FILES);
    switch (pick(8)) {
    case 0:
    case 1:
    case 2:
        return step_write(t, a, file);
    case 3:
    case 4:
        return step_read(t, a, file);
    case 5:
        return step_remove(t, a, file);
    case 6:
        return step_rename(t, a, file);
    default:
        return step_list(t, a);
    }
}

static void server_stop_task(struct task *t, void *arg)
{
    (void)arg;
    if (world.acceptor)
        task_cancel(world.acceptor);
    smb_server_stop(t, world.server);
    for (unsigned i = 0; i < 2; i++)
        reactor_stop(world.server_reactors[i]);
    reactor_stop(world.client_reactor);
}

static struct reactor_message stop_message = {.name = "stop", .fn = server_stop_task};

static void actor_task(struct task *t, void *arg)
{
    struct actor *a = arg;
    connect_until_it_works(t, a);
    for (unsigned i = 0; i < world.steps; i++) {
        ntstatus s = step(t, a);
        if (nt_ok(s)) {
            a->acknowledged++;
            continue;
        }
        CHECK(lost(s));
        a->reconnects++;
        hang_up(t, a);
        connect_until_it_works(t, a);
    }
    hang_up(t, a);
    if (--world.running == 0)
        reactor_post(world.server_reactors[0], &stop_message);
}

/* ---- a run ---- */

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static struct reactor *reactor_make(unsigned index)
{
    struct reactor_config rc = {.index = index};
    return sim_reactor_new(world.sim, &rc);
}

static void world_make(uint64_t seed, bool breaks)
{
    memset(&world, 0, sizeof(world));
    world.seed = seed;
    world.steps = getenv("BRAID_SEED") ? STEPS_LONG : STEPS_SHORT;
    memcpy(world.root, "/tmp/braid-sim-XXXXXX", 22);
    CHECK(mkdtemp(world.root));
    world.sim = sim_new(seed);
    struct sim_link link = {.delay_us_min = 20,
                            .delay_us_max = 2000,
                            .loss_ppm = 1000,
                            .cut_ppm = breaks ? 1500 : 0,
                            .short_read_ppm = 50000,
                            .short_write_ppm = 50000};
    sim_link_default(world.sim, &link);
    sim_shuffle(world.sim, true);
    for (unsigned i = 0; i < 2; i++)
        world.server_reactors[i] = reactor_make(i);
    world.client_reactor = reactor_make(2);
    server_make();
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct actor *a = &world.actors[i];
        a->index = i;
        char directory[96];
        snprintf(directory, sizeof(directory), "%s/client%u", world.root, i);
        CHECK(mkdir(directory, 0755) == 0);
        world.running++;
        CHECK(task_spawn(world.client_reactor, "actor", actor_task, a));
    }
}

/* The digest of the run. */
static uint64_t world_run(uint64_t seed, bool breaks, uint64_t *ret_reconnects)
{
    hash_seed(seed, 0);
    world_make(seed, breaks);
    CHECK(sim_run_until_idle(world.sim, RUN_US));
    CHECK(world.running == 0);
    uint64_t trace = sim_trace(world.sim);
    *ret_reconnects = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        *ret_reconnects += world.actors[i].reconnects;
        CHECK(breaks || world.actors[i].acknowledged == world.steps);
    }
    smb_server_free(world.server);
    nt_volume_unref(world.volume);
    io_close(reactor_io(world.server_reactors[0]), world.listen_fd);
    for (unsigned i = 0; i < 2; i++)
        reactor_free(world.server_reactors[i]);
    reactor_free(world.client_reactor);
    sim_free(world.sim);
    nftw(world.root, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
    return trace;
}

int main(void)
{
    const char *wanted = getenv("BRAID_SEED");
    uint64_t first = wanted ? strtoull(wanted, NULL, 10) : 1;
    uint64_t last = wanted ? first : 20;
    CHECK(crypto_init(CRYPTO_AUTO) == 0);
    for (uint64_t seed = first; seed <= last; seed++) {
        uint64_t reconnects;
        uint64_t trace = world_run(seed, seed % 2 == 0, &reconnects);
        CHECK(world_run(seed, seed % 2 == 0, &reconnects) == trace);
        printf("seed %llu: %llu reconnects\n", (unsigned long long)seed,
               (unsigned long long)reconnects);
    }
    return 0;
}
