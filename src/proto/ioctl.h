/* SPDX-License-Identifier: Apache-2.0
 *
 * IOCTL, [MS-SMB2] 2.2.31, 2.2.32.  What travels inside is in fsctl.h. */
#pragma once

#include "proto/smb2.h"

#define SMB2_IOCTL_IS_FSCTL 0x00000001u

struct ioctl_req {
    uint32_t ctl_code;
    struct smb2_file_id file_id;
    struct span input;
    uint32_t input_bytes_max;  /* MaxInputResponse */
    uint32_t output_bytes_max; /* MaxOutputResponse */
    uint32_t flags;            /* SMB2_IOCTL_IS_FSCTL */
};

/* An output buffer of a request is bounds-checked and forgotten. */
bool ioctl_req_read(struct rd *r, struct ioctl_req *ret_req) MUST_USE;
void ioctl_req_write(struct wr *w, const struct ioctl_req *req);

struct ioctl_rsp {
    uint32_t ctl_code;
    struct smb2_file_id file_id;
    struct span input; /* written before the output, nearly always empty */
    struct span output;
    uint32_t flags;
};

bool ioctl_rsp_read(struct rd *r, struct ioctl_rsp *ret_rsp) MUST_USE;
void ioctl_rsp_write(struct wr *w, const struct ioctl_rsp *rsp);

/* For output produced in place: writes all but the output and leaves w where the output begins;
 * when it is written, ioctl_rsp_end fills its length in.  rsp->output is not looked at. */
struct ioctl_rsp_open {
    struct wr_hole output_bytes;
    size_t output_at;
};
struct ioctl_rsp_open ioctl_rsp_begin(struct wr *w, const struct ioctl_rsp *rsp) MUST_USE;
void ioctl_rsp_end(struct wr *w, struct ioctl_rsp_open open);
