/* SPDX-License-Identifier: Apache-2.0
 *
 * Names: the rules of [MS-FSCC] 2.1.5, the syntax of streams, and the two spellings of a component.
 * '/' separates components as '\' does: no name can hold it, and clients of other systems send it.
 *
 * POSIX allows in names what the wire cannot carry.  Such characters travel as private ones, the
 * way Services for Macintosh began and the Linux kernel ("mapposix"), macOS and Samba's fruit do:
 *    U+F001..F01F  control characters      U+F020 "   U+F021 *   U+F022 :   U+F023 <   U+F024 >
 *    U+F025 ?   U+F026 \   U+F027 |   U+F028 space   U+F029 full stop
 * The older habit of 0xF000 + character (Services for Unix, "mapchars", Cygwin) is understood from
 * clients, never sent.  A byte that is not UTF-8 travels as U+EF00 + byte, so that a file with a
 * Latin-1 name can be seen, copied and removed.
 *
 * A trailing space or full stop is sent as it is.  Windows would rather see U+F028 and U+F029
 * there, but clients that know nothing of the mapping (smbclient, impacket) would then create other
 * names than they copied, and those that know it also take the plain characters.  Both spellings
 * are accepted and mean the same file. */
#include "base/upcase.h"
#include "base/utf8.h"
#include "nt/file.h"

#define RAW_BASE 0xEF00u
#define SFM_BASE 0xF000u

/* The disk's characters of U+F020..U+F029. */
static const char sfm_characters[] = "\"*:<>?\\| .";
#define SFM_FIRST 0xF020u
#define SFM_COUNT (sizeof(sfm_characters) - 1)
/* Those that are sent mapped; the last two are not. */
#define SFM_SENT (SFM_COUNT - 2)

/* What a private character of a client stands for: 1..0x7f, a raw byte 0x80..0xff, or 0. */
static uint8_t private_meaning(uint32_t c)
{
    if (c >= RAW_BASE + 0x80 && c <= RAW_BASE + 0xFF)
        return (uint8_t)c;
    if (c > SFM_BASE && c < SFM_FIRST)
        return (uint8_t)(c - SFM_BASE);
    if (c >= SFM_FIRST && c < SFM_FIRST + SFM_COUNT)
        return (uint8_t)sfm_characters[c - SFM_FIRST];
    if (c > SFM_BASE && c < SFM_BASE + 0x80 && strchr("*:<>?\\|", (int)(c - SFM_BASE)))
        return (uint8_t)(c - SFM_BASE);
    return 0;
}

/* The private character a byte of the disk is sent as, or 0. */
static uint32_t private_for(uint8_t byte)
{
    if (byte < 0x20)
        return SFM_BASE + byte;
    const char *found = memchr(sfm_characters, byte, SFM_SENT);
    return found ? SFM_FIRST + (uint32_t)(found - sfm_characters) : 0;
}

char *nt_component_from_disk(const char *disk)
{
    char *wire = xmalloc(strlen(disk) * 3 + 1);
    char *at = wire;
    while (*disk) {
        const char *start = disk;
        int32_t c = utf8_next(&disk);
        if (c < 0)
            at += utf8_put(at, RAW_BASE + (uint8_t)*disk++);
        else if (c < 0x80 && private_for((uint8_t)c))
            at += utf8_put(at, private_for((uint8_t)c));
        else
            at = mempcpy(at, start, (size_t)(disk - start));
    }
    *at = 0;
    return wire;
}

static char *to_disk(const char *wire, bool raw, bool *ret_used_raw)
{
    char *disk = xmalloc(strlen(wire) + 1);
    char *at = disk;
    bool used_raw = false;
    while (*wire) {
        const char *start = wire;
        int32_t c = utf8_next(&wire);
        uint8_t meaning = c > 0 ? private_meaning((uint32_t)c) : 0;
        if (c < 0) {
            *at++ = *wire++;
        } else if (meaning && (meaning < 0x80 || raw)) {
            *at++ = (char)meaning;
            used_raw |= meaning >= 0x80;
        } else {
            at = mempcpy(at, start, (size_t)(wire - start));
        }
    }
    *at = 0;
    *ret_used_raw = used_raw;
    return disk;
}

/* Raw bytes only where they are sent as such: bytes that together make UTF-8 would come back as
 * another name. */
