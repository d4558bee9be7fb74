#!/usr/bin/env bash
# Exports in parallel: every record once and no call refused, at any latency, whatever HubSpot's cursor is (R1, R2).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
all=$TMP/all.ndjson

every_contact_once() { # $1: the case, $2: how many
    check_is "$1: every contact once" "$(jq -r .id "$all" | sort | uniq -c | awk '$1 == 1' | wc -l)" "$2"
    check_is "  and no line more" "$(wc -l <"$all")" "$2"
}
nobody_was_refused() {
    check_is "  no call was refused" "$(stats .status_429)" 0
    check "  HubSpot never saw more than 110 calls in ten seconds" test "$(stats .max_in_window)" -le 110
}
ascending() { jq -r .id "$1" | sort -n -c; }
said_done() { grep '"done"' "$err" | jq -r "$1"; } # of --progress json

# ------------------------------------------------------------------ at any latency

for latency in 0 20 200; do
    connect --contacts 5000 --latency $latency
    reset_stats
    check_status 0 hubauth export contacts --output "$all" --progress json
    every_contact_once "answers after $latency ms" 5000
    nobody_was_refused
    check_is "  the summary counts rows" "$(said_done .rows)" 5000
    check "  few requests are spent on looking for pages" test "$(said_done .requests)" -le 85
    if [ $latency -eq 200 ]; then
        check "  several pages were under way at once" test "$(stats .in_flight_max)" -ge 6
    fi
    stop_emulator
done

# Without a search nobody says how far the list goes.
connect --contacts 5000 --latency 100
fault '{"route": "'$LIST'/search", "count": 9, "status": 403}'
check_status 0 hubauth export contacts --output "$all"
every_contact_once "no search" 5000
check "  several pages were under way at once" test "$(stats .in_flight_max)" -ge 6
check_stderr_has "none refused"

# ------------------------------------------------------------------ order, limit, pace, and a page that does not fit

check_status 0 hubauth export contacts --output "$all" --sort --quiet
every_contact_once "--sort" 5000
check "  ids ascend" ascending "$all"
head -n 150 "$all" | jq -r .id >"$TMP/first"
check_status 0 hubauth export contacts --output "$all" --limit 150
check_is "--limit gives the first" "$(jq -r .id "$all")" "$(cat "$TMP/first")"
stop_emulator

connect --contacts 3000 --latency 100
hubauth api "$LIST?limit=100" >"$TMP/page"
fault "$(jq -nc --rawfile text "$TMP/page" --arg route $LIST '{route: $route, skip: 15, count: 1, body: "text", text: $text}')"
check_status 0 hubauth export contacts --output "$all"
check_stderr_has "the list did not begin where it was asked to: reading one page after another"
every_contact_once "a page of somewhere else" 3000
check_status 0 hubauth export contacts --output "$all" --max-rps 20 --progress json
check "--max-rps is kept" test "$(said_done .elapsed_ms)" -ge $((29 * 50))
every_contact_once "--max-rps" 3000
stop_emulator

connect --contacts 3000
reset_stats
check_status 0 hubauth export contacts --output "$all" --reserve 80%
check "--reserve leaves most of the limit to others" test "$(stats .max_in_window)" -le 22
every_contact_once "--reserve" 3000
stop_emulator
for value in 91 -1 x 20%%; do check_status 2 hubauth export contacts --reserve=$value; done

# ------------------------------------------------------------------ what a cursor may be

for kind in last-id offset opaque; do
    connect --contacts 3000 --latency 50 --cursor $kind
    check_status 0 hubauth export contacts --output "$all"
    every_contact_once "--cursor $kind" 3000
    nobody_was_refused
    if [ $kind = last-id ]; then
        check "  read in parallel" not grep -q "one page after another" "$err"
    else
        check_stderr_has "reading one page after another"
    fi
    stop_emulator
done

# ------------------------------------------------------------------ a list that changes while it is read

