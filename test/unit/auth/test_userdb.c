/* SPDX-License-Identifier: Apache-2.0
 *
 * The user file: what parses, what is refused and with which words, edits, and a reader that sees
 * them at once.  Covers userdb.c, userdb_file.c and userdb_edit.c. */
#include "auth/userdb.h"
#include "hex.h"
#include "unit.h"

#include <sys/stat.h>

#define HASH "a4f49c406510bdcab6824ee7c30fd852"

static char dir[] = "/tmp/braid-userdb-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/users", dir);
    return 0;
}

static int clean(void **state)
{
    static const char *const names[] = {"users", "users.lock", "users.new"};
    char name[96];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(name, sizeof(name), "%s/%s", dir, names[i]);
        unlink(name);
    }
    return 0;
}

static int remove_dir(void **state)
{
    return rmdir(dir);
}

static void file_write(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void assert_file(const char *expected)
{
    char text[2048] = {0};
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    (void)!fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    assert_string_equal(text, expected);
}

static void lookups(void **state)
{
    struct userdb *db;
    struct userdb_error e;
    struct auth_account a;
    uint8_t hash[16];
    HEX(hash, HASH);
    file_write("# users of this server\n\nAda:" HASH ":\nbob:" HASH ":disabled\r\n"
               "Änne:A4F49C406510BDCAB6824EE7C30FD852::later fields");
    assert_int_equal(userdb_open(path, &db, &e), 0);
    assert_int_equal(userdb_count(db), 3);
    assert_int_equal(userdb_lookup(db, "ADA", "any", &a), 0);
    assert_string_equal(a.name, "Ada");
    assert_false(a.disabled);
    assert_memory_equal(a.nt_hash, hash, 16);
    assert_int_equal(userdb_lookup(db, "Bob", "", &a), 0);
    assert_true(a.disabled);
    assert_int_equal(userdb_lookup(db, "ÄNNE", "", &a), 0);
    assert_memory_equal(a.nt_hash, hash, 16);
    assert_int_equal(userdb_lookup(db, "eve", "", &a), -ENOENT);
    assert_int_equal(userdb_lookup(db, "", "", &a), -ENOENT);
    userdb_free(db);
}

static void malformed_lines(void **state)
{
    static const struct {
        const char *line, *word;
    } cases[] = {
        {"ada", "no hash after"},
        {"ada:", "32 hexadecimal"},
        {"ada:" HASH, "flags"},
        {"ada:" HASH "0:", "32 hexadecimal"},
        {"ada:g4f49c406510bdcab6824ee7c30fd852:", "32 hexadecimal"},
        {"ada:" HASH ":sleepy", "`disabled`"},
        {":" HASH ":", "empty"},
        {"a/b:" HASH ":", "character"},
        {" ada:" HASH ":", "blank"},
        {"\xff:" HASH ":", "UTF-8"},
        {"FIRST:" HASH ":", "already"},
    };
    char text[256];
    char where[96];
    snprintf(where, sizeof(where), "%s:3:", path);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct userdb *db = NULL;
        struct userdb_error e;
        snprintf(text, sizeof(text), "first:" HASH ":\n# comment\n%s\n", cases[i].line);
        file_write(text);
        assert_int_equal(userdb_open(path, &db, &e), -EINVAL);
        assert_null(db);
        assert_ptr_equal(strstr(e.text, where), e.text);
        assert_non_null(strstr(e.text, cases[i].word));
        assert_int_equal(userdb_add(path, "new", "x", &e), -EINVAL);
    }
}

static void missing_and_unreadable(void **state)
{
    struct userdb *db = NULL;
    struct userdb_error e;
    struct auth_account a;
    assert_int_equal(userdb_open(path, &db, &e), 0);
    assert_int_equal(userdb_count(db), 0);
    assert_int_equal(userdb_lookup(db, "ada", "", &a), -ENOENT);
    assert_int_equal(userdb_add(path, "ada", "Password", &e), 0);
    assert_int_equal(userdb_lookup(db, "ada", "", &a), 0);
    assert_null(userdb_free(db));
    db = NULL;
    assert_int_equal(userdb_open(dir, &db, &e), -EINVAL);
    assert_non_null(strstr(e.text, dir));
    assert_int_equal(userdb_add("/nonexistent/users", "ada", "x", &e), -ENOENT);
    assert_non_null(strstr(e.text, "/nonexistent/users"));
    assert_null(db);
}

