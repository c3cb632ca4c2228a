/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors: what the mode amounts to, what is stored and handed down, and what is granted. */
#include "nt/files.h"
#include "nt/security.h"

#define QUERY_ALL (SECINFO_OWNER | SECINFO_GROUP | SECINFO_DACL)

static struct nt_caller caller_of(uid_t uid, gid_t gid)
{
    return (struct nt_caller){.cred = vfs_cred_new(uid, gid, NULL, 0),
                              .user_sid = sid_of_uid(uid)};
}

static void rights_by_mode(void **state)
{
    (void)state;
    struct nt_caller owner = caller_of(1000, 100);
    struct nt_caller member = caller_of(1001, 100);
    struct nt_caller other = caller_of(1002, 102);
    struct vfs_stat st = {.mode = S_IFREG | 0640, .uid = 1000, .gid = 100};
    uint32_t rw = FILE_READ_DATA | FILE_WRITE_DATA;
    assert_int_equal(nt_access_by_mode(&owner, &st) & rw, rw);
    assert_true(nt_access_by_mode(&owner, &st) & ACCESS_WRITE_DAC);
    assert_int_equal(nt_access_by_mode(&member, &st) & rw, FILE_READ_DATA);
    assert_false(nt_access_by_mode(&member, &st) & ACCESS_WRITE_DAC);
    assert_int_equal(nt_access_by_mode(&other, &st), NT_ACCESS_OF_ALL);
    vfs_cred_unref(owner.cred);
    vfs_cred_unref(member.cred);
    vfs_cred_unref(other.cred);
}

static void order_decides(void **state)
{
    (void)state;
    struct nt_caller me = caller_of(1000, 100);
    struct ace aces[] = {
        {.type = ACE_ALLOWED, .mask = FILE_READ_DATA, .sid = sid_of_uid(1000)},
        {.type = ACE_DENIED, .mask = FILE_READ_DATA | FILE_WRITE_DATA, .sid = sid_of_gid(100)},
        {.type = ACE_ALLOWED, .mask = ACCESS_GENERIC_ALL, .sid = sid_everyone},
        {.type = ACE_DENIED, .mask = FILE_EXECUTE, .sid = sid_everyone},
        {.type = ACE_ALLOWED, .flags = ACE_FLAG_INHERIT_ONLY, .mask = FILE_ALL_ACCESS,
         .sid = sid_everyone},
    };
    struct acl acl = {ACL_REVISION, ARRAY_LEN(aces), aces};
    struct sd sd = {.control = SD_DACL_PRESENT, .dacl = &acl};
    assert_int_equal(nt_access_by_sd(&me, &sd), FILE_ALL_ACCESS & ~FILE_WRITE_DATA);
    acl.count = 0;
    assert_int_equal(nt_access_by_sd(&me, &sd), 0);
    sd.has_owner = true;
    sd.owner = me.user_sid;
    assert_int_equal(nt_access_by_sd(&me, &sd), ACCESS_READ_CONTROL | ACCESS_WRITE_DAC);
    struct ace limits = {.type = ACE_ALLOWED, .mask = FILE_READ_DATA, .sid = sid_owner_rights};
    acl = (struct acl){ACL_REVISION, 1, &limits};
    assert_int_equal(nt_access_by_sd(&me, &sd), FILE_READ_DATA);
    sd.dacl = NULL;
    assert_int_equal(nt_access_by_sd(&me, &sd), FILE_ALL_ACCESS);
    vfs_cred_unref(me.cred);
}

static void inheritance(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    uint8_t both = ACE_FLAG_OBJECT_INHERIT | ACE_FLAG_CONTAINER_INHERIT;
    struct ace aces[] = {
        {.type = ACE_ALLOWED, .mask = FILE_READ_DATA, .sid = sid_everyone},
        {.type = ACE_ALLOWED, .flags = both, .mask = ACCESS_GENERIC_ALL, .sid = sid_creator_owner},
        {.type = ACE_ALLOWED, .flags = ACE_FLAG_OBJECT_INHERIT, .mask = 1, .sid = sid_users},
        {.type = ACE_ALLOWED, .flags = both | ACE_FLAG_NO_PROPAGATE_INHERIT, .mask = 2,
         .sid = sid_guests},
    };
    struct acl parent = {ACL_REVISION, ARRAY_LEN(aces), aces};
    struct nt_heir file = {false, true, sid_of_uid(7), sid_of_gid(8)};
    struct acl *acl = nt_acl_inherit(&parent, &file, &a);
    assert_int_equal(acl->count, 3);
    assert_true(sid_equal(&acl->aces[0].sid, &file.owner));
    assert_int_equal(acl->aces[0].mask, FILE_ALL_ACCESS);
    assert_int_equal(acl->aces[0].flags, ACE_FLAG_INHERITED);
    struct nt_heir dir = {true, true, sid_of_uid(7), sid_of_gid(8)};
    acl = nt_acl_inherit(&parent, &dir, &a);
    assert_int_equal(acl->count, 4);
    assert_true(sid_equal(&acl->aces[1].sid, &sid_creator_owner));
    assert_int_equal(acl->aces[1].flags, both | ACE_FLAG_INHERIT_ONLY | ACE_FLAG_INHERITED);
    assert_int_equal(acl->aces[2].flags,
                     ACE_FLAG_OBJECT_INHERIT | ACE_FLAG_INHERIT_ONLY | ACE_FLAG_INHERITED);
    assert_int_equal(acl->aces[3].flags, ACE_FLAG_INHERITED);
    parent.count = 1;
    assert_null(nt_acl_inherit(&parent, &dir, &a));
    arena_fini(&a);
}

