/* SPDX-License-Identifier: Apache-2.0
 *
 * The shape of a configuration file: sections, `name = value`, comments (# and ;), lines continued
 * with a backslash; and the life of struct config.  What the names mean is in config_params.c. */
#include "main/config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

void config_init(struct config *c, FILE *report)
{
    *c = (struct config){
        .workgroup = xstrdup("WORKGROUP"),
        .server_string = xstrdup("Braid"),
        .guest_account = xstrdup("nobody"),
        .min_protocol = 0x0202,
        .max_protocol = 0x0311,
        .encrypt = CONFIG_ENCRYPT_OFFERED,
        .signing = CONFIG_SIGNING_REQUIRED,
        .map_to_guest = CONFIG_GUEST_NEVER,
        .multichannel = true,
        .log_level = 2,
        .report = report,
        .defaults =
            {
                .comment = xstrdup(""),
                .read_only = true,
                .browseable = true,
                .hide_dot_files = true,
                .store_dos_attributes = true,
                .strict_sync = true,
                .oplocks = true,
                .leases = true,
                .create_mask = 0744,
                .directory_mask = 0755,
                .encrypt = CONFIG_ENCRYPT_OFFERED,
            },
    };
}

char **config_words(const char *text)
{
    char **words = xcalloc(1, sizeof(*words));
    size_t count = 0;
    while (*text) {
        text += strspn(text, " \t,;");
        if (!*text)
            break;
        bool quoted = *text == '"';
        text += quoted;
        size_t len = strcspn(text, quoted ? "\"" : " \t,;");
        words = xrealloc(words, (count + 2) * sizeof(*words));
        words[count++] = xstrndup(text, len);
        words[count] = NULL;
        text += len;
        if (quoted && *text == '"')
            text++;
    }
    return words;
}

void config_words_free(char **words)
{
    for (char **w = words; w && *w; w++)
        free(*w);
    free(words);
}

static void share_fini(struct config_share *s)
{
    free(s->name);
    free(s->path);
    free(s->comment);
    free(s->force_user);
    config_words_free(s->valid_users);
}

void config_fini(struct config *c)
{
    for (size_t i = 0; i < c->share_count; i++)
        share_fini(&c->shares[i]);
    free(c->shares);
    share_fini(&c->defaults);
    free(c->file);
    config_words_free(c->ports);
    config_words_free(c->interfaces);
    free(c->state_directory);
    free(c->workgroup);
    free(c->netbios_name);
    free(c->server_string);
    free(c->guest_account);
    *c = (struct config){0};
}

struct config_share *config_share_find(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->share_count; i++)
        if (strcasecmp(c->shares[i].name, name) == 0)
            return &c->shares[i];
    return NULL;
}