char *nt_component_to_disk(const char *wire)
{
    bool used_raw;
    char *disk = to_disk(wire, true, &used_raw);
    if (LIKELY(!used_raw))
        return disk;
    const char *at = disk;
    int32_t c;
    while ((c = utf8_next(&at)) > 0)
        ;
    if (c == 0) {
        free(disk);
        disk = to_disk(wire, false, &used_raw);
    }
    return disk;
}

char *nt_path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    return xstrndup(path, slash ? (size_t)(slash - path) : 0);
}

const char *nt_path_leaf(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *nt_path_join(const char *parent, const char *leaf)
{
    return parent[0] ? xasprintf("%s/%s", parent, leaf) : xstrdup(leaf);
}

char *nt_name_from_path(const char *path)
{
    CLEANUP(free_str) char *copy = xstrdup(path);
    char *name = xmalloc(strlen(path) * 3 + 1);
    char *at = name;
    char *rest = copy;
    for (char *part; (part = strsep(&rest, "/"));) {
        CLEANUP(free_str) char *wire = nt_component_from_disk(part);
        if (at != name)
            *at++ = '\\';
        at = stpcpy(at, wire);
    }
    *at = 0;
    return name;
}

/* UTF-16 units of a component, or 0 when it holds what no name may. */
static size_t units_checked(const char *s, const char *forbidden, bool control)
{
    size_t units = 0;
    int32_t c;
    while ((c = utf8_next(&s)) > 0) {
        if (c < 0x80 && (strchr(forbidden, c) || (c < 0x20 && !control)))
            return 0;
        units += c >= 0x10000 ? 2 : 1;
    }
    return c < 0 ? 0 : units;
}

static bool is_dots(const char *s)
{
    return strcmp(s, ".") == 0 || strcmp(s, "..") == 0;
}

/* One component of the path, mapped and appended.  A name that says ".." by private characters is
 * no better than one that says it plainly. */
static ntstatus component_append(char **at, const char *part, bool first)
{
    if (strcmp(part, "..") == 0)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    size_t units = units_checked(part, "\"*<>?|/:", false);
    if (units == 0 || units > LIMIT_NAME_UNITS_MAX)
        return STATUS_OBJECT_NAME_INVALID;
    CLEANUP(free_str) char *disk = nt_component_to_disk(part);
    if (is_dots(disk))
        return STATUS_OBJECT_NAME_INVALID;
    if (!first)
        *(*at)++ = '/';
    *at = stpcpy(*at, disk);
    return STATUS_SUCCESS;
}

/* ":stream", ":stream:$DATA", "::$DATA", ":$I30:$INDEX_ALLOCATION", "::$INDEX_ALLOCATION";
 * `text` begins after the first colon and is cut into its parts. */
static ntstatus stream_parse(char *text, struct nt_name *name)
{
    char *type = strchr(text, ':');
    if (type)
        *type++ = 0;
    if (type && name_equal_folded(type, "$INDEX_ALLOCATION")) {
        name->must_be_directory = true;
        bool named = text[0] && !name_equal_folded(text, "$I30");
        return named ? STATUS_OBJECT_NAME_INVALID : STATUS_SUCCESS;
    }
    if (type && !name_equal_folded(type, "$DATA"))
        return STATUS_OBJECT_NAME_INVALID;
    if (!text[0]) {
        name->must_be_file = true;
        return type ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
    }
    size_t units = units_checked(text, "/\\", true);
    if (units == 0 || units > LIMIT_NAME_UNITS_MAX)
        return STATUS_OBJECT_NAME_INVALID;
    name->stream = text;
    return STATUS_SUCCESS;
}

ntstatus nt_name_parse(struct arena *a, const char *name, struct nt_name *ret_name)
{
    struct nt_name parsed = {0};
    size_t len = strlen(name);
    char *copy = arena_strndup(a, name, len);
    for (char *slash = copy; (slash = strchr(slash, '/'));)
        *slash = '\\';
    parsed.path = arena_alloc(a, len + 1);
    char *leaf = strrchr(copy, '\\');
    char *colon = strchr(leaf ? leaf + 1 : copy, ':');
    if (colon) {
        *colon++ = 0;
        NT_TRY(stream_parse(colon, &parsed));
        if (leaf && !leaf[1])
            return STATUS_OBJECT_NAME_INVALID;
    } else if (leaf && !leaf[1]) {
        *leaf = 0;
        parsed.must_be_directory = true;
    }
    char *rest = copy[0] ? copy : NULL;
    char *at = parsed.path;
    for (char *part; (part = strsep(&rest, "\\"));)
        NT_TRY(component_append(&at, part, at == parsed.path));
    *ret_name = parsed;
    return STATUS_SUCCESS;
}
