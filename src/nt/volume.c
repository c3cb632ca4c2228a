/* SPDX-License-Identifier: Apache-2.0
 *
 * A share's store: its root, its settings and what all opens of it have in common.  Immutable but
 * for the directory indexes and the list of watches, which have locks of their own. */
#include "nt/state.h"

int nt_volume_new(const struct nt_volume_config *config, struct nt_volume **ret_volume)
{
    ASSERT(config->path && config->name);
    struct vfs_root *root;
    ERR_TRY(vfs_root_open(config->path, &root));
    struct nt_volume *v = NEW(struct nt_volume);
    v->magic = NT_MAGIC_VOLUME;
    v->refs = 1;
    v->config = *config;
    v->config.path = xstrdup(config->path);
    v->config.name = xstrdup(config->name);
    v->root = root;
    v->volume_id = root->device;
    v->dirindex = nt_dirindex_table_new();
    mutex_init(&v->notify_lock, NT_RANK_WATCHES);
    list_init(&v->watches);
    *ret_volume = v;
    return 0;
}

struct nt_volume *nt_volume_ref(struct nt_volume *v)
{
    ASSERT(v->magic == NT_MAGIC_VOLUME);
    ASSERT(v->refs > 0);
    v->refs++;
    return v;
}

void nt_volume_unref(struct nt_volume *v)
{
    if (!v)
        return;
    ASSERT(v->magic == NT_MAGIC_VOLUME);
    uint32_t was = v->refs--;
    ASSERT(was > 0);
    if (was > 1)
        return;
    ASSERT(list_empty(&v->watches));
    v->magic = 0;
    nt_dirindex_table_free(v->dirindex);
    mutex_fini(&v->notify_lock);
    vfs_root_free(v->root);
    free((char *)v->config.path);
    free((char *)v->config.name);
    free(v);
}
