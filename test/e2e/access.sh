#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who gets in: passwords, strangers, guests, read-only shares, shares for some, the list of shares.
. "$(dirname "$0")/lib.sh"
need smbclient
SHARES="[open]
path = $T/open
guest ok = yes
read only = yes
[private]
path = $T/files
valid users = nobody-at-all
[hidden]
path = $T/files
browseable = no"
if [ "$(id -u)" = 0 ]; then # files of a share whose user is another than who logged on
    mkdir -m 777 "$T/forced"
    SHARES+="
[forced]
path = $T/forced
read only = no
force user = nobody"
fi
GLOBAL='map to guest = bad user'
mkdir "$T/open"
echo welcome >"$T/open/hello"
server_start
echo content >"$T/readonly/file"

as() { # USER%PASSWORD SHARE COMMANDS [OPTION...]
    local who=$1 share=$2 commands=$3
    shift 3
    timeout 30 smbclient "//127.0.0.1/$share" -p "$PORT" -U "$who" -s /dev/null "$@" -c "$commands"
}
refuse wrong_password LOGON_FAILURE as "$USER_NAME%wrong" files ls
refuse no_password 'LOGON_FAILURE|ACCESS_DENIED' as "$USER_NAME%" files ls
refuse anonymous 'ACCESS_DENIED|LOGON_FAILURE' as % files ls
refuse not_a_valid_user ACCESS_DENIED smb private ls
refuse no_such_share BAD_NETWORK_NAME smb nothing ls
check any_domain as "ELSEWHERE/$USER_NAME%$PASSWORD" files ls
check read_of_readonly smb readonly "get file $T/got"
refuse write_to_readonly 'ACCESS_DENIED|MEDIA_WRITE_PROTECTED' smb readonly "put $T/got new"
says delete_in_readonly 'ACCESS_DENIED|MEDIA_WRITE_PROTECTED' readonly 'rm file'
check still_there test -e "$T/readonly/file"
check guest as stranger%x open "get hello $T/hello" --client-protection=off
refuse guest_elsewhere 'ACCESS_DENIED|LOGON_FAILURE' as stranger%x files ls --client-protection=off

check null_session as % open "get hello $T/hello" --client-protection=off
if [ -d "$T/forced" ]; then
    check forced_put smb forced "put $T/hello mine"
    check forced_owner test "$(stat -c %U "$T/forced/mine")" = nobody
fi

list=$(timeout 30 smbclient -L 127.0.0.1 -p "$PORT" -U "$USER_NAME%$PASSWORD" -s /dev/null -g 2>&1)
check list_files grep -q '^Disk|files|files for tests' <<<"$list"
check list_ipc grep -q '^IPC|IPC\$|' <<<"$list"
check list_hides_hidden test -z "$(grep '|hidden|' <<<"$list")"

check second_user user_add second 'other password'
refuse duplicate_user 'second|exists' user_add second 'other password'
says_users=$("$BUILD/braid" --config "$CONFIG" user list)
check user_list grep -qx second <<<"$says_users"
check user_del "$BUILD/braid" --config "$CONFIG" user del second
check no_plain_password test -z "$(grep -rl "$PASSWORD" "$T/state")"
check state_is_private test -z "$(find "$T/state" -type f -perm /077)"

server_stop && ok stop
