/* SPDX-License-Identifier: Apache-2.0
 *
 * A u32 length and a UTF-16LE name that may be cut to the room there is, as the info classes of
 * files and volumes end. */
#pragma once

#include "base/ntstatus.h"
#include "wire/wr.h"

/* The length says how long the name is, cut or not.  STATUS_BUFFER_OVERFLOW when it was cut (even
 * in the middle of a unit), STATUS_OBJECT_NAME_INVALID when it is not UTF-8.  The room must hold
 * the length. */
ntstatus name_field_write(struct wr *w, const char *name) MUST_USE;

/* The name alone. */
ntstatus name_cut_write(struct wr *w, const char *name) MUST_USE;
