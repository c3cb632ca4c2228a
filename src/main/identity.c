/* SPDX-License-Identifier: Apache-2.0
 *
 * System users and groups by way of NSS. */
#include "main/identity.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

bool identity_blocks(void)
{
    return geteuid() == 0;
}

int identity_user(void *ctx, const char *name, struct smb_user *ret_user)
{
    const struct config *c = ctx;
    struct vfs_cred *cred = NULL;
    uid_t uid = geteuid();
    if (uid != 0) {
        cred = vfs_cred_ambient();
    } else {
        ERR_TRY(vfs_cred_of_user(name ? name : c->guest_account, &cred));
        uid = cred->uid;
    }
    *ret_user = (struct smb_user){.cred = cred, .sid = sid_of_uid(uid)};
    return 0;
}

static void names_add(char ***names, size_t *count, const char *name)
{
    *names = xrealloc(*names, (*count + 2) * sizeof(**names));
    (*names)[(*count)++] = xstrdup(name);
    (*names)[*count] = NULL;
}

/* Members by the group's own list and those who have it as their primary group. */
static bool group_add(const char *group, char ***names, size_t *count)
{
    struct group *g = getgrnam(group);
    if (!g)
        return false;
    for (char **member = g->gr_mem; *member; member++)
        names_add(names, count, *member);
    gid_t gid = g->gr_gid;
    setpwent();
    struct passwd *p;
    while ((p = getpwent()))
        if (p->pw_gid == gid)
            names_add(names, count, p->pw_name);
    endpwent();
    return true;
}

char **identity_expand(struct config *c, const struct config_share *share)
{
    char **names = xcalloc(1, sizeof(*names));
    size_t count = 0;
    for (char **word = share->valid_users; word && *word; word++) {
        const char *group = *word + strspn(*word, "@+&");
        if (group == *word)
            names_add(&names, &count, *word);
        else if (!group_add(group, &names, &count))
            config_finding(c, CONFIG_ERROR, share->line, "share \"%s\": valid users: there is no "
                           "group \"%s\"", share->name, group);
    }
    return names;
}
