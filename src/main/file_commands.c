/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs on remote files: ls, cat, get, put, cp, rm, mkdir, stat.  Each is a function that runs
 * as a task; exit statuses are those of their namesakes in the shell. */
#include "main/file_commands.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "main/copy.h"
#include "main/remote.h"
#include "proto/sd.h"
#include "proto/srvsvc.h"
#include "task/io.h"
#include "wire/filetime.h"

static int usage(const char *text)
{
    fprintf(stderr, "usage: braid %s\n%s", text, remote_options_help);
    return EXIT_USAGE;
}

static const char *time_text(uint64_t filetime, char buf[32])
{
    struct timespec ts = filetime_to_timespec(filetime);
    struct tm tm;
    localtime_r(&ts.tv_sec, &tm);
    strftime(buf, 32, "%Y-%m-%d %H:%M:%S", &tm);
    return buf;
}

/* Names come from a stranger: control characters do not reach the terminal. */
static void name_print(const char *name)
{
    for (; *name; name++)
        putchar((unsigned char)*name < 32 || *name == 127 ? '?' : *name);
}

static void entry_print(const struct client_dirent *e, bool long_listing)
{
    char when[32];
    bool directory = e->attributes & FILE_ATTRIBUTE_DIRECTORY;
    if (long_listing)
        printf("%c%c%c%c %14llu  %s  ", directory ? 'd' : '-',
               e->attributes & FILE_ATTRIBUTE_READONLY ? 'r' : '-',
               e->attributes & FILE_ATTRIBUTE_HIDDEN ? 'h' : '-',
               e->attributes & FILE_ATTRIBUTE_SYSTEM ? 's' : '-',
               (unsigned long long)e->end_of_file, time_text(e->last_write_time, when));
    name_print(e->name);
    puts(directory ? "/" : "");
}

static ntstatus directory_open(struct task *t, struct client_tree *tree, const char *path,
                               struct client_file **ret_dir)
{
    struct client_open_args args = {
        .path = path,
        .access = FILE_GENERIC_READ,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_DIRECTORY_FILE,
        .disposition = FILE_OPEN,
    };
    return client_open(t, tree, &args, ret_dir);
}

static int shares_list(struct task *t, struct remote *r)
{
    struct arena a;
    arena_init(&a);
    struct client_share *shares;
    size_t count;
    ntstatus status = client_list_shares(t, r->conn, &a, &shares, &count);
    for (size_t i = 0; nt_ok(status) && i < count; i++) {
        const char *kind = (shares[i].type & 3) == SRVSVC_TYPE_IPC ? "ipc" : "disk";
        printf("%-5s ", kind);
        name_print(shares[i].name);
        fputs(*shares[i].comment ? "\t" : "", stdout);
        name_print(shares[i].comment);
        putchar('\n');
    }
    arena_fini(&a);
    return nt_ok(status) ? EXIT_DONE : remote_complain(r->url.host, status);
}

static int directory_list(struct task *t, struct remote *r, bool long_listing)
{
    struct client_file *dir = NULL;
    ntstatus status = directory_open(t, r->tree, r->url.path, &dir);
    if (nt_is(status, STATUS_NOT_A_DIRECTORY)) {
        struct file_info info;
        status = client_stat(t, r->tree, r->url.path, &info);
        if (!nt_ok(status))
            return remote_complain(r->url.path, status);
        struct client_dirent e = {.name = r->url.path,
                                  .end_of_file = info.end_of_file,
                                  .last_write_time = info.last_write_time,
                                  .attributes = info.attributes};
        entry_print(&e, long_listing);
        return EXIT_DONE;
    }
    while (nt_ok(status)) {
        struct arena a;
        struct client_dirent *entries;
        size_t count;
        arena_init(&a);
        status = client_list(t, dir, &a, &entries, &count);
        for (size_t i = 0; nt_ok(status) && i < count; i++)
            entry_print(&entries[i], long_listing);
        arena_fini(&a);
    }
    IGNORE(client_close(t, dir));
    return nt_is(status, STATUS_NO_MORE_FILES) ? EXIT_DONE : remote_complain(r->url.path, status);
}

