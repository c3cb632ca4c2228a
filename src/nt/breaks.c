/* SPDX-License-Identifier: Apache-2.0
 *
 * How the holder of caching rights hears of a break.  Decided under the node's lock, told after it:
 * at once when the holder lives on the same reactor, by message otherwise.  A message has a
 * reference to its open; when that open is closing as it arrives, another open of the same lease
 * hears it instead, and when there is none the rights have gone with the close. */
#include "nt/state.h"

struct message {
    struct reactor_message post;
    struct list link;
    struct nt_open *open;
    struct nt_break what;
};

void nt_breaks_init(struct nt_breaks *b)
{
    list_init(&b->list);
}

void nt_breaks_add_locked(struct nt_breaks *b, struct nt_open *o, const struct nt_break *what)
{
    ASSERT(o->magic == NT_MAGIC_OPEN);
    struct message *m = NEW(struct message);
    m->open = nt_open_ref(o);
    m->what = *what;
    list_push_back(&b->list, &m->link);
}

/* A live open of the same lease on this open's reactor, with a reference; NULL if there is none. */
static struct nt_open *heir(struct nt_open *o, const struct nt_lease_key *key)
{
    struct nt_open *found = NULL;
    nt_node_lock(o->node);
    list_each(&o->node->opens, struct nt_open, node_link, other) {
        if (!found && other->lease && other->reactor == o->reactor &&
            nt_lease_key_equal(&other->lease->key, key))
            found = nt_open_ref(other);
    }
    nt_node_unlock(o->node);
    return found;
}

static void message_deliver(struct message *m)
{
    CLEANUP(nt_open_unref) struct nt_open *o = TAKE(m->open);
    ASSERT(o->magic == NT_MAGIC_OPEN);
    if (o->state != NT_OPEN_LIVE && m->what.level == NT_OPLOCK_LEASE) {
        struct nt_open *other = heir(o, &m->what.lease);
        nt_open_unref(o);
        o = other;
    }
    if (o && o->state == NT_OPEN_LIVE && o->on_break)
        o->on_break(o, &m->what, o->break_arg);
    free(m);
}

static void message_arrive(struct task *t, void *arg)
{
    struct message *m = arg;
    ASSERT(task_reactor(t) == m->open->reactor);
    message_deliver(m);
}

void nt_breaks_tell(struct task *t, struct nt_breaks *b)
{
    list_each(&b->list, struct message, link, m) {
        list_remove(&m->link);
        if (t && task_reactor(t) == m->open->reactor) {
            message_deliver(m);
            continue;
        }
        m->post = (struct reactor_message){.name = "nt-break", .fn = message_arrive, .arg = m};
        reactor_post(m->open->reactor, &m->post);
    }
    ASSERT(list_empty(&b->list));
}
