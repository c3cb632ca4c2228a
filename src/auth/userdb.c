/* SPDX-License-Identifier: Apache-2.0
 *
 * The user file for a running server.  A lookup asks the file system whether the file is still the
 * one that was read (device, inode, size, times: editing always makes a new inode) and reads it
 * again if not.  One mutex covers the content; logons are rare enough. */
#include "auth/userdb_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct userdb {
    char *path;
    pthread_mutex_t mutex; /* guards what follows */
    struct userdb_file file;
    struct userdb_stamp stamp; /* of the last read, good or bad */
    struct userdb_error error; /* of the last read */
};

static struct userdb_stamp stamp_of(const struct stat *st)
{
    return (struct userdb_stamp){st->st_dev, st->st_ino, (uint64_t)st->st_size,
                                 st->st_mtim.tv_sec, st->st_mtim.tv_nsec};
}

/* A missing file has the stamp of zeros. */
static int stamp_read(const struct userdb *db, struct userdb_stamp *ret_stamp)
{
    struct stat st;
    *ret_stamp = (struct userdb_stamp){0};
    if (stat(db->path, &st) == 0)
        *ret_stamp = stamp_of(&st);
    else if (errno != ENOENT)
        return -errno;
    return 0;
}

static bool stamp_equal(const struct userdb_stamp *a, const struct userdb_stamp *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->mtime_sec == b->mtime_sec && a->mtime_nsec == b->mtime_nsec;
}

/* Opens the file: a descriptor, -1 with *ret_err 0 when there is none, or -1 with an error. */
static int file_open(const char *path, int *ret_err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *ret_err = fd < 0 && errno != ENOENT ? -errno : 0;
    return fd;
}

static int reload_locked(struct userdb *db)
{
    struct userdb_file fresh = {0};
    struct stat st;
    int err;
    int fd = file_open(db->path, &err);
    db->error.text[0] = '\0';
    db->stamp = (struct userdb_stamp){0};
    if (fd >= 0 && fstat(fd, &st) == 0)
        db->stamp = stamp_of(&st);
    if (err < 0)
        err = userdb_fail(&db->error, err, "%s: %s", db->path, strerror(-err));
    else
        err = userdb_file_read(fd, db->path, &fresh, &db->error);
    if (fd >= 0)
        close(fd);
    if (err < 0)
        return err;
    userdb_file_fini(&db->file);
    db->file = fresh;
    return 0;
}

int userdb_open(const char *path, struct userdb **ret_db, struct userdb_error *ret_error)
{
    struct userdb *db = NEW(struct userdb);
    db->path = xstrdup(path);
    pthread_mutex_init(&db->mutex, NULL);
    pthread_mutex_lock(&db->mutex);
    int err = reload_locked(db);
    *ret_error = db->error;
    pthread_mutex_unlock(&db->mutex);
    if (err < 0)
        userdb_free(db);
    else
        *ret_db = db;
    return err;
}

struct userdb *userdb_free(struct userdb *db)
{
    if (db) {
        userdb_file_fini(&db->file);
        pthread_mutex_destroy(&db->mutex);
        free(db->path);
        free(db);
    }
    return NULL;
}

static void account_fill(const struct userdb_line *l, struct auth_account *ret_account)
{
    snprintf(ret_account->name, sizeof(ret_account->name), "%s", l->name);
    memcpy(ret_account->nt_hash, l->nt_hash, sizeof(ret_account->nt_hash));
    ret_account->disabled = l->disabled;
}

int userdb_lookup(void *ctx, const char *user, const char *domain,
                  struct auth_account *ret_account)
{
    struct userdb *db = ctx;
    struct userdb_stamp stamp;
    pthread_mutex_lock(&db->mutex);
    if (stamp_read(db, &stamp) == 0 && !stamp_equal(&stamp, &db->stamp))
        (void)reload_locked(db);
    const struct userdb_line *l = userdb_file_find(&db->file, user);
    if (l)
        account_fill(l, ret_account);
    pthread_mutex_unlock(&db->mutex);
    return l ? 0 : -ENOENT;
}

void userdb_last_error(struct userdb *db, struct userdb_error *ret_error)
{
    pthread_mutex_lock(&db->mutex);
    *ret_error = db->error;
    pthread_mutex_unlock(&db->mutex);
}

size_t userdb_count(struct userdb *db)
{
    size_t count = 0;
    pthread_mutex_lock(&db->mutex);
    for (size_t i = 0; i < db->file.count; i++)
        count += db->file.lines[i].name != NULL;
    pthread_mutex_unlock(&db->mutex);
    return count;
}

int userdb_list(const char *path, void (*fn)(void *ctx, const struct auth_account *account),
                void *ctx, struct userdb_error *ret_error)
{
    struct userdb_file f;
    int err;
    int fd = file_open(path, &err);
    if (err < 0)
        return userdb_fail(ret_error, err, "%s: %s", path, strerror(-err));
    err = userdb_file_read(fd, path, &f, ret_error);
    if (fd >= 0)
        close(fd);
    ERR_TRY(err);
    for (size_t i = 0; i < f.count; i++) {
        struct auth_account account;
        if (!f.lines[i].name)
            continue;
        account_fill(&f.lines[i], &account);
        fn(ctx, &account);
        wipe(&account, sizeof(account));
    }
    userdb_file_fini(&f);
    return 0;
}
