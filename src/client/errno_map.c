/* SPDX-License-Identifier: Apache-2.0
 *
 * Statuses for people and programs that think in errno: one table. */
#include "client/client.h"

static const struct {
    uint32_t status;
    int err;
    const char *text; /* NULL: what strerror says */
} map[] = {
    {0x00000000, 0, "success"},
    {0x80000006, ENOENT, NULL},
    {0xC000000D, EINVAL, NULL},
    {0xC000000F, ENOENT, NULL},
    {0xC0000010, EOPNOTSUPP, NULL},
    {0xC0000022, EACCES, NULL},
    {0xC0000033, EINVAL, "the server does not allow such a name"},
    {0xC0000034, ENOENT, NULL},
    {0xC0000035, EEXIST, NULL},
    {0xC000003A, ENOENT, "no such directory on the way"},
    {0xC0000043, EBUSY, "in use by somebody who does not share it"},
    {0xC0000044, EDQUOT, NULL},
    {0xC0000054, EAGAIN, "locked by somebody else"},
    {0xC0000056, EBUSY, "is being deleted"},
    {0xC000006D, EACCES, "wrong user name or password"},
    {0xC000006E, EACCES, "the account may not log on here"},
    {0xC0000072, EACCES, "the account is disabled"},
    {0xC000007F, ENOSPC, NULL},
    {0xC000009A, ENOMEM, "the server is out of resources"},
    {0xC00000A2, EROFS, NULL},
    {0xC00000B5, ETIMEDOUT, "the server did not answer in time"},
    {0xC00000BA, EISDIR, NULL},
    {0xC00000BB, EOPNOTSUPP, "the server does not support this"},
    {0xC00000BE, EHOSTUNREACH, NULL},
    {0xC00000CC, ENOENT, "no such share"},
    {0xC00000D0, EAGAIN, "the server accepts no more requests"},
    {0xC00000D4, EXDEV, NULL},
    {0xC0000101, ENOTEMPTY, NULL},
    {0xC0000103, ENOTDIR, NULL},
    {0xC0000106, ENAMETOOLONG, NULL},
    {0xC000011F, EMFILE, NULL},
    {0xC0000120, ECANCELED, NULL},
    {0xC0000121, EPERM, "may not be deleted (read-only?)"},
    {0xC0000203, ENOTCONN, "the session is gone"},
    {0xC000020C, ECONNRESET, "the connection was lost"},
    {0xC000020D, ECONNRESET, "the server's answer broke the protocol"},
    {0xC000035C, ENOTCONN, "the session has expired"},
    {0xC0000388, EPROTO, "somebody changed the negotiation on its way"},
    {0xC000A000, EPROTO, "a message of the server has a wrong signature"},
    {0x8000002D, ELOOP, "a symbolic link on the way"},
    {0xC000003E, EIO, NULL},
};

int client_errno(ntstatus s)
{
    for (size_t i = 0; i < ARRAY_LEN(map); i++)
        if (map[i].status == s.v)
            return -map[i].err;
    return -EIO;
}

const char *client_status_text(ntstatus s)
{
    for (size_t i = 0; i < ARRAY_LEN(map); i++)
        if (map[i].status == s.v)
            return map[i].text ? map[i].text : strerror(map[i].err);
    return ntstatus_name(s);
}
