#!/usr/bin/env bash
# hubauth api, after the manner of gh api: where it goes, what it sends, every kind of list, what it prints.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
requests() { stats '[.requests[]] | add // 0'; }

connect --contacts 1234

# ------------------------------------------------------------------ where it goes (C9, G4)

check_status 0 hubauth api "$EMU/account-info/2026-03/details"
check_stdout_has '"portalId":1234567'
reset_stats
for target in https://evil.example/x "http://localhost:1/x" "${EMU}0/x" "$EMU.evil.example/x" "$EMU" //evil.example/x x "$LIST/../x" "$LIST/%2e%2E/x" \
    "$LIST/..;/x" '/a\..\b' "$LIST//x" "$LIST/." "$LIST/%2f%2e%2e" "$LIST/a b" "$LIST#x"; do
    run hubauth api "$target"
    check_is "refused: $target" "$status" 2
done
for header in "Authorization: Bearer x" "Host: evil.example" "content-length: 1" "Transfer-Encoding: chunked" "Connection: close" \
    "host : evil.example" $'X: a\r\nHost: evil.example' "no colon"; do
    run hubauth api -H "$header" "$LIST"
    check_is "refused: header ${header//[$'\r\n']/·}" "$status" 2
done
check_is "  nothing of it was sent" "$(requests)" 0
check_status 0 hubauth api -H "Accept: application/json" -H "X-Empty:" "$LIST?limit=1"
check_status 0 hubauth api "$LIST?limit=1&site=https://example.com/"
check_stdout_has '"results":'

# ------------------------------------------------------------------ what it sends

check_status 0 hubauth api GET "$LIST" -f limit=3 -f properties=email,city
check_is "fields of a GET are its query" "$(jq '.results | length, (.[0].properties | has("city"))' "$out" | xargs)" "3 true"
check_status 0 hubauth api -X GET "$LIST?limit=2" -F archived=false
check_is "  beside what the path has" "$(jq '.results | length' "$out")" 2
READ=$LIST/batch/read
id=$(hubauth api "$LIST?limit=1" --select 'results[0].id')
printf '{"inputs":[{"id":"%s"}],"properties":["email"]}' "$id" >"$TMP/body"
for data in "@$TMP/body" - @- "$(cat "$TMP/body")"; do
    run hubauth api "$READ" -d "$data" --select 'results[].id' <"$TMP/body"
    check_is "a body is a POST: -d ${data:0:5}" "$status $(cat "$out")" "0 $id"
done
check_status 2 hubauth api "$READ" -d '{}' -f a=b
check_status 2 hubauth api POST -X GET "$LIST"
check_status 2 hubauth api -X FETCH "$LIST"
check_status 2 hubauth api "$READ" -d @"$TMP/nothing"
run hubauth api "$READ" -f 'properties[]=email' -F 'inputs=[]'
check_is "fields are a body: HubSpot's own words on it" "$status $(jq -r .category "$out")" "1 VALIDATION_ERROR"

# ------------------------------------------------------------------ what it prints

check_status 0 hubauth api --select 'results[].properties.email' "$LIST?limit=5"
check_is "--select: a line for each row" "$(wc -l <"$out")" 5
check "  with the values themselves" grep -q '^[^"]*@example\.' "$out"
check_status 0 hubauth api --select 'paging.next.after' "$LIST?limit=5"
check "  a scalar" grep -qx '[0-9]*' "$out"
check_status 1 hubauth api --select 'result[].id' "$LIST?limit=5"
check_stderr_has 'nothing in it is at "result[].id"'
check_status 1 hubauth api --select 'results.id' "$LIST?limit=5"
check_stderr_has "[] stands for each element of a list, as in 'results[].id'"
check_status 0 hubauth api --select 'results[].id' "$LIST?limit=5&after=999999999999999"
check_stdout_empty
check_status 2 hubauth api --select 'results[' "$LIST?limit=5"
named='{"a[]":{"b":1},"e":{"x[]":[]}}'
for pair in '["a[]"].b=0 1' '["a[]"].c=1' 'e["x[]"][]=0' 'e["y[]"][]=1' '["a[]"][]=0 1'; do
    fault "$(jq -nc --arg text "$named" --arg route "$LIST" '{route: $route, body: "text", text: $text}')"
    run hubauth api --select "${pair%=*}" "$LIST"
    check_is "a name with [] in it: ${pair%=*}" "$(echo "$status" "$(tr -d '\n' <"$out")" | xargs)" "${pair#*=}"
