/* SPDX-License-Identifier: Apache-2.0
 *
 * `braid serve DIR`: a share in one command.  Makes a user with a fresh password in a state
 * directory of its own that goes when the server ends, says how to connect, and serves. */
#include <ftw.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/userdb.h"
#include "crypto/crypto.h"
#include "main/command.h"
#include "main/daemon.h"
#include "main/paths.h"

#define PASSWORD_BYTES 15 /* "xxxx-xxxx-xxxx" and its end */

struct serving {
    const char *directory; /* as given */
    const char *port;      /* NULL: 445 where allowed, else 4450 */
    bool read_only;
    char user[256];
    char password[PASSWORD_BYTES];
    char share[81];
    char host[256];
    unsigned port_shown;
};

/* Sixty bits in an alphabet without look-alikes. */
static void password_make(char out[PASSWORD_BYTES])
{
    static const char alphabet[33] = "abcdefghjkmnpqrstuvwxyz23456789w";
    uint8_t random[PASSWORD_BYTES - 1];
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        out[i] = i % 5 == 4 ? '-' : alphabet[random[i] % 32];
    out[sizeof(random)] = '\0';
}

/* The last component of the directory, made fit to be a share's name. */
static void share_name_make(const char *directory, char out[81])
{
    char *real CLEANUP(free_str) = realpath(directory, NULL);
    const char *last = real ? strrchr(real, '/') + 1 : "share";
    size_t n = 0;
    for (; *last && n < 80; last++)
        out[n++] = strchr("\\/:*?\"<>|[]=;#,", *last) || (unsigned char)*last < 32 ? '_' : *last;
    out[n] = '\0';
    if (n == 0)
        memcpy(out, "share", 6);
}

static void instructions_print(void *arg)
{
    const struct serving *s = arg;
    unsigned p = s->port_shown;
    printf("\nServing %s%s.  Connect as user \"%s\" with password \"%s\":\n\n", s->directory,
           s->read_only ? " (read only)" : "", s->user, s->password);
    if (p == 445)
        printf("  Windows   net use * \\\\%s\\%s /user:%s\n", s->host, s->share, s->user);
    else
        printf("  Windows   net use * \\\\%s\\%s /user:%s /tcpport:%u    (11 24H2 or later)\n",
               s->host, s->share, s->user, p);
    printf("  macOS     open 'smb://%s@%s:%u/%s'\n", s->user, s->host, p, s->share);
    printf("  Linux     sudo mount -t cifs '//%s/%s' /mnt -o user=%s,port=%u\n", s->host, s->share,
           s->user, p);
    printf("            smbclient '//%s/%s' -p %u -U %s\n", s->host, s->share, p, s->user);
    printf("  Braid     braid ls 'smb://%s@%s:%u/%s'\n\nCtrl-C ends it.\n", s->user, s->host, p,
           s->share);
    fflush(stdout);
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int serve_in(struct serving *s, const char *state)
{
    struct config config;
    config_init(&config, stderr);
    config.state_directory = xstrdup(state);
    config.log_level = 1;
    if (s->port)
        config.ports = config_words(s->port);
    const char *digits = s->port ? s->port + (strncmp(s->port, "tcp:", 4) == 0 ? 4 : 0) : NULL;
    unsigned fallback = geteuid() == 0 ? 445 : 4450;
    s->port_shown = digits ? (unsigned)strtoul(digits, NULL, 10) : fallback;
    struct config_share *share = config_share_add(&config, s->share);
    share->path = xstrdup(s->directory);
    share->read_only = s->read_only;

    char *users CLEANUP(free_str) = paths_users(&config);
    struct userdb_error error;
    int status = EXIT_FAILED;
    if (userdb_add(users, s->user, s->password, &error) < 0) {
        fprintf(stderr, "braid: serve: %s\n", error.text);
    } else {
        struct daemon_options options = {
            .foreground = true, .on_ready = instructions_print, .on_ready_arg = s};
        status = daemon_run(&config, &options);
    }
    config_fini(&config);
    return status;
}

static int serve(struct serving *s)
{
    const struct passwd *me = getpwuid(geteuid());
    snprintf(s->user, sizeof(s->user), "%s", me ? me->pw_name : "braid");
    password_make(s->password);
    share_name_make(s->directory, s->share);
    if (gethostname(s->host, sizeof(s->host) - 1) < 0)
        snprintf(s->host, sizeof(s->host), "localhost");
    const char *tmp = getenv("TMPDIR");
    char *state CLEANUP(free_str) = xasprintf("%s/braid-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(state)) {
        fprintf(stderr, "braid: serve: %s: %s\n", state, strerror(errno));
        return EXIT_FAILED;
    }
    int status = serve_in(s, state);
    nftw(state, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    return status;
}

int command_serve(const struct command_globals *g, int argc, char **argv)
{
    (void)g;
    static const struct option options[] = {
        {"listen", required_argument, NULL, 'l'},
        {"read-only", no_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    struct serving s = {0};
    int opt;
    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (opt == 'l')
            s.port = optarg;
        else if (opt == 'r')
            s.read_only = true;
        else
            return EXIT_USAGE;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "usage: braid serve [--listen tcp:PORT] [--read-only] DIR\n");
        return EXIT_USAGE;
    }
    s.directory = argv[optind];
    return serve(&s);
}
