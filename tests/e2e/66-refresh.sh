#!/usr/bin/env bash
# A refresh that does not go well: what the next command does, and what `hubauth status` tells of it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

token_route=/oauth/2026-03/token
token_fault() { fault "$(jq -nc --arg route $token_route "{route: \$route} + $1")"; }
status_json() {
    run hubauth status --json
    json_get "$1"
}
expired() {
    login_with_token "expired-token-$RANDOM" 1
    until [ "$(status_json .expires_in)" -lt 0 ]; do sleep 0.1; done
}

# --- in doubt: the server acted, and its answer was lost; it does not rotate
connect
expired
reset_stats
token_fault '{action: "drop_after_processing"}'
check_status 0 hubauth token
check_stderr_has "trying again in"
check_is "a lost answer: asked for again, once, by the same command (C6)" "$(stats .token_refresh_ok)" 2
check_is "a lost answer: no doubt is left" "$(status_json '[.state, .failures, .asks_again_in, .last_message] | map(tostring) | join(" ")')" "ok 0 0 "

# --- in doubt for longer
expired
token_fault '{status: 502, body: "html", count: 50, retry_after: 40}'
check_status 6 hubauth token
check_status 0 hubauth status
check_stdout_has "its outcome is not known"
check_stdout_has "HTTP 502"
check_stdout_has "1 refresh in a row brought no token"
check_stdout_has "HubSpot is not asked again for"
check_stdout_has "hubauth refresh"
check_is "status --json: the state" "$(status_json .state)" refreshing
check_is "status --json: how often" "$(status_json .failures)" 1
check "status --json: when" test "$(status_json .asks_again_in)" -gt 30
reset_stats
check_status 6 hubauth token
check_stderr_has "is not asked again for"
check_stderr_has "hubauth refresh asks at once"
check_is "who comes before the time does not ask (C8)" "$(stats '.token_refresh_ok + .token_refresh_failed + .faults')" 0
clear_faults
check_status 0 hubauth refresh
check_is "a person who insists does: all is well" "$(status_json '.state + " " + (.failures | tostring)')" "ok 0"

# --- HubSpot's words are kept for those who may not ask
expired
token_fault '{policy: "SECONDLY", retry_after: 600, count: 50}'
check_status 6 hubauth token
check_status 6 hubauth token
check_stderr_has "is not asked again for"
check_is "what was throttled is no doubt" "$(status_json .state)" ok
check "status has HubSpot's words (T3)" test -n "$(status_json .last_message)"
clear_faults
stop_emulator

# --- a strict server: the truth, and no more than that
connect --rotate-refresh-tokens --replay-detection
expired
token_fault '{action: "drop_after_processing"}'
check_status 3 hubauth token
check_stderr_has "the answer to an earlier refresh was lost"
check_stderr_has "hubauth login --app test"
check_status 3 hubauth status
login_auto || bail "a login mends it"
check_status 0 hubauth token
stop_emulator

# --- one with a grace: nothing is lost
connect --rotate-refresh-tokens --rotation-grace --replay-detection
expired
token_fault '{action: "drop_after_processing"}'
check_status 0 hubauth token
check_status 0 hubauth refresh
check_status 0 hubauth refresh

plan
