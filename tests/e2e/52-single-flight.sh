#!/usr/bin/env bash
# One refresh for each grant, whoever asks at once (T1): two hundred processes want a token that has expired.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

PROCESSES=200
# Sanitizers make processes large and slow.
sanitized && PROCESSES=40

# Starts them; $pids.
rush() {
    local i
    pids=()
    rm -f "$TMP"/token.* "$TMP"/said.*
    for ((i = 0; i < PROCESSES; i++)); do
        "$BUILD/hubauth" token >"$TMP/token.$i" 2>"$TMP/said.$i" &
        pids+=("$!")
        children+=("$!")
    done
}

# Waits until each of them waits for the process that refreshes.
rush_waits() {
    until [ "$(cat "$TMP"/said.* | grep -c 'waiting for the refresh')" -eq "$PROCESSES" ] || ! kill -0 "${pids[0]}" 2>/dev/null; do
        sleep 0.1
    done
}

# Waits for them; $failed of them did.
rush_end() {
    local pid
    failed=0
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
}
voices() { cat "$TMP"/said.* | sort | uniq -c | sort -rn | head -n 8 | sed 's/^/# /'; }

# $1: what is special; the other arguments go to the emulator.
at_expiry() {
    local what=$1 token
    shift
    start_emulator --auto-approve "$@"
    new_home
    add_app test
    login_with_token "expired-token" 1
    reset_stats
    rush
    rush_end
    check_is "$what: all $PROCESSES exit 0" "$failed" 0 || voices
    check_is "$what: all print the same token" "$(sort -u "$TMP"/token.* | wc -l)" 1
    token=$(cat "$TMP/token.0")
    check "$what: it is a new one" test "$token" != expired-token
    check "$what: the API accepts it" web -f -o "$TMP/page" -H "Authorization: Bearer $token" \
        "$EMU/crm/v3/objects/contacts?limit=1"
    check_is "$what: exactly one refresh (T1)" "$(stats .token_refresh_ok)" 1
    check_is "$what: none failed" "$(stats .token_refresh_failed)" 0
    run hubauth refresh
    check_is "$what: the next refresh works with what was stored (C5)" "$status" 0 || said
    stop_emulator
}

at_expiry "plain"
at_expiry "refresh tokens that are replaced" --rotate-refresh-tokens
at_expiry "a slow HubSpot" --latency 200
at_expiry "both" --rotate-refresh-tokens --latency 200

# The next refresh is processed, and its answer held back.
hold_refresh() {
    reset_stats
    fault '{"route": "/oauth/2026-03/token", "count": 1, "delay_ms": 600000}'
}

# --- the process that refreshes is killed while it waits for the answer
start_emulator --auto-approve
new_home
add_app test
login_with_token "expired-token" 1
hold_refresh
"$BUILD/hubauth" token >"$TMP/killed" 2>&1 &
holder=$!
wait_until "$holder" in_flight
rush
rush_waits
check "the holder is killed while the others wait" kill -KILL "$holder"
wait "$holder" 2>/dev/null
rush_end
check_is "the holder is killed: all others exit 0" "$failed" 0 || voices
check_is "the holder is killed: all others print the same token" "$(sort -u "$TMP"/token.* | wc -l)" 1
check "the holder is killed: one more refresh at most" test "$(stats .token_refresh_ok)" -le 2

stop_emulator

# --- the holder is stopped while it waits for the answer, and goes on later: the others wait, and nobody refreshes beside it
start_emulator --auto-approve --rotate-refresh-tokens --replay-detection
new_home
add_app test
login_with_token "expired-token" 1
hold_refresh
"$BUILD/hubauth" token >"$TMP/stopped" 2>&1 &
holder=$!
children+=("$holder")
wait_until "$holder" in_flight
kill -STOP "$holder"
rush
rush_waits
check_is "the holder is stopped: nobody refreshes beside it" "$(stats '.token_refresh_ok + .token_refresh_failed')" 1
clear_faults
kill -CONT "$holder"
rush_end
wait "$holder"
check_is "the holder goes on: it has its token" "$?" 0
check_is "the holder goes on: all $PROCESSES others exit 0" "$failed" 0 || voices
check_is "the holder goes on: all print the same token" "$(sort -u "$TMP"/token.* "$TMP/stopped" | wc -l)" 1
check_is "the holder goes on: exactly one refresh (T1)" "$(stats '.token_refresh_ok + .token_refresh_failed')" 1

plan
