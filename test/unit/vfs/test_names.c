/* SPDX-License-Identifier: Apache-2.0
 *
 * Making, removing, renaming and linking names. */
#include "vfs/tree.h"

static int rename_in(struct task *t, const char *from, const char *to, uint32_t flags)
{
    struct vfs_rename_args args = {tree.root, from, to, flags};
    return vfs_rename(t, tree.cred, &args);
}

static struct vfs_stat stat_of(struct task *t, const char *path)
{
    struct vfs_stat st = {0};
    assert_int_equal(vfs_stat_path(t, tree.cred, tree.root, path, &st), 0);
    return st;
}

TREE_TEST(makes_directories)
{
    assert_int_equal(vfs_mkdir(t, tree.cred, tree.root, "d", 0755), 0);
    assert_int_equal(vfs_mkdir(t, tree.cred, tree.root, "d/e", 0755), 0);
    assert_int_equal(vfs_mkdir(t, tree.cred, tree.root, "d/e", 0755), -EEXIST);
    assert_int_equal(vfs_mkdir(t, tree.cred, tree.root, "x/e", 0755), -ENOENT);
    assert_int_equal(vfs_mkdir(t, tree.cred, tree.root, "d/..", 0755), -EINVAL);
    assert_int_equal(vfs_mkdir(t, tree.cred, tree.root, "../e", 0755), -ENOENT);
    assert_true(S_ISDIR(stat_of(t, "d/e").mode));
}

TREE_TEST(removes_only_what_was_meant)
{
    tree_file("f", "1");
    struct vfs_stat st = stat_of(t, "f");
    tree_file("other", "2");
    assert_int_equal(rename(tree_path("f"), tree_path("moved")), 0);
    assert_int_equal(rename(tree_path("other"), tree_path("f")), 0);
    assert_int_equal(vfs_remove(t, tree.cred, tree.root, "f", &st), -ESTALE);
    assert_int_equal(access(tree_path("f"), F_OK), 0);
    assert_int_equal(vfs_remove(t, tree.cred, tree.root, "moved", &st), 0);
    assert_int_equal(vfs_remove(t, tree.cred, tree.root, "moved", &st), -ENOENT);
    tree_dir("d");
    tree_file("d/x", "x");
    st = stat_of(t, "d");
    assert_int_equal(vfs_remove(t, tree.cred, tree.root, "d", &st), -ENOTEMPTY);
    assert_int_equal(unlink(tree_path("d/x")), 0);
    assert_int_equal(vfs_remove(t, tree.cred, tree.root, "d", &st), 0);
}

TREE_TEST(renames)
{
    tree_file("a", "a");
    tree_file("b", "b");
    tree_dir("d");
    assert_int_equal(rename_in(t, "a", "b", 0), -EEXIST);
    assert_int_equal(rename_in(t, "a", "d/c", 0), 0);
    assert_int_equal(rename_in(t, "d/c", "b", VFS_RENAME_REPLACE), 0);
    assert_int_equal(access(tree_path("d/c"), F_OK), -1);
    assert_int_equal(rename_in(t, "d", "d/e", 0), -EINVAL);
    assert_int_equal(rename_in(t, "b", "../b", 0), -ENOENT);
    assert_int_equal(rename_in(t, "missing", "x", 0), -ENOENT);
    assert_int_equal(rename_in(t, "b", "", 0), -EINVAL);
}

TREE_TEST(links_and_symlinks)
{
    tree_file("a", "a");
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "a", VFS_OPEN_METADATA, &file), 0);
    assert_int_equal(vfs_link(t, tree.cred, file, "b"), 0);
    assert_int_equal(vfs_link(t, tree.cred, file, "b"), -EEXIST);
    vfs_close(file);
    assert_int_equal(stat_of(t, "b").links, 2);
    assert_int_equal(stat_of(t, "a").inode, stat_of(t, "b").inode);
    assert_int_equal(vfs_symlink(t, tree.cred, tree.root, "a", "s"), 0);
    assert_true(S_ISLNK(stat_of(t, "s").mode));
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_directories),
        cmocka_unit_test(removes_only_what_was_meant),
        cmocka_unit_test(renames),
        cmocka_unit_test(links_and_symlinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
