/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors of the file system as statuses: the same errno in different places, and no errno without
 * an error status. */
#include "nt/world.h"

static void test_table(void **state)
{
    (void)state;
    static const struct {
        int err;
        enum nt_site site;
        ntstatus status;
    } cases[] = {
        {0, NT_SITE_LEAF, {0x00000000}},
        {-ENOENT, NT_SITE_LEAF, {0xC0000034}},
        {-ENOENT, NT_SITE_PARENT, {0xC000003A}},
        {-ENOENT, NT_SITE_META, {0xC0000123}},
        {-ENOTDIR, NT_SITE_LEAF, {0xC0000103}},
        {-ENOTDIR, NT_SITE_PARENT, {0xC000003A}},
        {-EEXIST, NT_SITE_LEAF, {0xC0000035}},
        {-EEXIST, NT_SITE_REMOVE, {0xC0000101}},
        {-ENOTEMPTY, NT_SITE_REMOVE, {0xC0000101}},
        {-ENOTEMPTY, NT_SITE_RENAME, {0xC0000035}},
        {-EACCES, NT_SITE_DATA, {0xC0000022}},
        {-EPERM, NT_SITE_META, {0xC0000022}},
        {-EXDEV, NT_SITE_RENAME, {0xC00000D4}},
        {-EXDEV, NT_SITE_LEAF, {0xC0000034}},
        {-ELOOP, NT_SITE_LEAF, {0xC0000034}},
        {-ENAMETOOLONG, NT_SITE_LEAF, {0xC0000033}},
        {-ENOSPC, NT_SITE_DATA, {0xC000007F}},
        {-EDQUOT, NT_SITE_DATA, {0xC000007F}},
        {-EAGAIN, NT_SITE_DATA, {0xC0000054}},
        {-EAGAIN, NT_SITE_LEAF, {0xC000022D}},
        {-EROFS, NT_SITE_LEAF, {0xC00000A2}},
        {-EMFILE, NT_SITE_LEAF, {0xC000011F}},
        {-ECANCELED, NT_SITE_DATA, {0xC0000120}},
        {-ENODATA, NT_SITE_META, {0xC0000051}},
        {-EIO, NT_SITE_DATA, {0xC0000185}},
        {-ELIBBAD, NT_SITE_DATA, {0xC00000E9}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_status(nt_from_errno(cases[i].err, cases[i].site), cases[i].status);
}

static void test_every_error_is_one(void **state)
{
    (void)state;
    for (int err = 1; err < 134; err++) {
        for (int site = 0; site < NT_SITE_COUNT; site++)
            assert_true(nt_is_error(nt_from_errno(-err, (enum nt_site)site)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_every_error_is_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
