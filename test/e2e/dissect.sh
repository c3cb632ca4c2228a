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
    local read=(tshark -r "$2" -d "tcp.port==$PORT,nbss" -o tcp.analyze_sequence_numbers:FALSE)
    local messages bad
    messages=$("${read[@]}" -Y smb2 2>/dev/null | wc -l)
    bad=$("${read[@]}" -Y '_ws.malformed || (smb2 && _ws.expert.severity == "Error")' 2>/dev/null)
    if [ "$messages" -lt 100 ]; then
        not_ok "$1" "only $messages messages captured"
        cat "$T/tshark.log" "$T/smbclient.log"
    elif [ -n "$bad" ]; then
        not_ok "$1" "$(wc -l <<<"$bad") of $messages messages are malformed"
        head -n 20 <<<"$bad"
    else
        ok "$1"
    fi
}

captured dialect_2.0.2 --option='client min protocol=SMB2_02' \
    --option='client max protocol=SMB2_02'
captured dialect_2.1 --option='client min protocol=SMB2_10' --option='client max protocol=SMB2_10'
captured dialect_3.1.1 --client-protection=sign
server_stop && ok stop
