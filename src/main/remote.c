/* SPDX-License-Identifier: Apache-2.0
 *
 * Options, passwords and the reactor of the verbs on remote files. */
#include "main/remote.h"

#include <getopt.h>
#include <stdio.h>
#include <strings.h>

#include "task/task.h"

const char remote_options_help[] =
    "options: -r, --recursive   -q, --quiet   -l (ls: sizes and times)   --parallel N\n"
    "         --user NAME  --domain NAME  --password-file FILE (or BRAID_PASSWORD)\n"
    "         --encrypt  --cipher NAME  --signing NAME  --min-protocol P  --max-protocol P\n";

#define PARALLEL_DEFAULT 16u
#define PARALLEL_MAX 256u

struct name_value {
    const char *name;
    int value;
};

static const struct name_value ciphers[] = {{"aes-128-ccm", CIPHER_AES128_CCM},
                                            {"aes-128-gcm", CIPHER_AES128_GCM},
                                            {"aes-256-ccm", CIPHER_AES256_CCM},
                                            {"aes-256-gcm", CIPHER_AES256_GCM},
                                            {NULL, 0}};
static const struct name_value signings[] = {{"hmac-sha256", SIGN_HMAC_SHA256},
                                             {"aes-128-cmac", SIGN_AES_CMAC},
                                             {"aes-128-gmac", SIGN_AES_GMAC},
                                             {NULL, 0}};
static const struct name_value dialects[] = {{"2.0.2", 0x0202}, {"2.1", 0x0210},
                                             {"3.0", 0x0300},   {"3.0.2", 0x0302},
                                             {"3.1.1", 0x0311}, {NULL, 0}};

static bool value_find(const struct name_value *table, const char *option, const char *name,
                       int *ret_value)
{
    for (const struct name_value *v = table; v->name; v++) {
        if (strcasecmp(v->name, name) == 0) {
            *ret_value = v->value;
            return true;
        }
    }
    fprintf(stderr, "braid: --%s %s: allowed are", option, name);
    for (const struct name_value *v = table; v->name; v++)
        fprintf(stderr, " %s", v->name);
    fputc('\n', stderr);
    return false;
}

enum { OPT_USER = 256, OPT_DOMAIN, OPT_PASSWORD_FILE, OPT_ENCRYPT, OPT_CIPHER, OPT_SIGNING, OPT_MIN,
       OPT_MAX, OPT_PARALLEL };

static const struct option long_options[] = {
    {"recursive", no_argument, NULL, 'r'},
    {"quiet", no_argument, NULL, 'q'},
    {"user", required_argument, NULL, OPT_USER},
    {"domain", required_argument, NULL, OPT_DOMAIN},
    {"password-file", required_argument, NULL, OPT_PASSWORD_FILE},
    {"encrypt", no_argument, NULL, OPT_ENCRYPT},
    {"cipher", required_argument, NULL, OPT_CIPHER},
    {"signing", required_argument, NULL, OPT_SIGNING},
    {"min-protocol", required_argument, NULL, OPT_MIN},
    {"max-protocol", required_argument, NULL, OPT_MAX},
    {"parallel", required_argument, NULL, OPT_PARALLEL},
    {NULL, 0, NULL, 0},
};

/* The options that choose algorithms; false when the value is not known. */
static bool algorithm_option(int opt, struct client_options *c)
{
    int value;
    switch (opt) {
    case OPT_CIPHER:
        if (c->cipher_count == CLIENT_ALGS_MAX || !value_find(ciphers, "cipher", optarg, &value))
            return false;
        c->ciphers[c->cipher_count++] = (enum cipher)value;
        c->encrypt = true;
        return true;
    case OPT_SIGNING:
        if (c->signing_count == CLIENT_ALGS_MAX || !value_find(signings, "signing", optarg, &value))
            return false;
        c->signings[c->signing_count++] = (enum sign_alg)value;
        return true;
    case OPT_MIN:
        if (!value_find(dialects, "min-protocol", optarg, &value))
            return false;
        c->dialect_min = (uint16_t)value;
        return true;
    case OPT_MAX:
        if (!value_find(dialects, "max-protocol", optarg, &value))
            return false;
        c->dialect_max = (uint16_t)value;
        return true;
    }
    return false;
}

