#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Our own client: trees in and out in every dialect, signed and sealed; holes; the verbs; messages
# and exit statuses.
. "$(dirname "$0")/lib.sh"
server_start
tree_make "$T/tree"
URL="smb://$USER_NAME@127.0.0.1:$PORT"
export BRAID_PASSWORD=$PASSWORD

braid() { timeout 120 "$BUILD/braid" "$@"; }

# copies NAME OPTION...: the tree goes in, comes back and must not differ on either side.
copies() {
    local name=$1
    shift
    rm -rf "$T/files/tree" "$T/back"
    check "${name}_put" braid put -r "$@" "$T/tree" "$URL/files" || return
    check "${name}_put_same" same_tree "$T/tree" "$T/files/tree" || return
    check "${name}_get" braid get -r "$@" "$URL/files/tree" "$T/back" || return
    check "${name}_get_same" same_tree "$T/tree" "$T/back"
}

for dialect in 2.0.2 2.1 3.0 3.0.2 3.1.1; do
    copies "$dialect" --min-protocol "$dialect" --max-protocol "$dialect"
done
for algorithm in aes-128-gmac aes-128-cmac hmac-sha256; do
    copies "signed_$algorithm" --signing "$algorithm"
    braid stat --signing "$algorithm" "$URL/files/tree" |
        grep -qi "signed.*${algorithm#aes-128-}" &&
        ok "negotiated_$algorithm" || not_ok "negotiated_$algorithm"
done
for cipher in aes-128-gcm aes-128-ccm aes-256-gcm aes-256-ccm; do
    copies "sealed_$cipher" --cipher "$cipher"
    braid stat --cipher "$cipher" "$URL/files/tree" | grep -qi "sealed $cipher" &&
        ok "negotiated_$cipher" || not_ok "negotiated_$cipher"
done

truncate -s 5G "$T/sparse"
for at in 0 1048573 4294967290 5368709117; do
    printf 'data' | dd of="$T/sparse" bs=1 seek=$at conv=notrunc status=none
done
check sparse_put braid put "$T/sparse" "$URL/files"
check sparse_get braid get "$URL/files/sparse" "$T/sparse.back"
check sparse_same cmp "$T/sparse" "$T/sparse.back"
small_on_disk() { [ "$(du -k "$1" | cut -f1)" -lt 10240 ]; }
check sparse_in_has_holes small_on_disk "$T/files/sparse"
check sparse_out_has_holes small_on_disk "$T/sparse.back"
rm -f "$T/files/sparse" "$T/sparse" "$T/sparse.back"

touch -d '2001-02-03 04:05:06.789' "$T/dated"
braid put "$T/dated" "$URL/files" && braid get "$URL/files/dated" "$T/dated.back"
[ "$(stat -c %Y "$T/dated.back")" = "$(stat -c %Y "$T/dated")" ] && ok time_kept || not_ok time_kept

braid ls "$URL" | grep -q '^disk *files' && ok shares || not_ok shares
braid ls -l "$URL/files/tree" | grep -q ' 65537 .*size 65537' &&
    ok listing || not_ok listing
[ "$(braid cat "$URL/files/tree/a/b/c/deep.txt")" = deep ] && ok cat || not_ok cat
check mkdir braid mkdir "$URL/files/made"
check cp_between braid cp -r "$URL/files/tree" "$URL/files/made"
check cp_same same_tree "$T/tree" "$T/files/made/tree"
refuse rm_directory 'is a directory' braid rm "$URL/files/made"
check rm_tree braid rm -r "$URL/files/made"
check rm_gone test ! -e "$T/files/made"
refuse missing 'No such file' braid cat "$URL/files/nothing"
refuse no_share 'no such share' braid ls "$URL/nothing"
refuse read_only 'Permission denied|Read-only' braid put "$T/dated" "$URL/readonly"
BRAID_PASSWORD=wrong refuse wrong_password 'wrong user name or password' braid ls "$URL/files"
refuse password_in_url 'no password here' braid ls "smb://ada:secret@127.0.0.1:$PORT/files"
refuse nobody_listens 'cannot connect' braid ls "smb://ada@127.0.0.1:1/files"
braid get 2>/dev/null
[ $? = 2 ] && ok usage || not_ok usage "exit status is not 2"

"$BUILD/braid" --config "$CONFIG" status --json | grep -q '"connections"' &&
    ok status || not_ok status
server_stop && ok stop
