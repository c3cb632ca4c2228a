/* SPDX-License-Identifier: Apache-2.0
 *
 * The version of libbraid's interface. */
#pragma once

#define BRAID_API_VERSION 1