done
check_status 1 hubauth api --select x /nowhere
check_stdout_has "Not Found"
check_status 0 hubauth api --silent "$LIST?limit=5"
check_stdout_empty
check_status 0 hubauth api --silent -i "$LIST?limit=5"
check_is "--include --silent: the head alone" "$(head -n 1 "$out") $(grep -c results "$out")" "HTTP 200 0"
run hubauth api "$LIST?limit=2"
cp "$out" "$TMP/plain"
check "into a pipe the body goes as it came" test "$(wc -l <"$TMP/plain")" -le 1
"$E2E/at-terminal" "$BUILD/hubauth" api "$LIST?limit=2" </dev/null >"$TMP/terminal"
check "at a terminal it is laid out" grep -q '^      "id": "' "$TMP/terminal"
"$E2E/at-terminal" "$BUILD/hubauth" api --raw "$LIST?limit=2" </dev/null >"$TMP/terminal"
check "  but not with --raw" grep -q '^{"results":\[{"id":' "$TMP/terminal"
# What people may have written into a form drives no terminal (B10); a pipe gets it as it is.
# shellcheck disable=SC2016
check_status 4 hubauth api --silent "/crm/objects/2026-03/deals?limit=1"
check "a scope that is missing: one command gets it" grep -qF "hubauth app update test --scope '$SCOPE crm.objects.deals.read' && hubauth login --app test" "$err"
check_status 1 hubauth api --silent "/crm/objects/2026-03/contacts/1"
check "a record that is missing is no wrong path" grep -qF "no such object" "$err"

odd='{route: "/crm/objects/2026-03/contacts", count: 1, status: 404, body: "text", text: $text}'
for text in $'{"results":[{"id":"\xc2\x9b2J"}]}' $'no JSON\033[2J\n\tat all\xc2\x9b2J'; do
    for option in "" --paginate -i; do
        fault "$(jq -nc --arg text "$text" "$odd")"
        # shellcheck disable=SC2086
        "$E2E/at-terminal" "$BUILD/hubauth" api $option "$LIST?limit=2" </dev/null >"$TMP/terminal"
        check "at a terminal${option:+ with }$option it is printable" not grep -qP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]' "$TMP/terminal"
    done
    fault "$(jq -nc --arg text "$text" "$odd")"
    run hubauth api "$LIST?limit=2"
    check_is "  into a pipe it is what came" "$(cat "$out")" "$text"
done
selected=$'{"results":[{"name":"\xc2\x9b2J\xe2\x80\xae","inside":{"\xc2\x9bm":["\xe2\x80\xae"]}}]}'
for path in 'results[].name' 'results[].inside'; do
    fault "$(jq -nc --arg text "$selected" --arg route "$LIST" '{route: $route, count: 1, body: "text", text: $text}')"
    "$E2E/at-terminal" "$BUILD/hubauth" api --select "$path" "$LIST" </dev/null >"$TMP/terminal"
    check "at a terminal --select $path is printable" not grep -qP '\xc2[\x80-\x9f]|\xe2\x80\xae' "$TMP/terminal"
    check "  and is there" grep -qF '?' "$TMP/terminal"
done
clear_faults
# A hint names the app itself, where HubSpot's words lead to one.
fault "$(jq -nc --arg route "$LIST" '{route: $route, count: 1, status: 410, body: "text", text: "{}"}')"
check_status 1 hubauth api "$LIST"
check_stderr_has "hubauth app migrate test --api-version"

# ------------------------------------------------------------------ answers of any length

