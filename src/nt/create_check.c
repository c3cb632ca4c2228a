/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be said of a CREATE before looking at any file: [MS-FSA] 2.1.5.1 and, where a server
 * differs from a local object store, [MS-SMB2] 3.3.5.9. */
#include "nt/state.h"

#define OPTIONS_NOT_SUPPORTED                                                                      \
    (NT_OPTION_CREATE_TREE_CONNECTION | NT_OPTION_OPEN_BY_FILE_ID | NT_OPTION_RESERVE_OPFILTER)

static ntstatus access_check(const struct nt_create_args *args)
{
    uint32_t access = args->desired_access;
    if (access == 0 || (access & ~NT_ACCESS_VALID))
        return STATUS_ACCESS_DENIED;
    if (access & ACCESS_SYSTEM_SECURITY)
        return STATUS_PRIVILEGE_NOT_HELD;
    if ((args->options & NT_OPTION_DELETE_ON_CLOSE) &&
        !(access & (ACCESS_DELETE | ACCESS_GENERIC_ALL | ACCESS_MAXIMUM_ALLOWED)))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static ntstatus options_check(const struct nt_create_args *args)
{
    uint32_t options = args->options;
    if (options & ~NT_OPTION_VALID)
        return STATUS_INVALID_PARAMETER;
    if (options & OPTIONS_NOT_SUPPORTED)
        return STATUS_NOT_SUPPORTED;
    if ((options & NT_OPTION_DIRECTORY_FILE) && (options & NT_OPTION_NON_DIRECTORY_FILE))
        return STATUS_INVALID_PARAMETER;
    if ((options & NT_OPTION_DIRECTORY_FILE) && nt_disposition_overwrites(args->disposition))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static ntstatus attributes_check(const struct nt_create_args *args)
{
    uint32_t attributes = args->attributes;
    if (attributes & ~NT_ATTR_VALID)
        return STATUS_INVALID_PARAMETER;
    if ((args->options & NT_OPTION_DIRECTORY_FILE) && (attributes & NT_ATTR_TEMPORARY))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

ntstatus nt_create_check(const struct nt_create_args *args)
{
    ASSERT(args->reactor && args->arena && args->name);
    if ((uint32_t)args->disposition > NT_OVERWRITE_IF)
        return STATUS_INVALID_PARAMETER;
    if (args->share_access & ~NT_SHARE_ALL)
        return STATUS_INVALID_PARAMETER;
    if ((uint32_t)args->oplock > NT_OPLOCK_LEASE)
        return STATUS_INVALID_PARAMETER;
    NT_TRY(access_check(args));
    NT_TRY(options_check(args));
    NT_TRY(attributes_check(args));
    if (args->snapshot_filetime)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return STATUS_SUCCESS;
}
