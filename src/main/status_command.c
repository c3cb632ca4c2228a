/* SPDX-License-Identifier: Apache-2.0
 *
 * `braid status [--json]`: asks the running server and prints tables, or its answer as it is. */
#include <jansson.h>
#include <stdio.h>

#include "main/command.h"
#include "main/control.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "-";
}

static long long number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* The session (its id as text) that a connection carries first, for the table. */
static const json_t *session_of(const json_t *sessions, long long connection)
{
    size_t i;
    json_t *s;
    json_array_foreach(sessions, i, s) {
        if (number_of(s, "connection") == connection)
            return s;
    }
    return NULL;
}

static const char *protection_of(const json_t *connection, const json_t *session)
{
    if (!session)
        return "-";
    if (json_is_true(json_object_get(session, "encrypted")))
        return text_of(connection, "cipher");
    bool is_signed = json_is_true(json_object_get(session, "signed"));
    return is_signed ? text_of(connection, "signing") : "none";
}

static void connections_print(const json_t *root)
{
    const json_t *sessions = json_object_get(root, "sessions");
    printf("%-24s %-9s %-7s %-20s %-16s %10s %10s\n", "PEER", "TRANSPORT", "DIALECT", "PROTECTION",
           "USER", "RECEIVED", "SENT");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(root, "connections"), i, c) {
        const json_t *s = session_of(sessions, number_of(c, "id"));
        printf("%-24s %-9s %-7s %-20s %-16s %10lld %10lld\n", text_of(c, "peer"),
               text_of(c, "transport"), text_of(c, "dialect"), protection_of(c, s),
               s ? text_of(s, "user") : "-", number_of(c, "received_bytes"),
               number_of(c, "sent_bytes"));
    }
}

static void trees_print(const json_t *root)
{
    printf("\n%-20s %-8s %-24s %6s  %s\n", "SESSION", "TREE", "SHARE", "OPENS", "SINCE");
    size_t i;
    json_t *t;
    json_array_foreach(json_object_get(root, "trees"), i, t) {
        printf("%-20s %-8lld %-24s %6lld  %s\n", text_of(t, "session"), number_of(t, "id"),
               text_of(t, "share"), number_of(t, "opens"), text_of(t, "since"));
    }
}

static void opens_print(const json_t *root)
{
    printf("\n%-20s %-12s %-32s %s\n", "SESSION", "ACCESS", "SINCE", "NAME");
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(root, "opens"), i, o) {
        printf("%-20s %-12s %-32s %s\n", text_of(o, "session"), text_of(o, "access"),
               text_of(o, "since"), text_of(o, "name"));
    }
}

static int status_print(const char *text)
{
    json_error_t error;
    json_t *root = json_loads(text, 0, &error);
    if (!root) {
        fprintf(stderr, "braid: the server's answer is not JSON: %s\n", error.text);
        return EXIT_FAILED;
    }
    printf("braid %s, pid %lld, since %s\n\n", text_of(root, "version"), number_of(root, "pid"),
           text_of(root, "started"));
    connections_print(root);
    trees_print(root);
    opens_print(root);
    json_decref(root);
    return EXIT_DONE;
}

int command_status(const struct command_globals *g, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json) {
        fprintf(stderr, "usage: braid [--config FILE] [--state-dir DIR] status [--json]\n");
        return EXIT_USAGE;
    }
    struct config config;
    int status = EXIT_USAGE;
    if (command_load_config(g, &config)) {
        char *text CLEANUP(free_str) = control_query(&config);
        if (!text) {
            fprintf(stderr, "braid: no server answers in %s: %s\n", config.state_directory,
                    strerror(errno));
            status = EXIT_FAILED;
        } else {
            status = json ? (puts(text), EXIT_DONE) : status_print(text);
        }
    }
    config_fini(&config);
    return status;
}
