# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share: a server of their own on a free port, a user, a scratch
# directory that disappears, and the words ok, not_ok, skip, check.  README.md explains.
# shellcheck shell=bash disable=SC2034
set -u -o pipefail

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=${BRAID_BUILD:-$(cd "$E2E/../.." && pwd)/build}
PYTHON=/usr/bin/python3 # the one that Debian's python3-impacket is for
T=$(mktemp -d "${TMPDIR:-/tmp}/e2e.XXXXXX")
chmod 711 "$T" # guests may pass, to the shares they may see
USER_NAME=$(id -un) # as root Braid maps a user to the system user of the same name
PASSWORD='Pass-w0rd 1'
CONFIG=$T/braid.conf
LOG=$T/braidd.log
PORT= SERVER= EXTRA_PIDS=()

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1 ${2:-}"; }
skip() { echo "skip $1 ${2:-}"; }

# check NAME COMMAND...: ok when the command succeeds; its output is shown when it does not.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        ok "$name"
    else
        not_ok "$name" "failed: $*"
        tail -n 20 <<<"$output"
        return 1
    fi
}

# refuse NAME PATTERN COMMAND...: ok when the command fails and says PATTERN (grep -E).
refuse() {
    local name=$1 pattern=$2 output
    shift 2
    if output=$("$@" 2>&1); then
        not_ok "$name" "succeeded: $*"
    elif grep -qE -- "$pattern" <<<"$output"; then
        ok "$name"
    else
        not_ok "$name" "failed without saying $pattern: $*"
        tail -n 20 <<<"$output"
    fi
}

# need PROGRAM...: ends the test as skipped when one is not installed.
need() {
    local program
    for program; do
        command -v "$program" >/dev/null && continue
        skip "$(basename "$0")" "$program is not installed"
        exit 0
    done
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000))
          (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        :
    done
    echo "$port"
}

# The configuration of the server: GLOBAL adds lines to [global], SHARES adds whole sections.
config_write() {
    mkdir -p "$T/state" "$T/files" "$T/readonly"
    chmod 700 "$T/state"
    cat >"$CONFIG" <<-CONF
	[global]
	smb ports = $PORT
	interfaces = 127.0.0.1
	bind interfaces only = yes
	state directory = $T/state
	${GLOBAL-}
	[files]
	path = $T/files
	read only = no
	comment = files for tests
	[readonly]
	path = $T/readonly
	read only = yes
	${SHARES-}
	CONF
}

user_add() { # NAME PASSWORD
    printf '%s\n' "$2" | "$BUILD/braid" --config "$CONFIG" user add "$1"
}

# server_start [OPTION...]: returns when the server serves; tries other ports when one is taken.
server_start() {
    local attempt i
    for attempt in 1 2 3 4 5; do
        PORT=$(free_port)
        config_write
        if ! [ -e "$T/user-added" ]; then
            user_add "$USER_NAME" "$PASSWORD" || { not_ok user_add "braid failed"; exit 1; }
            touch "$T/user-added"
        fi
        : >"$LOG"
        "$BUILD/braidd" --foreground --config "$CONFIG" "$@" >>"$LOG" 2>&1 &
        SERVER=$!
        for i in {1..200}; do
            grep -q '^ready' "$LOG" && return 0
            kill -0 "$SERVER" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$SERVER" 2>/dev/null
        wait "$SERVER" 2>/dev/null
        SERVER=
    done
    not_ok server_start "no line that begins with ready"
    cat "$LOG"
    exit 1
}

# server_stop: SIGTERM must end it with status 0 and nothing bad in its log.
server_stop() {
    local pid=$SERVER status
    [ -n "$pid" ] || return 0
    SERVER=
    kill -TERM "$pid" 2>/dev/null
    timeout 15 tail --pid="$pid" -s 0.05 -f /dev/null || kill -KILL "$pid" 2>/dev/null
    wait "$pid"
    status=$?
    log_clean || return 1
    [ $status = 0 ] || { not_ok server_stop "exit status $status"; tail -n 30 "$LOG"; return 1; }
}

log_clean() {
    grep -qE 'assertion failed|runtime error|Sanitizer' "$LOG" || return 0
    not_ok server_log "a broken invariant or a sanitizer's finding"
    grep -E -A 40 'assertion failed|runtime error|Sanitizer' "$LOG" | head -n 60
    return 1
}

cleanup() {
    local status=$?
    trap - EXIT INT TERM
    server_stop || status=1
    [ ${#EXTRA_PIDS[@]} = 0 ] || kill "${EXTRA_PIDS[@]}" 2>/dev/null
    if [ -n "${BRAID_KEEP-}" ]; then
        echo "# kept $T"
    else
        rm -rf "$T"
    fi
    exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# smb SHARE COMMANDS [OPTION...]: smbclient as the test's user.
smb() {
    local share=$1 commands=$2
    shift 2
    timeout 60 smbclient "//127.0.0.1/$share" -p "$PORT" -U "$USER_NAME%$PASSWORD" \
        -s /dev/null "$@" -c "$commands"
}

# says NAME PATTERN SHARE COMMANDS: ok when the output of smbclient has PATTERN.  Its exit status
# tells nothing of rm, rmdir and ls.
says() {
    local output
    output=$(smb "$3" "$4" 2>&1)
    grep -qE -- "$2" <<<"$output" && { ok "$1"; return; }
    not_ok "$1" "does not say $2"
    tail -n 20 <<<"$output"
}

# tree_make DIR: what copies like to get wrong: names, sizes around powers of two, depth, emptiness.
tree_make() {
    mkdir -p "$1/a/b/c" "$1/empty" "$1/many" "$1/with space"
    local n
    for n in 0 1 4095 4096 4097 65535 65536 65537 1048577; do
        head -c "$n" /dev/urandom >"$1/size $n"
    done
    for n in {1..60}; do echo "$n" >"$1/many/file$n"; done
    echo deep >"$1/a/b/c/deep.txt"
    echo accents >"$1/caf$(printf '\303\251').txt"
    echo astral >"$1/$(printf '\360\237\230\200').bin"
    echo space >"$1/with space/two  spaces"
}

# same_tree A B: equal names and bytes.
same_tree() { diff -r "$1" "$2"; }
