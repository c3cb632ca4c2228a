/* SPDX-License-Identifier: Apache-2.0
 *
 * Every number that bounds what a stranger can make grow, with its unit.  Related ones are tied
 * together by static assertions so that a change in one place cannot quietly break another. */
#pragma once

#include <assert.h>

#define LIMIT_IO_BYTES_MAX (8u << 20)            /* MaxReadSize, MaxWriteSize, MaxTransactSize */
#define LIMIT_FRAME_BYTES_MAX (LIMIT_IO_BYTES_MAX + (64u << 10)) /* a message with its headers */
#define LIMIT_FRAME_PREAUTH_BYTES_MAX (64u << 10) /* before anybody has logged on */
#define LIMIT_CREDITS_MAX 8192u                  /* per connection, [MS-SMB2] 3.3.1.2 */
#define LIMIT_COMPOUND_MAX 64u                   /* chained requests in one frame */
#define LIMIT_CONNECTIONS_MAX 65536u             /* in one server */
#define LIMIT_SESSIONS_PER_CONNECTION_MAX 4096u
#define LIMIT_TREES_PER_SESSION_MAX 16384u
#define LIMIT_OPENS_PER_SESSION_MAX 262144u
#define LIMIT_ASYNC_PER_CONNECTION_MAX 512u      /* requests that sit on STATUS_PENDING */
#define LIMIT_ASYNC_BYTES_MAX (32u << 20)        /* of requests kept by them, per connection */
#define LIMIT_SETUPS_PER_CONNECTION_MAX 16u      /* logons and bindings not finished */
#define LIMIT_PIPES_PER_SESSION_MAX 256u
#define LIMIT_PREAUTH_MS 30000u                  /* to get from accept to a valid session */
#define LIMIT_NEGOTIATE_CONTEXTS_MAX 16u
#define LIMIT_CREATE_CONTEXTS_MAX 32u
#define LIMIT_DIALECTS_MAX 64u
#define LIMIT_LOCK_ELEMENTS_MAX 1024u
#define LIMIT_NAME_UNITS_MAX 255u                /* UTF-16 units in one path component */
#define LIMIT_PATH_UNITS_MAX 32767u              /* UTF-16 units in a whole path */
#define LIMIT_TOKEN_BYTES_MAX (64u << 10)        /* one security token */
#define LIMIT_TASKS_PER_REACTOR_MAX 65536u
#define LIMIT_TASK_STACK_BYTES (64u << 10)
#define LIMIT_SEND_QUEUE_BYTES_MAX (64u << 20)   /* of memory for replies one peer does not read */
#define LIMIT_CHANNELS_PER_SESSION_MAX 32u
#define LIMIT_LOCKS_PER_OPEN_MAX 65536u
#define LIMIT_RPC_BYTES_MAX (1u << 20)           /* one reassembled RPC request or its answer */
#define LIMIT_NAME_INDEX_BYTES_MAX (128u << 20)   /* of folded names, in one share */

static_assert(LIMIT_FRAME_BYTES_MAX < (1u << 24), "a frame fits the 24-bit length of direct TCP");
static_assert(LIMIT_ASYNC_BYTES_MAX >= LIMIT_FRAME_BYTES_MAX, "any request may pend");
static_assert(LIMIT_CREDITS_MAX * 65536ull >= LIMIT_IO_BYTES_MAX,
              "an I/O of full size is payable");
