/* SPDX-License-Identifier: Apache-2.0
 *
 * The one place where errors of the file system become NT statuses.  A table of rows, searched from
 * the top: the first row with the errno and either the site or any site decides.  Errors without a
 * row are UNEXPECTED_IO_ERROR. */
#include "nt/internal.h"

struct row {
    int16_t err;
    uint8_t sites; /* bit per enum nt_site */
    const ntstatus *status;
};

#define AT(site) (1u << NT_SITE_##site)
#define ANY ((1u << NT_SITE_COUNT) - 1)
#define ROW(err, sites, name) {(err), (uint8_t)(sites), &STATUS_##name}

static const struct row rows[] = {
    ROW(ENOENT, AT(PARENT), OBJECT_PATH_NOT_FOUND),
    ROW(ENOENT, AT(META), FILE_DELETED),
    ROW(ENOENT, ANY, OBJECT_NAME_NOT_FOUND),
    ROW(ENOTDIR, AT(LEAF), NOT_A_DIRECTORY),
    ROW(ENOTDIR, ANY, OBJECT_PATH_NOT_FOUND),
    ROW(ESTALE, AT(REMOVE), FILE_DELETED),
    ROW(ESTALE, ANY, OBJECT_NAME_NOT_FOUND),
    ROW(EISDIR, ANY, FILE_IS_A_DIRECTORY),
    ROW(EEXIST, AT(REMOVE), DIRECTORY_NOT_EMPTY),
    ROW(EEXIST, ANY, OBJECT_NAME_COLLISION),
    ROW(ENOTEMPTY, AT(RENAME), OBJECT_NAME_COLLISION),
    ROW(ENOTEMPTY, ANY, DIRECTORY_NOT_EMPTY),
    ROW(EACCES, ANY, ACCESS_DENIED),
    ROW(EPERM, ANY, ACCESS_DENIED),
    ROW(EROFS, ANY, MEDIA_WRITE_PROTECTED),
    ROW(ETXTBSY, ANY, SHARING_VIOLATION),
    ROW(EBUSY, ANY, SHARING_VIOLATION),
    ROW(EAGAIN, AT(DATA), FILE_LOCK_CONFLICT),
    ROW(EAGAIN, ANY, RETRY),
    ROW(ENAMETOOLONG, ANY, OBJECT_NAME_INVALID),
    ROW(EILSEQ, ANY, OBJECT_NAME_INVALID),
    ROW(ELOOP, AT(LEAF), OBJECT_NAME_NOT_FOUND), /* a link that leads nowhere */
    ROW(ELOOP, ANY, OBJECT_PATH_NOT_FOUND),
    ROW(EXDEV, AT(RENAME), NOT_SAME_DEVICE),
    ROW(EXDEV, AT(LEAF), OBJECT_NAME_NOT_FOUND), /* a link out of the share */
    ROW(EXDEV, ANY, OBJECT_PATH_NOT_FOUND),
    ROW(ENXIO, AT(LEAF), ACCESS_DENIED), /* a FIFO or socket */
    ROW(ENODEV, ANY, ACCESS_DENIED),
    ROW(EMLINK, ANY, INSUFFICIENT_RESOURCES),
    ROW(ENOSPC, ANY, DISK_FULL),
    ROW(EDQUOT, ANY, DISK_FULL),
    ROW(EFBIG, ANY, DISK_FULL), /* what NTFS says past its maximum */
    ROW(EMFILE, ANY, TOO_MANY_OPENED_FILES),
    ROW(ENFILE, ANY, TOO_MANY_OPENED_FILES),
    ROW(ENOMEM, ANY, INSUFFICIENT_RESOURCES),
    ROW(ENOBUFS, ANY, INSUFFICIENT_RESOURCES),
    ROW(E2BIG, AT(META), EA_TOO_LARGE),
    ROW(ERANGE, AT(META), EA_TOO_LARGE),
    ROW(ENODATA, AT(META), NONEXISTENT_EA_ENTRY),
    ROW(EINVAL, ANY, INVALID_PARAMETER),
    ROW(EOVERFLOW, ANY, INVALID_PARAMETER),
    ROW(EOPNOTSUPP, ANY, NOT_SUPPORTED),
    ROW(ENOSYS, ANY, NOT_SUPPORTED),
    ROW(EBADF, ANY, ACCESS_DENIED), /* not opened for that */
    ROW(EIO, ANY, IO_DEVICE_ERROR),
    ROW(ETIMEDOUT, ANY, IO_TIMEOUT),
    ROW(ECANCELED, ANY, CANCELLED),
    ROW(EINTR, ANY, CANCELLED),
};

ntstatus nt_from_errno(int err, enum nt_site site)
{
    ASSERT(err <= 0);
    ASSERT(site < NT_SITE_COUNT);
    if (err == 0)
        return STATUS_SUCCESS;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].err == -err && (rows[i].sites & (1u << site)))
            return *rows[i].status;
    }
    return STATUS_UNEXPECTED_IO_ERROR;
}
