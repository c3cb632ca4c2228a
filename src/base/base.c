/* SPDX-License-Identifier: Apache-2.0
 *
 * The few functions behind base.h. */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

void assert_failed(const char *expr, const char *file, int line)
{
    fprintf(stderr, "assertion failed: %s at %s:%d\n", expr, file, line);
    abort();
}

static void *not_null(void *p)
{
    if (UNLIKELY(!p)) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

void *xmalloc(size_t bytes)
{
    return not_null(malloc(bytes ? bytes : 1));
}

void *xcalloc(size_t count, size_t bytes)
{
    return not_null(calloc(count ? count : 1, bytes ? bytes : 1));
}

void *xrealloc(void *p, size_t bytes)
{
    return not_null(realloc(p, bytes ? bytes : 1));
}

char *xstrdup(const char *s)
{
    return not_null(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
    return not_null(strndup(s, n));
}

void *xmemdup(const void *p, size_t bytes)
{
    void *copy = xmalloc(bytes);
    if (bytes)
        memcpy(copy, p, bytes);
    return copy;
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *s = NULL;
    int len = vasprintf(&s, fmt, ap);
    va_end(ap);
    return not_null(len < 0 ? NULL : s);
}

bool equal_constant_time(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < len; i++)
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    return diff == 0;
}

void wipe(void *p, size_t len)
{
    explicit_bzero(p, len);
}
