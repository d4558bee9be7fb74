#!/usr/bin/env bash
# hubauth limits: what is allowed, used and left, as all processes of the user know it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
requests() { stats '[.requests | to_entries[] | select(.key | test("account-info|contacts")) | .value] | add // 0'; }
limit_of() { jq -r --arg policy "$1" ".limits[] | select(.policy == \$policy) | $2" "$out"; }

connect --contacts 50
reset_stats
check_status 0 hubauth limits
check "nothing is known: one call asks" test "$(requests)" = 1
check "  and tells what is allowed" grep -qE '^ten-secondly +110 in 10 s +1 +109 +in [0-9.]+ m?s +0' "$out"
check "  search is apart" grep -qE '^search +[45] in [0-9.]+ m?s +0 ' "$out"
check "  an OAuth app has no limit of the day" not grep -q daily "$out"
for _ in 1 2 3 4; do hubauth api --silent "$LIST?limit=1"; done
check_status 0 hubauth limits --json
check_is "what other processes used is known, without another call" "$(limit_of ten-secondly '"\(.used) \(.left) \(.allowed) \(.known)"') $(requests)" "5 105 110 true 5"
check "  and when all of it is free again" test "$(limit_of ten-secondly .renews_in_ms)" -gt 0 -a "$(limit_of ten-secondly .renews_in_ms)" -le 11000
fault '{"route": "'$LIST'", "policy": "TEN_SECONDLY_ROLLING", "retry_after": 2}'
check_status 0 hubauth api --silent "$LIST?limit=1"
check_status 0 hubauth limits "$PORTAL" --json
check_is "a refusal is counted" "$(limit_of ten-secondly .refused)" 1
check_status 2 hubauth limits no-such-account

# The token endpoint's limit is not published; what is known is that it has refused, and until when nobody asks.
check "the token endpoint has a line" grep -qE '^token endpoint +not published +- +- +(all is free|in [0-9.]+ m?s) +0' <(hubauth limits)
fault '{"route": "/oauth/2026-03/token", "policy": "SECONDLY", "retry_after": 600}'
check_status 6 hubauth refresh
check_status 0 hubauth limits --json
check_is "  a refusal stands in it" "$(limit_of "token endpoint" '"\(.refused) \(.known) \(has("allowed")) \(.renews_in_ms > 500000)"')" "1 false false true"
check "  in words" grep -qE '^token endpoint +not published +- +- +in (9|10) m +1' <(hubauth limits)
check_status 0 hubauth refresh
check_is "  a person asks all the same; what HubSpot gives ends the pause" "$(hubauth limits --json | jq -r '.limits[] | select(.policy == "token endpoint") | .renews_in_ms < 5000')" true

"$BUILD/hubauth" limits --json --watch >"$TMP/watch" &
pid=$!
children+=("$pid")
until [ "$(wc -l <"$TMP/watch")" -ge 2 ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
kill -INT "$pid"
wait "$pid" 2>/dev/null
check_is "--watch goes on until it is stopped" "$?" 130
check "  each line is whole" jq -e .limits "$TMP/watch"

web -X POST "$EMU/_emulator/uninstall" >/dev/null
rm -r "$HUBAUTH_HOME/shared"
check_status 3 hubauth limits

plan
