/* SPDX-License-Identifier: Apache-2.0
 *
 * What several commands on files share: the open as a file, names, output of bounded size. */
#pragma once

#include "smb/commands.h"

/* smb_request_open for commands that pipes do not know: INVALID_DEVICE_REQUEST for those. */
ntstatus cmd_file(struct smb_request *req, struct smb2_file_id id, struct nt_open **ret_open)
    MUST_USE;

/* UTF-8 in the request's arena; OBJECT_NAME_INVALID for what is no UTF-16 or holds a NUL. */
ntstatus cmd_name(struct smb_request *req, struct span utf16, const char **ret_name) MUST_USE;

/* The buffer of QUERY_INFO, QUERY_DIRECTORY and CHANGE_NOTIFY, made in place: `w` begins where it
 * does and has exactly `bytes_max` of room. */
struct cmd_output {
    struct wr w;
    struct wr_hole length;
};
ntstatus cmd_output_begin(struct smb_request *req, size_t bytes_max,
                          struct cmd_output *ret_output) MUST_USE;
void cmd_output_end(struct smb_request *req, const struct cmd_output *output);

/* How a wait without bound ended when its await was cancelled: by CLOSE of the open (or the end of
 * its tree or session), or by CANCEL. */
static inline ntstatus cmd_cancelled(const struct smb_request *req, ntstatus when_closed)
{
    return req->open && req->open->state == SMB_OPEN_CLOSING ? when_closed : STATUS_CANCELLED;
}

/* The connection's rpc_host: server names and shares. */
struct pipe *cmd_pipe_new(const struct smb_request *req, const char *name) MUST_USE;
