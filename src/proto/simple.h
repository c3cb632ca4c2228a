/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages without fields: LOGOFF, TREE_DISCONNECT, ECHO, CANCEL (request only), and the replies of
 * FLUSH, LOCK.  All are StructureSize 4 and two reserved bytes, [MS-SMB2] 2.2.7, 2.2.11, 2.2.28,
 * 2.2.30. */
#pragma once

#include "proto/smb2.h"

bool simple_msg_read(struct rd *r) MUST_USE;
void simple_msg_write(struct wr *w);
