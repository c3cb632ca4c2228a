/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `braid`: what stands before the verb, and the table of verbs. */
#include <getopt.h>
#include <stdio.h>

#include "main/command.h"
#include "main/file_commands.h"

struct verb {
    const char *name;
    int (*run)(const struct command_globals *g, int argc, char **argv);
    const char *summary;
};

static const struct verb verbs[] = {
    {"serve", command_serve, "serve a directory now: braid serve DIR"},
    {"user", command_user, "add, passwd, del, enable, disable, list"},
    {"config", command_config, "config check FILE"},
    {"status", command_status, "who is connected to what [--json]"},
    {"ls", command_ls, "list shares or a directory"},
    {"get", command_get, "copy from a server"},
    {"put", command_put, "copy to a server"},
    {"cp", command_cp, "copy either way, or between servers"},
    {"cat", command_cat, "print files"},
    {"rm", command_rm, "remove files, with -r directories"},
    {"mkdir", command_mkdir, "make directories"},
    {"stat", command_stat, "what the server says of a file"},
};

static void usage_print(FILE *to)
{
    fputs("usage: braid [--config FILE] [--state-dir DIR] VERB ...\n\nverbs:\n", to);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
    fputs("\nbraid(1) tells the rest.\n", to);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"state-dir", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},         {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    struct command_globals globals = {0};
    int opt;
    while ((opt = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
        switch (opt) {
        case 'c':
            globals.config_file = optarg;
            break;
        case 's':
            globals.state_dir = optarg;
            break;
        case 'h':
            usage_print(stdout);
            return EXIT_DONE;
        case 'V':
            puts("braid " BRAID_VERSION);
            return EXIT_DONE;
        default:
            return EXIT_USAGE;
        }
    }
    for (size_t i = 0; optind < argc && i < ARRAY_LEN(verbs); i++) {
        if (strcmp(argv[optind], verbs[i].name) == 0) {
            int first = optind;
            optind = 0; /* a verb may parse options of its own */
            return verbs[i].run(&globals, argc - first, argv + first);
        }
    }
    if (optind < argc)
        fprintf(stderr, "braid: there is no verb \"%s\"\n", argv[optind]);
    usage_print(stderr);
    return EXIT_USAGE;
}
