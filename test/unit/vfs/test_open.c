/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening beneath a root: no path, no link and no attacker leads outside; users are who they
 * are. */
#include "vfs/tree.h"

#include <pthread.h>
#include <stdatomic.h>

TREE_TEST(opens_and_creates)
{
    struct vfs_file *file = NULL;
    uint32_t create = VFS_OPEN_READ | VFS_OPEN_WRITE | VFS_OPEN_CREATE;
    assert_int_equal(tree_open(t, "new", create, &file), 0);
    struct vfs_stat st = {0};
    assert_int_equal(vfs_stat(t, file, &st), 0);
    assert_true(S_ISREG(st.mode));
    vfs_close(file);
    uint32_t exclusive = VFS_OPEN_WRITE | VFS_OPEN_CREATE | VFS_OPEN_EXCLUSIVE;
    assert_int_equal(tree_try(t, "new", exclusive), -EEXIST);
    assert_int_equal(tree_try(t, "other", exclusive), 0);
    assert_int_equal(tree_try(t, "missing", VFS_OPEN_READ), -ENOENT);
    assert_int_equal(tree_try(t, "new", VFS_OPEN_READ | VFS_OPEN_DIRECTORY), -ENOTDIR);
    assert_int_equal(tree_try(t, "new/x", VFS_OPEN_READ), -ENOTDIR);
    assert_int_equal(tree_try(t, "", VFS_OPEN_READ | VFS_OPEN_DIRECTORY), 0);
    assert_int_equal(tree_try(t, "", VFS_OPEN_WRITE), -EISDIR);
    assert_int_equal(tree_try(t, "new", VFS_OPEN_METADATA), 0);
}

TREE_TEST(refuses_bad_paths)
{
    tree_file("../secret", "s");
    tree_dir("d");
    assert_int_equal(tree_try(t, "/etc/passwd", VFS_OPEN_READ), -EINVAL);
    assert_int_equal(tree_try(t, "d//x", VFS_OPEN_READ), -EINVAL);
    assert_int_equal(tree_try(t, "d/", VFS_OPEN_READ), -EINVAL);
    assert_int_equal(tree_try(t, "..", VFS_OPEN_METADATA), -ENOENT);
    assert_int_equal(tree_try(t, "../secret", VFS_OPEN_READ), -ENOENT);
    assert_int_equal(tree_try(t, "d/../../secret", VFS_OPEN_READ), -ENOENT);
    struct vfs_stat st;
    assert_int_equal(vfs_stat_path(t, tree.cred, tree.root, "..", &st), -EINVAL);
    assert_int_equal(vfs_stat_path(t, tree.cred, tree.root, "d/..", &st), -EINVAL);
    char name[300];
    memset(name, 'n', sizeof(name));
    name[256] = 0;
    assert_int_equal(tree_try(t, name, VFS_OPEN_WRITE | VFS_OPEN_CREATE), -ENAMETOOLONG);
    name[255] = 0;
    assert_int_equal(tree_try(t, name, VFS_OPEN_WRITE | VFS_OPEN_CREATE), 0);
    const char *unicode = "d/\xC3\xA9\xF0\x9F\x98\x80 .";
    assert_int_equal(tree_try(t, unicode, VFS_OPEN_WRITE | VFS_OPEN_CREATE), 0);
    assert_int_equal(access(tree_path(unicode), F_OK), 0);
}

TREE_TEST(links_stay_inside)
{
    tree_file("../secret", "s");
    tree_dir("d");
    tree_file("d/inside", "i");
    assert_int_equal(symlink("d/inside", tree_path("in")), 0);
    assert_int_equal(symlink("../d/inside", tree_path("d/up")), 0);
    assert_int_equal(symlink("../secret", tree_path("out")), 0);
    assert_int_equal(symlink("/etc", tree_path("absolute")), 0);
    assert_int_equal(symlink("/proc/self/root", tree_path("magic")), 0);
    assert_int_equal(symlink("loop", tree_path("loop")), 0);
    assert_int_equal(tree_try(t, "in", VFS_OPEN_READ), 0);
    assert_int_equal(tree_try(t, "d/up", VFS_OPEN_READ), 0);
    assert_int_equal(tree_try(t, "out", VFS_OPEN_READ), -ENOENT);
    assert_int_equal(tree_try(t, "out", VFS_OPEN_WRITE | VFS_OPEN_CREATE), -ENOENT);
    assert_int_equal(tree_try(t, "absolute", VFS_OPEN_READ), -ENOENT);
    assert_int_equal(tree_try(t, "absolute/passwd", VFS_OPEN_READ), -ENOENT);
    assert_int_equal(tree_try(t, "magic/etc", VFS_OPEN_METADATA), -ENOENT);
    assert_int_equal(tree_try(t, "loop", VFS_OPEN_READ), -ELOOP);
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "out", VFS_OPEN_METADATA | VFS_OPEN_NOFOLLOW, &file), 0);
    char target[64] = {0};
    assert_int_equal(vfs_readlink(t, file, target, sizeof(target)), 9);
    assert_string_equal(target, "../secret");
    vfs_close(file);
}

