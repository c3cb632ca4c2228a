/* SPDX-License-Identifier: Apache-2.0
 *
 * FSCTL_VALIDATE_NEGOTIATE_INFO: a signed repetition of what NEGOTIATE said in the clear, by which
 * both sides of 3.0 and 3.0.2 find out that somebody changed it, [MS-SMB2] 3.3.5.15.12.  The server
 * has one answer to any difference: it ends the connection. */
#include "proto/fsctl.h"
#include "smb/negotiate.h"
#include "smb/request.h"
#include "smb/shard.h"

#define OUTPUT_BYTES 24u

static bool matches(const struct smb_conn *conn, const struct validate_negotiate_req *req)
{
    uint16_t dialect = smb_negotiate_dialect(&conn->shard->server->config, req->dialects,
                                             req->dialect_count);
    return conn->dialect != SMB2_DIALECT_311 && dialect == conn->dialect &&
           req->capabilities == conn->client_capabilities &&
           req->security_mode == conn->client_security_mode &&
           guid_equal(req->client_guid, conn->client_guid);
}

ntstatus smb_validate_negotiate(struct smb_request *req, struct span input, uint32_t output_max,
                                struct wr *out)
{
    struct smb_conn *conn = req->conn;
    struct validate_negotiate_req in;
    if (!validate_negotiate_req_read(input, &in) || output_max < OUTPUT_BYTES ||
        !matches(conn, &in)) {
        smb_conn_close(conn, "NEGOTIATE was tampered with");
        return STATUS_ACCESS_DENIED;
    }
    struct validate_negotiate_rsp rsp = {
        .capabilities = conn->capabilities,
        .server_guid = conn->shard->server->config.server_guid,
        .security_mode = conn->security_mode,
        .dialect = conn->dialect,
    };
    validate_negotiate_rsp_write(out, &rsp);
    return STATUS_SUCCESS;
}
