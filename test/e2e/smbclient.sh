#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Samba's client: trees in and out in every dialect, signed and encrypted, and the operations of a
# shell user.
. "$(dirname "$0")/lib.sh"
need smbclient
server_start
tree_make "$T/tree"

# copies NAME OPTION...: the tree goes in, comes back and must not differ on either side.
copies() {
    local name=$1
    shift
    rm -rf "$T/files/tree" "$T/back"
    mkdir "$T/back"
    check "${name}_put" smb files "lcd $T; recurse on; prompt off; mput tree" "$@" || return
    check "${name}_put_same" same_tree "$T/tree" "$T/files/tree" || return
    check "${name}_get" smb files "lcd $T/back; recurse on; prompt off; mget tree" "$@" || return
    check "${name}_get_same" same_tree "$T/tree" "$T/back/tree"
}

for dialect in SMB2_02 SMB2_10 SMB3_00 SMB3_02 SMB3_11; do
    copies "$dialect" --option="client min protocol=$dialect" \
        --option="client max protocol=$dialect"
done
for algorithm in aes-128-gmac aes-128-cmac hmac-sha256; do
    copies "signed_$algorithm" --client-protection=sign \
        --option="client smb3 signing algorithms=$algorithm"
done
for cipher in aes-128-gcm aes-128-ccm aes-256-gcm aes-256-ccm; do
    copies "sealed_$cipher" --client-protection=encrypt \
        --option="client smb3 encryption algorithms=$cipher"
done

says list 'size 65537 +[AN]* +65537 ' files 'cd tree; ls'
says wildcard 'file7 ' files 'cd tree/many; ls file?'
says any_case 'deep.txt ' files 'cd TREE/A/B/C; ls DEEP.*'
says details 'attributes' files 'allinfo "tree/size 1"'
says free_space 'blocks of size [0-9]+\. [0-9]+ blocks available' files 'du'
check make_directory smb files 'mkdir new; cd new; mkdir inner'
check rename smb files 'rename new/inner new/moved' && check renamed test -d "$T/files/new/moved"
says not_empty DIRECTORY_NOT_EMPTY files 'rmdir new'
check remove smb files 'rmdir new/moved; rmdir new; rm "tree/size 1"'
check removed test ! -e "$T/files/tree/size 1" -a ! -e "$T/files/new"
refuse missing 'OBJECT_NAME_NOT_FOUND|NO_SUCH_FILE' smb files 'get nothing'
refuse no_way_out 'NT_STATUS' smb files 'get ../braid.conf /dev/null'
ln -s /etc/passwd "$T/files/leak"
refuse no_symlink_out 'NT_STATUS' smb files "get leak $T/leaked"
truncate -s 5G "$T/files/sparse"
printf end | dd of="$T/files/sparse" bs=1 seek=5368709117 conv=notrunc status=none
says sparse_size 'sparse +[AN]* +5368709120 ' files 'ls sparse'
rm "$T/files/sparse"

server_stop && ok stop
