/* SPDX-License-Identifier: Apache-2.0
 *
 * Contents, sizes, ranges and copies through opens; each with the right and without. */
#include "nt/files.h"

#define RW (FILE_READ_DATA | FILE_WRITE_DATA)

static ntstatus put_at(struct task *t, struct nt_open *o, uint64_t offset, const char *text)
{
    return nt_write(t, o, offset, span_str(text), false);
}

/* What is at an offset, as a string; in the arena. */
static const char *at(struct task *t, struct world *w, struct nt_open *o, uint64_t offset,
                      size_t max)
{
    char *buf = arena_alloc(&w->arena, max + 1);
    size_t len = 0;
    ntstatus s = nt_read(t, o, offset, mspan_of(buf, max), &len);
    if (nt_is(s, STATUS_END_OF_FILE))
        return "<end>";
    assert_status(s, STATUS_SUCCESS);
    buf[len] = 0;
    return buf;
}

static uint64_t size_of(struct task *t, struct nt_open *o)
{
    struct nt_info info = {0};
    assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
    return info.net.end_of_file;
}

/* Closes o. */
static void reads_and_writes(struct task *t, struct world *w, struct nt_open *o)
{
    assert_string_equal(at(t, w, o, 0, 10), "<end>");
    assert_status(put_at(t, o, 0, "hello"), STATUS_SUCCESS);
    assert_status(put_at(t, o, 10, "world"), STATUS_SUCCESS);
    assert_int_equal(size_of(t, o), 15);
    assert_string_equal(at(t, w, o, 0, 100), "hello"); /* and zeros */
    assert_string_equal(at(t, w, o, 10, 100), "world");
    assert_string_equal(at(t, w, o, 13, 100), "ld");
    assert_string_equal(at(t, w, o, 15, 100), "<end>");
    assert_string_equal(at(t, w, o, 15, 0), "");
    assert_status(nt_set_end_of_file(t, o, 3), STATUS_SUCCESS);
    assert_string_equal(at(t, w, o, 0, 100), "hel");
    assert_status(nt_set_end_of_file(t, o, 8), STATUS_SUCCESS);
    assert_int_equal(size_of(t, o), 8);
    assert_status(nt_set_allocation(t, o, 2), STATUS_SUCCESS);
    assert_string_equal(at(t, w, o, 0, 100), "he");
    assert_status(nt_set_allocation(t, o, 4096), STATUS_SUCCESS);
    assert_int_equal(size_of(t, o), 2);
    assert_status(nt_write(t, o, UINT64_MAX, span_str("x"), false), STATUS_INVALID_PARAMETER);
    assert_status(nt_write(t, o, INT64_MAX, span_str("x"), false), STATUS_INVALID_PARAMETER);
    char c;
    size_t len;
    assert_status(nt_read(t, o, UINT64_MAX, mspan_of(&c, 1), &len), STATUS_INVALID_PARAMETER);
    assert_status(nt_set_end_of_file(t, o, UINT64_MAX), STATUS_INVALID_PARAMETER);
    assert_status(nt_flush(t, o), STATUS_SUCCESS);
    world_close(t, o);
}

FILES_TEST(files)
{
    reads_and_writes(t, w, world_open(w, t, "f", RW | FILE_READ_ATTRIBUTES));
}

FILES_TEST(streams)
{
    if (w->volume->root->has_xattr)
        reads_and_writes(t, w, open_stream(w, t, "f", "stream"));
}

