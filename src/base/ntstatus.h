/* SPDX-License-Identifier: Apache-2.0
 *
 * NT status codes as a type of their own: a one-member struct cannot be mixed up with an int or
 * an errno, and a caller who drops one gets a warning.  Values: [MS-ERREF] 2.3.1. */
#pragma once

#include "base/base.h"

typedef struct ntstatus {
    uint32_t v;
} ntstatus;

#define X(name, value) static const ntstatus UNUSED STATUS_##name = {value};
#include "base/ntstatus.tbl"
#undef X

static inline MUST_USE bool nt_is(ntstatus a, ntstatus b)
{
    return a.v == b.v;
}

static inline MUST_USE bool nt_ok(ntstatus s)
{
    return s.v == 0;
}

/* Severity "error" (top two bits set): 0x8xxxxxxx warnings such as BUFFER_OVERFLOW carry data. */
static inline MUST_USE bool nt_is_error(ntstatus s)
{
    return (s.v >> 30) == 3;
}

/* "STATUS_ACCESS_DENIED", or "0xC0001234" for values we do not know (static, per thread). */
const char *ntstatus_name(ntstatus s);

/* Runs an expression yielding an ntstatus; anything but success is returned from here. */
#define NT_TRY(expr)                                                                               \
    do {                                                                                           \
        ntstatus nt_try_ = (expr);                                                                 \
        if (UNLIKELY(!nt_ok(nt_try_)))                                                             \
            return nt_try_;                                                                        \
    } while (0)
