/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from an identity: the file-system user, the keys, and the end of the session the
 * same client had before. */
#include "smb/setup.h"
#include "smb/shard.h"

struct user_lookup {
    const struct smb_server_config *config;
    const char *name;
    struct smb_user user;
};

static int user_look_up(void *arg)
{
    struct user_lookup *l = arg;
    return l->config->user(l->config->user_ctx, l->name, &l->user);
}

ntstatus smb_setup_user(struct task *t, struct smb_server *server,
                        const struct auth_identity *identity, struct smb_user *ret_user)
{
    bool nobody = identity->is_guest || identity->is_anonymous;
    struct user_lookup l = {.config = &server->config, .name = nobody ? NULL : identity->user};
    smb_user_fn *quick = l.config->user_known ? l.config->user_known : l.config->user;
    int rc = quick(l.config->user_ctx, l.name, &l.user);
    if (rc == -EAGAIN) {
        task_shield_begin(t);
        rc = task_offload(t, user_look_up, &l);
        task_shield_end(t);
    }
    if (rc < 0)
        return STATUS_ACCESS_DENIED;
    ASSERT(l.user.cred);
    *ret_user = l.user;
    return STATUS_SUCCESS;
}

static void replace(char **to, const char *from)
{
    free(*to);
    *to = xstrdup(from);
}

void smb_setup_adopt(struct smb_session *s, const struct auth_identity *identity,
                     struct smb_user user)
{
    replace(&s->user, identity->user);
    replace(&s->domain, identity->domain);
    replace(&s->workstation, identity->workstation);
    s->mechanism = identity->mechanism;
    s->is_guest = identity->is_guest;
    s->is_anonymous = identity->is_anonymous;
    if (s->identity.cred)
        vfs_cred_unref(s->identity.cred);
    s->identity = user;
    uint32_t cursor = 0;
    for (struct smb_tree *tree; (tree = idtable_walk(&s->trees, &cursor));)
        smb_tree_set_caller(tree);
}

void smb_setup_derive(const struct smb_conn *conn, const uint8_t *preauth,
                      const struct auth_identity *identity, struct smb3_keys *ret_keys)
{
    struct span session_key = span_of(identity->session_key, identity->session_key_len);
    ASSERT(session_key.len > 0);
    if (!smb_conn_is_smb3(conn)) {
        smb2_signing_key(session_key, ret_keys->signing);
        return;
    }
    struct smb3_kdf_args args = {
        .dialect = conn->dialect,
        .cipher = conn->cipher,
        .session_key = session_key,
        .preauth_hash = preauth,
    };
    smb3_keys_derive(&args, ret_keys);
}

/* The errand that looks for the earlier session; carries copies, for it may outlive its sender. */
struct previous {
    uint64_t session_id;
    struct auth_identity identity; /* only what same_user looks at */
    struct guid client_guid;
};

static void end_previous(struct task *t, struct smb_shard *shard, void *arg)
{
    struct previous *p = arg;
    struct smb_session *s = smb_session_find(shard, p->session_id);
    if (!s || smb_session_is(s, SMB_SESSION_IN_PROGRESS) || !smb_session_same_user(s, &p->identity))
        return;
    /* All guests are one user: there the client must be the same. */
    bool nobody = s->is_guest || s->is_anonymous;
    if (!nobody || guid_equal(s->client_guid, p->client_guid))
        smb_session_close(t, s, NULL);
}

void smb_setup_previous(struct task *t, struct smb_session *s, uint64_t previous_session_id)
{
    struct smb_shard *shard = smb_session_shard(s->shard->server, previous_session_id);
    if (!shard)
        return;
    struct previous *p = NEW(struct previous);
    p->session_id = previous_session_id;
    p->client_guid = s->client_guid;
    p->identity.is_guest = s->is_guest;
    p->identity.is_anonymous = s->is_anonymous;
    ASSERT(strlen(s->user) < sizeof(p->identity.user));
    memcpy(p->identity.user, s->user, strlen(s->user) + 1);
    struct smb_errand errand = {.fn = end_previous, .arg = p};
    if (smb_shard_run(t, shard, &errand, free) == 0)
        free(p);
}
