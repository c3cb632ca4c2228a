/* SPDX-License-Identifier: Apache-2.0
 *
 * System users and groups by way of NSS. */
#include "main/identity.h"

#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"

/* Answers of NSS, remembered for some seconds: logons come in bursts, and asking costs more than
 * the logon itself.  A slot per hash of the name; a newer name takes the slot over. */
#define REMEMBERED_SLOTS 64u
#define REMEMBERED_SECONDS 5

static struct {
    pthread_mutex_t lock;
    struct {
        char *name;
        struct vfs_cred *cred;
        time_t since; /* monotonic seconds */
    } slots[REMEMBERED_SLOTS];
} remembered = {.lock = PTHREAD_MUTEX_INITIALIZER};

static time_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

static unsigned slot_of(const char *name)
{
    return (unsigned)(hash_bytes(span_str(name)) % REMEMBERED_SLOTS);
}

static struct vfs_cred *recall(const char *name)
{
    struct vfs_cred *cred = NULL;
    pthread_mutex_lock(&remembered.lock);
    typeof(remembered.slots[0]) *slot = &remembered.slots[slot_of(name)];
    if (slot->name && strcmp(slot->name, name) == 0 &&
        seconds_now() - slot->since < REMEMBERED_SECONDS)
        cred = vfs_cred_ref(slot->cred);
    pthread_mutex_unlock(&remembered.lock);
    return cred;
}

static void remember(const char *name, struct vfs_cred *cred)
{
    pthread_mutex_lock(&remembered.lock);
    typeof(remembered.slots[0]) *slot = &remembered.slots[slot_of(name)];
    free(slot->name);
    vfs_cred_unref(slot->cred);
    slot->name = xstrdup(name);
    slot->cred = vfs_cred_ref(cred);
    slot->since = seconds_now();
    pthread_mutex_unlock(&remembered.lock);
}

static struct smb_user user_of(struct vfs_cred *cred, uid_t uid)
{
    return (struct smb_user){.cred = cred, .sid = sid_of_uid(uid)};
}

int identity_known(void *ctx, const char *name, struct smb_user *ret_user)
{
    const struct config *c = ctx;
    if (geteuid() != 0) {
        *ret_user = user_of(vfs_cred_ambient(), geteuid());
        return 0;
    }
    struct vfs_cred *cred = recall(name ? name : c->guest_account);
    if (!cred)
        return -EAGAIN;
    *ret_user = user_of(cred, cred->uid);
    return 0;
}

int identity_user(void *ctx, const char *name, struct smb_user *ret_user)
{
    const struct config *c = ctx;
    int err = identity_known(ctx, name, ret_user);
    if (err != -EAGAIN)
        return err;
    const char *system_name = name ? name : c->guest_account;
    struct vfs_cred *cred;
    ERR_TRY(vfs_cred_of_user(system_name, &cred));
    remember(system_name, cred);
    *ret_user = user_of(cred, cred->uid);
    return 0;
}

void identity_forget(void)
{
    for (unsigned i = 0; i < REMEMBERED_SLOTS; i++) {
        free(TAKE(remembered.slots[i].name));
        vfs_cred_unref(TAKE(remembered.slots[i].cred));
    }
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
