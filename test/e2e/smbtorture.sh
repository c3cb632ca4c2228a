#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Samba's torture suite, as far as smbtorture.txt demands it.
# timeout: 400
. "$(dirname "$0")/lib.sh"
need smbtorture
# As the server the demands were taken from: it signs for who asks, and has a share that null
# sessions may log on for.
GLOBAL='server signing = if_required'
SHARES="[guests]
path = $T/readonly
guest ok = yes"
server_start

# torture SUITE: judges each subtest that smbtorture.txt names for it.
torture() {
    local suite=$1 name result found
    timeout 180 smbtorture "//127.0.0.1/files" -p "$PORT" -U "$USER_NAME%$PASSWORD" \
        --option='torture:progress=no' "$suite" >"$T/$suite" 2>&1
    # "success: name", "failure: name [" to "name result"; a suite that is one test gets "-"
    awk -v suite="$suite" '
        /^(success|failure|error|skip): / {
            result = substr($1, 1, length($1) - 1)
            name = $2
            if (substr(name, 1, length(suite) + 1) == suite ".")
                name = substr(name, length(suite) + 2)
            sub(/.*\./, "", name)
            if ("smb2." name == suite)
                name = "-"
            print name, result
        }' "$T/$suite" >"$T/results"
    while read -r name; do
        found=$(awk -v name="$name" '$1 == name { print $2; exit }' "$T/results")
        case $found in
            success) ok "$suite.$name" ;;
            skip) skip "$suite.$name" "smbtorture does not run it here" ;;
            *)
                not_ok "$suite.$name" "${found:-did not run}"
                grep -A 3 -E "^(failure|error): (.*\.)?$name( |$)" "$T/$suite" | head -n 4
                ;;
        esac
    done < <(awk -v suite="$suite" '$1 == suite { print $2 }' "$E2E/smbtorture.txt")
    while read -r name result; do
        [ "$result" = success ] && ! grep -qx "$suite $name" "$E2E/smbtorture.txt" &&
            echo "# passes too: $suite $name"
    done <"$T/results"
}

for suite in $(grep -v '^#' "$E2E/smbtorture.txt" | cut -d ' ' -f 1 | sort -u); do
    torture "$suite"
done
server_stop && ok stop
