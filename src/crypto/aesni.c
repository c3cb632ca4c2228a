/* SPDX-License-Identifier: Apache-2.0
 *
 * AES-CMAC (RFC 4493) and AES-CCM (SP800-38C) on the AES instructions of x86-64.  Libraries offer
 * both only for one flat buffer or with a context to be allocated; here a message is a list of
 * segments of any length, all state is on the stack, and the expanded key is only read.
 *
 * Both are bound by the latency of the CBC chain.  In the loops the next block is mixed into the
 * last round's key instead of the chain, which leaves nothing but AES rounds on it; the counter
 * blocks of CCM run in the gaps. */
#include "crypto/backend.h"

#ifdef __x86_64__

#include <immintrin.h>

#define AESNI __attribute__((target("aes,sse4.1")))
#define AESNI_INLINE static inline __attribute__((target("aes,sse4.1"), always_inline))
#define BLOCK 16u

struct aes_schedule {
    __m128i round[15];
    unsigned rounds; /* 10 or 14 */
};

bool aesni_usable(void)
{
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
}

AESNI_INLINE uint32_t sub_word(uint32_t w)
{
    __m128i v = _mm_aeskeygenassist_si128(_mm_set1_epi32((int)w), 0);
    return (uint32_t)_mm_extract_epi32(v, 0);
}

static inline uint32_t rot_word(uint32_t w)
{
    return w >> 8 | w << 24;
}

/* FIPS 197, 5.2, on little-endian words. */
AESNI static void schedule_init(struct aes_schedule *s, const uint8_t *key, size_t key_len)
{
    uint32_t words[60];
    uint32_t rcon = 1;
    unsigned key_words = (unsigned)key_len / 4;
    s->rounds = key_words + 6;
    memcpy(words, key, key_len);
    for (unsigned i = key_words; i < 4 * (s->rounds + 1); i++) {
        uint32_t w = words[i - 1];
        if (i % key_words == 0) {
            w = sub_word(rot_word(w)) ^ rcon;
            rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
        } else if (key_words == 8 && i % 8 == 4) {
            w = sub_word(w);
        }
        words[i] = words[i - key_words] ^ w;
    }
    memcpy(s->round, words, BLOCK * (s->rounds + 1));
    wipe(words, sizeof(words));
}

AESNI_INLINE __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

AESNI_INLINE void store(uint8_t *p, __m128i v)
{
    _mm_storeu_si128((__m128i *)(void *)p, v);
}

/* All rounds but the first whitening and the last. */
AESNI_INLINE __m128i aes_middle(const struct aes_schedule *s, __m128i v, unsigned rounds)
{
    for (unsigned r = 1; r < rounds; r++)
        v = _mm_aesenc_si128(v, s->round[r]);
    return v;
}

AESNI_INLINE __m128i aes_block(const struct aes_schedule *s, __m128i v, unsigned rounds)
{
    v = aes_middle(s, _mm_xor_si128(v, s->round[0]), rounds);
    return _mm_aesenclast_si128(v, s->round[rounds]);
}

/* ---- CMAC ---- */

struct cmac_key {
    struct aes_schedule aes;
    uint8_t whole[BLOCK];  /* K1: the last block is complete */
    uint8_t padded[BLOCK]; /* K2: it was padded */
};

/* Doubling in GF(2^128), RFC 4493 2.3. */
static void cmac_double(const uint8_t in[BLOCK], uint8_t ret_out[BLOCK])
{
    uint8_t carry = in[0] >> 7;
    for (size_t i = 0; i < BLOCK - 1; i++)
        ret_out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
    ret_out[BLOCK - 1] = (uint8_t)(in[BLOCK - 1] << 1 ^ carry * 0x87);
}

AESNI static void *cmac_key_new(const uint8_t key[SIGN_KEY_BYTES])
{
    struct cmac_key *k = NEW(struct cmac_key);
    uint8_t zero[BLOCK] = {0};
    schedule_init(&k->aes, key, SIGN_KEY_BYTES);
    store(zero, aes_block(&k->aes, load(zero), 10));
    cmac_double(zero, k->whole);
    cmac_double(k->whole, k->padded);
    wipe(zero, sizeof(zero));
    return k;
}

static void cmac_key_free(void *key)
{
    wipe(key, sizeof(struct cmac_key));
    free(key);
}

