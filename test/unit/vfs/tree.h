/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of files: a fresh directory with the share root "share" in it, beside things nobody may
 * reach through the share, and each test as a task on a reactor. */
#pragma once

#include "task/run.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "vfs/vfs.h"

struct tree {
    char base[64]; /* the directory around the share, absolute */
    char share[80];
    struct vfs_root *root;
    struct vfs_cred *cred; /* ambient */
};
static struct tree tree;

static int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void tree_begin(void)
{
    strcpy(tree.base, "/tmp/braid-tree-XXXXXX");
    assert_non_null(mkdtemp(tree.base));
    assert_int_equal(chmod(tree.base, 0755), 0);
    snprintf(tree.share, sizeof(tree.share), "%s/share", tree.base);
    assert_int_equal(mkdir(tree.share, 0755), 0);
    assert_int_equal(chmod(tree.share, 0755), 0);
    assert_int_equal(vfs_root_open(tree.share, &tree.root), 0);
    tree.cred = vfs_cred_ambient();
}

static inline void tree_end(void)
{
    vfs_identity_restore();
    vfs_root_free(tree.root);
    vfs_cred_unref(tree.cred);
    assert_int_equal(nftw(tree.base, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The real path of something in the share (or, with "../", beside it); good for two at a time. */
static inline const char *tree_path(const char *name)
{
    static char paths[2][1024];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    snprintf(path, sizeof(paths[0]), "%s/%s", tree.share, name);
    return path;
}

static inline void tree_file(const char *name, const char *text)
{
    FILE *f = fopen(tree_path(name), "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

static inline void tree_dir(const char *name)
{
    assert_int_equal(mkdir(tree_path(name), 0755), 0);
}

static inline int tree_open(struct task *t, const char *path, uint32_t flags,
                            struct vfs_file **ret_file)
{
    struct vfs_open_args args = {.root = tree.root, .path = path, .flags = flags, .mode = 0644};
    return vfs_open(t, tree.cred, &args, ret_file);
}

/* Opens and closes; the error, or 0. */
static inline int tree_try(struct task *t, const char *path, uint32_t flags)
{
    struct vfs_file *file = NULL;
    int rc = tree_open(t, path, flags, &file);
    vfs_close(file);
    return rc;
}

static inline void tree_run(task_fn *fn)
{
    tree_begin();
    run_task(fn, NULL);
    tree_end();
}

/* A cmocka test that runs NAME_task in a fresh tree. */
#define TREE_TEST(name)                                                                            \
    static void name##_task(struct task *t, void *arg);                                            \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        tree_run(name##_task);                                                                     \
    }                                                                                              \
    static void name##_task(struct task *t, UNUSED void *arg)
