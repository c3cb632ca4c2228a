/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the file side of src/nt: a world that stores attributes, and its files on disk. */
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "nt/world.h"

#include "nt/file.h"

/* Good for two at a time. */
static inline const char *on_disk(const struct world *w, const char *name)
{
    static char paths[2][1024];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    snprintf(path, sizeof(paths[0]), "%s/%s", w->path, name);
    return path;
}

static inline void put(const struct world *w, const char *name, const char *text)
{
    FILE *f = fopen(on_disk(w, name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static inline void put_dir(const struct world *w, const char *name)
{
    assert_int_equal(mkdir(on_disk(w, name), 0755), 0);
}

static inline struct nt_open *open_dir(struct world *w, struct task *t, const char *name)
{
    struct nt_create_args args = world_args(w, t, name, FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    args.options = NT_OPTION_DIRECTORY_FILE;
    struct nt_open *o = NULL;
    assert_status(world_create(w, t, &args, &o), STATUS_SUCCESS);
    return o;
}

/* An open of the stream `stream` of a file, which is made when it is not there. */
static inline struct nt_open *open_stream(struct world *w, struct task *t, const char *name,
                                          const char *stream)
{
    struct nt_open *o = world_open(w, t, name, FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    o->stream = xstrdup(stream);
    CLEANUP(nt_path_unref) struct nt_path *path = nt_open_path(o);
    struct nt_target f = nt_open_target(o, &o->identity, path);
    uint64_t size;
    if (!nt_ok(nt_stream_find(t, &f, &size)))
        assert_status(nt_stream_create(t, &f), STATUS_SUCCESS);
    return o;
}

static inline void with_files(task_fn *fn)
{
    struct world w;
    world_init(&w);
    w.volume->config.store_dos_attributes = true;
    w.volume->config.hide_dot_files = true;
    run_task(fn, &w);
    world_fini(&w);
}

/* Like WORLD_TEST, in such a world; the body follows. */
#define FILES_TEST(name)                                                                           \
    static void name##_in(struct task *t, struct world *w);                                        \
    static void name##_run(struct task *t, void *arg)                                              \
    {                                                                                              \
        name##_in(t, arg);                                                                         \
    }                                                                                              \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        with_files(name##_run);                                                                    \
    }                                                                                              \
    static void name##_in(struct task *t, UNUSED struct world *w)
