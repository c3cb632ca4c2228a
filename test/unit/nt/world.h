/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of src/nt: a volume on a fresh directory, opens of it in one line, and an open's ear
 * that remembers the breaks it was told of. */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "nt/state.h"
#include "task/run.h"

#define READ FILE_READ_DATA
#define WRITE FILE_WRITE_DATA
#define DELETE ACCESS_DELETE
#define RIGHT_R NT_LEASE_READ
#define RIGHT_H NT_LEASE_HANDLE
#define RIGHT_W NT_LEASE_WRITE

struct world {
    char path[64];
    struct nt_volume *volume;
    struct nt_caller caller;
    struct arena arena;
};

/* What an open heard. */
struct ear {
    unsigned count;
    struct nt_break last;
    bool acks;                  /* answer at once, with what was asked for */
};

static inline int world_remove_entry(const char *path, const struct stat *st, int type,
                                     struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void world_init(struct world *w)
{
    *w = (struct world){.path = "/tmp/braid-nt-XXXXXX"};
    assert_non_null(mkdtemp(w->path));
    struct nt_volume_config config = {.path = w->path,
                                      .name = "test",
                                      .store_dos_attributes = false,
                                      .create_mask = 0777,
                                      .directory_mask = 0777,
                                      .oplocks = true,
                                      .leases = true};
    assert_int_equal(nt_volume_new(&config, &w->volume), 0);
    w->caller.cred = vfs_cred_ambient();
    w->caller.user_sid = sid_of_uid(getuid());
    arena_init(&w->arena);
}

static inline void world_fini(struct world *w)
{
    nt_volume_unref(w->volume);
    vfs_cred_unref(w->caller.cred);
    arena_fini(&w->arena);
    assert_int_equal(nftw(w->path, world_remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Is there an entry of this name in the volume's directory? */
static inline bool world_has(const struct world *w, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", w->path, name);
    return access(path, F_OK) == 0;
}

static inline struct nt_create_args world_args(struct world *w, struct task *t, const char *name,
                                               uint32_t access)
{
    return (struct nt_create_args){.reactor = task_reactor(t),
                                   .arena = &w->arena,
                                   .name = name,
                                   .desired_access = access,
                                   .share_access = NT_SHARE_ALL,
                                   .disposition = NT_OPEN_IF};
}

static inline ntstatus world_create(struct world *w, struct task *t,
                                    const struct nt_create_args *args, struct nt_open **ret_open)
{
    struct nt_create_result result;
    ntstatus status = nt_create(t, w->volume, &w->caller, args, &result);
    if (nt_ok(status))
        *ret_open = result.open;
    return status;
}

static inline struct nt_open *world_open(struct world *w, struct task *t, const char *name,
                                         uint32_t access)
{
    struct nt_create_args args = world_args(w, t, name, access);
    struct nt_open *o = NULL;
    ntstatus status = world_create(w, t, &args, &o);
    assert_string_equal(ntstatus_name(status), "STATUS_SUCCESS");
    return o;
}

#define assert_status(expr, expected)                                                              \
    assert_string_equal(ntstatus_name(expr), ntstatus_name(expected))

static inline void world_close(struct task *t, struct nt_open *o)
{
    assert_status(nt_close(t, o, NULL), STATUS_SUCCESS);
}

static inline void ear_hears(struct nt_open *o, const struct nt_break *b, void *arg)
{
    struct ear *ear = arg;
    ear->count++;
    ear->last = *b;
    if (!ear->acks || !b->ack_required)
        return;
    ntstatus status = b->level == NT_OPLOCK_LEASE
                          ? nt_lease_ack(&b->lease, b->lease_to)
                          : nt_oplock_ack(o, b->level);
    assert_status(status, STATUS_SUCCESS);
}

/* Lets other tasks and messages of this reactor come to rest. */
static inline void settle(struct task *t)
{
    for (int i = 0; i < 3; i++)
        assert_int_equal(task_sleep_us(t, 500), 0);
}

static inline void with_world(task_fn *fn)
{
    struct world w;
    world_init(&w);
    run_task(fn, &w);
    world_fini(&w);
}

/* Defines the cmocka test test_NAME around the task NAME_run(t, world). */
#define WORLD_TEST(name)                                                                           \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        with_world(name##_run);                                                                    \
    }
