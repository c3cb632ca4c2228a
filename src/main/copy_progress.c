/* SPDX-License-Identifier: Apache-2.0
 *
 * The line that shows how far a copy is, on a terminal only. */
#include <stdio.h>

#include "main/copy_job.h"

#define REDRAW_US 100000u

static void draw(const struct copy_job *job, uint64_t now_us)
{
    double seconds = (double)(now_us - job->started_us) / 1e6;
    double mib = (double)job->bytes_done / (1 << 20);
    fprintf(stderr, "\r\033[K%llu files, %.1f MiB, %.1f MiB/s, %u under way",
            (unsigned long long)job->files_done, mib, seconds > 0 ? mib / seconds : 0,
            job->files_flying);
    fflush(stderr);
}

void copy_progress_task(struct task *t, void *arg)
{
    struct copy_job *job = arg;
    while (!job->finished && task_sleep_us(t, REDRAW_US) == 0)
        draw(job, io_now_us(task_io(t)));
    draw(job, io_now_us(task_io(t)));
    fputc('\n', stderr);
    event_signal(&job->progress_ended);
}
