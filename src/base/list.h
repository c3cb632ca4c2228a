/* SPDX-License-Identifier: Apache-2.0
 *
 * An intrusive, circular, doubly linked list.  The head is a node that belongs to no object; a
 * node outside any list points to itself, so removing twice is harmless. */
#pragma once

#include "base/base.h"

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name) {&(name), &(name)}

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_between_(struct list *n, struct list *prev, struct list *next)
{
    n->prev = prev;
    n->next = next;
    prev->next = n;
    next->prev = n;
}

static inline void list_push_back(struct list *head, struct list *n)
{
    list_insert_between_(n, head->prev, head);
}

static inline void list_push_front(struct list *head, struct list *n)
{
    list_insert_between_(n, head, head->next);
}

static inline void list_remove(struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}

/* Moves every node of `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_splice_back(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member)                                                             \
    (list_empty(head) ? NULL : list_entry((head)->next, type, member))

/* Iterates; the current object may be removed and freed by the body. */
#define list_each(head, type, member, it)                                                          \
    for (type *it = list_entry((head)->next, type, member),                                        \
              *it##_next_ = list_entry(it->member.next, type, member);                             \
         &it->member != (head);                                                                    \
         it = it##_next_, it##_next_ = list_entry(it->member.next, type, member))