static bool option_take(int opt, struct remote_options *o)
{
    switch (opt) {
    case 'r':
        o->recursive = true;
        return true;
    case 'q':
        o->quiet = true;
        return true;
    case 'l':
        o->long_listing = true;
        return true;
    case OPT_USER:
        o->client.user = optarg;
        return true;
    case OPT_DOMAIN:
        o->client.domain = optarg;
        return true;
    case OPT_PASSWORD_FILE:
        o->password_file = optarg;
        return true;
    case OPT_ENCRYPT:
        o->client.encrypt = true;
        return true;
    case OPT_PARALLEL:
        o->parallel = (unsigned)strtoul(optarg, NULL, 10);
        return o->parallel >= 1 && o->parallel <= PARALLEL_MAX;
    default:
        return algorithm_option(opt, &o->client);
    }
}

int remote_options_parse(int argc, char **argv, struct remote_options *ret_options, int *ret_first)
{
    *ret_options = (struct remote_options){.parallel = PARALLEL_DEFAULT};
    int opt;
    while ((opt = getopt_long(argc, argv, "rql", long_options, NULL)) != -1) {
        if (opt == '?' || !option_take(opt, ret_options)) {
            fputs(remote_options_help, stderr);
            return EXIT_USAGE;
        }
    }
    *ret_first = optind;
    return -1;
}

static char *password_from_file(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        fprintf(stderr, "braid: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    char *line = NULL;
    size_t room = 0;
    if (getline(&line, &room, f) >= 0)
        line[strcspn(line, "\r\n")] = '\0';
    else
        fprintf(stderr, "braid: %s: holds no password\n", path);
    fclose(f);
    return line;
}

static char *password_find(const struct remote_options *o, const char *user, const char *host)
{
    if (o->password_file)
        return password_from_file(o->password_file);
    const char *env = getenv("BRAID_PASSWORD");
    if (env)
        return xstrdup(env);
    char *prompt CLEANUP(free_str) = xasprintf("Password of %s at %s", user, host);
    return password_read(prompt, false);
}

bool remote_open(struct task *t, const char *url, const struct remote_options *o,
                 struct remote *ret_remote)
{
    struct remote r = {0};
    if (!url_parse(url, &r.url))
        return false;
    struct client_options options = o->client;
    options.host = r.url.host;
    options.port = r.url.port;
    options.domain = r.url.domain ? r.url.domain : options.domain;
    options.user = r.url.user ? r.url.user : options.user;
    char *password CLEANUP(password_free) = NULL;
    if (options.user) {
        password = password_find(o, options.user, r.url.host);
        if (!password) {
            url_fini(&r.url);
            return false;
        }
    }
    options.password = password;
    struct client_error error;
    ntstatus status = client_connect(t, &options, &r.conn, &error);
    if (!nt_ok(status)) {
        fprintf(stderr, "braid: %s: %s\n", r.url.host, error.text);
        url_fini(&r.url);
        return false;
    }
    if (*r.url.share) {
        status = client_tree_connect(t, r.conn, r.url.share, &r.tree);
        if (!nt_ok(status)) {
            remote_complain(r.url.share, status);
            remote_close(t, &r);
            return false;
        }
    }
    *ret_remote = r;
    return true;
}

void remote_close(struct task *t, struct remote *r)
{
    client_tree_disconnect(t, r->tree);
    client_disconnect(t, r->conn);
    url_fini(&r->url);
    *r = (struct remote){0};
}

struct run {
    remote_fn *fn;
    const struct remote_options *options;
    int argc;
    char **argv;
    int status;
};

static void run_task(struct task *t, void *arg)
{
    struct run *run = arg;
    run->status = run->fn(t, run->options, run->argc, run->argv);
    reactor_stop(task_reactor(t));
}

int remote_run(remote_fn *fn, const struct remote_options *o, int argc, char **argv)
{
    struct reactor *r;
    struct reactor_config config = {.offload_threads = 1};
    int err = reactor_new(&config, &r);
    if (err < 0 || crypto_init(CRYPTO_AUTO) < 0) {
        fprintf(stderr, "braid: cannot start: %s\n", strerror(err < 0 ? -err : EIO));
        return EXIT_FAILED;
    }
    struct run run = {fn, o, argc, argv, EXIT_FAILED};
    if (task_spawn(r, "verb", run_task, &run))
        reactor_run(r);
    reactor_free(r);
    return run.status;
}

int remote_complain(const char *path, ntstatus status)
{
    fprintf(stderr, "braid: %s: %s\n", path, client_status_text(status));
    return EXIT_FAILED;
}