connect --contacts 3000 --latency 50 --growing 100 --vanishing 50 --rate-limit 100000
ids_now() { hubauth api --paginate --select 'results[].id' "$LIST?limit=100" | sort; }
for how in "" --sort "--properties all"; do
    ids_now >"$TMP/before"
    # shellcheck disable=SC2086
    check_status 0 hubauth export contacts --output "$all" $how
    ids_now >"$TMP/after"
    jq -r .id "$all" | sort >"$TMP/ids"
    check_is "records come and go${how:+, $how}: none twice" "$(uniq -d "$TMP/ids")" ""
    check_is "  and each that was there all the time" "$(comm -12 "$TMP/before" "$TMP/after" | comm -23 - "$TMP/ids")" ""
done
check "  some did go" test -n "$(comm -23 "$TMP/before" "$TMP/after" | head -n 1)"
stop_emulator

# ------------------------------------------------------------------ other objects, all properties, all associations

SCOPE="oauth crm.objects.contacts.read crm.objects.companies.read crm.objects.deals.read tickets crm.objects.custom.read"
connect --scopes "$SCOPE" --contacts 500 --companies 100 --deals 700 --tickets 250 --machines 120 --archived 10 --no-rate-limit

for object in companies:90 0-2:90 deals:630 tickets:225 machine:108 2-40123456:108; do
    check_status 0 hubauth export "${object%:*}" --output "$all"
    every_contact_once "${object%:*}" "${object#*:}"
done
check_stderr_has "108 2-40123456 in"
check_status 0 hubauth export deals --archived --output "$all"
every_contact_once "--archived" 70
check "  archived ones alone" jq -e -s 'all(.[]; .archived)' "$all"
check_status 0 hubauth export companies --format csv
check "  a table of companies has columns of theirs" grep -q '^id,name,domain' "$out"
check_status 2 hubauth export machine --format csv
check_stderr_has "--properties all"
check_status 1 hubauth export spaceships
check_stderr_has "spaceships"
for name in ../contacts "a b" "" contacts/1 a.b; do check_status 2 hubauth export "$name"; done
check_status 2 hubauth export companies --api v1

# 367 names do not fit into a URL: ids from the list, properties by batch read, two requests for a hundred.
check_status 0 hubauth export contacts --properties all --sort --output "$all" --progress json
every_contact_once "--properties all" 450
check_is "  every row has every property" "$(jq '.properties | length' "$all" | sort -u)" \
    "$(hubauth api /crm/properties/2026-03/contacts | jq '.results | length')"
check_is "  two requests a page" "$(said_done .requests)" 10
jq -r .id "$all" >"$TMP/ids"
check_status 0 hubauth export contacts --output "$TMP/plain" --sort
check_is "  in the list's order" "$(cat "$TMP/ids")" "$(jq -r .id "$TMP/plain")"
check_status 0 hubauth export contacts --properties all --format csv --limit 20
check "  CSV has a column for each" test "$(head -n 1 "$out" | tr ',' '\n' | wc -l)" -ge 370
printf '# ours\nemail, firstname\r\n\nlifecyclestage # and this\n' >"$TMP/names"
check_status 0 hubauth export contacts --properties "@$TMP/names" --format csv --limit 1
check_is "--properties @FILE" "$(head -n 1 "$out" | tr -d '\r')" "id,email,firstname,lifecyclestage"
printf '\xef\xbb\xbfemail\r\nfirstname\r\n' >"$TMP/names"
check_status 0 hubauth export contacts --properties "@$TMP/names" --format csv --limit 1
check_is "  as Windows' editors write it" "$(head -n 1 "$out" | tr -d '\r')" "id,email,firstname"
check_status 2 hubauth export contacts --properties "@$TMP/none"
check_status 2 hubauth export contacts --properties @/dev/null
check_status 2 hubauth export contacts --properties "a b"
# HubSpot leaves out names that it does not know: a misspelt one is told, one without a value is not.
check_status 0 hubauth export contacts --properties email,first_name --format csv --limit 3
check_stderr_has 'no row of the first page has the property "first_name": HubSpot leaves out what it does not know'
check_status 0 hubauth export contacts --properties e_mail,email,first_name,last_name --limit 3
check_stderr_has '"e_mail", nor 2 others of those named'
check_status 0 hubauth export contacts --properties email,favourite_colour,fax --limit 3
check "  one that is there, empty or not, is not" not grep -q "no row" "$err"
check_status 0 hubauth export contacts --properties e_mail --quiet --limit 3
check_is "  and --quiet says nothing" "$(cat "$err")" ""
check_status 0 hubauth export contacts --properties all --limit 3
check "  nor is anything said of all" not grep -q "no row" "$err"
# What would be silently empty, or everything instead of nothing.
check_status 2 hubauth export contacts --properties "email, firstname,email"
check_stderr_has '"email" is named twice'
check_status 2 hubauth export contacts --properties email,all
check_stderr_has '"all" stands alone'
check_status 2 hubauth export contacts --associations companies,companies
for format in csv table; do check_status 2 hubauth export contacts --associations companies --format $format; done
check_stderr_has "associations have no column"
check_status 2 hubauth export contacts --limit 0
check_stdout_empty

