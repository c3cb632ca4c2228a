/* SPDX-License-Identifier: Apache-2.0
 *
 * EAs and streams: both live in extended attributes and must not see each other. */
#include "nt/files.h"

static void chain_add(struct wr *w, const char *name, const char *value, bool last)
{
    size_t size = 8 + strlen(name) + 1 + strlen(value);
    wr_u32(w, last ? 0 : (uint32_t)align_up(size, 4));
    wr_u8(w, 0);
    wr_u8(w, (uint8_t)strlen(name));
    wr_u16(w, (uint16_t)strlen(value));
    wr_bytes(w, name, strlen(name) + 1);
    wr_bytes(w, value, strlen(value));
    if (!last)
        wr_align(w, 4);
}

static ntstatus set_one(struct task *t, struct nt_open *o, const char *name, const char *value)
{
    uint8_t buf[1024];
    struct wr w = wr_of(mspan_of(buf, sizeof(buf)));
    chain_add(&w, name, value, true);
    return nt_set_ea(t, o, wr_written(&w));
}

/* "name=value …" of a file's EAs; in the arena. */
static const char *eas(struct task *t, struct world *w, struct nt_open *o)
{
    struct span chain;
    ntstatus s = nt_query_ea(t, o, &w->arena, &chain);
    if (nt_is(s, STATUS_NO_EAS_ON_FILE))
        return "";
    assert_status(s, STATUS_SUCCESS);
    struct rd_chain c = rd_chain_of(rd_of(chain), 4, 100);
    struct rd r;
    const char *all = "";
    while (rd_chain_next(&c, &r)) {
        rd_skip(&r, 5);
        uint8_t name = rd_u8(&r);
        uint16_t value = rd_u16(&r);
        struct span n = rd_span(&r, name + 1u);
        struct span v = rd_span(&r, value);
        assert_true(rd_done(&r));
        all = arena_printf(&w->arena, "%s%s%s=%.*s", all, all[0] ? " " : "", (const char *)n.p,
                           (int)v.len, (const char *)v.p);
    }
    assert_true(rd_done(&c.rest));
    return all;
}