static int ls_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc != 1)
        return usage("ls [-l] smb://USER@HOST[:PORT][/SHARE[/PATH]]");
    struct remote r;
    if (!remote_open(t, argv[0], o, &r))
        return EXIT_FAILED;
    int status = r.tree ? directory_list(t, &r, o->long_listing) : shares_list(t, &r);
    remote_close(t, &r);
    return status;
}

static int file_print(struct task *t, struct remote *r)
{
    struct client_open_args args = {
        .path = r->url.path,
        .access = FILE_GENERIC_READ,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .options = FILE_NON_DIRECTORY_FILE,
        .disposition = FILE_OPEN,
    };
    struct client_file *f = NULL;
    ntstatus status = client_open(t, r->tree, &args, &f);
    size_t room = MIN(1u << 20, client_read_max(r->tree));
    uint8_t *buf CLEANUP(free_bytes) = xmalloc(room);
    uint64_t offset = 0;
    while (nt_ok(status)) {
        size_t got;
        status = client_read(t, f, offset, mspan_of(buf, room), &got);
        if (nt_ok(status) && fwrite(buf, 1, got, stdout) != got) {
            perror("braid: standard output");
            break;
        }
        offset += got;
    }
    IGNORE(client_close(t, f));
    if (nt_is(status, STATUS_END_OF_FILE))
        return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
    return nt_ok(status) ? EXIT_FAILED : remote_complain(r->url.path, status);
}

/* Opens the URL, which must name something inside a share. */
static bool inside_share(struct task *t, const char *url, const struct remote_options *o,
                         struct remote *ret_remote)
{
    if (!remote_open(t, url, o, ret_remote))
        return false;
    if (ret_remote->tree)
        return true;
    fprintf(stderr, "braid: %s: names no share\n", url);
    remote_close(t, ret_remote);
    return false;
}

/* Runs `each` for every operand, each on a connection of its own. */
static int for_each_url(struct task *t, const struct remote_options *o, int argc, char **argv,
                        int (*each)(struct task *t, const struct remote_options *o,
                                    struct remote *r))
{
    int worst = EXIT_DONE;
    for (int i = 0; i < argc; i++) {
        struct remote r;
        int status = EXIT_FAILED;
        if (inside_share(t, argv[i], o, &r)) {
            status = each(t, o, &r);
            remote_close(t, &r);
        }
        worst = MAX(worst, status);
    }
    return worst;
}

static int cat_each(struct task *t, const struct remote_options *o, struct remote *r)
{
    (void)o;
    return file_print(t, r);
}

static int cat_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 1)
        return usage("cat URL...");
    return for_each_url(t, o, argc, argv, cat_each);
}

static int mkdir_each(struct task *t, const struct remote_options *o, struct remote *r)
{
    (void)o;
    ntstatus status = client_mkdir(t, r->tree, r->url.path);
    return nt_ok(status) ? EXIT_DONE : remote_complain(r->url.path, status);
}

static int mkdir_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 1)
        return usage("mkdir URL...");
    return for_each_url(t, o, argc, argv, mkdir_each);
}

static int stat_each(struct task *t, const struct remote_options *o, struct remote *r)
{
    (void)o;
    struct file_info info;
    ntstatus status = client_stat(t, r->tree, r->url.path, &info);
    if (!nt_ok(status))
        return remote_complain(r->url.path, status);
    char buf[4][32];
    printf("path        ");
    name_print(r->url.path);
    printf("\ntype        %s\nsize        %llu\nallocated   %llu\nattributes  0x%08x\n"
           "created     %s\naccessed    %s\nwritten     %s\nchanged     %s\nconnection  %s\n",
           info.attributes & FILE_ATTRIBUTE_DIRECTORY ? "directory" : "file",
           (unsigned long long)info.end_of_file, (unsigned long long)info.allocation_size,
           info.attributes, time_text(info.creation_time, buf[0]),
           time_text(info.last_access_time, buf[1]), time_text(info.last_write_time, buf[2]),
           time_text(info.change_time, buf[3]), client_protection(r->conn));
    return EXIT_DONE;
}

static int stat_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 1)
        return usage("stat URL...");
    return for_each_url(t, o, argc, argv, stat_each);
}

static int rm_each(struct task *t, const struct remote_options *o, struct remote *r)
{
    if (!*r->url.path) {
        fprintf(stderr, "braid: rm: %s is a share, not a file\n", r->url.share);
        return EXIT_FAILED;
    }
    return remove_run(t, r->tree, r->url.path, o->recursive) ? EXIT_DONE : EXIT_FAILED;
}

