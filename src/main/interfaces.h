/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses we tell clients that want more channels: those of the interfaces that are up, or
 * of the `interfaces` words, which may say what the system does not know:
 *     eth0   10.0.0.1/24   eth0;if_index=65,speed=1000000000,capability=RSS */
#pragma once

#include "main/config.h"
#include "proto/fsctl.h"

/* For smb_server_config: `config` is a struct config *.  Loopback and link-local addresses only
 * where a word names them. */
unsigned interfaces_list(void *config, struct network_interface *list, unsigned max);