TREE_TEST(magic_links_lead_nowhere)
{
    struct vfs_root *proc = NULL;
    assert_int_equal(vfs_root_open("/proc/self", &proc), 0);
    struct vfs_open_args args = {.root = proc, .path = "fd/0", .flags = VFS_OPEN_READ};
    struct vfs_file *file = NULL;
    int rc = vfs_open(t, tree.cred, &args, &file);
    assert_true(rc == -ELOOP || rc == -ENOENT);
    args.path = "root/etc";
    args.flags = VFS_OPEN_METADATA;
    rc = vfs_open(t, tree.cred, &args, &file);
    assert_true(rc == -ELOOP || rc == -ENOENT);
    vfs_root_free(proc);
}

TREE_TEST(fifos_do_not_block)
{
    assert_int_equal(mkfifo(tree_path("pipe"), 0644), 0);
    assert_int_equal(tree_try(t, "pipe", VFS_OPEN_WRITE), -ENXIO);
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "pipe", VFS_OPEN_READ, &file), 0);
    vfs_close(file);
    tree_file("f", "x");
    assert_int_equal(tree_open(t, "f", VFS_OPEN_READ, &file), 0);
    assert_int_equal(fcntl(file->fd, F_GETFL) & O_NONBLOCK, 0);
    vfs_close(file);
}

TREE_TEST(reopens_with_other_access)
{
    tree_file("f", "text");
    struct vfs_file *meta = NULL;
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "f", VFS_OPEN_METADATA, &meta), 0);
    assert_int_equal(rename(tree_path("f"), tree_path("../gone")), 0);
    assert_int_equal(vfs_reopen(t, tree.cred, meta, VFS_OPEN_READ, &file), 0);
    char buf[8];
    assert_int_equal(vfs_read(t, file, mspan_of(buf, sizeof(buf)), 0), 4);
    vfs_close(file);
    vfs_close(meta);
}

/* ---- a component swapped while we walk ---------------------------------------------------- */

static _Atomic bool swapping;

static void *swapper(UNUSED void *arg)
{
    char dir[128], link[128];
    snprintf(dir, sizeof(dir), "%s/d", tree.share);
    snprintf(link, sizeof(link), "%s/l", tree.share);
    while (swapping)
        (void)renameat2(AT_FDCWD, dir, AT_FDCWD, link, RENAME_EXCHANGE);
    return NULL;
}

TREE_TEST(swapped_components_do_not_lead_out)
{
    tree_dir("d");
    tree_file("d/f", "inside");
    assert_int_equal(mkdir(tree_path("../outside"), 0755), 0);
    tree_file("../outside/f", "secret");
    assert_int_equal(symlink("../outside", tree_path("l")), 0);
    swapping = true;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, swapper, NULL), 0);
    unsigned opened = 0;
    for (unsigned i = 0; i < 20000; i++) {
        struct vfs_file *file = NULL;
        if (tree_open(t, "d/f", VFS_OPEN_READ, &file) < 0)
            continue;
        char buf[8] = {0};
        assert_int_equal(vfs_read(t, file, mspan_of(buf, sizeof(buf)), 0), 6);
        assert_string_equal(buf, "inside");
        vfs_close(file);
        opened++;
    }
    for (unsigned i = 0; i < 2000; i++) {
        struct vfs_stat wrong = {.device = 1, .inode = 1};
        assert_true(vfs_remove(t, tree.cred, tree.root, "d/f", &wrong) < 0);
        int rc = vfs_mkdir(t, tree.cred, tree.root, "d/made", 0755);
        assert_true(rc == 0 || rc == -EEXIST || rc == -ENOENT || rc == -ENOTDIR);
    }
    swapping = false;
    pthread_join(thread, NULL);
    assert_true(opened > 0);
    assert_int_equal(access(tree_path("../outside/f"), F_OK), 0);
    assert_int_equal(access(tree_path("../outside/made"), F_OK), -1);
}

/* ---- users -------------------------------------------------------------------------------- */

static int open_as(struct task *t, struct vfs_cred *cred, const char *path, uint32_t flags)
{
    struct vfs_open_args args = {.root = tree.root, .path = path, .flags = flags, .mode = 0644};
    struct vfs_file *file = NULL;
    int rc = vfs_open(t, cred, &args, &file);
    vfs_close(file);
    vfs_identity_restore(); /* what the test does to the tree itself it does as root */
    return rc;
}