long() { fault "{\"route\":\"$LIST\",\"body\":\"long\",\"bytes\":$(($1 << 20)),\"count\":${3:-1}${2:+,$2}}"; }
reset_stats
long 3
check_status 0 hubauth api "$LIST"
check_is "beyond what is held, each row comes once and in order" \
    "$(jq -r '.results | length, ([.[].id | tonumber] == [range(1; 49153)])' "$out" | xargs)" "49152 true"
cp "$out" "$TMP/whole"
long 3 '"action":"chunked"'
check_status 0 hubauth api "$LIST"
check "  also where nobody knows how long it will be" cmp -s "$out" "$TMP/whole"
long 3
check_status 0 hubauth api --include "$LIST"
check_is "  with --include, the head first" "$(head -n 1 "$out") $(sed '1,/^$/d' "$out" | cmp - "$TMP/whole" && echo whole)" "HTTP 200 whole"
long 3
check_status 0 hubauth api --silent "$LIST"
check_stdout_empty
long 3
"$E2E/at-terminal" "$BUILD/hubauth" api "$LIST" </dev/null 2>&1 | grep -v '^(echo is' >"$TMP/terminal"
jq . "$TMP/whole" >"$TMP/laid-out"
check "  at a terminal it is laid out as jq does it" cmp "$TMP/laid-out" "$TMP/terminal"
long 3
"$E2E/at-terminal" "$BUILD/hubauth" api --raw "$LIST" </dev/null 2>&1 | grep -v '^(echo is' >"$TMP/terminal"
{ cat "$TMP/whole" && echo; } >"$TMP/plain"
check "  but not with --raw" cmp "$TMP/plain" "$TMP/terminal"
check_is "  and each was asked for once" "$(requests)" 6

# What was written cannot be taken back: nothing is repeated, and what is not whole does not pass for it (R2).
reset_stats
long 4 '"action":"cut"'
check_status 6 hubauth api "$LIST"
check_stderr_has "2,097,165 bytes of it had been handed on: what was written is cut or damaged, and not to be trusted"
check_is "  as many were written, and it was asked for once" "$(wc -c <"$out") $(requests)" "2097165 1"
long 1 '"action":"cut"'
check_status 0 hubauth api "$LIST?limit=3"
check_is "what is cut while it is held is asked for again" "$(jq '.results | length' "$out")" 3
long 4 '"status":503' 2
check_status 0 hubauth api "$LIST?limit=3"
check_is "  and so is an error of any length" "$(jq '.results | length' "$out")" 3

long 4
hubauth api "$LIST" 2>"$err" >/dev/full
check_is "a disk that is full: exit 8" $? 8
check_stderr_has "No space left on device"
long 4
hubauth api "$LIST" 2>"$err" | head -c 20 >/dev/null
check_is "a reader that goes away: exit 1, and not a word" "${PIPESTATUS[0]} $(wc -c <"$err")" "1 0"
# A pipe that nobody reads from: what waits there can be ended.
mkfifo "$TMP/full"
is_full() { python3 -c 'import select, sys; sys.exit(len(select.select([], [0], [], 0)[1]))' <&"$full"; }
ended() {
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.02
    done
    kill -KILL "$1"
}
for what in "api $LIST" "export contacts"; do
    exec {full}<>"$TMP/full"
    [ "$what" = "export contacts" ] || long 4
    # shellcheck disable=SC2086
    "$BUILD/hubauth" $what >"$TMP/full" 2>"$err" &
    pid=$!
    children+=("$pid")
    wait_until $pid is_full
    kill -TERM $pid
    ended $pid
    wait $pid
    check_is "$what into a full pipe: SIGTERM ends it, without a word" "$? $(wc -c <"$err")" "143 0"
    exec {full}>&-
done
clear_faults
long 65
check_status 1 hubauth api --select results "$LIST"
check_stderr_has "without --select an answer may be of any length"
clear_faults

# ------------------------------------------------------------------ every page

