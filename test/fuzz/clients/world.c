/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of fuzz_clients: what is in it, and that it ends clean. */
#include "world.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/crypto.h"

#define IO_BYTES_MAX (256u << 10) /* an execution has to be short */
#define END_US 400000000ull       /* longer than any time-out */

const uint8_t world_nt_hash[AUTH_NT_HASH_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};

static char root[64]; /* directory of the process */

static void file_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    IGNORE(write(fd, text, strlen(text)));
    close(fd);
}

/* A tmpfs that nobody else sees and that bounds what an input can write.  Where that is not
 * allowed the directory is an ordinary one. */
static void root_mount(void)
{
    char map[64];
    unsigned uid = getuid(), gid = getgid();
    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return;
    if (uid != 0) {
        file_write("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", uid);
        file_write("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "0 %u 1", gid);
        file_write("/proc/self/gid_map", map);
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        (void)mount("braid-fuzz", root, "tmpfs", 0, "size=64m,nr_inodes=20k,mode=0755");
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void root_remove(void)
{
    (void)umount(root);
    (void)rmdir(root);
}

void world_prepare(void)
{
    snprintf(root, sizeof(root), "%s/braid-clients-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ASSERT(mkdtemp(root));
    root_mount();
    atexit(root_remove);
    umask(0);
    log_set_level(LOG_LEVEL_ERROR);
    ASSERT(crypto_init(CRYPTO_AUTO) == 0);
}

static void files_make(struct world *w)
{
    static const char *const names[] = {"a", "file.txt", "d/x", "d/y.doc", "d/e/deep"};
    char path[128];
    snprintf(w->path, sizeof(w->path), "%.50s/f", root);
    ASSERT(mkdir(w->path, 0777) == 0);
    snprintf(path, sizeof(path), "%s/d", w->path);
    ASSERT(mkdir(path, 0777) == 0);
    snprintf(path, sizeof(path), "%s/d/e", w->path);
    ASSERT(mkdir(path, 0777) == 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", w->path, names[i]);
        file_write(path, "The quick brown fox jumps over the lazy dog.");
    }
    snprintf(path, sizeof(path), "%s/link", w->path);
    ASSERT(symlink("d/x", path) == 0);
}

static int lookup(void *ctx, const char *user, const char *domain,
                  struct auth_account *ret_account)
{
    (void)ctx;
    (void)domain;
    if (strcasecmp(user, WORLD_USER) != 0)
        return -ENOENT;
    *ret_account = (struct auth_account){.name = WORLD_USER};
    memcpy(ret_account->nt_hash, world_nt_hash, AUTH_NT_HASH_BYTES);
    return 0;
}

static int user_of(void *ctx, const char *name, struct smb_user *ret_user)
{
    (void)ctx;
    (void)name;
    *ret_user = (struct smb_user){.cred = vfs_cred_ambient(), .sid = sid_of_uid(getuid())};
    return 0;
}

static unsigned interfaces(void *ctx, struct network_interface *list, unsigned max)
{
    (void)ctx;
    if (max == 0)
        return 0;
    list[0] = (struct network_interface){.index = 1, .link_speed = 1000000000, .address = {127}};
    return 1;
}

static void share_add(struct world *w, struct smb_share_config share)
{
    struct nt_volume_config config = {.path = w->path,
                                      .name = share.name,
                                      .read_only = share.read_only,
                                      .hide_dot_files = true,
                                      .store_dos_attributes = true,
                                      .create_mask = 0744,
                                      .directory_mask = 0755,
                                      .oplocks = true,
                                      .leases = true};
    struct nt_volume *volume CLEANUP(nt_volume_unref) = NULL;
    ASSERT(nt_volume_new(&config, &volume) == 0);
    share.path = w->path;
    share.guest_ok = share.browseable = true;
    share.volume = volume;
    ASSERT(smb_server_share_add(w->server, &share) == 0);
}

static void server_make(struct world *w)
{
    struct smb_server_config config = {
        .netbios_name = "FUZZ",
        .dialect_min = SMB2_DIALECT_202,
        .dialect_max = SMB2_DIALECT_311,
        .encryption = SMB_ENCRYPT_OFFERED,
        .multichannel = true,
        .leases = true,
        .directory_leases = true,
        .io_bytes_max = IO_BYTES_MAX,
        .lookup = lookup,
        .user = user_of,
        .allow_guest = true,
        .allow_anonymous = true,
        .interfaces = interfaces,
        .reactors = w->reactors,
        .reactor_count = WORLD_REACTORS,
    };
    w->server = smb_server_new(&config);
    share_add(w, (struct smb_share_config){.name = WORLD_SHARE});
    share_add(w, (struct smb_share_config){.name = WORLD_SHARE_READS, .read_only = true});
    share_add(w, (struct smb_share_config){.name = WORLD_SHARE_SEALED, .encrypt = true});
}

void world_init(struct world *w)
{
    *w = (struct world){.sim = sim_new(1)};
    for (unsigned i = 0; i < WORLD_REACTORS; i++)
        w->reactors[i] = sim_reactor_new(w->sim, &(struct reactor_config){.index = i});
    w->clients = sim_reactor_new(w->sim, &(struct reactor_config){.index = WORLD_REACTORS});
    files_make(w);
    server_make(w);
}

void world_run_us(struct world *w, uint64_t us)
{
    sim_run_us(w->sim, us);
}

void world_connect(struct world *w, int ret_fds[2])
{
    sim_socketpair(w->sim, ret_fds);
    struct reactor *r = w->reactors[0];
    smb_server_accept(w->server, r, transport_tcp_new(r, ret_fds[1]));
}

/* Whether clients have left anything behind. */
static bool server_is_empty(const struct smb_server *s)
{
    uint32_t live = atomic_load(&s->conn_count);
    for (unsigned i = 0; i < s->shard_count; i++) {
        uint32_t cursor = 0;
        live += idtable_walk(&s->shards[i].sessions, &cursor) ? 1 : 0;
        live += list_empty(&s->shards[i].waiting) ? 0 : 1;
    }
    return live == 0;
}

void world_fini(struct world *w)
{
    (void)sim_run_until_idle(w->sim, END_US);
    ASSERT(server_is_empty(w->server));
    smb_server_free(w->server);
    for (unsigned i = 0; i < WORLD_REACTORS; i++)
        reactor_stop(w->reactors[i]);
    reactor_stop(w->clients);
    ASSERT(sim_run_until_idle(w->sim, END_US));
    for (unsigned i = 0; i < WORLD_REACTORS; i++)
        reactor_free(w->reactors[i]);
    reactor_free(w->clients);
    sim_free(w->sim);
    (void)nftw(w->path, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}
