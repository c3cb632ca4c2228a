/* SPDX-License-Identifier: Apache-2.0
 *
 * Editing the user file: lock a file beside it, read, change, write a new file of mode 0600, sync
 * it and rename it over the old one.  Whoever reads sees the old file or the new one, whole; a
 * crash leaves at worst the temporary file, which the next edit overwrites. */
#include "auth/ntlm.h"
#include "auth/userdb_file.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* One transaction; the lock is held as long as lock_fd is open. */
struct edit {
    const char *path;
    char *temp_path;
    int lock_fd;
    struct userdb_file file;
    struct userdb_error *error;
};

static int edit_fail(struct edit *e, const char *path)
{
    int err = -errno;
    return userdb_fail(e->error, err, "%s: %s", path, strerror(-err));
}

static int edit_lock(struct edit *e)
{
    CLEANUP(free_str) char *lock_path = xasprintf("%s.lock", e->path);
    e->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (e->lock_fd < 0)
        return edit_fail(e, lock_path);
    while (flock(e->lock_fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return edit_fail(e, lock_path);
    return 0;
}

static int edit_begin(struct edit *e, const char *path, struct userdb_error *ret_error)
{
    *e = (struct edit){.path = path, .lock_fd = -1, .error = ret_error};
    e->temp_path = xasprintf("%s.new", path);
    ERR_TRY(edit_lock(e));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        return edit_fail(e, path);
    int err = userdb_file_read(fd, path, &e->file, ret_error);
    if (fd >= 0)
        close(fd);
    return err;
}

static void edit_end(struct edit *e)
{
    userdb_file_fini(&e->file);
    free(e->temp_path);
    if (e->lock_fd >= 0)
        close(e->lock_fd);
}

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int temp_write(struct edit *e)
{
    int fd = open(e->temp_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return edit_fail(e, e->temp_path);
    char *text;
    size_t len = userdb_file_text(&e->file, &text);
    int err = 0;
    if (fchmod(fd, 0600) < 0 || write_all(fd, text, len) < 0 || fsync(fd) < 0)
        err = edit_fail(e, e->temp_path);
    wipe(text, len);
    free(text);
    close(fd);
    return err;
}

static int edit_commit(struct edit *e)
{
    int err = temp_write(e);
    if (err == 0 && rename(e->temp_path, e->path) < 0)
        err = edit_fail(e, e->path);
    if (err < 0) {
        unlink(e->temp_path);
        return err;
    }
    CLEANUP(free_str) char *copy = xstrdup(e->path);
    int dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        (void)fsync(dir);
        close(dir);
    }
    return 0;
}

/* The line to change. */
static int edit_find(struct edit *e, const char *name, struct userdb_line **ret_line)
{
    *ret_line = userdb_file_find(&e->file, name);
    return *ret_line ? 0 : userdb_fail(e->error, -ENOENT, "%s: no such user: %s", e->path, name);
}

static int password_hash(const char *password, uint8_t ret_hash[AUTH_NT_HASH_BYTES],
                         struct userdb_error *ret_error)
{
    int err = ntlm_hash_password(password, ret_hash);
    if (err < 0)
        return userdb_fail(ret_error, err, "the password is not UTF-8 or is longer than 256 "
                                           "characters");
    return 0;
}

static int add_line(struct edit *e, const char *name, const uint8_t hash[AUTH_NT_HASH_BYTES])
{
    const struct userdb_line *taken = userdb_file_find(&e->file, name);
    if (taken)
        return userdb_fail(e->error, -EEXIST, "%s: there is already a user %s", e->path,
                           taken->name);
    struct userdb_line *l = userdb_file_append(&e->file, xstrdup(name));
    l->rest = xstrdup("");
    memcpy(l->nt_hash, hash, sizeof(l->nt_hash));
    return edit_commit(e);
}

int userdb_add(const char *path, const char *name, const char *password,
               struct userdb_error *ret_error)
{
    struct edit e;
    uint8_t hash[AUTH_NT_HASH_BYTES];
    ERR_TRY(userdb_name_check(name, ret_error));
    ERR_TRY(password_hash(password, hash, ret_error));
    int err = edit_begin(&e, path, ret_error);
    if (err == 0)
        err = add_line(&e, name, hash);
    edit_end(&e);
    wipe(hash, sizeof(hash));
    return err;
}

int userdb_set_password(const char *path, const char *name, const char *password,
                        struct userdb_error *ret_error)
{
    struct edit e;
    struct userdb_line *l;
    uint8_t hash[AUTH_NT_HASH_BYTES];
    ERR_TRY(password_hash(password, hash, ret_error));
    int err = edit_begin(&e, path, ret_error);
    if (err == 0)
        err = edit_find(&e, name, &l);
    if (err == 0) {
        memcpy(l->nt_hash, hash, sizeof(l->nt_hash));
        err = edit_commit(&e);
    }
    edit_end(&e);
    wipe(hash, sizeof(hash));
    return err;
}

int userdb_set_disabled(const char *path, const char *name, bool disabled,
                        struct userdb_error *ret_error)
{
    struct edit e;
    struct userdb_line *l;
    int err = edit_begin(&e, path, ret_error);
    if (err == 0)
        err = edit_find(&e, name, &l);
    if (err == 0) {
        l->disabled = disabled;
        err = edit_commit(&e);
    }
    edit_end(&e);
    return err;
}

int userdb_del(const char *path, const char *name, struct userdb_error *ret_error)
{
    struct edit e;
    struct userdb_line *l;
    int err = edit_begin(&e, path, ret_error);
    if (err == 0)
        err = edit_find(&e, name, &l);
    if (err == 0) {
        userdb_file_remove(&e.file, l);
        err = edit_commit(&e);
    }
    edit_end(&e);
    return err;
}
