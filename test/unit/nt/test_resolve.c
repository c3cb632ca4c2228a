/* SPDX-License-Identifier: Apache-2.0
 *
 * Names without regard to case: what is found, what it costs, and that the index follows changes
 * of our own and of others. */
#include "nt/files.h"

static struct nt_resolved resolved(struct task *t, struct world *w, const char *path)
{
    struct nt_resolve_args args = {w->volume, w->caller.cred, &w->arena, path};
    struct nt_resolved r = {0};
    assert_status(nt_resolve(t, &args, &r), STATUS_SUCCESS);
    return r;
}

static ntstatus resolve_fails(struct task *t, struct world *w, const char *path)
{
    struct nt_resolve_args args = {w->volume, w->caller.cred, &w->arena, path};
    struct nt_resolved r = {0};
    return nt_resolve(t, &args, &r);
}

static void assert_found(struct task *t, struct world *w, const char *path, const char *real)
{
    struct nt_resolved r = resolved(t, w, path);
    assert_true(r.found);
    assert_string_equal(r.path, real);
    const char *slash = strrchr(real, '/');
    assert_string_equal(r.leaf, slash ? slash + 1 : real);
}

static uint64_t scans(void)
{
    struct vfs_counter counters[64];
    size_t count = vfs_counters_read(counters, ARRAY_LEN(counters));
    for (size_t i = 0; i < MIN(count, ARRAY_LEN(counters)); i++)
        if (strcmp(counters[i].name, "dir_open") == 0)
            return counters[i].calls;
    fail();
    return 0;
}

FILES_TEST(finds_any_case)
{
    put_dir(w, "Dir");
    put_dir(w, "Dir/\xC3\x89tude");
    put(w, "Dir/\xC3\x89tude/ReadMe.TXT", "x");
    assert_found(t, w, "Dir/\xC3\x89tude/ReadMe.TXT", "Dir/\xC3\x89tude/ReadMe.TXT");
    assert_found(t, w, "dir/\xC3\xA9TUDE/readme.txt", "Dir/\xC3\x89tude/ReadMe.TXT");
    assert_found(t, w, "DIR", "Dir");
    assert_found(t, w, "", "");
    struct nt_resolved r = resolved(t, w, "dir/New");
    assert_false(r.found);
    assert_string_equal(r.path, "Dir/New");
    assert_string_equal(r.leaf, "New");
    assert_status(resolve_fails(t, w, "dir/none/x"), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_status(resolve_fails(t, w, "dir/\xC3\x89tude/readme.txt/x"),
                  STATUS_OBJECT_PATH_NOT_FOUND);
}

FILES_TEST(prefers_the_exact_name)
{
    put(w, "name", "1");
    put(w, "NAME", "2");
    assert_found(t, w, "name", "name");
    assert_found(t, w, "NAME", "NAME");
    assert_true(resolved(t, w, "Name").found);
}

FILES_TEST(private_characters_on_disk)
{
    put(w, "a:B", "x");
    put(w, "lit\xEF\x80\xA2" "eral", "x"); /* U+F022 as another server stored it */
    assert_found(t, w, "A:b", "a:B");
    assert_found(t, w, "lit:eral", "lit\xEF\x80\xA2" "eral");
}

FILES_TEST(case_sensitive_volumes)
{
    w->volume->config.case_sensitive = true;
    put(w, "name", "1");
    assert_found(t, w, "name", "name");
    assert_false(resolved(t, w, "NAME").found);
}

FILES_TEST(a_miss_costs_no_scan)
{
    char name[32];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "file-%u", i);
        put(w, name, "");
    }
    assert_false(resolved(t, w, "missing").found);
    uint64_t before = scans();
    for (unsigned i = 0; i < 50; i++)
        assert_false(resolved(t, w, "missing").found);
    assert_found(t, w, "FILE-7", "file-7");
    assert_int_equal(scans(), before);
}

