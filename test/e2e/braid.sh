#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The client: its verbs as a shell user types them, copies in every dialect, signed and sealed.
. "$(dirname "$0")/lib.sh"
server_start
export BRAID_PASSWORD=$PASSWORD
URL=smb://$USER_NAME@127.0.0.1:$PORT/files
tree_make "$T/tree"

braid() { timeout 60 "$BUILD/braid" "$@"; }

copies() { # NAME OPTION...: the tree goes in, comes back and must not differ on either side
    local name=$1
    shift
    rm -rf "$T/files/tree" "$T/back"
    check "${name}_put" braid put -r "$@" "$T/tree" "$URL/" || return
    check "${name}_put_same" same_tree "$T/tree" "$T/files/tree" || return
    check "${name}_get" braid get -r "$@" "$URL/tree" "$T/back" || return
    check "${name}_get_same" same_tree "$T/tree" "$T/back"
}

shows() { # NAME PATTERN VERB...: succeeds and says PATTERN
    local name=$1 pattern=$2 output
    shift 2
    if output=$(braid "$@" 2>&1) && grep -qE -- "$pattern" <<<"$output"; then
        ok "$name"
    else
        not_ok "$name" "status $?, or does not say $pattern: braid $*"
        echo "$output"
    fi
}

for dialect in 2.0.2 2.1 3.0 3.0.2 3.1.1; do
    copies "$dialect" --min-protocol "$dialect" --max-protocol "$dialect"
done
for signing in aes-128-gmac aes-128-cmac hmac-sha256; do
    copies "signed_$signing" --signing "$signing"
done
for cipher in aes-128-gcm aes-128-ccm aes-256-gcm aes-256-ccm; do
    copies "sealed_$cipher" --cipher "$cipher"
done

shows ls '^size 65537$' ls "$URL/tree"
shows ls_long ' 65537 .*size 65537' ls -l "$URL/tree"
shows ls_shares '^disk +files' ls "smb://$USER_NAME@127.0.0.1:$PORT"
shows cat '^deep$' cat "$URL/tree/a/b/c/deep.txt"
shows stat 65537 stat "$URL/tree/size%2065537"
check mkdir braid mkdir "$URL/new"
check mkdir_done test -d "$T/files/new"
check cp_between braid cp "$URL/tree/size%204097" "$URL/new/copy"
check cp_same cmp "$T/tree/size 4097" "$T/files/new/copy"
check rm braid rm "$URL/new/copy"
check rm_tree braid rm -r "$URL/tree"
check rm_done test ! -e "$T/files/tree"
truncate -s 5G "$T/files/sparse"
shows sparse 5368709120 stat "$URL/sparse"

refuse missing 'nothing' braid cat "$URL/nothing"
refuse wrong_password 'password|logon' env BRAID_PASSWORD=wrong "$BUILD/braid" ls "$URL"
refuse no_such_share 'nothing' braid ls "smb://$USER_NAME@127.0.0.1:$PORT/nothing"
refuse read_only 'denied|protected' braid put "$T/tree/size 1" \
    "smb://$USER_NAME@127.0.0.1:$PORT/readonly/"
refuse no_server 'refused' braid ls "smb://$USER_NAME@127.0.0.1:1/files"
refuse password_in_url 'password' braid ls "smb://$USER_NAME:secret@127.0.0.1:$PORT/files"
refuse unknown_verb 'frobnicate' braid frobnicate

server_stop && ok stop
