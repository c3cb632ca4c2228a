/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing and formatting of the user file.  A malformed line is an error with its number: a file
 * that was edited by hand must not lose a user quietly. */
#include "auth/userdb_file.h"

#include "base/upcase.h"
#include "wire/utf16.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int userdb_fail(struct userdb_error *e, int err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof(e->text), fmt, ap);
    va_end(ap);
    return err;
}

static const char *name_fault(const char *name)
{
    ssize_t size = utf16_size(name);
    if (size < 0)
        return "is not UTF-8";
    if (size == 0)
        return "is empty";
    if (size > (ssize_t)USERDB_NAME_UNITS_MAX * 2)
        return "is longer than 104 characters";
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f || strchr("\"/\\[]:;|=,+*?<>@", *at))
            return "has a character that user names cannot have";
    if (name[0] == '#' || name[0] == ' ' || name[strlen(name) - 1] == ' ')
        return "begins with # or a blank, or ends with a blank";
    return NULL;
}

int userdb_name_check(const char *name, struct userdb_error *ret_error)
{
    const char *fault = name_fault(name);
    return fault ? userdb_fail(ret_error, -EINVAL, "user name %s", fault) : 0;
}

static void line_fini(struct userdb_line *l)
{
    wipe(l->nt_hash, sizeof(l->nt_hash));
    free(l->name);
    free(l->rest);
}

void userdb_file_fini(struct userdb_file *f)
{
    for (size_t i = 0; i < f->count; i++)
        line_fini(&f->lines[i]);
    free(f->lines);
    *f = (struct userdb_file){0};
}

struct userdb_line *userdb_file_find(const struct userdb_file *f, const char *name)
{
    uint64_t hash = name_hash_folded(name);
    for (size_t i = 0; i < f->count; i++) {
        struct userdb_line *l = &f->lines[i];
        if (l->name && l->name_hash == hash && name_equal_folded(l->name, name))
            return l;
    }
    return NULL;
}

struct userdb_line *userdb_file_append(struct userdb_file *f, char *name)
{
    if ((f->count & (f->count - 1)) == 0)
        f->lines = xrealloc(f->lines, MAX(f->count * 2, (size_t)1) * sizeof(*f->lines));
    struct userdb_line *l = &f->lines[f->count++];
    *l = (struct userdb_line){.name = name, .name_hash = name ? name_hash_folded(name) : 0};
    return l;
}

void userdb_file_remove(struct userdb_file *f, struct userdb_line *line)
{
    size_t i = (size_t)(line - f->lines);
    ASSERT(i < f->count);
    line_fini(line);
    memmove(line, line + 1, (f->count - i - 1) * sizeof(*line));
    f->count--;
}

/* ---- parsing ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hash_parse(const char *text, size_t len, uint8_t ret_hash[AUTH_NT_HASH_BYTES])
{
    if (len != (size_t)AUTH_NT_HASH_BYTES * 2)
        return false;
    for (size_t i = 0; i < AUTH_NT_HASH_BYTES; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_hash[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Flags are words with commas between them. */
static bool flags_parse(const char *text, size_t len, struct userdb_line *l)
{
    static const char disabled[] = "disabled";
    l->disabled = len == sizeof(disabled) - 1 && memcmp(text, disabled, len) == 0;
    return len == 0 || l->disabled;
}

/* Fills l from "name:hash:flags[:rest]"; what is wrong, or NULL.  The name goes in even when
 * the rest is malformed so that line_fini frees it. */
static const char *user_parse(const char *text, struct userdb_line *l)
{
    size_t name_len = strcspn(text, ":");
    const char *hash = text + name_len;
    l->name = xstrndup(text, name_len);
    const char *fault = name_fault(l->name);
    if (fault)
        return fault;
    if (*hash++ != ':')
        return "has no hash after it";
    size_t hash_len = strcspn(hash, ":");
    if (!hash_parse(hash, hash_len, l->nt_hash))
        return "has no hash of 32 hexadecimal digits";
    const char *flags = hash + hash_len;
    if (*flags++ != ':')
        return "has no field for flags after its hash";
    size_t flags_len = strcspn(flags, ":");
    if (!flags_parse(flags, flags_len, l))
        return "has flags other than `disabled`";
    l->rest = xstrdup(flags + flags_len);
    return NULL;
}

