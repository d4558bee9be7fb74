#!/usr/bin/env bash
# Many accounts of one app want new tokens at once (C8). HubSpot counts them for the app, in each second; it publishes no number and no answer names one.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

ACCOUNTS=15
FIRST=2000001
TOKEN=/oauth/2026-03/token

# Each account is refreshed by a process of its own, all at the same time; $failed of them could not.
refresh_all() {
    local i pid pids=()
    for ((i = 0; i < ACCOUNTS; i++)); do
        "$BUILD/hubauth" refresh "test/$((FIRST + i))" >"$TMP/said.$i" 2>&1 &
        pids+=("$!")
        children+=("$!")
    done
    failed=0
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
}
voices() { cat "$TMP"/said.* | sort | uniq -c | sort -rn | head -n 8 | sed 's/^/# /'; }
limit() { web -f -o /dev/null -d "$1" "$EMU/_emulator/limit"; }
of_tokens() { hubauth limits "test/$FIRST" --json | jq -r ".limits[] | select(.policy == \"token endpoint\") | $1"; }
status_of() { hubauth status "test/$PORTAL" --json | jq -r "$1"; }

start_emulator --auto-approve
new_home
add_app test
for ((i = 0; i < ACCOUNTS; i++)); do
    login_auto --portal "$((FIRST + i))" || { said; bail "login"; }
done

# ------------------------------------------------------------------ before anything is known

limit '{"tokens": 10}'
reset_stats
refresh_all
check_is "$ACCOUNTS accounts at once: all get a token" "$failed" 0 || voices
check_is "  each one" "$(stats .token_refresh_ok)" "$ACCOUNTS"
check "  never more than ten in a second" test "$(stats .max_tokens_in_second)" -le 10
check_is "  none is refused" "$(stats .status_429)" 0
check_is "  and nothing is known of the limit" "$(of_tokens '"\(.known) \(.refused)"')" "false 0"

# ------------------------------------------------------------------ refusals teach it

# All again until none is refused: most often the second time.
limit '{"tokens": 4}'
all_failed=0
refused=0
for ((round = 1; round <= 8; round++)); do
    reset_stats
    refresh_all
    all_failed=$((all_failed + failed))
    [ "$round" -gt 1 ] || refused=$(stats .status_429)
    [ "$(stats .status_429)" -gt 0 ] || break
done
check_is "HubSpot takes four in a second: all get a token" "$all_failed" 0 || voices
check "  the first time some had to ask again" test "$refused" -gt 0
check_is "  and then none is refused" "$(stats .status_429)" 0
check "  never more than four in a second" test "$(stats .max_tokens_in_second)" -le 4
check_is "  limits shows what was learnt" "$(of_tokens '"\(.known) \(.allowed >= 1 and .allowed < 10) \(.refused > 0) \(.used + .left == .allowed)"')" "true true true true"
check "  in words" grep -qE '^token endpoint +[1-9] in 1 s +[0-9] +[0-9] ' <(hubauth limits "test/$FIRST")
limit '{"tokens": 0}'

# ------------------------------------------------------------------ or HubSpot's answers name it

# (R1) They did not yet, but the first that does is believed: nobody has to be refused.
stop_emulator
start_emulator --auto-approve --token-rate-limit 4 --token-limit-headers
new_home
add_app test
for ((i = 0; i < ACCOUNTS; i++)); do
    login_auto --portal "$((FIRST + i))" || { said; bail "login"; }
done
check_is "the answer to a login names the limit: it is known" "$(of_tokens '"\(.known) \(.allowed) \(.interval_ms)"')" "true 4 1000"
check_status 0 hubauth refresh "test/$FIRST"
reset_stats
refresh_all
check_is "  all ask at once: all get a token" "$failed" 0 || voices
check_is "  and none is refused" "$(stats '"\(.status_429) \(.token_refresh_ok)"')" "0 $ACCOUNTS"
check "  never more than four in a second" test "$(stats .max_tokens_in_second)" -le 4
limit '{"tokens": 6}'
check_status 0 hubauth refresh "test/$FIRST"
check_is "another number: the next answer tells it" "$(of_tokens '"\(.known) \(.allowed)"')" "true 6"
stop_emulator
start_emulator --auto-approve

# ------------------------------------------------------------------ a refusal holds the app

# Two accounts: one with a token that is valid, one with a token that has expired.
new_home
add_app test
login_auto --portal "$FIRST" || { said; bail "login"; }
login_with_token expired-token 1
until [ "$(status_of .expires_in)" -lt 0 ]; do sleep 0.1; done
reset_stats
fault '{"route": "'$TOKEN'", "policy": "SECONDLY", "retry_after": 10}'
"$BUILD/hubauth" refresh "test/$FIRST" 2>"$TMP/first.err" &
first=$!
children+=("$first")
refused_once() { [ "$(stats .status_429)" -eq 1 ]; }
wait_until "$first" refused_once
check_status 0 hubauth token "test/$PORTAL"
check "one account is refused: the other one waits, and says so" grep -q "app test waits" "$err"
check "  its token is new" not grep -q expired-token "$out"
wait "$first"
check_is "  the first one has its token as well" "$?" 0
check_is "  HubSpot had to refuse once" "$(stats '"\(.status_429) \(.token_refresh_ok)"')" "1 2"

fault '{"route": "'$TOKEN'", "policy": "SECONDLY", "retry_after": 600}'
check "status says nothing of pauses before there is one" not grep -q "^new tokens" <(hubauth status "test/$PORTAL")
check_is "  nor with --json" "$(status_of .app_asks_again_at)" null
check_status 6 hubauth refresh "test/$FIRST"
check_status 0 hubauth status "test/$PORTAL"
check "status of another account of the app: until when it waits" \
    grep -qE '^new tokens +HubSpot refused some to app test, and is not asked again for (9|10) m[^,]*, until 20[0-9-]+T[0-9:]+Z; hubauth refresh asks at once$' "$out"
ends=$(date -d "$(status_of .app_asks_again_at)" +%s) now=$(date +%s)
check "  and with --json" test "$ends" -gt $((now + 60)) -a "$ends" -le $((now + 601))
reset_stats
check_status 0 hubauth token "test/$PORTAL" --min-ttl 1h
check "ten minutes are not waited for: a token that is valid is handed out, with a warning" grep -q "not asked again for" "$err"
check_status 6 hubauth app check test
check_stderr_has "HubSpot has refused new tokens to app test, and is not asked again for"
check_status 6 hubauth token --app test --scope developer.webhooks_journal.read
check_is "  nothing was asked" "$(stats '"\(.token_refresh_ok) \(.token_refresh_failed) \(.token_code_failed) \(.token_app_ok)"')" "0 0 0 0"
check_is "  nothing is in doubt" "$(status_of '"\(.state) \(.failures)"')" "ok 0"
check_status 0 hubauth refresh "test/$PORTAL"
check_status 0 hubauth token "test/$PORTAL" --min-ttl 1h
check "  a person asks all the same; then the pause is over for all" not grep -q "not asked again" "$err"
check_is "  for status as well" "$(status_of .app_asks_again_at)" null

plan
