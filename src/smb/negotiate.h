/* SPDX-License-Identifier: Apache-2.0
 *
 * NEGOTIATE beside its handler: the SMB1 request by which cautious clients begin, and the choice
 * of a dialect that secure negotiation repeats, [MS-SMB2] 3.3.5.3, 3.3.5.4, 3.3.5.15.12. */
#pragma once

#include "smb/conn.h"

/* Answers an SMB1 multi-protocol NEGOTIATE.  False: there is nothing to answer (*ret_why). */
bool smb_negotiate_smb1(struct smb_conn *conn, struct span message, const char **ret_why) MUST_USE;

/* The highest dialect of the list that the server speaks, 0 if there is none. */
uint16_t smb_negotiate_dialect(const struct smb_server_config *config, const uint16_t *dialects,
                               unsigned count) MUST_USE;
