#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bind-static.sh OUT.a PART.a... -- CC...: one object of all parts with nothing global in it but
# braid_*, so that a program linked with it may use our other names for itself.
set -eu
out=$1
shift
parts=
while [ "$1" != -- ]; do
    parts="$parts $1"
    shift
done
shift
object=${out%.a}.o
# shellcheck disable=SC2086
"$@" -r -nostdlib -o "$object" -Wl,--whole-archive $parts -Wl,--no-whole-archive
objcopy --wildcard --keep-global-symbol='braid_*' "$object"
rm -f "$out"
ar rcsD "$out" "$object"