/* The chain over complete blocks. */
AESNI static __m128i cmac_blocks(const struct aes_schedule *s, __m128i chain, const uint8_t *p,
                                 size_t blocks)
{
    if (blocks == 0)
        return chain;
    __m128i between = _mm_xor_si128(s->round[10], s->round[0]);
    __m128i v = _mm_xor_si128(chain, _mm_xor_si128(load(p), s->round[0]));
    for (size_t i = 1; i < blocks; i++) {
        __m128i next = _mm_xor_si128(load(p + BLOCK * i), between);
        v = _mm_aesenclast_si128(aes_middle(s, v, 10), next);
    }
    return _mm_aesenclast_si128(aes_middle(s, v, 10), s->round[10]);
}

struct cmac_state {
    __m128i chain;
    uint8_t held[BLOCK]; /* the last block is treated differently: one is always held back */
    size_t held_len;
};

AESNI static void cmac_update(const struct aes_schedule *s, struct cmac_state *st,
                              struct span part)
{
    size_t take = MIN(part.len, BLOCK - st->held_len);
    if (take)
        memcpy(st->held + st->held_len, part.p, take);
    st->held_len += take;
    if (take == part.len)
        return;
    part.p += take;
    part.len -= take;
    st->chain = cmac_blocks(s, st->chain, st->held, 1);
    size_t blocks = (part.len - 1) / BLOCK;
    st->chain = cmac_blocks(s, st->chain, part.p, blocks);
    st->held_len = part.len - blocks * BLOCK;
    memcpy(st->held, part.p + blocks * BLOCK, st->held_len);
}

AESNI static void cmac_mac(const void *key, const uint8_t nonce[GMAC_NONCE_BYTES],
                           const struct mac_input *in, uint8_t ret_mac[SIGNATURE_BYTES])
{
    const struct cmac_key *k = key;
    struct cmac_state st = {.chain = _mm_setzero_si128()};
    struct span part;
    for (int at = 0; mac_input_next(in, &at, &part);)
        cmac_update(&k->aes, &st, part);
    bool whole = st.held_len == BLOCK;
    if (!whole) {
        memset(st.held + st.held_len, 0, BLOCK - st.held_len);
        st.held[st.held_len] = 0x80;
    }
    __m128i last = _mm_xor_si128(load(st.held), load(whole ? k->whole : k->padded));
    store(ret_mac, aes_block(&k->aes, _mm_xor_si128(st.chain, last), 10));
}

/* ---- CCM with an 11-byte nonce, 4 bytes of length and counter, a 16-byte tag ---- */

#define CCM_NONCE 11u

struct ccm_state {
    __m128i chain;
    __m128i counter_block; /* its last four bytes hold the counter, big-endian */
    uint32_t counter;
    uint8_t stream[BLOCK]; /* key stream of the block a segment boundary cuts */
    uint8_t plain[BLOCK];  /* its plain text so far */
    size_t pos;
};

AESNI_INLINE __m128i ccm_stream_next(const struct aes_schedule *s, struct ccm_state *st,
                                     unsigned rounds)
{
    int counter = (int)__builtin_bswap32(++st->counter);
    return aes_block(s, _mm_insert_epi32(st->counter_block, counter, 3), rounds);
}

AESNI_INLINE void ccm_bytes(const struct aes_schedule *s, struct ccm_state *st, struct mspan part,
                            bool encrypt, unsigned rounds)
{
    for (size_t i = 0; i < part.len; i++) {
        if (st->pos == 0)
            store(st->stream, ccm_stream_next(s, st, rounds));
        uint8_t in = part.p[i];
        uint8_t out = in ^ st->stream[st->pos];
        st->plain[st->pos] = encrypt ? in : out;
        part.p[i] = out;
        st->pos = (st->pos + 1) % BLOCK;
        if (st->pos == 0)
            st->chain = aes_block(s, _mm_xor_si128(st->chain, load(st->plain)), rounds);
    }
}

AESNI_INLINE void ccm_blocks(const struct aes_schedule *s, struct ccm_state *st, struct mspan part,
                             bool encrypt, unsigned rounds)
{
    __m128i between = _mm_xor_si128(s->round[rounds], s->round[0]);
    __m128i v = _mm_setzero_si128();
    for (size_t i = 0; i < part.len; i += BLOCK) {
        __m128i in = load(part.p + i);
        __m128i out = _mm_xor_si128(in, ccm_stream_next(s, st, rounds));
        __m128i plain = encrypt ? in : out;
        store(part.p + i, out);
        if (i == 0)
            v = _mm_xor_si128(_mm_xor_si128(st->chain, s->round[0]), plain);
        else
            v = _mm_aesenclast_si128(v, _mm_xor_si128(plain, between));
        v = aes_middle(s, v, rounds);
    }
    if (part.len)
        st->chain = _mm_aesenclast_si128(v, s->round[rounds]);
}

