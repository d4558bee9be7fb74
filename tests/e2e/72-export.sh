#!/usr/bin/env bash
# Exports in parallel: every record once and no call refused, at any latency, whatever HubSpot's cursor is (R1, R2, R7).
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

plan
