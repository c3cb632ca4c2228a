/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes seeds for fuzz_clients into DIR: each template after the CREATE that it needs, short
 * stories of two clients, and a stream as a stranger begins it. */
#include <stdio.h>

#include "input.h"

struct seed {
    uint8_t bytes[8192];
    size_t len;
};

static void add(struct seed *s, const char *name, unsigned flags)
{
    for (unsigned i = 0; i < templates_count(); i++) {
        if (strcmp(template_name(i), name) != 0)
            continue;
        struct action a = template_at(i);
        a.what |= (uint8_t)flags;
        if (flags & ACTION_RELATED)
            a.target = (uint8_t)((a.target & ~7u) | SLOT_PREVIOUS);
        bool fits = action_write(s->bytes, sizeof(s->bytes), &s->len, &a);
        ASSERT(fits);
        return;
    }
    ASSERT(name == NULL); /* there is a template of that name */
}

static int seed_write(const char *dir, const char *name, const struct seed *s)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    if (!f || fwrite(s->bytes, 1, s->len, f) != s->len || fclose(f) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

/* What has to be open for this one. */
static const char *before(const struct action *a, const char *name)
{
    if (action_tree(a) == 1)
        return "create_pipe";
    return strstr(name, "list") || strstr(name, "notify") ? "create_dir" : "create_file";
}

static int templates_write(const char *dir)
{
    int failed = 0;
    for (unsigned i = 0; i < templates_count(); i++) {
        const char *name = template_name(i);
        struct action a = template_at(i);
        struct seed s = {.bytes = {(uint8_t)(1 + i % 3 + i % 6 * 4)}, .len = 1};
        if (action_slot(&a)) {
            add(&s, before(&a, name), 0);
            if (strcmp(name, "rpc_call") == 0)
                add(&s, "rpc_bind", 0);
            if (action_slot(&a) == 2 || strcmp(name, "copy_chunks") == 0 ||
                strcmp(name, "duplicate") == 0)
                add(&s, "create_file", 0);
        }
        add(&s, name, 0);
        failed |= seed_write(dir, name, &s);
    }
    return failed;
}

static int stories_write(const char *dir)
{
    struct seed compound = {.bytes = {INPUT_SIGNED}, .len = 1};
    add(&compound, "create_file", ACTION_CHAINED);
    add(&compound, "write", ACTION_CHAINED | ACTION_RELATED);
    add(&compound, "query_all", ACTION_CHAINED | ACTION_RELATED);
    add(&compound, "close", ACTION_RELATED);
    struct seed lease = {.bytes = {INPUT_SEALED}, .len = 1};
    add(&lease, "create_lease", 0);
    add(&lease, "create_alone", ACTION_SECOND);
    add(&lease, "create_gone", ACTION_SECOND);
    add(&lease, "lease_ack", 0);
    struct seed oplock = {.bytes = {INPUT_GUEST}, .len = 1};
    add(&oplock, "create_batch", 0);
    add(&oplock, "create_file", ACTION_SECOND);
    add(&oplock, "oplock_ack", 0);
    add(&oplock, "write", ACTION_SECOND);
    struct seed locks = {.bytes = {INPUT_SIGNED | INPUT_CHANNEL}, .len = 1};
    add(&locks, "create_file", 0);
    add(&locks, "lock", 0);
    add(&locks, "create_file", ACTION_SECOND);
    add(&locks, "lock", ACTION_SECOND);
    add(&locks, "unlock", 0);
    struct seed watch = {.bytes = {INPUT_GUEST}, .len = 1};
    add(&watch, "create_dir", 0);
    add(&watch, "notify", 0);
    add(&watch, "create_new", ACTION_SECOND);
    add(&watch, "notify", 0);
    add(&watch, "cancel", 0);
    struct seed raw = {.bytes = {INPUT_RAW, 0, 0, 0, 64, 0xFE, 'S', 'M', 'B', 64}, .len = 69};
    return seed_write(dir, "story_compound", &compound) | seed_write(dir, "story_lease", &lease) |
           seed_write(dir, "story_oplock", &oplock) | seed_write(dir, "story_locks", &locks) |
           seed_write(dir, "story_notify", &watch) | seed_write(dir, "raw", &raw);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIR\n", argv[0]);
        return 2;
    }
    return templates_write(argv[1]) | stories_write(argv[1]);
}
