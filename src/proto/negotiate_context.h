/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of negotiate contexts, which both messages of NEGOTIATE end with. */
#pragma once

#include "proto/negotiate.h"

/* r is the message's cursor behind its fixed part; offset as the message says it. */
bool negotiate_contexts_read(struct rd *r, uint32_t offset, uint16_t count,
                             struct negotiate_contexts *ret_contexts) MUST_USE;

/* Appends those present; w is 8-aligned. */
void negotiate_contexts_write(struct wr *w, const struct negotiate_contexts *c);
uint16_t negotiate_contexts_count(const struct negotiate_contexts *c) MUST_USE;