static struct sd query(struct task *t, struct world *w, struct nt_open *o)
{
    struct span bytes;
    struct sd sd = {0};
    assert_status(nt_query_security(t, o, QUERY_ALL, &w->arena, &bytes), STATUS_SUCCESS);
    assert_true(sd_read(bytes, &w->arena, &sd));
    return sd;
}

static struct span packed_sd(struct world *w, const struct sd *sd)
{
    size_t size = sd_size(sd);
    struct wr out = wr_of(mspan_of(arena_alloc(&w->arena, size), size));
    sd_write(&out, sd);
    assert_true(wr_done(&out));
    return wr_written(&out);
}

FILES_TEST(asked_and_set)
{
    put(w, "f", "x");
    assert_int_equal(chmod(on_disk(w, "f"), 0640), 0);
    struct nt_open *o = world_open(w, t, "f", ACCESS_READ_CONTROL | ACCESS_WRITE_DAC);
    struct sd sd = query(t, w, o);
    struct sid me = sid_of_uid(geteuid());
    assert_true(sid_equal(&sd.owner, &me));
    assert_int_equal(sd.dacl->count, 3);
    if (w->volume->root->has_xattr) {
        struct ace ace = {.type = ACE_ALLOWED, .mask = FILE_GENERIC_READ, .sid = sid_everyone};
        struct acl acl = {ACL_REVISION, 1, &ace};
        struct sd wanted = {.control = SD_DACL_PRESENT | SD_SELF_RELATIVE, .dacl = &acl};
        struct span bytes = packed_sd(w, &wanted);
        assert_status(nt_set_security(t, o, SECINFO_DACL, bytes), STATUS_SUCCESS);
        sd = query(t, w, o);
        assert_int_equal(sd.dacl->count, 1);
        assert_true(sid_equal(&sd.owner, &me));
        assert_status(nt_set_security(t, o, SECINFO_OWNER, bytes), STATUS_ACCESS_DENIED);
        assert_status(nt_set_security(t, o, SECINFO_DACL, span_of(bytes.p, 19)),
                      STATUS_INVALID_SECURITY_DESCR);
    }
    world_close(t, o);
    o = world_open(w, t, "f", FILE_READ_DATA);
    struct span bytes;
    assert_status(nt_query_security(t, o, QUERY_ALL, &w->arena, &bytes), STATUS_ACCESS_DENIED);
    world_close(t, o);
}

/* Runs as another user, when there is one to become. */
FILES_TEST(stored_descriptors_take_away)
{
    if (geteuid() != 0 || !w->volume->root->has_xattr)
        return;
    assert_int_equal(chmod(w->path, 0777), 0);
    put(w, "f", "x");
    assert_int_equal(chmod(on_disk(w, "f"), 0666), 0);
    struct ace ace = {.type = ACE_ALLOWED, .mask = FILE_GENERIC_READ, .sid = sid_everyone};
    struct acl acl = {ACL_REVISION, 1, &ace};
    struct sd wanted = {.control = SD_DACL_PRESENT | SD_SELF_RELATIVE, .dacl = &acl};
    struct nt_open *o = world_open(w, t, "f", ACCESS_WRITE_DAC);
    assert_status(nt_set_security(t, o, SECINFO_DACL, packed_sd(w, &wanted)), STATUS_SUCCESS);
    world_close(t, o);
    struct nt_caller root = w->caller;
    w->caller = caller_of(4242, 4242);
    struct nt_create_args args = world_args(w, t, "f", FILE_READ_DATA);
    assert_status(world_create(w, t, &args, &o), STATUS_SUCCESS);
    world_close(t, o);
    args.desired_access = FILE_WRITE_DATA;
    assert_status(world_create(w, t, &args, &o), STATUS_ACCESS_DENIED);
    args.desired_access = ACCESS_DELETE; /* by the directory, which anybody may write to */
    assert_status(world_create(w, t, &args, &o), STATUS_SUCCESS);
    world_close(t, o);
    vfs_identity_restore();
    assert_int_equal(chmod(w->path, 0755), 0);
    assert_status(world_create(w, t, &args, &o), STATUS_ACCESS_DENIED);
    vfs_identity_restore();
    vfs_cred_unref(w->caller.cred);
    w->caller = root;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_by_mode),
        cmocka_unit_test(order_decides),
        cmocka_unit_test(inheritance),
        cmocka_unit_test(test_asked_and_set),
        cmocka_unit_test(test_stored_descriptors_take_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
