/* SPDX-License-Identifier: Apache-2.0
 *
 * A store for tests of the commands: every nt_* function that src/smb calls, over one open whose
 * answers the test sets and whose calls it reads.  Linked in place of src/nt. */
#pragma once

#include "nt/nt.h"

#define FAKE_DATA_MAX 65536u
#define FAKE_LOCKS_MAX 16u

struct nt_open {
    ntstatus answer; /* of every call, unless it is SUCCESS */
    uint32_t access;
    bool directory;
    nt_break_fn *on_break;
    void *break_arg;

    uint8_t data[FAKE_DATA_MAX];
    size_t size;

    struct nt_info info;
    struct nt_fs_info fs;
    struct span sd, ea;
    struct nt_stream streams[4];
    size_t stream_count;

    const char *const *names; /* of a directory */
    size_t name_count, name_at;
    char pattern[64];
    uint32_t dir_flags;

    struct nt_lock_range locks[FAKE_LOCKS_MAX]; /* held */
    unsigned lock_count;
    unsigned lock_calls;
    uint64_t lock_refused_at; /* offset that is never granted; UINT64_MAX: none */

    struct nt_range ranges[8];
    size_t range_count;

    char last_call[32];
    uint64_t last_number;
    char last_name[128];
    uint32_t last_flags;
    unsigned closes, copies;
};

extern struct nt_open fake_open;               /* what nt_create opens */
extern struct nt_create_args fake_create_args; /* of the last nt_create */
extern struct nt_create_result fake_create_result;

void fake_reset(void);