AESNI_INLINE void ccm_segment(const struct aes_schedule *s, struct ccm_state *st,
                              struct mspan part, bool encrypt, unsigned rounds)
{
    size_t head = MIN(part.len, (BLOCK - st->pos) % BLOCK);
    size_t middle = (part.len - head) / BLOCK * BLOCK;
    size_t tail = part.len - head - middle;
    ccm_bytes(s, st, mspan_of(part.p, head), encrypt, rounds);
    ccm_blocks(s, st, mspan_of(part.p + head, middle), encrypt, rounds);
    ccm_bytes(s, st, mspan_of(part.p + head + middle, tail), encrypt, rounds);
}

/* First block and additional data, SP800-38C A.2. */
AESNI_INLINE void ccm_begin(const struct aes_schedule *s, struct ccm_state *st,
                            const struct seal_message *m, unsigned rounds)
{
    size_t len = 0;
    for (int i = 0; i < m->count; i++)
        len += m->iov[i].iov_len;
    ASSERT(len <= UINT32_MAX && m->aad.len > 0 && m->aad.len < 0xff00);
    uint8_t block[BLOCK] = {3};
    memcpy(block + 1, m->nonce, CCM_NONCE);
    st->counter_block = load(block);
    uint32_t big_endian_len = __builtin_bswap32((uint32_t)len);
    block[0] = 0x40 | (CIPHER_TAG_BYTES - 2) / 2 << 3 | 3;
    memcpy(block + 12, &big_endian_len, 4);
    st->chain = aes_block(s, load(block), rounds);

    memset(block, 0, sizeof(block));
    block[0] = (uint8_t)(m->aad.len >> 8);
    block[1] = (uint8_t)m->aad.len;
    size_t pos = 2;
    for (size_t i = 0; i < m->aad.len; i++) {
        block[pos++] = m->aad.p[i];
        if (pos == BLOCK || i + 1 == m->aad.len) {
            st->chain = aes_block(s, _mm_xor_si128(st->chain, load(block)), rounds);
            memset(block, 0, sizeof(block));
            pos = 0;
        }
    }
}

AESNI_INLINE void ccm_run(const struct aes_schedule *s, const struct seal_message *m, bool encrypt,
                          unsigned rounds, uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    struct ccm_state st = {0};
    ccm_begin(s, &st, m, rounds);
    for (int i = 0; i < m->count; i++) {
        struct mspan part = mspan_of(m->iov[i].iov_base, m->iov[i].iov_len);
        if (part.len)
            ccm_segment(s, &st, part, encrypt, rounds);
    }
    if (st.pos) {
        memset(st.plain + st.pos, 0, BLOCK - st.pos);
        st.chain = aes_block(s, _mm_xor_si128(st.chain, load(st.plain)), rounds);
    }
    store(ret_tag, _mm_xor_si128(st.chain, aes_block(s, st.counter_block, rounds)));
    wipe(&st, sizeof(st));
}

AESNI static void ccm_encrypt(const void *key, const struct seal_message *m,
                              uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    const struct aes_schedule *s = key;
    if (s->rounds == 10)
        ccm_run(s, m, true, 10, ret_tag);
    else
        ccm_run(s, m, true, 14, ret_tag);
}

AESNI static bool ccm_decrypt(const void *key, const struct seal_message *m,
                              const uint8_t tag[CIPHER_TAG_BYTES])
{
    const struct aes_schedule *s = key;
    uint8_t expected[CIPHER_TAG_BYTES];
    if (s->rounds == 10)
        ccm_run(s, m, false, 10, expected);
    else
        ccm_run(s, m, false, 14, expected);
    return equal_constant_time(expected, tag, CIPHER_TAG_BYTES);
}

static void *ccm_key_new(enum cipher cipher, const uint8_t *key)
{
    struct aes_schedule *s = NEW(struct aes_schedule);
    schedule_init(s, key, cipher_key_len(cipher));
    return s;
}

static void ccm_key_free(void *key)
{
    wipe(key, sizeof(struct aes_schedule));
    free(key);
}

const struct mac_ops mac_cmac_aesni = {"aesni", cmac_key_new, cmac_key_free, cmac_mac};
const struct aead_ops aead_ccm_aesni = {"aesni", ccm_key_new, ccm_key_free, ccm_encrypt,
                                        ccm_decrypt};

#else

bool aesni_usable(void)
{
    return false;
}

const struct mac_ops mac_cmac_aesni = {.name = "aesni"};
const struct aead_ops aead_ccm_aesni = {.name = "aesni"};

#endif