static int rm_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 1)
        return usage("rm [-r] URL...");
    return for_each_url(t, o, argc, argv, rm_each);
}

/* One operand of a copy: connected if it is a URL. */
struct operand {
    bool remote;
    struct remote connection;
    struct copy_end end;
};

static bool operand_open(struct task *t, const char *text, const struct remote_options *o,
                         struct operand *ret_operand)
{
    *ret_operand = (struct operand){.remote = url_is_remote(text), .end.path = text};
    if (!ret_operand->remote)
        return true;
    if (!inside_share(t, text, o, &ret_operand->connection))
        return false;
    ret_operand->end.tree = ret_operand->connection.tree;
    ret_operand->end.path = ret_operand->connection.url.path;
    return true;
}

static void operand_close(struct task *t, struct operand *op)
{
    if (op->remote)
        remote_close(t, &op->connection);
}

/* The last component, "" for a root. */
static char *base_name(const char *path)
{
    size_t len = strlen(path);
    while (len && path[len - 1] == '/')
        len--;
    size_t start = len;
    while (start && path[start - 1] != '/')
        start--;
    return xstrndup(path + start, len - start);
}

/* As cp does: into the target when that is a directory, else onto it. */
static bool copy_onto(struct task *t, const struct remote_options *o, const struct copy_end *from,
                      const struct copy_end *to)
{
    char *name CLEANUP(free_str) = base_name(from->path);
    struct copy_end target = *to;
    char *inside CLEANUP(free_str) = NULL;
    if (*name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && copy_is_directory(t, to)) {
        inside = xasprintf("%s%s%s", to->path, *to->path ? "/" : "", name);
        target.path = inside;
    }
    struct copy_args args = {.from = *from,
                             .to = target,
                             .recursive = o->recursive,
                             .quiet = o->quiet,
                             .parallel = o->parallel};
    return copy_run(t, &args);
}

static int copy_operands(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    struct operand to;
    if (!operand_open(t, argv[argc - 1], o, &to))
        return EXIT_FAILED;
    int status = EXIT_DONE;
    for (int i = 0; i + 1 < argc; i++) {
        struct operand from;
        if (!operand_open(t, argv[i], o, &from)) {
            status = EXIT_FAILED;
            continue;
        }
        if (!copy_onto(t, o, &from.end, &to.end))
            status = EXIT_FAILED;
        operand_close(t, &from);
    }
    operand_close(t, &to);
    return status;
}

static int cp_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 2)
        return usage("cp [-r] FROM... TO    (URLs or local paths, at least one URL)");
    bool remote = false;
    for (int i = 0; i < argc; i++)
        remote = remote || url_is_remote(argv[i]);
    if (!remote)
        return usage("cp [-r] FROM... TO    (at least one of them smb://...)");
    return copy_operands(t, o, argc, argv);
}

static int get_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 1 || argc > 2 || !url_is_remote(argv[0]) || (argc == 2 && url_is_remote(argv[1])))
        return usage("get [-r] URL [LOCAL]");
    char here[] = ".";
    char *operands[] = {argv[0], argc == 2 ? argv[1] : here};
    return copy_operands(t, o, 2, operands);
}

static int put_run(struct task *t, const struct remote_options *o, int argc, char **argv)
{
    if (argc < 2 || !url_is_remote(argv[argc - 1]))
        return usage("put [-r] LOCAL... URL");
    return copy_operands(t, o, argc, argv);
}

static int verb_run(remote_fn *fn, int argc, char **argv)
{
    struct remote_options options;
    int first;
    int status = remote_options_parse(argc, argv, &options, &first);
    return status >= 0 ? status : remote_run(fn, &options, argc - first, argv + first);
}

#define DEFINE_VERB(name)                                                                          \
    int command_##name(const struct command_globals *g, int argc, char **argv)                     \
    {                                                                                              \
        (void)g;                                                                                   \
        return verb_run(name##_run, argc, argv);                                                   \
    }
DEFINE_VERB(ls)
DEFINE_VERB(cat)
DEFINE_VERB(get)
DEFINE_VERB(put)
DEFINE_VERB(cp)
DEFINE_VERB(rm)
DEFINE_VERB(mkdir)
DEFINE_VERB(stat)