TREE_TEST(acts_as_the_user)
{
    if (geteuid() != 0)
        return; /* nobody to become */
    gid_t more[] = {4243};
    CLEANUP(vfs_cred_unref) struct vfs_cred *ada = vfs_cred_new(4242, 4242, more, 1);
    CLEANUP(vfs_cred_unref) struct vfs_cred *bob = vfs_cred_new(4244, 4244, NULL, 0);
    tree_file("private", "p");
    assert_int_equal(chmod(tree_path("private"), 0600), 0);
    tree_file("group", "g");
    assert_int_equal(chown(tree_path("group"), 0, 4243), 0);
    assert_int_equal(chmod(tree_path("group"), 0640), 0);
    assert_int_equal(open_as(t, ada, "private", VFS_OPEN_READ), -EACCES);
    assert_int_equal(open_as(t, tree.cred, "private", VFS_OPEN_READ), 0);
    assert_int_equal(open_as(t, ada, "group", VFS_OPEN_READ), 0);
    assert_int_equal(open_as(t, bob, "group", VFS_OPEN_READ), -EACCES);
    assert_int_equal(open_as(t, ada, "group", VFS_OPEN_WRITE), -EACCES);
    assert_int_equal(open_as(t, ada, "hers", VFS_OPEN_WRITE | VFS_OPEN_CREATE), -EACCES);
    assert_int_equal(chmod(tree_path(""), 0777), 0);
    assert_int_equal(open_as(t, ada, "hers", VFS_OPEN_WRITE | VFS_OPEN_CREATE), 0);
    struct stat st;
    assert_int_equal(stat(tree_path("hers"), &st), 0);
    assert_int_equal(st.st_uid, 4242);
    assert_int_equal(st.st_gid, 4242);
    assert_int_equal(open_as(t, tree.cred, "ours", VFS_OPEN_WRITE | VFS_OPEN_CREATE), 0);
    assert_int_equal(stat(tree_path("ours"), &st), 0);
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(st.st_gid, 0);
}

TREE_TEST(asks_the_kernel_for_access)
{
    if (geteuid() != 0)
        return; /* nobody to become */
    CLEANUP(vfs_cred_unref) struct vfs_cred *ada = vfs_cred_new(4242, 4242, NULL, 0);
    tree_file("f", "x");
    assert_int_equal(chmod(tree_path("f"), 0644), 0);
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, "f", VFS_OPEN_METADATA, &file), 0);
    assert_int_equal(vfs_access(t, ada, file, R_OK), 0);
    assert_int_equal(vfs_access(t, ada, file, W_OK), -EACCES);
    assert_int_equal(vfs_access(t, tree.cred, file, R_OK | W_OK), 0);
    vfs_close(file);
}

static void *identity_of_a_new_thread(void *arg)
{
    /* Whoever made this thread was somebody else at the time: the ambient user must still be. */
    int *rc = arg;
    struct vfs_open_args args = {.root = tree.root, .path = "private", .flags = VFS_OPEN_READ};
    struct vfs_file *file = NULL;
    *rc = vfs_open(NULL, tree.cred, &args, &file);
    vfs_close(file);
    return NULL;
}

TREE_TEST(a_new_thread_trusts_nothing)
{
    if (geteuid() != 0)
        return; /* nobody to become */
    CLEANUP(vfs_cred_unref) struct vfs_cred *ada = vfs_cred_new(4242, 4242, NULL, 0);
    tree_file("private", "p");
    assert_int_equal(chmod(tree_path("private"), 0600), 0);
    struct vfs_open_args args = {.root = tree.root, .path = "private", .flags = VFS_OPEN_READ};
    struct vfs_file *file = NULL;
    assert_int_equal(vfs_open(t, ada, &args, &file), -EACCES);
    pthread_t thread;
    int rc = -1;
    assert_int_equal(pthread_create(&thread, NULL, identity_of_a_new_thread, &rc), 0);
    pthread_join(thread, NULL);
    assert_int_equal(rc, 0);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_and_creates),
        cmocka_unit_test(refuses_bad_paths),
        cmocka_unit_test(links_stay_inside),
        cmocka_unit_test(magic_links_lead_nowhere),
        cmocka_unit_test(fifos_do_not_block),
        cmocka_unit_test(reopens_with_other_access),
        cmocka_unit_test(swapped_components_do_not_lead_out),
        cmocka_unit_test(acts_as_the_user),
        cmocka_unit_test(asks_the_kernel_for_access),
        cmocka_unit_test(a_new_thread_trusts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
