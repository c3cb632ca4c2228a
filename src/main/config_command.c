/* SPDX-License-Identifier: Apache-2.0
 *
 * `braid config check [FILE]`, and how every verb loads its configuration. */
#include <stdio.h>

#include "main/command.h"
#include "main/paths.h"

bool command_load_config(const struct command_globals *g, struct config *ret_config)
{
    config_init(ret_config, stderr);
    int err = g->config_file ? config_load(ret_config, g->config_file) : 0;
    if (err < 0)
        config_finding(ret_config, CONFIG_ERROR, 0, "%s: %s", g->config_file, strerror(-err));
    if (g->state_dir) {
        free(ret_config->state_directory);
        ret_config->state_directory = xstrdup(g->state_dir);
    }
    paths_default_state(ret_config);
    return ret_config->errors == 0;
}

int command_config(const struct command_globals *g, int argc, char **argv)
{
    struct command_globals globals = *g;
    if (argc == 3)
        globals.config_file = argv[2];
    if (argc < 2 || argc > 3 || strcmp(argv[1], "check") != 0 || !globals.config_file) {
        fprintf(stderr, "usage: braid config check FILE\n");
        return EXIT_USAGE;
    }
    struct config config;
    if (command_load_config(&globals, &config))
        config_check(&config);
    if (config.errors == 0)
        printf("%s: %zu shares, %u warnings, no error\n", globals.config_file, config.share_count,
               config.warnings);
    int status = config.errors ? EXIT_USAGE : EXIT_DONE;
    config_fini(&config);
    return status;
}
