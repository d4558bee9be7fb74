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
# The same in HubSpot's own words, and without any.
for code in 500 502 503 504; do outcome 0 2 "$(on_list "{\"status\":$code}")" "$LIST?limit=1"; done
for code in 502 429; do outcome 0 2 "$(on_list "{\"status\":$code,\"body\":\"empty\"}")" "$LIST?limit=1"; done
outcome 0 2 "$(on_list '{"status":423}')" "$LIST?limit=1"
check_stderr_has "HubSpot answered 423"
outcome 0 2 "$(on_list '{"status":477,"retry_after":1}')" "$LIST?limit=1"
for policy in SECONDLY TEN_SECONDLY_ROLLING; do outcome 0 2 "$(on_list "{\"policy\":\"$policy\",\"retry_after\":1}")" "$LIST?limit=1"; done
outcome 0 2 "$(on_list '{"status":429,"body":"text","text":"{\"status\":\"error\",\"message\":\"You have reached your rate limit.\",\"category\":\"RATE_LIMITS\"}"}')" "$LIST?limit=1"
outcome 0 2 "$(on_list '{"status":429,"body":"html","retry_after":1}')" "$LIST?limit=1"
for body in html empty; do outcome 0 2 "$(on_list "{\"status\":400,\"body\":\"$body\"}")" "$LIST?limit=1"; done
outcome 0 2 "$(on_list '{"status":403,"body":"html"}')" "$LIST?limit=1"

# A 200 is not always an answer.
outcome 0 2 "$(on_list '{"status":200,"body":"truncated"}')" "$LIST?limit=9"
check "  the whole answer is printed, and once" test "$(jq -s 'length == 1 and (.[0].results | length == 9)' "$out")" = true
outcome 0 4 "$(on_list '{"status":200,"body":"html"}')" --paginate "$LIST?limit=100"
outcome 0 2 "$(on_list '{"action":"cut"}')" "$LIST?limit=9"
outcome 0 2 "$(on_list '{"action":"reset"}')" "$LIST?limit=9"
# In small chunks, and late, it is an answer.
outcome 0 1 "$(on_list '{"action":"chunked"}')" "$LIST?limit=9"
outcome 0 1 "$(on_list '{"delay_ms":1500}')" "$LIST?limit=9"
outcome 0 1 "$(on_list '{"action":"drip","rate":2000}')" "$LIST?limit=9"
check "  and drop by drop it is whole" test "$(jq '.results | length' "$out")" = 9

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
for body in '{\"category\":\"EXPIRED_AUTHENTICATION\"}' '{\"category\":\"INVALID_AUTHENTICATION\",\"unknown\":[{}]}'; do
    outcome 0 2 "$(on_list "{\"status\":401,\"body\":\"text\",\"text\":\"$body\"}")" "$LIST?limit=1"
done
outcome 0 2 "$(on_list '{"status":401,"body":"empty"}')" "$LIST?limit=1"
outcome 0 2 "$(on_list '{"status":401,"body":"html"}')" "$LIST?limit=1"

# ------------------------------------------------------------------ not asked again

for pair in 400:1 402:1 403:4 404:1 405:1 409:1 410:1 413:1 414:1 415:1 422:1 418:1 302:1; do
    outcome "${pair#*:}" 1 "$(on_list "{\"status\":${pair%:*}}")" "$LIST?limit=1"
done
# Errors that lack what they should have, in another order, with what nobody knows; and the page of an unknown path.
for text in '{}' '{\"message\":\"no\"}' '{\"new\":{\"a\":[1]},\"category\":\"VALIDATION_ERROR\",\"status\":\"error\"}'; do
    outcome 1 1 "$(on_list "{\"status\":400,\"body\":\"text\",\"text\":\"$text\"}")" "$LIST?limit=1"
done
outcome 4 1 "$(on_list '{"status":403,"body":"text","text":"{\"category\":\"MISSING_SCOPES\",\"errors\":[{\"context\":{\"requiredGranularScopes\":[\"tickets\"]}}]}"}')" "$LIST?limit=1"
check_stderr_has tickets
for code in 404 405 414; do outcome 1 1 "$(on_list "{\"status\":$code,\"body\":\"html\"}")" "$LIST?limit=1"; done
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

# ------------------------------------------------------------------ in the middle of an export

stop_emulator
connect --contacts 300 --rate-limit 100000

# $1: exit code, $2: rows that are there afterwards, in the file or kept for --resume; $3: the fault, on page two of three
export_outcome() {
    local rows=$TMP/rows
    rm -f "$rows"*
    clear_faults
    fault "$(on_list "$3" | jq -c '. + {skip: 1}')"
    run hubauth export contacts --sort --output "$rows"
    check_is "export, $3: exit code, rows" "$status $(cat "$rows" "$rows.hubauth-part" 2>/dev/null | jq -r .id | sort -u | wc -l)" "$1 $2" || said
}
for code in 401 423 429 477 500 503 524; do export_outcome 0 300 "{\"status\":$code}"; done
for code in 400 403 502; do export_outcome 0 300 "{\"status\":$code,\"body\":\"html\"}"; done
for what in '"body":"truncated"' '"action":"cut"' '"action":"reset"' '"action":"chunked"' '"action":"expire"' '"action":"drip","rate":90000'; do
    export_outcome 0 300 "{$what}"
done
for pair in 400:1 403:4 404:1 405:1 409:1 414:1; do export_outcome "${pair#*:}" 100 "{\"status\":${pair%:*}}"; done
export_outcome 5 100 '{"policy":"DAILY"}'
clear_faults

# A batch of which a part failed is an answer.
outcome 0 1 "$(on_read '{"status":207,"body":"text","text":"{\"status\":\"COMPLETE\",\"results\":[],\"numErrors\":1}"}')" POST "$READ" -d "$BODY"

plan