FILES_TEST(rights)
{
    put(w, "f", "12345");
    char c;
    size_t len;
    struct nt_open *o = world_open(w, t, "f", FILE_READ_ATTRIBUTES);
    assert_status(nt_read(t, o, 0, mspan_of(&c, 1), &len), STATUS_ACCESS_DENIED);
    assert_status(put_at(t, o, 0, "x"), STATUS_ACCESS_DENIED);
    assert_status(nt_flush(t, o), STATUS_ACCESS_DENIED);
    assert_status(nt_set_end_of_file(t, o, 0), STATUS_ACCESS_DENIED);
    assert_status(nt_zero_data(t, o, 0, 1), STATUS_ACCESS_DENIED);
    assert_status(nt_set_sparse(t, o, true), STATUS_ACCESS_DENIED);
    struct nt_ranges none = {0};
    assert_status(nt_allocated_ranges(t, o, (struct nt_range){0, 1}, &none),
                  STATUS_ACCESS_DENIED);
    world_close(t, o);
    o = world_open(w, t, "f", FILE_READ_DATA);
    assert_status(put_at(t, o, 0, "x"), STATUS_ACCESS_DENIED);
    world_close(t, o);
    o = world_open(w, t, "f", FILE_APPEND_DATA);
    assert_status(put_at(t, o, 0, "x"), STATUS_ACCESS_DENIED);
    assert_status(put_at(t, o, 5, "x"), STATUS_SUCCESS);
    assert_status(nt_set_end_of_file(t, o, 0), STATUS_ACCESS_DENIED);
    world_close(t, o);
    o = open_dir(w, t, "");
    assert_status(nt_read(t, o, 0, mspan_of(&c, 1), &len), STATUS_INVALID_DEVICE_REQUEST);
    assert_status(put_at(t, o, 0, "x"), STATUS_INVALID_DEVICE_REQUEST);
    assert_status(nt_set_end_of_file(t, o, 0), STATUS_INVALID_PARAMETER);
    assert_status(nt_flush(t, o), STATUS_SUCCESS);
    world_close(t, o);
}

FILES_TEST(locked_ranges)
{
    put(w, "f", "0123456789");
    struct nt_open *a = world_open(w, t, "f", RW);
    struct nt_open *b = world_open(w, t, "f", RW);
    struct nt_lock_range range = {2, 3, true};
    assert_status(nt_lock(t, a, &range, false), STATUS_SUCCESS);
    char c;
    size_t len;
    assert_status(nt_read(t, b, 4, mspan_of(&c, 1), &len), STATUS_FILE_LOCK_CONFLICT);
    assert_status(nt_read(t, b, 5, mspan_of(&c, 1), &len), STATUS_SUCCESS);
    assert_status(put_at(t, b, 1, "xx"), STATUS_FILE_LOCK_CONFLICT);
    assert_status(nt_zero_data(t, b, 0, 3), STATUS_FILE_LOCK_CONFLICT);
    assert_status(nt_copy(t, b, &(struct nt_copy_args){b, 6, 2, 2}), STATUS_FILE_LOCK_CONFLICT);
    assert_status(put_at(t, a, 2, "xx"), STATUS_SUCCESS);
    world_close(t, a);
    assert_status(put_at(t, b, 1, "xx"), STATUS_SUCCESS);
    world_close(t, b);
}

FILES_TEST(ranges)
{
    struct nt_open *o = world_open(w, t, "f", RW | FILE_READ_ATTRIBUTES);
    uint64_t far = 1ull << 32;
    assert_status(put_at(t, o, 0, "begin"), STATUS_SUCCESS);
    assert_status(put_at(t, o, far, "end"), STATUS_SUCCESS);
    struct nt_range found[4];
    struct nt_ranges r = {found, 4, 0};
    struct nt_range all = {0, far + 100};
    assert_status(nt_allocated_ranges(t, o, all, &r), STATUS_SUCCESS);
    if (r.count == 2) { /* the file system knows holes */
        assert_int_equal(found[0].offset, 0);
        assert_int_equal(found[1].offset, far);
        assert_int_equal(found[1].length, 3);
        r.max = 1;
        assert_status(nt_allocated_ranges(t, o, all, &r), STATUS_BUFFER_OVERFLOW);
        assert_int_equal(r.count, 1);
    }
    assert_status(nt_allocated_ranges(t, o, (struct nt_range){UINT64_MAX, 2}, &r),
                  STATUS_INVALID_PARAMETER);
    assert_status(nt_zero_data(t, o, 1, far + 2), STATUS_SUCCESS);
    assert_string_equal(at(t, w, o, 0, 8), "b");
    assert_int_equal(size_of(t, o), far + 3);
    assert_string_equal(at(t, w, o, far + 2, 8), "d");
    assert_status(nt_zero_data(t, o, 0, UINT64_MAX), STATUS_INVALID_PARAMETER);
    assert_status(nt_zero_data(t, o, 5, 4), STATUS_INVALID_PARAMETER);
    assert_status(nt_zero_data(t, o, 0, far * 2), STATUS_SUCCESS);
    assert_int_equal(size_of(t, o), far + 3);
    assert_status(nt_set_valid_data_length(t, o, 5), STATUS_SUCCESS);
    assert_status(nt_set_valid_data_length(t, o, far * 2), STATUS_INVALID_PARAMETER);
    world_close(t, o);
}

