/* SPDX-License-Identifier: Apache-2.0
 *
 * The handlers of the commands, one file each; how a handler works is said in request.h.  The table
 * that names them is commands.c. */
#pragma once

#include "smb/request.h"

/* The engine's own. */
ntstatus smb_cmd_negotiate(struct task *t, struct smb_request *req);
ntstatus smb_cmd_session_setup(struct task *t, struct smb_request *req);
ntstatus smb_cmd_logoff(struct task *t, struct smb_request *req);
ntstatus smb_cmd_tree_connect(struct task *t, struct smb_request *req);
ntstatus smb_cmd_tree_disconnect(struct task *t, struct smb_request *req);
ntstatus smb_cmd_echo(struct task *t, struct smb_request *req);

/* Files, directories and pipes. */
ntstatus smb_cmd_create(struct task *t, struct smb_request *req);
ntstatus smb_cmd_close(struct task *t, struct smb_request *req);
ntstatus smb_cmd_flush(struct task *t, struct smb_request *req);
ntstatus smb_cmd_read(struct task *t, struct smb_request *req);
ntstatus smb_cmd_write(struct task *t, struct smb_request *req);
ntstatus smb_cmd_lock(struct task *t, struct smb_request *req);
ntstatus smb_cmd_ioctl(struct task *t, struct smb_request *req);
ntstatus smb_cmd_query_directory(struct task *t, struct smb_request *req);
ntstatus smb_cmd_change_notify(struct task *t, struct smb_request *req);
ntstatus smb_cmd_query_info(struct task *t, struct smb_request *req);
ntstatus smb_cmd_set_info(struct task *t, struct smb_request *req);
ntstatus smb_cmd_oplock_break(struct task *t, struct smb_request *req);
