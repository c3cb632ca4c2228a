/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `braidd`: its command line, and going to the background once it is ready. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/command.h"
#include "main/daemon.h"
#include "main/paths.h"

static const char usage[] =
    "usage: braidd [--config FILE] [--share NAME=PATH[,ro][,guest]]... [--listen tcp:PORT]...\n"
    "              [--state-dir DIR] [--foreground]\n"
    "braidd(8) tells the rest.\n";

static void port_add(struct config *c, const char *port)
{
    size_t count = 0;
    while (c->ports && c->ports[count])
        count++;
    c->ports = xrealloc(c->ports, (count + 2) * sizeof(*c->ports));
    c->ports[count] = xstrdup(port);
    c->ports[count + 1] = NULL;
}

/* Tells the waiting parent, whose exit status is then 0, and lets go of the terminal. */
static void background_ready(void *arg)
{
    int fd = *(int *)arg;
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        close(null);
    }
    IGNORE(write(fd, "", 1));
    close(fd);
}

/* The child serves; the parent ends when the child is ready or has failed. */
static int background_run(struct config *c)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return EXIT_FAILED;
    pid_t pid = fork();
    if (pid < 0)
        return EXIT_FAILED;
    if (pid == 0) {
        close(ends[0]);
        setsid();
        struct daemon_options options = {.on_ready = background_ready, .on_ready_arg = &ends[1]};
        return daemon_run(c, &options);
    }
    close(ends[1]);
    char ready;
    bool is_ready = read(ends[0], &ready, 1) == 1;
    close(ends[0]);
    int status = 0;
    if (is_ready || waitpid(pid, &status, 0) < 0)
        return EXIT_DONE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

/* What the command line says, on top of the file. */
struct arguments {
    struct command_globals globals;
    char **shares, **listens;
    size_t share_count, listen_count;
    bool foreground;
};

/* Negative to go on, else the exit status. */
static int arguments_read(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"share", required_argument, NULL, 's'},
        {"listen", required_argument, NULL, 'l'}, {"state-dir", required_argument, NULL, 'd'},
        {"foreground", no_argument, NULL, 'f'},   {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
    };
    a->shares = xcalloc((size_t)argc, sizeof(*a->shares));
    a->listens = xcalloc((size_t)argc, sizeof(*a->listens));
    int opt;
    while ((opt = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
        switch (opt) {
        case 'c':
            a->globals.config_file = optarg;
            break;
        case 's':
            a->shares[a->share_count++] = optarg;
            break;
        case 'l':
            a->listens[a->listen_count++] = optarg;
            break;
        case 'd':
            a->globals.state_dir = optarg;
            break;
        case 'f':
            a->foreground = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_DONE;
        case 'V':
            puts("braidd " BRAID_VERSION);
            return EXIT_DONE;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc || (!a->globals.config_file && a->share_count == 0)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static int serve(const struct arguments *a)
{
    struct config config;
    int status = EXIT_USAGE;
    if (command_load_config(&a->globals, &config)) {
        if (a->listen_count) {
            config_words_free(config.ports);
            config.ports = NULL;
        }
        for (size_t i = 0; i < a->listen_count; i++)
            port_add(&config, a->listens[i]);
        for (size_t i = 0; i < a->share_count; i++)
            config_add_share_option(&config, a->shares[i]);
        struct daemon_options foreground = {.foreground = true};
        status = a->foreground ? daemon_run(&config, &foreground) : background_run(&config);
    }
    config_fini(&config);
    return status;
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    int status = arguments_read(argc, argv, &a);
    if (status < 0)
        status = serve(&a);
    free(a.shares);
    free(a.listens);
    return status;
}
