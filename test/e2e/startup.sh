#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Starting and ending: the ready line, the exit statuses, one clear sentence for what is wrong.
. "$(dirname "$0")/lib.sh"

# complains NAME PATTERN ARGUMENT...: exit status 2, and one line that says PATTERN.
complains() {
    local name=$1 pattern=$2 status
    shift 2
    timeout 10 "$BUILD/braidd" --foreground "$@" >"$T/out" 2>&1
    status=$?
    if [ $status != 2 ]; then
        not_ok "$name" "exit status $status, 2 expected"
    elif ! grep -qiE -- "$pattern" "$T/out"; then
        not_ok "$name" "does not say $pattern"
    else
        ok "$name"
        return
    fi
    cat "$T/out"
}

server_start
ok ready
complains port_in_use "$PORT.*in use|in use.*$PORT" --state-dir "$T/other" \
    --share "x=$T/files" --listen "tcp:$PORT"
server_stop && ok ends_with_sigterm
server_start && server_stop && ok starts_again

complains no_such_path "$T/missing" --state-dir "$T/other" --share "x=$T/missing" \
    --listen "tcp:$(free_port)"
complains no_such_config "$T/missing.conf" --config "$T/missing.conf"
printf '[global]\nserver signing = perhaps\n' >"$T/wrong.conf"
complains wrong_value "wrong.conf:2.*server signing" --config "$T/wrong.conf"
complains wrong_option "no-such-option" --no-such-option
check config_check "$BUILD/braid" --config "$CONFIG" config check
