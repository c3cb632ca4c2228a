/* SPDX-License-Identifier: Apache-2.0
 *
 * FILETIME: 100 ns ticks since 1601-01-01 UTC, [MS-DTYP] 2.3.3; 0 means "absent". */
#pragma once

#include "base/base.h"

#include <time.h>

#define FILETIME_UNIX_EPOCH 116444736000000000ull
#define FILETIME_TICKS_PER_SECOND 10000000ull

static inline uint64_t filetime_from_timespec(struct timespec ts)
{
    return FILETIME_UNIX_EPOCH + (uint64_t)ts.tv_sec * FILETIME_TICKS_PER_SECOND +
           (uint64_t)ts.tv_nsec / 100;
}

static inline struct timespec filetime_to_timespec(uint64_t ft)
{
    int64_t ticks = (int64_t)(ft - FILETIME_UNIX_EPOCH);
    int64_t sec = ticks / (int64_t)FILETIME_TICKS_PER_SECOND;
    int64_t rest = ticks % (int64_t)FILETIME_TICKS_PER_SECOND;
    if (rest < 0) {
        rest += (int64_t)FILETIME_TICKS_PER_SECOND;
        sec--;
    }
    return (struct timespec){.tv_sec = sec, .tv_nsec = (long)(rest * 100)};
}
