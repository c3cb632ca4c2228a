/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration in smb.conf syntax.  Reading never stops at the first problem: every finding
 * carries file and line, an error says what would be right, and a parameter of smb.conf that Braid
 * does not have is a warning, so people can bring their files.  The parameters are one table
 * (config_params.c), which the manual page follows. */
#pragma once

#include <stdio.h>

#include "base/base.h"

enum config_severity { CONFIG_WARNING, CONFIG_ERROR };

/* Policies with more than two values, in the order of smb.conf's own words. */
enum config_signing { CONFIG_SIGNING_REQUIRED, CONFIG_SIGNING_DESIRED, CONFIG_SIGNING_OFF };
enum config_encrypt {
    CONFIG_ENCRYPT_OFFERED, /* when the client asks for it */
    CONFIG_ENCRYPT_OFF,
    CONFIG_ENCRYPT_DESIRED, /* with every client that can */
    CONFIG_ENCRYPT_REQUIRED,
};
enum config_map_guest { CONFIG_GUEST_NEVER, CONFIG_GUEST_BAD_USER };

struct config_share {
    char *name, *path, *comment, *force_user;
    char **valid_users; /* NULL-terminated, or NULL: everybody who may log on */
    bool read_only, guest_ok, browseable, hide_dot_files, case_sensitive;
    bool store_dos_attributes, strict_sync, oplocks, leases;
    int create_mask, directory_mask; /* permission bits */
    int encrypt;                     /* enum config_encrypt */
    unsigned line;                   /* of its [section], 0 when made elsewhere */
};

struct config {
    char *file; /* NULL without one */
    char **ports;        /* "4450", "tcp:4450" */
    char **interfaces;   /* addresses, names or networks; NULL: all */
    bool bind_interfaces_only;
    char *state_directory, *workgroup, *netbios_name, *server_string, *guest_account;
    int min_protocol, max_protocol; /* SMB2 dialect numbers: 0x0202 .. 0x0311 */
    int encrypt, signing, map_to_guest;
    bool multichannel;
    int log_level, threads;
    struct config_share defaults; /* share parameters given in [global] */
    struct config_share *shares;
    size_t share_count;
    unsigned errors, warnings; /* found so far */
    FILE *report;              /* where findings go, one line each */
};

/* Defaults, before any file: signing required, encryption offered, guest never. */
void config_init(struct config *c, FILE *report);
void config_fini(struct config *c);

/* Reads a file on top of what is there.  0, or -errno when it cannot be read; findings are counted
 * in c->errors and c->warnings. */
int config_load(struct config *c, const char *path) MUST_USE;

/* Adds the share of a command line: NAME=PATH[,ro][,guest].  Findings as above. */
void config_add_share_option(struct config *c, const char *text);

/* A fresh share with its defaults; the pointer is valid until the next one is added. */
struct config_share *config_share_add(struct config *c, const char *name);
struct config_share *config_share_find(const struct config *c, const char *name);

/* Checks what only the whole can tell: shares without a path, paths that are not there. */
void config_check(struct config *c);

/* "FILE:LINE: error: …" on c->report; line 0 leaves the place out. */
void config_finding(struct config *c, enum config_severity severity, unsigned line,
                    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* One `name = value`; share NULL in [global].  In config_params.c. */
void config_set(struct config *c, struct config_share *share, unsigned line, const char *name,
                const char *value);

/* Splits at blanks, commas and semicolons, honouring double quotes; NULL-terminated. */
char **config_words(const char *text) MUST_USE;
void config_words_free(char **words);
