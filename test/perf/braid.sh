#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Server plug-in of the benchmark of peers: Braid.
#   braid.sh start DIR PORT USER PASS   starts braidd, prints the pid whose tree is the server
#   braid.sh stop
set -e
BIN=${BRAID_BUILD:-$(cd "$(dirname "$0")/../../build" && pwd)}
S=${BENCH_SCRATCH:-/tmp/bench}/run-braid
case $1 in
start)
	DIR=$2 PORT=$3 USER=$4 PASS=$5
	rm -rf "$S"
	mkdir -p "$S/state"
	id "$USER" >/dev/null 2>&1 || useradd -M -s /usr/sbin/nologin "$USER"
	chown "$USER" "$DIR"
	cat > "$S/braid.conf" <<-C
	[global]
	  smb ports = $PORT
	  state directory = $S/state
	  server signing = if_required
	  log level = 0
	[bench]
	  path = $DIR
	  read only = no
	C
	printf '%s\n' "$PASS" | "$BIN/braid" --config "$S/braid.conf" user add "$USER"
	setsid "$BIN/braidd" --foreground --config "$S/braid.conf" >"$S/log" 2>&1 </dev/null &
	echo $! > "$S/pid"
	for _ in $(seq 100); do
		grep -q '^ready' "$S/log" && break
		kill -0 "$(cat "$S/pid")" 2>/dev/null || { tail -5 "$S/log" >&2; exit 4; }
		sleep 0.1
	done
	cat "$S/pid"
	;;
stop)
	[ -f "$S/pid" ] || exit 0
	P=$(cat "$S/pid"); rm -f "$S/pid"
	kill "$P" 2>/dev/null || exit 0
	for _ in $(seq 50); do kill -0 "$P" 2>/dev/null || exit 0; sleep 0.1; done
	kill -9 "$P" 2>/dev/null || true
	;;
*) echo "usage: ${0##*/} start DIR PORT USER PASS | stop" >&2; exit 2 ;;
esac
