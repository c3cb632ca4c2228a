/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and patterns of clients: what is accepted leads downwards only, and what is on disk can be
 * asked for by the name it is shown under. */
#include "nt/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
    ASSERT(path[0] != '/');
    while (*path) {
        size_t len = strcspn(path, "/");
        ASSERT(len > 0);
        ASSERT(!(len == 1 && path[0] == '.'));
        ASSERT(!(len == 2 && path[0] == '.' && path[1] == '.'));
        path += len;
        if (*path)
            ASSERT(*++path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a);
    const char *s = arena_strndup(&a, (const char *)data, size);
    struct nt_name name = {0};
    if (nt_ok(nt_name_parse(&a, s, &name)))
        check_path(name.path);
    if (*s && !strpbrk(s, "/\xEE\xEF")) { /* the private characters begin with these two */
        CLEANUP(free_str) char *wire = nt_component_from_disk(s);
        CLEANUP(free_str) char *disk = nt_component_to_disk(wire);
        ASSERT(strcmp(disk, s) == 0);
    }
    const char *pattern = arena_strndup(&a, s + strlen(s) / 2, SIZE_MAX);
    (void)nt_wildcard_match(pattern, s);
    ASSERT(nt_wildcard_match("*", s));
    arena_fini(&a);
    return 0;
}