static void edits(void **state)
{
    struct userdb_error e;
    struct stat st;
    file_write("# kept\nada:00000000000000000000000000000000::more\n");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(userdb_add(path, "Bob", "Password", &e), 0);
    assert_int_equal(userdb_add(path, "BOB", "other", &e), -EEXIST);
    assert_non_null(strstr(e.text, "Bob"));
    assert_int_equal(userdb_set_password(path, "ADA", "Password", &e), 0);
    assert_int_equal(userdb_set_disabled(path, "bob", true, &e), 0);
    assert_file("# kept\nada:" HASH "::more\nBob:" HASH ":disabled\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(userdb_set_disabled(path, "bob", false, &e), 0);
    assert_int_equal(userdb_del(path, "ada", &e), 0);
    assert_file("# kept\nBob:" HASH ":\n");
    assert_int_equal(userdb_del(path, "ada", &e), -ENOENT);
    assert_non_null(strstr(e.text, "ada"));
    assert_int_equal(userdb_set_password(path, "ada", "x", &e), -ENOENT);
    assert_int_equal(userdb_set_disabled(path, "ada", true, &e), -ENOENT);
    assert_int_equal(userdb_add(path, "a:b", "x", &e), -EINVAL);
    assert_int_equal(userdb_add(path, "", "x", &e), -EINVAL);
    assert_int_equal(userdb_add(path, "eve", "\xff", &e), -EINVAL);
    assert_int_equal(userdb_set_password(path, "Bob", "\xff", &e), -EINVAL);
    assert_file("# kept\nBob:" HASH ":\n");
}

static void reader_follows(void **state)
{
    struct userdb *db;
    struct userdb_error e;
    struct auth_account a;
    assert_int_equal(userdb_add(path, "ada", "Password", &e), 0);
    assert_int_equal(userdb_open(path, &db, &e), 0);
    assert_int_equal(userdb_add(path, "bob", "Password", &e), 0);
    assert_int_equal(userdb_lookup(db, "bob", "", &a), 0);
    assert_int_equal(userdb_del(path, "ada", &e), 0);
    assert_int_equal(userdb_lookup(db, "ada", "", &a), -ENOENT);

    file_write("bob:nonsense that is longer than before\n");
    assert_int_equal(userdb_lookup(db, "bob", "", &a), 0);
    userdb_last_error(db, &e);
    assert_non_null(strstr(e.text, "users:1:"));
    file_write("cy:" HASH ":\n");
    assert_int_equal(userdb_lookup(db, "bob", "", &a), -ENOENT);
    assert_int_equal(userdb_lookup(db, "cy", "", &a), 0);
    userdb_last_error(db, &e);
    assert_string_equal(e.text, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(userdb_lookup(db, "cy", "", &a), -ENOENT);
    userdb_free(db);
}

static void list_one(void *ctx, const struct auth_account *account)
{
    char *names = ctx;
    size_t len = strlen(names);
    snprintf(names + len, 64 - len, "%s%s", account->name, account->disabled ? "!" : ".");
}

static void listing(void **state)
{
    struct userdb_error e;
    char names[64] = "";
    assert_int_equal(userdb_list(path, list_one, names, &e), 0);
    assert_string_equal(names, "");
    file_write("# x\nzoe:" HASH ":\nada:" HASH ":disabled\n");
    assert_int_equal(userdb_list(path, list_one, names, &e), 0);
    assert_string_equal(names, "zoe.ada!");
    file_write("broken\n");
    assert_int_equal(userdb_list(path, list_one, names, &e), -EINVAL);
}

/* Ten processes add ten users each at once: none is lost. */
static void concurrent_edits(void **state)
{
    struct userdb *db;
    struct userdb_error e;
    for (int i = 0; i < 10; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        for (int j = 0; pid == 0 && j < 10; j++) {
            char name[16];
            snprintf(name, sizeof(name), "u%d-%d", i, j);
            if (userdb_add(path, name, "x", &e) < 0)
                _exit(1);
        }
        if (pid == 0)
            _exit(0);
    }
    for (int i = 0; i < 10; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(userdb_open(path, &db, &e), 0);
    assert_int_equal(userdb_count(db), 100);
    userdb_free(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lookups, NULL, clean),
        cmocka_unit_test_setup_teardown(malformed_lines, NULL, clean),
        cmocka_unit_test_setup_teardown(missing_and_unreadable, NULL, clean),
        cmocka_unit_test_setup_teardown(edits, NULL, clean),
        cmocka_unit_test_setup_teardown(reader_follows, NULL, clean),
        cmocka_unit_test_setup_teardown(listing, NULL, clean),
        cmocka_unit_test_setup_teardown(concurrent_edits, NULL, clean),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
