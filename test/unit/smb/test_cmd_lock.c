/* SPDX-License-Identifier: Apache-2.0
 *
 * LOCK: elements, all or none, what may wait, lock sequences. */
#include "proto/lock.h"
#include "rig.h"

#define NOW SMB2_LOCKFLAG_FAIL_IMMEDIATELY

static ntstatus lock(struct rig *r, uint32_t sequence, const struct lock_element *e, uint16_t n)
{
    struct lock_req in = {
        .lock_sequence = sequence, .file_id = r->open->id, .element_count = n};
    lock_req_write(rig_begin(r), &in, e);
    return rig_call(r, SMB2_CMD_LOCK);
}

static void all_or_none(struct rig *r)
{
    const struct lock_element e[] = {{0, 10, SMB2_LOCKFLAG_EXCLUSIVE | NOW},
                                     {10, 10, SMB2_LOCKFLAG_SHARED | NOW},
                                     {20, 10, SMB2_LOCKFLAG_SHARED | NOW}};
    fake_open.lock_refused_at = 20;
    rig_expect(lock(r, 0, e, 3), STATUS_LOCK_NOT_GRANTED);
    assert_int_equal(fake_open.lock_count, 0);
    rig_expect(lock(r, 0, e, 2), STATUS_SUCCESS);
    assert_int_equal(fake_open.lock_count, 2);
    assert_true(fake_open.locks[0].exclusive);
    assert_false(fake_open.locks[1].exclusive);
}

static void unlocks_until_a_bad_element(struct rig *r)
{
    const struct lock_element take[] = {{0, 10, SMB2_LOCKFLAG_SHARED | NOW},
                                        {10, 10, SMB2_LOCKFLAG_SHARED | NOW}};
    const struct lock_element give[] = {{0, 10, SMB2_LOCKFLAG_UNLOCK},
                                        {10, 10, SMB2_LOCKFLAG_SHARED | NOW}};
    rig_expect(lock(r, 0, take, 2), STATUS_SUCCESS);
    rig_expect(lock(r, 0, give, 2), STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_open.lock_count, 1);
    rig_expect(lock(r, 0, give, 1), STATUS_RANGE_NOT_LOCKED);
}

static void flags(struct rig *r)
{
    const uint32_t bad[] = {0, SMB2_LOCKFLAG_SHARED | SMB2_LOCKFLAG_EXCLUSIVE, NOW, 0x100,
                            SMB2_LOCKFLAG_UNLOCK | NOW,
                            SMB2_LOCKFLAG_UNLOCK | SMB2_LOCKFLAG_SHARED};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct lock_element e = {0, 1, bad[i]};
        rig_expect(lock(r, 0, &e, 1), STATUS_INVALID_PARAMETER);
    }
    const struct lock_element waits[] = {{0, 1, SMB2_LOCKFLAG_SHARED},
                                         {1, 1, SMB2_LOCKFLAG_SHARED | NOW}};
    rig_expect(lock(r, 0, waits, 2), STATUS_INVALID_PARAMETER); /* only a single one may */
    assert_int_equal(fake_open.lock_calls, 0);
}

static void resent_requests_lock_once(struct rig *r)
{
    const struct lock_element e = {0, 10, SMB2_LOCKFLAG_SHARED | NOW};
    uint32_t sequence = 5 << 4 | 7;
    rig_expect(lock(r, sequence, &e, 1), STATUS_SUCCESS);
    rig_expect(lock(r, sequence, &e, 1), STATUS_SUCCESS);
    assert_int_equal(fake_open.lock_calls, 1);
    rig_expect(lock(r, sequence + 1, &e, 1), STATUS_SUCCESS);
    assert_int_equal(fake_open.lock_calls, 2);
    fake_open.lock_refused_at = 0;
    rig_expect(lock(r, sequence + 2, &e, 1), STATUS_LOCK_NOT_GRANTED);
    fake_open.lock_refused_at = UINT64_MAX;
    rig_expect(lock(r, sequence + 2, &e, 1), STATUS_SUCCESS); /* a failure is not remembered */
    assert_int_equal(fake_open.lock_calls, 4);
    const uint32_t unchecked[] = {7, 65 << 4 | 7}; /* index 0 is reserved, 65 beyond the array */
    for (size_t i = 0; i < ARRAY_LEN(unchecked); i++) {
        fake_open.lock_calls = 0;
        rig_expect(lock(r, unchecked[i], &e, 1), STATUS_SUCCESS);
        rig_expect(lock(r, unchecked[i], &e, 1), STATUS_SUCCESS);
        assert_int_equal(fake_open.lock_calls, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(all_or_none),
        RIG_TEST(unlocks_until_a_bad_element),
        RIG_TEST(flags),
        RIG_TEST(resent_requests_lock_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
