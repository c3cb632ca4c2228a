/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing of any length: pieces as large as the server takes, several on the way at
 * once, taken back in order.  One task does it all. */
#include "client/call.h"

#define PIECE_BYTES_MAX (1u << 20)
#define PIECES_MAX 8u

struct piece {
    struct client_call *call;
    uint32_t len;
};

/* Pieces on the way, oldest first. */
struct window {
    struct piece pieces[PIECES_MAX];
    unsigned first, count;
};

/* Submits the call, which is the window's from then on. */
static ntstatus window_push(struct task *t, struct window *w, struct client_call *call,
                            uint32_t len)
{
    ntstatus status = call_submit(t, &call, 1);
    if (!nt_ok(status)) {
        call_free(call);
        return status;
    }
    w->pieces[(w->first + w->count++) % PIECES_MAX] = (struct piece){call, len};
    return STATUS_SUCCESS;
}

static struct piece window_pop(struct window *w)
{
    struct piece p = w->pieces[w->first];
    w->first = (w->first + 1) % PIECES_MAX;
    w->count--;
    return p;
}

ntstatus client_pread(struct task *t, struct client_file *f, uint64_t offset, struct mspan to,
                      size_t *ret_len)
{
    struct window w = {0};
    uint32_t max = MIN(client_read_max(f->tree), PIECE_BYTES_MAX);
    size_t asked = 0, got = 0;
    ntstatus status = STATUS_SUCCESS;
    for (bool end = false;;) {
        while (nt_ok(status) && !end && asked < to.len && w.count < PIECES_MAX) {
            uint32_t len = (uint32_t)MIN(to.len - asked, (size_t)max);
            status = window_push(t, &w, read_call(f, offset + asked, len), len);
            asked += len;
        }
        if (w.count == 0)
            break;
        struct piece p = window_pop(&w);
        struct client_call *call CLEANUP(call_free) = p.call;
        ntstatus answer = call_wait(t, call);
        size_t n = 0;
        if (end || !nt_ok(status))
            continue;
        if (nt_ok(answer))
            answer = read_take(call, mspan_of(to.p + got, p.len), &n);
        got += n;
        end = n < p.len;
        if (!nt_is(answer, STATUS_END_OF_FILE))
            status = answer;
    }
    *ret_len = got;
    return status;
}

static ntstatus piece_write(struct task *t, struct window *w, struct client_file *f,
                            uint64_t offset, struct span from)
{
    struct client_write write;
    NT_TRY(client_write_begin(t, f, offset, (uint32_t)from.len, &write));
    memcpy(write.payload.p, from.p, from.len);
    return window_push(t, w, write.call, (uint32_t)from.len);
}

ntstatus client_pwrite(struct task *t, struct client_file *f, uint64_t offset, struct span from,
                       size_t *ret_len)
{
    struct window w = {0};
    uint32_t max = MIN(client_write_max(f->tree), PIECE_BYTES_MAX);
    size_t sent = 0, written = 0;
    ntstatus status = STATUS_SUCCESS;
    for (;;) {
        while (nt_ok(status) && sent < from.len && w.count < PIECES_MAX) {
            size_t len = MIN(from.len - sent, (size_t)max);
            status = piece_write(t, &w, f, offset + sent, span_of(from.p + sent, len));
            sent += len;
        }
        if (w.count == 0)
            break;
        struct piece p = window_pop(&w);
        struct client_call *call CLEANUP(call_free) = p.call;
        ntstatus answer = call_wait(t, call);
        if (nt_ok(answer))
            answer = write_take(call, p.len);
        if (nt_ok(status) && nt_ok(answer))
            written += p.len;
        else if (nt_ok(status))
            status = answer;
    }
    *ret_len = written;
    return status;
}
