/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands between an element and its handler, [MS-SMB2] 3.3.5.2.4 to 3.3.5.2.11. */
#pragma once

#include "smb/request.h"

/* Checks chain, session, signature, encryption, expiry and tree of the present element, then runs
 * its handler; the status of the response. */
ntstatus smb_dispatch(struct task *t, struct smb_request *req) MUST_USE;

/* Checks the element's signature with a key.  ACCESS_DENIED when it is missing or wrong. */
ntstatus smb_dispatch_verify(struct smb_request *req, const struct signer *signer) MUST_USE;
