/* SPDX-License-Identifier: Apache-2.0
 *
 * Contents: reads and writes of all sizes, holes, sizes, copies. */
#include "vfs/tree.h"

#define GIB (1ull << 30)
#define RW (VFS_OPEN_READ | VFS_OPEN_WRITE)

static struct vfs_file *make(struct task *t, const char *name)
{
    struct vfs_file *file = NULL;
    assert_int_equal(tree_open(t, name, RW | VFS_OPEN_CREATE, &file), 0);
    return file;
}

static uint64_t size_of(struct task *t, struct vfs_file *file)
{
    struct vfs_stat st = {0};
    assert_int_equal(vfs_stat(t, file, &st), 0);
    return st.size_bytes;
}

TREE_TEST(reads_what_was_written)
{
    CLEANUP(vfs_close) struct vfs_file *file = make(t, "f");
    size_t size = 3u << 20;
    CLEANUP(free) void *out = xmalloc(size);
    CLEANUP(free) void *in = xcalloc(1, size);
    memset(out, 0xA5, size);
    assert_int_equal(vfs_write(t, file, span_of(out, size), 5), (ssize_t)size);
    assert_int_equal(vfs_write(t, file, span_of("begin", 5), 0), 5);
    assert_int_equal(size_of(t, file), size + 5);
    assert_int_equal(vfs_read(t, file, mspan_of(in, size), 5), (ssize_t)size);
    assert_memory_equal(in, out, size);
    assert_int_equal(vfs_read(t, file, mspan_of(in, size), size), 5);
    assert_int_equal(vfs_read(t, file, mspan_of(in, 1), size + 5), 0);
    assert_int_equal(vfs_read(t, file, mspan_of(in, 1), INT64_MAX), -EINVAL);
    assert_int_equal(vfs_write(t, file, span_of(in, 1), INT64_MAX), -EFBIG);
    assert_int_equal(vfs_sync(t, file), 0);
}

TREE_TEST(holes_are_found)
{
    CLEANUP(vfs_close) struct vfs_file *file = make(t, "sparse");
    assert_int_equal(vfs_write(t, file, span_of("x", 1), 5 * GIB), 1);
    assert_int_equal(size_of(t, file), 5 * GIB + 1);
    int64_t data = vfs_seek_data(t, file, 0);
    assert_true(data > 0 && (uint64_t)data <= 5 * GIB);
    assert_int_equal(vfs_seek_hole(t, file, 0), 0);
    assert_int_equal(vfs_seek_data(t, file, 6 * GIB), -ENXIO);
    char c = 1;
    assert_int_equal(vfs_read(t, file, mspan_of(&c, 1), 4 * GIB), 1);
    assert_int_equal(c, 0);
    assert_int_equal(vfs_punch(t, file, 5 * GIB - 4096, 8192), 0);
    assert_int_equal(vfs_read(t, file, mspan_of(&c, 1), 5 * GIB), 1);
    assert_int_equal(c, 0);
    assert_int_equal(vfs_truncate(t, file, 10), 0);
    assert_int_equal(size_of(t, file), 10);
    assert_int_equal(vfs_truncate(t, file, UINT64_MAX), -EFBIG);
}

TREE_TEST(allocation_keeps_the_size)
{
    CLEANUP(vfs_close) struct vfs_file *file = make(t, "f");
    int rc = vfs_allocate(t, file, 0, 1u << 20);
    assert_true(rc == 0 || rc == -EOPNOTSUPP);
    assert_int_equal(size_of(t, file), 0);
    struct vfs_stat st = {0};
    assert_int_equal(vfs_stat(t, file, &st), 0);
    if (rc == 0)
        assert_true(st.allocated_bytes >= 1u << 20);
}

TREE_TEST(copies_in_the_kernel)
{
    CLEANUP(vfs_close) struct vfs_file *from = make(t, "from");
    CLEANUP(vfs_close) struct vfs_file *to = make(t, "to");
    assert_int_equal(vfs_write(t, from, span_of("0123456789", 10), 0), 10);
    struct vfs_copy_args args = {from, to, 2, 100, 5};
    assert_int_equal(vfs_copy_range(t, &args), 5);
    char buf[8] = {0};
    assert_int_equal(vfs_read(t, to, mspan_of(buf, 5), 100), 5);
    assert_string_equal(buf, "23456");
    args.from_offset = 10;
    assert_int_equal(vfs_copy_range(t, &args), 0);
    args.from_offset = UINT64_MAX - 2;
    assert_int_equal(vfs_copy_range(t, &args), -EINVAL);
}

TREE_TEST(locks_conflict)
{
    CLEANUP(vfs_close) struct vfs_file *a = make(t, "f");
    CLEANUP(vfs_close) struct vfs_file *b = make(t, "f");
    assert_int_equal(vfs_lock(t, a, F_WRLCK, 10, 10), 0);
    assert_int_equal(vfs_lock(t, b, F_RDLCK, 15, 1), -EAGAIN);
    assert_int_equal(vfs_lock(t, b, F_RDLCK, 20, 1), 0);
    assert_int_equal(vfs_lock(t, a, F_UNLCK, 10, 10), 0);
    assert_int_equal(vfs_lock(t, b, F_RDLCK, 15, 1), 0);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(holes_are_found),
        cmocka_unit_test(allocation_keeps_the_size),
        cmocka_unit_test(copies_in_the_kernel),
        cmocka_unit_test(locks_conflict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
