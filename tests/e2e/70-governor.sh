#!/usr/bin/env bash
# HubSpot's limits, with the emulator's rolling window as the judge: no call is refused, whoever else calls (R1, R15).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

export_to() { hubauth export contacts --quiet --output "$1" 2>"$1.err"; }
nobody_was_refused() {
    check_is "$1: no call was refused" "$(stats .status_429)" 0
    check "  HubSpot never saw more than 110 calls in ten seconds" test "$(stats .max_in_window)" -le 110
}

connect --contacts 7000

# ------------------------------------------------------------------ two at once

reset_stats
export_to "$TMP/one" &
first=$!
export_to "$TMP/two" &
second=$!
wait "$first"
check_is "two exports at once: the first succeeds" $? 0
wait "$second"
check_is "  and the second" $? 0
check_is "  both have every contact" "$(jq -r .id "$TMP/one" "$TMP/two" | sort | uniq -c | awk '$1 == 2' | wc -l)" 7000
nobody_was_refused "two exports at once"
check "  one of them had to wait" grep -q "is used up: waiting" "$TMP/one.err" "$TMP/two.err"

# ------------------------------------------------------------------ one after another, and a killed one

fault '{"route": "/crm/objects/2026-03/contacts", "skip": 20, "delay_ms": 60000}'
reset_stats
"$BUILD/hubauth" export contacts --quiet --output "$TMP/three" &
third=$!
until [ "$(stats '[.requests | to_entries[] | select(.key | test("contacts")) | .value] | add >= 21')" = true ] || ! kill -0 "$third" 2>/dev/null; do :; done
kill -KILL "$third"
wait "$third" 2>/dev/null
check "a killed export leaves no file of that name" test ! -e "$TMP/three"
check "an export that comes after a killed one succeeds" export_to "$TMP/four"
nobody_was_refused "an export after a killed one"
check "what is shared is a file of mode 0600 without secrets" test "$(stat -c %a "$HUBAUTH_HOME"/shared/* | sort -u)" = 600

# ------------------------------------------------------------------ what is shared may be lost or spoilt

for file in "$HUBAUTH_HOME"/shared/*; do head -c 9000 /dev/urandom >"$file"; done
check "spoilt bytes are no harm" hubauth api /account-info/2026-03/details
for file in "$HUBAUTH_HOME"/shared/*; do : >"$file"; done
check "nor is an empty file" hubauth api /account-info/2026-03/details
rm -r "$HUBAUTH_HOME/shared"
check "nor are no files at all" hubauth api /account-info/2026-03/details

plan
