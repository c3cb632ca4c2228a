/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of remote files on the command line. */
#include "main/url.h"

#include <ctype.h>
#include <stdio.h>

static const char scheme[] = "smb://";

bool url_is_remote(const char *text)
{
    return strncmp(text, scheme, sizeof(scheme) - 1) == 0;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX; what is not two hex digits stays as it is, and so does %00. */
static char *decode(const char *s, size_t len)
{
    char *out = xmalloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        bool escape = s[i] == '%' && i + 2 < len;
        int high = escape ? hex(s[i + 1]) : -1;
        int low = escape ? hex(s[i + 2]) : -1;
        if (high >= 0 && low >= 0 && (high || low)) {
            out[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[n++] = s[i];
        }
    }
    out[n] = '\0';
    return out;
}

static bool complain(const char *text, const char *why)
{
    fprintf(stderr, "braid: %s: %s\n", text, why);
    return false;
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" */
static bool host_parse(const char *at, size_t len, struct url *u)
{
    const char *end = at + len;
    const char *host_end = end;
    if (len && *at == '[') {
        host_end = memchr(at, ']', len);
        if (!host_end)
            return false;
        u->host = xstrndup(at + 1, (size_t)(host_end - at - 1));
        host_end++;
    } else {
        const char *colon = memchr(at, ':', len);
        if (colon)
            host_end = colon;
        u->host = decode(at, (size_t)(host_end - at));
    }
    if (host_end == end)
        return *u->host != '\0';
    char *rest;
    unsigned long port = strtoul(host_end + 1, &rest, 10);
    u->port = (uint16_t)port;
    return *host_end == ':' && rest == end && port >= 1 && port <= 65535 && *u->host;
}

static bool user_parse(const char *at, size_t len, struct url *u)
{
    if (memchr(at, ':', len))
        return false;
    const char *semicolon = memchr(at, ';', len);
    const char *user = semicolon ? semicolon + 1 : at;
    if (semicolon)
        u->domain = decode(at, (size_t)(semicolon - at));
    u->user = decode(user, len - (size_t)(user - at));
    return true;
}

bool url_parse(const char *text, struct url *ret_url)
{
    *ret_url = (struct url){0};
    if (!url_is_remote(text))
        return complain(text, "expected smb://USER@HOST[:PORT]/SHARE/PATH");
    const char *at = text + sizeof(scheme) - 1;
    size_t authority = strcspn(at, "/");
    const char *sign = memrchr(at, '@', authority);
    if (sign && !user_parse(at, (size_t)(sign - at), ret_url)) {
        url_fini(ret_url);
        return complain("smb://...", "no password here, please: it is asked for, or read from "
                                     "BRAID_PASSWORD or --password-file");
    }
    const char *host = sign ? sign + 1 : at;
    if (!host_parse(host, (size_t)(at + authority - host), ret_url)) {
        url_fini(ret_url);
        return complain(text, "expected smb://USER@HOST[:PORT]/SHARE/PATH");
    }
    const char *share = at + authority + (at[authority] == '/');
    size_t share_len = strcspn(share, "/");
    const char *path = share + share_len + (share[share_len] == '/');
    ret_url->share = decode(share, share_len);
    ret_url->path = decode(path, strlen(path));
    return true;
}

void url_fini(struct url *u)
{
    free(u->domain);
    free(u->user);
    free(u->host);
    free(u->share);
    free(u->path);
    *u = (struct url){0};
}
