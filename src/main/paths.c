/* SPDX-License-Identifier: Apache-2.0
 *
 * The layout of the state directory. */
#include "main/paths.h"

#include <sys/stat.h>
#include <unistd.h>

void paths_default_state(struct config *c)
{
    if (c->state_directory)
        return;
    const char *state_home = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (geteuid() == 0)
        c->state_directory = xstrdup("/var/lib/braid");
    else if (state_home && *state_home == '/')
        c->state_directory = xasprintf("%s/braid", state_home);
    else
        c->state_directory = xasprintf("%s/.local/state/braid", home ? home : "");
}

int paths_make_state(struct config *c)
{
    char *path CLEANUP(free_str) = xstrdup(c->state_directory);
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST) {
            int err = errno;
            config_finding(c, CONFIG_ERROR, 0, "cannot make the state directory %s: %s", path,
                           strerror(err));
            return -err;
        }
        if (!slash)
            return 0;
        *slash = '/';
    }
}

char *paths_users(const struct config *c)
{
    return xasprintf("%s/users", c->state_directory);
}

char *paths_control(const struct config *c)
{
    return xasprintf("%s/control", c->state_directory);
}
