/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration: what files mean, and what findings say. */
#include <stdio.h>
#include <unistd.h>

#include "main/config.h"
#include "unit.h"

struct fixture {
    struct config config;
    char *findings;
    size_t findings_len;
    FILE *report;
    char path[32];
};

static void load(struct fixture *f, const char *text)
{
    f->report = open_memstream(&f->findings, &f->findings_len);
    config_init(&f->config, f->report);
    memcpy(f->path, "/tmp/braid-config-XXXXXX", 25);
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    assert_int_equal(config_load(&f->config, f->path), 0);
    fflush(f->report);
    unlink(f->path);
}

static void done(struct fixture *f)
{
    config_fini(&f->config);
    fclose(f->report);
    free(f->findings);
}

static void test_values(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "[global]\n"
             "  SMB Ports = 4450, tcp:4451\n"
             "  server min protocol = smb2_10 \n"
             "  serversmbencrypt = Required\n"
             "  read only = no\n"
             "; a comment\n"
             "[Docs]\n"
             "  path = /srv/with\\\n blank\n"
             "  valid users = ada \"grace hopper\" @staff\n"
             "  writable = no\n"
             "[pub]\n"
             "  path = /pub\n"
             "  guest ok = yes\n");
    assert_int_equal(f.config.errors, 0);
    assert_int_equal(f.config.warnings, 0);
    assert_string_equal(f.config.ports[1], "tcp:4451");
    assert_null(f.config.ports[2]);
    assert_int_equal(f.config.min_protocol, 0x0210);
    assert_int_equal(f.config.encrypt, CONFIG_ENCRYPT_REQUIRED);
    assert_int_equal(f.config.share_count, 2);
    const struct config_share *docs = config_share_find(&f.config, "dOCS");
    assert_non_null(docs);
    assert_string_equal(docs->path, "/srv/with blank");
    assert_string_equal(docs->valid_users[1], "grace hopper");
    assert_true(docs->read_only);
    const struct config_share *pub = config_share_find(&f.config, "pub");
    assert_false(pub->read_only); /* the default given in [global] */
    assert_true(pub->guest_ok);
    assert_false(docs->guest_ok);
    done(&f);
}

static void expect_finding(const char *text, const char *place, const char *said)
{
    struct fixture f;
    load(&f, text);
    assert_true(f.config.errors + f.config.warnings > 0);
    assert_non_null(strstr(f.findings, place));
    assert_non_null(strstr(f.findings, said));
    done(&f);
}

static void test_findings_name_line_and_remedy(void **state)
{
    (void)state;
    expect_finding("[global]\n\nserver signing = maybe\n", ":3: error:", "required, mandatory");
    expect_finding("[s]\nread only = si\n", ":2: error:", "yes and no");
    expect_finding("[s]\ncreate mask = 0999\n", ":2: error:", "octal");
    expect_finding("[global]\nprinting = cups\n", ":2: warning:", "no parameter \"printing\"");
    expect_finding("[global]\nnonsense\n", ":2: error:", "name = value");
    expect_finding("[s\n", ":1: error:", "[name]");
    expect_finding("[a/b]\npath = /\n", ":1: error:", "cannot be a share's name");
    expect_finding("[s]\nsmb ports = 1\n", ":2: error:", "[global]");
    expect_finding("[homes]\npath = /\n", ":1: warning:", "section ignored");
}

static void test_share_option(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "");
    config_add_share_option(&f.config, "a=/tmp/x,y,ro,guest");
    const struct config_share *s = config_share_find(&f.config, "a");
    assert_string_equal(s->path, "/tmp/x,y");
    assert_true(s->read_only);
    assert_true(s->guest_ok);
    config_add_share_option(&f.config, "b");
    assert_int_equal(f.config.errors, 1);
    config_add_share_option(&f.config, "A=/tmp");
    assert_int_equal(f.config.errors, 2);
    done(&f);
}

static void test_check_finds_missing_paths(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "[s]\npath = /nonexistent/braid\n[t]\ncomment = no path\n");
    config_check(&f.config);
    fflush(f.report);
    assert_int_equal(f.config.errors, 2);
    assert_non_null(strstr(f.findings, "/nonexistent/braid: No such file or directory"));
    assert_non_null(strstr(f.findings, ":3: error: share \"t\" has no path"));
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_findings_name_line_and_remedy),
        cmocka_unit_test(test_share_option),
        cmocka_unit_test(test_check_finds_missing_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
