#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `braid serve DIR`: a share in one command, with the user and the password it prints; and what
# `braid status` tells of a running server.
. "$(dirname "$0")/lib.sh"
need smbclient
mkdir "$T/demo"
echo content >"$T/demo/file"
PORT=$(free_port)
LOG=$T/serve.log
"$BUILD/braid" serve --listen "tcp:$PORT" "$T/demo" >"$LOG" 2>&1 &
SERVER=$!
for _ in {1..200}; do
    grep -q 'Ctrl-C' "$LOG" && break
    sleep 0.05
done
login=$(sed -n 's/.*user "\([^"]*\)" with password "\([^"]*\)".*/\1%\2/p' "$LOG")
check says_how test -n "$login"
check says_port grep -q "$PORT" "$LOG"
check works timeout 30 smbclient "//127.0.0.1/demo" -p "$PORT" -U "$login" -s /dev/null \
    -c "get file $T/got"
check same cmp "$T/demo/file" "$T/got"
server_stop && ok stop
check leaves_nothing test -z "$(ls -d "${TMPDIR:-/tmp}"/braid-?????? 2>/dev/null)"

LOG=$T/braidd.log
server_start
status() { "$BUILD/braid" --config "$CONFIG" status "$@"; }
check status status
timeout 30 smbclient "//127.0.0.1/files" -p "$PORT" -U "$USER_NAME%$PASSWORD" -s /dev/null \
    >/dev/null 2>&1 < <(sleep 3) &
EXTRA_PIDS+=($!)
for _ in {1..40}; do
    status --json >"$T/status.json" && grep -q '"files"' "$T/status.json" && break
    sleep 0.05
done
check status_json "$PYTHON" -m json.tool "$T/status.json"
check status_tree grep -q '"files"' "$T/status.json"
check status_dialect grep -q '"3.1.1"' "$T/status.json"
server_stop && ok stop_again