check_status 0 hubauth api --paginate --select 'results[].id' "$LIST?limit=100"
check_is "paging.next.after: every contact once" "$(sort -u "$out" | wc -l) $(wc -l <"$out")" "1234 1234"
cp "$out" "$TMP/ids"
check_status 0 hubauth api --paginate --select 'contacts[].vid' '/contacts/v1/lists/all/contacts/all?count=100'
check "vid-offset: the same ones" cmp -s "$out" "$TMP/ids"
check_status 0 hubauth api --paginate "$LIST?limit=100"
check_is "each page is a line" "$(wc -l <"$out")" 13
check_status 0 hubauth api --paginate /account-info/2026-03/details
check_is "what is no list is one page" "$(wc -l <"$out")" 1
check_status 2 hubauth api --paginate DELETE "$LIST/1"

page() { jq -nc --arg route "$LIST" --arg text "$1" --argjson count "${2:-1}" '{route: $route, body: "text", text: $text, count: $count}'; }
fault "$(page '{"companies":[{"id":1}],"has-more":true,"offset":25}')"
fault "$(page '{"companies":[{"id":2}],"hasMore":false,"offset":50}')"
check_status 0 hubauth api --paginate --select 'companies[].id' "$LIST"
check_is "has-more and hasMore with offset" "$(xargs <"$out")" "1 2"

fault "$(page '{"objects":[{"id":1},{"id":2}],"limit":2,"offset":0,"total":3}')"
fault "$(page '{"objects":[{"id":3}],"limit":2,"offset":2,"total":3}')"
check_status 0 hubauth api --paginate --select 'objects[].id' "$LIST"
check_is "objects with offset and total" "$(xargs <"$out")" "1 2 3"

# A cursor that stands still, goes back or comes round again ends it.
for cursors in "5 5" "5 4" "x x" "x y x"; do
    clear_faults
    reset_stats
    for cursor in $cursors; do fault "$(page "{\"results\":[],\"paging\":{\"next\":{\"after\":\"$cursor\"}}}")"; done
    fault "$(page '{"results":[],"paging":{"next":{"after":"y"}}}' 9)"
    run hubauth api --paginate "$LIST"
    check "cursors $cursors: exit 1, not for ever" test "$status" = 1 -a "$(requests)" -le 5
done
clear_faults

# ------------------------------------------------------------------ in one connection, in little memory

strace -f -qq -e trace=connect -o "$TMP/connects" "$BUILD/hubauth" api --paginate --silent "$LIST?limit=100"
check_is "all pages go through one connection" "$(grep -cE "sin6?_port=htons\($EMU_PORT\).* = (0|-1 EINPROGRESS)" "$TMP/connects")" 1

# ------------------------------------------------------------------ a search past its 10,000

stop_emulator
connect --contacts 25 # ten at a time, and four searches a second
check_status 0 hubauth api --paginate --silent POST "$LIST/search" # its first body is ours: it is sent as JSON too
check_is "  for each page" "$(stats '.requests["POST '"$LIST"'/search"]')" 3
stop_emulator
connect --contacts 10450
check_status 0 hubauth api --paginate POST "$LIST/search" -F limit=200 -f 'properties[]=email' --select 'results[].id'
check_is "every result once, in the order of the ids" "$(sort -un "$out" | wc -l) $(wc -l <"$out") $(sort -cn "$out" && echo sorted)" "10450 10450 sorted"
check_is "  and no search was refused" "$(stats .status_429)" 0
check_status 7 hubauth api --paginate --silent POST "$LIST/search" -d '{"limit":200,"sorts":[{"propertyName":"createdate","direction":"DESCENDING"}]}'
check_stderr_has "leave \"sorts\" out of the body"
filter='{"propertyName":"hs_object_id","operator":"GT","value":"1"}'
check_status 7 hubauth api --paginate --silent POST "$LIST/search" -d "{\"limit\":200,\"filters\":[$filter,$filter,$filter,$filter,$filter,$filter]}"
check_stderr_has "with a filter less in each group"

stop_emulator
connect --contacts 15
check_status 0 hubauth api --paginate POST "$LIST/search" --select 'results[].id' # its first body is ours: it is sent as JSON too
check_is "  in pages of ten" "$(wc -l <"$out")" 15

plan
