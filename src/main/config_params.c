/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters Braid has, in one table: smb.conf's names and meanings, their type and where the
 * value goes.  Names compare without blanks and case, as smb.conf's do. */
#include <ctype.h>
#include <strings.h>

#include "main/config.h"

enum param_type {
    TYPE_BOOL,
    TYPE_NOT_BOOL, /* the opposite of its field */
    TYPE_TEXT,
    TYPE_WORDS,
    TYPE_CHOICE,
    TYPE_OCTAL,
    TYPE_NUMBER,
};

struct choice {
    const char *word;
    int value;
};

struct param {
    const char *name;
    enum param_type type;
    bool of_share; /* in a section; in [global] it is the default of the shares below */
    size_t offset; /* in struct config or struct config_share */
    const struct choice *choices;
    int number_max;
};

static const struct choice protocols[] = {
    {"SMB2_02", 0x0202}, {"SMB2_10", 0x0210}, {"SMB3_00", 0x0300}, {"SMB3_02", 0x0302},
    {"SMB3_11", 0x0311}, {"SMB2", 0x0210},    {"SMB3", 0x0311},    {NULL, 0},
};
static const struct choice encrypt_words[] = {
    {"default", CONFIG_ENCRYPT_OFFERED}, {"if_required", CONFIG_ENCRYPT_OFFERED},
    {"auto", CONFIG_ENCRYPT_OFFERED},    {"off", CONFIG_ENCRYPT_OFF},
    {"disabled", CONFIG_ENCRYPT_OFF},    {"desired", CONFIG_ENCRYPT_DESIRED},
    {"required", CONFIG_ENCRYPT_REQUIRED}, {"mandatory", CONFIG_ENCRYPT_REQUIRED},
    {NULL, 0},
};
static const struct choice signing_words[] = {
    {"default", CONFIG_SIGNING_REQUIRED},  {"required", CONFIG_SIGNING_REQUIRED},
    {"mandatory", CONFIG_SIGNING_REQUIRED}, {"desired", CONFIG_SIGNING_DESIRED},
    {"auto", CONFIG_SIGNING_DESIRED},      {"if_required", CONFIG_SIGNING_OFF},
    {"off", CONFIG_SIGNING_OFF},           {"disabled", CONFIG_SIGNING_OFF},
    {NULL, 0},
};
static const struct choice guest_words[] = {
    {"never", CONFIG_GUEST_NEVER}, {"bad user", CONFIG_GUEST_BAD_USER}, {NULL, 0},
};

#define GLOBAL(field) .offset = offsetof(struct config, field)
#define SHARE(field) .of_share = true, .offset = offsetof(struct config_share, field)

static const struct param params[] = {
    {"bind interfaces only", TYPE_BOOL, GLOBAL(bind_interfaces_only)},
    {"guest account", TYPE_TEXT, GLOBAL(guest_account)},
    {"interfaces", TYPE_WORDS, GLOBAL(interfaces)},
    {"log level", TYPE_NUMBER, GLOBAL(log_level), .number_max = 10},
    {"map to guest", TYPE_CHOICE, GLOBAL(map_to_guest), .choices = guest_words},
    {"netbios name", TYPE_TEXT, GLOBAL(netbios_name)},
    {"server max protocol", TYPE_CHOICE, GLOBAL(max_protocol), .choices = protocols},
    {"server min protocol", TYPE_CHOICE, GLOBAL(min_protocol), .choices = protocols},
    {"server multi channel support", TYPE_BOOL, GLOBAL(multichannel)},
    {"server signing", TYPE_CHOICE, GLOBAL(signing), .choices = signing_words},
    {"server smb encrypt", TYPE_CHOICE, GLOBAL(encrypt), .choices = encrypt_words},
    {"server string", TYPE_TEXT, GLOBAL(server_string)},
    {"server threads", TYPE_NUMBER, GLOBAL(threads), .number_max = 1024},
    {"smb ports", TYPE_WORDS, GLOBAL(ports)},
    {"state directory", TYPE_TEXT, GLOBAL(state_directory)},
    {"workgroup", TYPE_TEXT, GLOBAL(workgroup)},

    {"browseable", TYPE_BOOL, SHARE(browseable)},
    {"case sensitive", TYPE_BOOL, SHARE(case_sensitive)},
    {"comment", TYPE_TEXT, SHARE(comment)},
    {"create mask", TYPE_OCTAL, SHARE(create_mask)},
    {"directory mask", TYPE_OCTAL, SHARE(directory_mask)},
    {"force user", TYPE_TEXT, SHARE(force_user)},
    {"guest ok", TYPE_BOOL, SHARE(guest_ok)},
    {"hide dot files", TYPE_BOOL, SHARE(hide_dot_files)},
    {"oplocks", TYPE_BOOL, SHARE(oplocks)},
    {"path", TYPE_TEXT, SHARE(path)},
    {"read only", TYPE_BOOL, SHARE(read_only)},
    {"smb2 leases", TYPE_BOOL, SHARE(leases)},
    {"smb encrypt", TYPE_CHOICE, SHARE(encrypt), .choices = encrypt_words},
    {"store dos attributes", TYPE_BOOL, SHARE(store_dos_attributes)},
    {"strict sync", TYPE_BOOL, SHARE(strict_sync)},
    {"valid users", TYPE_WORDS, SHARE(valid_users)},
    /* smb.conf's synonyms */
    {"browsable", TYPE_BOOL, SHARE(browseable)},
    {"create mode", TYPE_OCTAL, SHARE(create_mask)},
    {"directory", TYPE_TEXT, SHARE(path)},
    {"directory mode", TYPE_OCTAL, SHARE(directory_mask)},
    {"public", TYPE_BOOL, SHARE(guest_ok)},
    {"writable", TYPE_NOT_BOOL, SHARE(read_only)},
    {"writeable", TYPE_NOT_BOOL, SHARE(read_only)},
    {"write ok", TYPE_NOT_BOOL, SHARE(read_only)},
};

