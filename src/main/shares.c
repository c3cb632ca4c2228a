/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening the roots of shares. */
#include "main/shares.h"

#include "main/identity.h"

static int volume_open(const struct config_share *s, struct nt_volume **ret_volume)
{
    struct nt_volume_config volume = {
        .path = s->path,
        .name = s->name,
        .read_only = s->read_only,
        .case_sensitive = s->case_sensitive,
        .hide_dot_files = s->hide_dot_files,
        .store_dos_attributes = s->store_dos_attributes,
        .create_mask = (mode_t)s->create_mask,
        .directory_mask = (mode_t)s->directory_mask,
        .oplocks = s->oplocks,
        .leases = s->leases,
        .strict_sync = s->strict_sync,
    };
    return nt_volume_new(&volume, ret_volume);
}

static void share_publish(struct config *c, struct smb_server *server,
                          const struct config_share *s)
{
    struct nt_volume *volume = NULL;
    int err = volume_open(s, &volume);
    if (err < 0) {
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\": path %s: %s", s->name, s->path,
                       strerror(-err));
        return;
    }
    char **users = identity_expand(c, s);
    unsigned user_count = 0;
    while (users[user_count])
        user_count++;
    struct smb_share_config share = {
        .name = s->name,
        .comment = s->comment,
        .path = s->path,
        .kind = SMB_SHARE_DISK,
        .read_only = s->read_only,
        .guest_ok = s->guest_ok,
        .browseable = s->browseable,
        .encrypt = s->encrypt == CONFIG_ENCRYPT_REQUIRED,
        .valid_users = (const char *const *)users,
        .valid_user_count = user_count,
        .volume = volume,
    };
    err = s->force_user ? identity_user(c, s->force_user, &share.force_user) : 0;
    if (err < 0)
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\": force user: %s: %s", s->name,
                       s->force_user, err == -ENOENT ? "no such user" : strerror(-err));
    if (smb_server_share_add(server, &share) < 0)
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\" is there twice", s->name);
    vfs_cred_unref(share.force_user.cred);
    nt_volume_unref(volume);
    config_words_free(users);
}

bool shares_publish(struct config *c, struct smb_server *server)
{
    for (size_t i = 0; i < c->share_count; i++)
        share_publish(c, server, &c->shares[i]);
    return c->errors == 0;
}