FILES_TEST(sparse)
{
    struct nt_open *o = world_open(w, t, "f", FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    struct nt_info info = {0};
    assert_status(put_at(t, o, 1 << 20, "x"), STATUS_SUCCESS);
    assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
    assert_false(info.net.attributes & NT_ATTR_SPARSE_FILE);
    assert_true(info.net.allocation_size >= 1 << 20);
    if (w->volume->root->has_xattr) {
        assert_status(nt_set_sparse(t, o, true), STATUS_SUCCESS);
        assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
        assert_true(info.net.attributes & NT_ATTR_SPARSE_FILE);
        assert_status(nt_set_sparse(t, o, false), STATUS_SUCCESS);
        assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
        assert_false(info.net.attributes & NT_ATTR_SPARSE_FILE);
    }
    world_close(t, o);
}

FILES_TEST(copies)
{
    put(w, "from", "0123456789");
    struct nt_open *from = world_open(w, t, "from", RW);
    struct nt_open *to = world_open(w, t, "to", RW);
    assert_status(nt_copy(t, to, &(struct nt_copy_args){from, 2, 1, 5}), STATUS_SUCCESS);
    assert_string_equal(at(t, w, to, 1, 100), "23456");
    assert_status(nt_copy(t, to, &(struct nt_copy_args){from, 8, 0, 3}), STATUS_INVALID_VIEW_SIZE);
    assert_status(nt_copy(t, to, &(struct nt_copy_args){from, 8, 0, 0}), STATUS_SUCCESS);
    assert_status(nt_copy(t, from, &(struct nt_copy_args){from, 0, 2, 6}), STATUS_SUCCESS);
    assert_string_equal(at(t, w, from, 0, 100), "0101234589");
    assert_status(nt_copy(t, to, &(struct nt_copy_args){from, UINT64_MAX, 0, 5}),
                  STATUS_INVALID_PARAMETER);
    if (w->volume->root->has_xattr) {
        struct nt_open *stream = open_stream(w, t, "to", "s");
        assert_status(nt_copy(t, stream, &(struct nt_copy_args){from, 0, 0, 4}), STATUS_SUCCESS);
        assert_string_equal(at(t, w, stream, 0, 100), "0101");
        world_close(t, stream);
    }
    world_close(t, from);
    world_close(t, to);
}

FILES_TEST(appending_by_position)
{
    struct nt_open *o = world_open(w, t, "f", RW);
    assert_status(nt_set_mode(o, NT_OPTION_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    assert_status(put_at(t, o, 0, "hello"), STATUS_SUCCESS);
    struct nt_info info = {0};
    assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
    assert_int_equal(info.position, 5);
    assert_status(nt_set_position(o, 77), STATUS_SUCCESS);
    assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
    assert_int_equal(info.position, 77);
    assert_status(nt_set_position(o, UINT64_MAX), STATUS_INVALID_PARAMETER);
    assert_status(nt_set_mode(o, NT_OPTION_SYNCHRONOUS_IO_ALERT |
                                     NT_OPTION_SYNCHRONOUS_IO_NONALERT),
                  STATUS_INVALID_PARAMETER);
    world_close(t, o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_locked_ranges),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_appending_by_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