FILES_TEST(extended_attributes)
{
    if (!w->volume->root->has_xattr)
        return;
    struct nt_open *o = world_open(w, t, "f", FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    assert_string_equal(eas(t, w, o), "");
    uint8_t buf[256];
    struct wr chain = wr_of(mspan_of(buf, sizeof(buf)));
    chain_add(&chain, "ONE", "1", false);
    chain_add(&chain, "Two", "22", true);
    assert_status(nt_set_ea(t, o, wr_written(&chain)), STATUS_SUCCESS);
    assert_string_equal(eas(t, w, o), "ONE=1 Two=22");
    assert_status(set_one(t, o, "one", "new"), STATUS_SUCCESS);
    assert_string_equal(eas(t, w, o), "ONE=new Two=22");
    assert_status(set_one(t, o, "TWO", ""), STATUS_SUCCESS);
    assert_status(set_one(t, o, "never there", ""), STATUS_SUCCESS);
    assert_string_equal(eas(t, w, o), "ONE=new");
    struct nt_info info = {0};
    assert_status(nt_query_info(t, o, &info), STATUS_SUCCESS);
    assert_int_equal(info.ea_size, 8 + 4 + 3);
    world_close(t, o);
}

FILES_TEST(not_what_is_ours)
{
    if (!w->volume->root->has_xattr)
        return;
    struct nt_open *o = world_open(w, t, "f", FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    assert_status(set_one(t, o, "DOSATTRIB", "x"), STATUS_ACCESS_DENIED);
    assert_status(set_one(t, o, "dosattrib", "x"), STATUS_ACCESS_DENIED);
    assert_status(set_one(t, o, "NTACL", "x"), STATUS_ACCESS_DENIED);
    assert_status(set_one(t, o, "DosStream.a:$DATA", "x"), STATUS_ACCESS_DENIED);
    assert_status(set_one(t, o, "", "x"), STATUS_INVALID_EA_NAME);
    assert_status(set_one(t, o, "a\nb", "x"), STATUS_INVALID_EA_NAME);
    world_close(t, o);
    o = world_open(w, t, "f", FILE_READ_ATTRIBUTES);
    struct span chain;
    assert_status(nt_query_ea(t, o, &w->arena, &chain), STATUS_ACCESS_DENIED);
    assert_status(set_one(t, o, "a", "x"), STATUS_ACCESS_DENIED);
    world_close(t, o);
}

FILES_TEST(malformed_chains)
{
    if (!w->volume->root->has_xattr)
        return;
    struct nt_open *o = world_open(w, t, "f", FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    uint8_t buf[256];
    struct wr chain = wr_of(mspan_of(buf, sizeof(buf)));
    chain_add(&chain, "GOOD", "1", false);
    chain_add(&chain, "CUT", "12345", true);
    struct span all = wr_written(&chain);
    for (size_t n = 1; n < all.len; n++)
        assert_status(nt_set_ea(t, o, span_of(buf, n)), STATUS_EA_LIST_INCONSISTENT);
    buf[0] = 2; /* into itself */
    assert_status(nt_set_ea(t, o, all), STATUS_EA_LIST_INCONSISTENT);
    assert_string_equal(eas(t, w, o), ""); /* nothing of a bad chain is applied */
    world_close(t, o);
}

/* "name:size …" of a file's streams. */
static const char *streams(struct task *t, struct world *w, struct nt_open *o)
{
    struct nt_stream *s;
    size_t count;
    assert_status(nt_query_streams(t, o, &w->arena, &s, &count), STATUS_SUCCESS);
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = arena_printf(&w->arena, "%s%s%s(%u)", all, i ? " " : "", s[i].name,
                           (unsigned)s[i].size);
    return all;
}

FILES_TEST(alternate_streams)
{
    if (!w->volume->root->has_xattr)
        return;
    struct nt_open *f = world_open(w, t, "f", FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    assert_string_equal(streams(t, w, f), "::$DATA(0)");
    struct nt_open *s = open_stream(w, t, "f", "Zone");
    assert_string_equal(streams(t, w, f), "::$DATA(0) :Zone:$DATA(0)");
    assert_status(nt_write(t, s, 2, span_str("abc"), false), STATUS_SUCCESS);
    assert_string_equal(streams(t, w, f), "::$DATA(0) :Zone:$DATA(5)");
    assert_string_equal(eas(t, w, f), "");
    struct nt_open *same = open_stream(w, t, "f", "ZONE");
    char buf[8] = {1, 1, 1, 1, 1, 1};
    size_t len;
    assert_status(nt_read(t, same, 0, mspan_of(buf, 8), &len), STATUS_SUCCESS);
    assert_int_equal(len, 5);
    assert_memory_equal(buf, "\0\0abc", 5);
    struct nt_path *path = nt_open_path(same);
    struct nt_target target = nt_open_target(same, &same->identity, path);
    assert_status(nt_stream_rename(t, &target, "Other", false), STATUS_SUCCESS);
    assert_string_equal(streams(t, w, f), "::$DATA(0) :Other:$DATA(5)");
    target.stream = "other";
    assert_status(nt_stream_truncate(t, &target, 70000), STATUS_DISK_FULL);
    assert_status(nt_stream_remove(t, &target), STATUS_SUCCESS);
    assert_status(nt_stream_remove(t, &target), STATUS_OBJECT_NAME_NOT_FOUND);
    nt_path_unref(path);
    assert_status(nt_write(t, s, 65535, span_str("x"), false), STATUS_DISK_FULL);
    world_close(t, same);
    world_close(t, s);
    world_close(t, f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extended_attributes),
        cmocka_unit_test(test_not_what_is_ours),
        cmocka_unit_test(test_malformed_chains),
        cmocka_unit_test(test_alternate_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
