/* SPDX-License-Identifier: Apache-2.0
 *
 * The preauthentication hash chain against SHA-512 of the concatenation. */
#include "crypto/preauth.h"

#include "hex.h"
#include "unit.h"

#include <nettle/sha2.h>

#define SHA512_OF_64_ZEROS \
    "7be9fda48f4179e611c698a73cff09faf72869431efee6eaad14de0cb44bbf66" \
    "503f752b7a8eb17083355f3ce6eb7d2806f236b25af96a24e22b887405c20081"

static void chain(void **state)
{
    uint8_t hash[PREAUTH_HASH_BYTES];
    preauth_init(hash);
    preauth_update(hash, span_str("negotiate request"));

    uint8_t zeros[PREAUTH_HASH_BYTES] = {0};
    uint8_t first[PREAUTH_HASH_BYTES];
    struct sha512_ctx ctx;
    sha512_init(&ctx);
    sha512_update(&ctx, sizeof(zeros), zeros);
    sha512_update(&ctx, 17, (const uint8_t *)"negotiate request");
    sha512_digest(&ctx, sizeof(first), first);
    assert_memory_equal(hash, first, sizeof(hash));

    preauth_update(hash, span_str("negotiate response"));
    assert_memory_not_equal(hash, first, sizeof(hash));
}

/* SHA-512 of 64 zero bytes, computed with coreutils. */
static void empty_message(void **state)
{
    uint8_t hash[PREAUTH_HASH_BYTES];
    uint8_t expected[PREAUTH_HASH_BYTES];
    HEX(expected, SHA512_OF_64_ZEROS);
    preauth_init(hash);
    preauth_update(hash, (struct span){hash, 0});
    assert_memory_equal(hash, expected, sizeof(hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain),
        cmocka_unit_test(empty_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
