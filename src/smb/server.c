/* SPDX-License-Identifier: Apache-2.0
 *
 * The server object: configuration, shards, and getting work from one reactor to another and back.
 * It owns everything; shards are the only part of it that changes after smb_server_new, each by
 * its own thread. */
#include "smb/server.h"

#include <stdatomic.h>

#include "smb/request.h"
#include "smb/shard.h"

#define ERRAND_TIMEOUT_US 10000000ull
#define STOP_POLL_US 1000u

static const enum sign_alg default_signings[] = {SIGN_AES_GMAC, SIGN_AES_CMAC, SIGN_HMAC_SHA256};
static const enum cipher default_ciphers[] = {CIPHER_AES128_GCM, CIPHER_AES128_CCM,
                                              CIPHER_AES256_GCM, CIPHER_AES256_CCM};

static char *copy_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static void config_fill(struct smb_server_config *c)
{
    if (c->signing_count == 0) {
        c->signing_count = ARRAY_LEN(default_signings);
        memcpy(c->signings, default_signings, sizeof(default_signings));
    }
    if (c->cipher_count == 0) {
        c->cipher_count = ARRAY_LEN(default_ciphers);
        memcpy(c->ciphers, default_ciphers, sizeof(default_ciphers));
    }
    if (c->credits_max == 0 || c->credits_max > LIMIT_CREDITS_MAX)
        c->credits_max = LIMIT_CREDITS_MAX;
    if (c->io_bytes_max == 0 || c->io_bytes_max > LIMIT_IO_BYTES_MAX)
        c->io_bytes_max = LIMIT_IO_BYTES_MAX;
    if (c->interim_us == 0)
        c->interim_us = 5000;
    if (c->preauth_ms == 0)
        c->preauth_ms = LIMIT_PREAUTH_MS;
}

static void config_copy(struct smb_server_config *to, const struct smb_server_config *from)
{
    *to = *from;
    to->netbios_name = xstrdup(from->netbios_name);
    to->netbios_domain = copy_or_null(from->netbios_domain);
    to->dns_name = copy_or_null(from->dns_name);
    to->dns_domain = copy_or_null(from->dns_domain);
    to->comment = xstrdup(from->comment ? from->comment : "");
    to->reactors = xmemdup(from->reactors, from->reactor_count * sizeof(struct reactor *));
    config_fill(to);
}

static void config_fini(struct smb_server_config *c)
{
    const char *strings[] = {c->netbios_name, c->netbios_domain, c->dns_name, c->dns_domain,
                             c->comment};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        free((void *)(uintptr_t)strings[i]);
    free(c->reactors);
}

struct smb_server *smb_server_new(const struct smb_server_config *config)
{
    ASSERT(config->reactor_count > 0 && config->reactor_count <= SMB_SHARDS_MAX);
    ASSERT(config->netbios_name && config->lookup && config->user);
    struct smb_server *s = NEW(struct smb_server);
    config_copy(&s->config, config);
    s->auth = (struct auth_server_config){
        .netbios_name = s->config.netbios_name,
        .netbios_domain = s->config.netbios_domain,
        .dns_name = s->config.dns_name,
        .dns_domain = s->config.dns_domain,
        .lookup = config->lookup,
        .lookup_ctx = config->lookup_ctx,
        .allow_guest = config->allow_guest,
        .allow_anonymous = config->allow_anonymous,
    };
    smb_shares_init(&s->shares);
    struct smb_share_config ipc = {.name = "IPC$", .comment = "Remote IPC", .kind = SMB_SHARE_PIPE,
                                   .guest_ok = true};
    ASSERT(smb_shares_add(&s->shares, &ipc) == 0);
    s->shard_count = config->reactor_count;
    s->shards = xcalloc(s->shard_count, sizeof(struct smb_shard));
    for (unsigned i = 0; i < s->shard_count; i++)
        smb_shard_init(&s->shards[i], s, i);
    return s;
}

void smb_server_free(struct smb_server *s)
{
    if (!s)
        return;
    ASSERT(atomic_load(&s->conn_count) == 0);
    for (unsigned i = 0; i < s->shard_count; i++)
        smb_shard_fini(&s->shards[i]);
    free(s->shards);
    smb_shares_fini(&s->shares);
    config_fini(&s->config);
    free(s);
}

const struct smb_server_config *smb_server_config(const struct smb_server *s)
{
    return &s->config;
}

const struct auth_server_config *smb_server_auth(const struct smb_server *s)
{
    return &s->auth;
}

