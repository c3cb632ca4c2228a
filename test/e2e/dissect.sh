#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wireshark's dissector reads what was said and finds nothing malformed.
. "$(dirname "$0")/lib.sh"
need smbclient tshark
server_start
tree_make "$T/tree"

# captured NAME OPTION...: a session of smbclient under capture.
captured() {
    local name=$1 capture="$T/$1.pcapng" i tshark
    shift
    tshark -q -i lo -f "tcp port $PORT" -w "$capture" 2>"$T/tshark.log" &
    tshark=$!
    EXTRA_PIDS+=("$tshark")
    for i in {1..100}; do
        grep -q 'Capturing on' "$T/tshark.log" && [ -s "$capture" ] && break
        kill -0 "$tshark" 2>/dev/null || { skip "$name" "$(tail -n 1 "$T/tshark.log")"; return; }
        sleep 0.1
    done
    smb files "lcd $T; recurse on; prompt off; mput tree; ls; cd tree; allinfo caf*; du; rename \
        many moved; del moved/*; rmdir moved; get nothing" "$@" >"$T/smbclient.log" 2>&1
    rm -rf "$T/files/tree"
    sleep 1
    kill -INT "$tshark" && wait "$tshark" 2>/dev/null
    judged "$name" "$capture"
}

judged() {
    local said messages
    said=$("$E2E/dissect" "$PORT" "$2" "$PASSWORD" 2>&1) && ok "$1" ||
        not_ok "$1" "$(tail -n 1 <<<"$said")"
    messages=$(sed -n 's/.* of \([0-9]*\) messages .*/\1/p' <<<"$said")
    [ "${messages:-0}" -ge 100 ] || not_ok "$1_captured" "only ${messages:-no} messages"
    echo "$said"
}

captured dialect_2.0.2 --option='client min protocol=SMB2_02' \
    --option='client max protocol=SMB2_02'
captured dialect_2.1 --option='client min protocol=SMB2_10' --option='client max protocol=SMB2_10'
captured dialect_3.1.1 --client-protection=sign
captured sealed_3.1.1 --client-protection=encrypt
server_stop && ok stop
