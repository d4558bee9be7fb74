#!/usr/bin/env bash
# The demo cleans up after itself, also when it is interrupted.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

demo=$E2E/../../tools/demo
export TMPDIR=$TMP/demo-tmp
mkdir "$TMPDIR"

# The processes of session $1.
session() {
    local stat
    for stat in /proc/[0-9]*/stat; do
        sed -nE "s/^([0-9]+) \(.*\) [RSDTtIW] [0-9]+ [0-9]+ $1 .*/\1/p" "$stat" 2>/dev/null
    done
}

# Starts the demo in a session of its own, waits until it has printed $2, then sends $1 to all of it, as a terminal does.
interrupt_at() {
    local signal=$1 text=$2 pid
    setsid bash -c 'trap - INT; exec "$@"' _ env --default-signal=INT,TERM "$demo" "$BUILD" >"$TMP/demo.out" 2>&1 </dev/null &
    pid=$!
    children+=("$pid")
    while ! grep -qF "$text" "$TMP/demo.out"; do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    kill "-$signal" -- "-$pid" 2>/dev/null
    wait "$pid"
    status=$?
    check "$signal at \"$text\": it came so far" grep -qF "$text" "$TMP/demo.out" || sed 's/^/# /' "$TMP/demo.out"
    check "$signal at \"$text\": it ends" test "$status" -ne 0
    check_is "$signal at \"$text\": nothing runs on" "$(session "$pid")" ""
    check_is "$signal at \"$text\": no file is left" "$(ls -A "$TMPDIR")" ""
}
interrupt_at INT "login --no-browser"
interrupt_at INT "contacts.ndjson"
interrupt_at TERM "listening on"

run "$demo" "$BUILD" </dev/null
check_is "left alone, the demo succeeds" "$status" 0 || said
check_stdout_has "10000 contacts.ndjson"
check_stdout_has "10000 contacts-v1.ndjson"
check "  and shows no secret" not grep -qF "$CLIENT_SECRET" "$out"
check "  and no escape sequences into a pipe" not grep -q $'\e' "$out"
check_is "  no file is left" "$(ls -A "$TMPDIR")" ""

plan
