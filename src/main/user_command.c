/* SPDX-License-Identifier: Apache-2.0
 *
 * `braid user add|passwd|del|list|enable|disable`: the users who may log on. */
#include <stdio.h>

#include "auth/userdb.h"
#include "main/command.h"
#include "main/paths.h"

static const char usage[] = "usage: braid [--config FILE] user add NAME\n"
                            "       braid [--config FILE] user passwd NAME\n"
                            "       braid [--config FILE] user del NAME\n"
                            "       braid [--config FILE] user enable|disable NAME\n"
                            "       braid [--config FILE] user list\n";

static void user_print(void *ctx, const struct auth_account *account)
{
    (void)ctx;
    printf("%s%s\n", account->name, account->disabled ? " (disabled)" : "");
}

static int user_store(const char *path, const char *verb, const char *name, bool add)
{
    char *prompt CLEANUP(free_str) = xasprintf("Password for %s", name);
    char *password CLEANUP(password_free) = password_read(prompt, true);
    if (!password)
        return EXIT_FAILED;
    struct userdb_error error;
    int err = add ? userdb_add(path, name, password, &error)
                  : userdb_set_password(path, name, password, &error);
    if (err < 0) {
        fprintf(stderr, "braid: user %s: %s\n", verb, error.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

static int user_change(const char *path, const char *verb, const char *name)
{
    if (strcmp(verb, "add") == 0 || strcmp(verb, "passwd") == 0)
        return user_store(path, verb, name, verb[0] == 'a');
    struct userdb_error error;
    int err;
    if (strcmp(verb, "del") == 0)
        err = userdb_del(path, name, &error);
    else if (strcmp(verb, "enable") == 0 || strcmp(verb, "disable") == 0)
        err = userdb_set_disabled(path, name, verb[0] == 'd', &error);
    else {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (err < 0) {
        fprintf(stderr, "braid: user %s: %s\n", verb, error.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

static int user_list(const char *path)
{
    struct userdb_error error;
    if (userdb_list(path, user_print, NULL, &error) < 0) {
        fprintf(stderr, "braid: user list: %s\n", error.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

int command_user(const struct command_globals *g, int argc, char **argv)
{
    bool list = argc == 2 && strcmp(argv[1], "list") == 0;
    if (!list && argc != 3) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    struct config config;
    int status = EXIT_USAGE;
    if (command_load_config(g, &config) && paths_make_state(&config) == 0) {
        char *path CLEANUP(free_str) = paths_users(&config);
        status = list ? user_list(path) : user_change(path, argv[1], argv[2]);
    }
    config_fini(&config);
    return status;
}
