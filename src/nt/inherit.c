/* SPDX-License-Identifier: Apache-2.0
 *
 * Inheritance of ACLs, [MS-DTYP] 2.5.3.4.1 and 2.5.3.4.2. */
#include "nt/security.h"

#define INHERITS (ACE_FLAG_OBJECT_INHERIT | ACE_FLAG_CONTAINER_INHERIT)

/* Does the parent's entry lie in the child, and with which flags? */
static bool flags_for(const struct ace *ace, const struct nt_heir *heir, uint8_t *ret_flags)
{
    uint8_t keep = ace->flags & (ACE_FLAG_SUCCESSFUL_ACCESS | ACE_FLAG_FAILED_ACCESS);
    keep |= heir->automatic ? ACE_FLAG_INHERITED : 0;
    bool to_objects = ace->flags & ACE_FLAG_OBJECT_INHERIT;
    bool to_containers = ace->flags & ACE_FLAG_CONTAINER_INHERIT;
    bool once = ace->flags & ACE_FLAG_NO_PROPAGATE_INHERIT;
    *ret_flags = keep;
    if (!heir->directory)
        return to_objects;
    if (to_containers && !once)
        *ret_flags = keep | (ace->flags & INHERITS);
    if (!to_containers)
        *ret_flags = keep | ACE_FLAG_OBJECT_INHERIT | ACE_FLAG_INHERIT_ONLY;
    return to_containers || (to_objects && !once);
}

static bool is_creator(const struct sid *sid)
{
    return sid_equal(sid, &sid_creator_owner) || sid_equal(sid, &sid_creator_group);
}

static void append(struct acl *to, const struct ace *ace, const struct sid *sid, uint8_t flags)
{
    struct ace *n = &to->aces[to->count++];
    *n = *ace;
    n->sid = *sid;
    n->flags = flags;
    if (!(flags & ACE_FLAG_INHERIT_ONLY))
        n->mask = access_map_generic(n->mask);
}

/* CREATOR OWNER becomes the owner himself and, for what comes below, stays beside. */
static void inherit_one(struct acl *to, const struct ace *ace, const struct nt_heir *heir)
{
    uint8_t flags;
    if (!flags_for(ace, heir, &flags))
        return;
    if (!is_creator(&ace->sid) || (flags & ACE_FLAG_INHERIT_ONLY)) {
        append(to, ace, &ace->sid, flags);
        return;
    }
    bool owner = sid_equal(&ace->sid, &sid_creator_owner);
    append(to, ace, owner ? &heir->owner : &heir->group, flags & (uint8_t)~INHERITS);
    if (flags & INHERITS)
        append(to, ace, &ace->sid, flags | ACE_FLAG_INHERIT_ONLY);
}

struct acl *nt_acl_inherit(const struct acl *parent, const struct nt_heir *heir, struct arena *a)
{
    struct acl *acl = ARENA_NEW(a, struct acl);
    acl->revision = parent->revision;
    acl->aces = ARENA_ARRAY(a, struct ace, 2 * (size_t)parent->count);
    for (size_t i = 0; i < parent->count && acl->count + 2u <= ACES_MAX; i++)
        inherit_one(acl, &parent->aces[i], heir);
    return acl->count ? acl : NULL;
}
