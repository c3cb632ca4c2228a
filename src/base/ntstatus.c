/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of status codes, for logs and command-line messages. */
#include "base/ntstatus.h"

#include <stdio.h>

const char *ntstatus_name(ntstatus s)
{
    switch (s.v) {
#define X(name, value)                                                                             \
    case value:                                                                                    \
        return "STATUS_" #name;
#include "base/ntstatus.tbl"
#undef X
    }
    static _Thread_local char unknown[16];
    snprintf(unknown, sizeof(unknown), "0x%08X", s.v);
    return unknown;
}
