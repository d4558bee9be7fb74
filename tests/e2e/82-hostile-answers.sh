#!/usr/bin/env bash
# Exports of what a hostile or broken server, or whoever fills in a form, may send: what it does at a terminal and in a
# spreadsheet, and lists that have no end (B10, C4).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
requests() { stats '[.requests[]] | add // 0'; }
answer() { fault "$(jq -nc --arg route "${3:-$LIST}" --arg text "$1" --argjson count "${2:-1}" '{route: $route, body: "text", text: $text, count: $count}')"; }

connect --contacts 3

# ------------------------------------------------------------------ at a terminal (B10)

row=$'{"id":"7","properties":{"email":"\xc2\x9b2J\xe2\x80\xaea","firstname":"b\\u001b[2J\\r\\nc","\xc2\x9bx":"\x7f"}}'
for format in ndjson csv table; do
    answer "{\"results\":[$row]}"
    "$E2E/at-terminal" "$BUILD/hubauth" export contacts --progress none --format $format </dev/null >"$TMP/terminal"
    check "$format at a terminal is printable" not grep -qP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' "$TMP/terminal"
    check "  and has the row" grep -qF 'a' "$TMP/terminal"
done
answer "{\"results\":[$row]}"
run hubauth export contacts --quiet
check_is "into a pipe it is what came" "$(cat "$out")" "$row"
answer "{\"results\":[$row]}"
run hubauth export contacts --quiet --format csv --properties email,firstname
check_is "  as CSV, too" "$(cat "$out")" $'id,email,firstname\r\n7,\xc2\x9b2J\xe2\x80\xaea,"b\e[2J\r\nc"\r'

# ------------------------------------------------------------------ in a spreadsheet

values='["=1+2", "+49 30 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "=\"x\",1", "-12.50", "+4930", "-", "-1.2.3", "1=2", "", "a"]'
answer "$(jq -nc --argjson values "$values" '{results: [$values | to_entries[] | {id: (1 + .key | tostring), properties: {email: .value}}]}')" 2
check_status 0 hubauth export contacts --quiet --format csv --properties email --output "$TMP/plain.csv"
check_status 0 hubauth export contacts --quiet --format csv --properties email --escape-formulas --output "$TMP/escaped.csv"
read_csv() { python3 -c 'import csv, json, sys; print(json.dumps([r[1] for r in csv.reader(open(sys.argv[1], newline=""))][1:]))' "$1"; }
check_is "CSV has HubSpot's values" "$(read_csv "$TMP/plain.csv" | jq -c .)" "$(jq -c . <<<"$values")"
check_is "  and with --escape-formulas a ' before formulas, but not before numbers" "$(read_csv "$TMP/escaped.csv" | jq -c .)" \
    "$(jq -c '[.[:12][] | "'\''" + .] + .[12:14] + ["'\''-", "'\''-1.2.3"] + .[16:]' <<<"$values")"
check_status 2 hubauth export contacts --escape-formulas
clear_faults

# ------------------------------------------------------------------ ids and lists that are none

# Arithmetic on ids has an end; such an id is a row like any other.
for id in 9223372036854775807 9223372036854775806 18446744073709551616 -1 x; do
    answer "{\"results\":[{\"id\":\"$id\"}],\"paging\":{\"next\":{\"after\":\"$id\"}}}"
    answer '{"results":[]}'
    answer "{\"total\":9223372036854775807,\"results\":[{\"id\":\"$id\"}]}" 1 "$LIST/search"
    run hubauth export contacts --quiet
    check_is "id $id: the row is there" "$status $(cat "$out")" "0 {\"id\":\"$id\"}"
    clear_faults
done

# A cursor that comes round again ends it: the rows would come again for ever.
reset_stats
for cursor in x y x; do answer "{\"results\":[{\"id\":\"1\"}],\"paging\":{\"next\":{\"after\":\"$cursor\"}}}"; done
answer '{"results":[{"id":"1"}],"paging":{"next":{"after":"y"}}}' 9
run hubauth export contacts --quiet
check "cursors that go in a circle: exit 1, not for ever" test "$status" = 1 -a "$(requests)" -le 6
check_stderr_has "the same pages would come again"
clear_faults

reset_stats
answer '{"results":[{"id":"1","associations":{"companies":{"results":[],"paging":{"next":{"after":"a"}}}}}]}'
for cursor in b a b a b a; do answer "{\"results\":[],\"paging\":{\"next\":{\"after\":\"$cursor\"}}}" 1 '/crm/v3/objects/{objectType}/{id}/associations/{toType}'; done
run hubauth export contacts --quiet --associations companies
check "cursors of associations, too (C4)" test "$status" = 1 -a "$(requests)" -le 6 -a ! -s "$out"
check_stderr_has "the same pages would come again"
clear_faults

# What is put together of two answers stays JSON, or is an error.
for results in '"a]}},\u000ab"' '{"a":1}' 7; do
    answer "{\"results\":[{\"id\":\"1\",\"associations\":{\"companies\":{\"results\":$results,\"paging\":{\"next\":{\"after\":\"1\"}}}}}]}"
    run hubauth export contacts --quiet --associations companies
    check "associations that are no list ($results): exit 1, and no row" test "$status" = 1 -a ! -s "$out"
    clear_faults
done

plan
