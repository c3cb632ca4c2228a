/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of shares: the one piece of protocol state all reactors look at.  Entries are immutable
 * and reference counted, so a share that is taken away lives on in the trees connected to it; a
 * lock guards only the list and is never held across a suspension. */
#include "smb/share.h"

#include <stdatomic.h>

#include "base/upcase.h"

void smb_shares_init(struct smb_shares *list)
{
    list_init(&list->shares);
    list->count = 0;
    ASSERT(pthread_rwlock_init(&list->lock, NULL) == 0);
}

void smb_shares_fini(struct smb_shares *list)
{
    list_each(&list->shares, struct smb_share, link, sh) {
        list_remove(&sh->link);
        smb_share_unref(sh);
    }
    pthread_rwlock_destroy(&list->lock);
}

static struct smb_share *share_new(const struct smb_share_config *config)
{
    struct smb_share *sh = NEW(struct smb_share);
    sh->refs = 1;
    list_init(&sh->link);
    sh->config = *config;
    sh->config.name = xstrdup(config->name);
    sh->config.comment = xstrdup(config->comment ? config->comment : "");
    sh->config.path = xstrdup(config->path ? config->path : "");
    char **users = xcalloc(config->valid_user_count + 1, sizeof(*users));
    for (unsigned i = 0; i < config->valid_user_count; i++)
        users[i] = xstrdup(config->valid_users[i]);
    sh->config.valid_users = (const char *const *)users;
    if (config->volume)
        sh->config.volume = nt_volume_ref(config->volume);
    if (config->force_user.cred)
        vfs_cred_ref(config->force_user.cred);
    return sh;
}

void smb_share_unref(struct smb_share *sh)
{
    if (!sh || atomic_fetch_sub(&sh->refs, 1) != 1)
        return;
    for (unsigned i = 0; i < sh->config.valid_user_count; i++)
        free((void *)(uintptr_t)sh->config.valid_users[i]);
    free((void *)(uintptr_t)sh->config.valid_users);
    free((void *)(uintptr_t)sh->config.name);
    free((void *)(uintptr_t)sh->config.comment);
    free((void *)(uintptr_t)sh->config.path);
    if (sh->config.volume)
        nt_volume_unref(sh->config.volume);
    vfs_cred_unref(sh->config.force_user.cred);
    free(sh);
}

static struct smb_share *find_locked(const struct smb_shares *list, const char *name)
{
    list_each(&list->shares, struct smb_share, link, sh) {
        if (name_equal_folded(sh->config.name, name))
            return sh;
    }
    return NULL;
}

int smb_shares_add(struct smb_shares *list, const struct smb_share_config *config)
{
    ASSERT(config->kind == SMB_SHARE_PIPE || config->volume);
    struct smb_share *sh = share_new(config);
    pthread_rwlock_wrlock(&list->lock);
    bool taken = find_locked(list, config->name) != NULL;
    if (!taken) {
        list_push_back(&list->shares, &sh->link);
        list->count++;
    }
    pthread_rwlock_unlock(&list->lock);
    if (taken)
        smb_share_unref(sh);
    return taken ? -EEXIST : 0;
}

int smb_shares_remove(struct smb_shares *list, const char *name)
{
    pthread_rwlock_wrlock(&list->lock);
    struct smb_share *sh = find_locked(list, name);
    if (sh) {
        list_remove(&sh->link);
        list->count--;
    }
    pthread_rwlock_unlock(&list->lock);
    smb_share_unref(sh);
    return sh ? 0 : -ENOENT;
}

struct smb_share *smb_shares_find(struct smb_shares *list, const char *name)
{
    pthread_rwlock_rdlock(&list->lock);
    struct smb_share *sh = find_locked(list, name);
    if (sh)
        atomic_fetch_add(&sh->refs, 1);
    pthread_rwlock_unlock(&list->lock);
    return sh;
}

struct smb_share **smb_shares_all(struct smb_shares *list, unsigned *ret_count)
{
    pthread_rwlock_rdlock(&list->lock);
    struct smb_share **all = xcalloc(list->count + 1, sizeof(struct smb_share *));
    unsigned count = 0;
    list_each(&list->shares, struct smb_share, link, sh) {
        atomic_fetch_add(&sh->refs, 1);
        all[count++] = sh;
    }
    pthread_rwlock_unlock(&list->lock);
    *ret_count = count;
    return all;
}
