#!/usr/bin/env bash
# Memory does not grow with what is read: the peak of the real binary on a small and a large job of each kind.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
FEW=20000
MANY=200000

if sanitized; then
    skip "peaks of memory" "a build with sanitizers: they are those of its shadow"
    plan
fi

# Runs a command; sets $peak, the most KiB that it had resident, and $status. Its output is the caller's.
peak_of() {
    /usr/bin/time -q -o "$TMP/peak" -f %M "$@" 2>"$err"
    status=$?
    peak=$(cat "$TMP/peak")
}
is_flat() { [ $(($2 * 10)) -le $(($1 * 13)) ] || [ "$2" -le $(($1 + 4096)) ]; }
check_flat() { check "$1: $2 and $3 KiB" is_flat "$2" "$3"; }
long() { fault "{\"route\":\"$LIST\",\"body\":\"long\",\"bytes\":$(($1 << 20))}"; }

# ------------------------------------------------------------------ many rows

kinds=("export ndjson" "export csv" "api --paginate")
declare -A before
for rows in $FEW $MANY; do
    connect --contacts "$rows" --rate-limit 500 --rate-window 500
    for kind in "${kinds[@]}"; do
        command=(export contacts --quiet --format "${kind#* }")
        [[ $kind = export* ]] || command=(api --paginate --select "results[].id" "$LIST?limit=100")
        peak_of "$BUILD/hubauth" "${command[@]}" >"$TMP/rows"
        lines=$(wc -l <"$TMP/rows")
        [[ $kind != *csv ]] || lines=$((lines - 1))
        check_is "$kind: $rows rows" "$status $lines" "0 $rows"
        [ -z "${before[$kind]:-}" ] || check_flat "  in the memory that $FEW take" "${before[$kind]}" "$peak"
        before[$kind]=$peak
    done
    rm "$TMP/rows"
    [ "$rows" = $MANY ] || stop_emulator
done

# ------------------------------------------------------------------ one long answer

declare -A options=([compressed]="" [plain]=--no-gzip)
for how in compressed plain; do
    stop_emulator
    # shellcheck disable=SC2086
    connect --contacts 3 ${options[$how]}
    for size in 2 200; do
        long $size
        peak_of "$BUILD/hubauth" api --include "$LIST" >"$TMP/answer"
        check_is "api: $size MiB, $how" "$status $(sed '1,/^$/d' "$TMP/answer" | wc -c)" "0 $(((size << 20) + 15))"
        check_is "  that it is" "$(sed '/^$/q' "$TMP/answer" | grep -ci '^content-encoding: gzip')" "$([ $how = plain ] && echo 0 || echo 1)"
        [ $size = 2 ] || check_flat "  in the memory that 2 MiB take" "$small" "$peak"
        [ $size != 2 ] || small=$peak
    done
    rm "$TMP/answer"

    # A reader that is much slower than the server.
    long 64
    bytes=$(peak_of "$BUILD/hubauth" api "$LIST" | python3 -c '
import os, time
n = 0
while piece := os.read(0, 65536):
    n += len(piece)
    time.sleep(0.001)
print(n)')
    check_is "into a slow pipe, $how: all of it" "$bytes" $(((64 << 20) + 15))
    check_flat "  and nothing piles up" "$small" "$(cat "$TMP/peak")"
done

# That these figures can be anything else.
long 40
peak_of "$BUILD/hubauth" api --select . "$LIST" >"$TMP/answer"
check_is "an answer that --select needs whole" "$status $(wc -l <"$TMP/answer")" "0 1"
check "  is held, which is seen: $peak KiB" test "$peak" -gt $((40 << 10))

plan
