/* SPDX-License-Identifier: Apache-2.0
 *
 * Enumeration: everything once, positions that can be returned to, change under the scan. */
#include "vfs/tree.h"

#define FILES 1400u

static void many(void)
{
    char name[32];
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "file-%u", i);
        tree_file(name, "");
    }
}

static unsigned number_of(const char *name)
{
    unsigned n = FILES;
    if (sscanf(name, "file-%u", &n) != 1)
        return FILES;
    assert_true(n < FILES);
    return n;
}

TREE_TEST(gives_each_name_once)
{
    many();
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "", VFS_OPEN_READ | VFS_OPEN_DIRECTORY, &file), 0);
    CLEANUP(vfs_dir_close) struct vfs_dir *dir = NULL;
    assert_int_equal(vfs_dir_open(t, file, &dir), 0);
    for (unsigned pass = 0; pass < 2; pass++) {
        bool seen[FILES] = {false};
        unsigned count = 0;
        struct vfs_dirent e;
        while (vfs_dir_next(t, dir, &e) == 1) {
            unsigned n = number_of(e.name);
            if (n == FILES)
                continue;
            assert_false(seen[n]);
            assert_int_equal(e.type, 8); /* DT_REG */
            seen[n] = true;
            count++;
        }
        assert_int_equal(count, FILES);
        assert_int_equal(vfs_dir_next(t, dir, &e), 0);
        vfs_dir_seek(dir, 0);
    }
}

TREE_TEST(returns_to_a_position)
{
    many();
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "", VFS_OPEN_READ, &file), 0);
    CLEANUP(vfs_dir_close) struct vfs_dir *dir = NULL;
    assert_int_equal(vfs_dir_open(t, file, &dir), 0);
    struct vfs_dirent e;
    uint64_t cookie = 0;
    char next[64] = "";
    for (unsigned i = 0; i < 1300; i++) {
        assert_int_equal(vfs_dir_next(t, dir, &e), 1);
        if (i == 1000)
            cookie = e.cookie;
        if (i == 1001)
            strcpy(next, e.name);
    }
    vfs_dir_seek(dir, cookie);
    assert_int_equal(vfs_dir_next(t, dir, &e), 1);
    assert_string_equal(e.name, next);
}

TREE_TEST(survives_removal)
{
    many();
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "", VFS_OPEN_READ | VFS_OPEN_DIRECTORY, &file), 0);
    CLEANUP(vfs_dir_close) struct vfs_dir *dir = NULL;
    assert_int_equal(vfs_dir_open(t, file, &dir), 0);
    struct vfs_dirent e;
    unsigned count = 0;
    while (vfs_dir_next(t, dir, &e) == 1) {
        if (number_of(e.name) == FILES)
            continue;
        assert_int_equal(unlink(tree_path(e.name)), 0);
        count++;
    }
    assert_int_equal(count, FILES);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_name_once),
        cmocka_unit_test(returns_to_a_position),
        cmocka_unit_test(survives_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
