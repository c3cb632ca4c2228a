#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A thousand connections, each logged on and connected to a share, are held while a tree is copied
# in; what one of them costs the server in memory; and connections that never say anything.
# timeout: 240
. "$(dirname "$0")/lib.sh"
COUNT=1000 KIB_MAX=16 # of memory for each that is idle
if grep -q -- -fsanitize= "$BUILD/compile_commands.json"; then
    COUNT=200 KIB_MAX=
fi
HOLD=$BUILD/test/perf/hold
export BRAID_PASSWORD=$PASSWORD
[ -x "$HOLD" ] || { skip thousand "no $HOLD"; exit 0; }
[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt $((COUNT + 200)) ] ||
    { skip thousand "too few file descriptors allowed"; exit 0; }
ulimit -n "$(ulimit -Hn)"

memory() { awk '$1 == "Pss:" { print $2 }' "/proc/$SERVER/smaps_rollup"; }

# until_says PATTERN: waits for a line of $T/held.
until_says() {
    local i
    for i in {1..1200}; do
        grep -q "$1" "$T/held" && return 0
        kill -0 "$HOLDER" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

hold_begin() { # COUNT
    mkfifo "$T/end"
    "$HOLD" "$PORT" "$USER_NAME" files "$1" <"$T/end" >"$T/held" 2>"$T/hold.log" &
    HOLDER=$!
    EXTRA_PIDS+=("$HOLDER")
    exec 4>"$T/end"
    until_says '^held' && grep -q "^held $1\$" "$T/held"
}

hold_end() {
    exec 4>&-
    wait "$HOLDER"
    local status=$?
    rm "$T/end"
    return $status
}

server_start
tree_make "$T/tree"
hold_begin 50 && hold_end || not_ok warm_up "$(tail -n 1 "$T/hold.log")"
before=$(memory)
hold_begin $COUNT && ok held_$COUNT || not_ok held_$COUNT "$(tail -n 1 "$T/hold.log")"
sleep 1
after=$(memory)
each=$(((after - before) * 1024 / COUNT))
echo "# $each bytes for each of $COUNT idle connections ($before KiB before, $after KiB after)"
check copy_meanwhile "$BUILD/braid" put -r -q --user "$USER_NAME" "$T/tree" \
    "smb://127.0.0.1:$PORT/files/"
check copied same_tree "$T/tree" "$T/files/tree"
live=$("$BUILD/braid" --config "$CONFIG" status --json |
    $PYTHON -c 'import json, sys; print(len(json.load(sys.stdin)["sessions"]))')
[ "$live" = $COUNT ] && ok status || not_ok status "$live sessions instead of $COUNT"
hold_end && ok still_alive || not_ok still_alive "$(cat "$T/held")"
if [ -n "$KIB_MAX" ]; then
    [ "$each" -le $((KIB_MAX * 1024)) ] && ok memory || not_ok memory "$each bytes for each"
fi

# Connections that say nothing take nobody's place.
silent=()
for i in {1..20}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$PORT" && silent+=("$fd")
done
check silent_ones_do_no_harm "$BUILD/braid" ls --user "$USER_NAME" "smb://127.0.0.1:$PORT/files"
for fd in "${silent[@]}"; do exec {fd}>&-; done
server_stop && ok stop