static char *dup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static char **words_dup(char **words)
{
    if (!words)
        return NULL;
    size_t count = 0;
    while (words[count])
        count++;
    char **copy = xcalloc(count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(words[i]);
    return copy;
}

struct config_share *config_share_add(struct config *c, const char *name)
{
    c->shares = xrealloc(c->shares, (c->share_count + 1) * sizeof(*c->shares));
    struct config_share *s = &c->shares[c->share_count++];
    *s = c->defaults;
    s->name = xstrdup(name);
    s->path = dup_or_null(s->path);
    s->comment = dup_or_null(s->comment);
    s->force_user = dup_or_null(s->force_user);
    s->valid_users = words_dup(s->valid_users);
    s->line = 0;
    return s;
}

void config_finding(struct config *c, enum config_severity severity, unsigned line,
                    const char *fmt, ...)
{
    if (severity == CONFIG_ERROR)
        c->errors++;
    else
        c->warnings++;
    if (c->file && line)
        fprintf(c->report, "%s:%u: ", c->file, line);
    fputs(severity == CONFIG_ERROR ? "error: " : "warning: ", c->report);
    va_list ap;
    va_start(ap, fmt);
    vfprintf(c->report, fmt, ap);
    va_end(ap);
    fputc('\n', c->report);
}

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    char *end = s + strlen(s);
    while (end > s && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return s;
}

/* Where the reader stands; `share` indexes c->shares because that array moves as it grows. */
struct reader {
    struct config *c;
    unsigned line;
    enum { OUTSIDE, IN_GLOBAL, IN_SHARE, IN_SKIPPED } where;
    size_t share;
};

static const char *const reserved_sections[] = {"homes", "printers", "print$"};

static void section_begin(struct reader *r, char *text)
{
    char *end = strrchr(text, ']');
    if (!end || *trim(end + 1)) {
        config_finding(r->c, CONFIG_ERROR, r->line, "a section is written [name]");
        return;
    }
    *end = '\0';
    char *name = trim(text + 1);
    if (strcasecmp(name, "global") == 0) {
        r->where = IN_GLOBAL;
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(reserved_sections); i++) {
        if (strcasecmp(name, reserved_sections[i]) == 0) {
            config_finding(r->c, CONFIG_WARNING, r->line, "Braid has no [%s]: section ignored",
                           name);
            r->where = IN_SKIPPED;
            return;
        }
    }
    bool fits = *name && strlen(name) <= 80 && !strpbrk(name, "\\/:*?\"<>|");
    if (!fits || strcasecmp(name, "ipc$") == 0) {
        config_finding(r->c, CONFIG_ERROR, r->line,
                       "\"%s\" cannot be a share's name: 1 to 80 characters, none of \\/:*?\"<>|, "
                       "and not IPC$",
                       name);
        r->where = IN_SKIPPED;
        return;
    }
    struct config_share *s = config_share_find(r->c, name);
    if (!s) {
        s = config_share_add(r->c, name);
        s->line = r->line;
    }
    r->where = IN_SHARE;
    r->share = (size_t)(s - r->c->shares);
}

static void line_read(struct reader *r, char *text)
{
    text = trim(text);
    if (!*text || *text == '#' || *text == ';')
        return;
    if (*text == '[') {
        section_begin(r, text);
        return;
    }
    char *equals = strchr(text, '=');
    if (!equals) {
        config_finding(r->c, CONFIG_ERROR, r->line, "expected [section] or name = value");
        return;
    }
    *equals = '\0';
    if (r->where == IN_SKIPPED)
        return;
    struct config_share *share = r->where == IN_SHARE ? &r->c->shares[r->share] : NULL;
    config_set(r->c, share, r->line, trim(text), trim(equals + 1));
}

/* Joins lines that end in a backslash, then hands each logical line to line_read. */
static void lines_read(struct reader *r, FILE *f)
{
    char *physical = NULL;
    size_t capacity = 0;
    char *logical = xstrdup("");
    unsigned at = 0;
    ssize_t len;
    r->line = 0;
    while ((len = getline(&physical, &capacity, f)) >= 0) {
        at++;
        if (!r->line)
            r->line = at;
        while (len > 0 && (physical[len - 1] == '\n' || physical[len - 1] == '\r'))
            physical[--len] = '\0';
        bool continued = len > 0 && physical[len - 1] == '\\';
        if (continued)
            physical[len - 1] = '\0';
        char *joined = xasprintf("%s%s", logical, physical);
        free(logical);
        logical = joined;
        if (!continued) {
            line_read(r, logical);
            logical[0] = '\0';
            r->line = 0;
        }
    }
    line_read(r, logical);
    free(logical);
    free(physical);
}

int config_load(struct config *c, const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return -errno;
    struct stat st;
    if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(f);
        return -EISDIR;
    }
    free(c->file);
    c->file = xstrdup(path);
    struct reader r = {.c = c, .where = OUTSIDE};
    lines_read(&r, f);
    int err = ferror(f) ? -EIO : 0;
    fclose(f);
    return err;
}

void config_add_share_option(struct config *c, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1]) {
        config_finding(c, CONFIG_ERROR, 0, "--share %s: expected NAME=PATH[,ro][,guest]", text);
        return;
    }
    char *name = xstrndup(text, (size_t)(equals - text));
    char *path = xstrdup(equals + 1);
    if (config_share_find(c, name)) {
        config_finding(c, CONFIG_ERROR, 0, "--share %s: there is a share of that name already",
                       text);
    } else {
        struct config_share *s = config_share_add(c, name);
        s->read_only = false;
        char *comma;
        while ((comma = strrchr(path, ','))) {
            if (strcmp(comma, ",ro") == 0)
                s->read_only = true;
            else if (strcmp(comma, ",guest") == 0)
                s->guest_ok = true;
            else
                break;
            *comma = '\0';
        }
        s->path = xstrdup(path);
    }
    free(path);
    free(name);
}

static void share_check(struct config *c, const struct config_share *s)
{
    struct stat st;
    if (!s->path)
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\" has no path", s->name);
    else if (stat(s->path, &st) < 0)
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\": path %s: %s", s->name, s->path,
                       strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\": path %s is not a directory",
                       s->name, s->path);
    else if (access(s->path, R_OK | X_OK) < 0)
        config_finding(c, CONFIG_ERROR, s->line, "share \"%s\": path %s: %s", s->name, s->path,
                       strerror(errno));
}

/* NetBIOS names travel in every logon. */
static void name_check(struct config *c, const char *parameter, const char *name)
{
    if (!name)
        return;
    bool printable = *name != '\0';
    for (const char *p = name; *p; p++)
        printable = printable && *p > ' ' && *p < 127;
    if (!printable || strlen(name) > 15)
        config_finding(c, CONFIG_ERROR, 0,
                       "%s = %s: 1 to 15 printable ASCII characters without blanks", parameter,
                       name);
}

void config_check(struct config *c)
{
    for (size_t i = 0; i < c->share_count; i++)
        share_check(c, &c->shares[i]);
    name_check(c, "workgroup", c->workgroup);
    name_check(c, "netbios name", c->netbios_name);
    if (c->min_protocol > c->max_protocol)
        config_finding(c, CONFIG_ERROR, 0,
                       "server min protocol is above server max protocol: nobody could connect");
    if (c->share_count == 0)
        config_finding(c, CONFIG_WARNING, 0, "no share is configured");
}
