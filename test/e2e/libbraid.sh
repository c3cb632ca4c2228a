#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The library as a stranger meets it: installed, found by pkg-config, its manual page's example
# compiled, linked shared and static, and run.
. "$(dirname "$0")/lib.sh"
need cc pkg-config meson nm
LIB=$T/root
MAN=$E2E/../../docs/man/libbraid.3

check install env DESTDIR="$LIB" meson install --no-rebuild --quiet -C "$BUILD" || exit 1
PC=$(find "$LIB" -name libbraid.pc)
export PKG_CONFIG_PATH=${PC%/*} PKG_CONFIG_SYSROOT_DIR=$LIB
LIBDIR=$(dirname "$PKG_CONFIG_PATH")

# The lines of the first .Bd -literal, with roff's \e made a backslash again.
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$MAN" | sed -e '/^\.[BE]d/d' -e 's/\\e/\\/g' >"$T/example.c"

san=$(grep -o '"-fsanitize=[a-z,]*"' "$BUILD/compile_commands.json" 2>/dev/null | head -n 1)
san=${san:-$(grep -o -- '-fsanitize=[a-z,]*' "$BUILD/compile_commands.json" | head -n 1)}
compile() { # OUT SOURCE PKG_CONFIG_OPTION... -- CC_OPTION...: as the manual page says
    local out=$1 source=$2 options=()
    shift 2
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    # shellcheck disable=SC2046
    cc -std=gnu17 -Wall -Wextra -Werror $san -o "$out" "$source" \
        $(pkg-config --cflags libbraid) "$@" $(pkg-config --libs "${options[@]}" libbraid)
}

same_names() { # FILE NM_OPTION: shows exactly what the header declares
    diff <(sed -nE 's/^BRAID_API .*[ *](braid_[a-z_]+)\(.*/\1/p' \
        "$(pkg-config --variable=includedir libbraid)/braid/braid.h" | sort) \
        <(nm --defined-only "$2" "$1" | awk '$2 ~ /[B-Z]/ {print $3}' | sed 's/@.*//' | sort)
}
check shared_shows_the_interface same_names "$LIBDIR/libbraid.so" -D
check static_shows_the_interface same_names "$LIBDIR/libbraid.a" -g

check example_shared compile "$T/shared" "$T/example.c" --
check example_static compile "$T/static" "$T/example.c" --static -- -Wl,-Bstatic -L"$LIBDIR" \
    -lbraid -Wl,-Bdynamic
check header_for_cxx bash -c "echo '#include <braid/braid.h>
int main() { return braid_version() == nullptr; }' >'$T/x.cc' &&
    c++ -Wall -Werror -fsyntax-only $(pkg-config --cflags libbraid) '$T/x.cc'"

[ -x "$BUILD/braidd" ] || { skip run "no $BUILD/braidd"; exit 0; }
server_start
export PASSWORD LD_LIBRARY_PATH=$LIBDIR
head -c 3000001 /dev/urandom >"$T/data"
for kind in shared static; do
    check "run_$kind" bash -c \
        "'$T/$kind' 127.0.0.1 $PORT $USER_NAME files 'stored by $kind' <'$T/data'" || continue
    check "bytes_$kind" cmp "$T/data" "$T/files/stored by $kind"
done
refuse wrong_password 'password' env PASSWORD=wrong "$T/shared" 127.0.0.1 "$PORT" "$USER_NAME" \
    files x
refuse no_share 'No such' "$T/shared" 127.0.0.1 "$PORT" "$USER_NAME" nothing x
refuse no_server 'refused' "$T/shared" 127.0.0.1 1 "$USER_NAME" files x
server_stop && ok stop