int smb_server_share_add(struct smb_server *s, const struct smb_share_config *config)
{
    return smb_shares_add(&s->shares, config);
}

int smb_server_share_remove(struct smb_server *s, const char *name)
{
    return smb_shares_remove(&s->shares, name);
}

struct smb_share *smb_server_share_find(struct smb_server *s, const char *name)
{
    return smb_shares_find(&s->shares, name);
}

struct smb_share **smb_server_shares(struct smb_server *s, unsigned *ret_count)
{
    return smb_shares_all(&s->shares, ret_count);
}

struct smb_shard *smb_server_shard(struct smb_server *s, unsigned index)
{
    return index < s->shard_count ? &s->shards[index] : NULL;
}

unsigned smb_server_shard_count(const struct smb_server *s)
{
    return s->shard_count;
}

struct smb_shard *smb_shard_of(struct smb_server *s, const struct reactor *r)
{
    unsigned i = 0;
    while (i < s->shard_count && s->shards[i].reactor != r)
        i++;
    ASSERT(i < s->shard_count);
    return &s->shards[i];
}

uint64_t smb_server_conn_enter(struct smb_server *s)
{
    if (atomic_fetch_add(&s->conn_count, 1) >= LIMIT_CONNECTIONS_MAX) {
        atomic_fetch_sub(&s->conn_count, 1);
        return 0;
    }
    return atomic_fetch_add(&s->conn_next_id, 1) + 1;
}

void smb_server_conn_leave(struct smb_server *s)
{
    uint32_t before = atomic_fetch_sub(&s->conn_count, 1);
    ASSERT(before > 0);
}

/* An errand travels in one record that both reactors hold: `holders` drops to 0 when the asker has
 * its answer or has given up, and the shard is done. */
struct trip {
    struct reactor_message message;
    struct smb_errand errand;
    void (*arg_free)(void *arg);
    struct smb_shard *shard;
    struct reactor *home;
    struct event answered;
    bool done;    /* home's thread only */
    bool gave_up; /* home's thread only */
};

static void trip_back(struct task *t, void *arg)
{
    (void)t;
    struct trip *trip = arg;
    if (trip->gave_up) {
        if (trip->arg_free)
            trip->arg_free(trip->errand.arg);
        free(trip);
        return;
    }
    trip->done = true;
    event_signal(&trip->answered);
}

static void trip_there(struct task *t, void *arg)
{
    struct trip *trip = arg;
    trip->errand.fn(t, trip->shard, trip->errand.arg);
    trip->message = (struct reactor_message){.name = "answer", .fn = trip_back, .arg = trip};
    reactor_post(trip->home, &trip->message);
}

int smb_shard_run(struct task *t, struct smb_shard *shard, const struct smb_errand *errand,
                  void (*arg_free)(void *arg))
{
    if (shard->reactor == task_reactor(t)) {
        errand->fn(t, shard, errand->arg);
        return 0;
    }
    struct trip *trip = NEW(struct trip);
    *trip = (struct trip){.errand = *errand, .arg_free = arg_free, .shard = shard,
                          .home = task_reactor(t)};
    event_init(&trip->answered);
    trip->message = (struct reactor_message){.name = "errand", .fn = trip_there, .arg = trip};
    reactor_post(shard->reactor, &trip->message);
    task_shield_begin(t);
    int rc = trip->done ? 0 : event_wait(t, &trip->answered, ERRAND_TIMEOUT_US);
    task_shield_end(t);
    if (!trip->done) {
        ASSERT(rc < 0);
        trip->gave_up = true;
        return -ETIMEDOUT;
    }
    free(trip);
    return 0;
}

static void shard_stop(struct task *t, struct smb_shard *shard, void *arg)
{
    (void)arg;
    shard->stopping = true;
    list_each(&shard->conns, struct smb_conn, link, conn) {
        smb_conn_close(conn, "server stops");
    }
    task_shield_begin(t);
    while (!list_empty(&shard->conns))
        (void)!event_wait(t, &shard->idle, EVENT_NO_TIMEOUT);
    task_shield_end(t);
}

void smb_server_stop(struct task *t, struct smb_server *s)
{
    struct smb_errand errand = {.fn = shard_stop};
    for (unsigned i = 0; i < s->shard_count; i++)
        while (smb_shard_run(t, &s->shards[i], &errand, NULL) < 0)
            continue;
    /* A connection may be on its way between two shards: it ends on arrival. */
    task_shield_begin(t);
    while (atomic_load(&s->conn_count) > 0)
        (void)!task_sleep_us(t, STOP_POLL_US);
    task_shield_end(t);
}