static int line_parse(struct userdb_file *f, const char *text, const char *path,
                      struct userdb_error *ret_error)
{
    size_t number = f->count + 1;
    struct userdb_line user = {0};
    if (*text == '\0' || *text == '#') {
        userdb_file_append(f, NULL)->rest = xstrdup(text);
        return 0;
    }
    const char *fault = user_parse(text, &user);
    if (fault) {
        line_fini(&user);
        return userdb_fail(ret_error, -EINVAL, "%s:%zu: user name %s", path, number, fault);
    }
    if (userdb_file_find(f, user.name)) {
        line_fini(&user);
        return userdb_fail(ret_error, -EINVAL, "%s:%zu: a user of this name is there already",
                           path, number);
    }
    user.name_hash = name_hash_folded(user.name);
    *userdb_file_append(f, NULL) = user;
    return 0;
}

static int text_parse(char *text, const char *path, struct userdb_file *f,
                      struct userdb_error *ret_error)
{
    char *next = text;
    while (*next) {
        char *line = next;
        char *end = line + strcspn(line, "\n");
        next = *end ? end + 1 : end;
        *end = '\0';
        if (end > line && end[-1] == '\r')
            end[-1] = '\0';
        ERR_TRY(line_parse(f, line, path, ret_error));
    }
    return 0;
}

/* Reads the file into one zero-terminated string. */
static int text_read(int fd, const char *path, char **ret_text, size_t *ret_size,
                     struct userdb_error *ret_error)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return userdb_fail(ret_error, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > USERDB_FILE_BYTES_MAX)
        return userdb_fail(ret_error, -EINVAL, "%s: not a file of users", path);
    size_t size = (size_t)st.st_size;
    char *text = xcalloc(size + 1, 1);
    size_t at = 0;
    ssize_t n = 1;
    while (at < size && n > 0) {
        n = pread(fd, text + at, size - at, (off_t)at);
        if (n > 0)
            at += (size_t)n;
    }
    int err = n < 0 ? errno : 0;
    if (err || memchr(text, 0, at)) {
        wipe(text, size);
        free(text);
        return err ? userdb_fail(ret_error, -err, "%s: %s", path, strerror(err))
                   : userdb_fail(ret_error, -EINVAL, "%s: holds a NUL byte", path);
    }
    *ret_text = text;
    *ret_size = size;
    return 0;
}

int userdb_file_read(int fd, const char *path, struct userdb_file *ret_file,
                     struct userdb_error *ret_error)
{
    struct userdb_file f = {0};
    char *text;
    size_t size;
    if (fd < 0) {
        *ret_file = f;
        return 0;
    }
    ERR_TRY(text_read(fd, path, &text, &size, ret_error));
    int err = text_parse(text, path, &f, ret_error);
    wipe(text, size);
    free(text);
    if (err < 0)
        userdb_file_fini(&f);
    else
        *ret_file = f;
    return err;
}

/* ---- formatting ---- */

static size_t line_format(const struct userdb_line *l, char *text, size_t size)
{
    if (!l->name)
        return (size_t)snprintf(text, size, "%s\n", l->rest);
    char hex[AUTH_NT_HASH_BYTES * 2 + 1];
    for (size_t i = 0; i < AUTH_NT_HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", l->nt_hash[i]);
    size_t n = (size_t)snprintf(text, size, "%s:%s:%s%s\n", l->name, hex,
                                l->disabled ? "disabled" : "", l->rest);
    wipe(hex, sizeof(hex));
    return n;
}

size_t userdb_file_text(const struct userdb_file *f, char **ret_text)
{
    size_t size = 1;
    for (size_t i = 0; i < f->count; i++)
        size += line_format(&f->lines[i], NULL, 0);
    char *text = xmalloc(size);
    size_t at = 0;
    for (size_t i = 0; i < f->count; i++)
        at += line_format(&f->lines[i], text + at, size - at);
    ASSERT(at == size - 1);
    *ret_text = text;
    return at;
}
