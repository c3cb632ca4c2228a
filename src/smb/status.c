/* SPDX-License-Identifier: Apache-2.0
 *
 * What is going on, for `braid status`: each shard copies what it has into one report, one shard
 * after the other, each on its own thread. */
#include "smb/open.h"
#include "smb/shard.h"

#define GROW_MIN 16u

static void text_copy(char *to, size_t size, const char *from)
{
    size_t len = MIN(strlen(from), size - 1);
    memcpy(to, from, len);
    to[len] = '\0';
}

/* Room for one more element of an array of `count`, which doubles at powers of two. */
static void *grow(void *array, size_t count, size_t bytes)
{
    if (count >= GROW_MIN && (count & (count - 1)) == 0)
        return xrealloc(array, 2 * count * bytes);
    return count == 0 ? xmalloc(GROW_MIN * bytes) : array;
}

static void add_open(struct smb_status *st, const struct smb_open *o)
{
    st->opens = grow(st->opens, st->open_count, sizeof(*st->opens));
    struct smb_status_open *e = &st->opens[st->open_count++];
    *e = (struct smb_status_open){
        .session = o->session->id,
        .tree = o->tree->id,
        .persistent_id = o->id.persistent_id,
        .volatile_id = o->id.volatile_id,
        .access = o->nt ? nt_open_access(o->nt) : 0,
        .since = o->created,
    };
    text_copy(e->name, sizeof(e->name), o->nt ? nt_open_name(o->nt) : "(pipe)");
}

static void add_tree(struct smb_status *st, const struct smb_tree *tree)
{
    st->trees = grow(st->trees, st->tree_count, sizeof(*st->trees));
    struct smb_status_tree *e = &st->trees[st->tree_count++];
    *e = (struct smb_status_tree){
        .session = tree->session->id,
        .id = tree->id,
        .encrypts = tree->encrypt_required,
        .opens = tree->open_count,
        .since = tree->created,
    };
    text_copy(e->share, sizeof(e->share), tree->share->config.name);
}

static void add_session(struct smb_status *st, const struct smb_session *s)
{
    if (!s->user)
        return;
    st->sessions = grow(st->sessions, st->session_count, sizeof(*st->sessions));
    struct smb_status_session *e = &st->sessions[st->session_count++];
    *e = (struct smb_status_session){
        .id = s->id,
        .mechanism = s->mechanism,
        .is_guest = s->is_guest,
        .is_anonymous = s->is_anonymous,
        .signs = s->signing_required,
        .encrypts = s->encrypt_required,
        .since = s->created,
    };
    list_each(&s->channels, struct smb_channel, session_link, ch) {
        if (e->channels++ == 0)
            e->connection = ch->conn->id;
    }
    text_copy(e->user, sizeof(e->user), s->user);
    text_copy(e->domain, sizeof(e->domain), s->domain);
    text_copy(e->workstation, sizeof(e->workstation), s->workstation);
    uint32_t cursor = 0;
    for (struct smb_tree *tree; (tree = idtable_walk(&s->trees, &cursor));)
        add_tree(st, tree);
    cursor = 0;
    for (struct smb_open *o; (o = idtable_walk(&s->opens, &cursor));)
        if (o->state == SMB_OPEN_LIVE)
            add_open(st, o);
}

static void add_connection(struct smb_status *st, const struct smb_conn *c)
{
    st->connections = grow(st->connections, st->connection_count, sizeof(*st->connections));
    struct smb_status_connection *e = &st->connections[st->connection_count++];
    *e = (struct smb_status_connection){
        .id = c->id,
        .reactor = c->shard->index,
        .transport = transport_kind_of(c->transport),
        .dialect = c->dialect,
        .signing = c->signing,
        .cipher = c->cipher,
        .client_guid = c->client_guid,
        .received_bytes = transport_received_bytes(c->transport),
        .sent_bytes = transport_sent_bytes(c->transport),
        .requests = c->request_count,
    };
    transport_address_text(transport_peer(c->transport), e->peer, sizeof(e->peer));
}

static void walk_shard(struct task *t, struct smb_shard *shard, void *arg)
{
    (void)t;
    struct smb_status *st = arg;
    list_each(&shard->conns, struct smb_conn, link, c) {
        add_connection(st, c);
    }
    uint32_t cursor = 0;
    for (struct smb_session *s; (s = idtable_walk(&shard->sessions, &cursor));)
        add_session(st, s);
}

void smb_status_free(struct smb_status *st)
{
    if (!st)
        return;
    free(st->connections);
    free(st->sessions);
    free(st->trees);
    free(st->opens);
    free(st);
}

static void free_report(void *arg)
{
    smb_status_free(arg);
}

int smb_server_status(struct task *t, struct smb_server *s, struct smb_status **ret_status)
{
    struct smb_status *st = NEW(struct smb_status);
    struct smb_errand errand = {.fn = walk_shard, .arg = st};
    for (unsigned i = 0; i < s->shard_count; i++) {
        int rc = smb_shard_run(t, &s->shards[i], &errand, free_report);
        if (rc < 0)
            return rc; /* the errand frees the report when it comes back */
    }
    *ret_status = st;
    return 0;
}
