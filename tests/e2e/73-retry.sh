#!/usr/bin/env bash
# What an answer of HubSpot's API leads to (docs/protocol.md, "The other APIs"): each status and body with its exit code, and whether it is
# asked again (C6, C8, C10, T3).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
READ=/crm/objects/2026-03/contacts/batch/read
BODY='{"inputs":[{"id":"1"}],"properties":["email"]}'

asked() { stats '[.requests | to_entries[] | select(.key | test("contacts|introspect")) | .value] | add // 0'; }
# $1: exit code, $2: how often HubSpot is asked, $3: the fault, then the call
outcome() {
    local code=$1 times=$2 what=$3
    shift 3
    clear_faults
    reset_stats
    fault "$what"
    run hubauth api "$@"
    check_is "$what, ${1:0:5}: exit code, requests" "$status $(asked)" "$code $times" || said
}
on_list() { jq -nc --arg route "$LIST" --argjson more "$1" '{route: $route} + $more'; }
on_read() { jq -nc --arg route "$READ" --argjson more "$1" '{route: $route} + $more'; }

connect --contacts 300

# ------------------------------------------------------------------ asked again

for code in 408 425 500 502 503 504 521 522 523 524 525 526; do
    outcome 0 2 "$(on_list "{\"status\":$code,\"body\":\"html\"}")" "$LIST?limit=1"
done
outcome 0 2 "$(on_list '{"status":423}')" "$LIST?limit=1"
check_stderr_has "HubSpot answered 423"
outcome 0 2 "$(on_list '{"status":477,"retry_after":1}')" "$LIST?limit=1"
outcome 0 2 "$(on_list '{"policy":"SECONDLY","retry_after":1}')" "$LIST?limit=1"
outcome 0 2 "$(on_list '{"status":400,"body":"html"}')" "$LIST?limit=1"
outcome 0 2 "$(on_list '{"status":403,"body":"html"}')" "$LIST?limit=1"

# A 200 is not always an answer.
outcome 0 2 "$(on_list '{"status":200,"body":"truncated"}')" "$LIST?limit=9"
check "  the whole answer is printed, and once" test "$(jq -s 'length == 1 and (.[0].results | length == 9)' "$out")" = true
outcome 0 4 "$(on_list '{"status":200,"body":"html"}')" --paginate "$LIST?limit=100"
outcome 0 2 "$(on_list '{"action":"cut"}')" "$LIST?limit=9"
outcome 0 2 "$(on_list '{"action":"reset"}')" "$LIST?limit=9"

# What only reads is repeated though it is a POST.
outcome 0 2 "$(on_read '{"status":502,"body":"html"}')" POST "$READ" -d "$BODY"
outcome 0 2 "$(on_read '{"action":"drop_after_processing"}')" POST "$READ" -d "$BODY"
outcome 0 2 "$(on_read '{"status":200,"body":"truncated"}')" POST "$READ" -d "$BODY"
outcome 0 2 "$(on_read '{"status":502}')" POST "$READ" -d - <<<"$BODY"
ok "  a body from a pipe goes out again"

# An expired token: one refresh, for all of it.
reset_stats
expire_tokens
check_status 0 hubauth api --paginate "$LIST?limit=100"
check_is "an expired token costs one refresh, and no page" "$(stats .token_refresh_ok) $(jq -s 'map(.results | length) | add' "$out")" "1 300"

# ------------------------------------------------------------------ tried to the end

outcome 6 5 "$(on_list '{"status":503,"body":"html","count":9}')" "$LIST?limit=1"
outcome 3 2 "$(on_list '{"status":401,"count":9}')" "$LIST?limit=1"

# ------------------------------------------------------------------ not asked again

for pair in 400:1 402:1 403:4 404:1 405:1 409:1 410:1 413:1 414:1 415:1 422:1 418:1 302:1; do
    outcome "${pair#*:}" 1 "$(on_list "{\"status\":${pair%:*}}")" "$LIST?limit=1"
done
outcome 5 1 "$(on_list '{"policy":"DAILY"}')" "$LIST?limit=1"
# A wait of a day is nothing for a person.
outcome 6 1 "$(on_list '{"status":477,"retry_after":86400}')" "$LIST?limit=1"
check_stderr_has "it asks to wait"

# What may have been acted on is not sent twice (C6); what was surely refused is. The emulator has no writes: any other POST will do.
OTHER=/oauth/2026-03/token/introspect
on_other() { jq -nc --arg route "$OTHER" --argjson more "$1" '{route: $route} + $more'; }
outcome 6 1 "$(on_other '{"status":502,"body":"html"}')" POST "$OTHER" -d '{}'
outcome 6 1 "$(on_other '{"action":"drop_after_processing"}')" POST "$OTHER" -d '{}'
outcome 6 1 "$(on_other '{"status":200,"body":"text","text":"{\"id\":"}')" POST "$OTHER" -d '{}'
check_stderr_has "most likely carried out"
outcome 1 2 "$(on_other '{"status":503}')" POST "$OTHER" -d '{}'

# A batch of which a part failed is an answer.
outcome 0 1 "$(on_read '{"status":207,"body":"text","text":"{\"status\":\"COMPLETE\",\"results\":[],\"numErrors\":1}"}')" POST "$READ" -d "$BODY"

plan
