/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside copying: one job, its files, and its progress line. */
#pragma once

#include "base/list.h"
#include "main/copy.h"
#include "task/io.h"

#define COPY_PIECE_BYTES (1u << 20)
#define COPY_PIECES_MAX 16u /* in flight in one job */

struct copy_job {
    struct client_tree *from, *to; /* NULL: this machine */
    struct reactor *reactor;
    bool recursive;
    unsigned parallel;
    struct list directories; /* struct pending_directory still to be walked */
    unsigned files_flying, pieces_flying;
    struct event changed; /* one of the two went down */
    uint64_t files_done, bytes_done, errors;
    bool show_progress, finished;
    uint64_t started_us;
    struct event progress_ended;
};

/* One file to be copied: paths are the task's own. */
struct copy_file {
    struct copy_job *job;
    char *from, *to;
};

/* Copies one file; frees the argument.  A task_fn of struct copy_file. */
void copy_file_task(struct task *t, void *arg);

/* Names what failed and why, and counts it. */
void copy_complain(struct copy_job *job, const char *path, const char *why);

/* Draws the progress line until job->finished. */
void copy_progress_task(struct task *t, void *arg);