/* Compares parameter names: blanks and case do not count. */
static bool name_matches(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == ' ' || *a == '\t')
            a++;
        while (*b == ' ' || *b == '\t')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static const struct param *param_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(params); i++)
        if (name_matches(params[i].name, name))
            return &params[i];
    return NULL;
}

static bool bool_parse(const char *value, bool *ret_value)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
            *ret_value = strcasecmp(value, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool integer_parse(const char *value, int base, long max, int *ret_value)
{
    char *end;
    errno = 0;
    long v = strtol(value, &end, base);
    if (errno || end == value || *end || v < 0 || v > max)
        return false;
    *ret_value = (int)v;
    return true;
}

static bool choice_parse(const struct choice *choices, const char *value, int *ret_value)
{
    for (const struct choice *c = choices; c->word; c++) {
        if (name_matches(c->word, value)) {
            *ret_value = c->value;
            return true;
        }
    }
    return false;
}

static void choice_error(struct config *c, unsigned line, const struct param *p, const char *value)
{
    char list[256] = "";
    size_t used = 0;
    for (const struct choice *ch = p->choices; ch->word; ch++) {
        int n = snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", ch->word);
        used = MIN(used + (size_t)MAX(n, 0), sizeof(list) - 1);
    }
    config_finding(c, CONFIG_ERROR, line, "%s = %s: allowed are %s", p->name, value, list);
}

static void text_set(char **field, const char *value)
{
    free(*field);
    size_t len = strlen(value);
    bool quoted = len >= 2 && value[0] == '"' && value[len - 1] == '"';
    *field = quoted ? xstrndup(value + 1, len - 2) : xstrdup(value);
}

static void param_set(struct config *c, const struct param *p, void *field, unsigned line,
                      const char *value)
{
    bool flag;
    switch (p->type) {
    case TYPE_BOOL:
    case TYPE_NOT_BOOL:
        if (bool_parse(value, &flag))
            *(bool *)field = flag != (p->type == TYPE_NOT_BOOL);
        else
            config_finding(c, CONFIG_ERROR, line, "%s = %s: allowed are yes and no", p->name,
                           value);
        return;
    case TYPE_TEXT:
        text_set(field, value);
        return;
    case TYPE_WORDS:
        config_words_free(*(char ***)field);
        *(char ***)field = config_words(value);
        return;
    case TYPE_CHOICE:
        if (!choice_parse(p->choices, value, field))
            choice_error(c, line, p, value);
        return;
    case TYPE_OCTAL:
        if (!integer_parse(value, 8, 0777, field))
            config_finding(c, CONFIG_ERROR, line,
                           "%s = %s: permission bits are octal, 0 to 0777", p->name, value);
        return;
    case TYPE_NUMBER:
        if (!integer_parse(value, 10, p->number_max, field))
            config_finding(c, CONFIG_ERROR, line, "%s = %s: a number from 0 to %d is expected",
                           p->name, value, p->number_max);
        return;
    }
}

void config_set(struct config *c, struct config_share *share, unsigned line, const char *name,
                const char *value)
{
    const struct param *p = param_find(name);
    if (!p) {
        config_finding(c, CONFIG_WARNING, line, "Braid has no parameter \"%s\": ignored", name);
        return;
    }
    if (!p->of_share && share) {
        config_finding(c, CONFIG_ERROR, line, "\"%s\" belongs into [global]", p->name);
        return;
    }
    struct config_share *of = share ? share : &c->defaults;
    char *base = p->of_share ? (char *)of : (char *)c;
    param_set(c, p, base + p->offset, line, value);
}
