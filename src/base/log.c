/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines: built in one buffer, written by one write(2), so that lines of threads never mix.
 * A line that is too long is cut. */
#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define LOG_LINE_BYTES_MAX 2048

static _Atomic(enum log_level) level_now = LOG_LEVEL_INFO;

static const char *const level_name[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&level_now, level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return level <= atomic_load_explicit(&level_now, memory_order_relaxed);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    ASSERT((size_t)level < ARRAY_LEN(level_name));
    int saved_errno = errno;
    char line[LOG_LINE_BYTES_MAX];
    size_t len = (size_t)snprintf(line, sizeof(line), "level=%s ", level_name[level]);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
    va_end(ap);
    if (n > 0)
        len = MIN(len + (size_t)n, sizeof(line) - 1);
    line[len++] = '\n';
    ssize_t unused = write(STDERR_FILENO, line, len);
    (void)unused; /* nobody is left to tell */
    errno = saved_errno;
}

/* Code points that move the cursor or turn the direction of what follows. */
static bool is_treacherous(int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* The quoted form of what begins at *s; advances *s; returns the length of `out`. */
static size_t quote_one(const char **s, char out[12])
{
    const char *from = *s;
    int32_t c = utf8_next(s);
    if (c < 0)
        (*s)++;
    size_t len = (size_t)(*s - from);
    if (c == '"' || c == '\\')
        return (size_t)snprintf(out, 12, "\\%c", (char)c);
    if (c < 0)
        return (size_t)snprintf(out, 12, "\\x%02x", (unsigned)(uint8_t)*from);
    if (is_treacherous(c))
        return (size_t)snprintf(out, 12, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    memcpy(out, from, len);
    return len;
}

static bool is_bare(const char *s)
{
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '"' || *p == '=' || *p == '\\')
            return false;
    return *s != '\0';
}

const char *log_quote(const char *s, char *buf, size_t size)
{
    ASSERT(size >= 3);
    if (strlen(s) < size && is_bare(s))
        return strcpy(buf, s);
    size_t at = 0;
    buf[at++] = '"';
    while (*s) {
        char one[12];
        size_t len = quote_one(&s, one);
        if (at + len + 2 > size)
            break;
        memcpy(buf + at, one, len);
        at += len;
    }
    buf[at++] = '"';
    buf[at] = '\0';
    return buf;
}
