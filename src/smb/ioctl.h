/* SPDX-License-Identifier: Apache-2.0
 *
 * Controls of IOCTL: a function each, found in the table of cmd_ioctl.c.  `out` is the output
 * buffer, as large as the table says the control answers at most and the client takes. */
#pragma once

#include "proto/fsctl.h"
#include "proto/ioctl.h"
#include "smb/cmd.h"

struct ioctl_call {
    struct task *t;
    struct smb_request *req;
    const struct ioctl_req *in;
    struct smb_open *open; /* NULL for controls that take no file */
    struct nt_open *file;  /* NULL for those and for pipes */
    struct wr out;
};

/* SUCCESS and warnings send `out`; errors do not, unless req->body_stands is set. */
typedef ntstatus ioctl_fn(struct ioctl_call *c);

/* ioctl_copy.c, [MS-SMB2] 3.3.5.15.5, 3.3.5.15.6 */
ntstatus ioctl_resume_key(struct ioctl_call *c);
ntstatus ioctl_copychunk(struct ioctl_call *c);

/* ioctl_file.c, [MS-SMB2] 3.3.5.15.8 */
ntstatus ioctl_set_sparse(struct ioctl_call *c);
ntstatus ioctl_zero_data(struct ioctl_call *c);
ntstatus ioctl_allocated_ranges(struct ioctl_call *c);
ntstatus ioctl_object_id(struct ioctl_call *c);
ntstatus ioctl_get_reparse_point(struct ioctl_call *c);
ntstatus ioctl_get_compression(struct ioctl_call *c);
ntstatus ioctl_set_compression(struct ioctl_call *c);
ntstatus ioctl_snapshots(struct ioctl_call *c);

/* ioctl_pipe.c, [MS-SMB2] 3.3.5.15.3, 3.3.5.15.4, 3.3.5.15.10 */
ntstatus ioctl_pipe_transceive(struct ioctl_call *c);
ntstatus ioctl_pipe_peek(struct ioctl_call *c);
ntstatus ioctl_pipe_wait(struct ioctl_call *c);