FILES_TEST(own_changes_need_no_scan)
{
    assert_false(resolved(t, w, "first").found);
    uint64_t before = scans();
    char name[32];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "File-%u", i);
        struct nt_open *o = world_open(w, t, name, FILE_GENERIC_WRITE);
        world_close(t, o);
    }
    assert_found(t, w, "FILE-42", "File-42");
    struct nt_open *o = world_open(w, t, "fiLE-42", DELETE);
    assert_status(nt_set_disposition(t, o, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
    world_close(t, o);
    assert_false(world_has(w, "File-42"));
    assert_false(resolved(t, w, "FILE-42").found);
    o = world_open(w, t, "file-43", DELETE);
    assert_status(nt_rename(t, o, "Other", 0), STATUS_SUCCESS);
    world_close(t, o);
    assert_found(t, w, "OTHER", "Other");
    assert_false(resolved(t, w, "FILE-43").found);
    assert_int_equal(scans(), before);
}

FILES_TEST(changes_of_others_are_seen)
{
    assert_false(resolved(t, w, "A").found);
    assert_int_equal(task_sleep_us(t, 20000), 0); /* past a tick of a coarse clock */
    put(w, "a", "1");
    assert_found(t, w, "A", "a");
    assert_int_equal(task_sleep_us(t, 20000), 0);
    assert_int_equal(rename(on_disk(w, "a"), on_disk(w, "b")), 0);
    assert_false(resolved(t, w, "A").found);
    assert_found(t, w, "B", "b");
}

FILES_TEST(another_directory_under_the_same_name)
{
    put_dir(w, "d");
    put(w, "d/x", "1");
    assert_found(t, w, "d/X", "d/x");
    assert_int_equal(rename(on_disk(w, "d"), on_disk(w, "old")), 0);
    put_dir(w, "d");
    assert_false(resolved(t, w, "d/X").found);
    assert_found(t, w, "old/X", "old/x");
}

static unsigned done;

static void concurrent(struct task *t, void *arg)
{
    assert_found(t, arg, "FILE-2999", "file-2999");
    done++;
}

/* More than is read on the reactor: some ask while the index is being built elsewhere. */
FILES_TEST(many_ask_at_once)
{
    char name[32];
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "file-%u", i);
        put(w, name, "");
    }
    uint64_t before = scans();
    done = 0;
    for (unsigned i = 0; i < 10; i++)
        assert_non_null(task_start(task_reactor(t), "ask", concurrent, w));
    while (done < 10)
        assert_int_equal(task_sleep_us(t, 1000), 0);
    assert_int_equal(scans(), before + 1);
}

/* ---- two reactors in one directory -------------------------------------------------------- */

struct side {
    struct world *w;
    unsigned number;
};

static void busy(struct task *t, void *arg)
{
    struct side *side = arg;
    struct arena a;
    arena_init(&a);
    char name[32], upper[32];
    for (unsigned i = 0; i < 150; i++) {
        snprintf(name, sizeof(name), "side%u-%u", side->number, i);
        snprintf(upper, sizeof(upper), "SIDE%u-%u", side->number, i);
        struct world mine = {.volume = side->w->volume, .caller = side->w->caller, .arena = a};
        struct nt_open *o = world_open(&mine, t, name, FILE_GENERIC_WRITE);
        world_close(t, o);
        struct nt_resolve_args args = {mine.volume, mine.caller.cred, &mine.arena, upper};
        struct nt_resolved r = {0};
        assert_status(nt_resolve(t, &args, &r), STATUS_SUCCESS);
        assert_true(r.found);
        assert_string_equal(r.path, name);
        if (i % 3 == 0) {
            o = world_open(&mine, t, upper, DELETE);
            assert_status(nt_set_disposition(t, o, NT_DISPOSITION_DELETE), STATUS_SUCCESS);
            world_close(t, o);
            assert_status(nt_resolve(t, &args, &r), STATUS_SUCCESS);
            assert_false(r.found);
        }
        a = mine.arena;
    }
    arena_fini(&a);
}

static void *busy_thread(void *arg)
{
    run_task(busy, arg);
    return NULL;
}

static void test_two_reactors(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct side sides[2] = {{&w, 0}, {&w, 1}};
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, busy_thread, &sides[1]), 0);
    run_task(busy, &sides[0]);
    assert_int_equal(pthread_join(other, NULL), 0);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_any_case),
        cmocka_unit_test(test_prefers_the_exact_name),
        cmocka_unit_test(test_private_characters_on_disk),
        cmocka_unit_test(test_case_sensitive_volumes),
        cmocka_unit_test(test_a_miss_costs_no_scan),
        cmocka_unit_test(test_own_changes_need_no_scan),
        cmocka_unit_test(test_changes_of_others_are_seen),
        cmocka_unit_test(test_another_directory_under_the_same_name),
        cmocka_unit_test(test_many_ask_at_once),
        cmocka_unit_test(test_two_reactors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