stop_emulator

# Several objects share the limit: 25 requests, of which ten fit into two seconds.
connect --scopes "$SCOPE" --contacts 1500 --companies 1000 --rate-limit 10 --rate-window 2000
check_status 0 hubauth export contacts companies --output-dir "$TMP/several" --progress json
check_is "the total of several objects has a floor of its own" "$(grep '"total"' "$err" | tail -n 1 | jq -c '[.event, .floor_ms, .limit_max, .refused]')" '["total",4000,10,0]'
check_is "  each line of progress names its object" \
    "$(jq -rR 'fromjson? | select(.event == "progress") | .object' "$err" | uniq | xargs)" "contacts companies"
check_status 0 hubauth export contacts companies --output-dir "$TMP/several"
check_stderr_has "2,500 rows of 2 objects in"
check "  and says how near it came" grep -q '2,500 rows .*; at HubSpot.s limit it takes 4.0 s at least (x' "$err"
stop_emulator

# A row shows a hundred associations and leads on to the others, five hundred at a time: none is lost.
connect --scopes "$SCOPE" --contacts 2700 --companies 3 --no-rate-limit
associated() { jq -c '[.id, ([.associations.contacts.results[]?.id] | sort)]' "$1" | sort; }
check_status 0 hubauth export companies --associations contacts,deals --output "$all"
every_contact_once "--associations" 3
check "  a company has more than a row shows" jq -e -s 'any(.[]; .associations.contacts.results | length > 600)' "$all"
check "  and no row shows in part" jq -e -s 'all(.[].associations[]?; has("paging") | not)' "$all"
company=$(jq -r -s 'max_by(.associations.contacts.results | length).id' "$all")
check_is "  all that HubSpot has" \
    "$(jq -r "select(.id == \"$company\").associations.contacts.results[].id" "$all" | sort)" \
    "$(hubauth api --paginate "/crm/v3/objects/companies/$company/associations/contacts?limit=100" |
        jq -r '.results[].id' | sort)"
check_status 0 hubauth export companies --associations contacts --properties all --output "$TMP/both"
check_is "--associations with --properties all: both are whole" "$(associated "$TMP/both")" "$(associated "$all")"
check_status 2 hubauth export contacts --associations "a b"
# HubSpot knows which types there are, and says so before the first row.
for associations in compnies deals,compnies; do
    echo before >"$TMP/kept"
    check_status 1 hubauth export contacts --associations $associations --output "$TMP/kept"
    check_stderr_has "Unable to infer object type from: compnies"
    check_stderr_has "did you mean companies?"
    check_is "  and the file is as it was" "$(cat "$TMP/kept"* | xargs)" before
done
stop_emulator

# Rows do not wait for the limit to renew: who reads them at the other end of a pipe has those that came.
connect --contacts 1000 --rate-limit 4 --rate-window 60000
"$BUILD/hubauth" export contacts --quiet 2>/dev/null >"$TMP/rows" &
export=$!
children+=("$export")
have_rows() { [ "$(wc -l <"$TMP/rows")" -ge 100 ]; }
check "rows come while the export waits for the limit" wait_until $export have_rows
check "  which it does" kill -TERM $export
wait $export
check "  those of the first four pages" test "$(wc -l <"$TMP/rows")" -le 400
check_is "  whole rows" "$(jq -c . "$TMP/rows" | wc -l)" "$(wc -l <"$TMP/rows")"
stop_emulator

plan
