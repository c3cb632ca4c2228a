/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of files, plain and extended, through descriptors with and without data; counters. */
#include "vfs/tree.h"

TREE_TEST(stats)
{
    tree_file("f", "12345");
    assert_int_equal(chmod(tree_path("f"), 0640), 0);
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "f", VFS_OPEN_METADATA, &file), 0);
    struct vfs_stat st = {0};
    struct vfs_stat by_path = {0};
    assert_int_equal(vfs_stat(t, file, &st), 0);
    assert_int_equal(st.size_bytes, 5);
    assert_int_equal(st.mode, S_IFREG | 0640);
    assert_int_equal(st.device, tree.root->device);
    assert_int_equal(vfs_stat_path(t, tree.cred, tree.root, "f", &by_path), 0);
    assert_int_equal(by_path.inode, st.inode);
    assert_int_equal(by_path.change_version, st.change_version);
    assert_int_equal(vfs_set_mode(t, tree.cred, file, 0600), 0);
    struct timespec then = {.tv_sec = 1000000, .tv_nsec = 100};
    assert_int_equal(vfs_set_times(t, tree.cred, file, (struct timespec){.tv_nsec = UTIME_OMIT},
                                   then), 0);
    assert_int_equal(vfs_stat(t, file, &by_path), 0);
    assert_int_equal(by_path.mode, S_IFREG | 0600);
    assert_int_equal(by_path.modify_time.tv_sec, 1000000);
    assert_int_equal(by_path.access_time.tv_sec, st.access_time.tv_sec);
    vfs_close(file);
}

static void extended(struct task *t, uint32_t flags)
{
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "f", flags, &file), 0);
    char buf[16] = {0};
    assert_int_equal(vfs_xattr_get(t, file, "user.a", mspan_of(buf, sizeof(buf))), -ENODATA);
    assert_int_equal(vfs_xattr_set(t, file, "user.a", span_of("value", 5)), 0);
    assert_int_equal(vfs_xattr_get(t, file, "user.a", mspan_of(buf, sizeof(buf))), 5);
    assert_string_equal(buf, "value");
    assert_int_equal(vfs_xattr_get(t, file, "user.a", mspan_of(buf, 2)), -ERANGE);
    assert_int_equal(vfs_xattr_get(t, file, "user.a", (struct mspan){0}), 5);
    assert_int_equal(vfs_xattr_list(t, file, mspan_of(buf, sizeof(buf))), 7);
    assert_string_equal(buf, "user.a");
    struct vfs_file *dir = NULL;
    assert_int_equal(tree_open(t, "", VFS_OPEN_METADATA | VFS_OPEN_DIRECTORY, &dir), 0);
    assert_int_equal(vfs_xattr_get_at(t, dir, "f", "user.a", mspan_of(buf, sizeof(buf))), 5);
    assert_int_equal(vfs_xattr_get_at(t, dir, "../share", "user.a", (struct mspan){0}), -EINVAL);
    assert_int_equal(vfs_xattr_get_at(t, dir, "g", "user.a", (struct mspan){0}), -ENOENT);
    vfs_close(dir);
    assert_int_equal(vfs_xattr_remove(t, file, "user.a"), 0);
    assert_int_equal(vfs_xattr_remove(t, file, "user.a"), -ENODATA);
    vfs_close(file);
}

TREE_TEST(extended_attributes)
{
    if (!tree.root->has_xattr)
        return; /* the file system of /tmp keeps none */
    tree_file("f", "x");
    extended(t, VFS_OPEN_METADATA);
    extended(t, VFS_OPEN_READ);
    extended(t, VFS_OPEN_WRITE);
}

TREE_TEST(extended_attributes_act_as_the_server)
{
    if (geteuid() != 0 || !tree.root->has_xattr)
        return; /* nobody to become */
    CLEANUP(vfs_cred_unref) struct vfs_cred *ada = vfs_cred_new(4242, 4242, NULL, 0);
    tree_file("f", "x");
    assert_int_equal(chown(tree_path("f"), 4242, 4242), 0);
    assert_int_equal(chmod(tree_path("f"), 0000), 0);
    struct vfs_open_args args = {
        .root = tree.root, .path = "f", .flags = VFS_OPEN_METADATA};
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    assert_int_equal(vfs_open(t, ada, &args, &file), 0);
    assert_int_equal(vfs_xattr_set(t, file, "user.a", span_of("v", 1)), 0);
    char c;
    assert_int_equal(vfs_xattr_get(t, file, "user.a", mspan_of(&c, 1)), 1);
    args.flags = VFS_OPEN_READ;
    struct vfs_file *data = NULL;
    assert_int_equal(vfs_open(t, ada, &args, &data), -EACCES);
}

TREE_TEST(file_system)
{
    CLEANUP(vfs_close) struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "", VFS_OPEN_METADATA, &file), 0);
    struct vfs_fs_stat fs = {0};
    assert_int_equal(vfs_fs_stat(t, file, &fs), 0);
    assert_true(fs.blocks >= fs.blocks_free);
    assert_true(fs.name_bytes_max >= 255);
}

TREE_TEST(counts)
{
    struct vfs_counter before[64], after[64];
    size_t count = vfs_counters_read(before, ARRAY_LEN(before));
    assert_true(count > 0 && count <= ARRAY_LEN(before));
    assert_int_equal(tree_try(t, "missing", VFS_OPEN_READ), -ENOENT);
    assert_int_equal(vfs_counters_read(after, ARRAY_LEN(after)), count);
    assert_string_equal(after[0].name, "open");
    assert_int_equal(after[0].calls, before[0].calls + 1);
    assert_int_equal(after[0].errors, before[0].errors + 1);
}

static void users_by_name(void **state)
{
    (void)state;
    CLEANUP(vfs_cred_unref) struct vfs_cred *root = NULL;
    assert_int_equal(vfs_cred_of_user("root", &root), 0);
    assert_int_equal(root->uid, 0);
    struct vfs_cred *nobody = NULL;
    assert_int_equal(vfs_cred_of_user("no such user, surely", &nobody), -ENOENT);
    assert_null(nobody);
    struct vfs_root *r = NULL;
    assert_int_equal(vfs_root_open("/nonexistent/braid", &r), -ENOENT);
    assert_int_equal(vfs_root_open("/etc/passwd", &r), -ENOTDIR);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stats),
        cmocka_unit_test(extended_attributes),
        cmocka_unit_test(extended_attributes_act_as_the_server),
        cmocka_unit_test(file_system),
        cmocka_unit_test(counts),
        cmocka_unit_test(users_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
