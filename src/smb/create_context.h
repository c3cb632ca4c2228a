/* SPDX-License-Identifier: Apache-2.0
 *
 * Create contexts between the wire and the store: what CREATE asks for with them and what it
 * answers, [MS-SMB2] 3.3.5.9.1 to 3.3.5.9.14. */
#pragma once

#include "proto/create.h"
#include "smb/request.h"

/* Puts the contexts of a CREATE into the store's arguments.  INVALID_PARAMETER for combinations
 * that the protocol forbids, OBJECT_NAME_NOT_FOUND for the reclaim of a handle, of which none
 * outlives its connection. */
ntstatus create_contexts_apply(const struct smb_request *req, const struct create_req *in,
                               struct nt_create_args *args) MUST_USE;

/* What the response says of an open that was made so. */
void create_contexts_answer(const struct create_req *in, const struct nt_create_args *args,
                            const struct nt_create_result *result,
                            struct create_contexts_rsp *ret_rsp);
