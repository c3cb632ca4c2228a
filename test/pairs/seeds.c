/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the samples of every pair as seeds of the fuzz targets: DIR/proto_NAME/sample-N. */
#include "pairs.h"

#include <stdio.h>
#include <sys/stat.h>

static bool file_write(const char *path, struct span bytes)
{
    FILE *f = fopen(path, "we");
    if (!f)
        return false;
    bool good = fwrite(bytes.p, 1, bytes.len, f) == bytes.len;
    return fclose(f) == 0 && good;
}

static bool pair_write(const char *dir, const struct proto_pair *p)
{
    static uint8_t space[65536];
    char path[512];
    int len = snprintf(path, sizeof(path), "%s/proto_%s", dir, p->name);
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return false;
    for (int i = 0; i < PAIR_SAMPLES_MAX && p->samples[i]; i++) {
        struct wr w = proto_pair_wr(p, mspan_of(space, sizeof(space)));
        p->samples[i](&w);
        snprintf(path + len, sizeof(path) - (size_t)len, "/sample-%d", i);
        if (!wr_done(&w) || !file_write(path, wr_written(&w)))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIR\n", argv[0]);
        return 2;
    }
    const struct proto_pair *p;
    for (unsigned i = 0; (p = proto_pair_at(i)); i++) {
        if (!pair_write(argv[1], p)) {
            perror(p->name);
            return 1;
        }
    }
    return 0;
}
