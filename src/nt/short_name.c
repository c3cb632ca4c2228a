/* SPDX-License-Identifier: Apache-2.0
 *
 * Computing 8.3 names. */
#include "nt/short_name.h"

#include <strings.h>

#define BASE_MAX 8u
#define EXTENSION_MAX 3u
#define PREFIX_MAX 2u
#define HASH_DIGITS 4u
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool allowed(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'()-@^_`{}~", c));
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Copies at most max characters that 8.3 allows, in upper case; the count of those. */
static size_t take(char *out, const char *from, size_t len, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < len && n < max; i++)
        if (allowed(upper(from[i])))
            out[n++] = upper(from[i]);
    return n;
}

static bool fits(const char *name, size_t base_len, const char *extension)
{
    size_t len = strlen(name);
    if (base_len < 1 || base_len > BASE_MAX || strlen(extension) > EXTENSION_MAX ||
        (len > base_len && !*extension))
        return false;
    for (size_t i = 0; i < len; i++)
        if (i != base_len && !allowed(upper(name[i])))
            return false;
    return true;
}

/* FNV-1a over the name in upper case: stable over restarts, equal for names that differ in case. */
static uint32_t name_hash(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (uint8_t)upper(*name)) * 16777619u;
    return h;
}

void nt_short_name(const char *name, char ret_short[NT_SHORT_NAME_SIZE])
{
    const char *dot = strrchr(name, '.');
    size_t base_len = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    const char *extension = dot && dot != name ? dot + 1 : "";
    size_t n = 0;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        ret_short[0] = '\0';
        return;
    }
    if (fits(name, base_len, extension)) {
        n = take(ret_short, name, base_len, BASE_MAX);
    } else {
        uint32_t h = name_hash(name);
        n = take(ret_short, name, base_len, PREFIX_MAX);
        for (size_t i = 0; i < HASH_DIGITS; i++, h /= 36)
            ret_short[n++] = digits[h % 36];
        ret_short[n++] = '~';
        ret_short[n++] = digits[1 + h % 9];
    }
    char tail[EXTENSION_MAX];
    size_t tail_len = take(tail, extension, strlen(extension), EXTENSION_MAX);
    if (tail_len) {
        ret_short[n++] = '.';
        memcpy(ret_short + n, tail, tail_len);
        n += tail_len;
    }
    ret_short[n] = '\0';
}

bool nt_short_name_is_shaped(const char *name)
{
    const char *tilde = strrchr(name, '~');
    if (!tilde || tilde - name < (ptrdiff_t)HASH_DIGITS || tilde - name > 6 || !tilde[1])
        return false;
    return tilde[2] == '\0' || (tilde[2] == '.' && strlen(tilde + 3) <= EXTENSION_MAX);
}
