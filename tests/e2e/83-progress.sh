#!/usr/bin/env bash
# What a person sees of something that takes a while: a line on the terminal that goes again, and nothing elsewhere.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
ROWS=1500
file=$TMP/contacts

# Runs a command at a terminal of $1 columns; $raw has all that was sent to it, $frames the texts that another took the place of.
raw=$TMP/raw
frames=$TMP/frames
at_terminal() {
    "$E2E/at-terminal" --columns "$1" --raw "${@:2}" </dev/null >"$raw"
    status=$?
    python3 -c '
import re, sys
shown = open(sys.argv[1], newline="").read()
for frame in re.findall("\r\x1b\\[K([^\r\n]+)(?=\r\x1b\\[K)", shown): print(frame)' "$raw" >"$frames"
}
left() { sed 's/\r$//; s/.*\x1b\[K//' "$raw"; } # what stands on the terminal in the end
widest() { wc -L <"$frames"; }
is_silent() { ! grep -q $'\x1b' "$raw"; }
all_frames() { [ -s "$frames" ] && ! grep -vqE "$1" "$frames"; }
# shellcheck disable=SC2016
to_file=(bash -c 'exec "$0" "${@:2}" >"$1"' "$BUILD/hubauth" "$file")

connect --contacts $ROWS --latency 100

# ------------------------------------------------------------------ export

at_terminal 100 "$BUILD/hubauth" export contacts --max-rps 8 --output "$file"
check_is "an export at a terminal" "$status $(wc -l <"$file")" "0 $ROWS"
check "  rows of all, rows a second, time left, the limit" \
    grep -qE '^[0-9,]+ of 1,500 rows  [0-9]+/s  [0-9]+ (ms|s) left  limit [0-9]+/110 used$' "$frames"
check "  in each frame" all_frames '^[0-9,]+ of 1,500 rows  [0-9,]+/s  ([0-9]+ (ms|s|m) left  )?limit [0-9]+/[0-9]+ used$'
check "  the rows become more" sort -cn <(sed 's/ .*//; s/,//' "$frames")
check_is "  nothing of it is left but the summary" "$(left | sed 's/ in .*//')" "1,500 contacts"
for columns in 40 25; do
    at_terminal $columns "$BUILD/hubauth" export contacts --max-rps 8 --output "$file"
    check "at $columns columns no line wraps: $(widest)" test "$(widest)" -lt $columns
    check "  and the count is there" all_frames '^[0-9,]+ of 1,500 rows'
done
at_terminal 12 "$BUILD/hubauth" export contacts --max-rps 8 --output "$file"
check "at 12 columns there is no room for one" test ! -s "$frames"

at_terminal 0 env NO_COLOR=1 AT_TERM=xterm-256color "$BUILD/hubauth" export contacts --sort --output "$file"
check "it has no colours" not grep -q $'\x1b\[[0-9;]*m' "$raw"
for option in "--progress none" --quiet; do
    # shellcheck disable=SC2086
    at_terminal 100 "$BUILD/hubauth" export contacts --sort --output "$file" $option
    check "$option: no line" is_silent
done
check_is "  and --quiet has no summary" "$(left)" ""
run hubauth export contacts --sort --output "$file"
check_is "where standard error is no terminal, the summary alone" "$(sed 's/ in .*//' "$err")" "1,500 contacts"

check_status 0 hubauth export contacts --max-rps 8 --output "$file" --progress json
members='["elapsed_ms","event","floor_ms","left_ms","limit_max","limit_used","object","readers","refused","requests","rows","rows_before","rows_per_second","total"]'
check_is "--progress json: each line is JSON, with the same members" \
    "$(jq -c 'select(.event == "progress") | keys' "$err" | sort -u)" "$members"
check_is "  of what the line has" "$(jq -sc '[.[] | select(.event == "progress")][0] | .total, .rows > 0, .rows_per_second > 0, .left_ms > 0, .limit_used > 0, .limit_max' "$err" | xargs)" \
    "1500 true true true true 110"
at_terminal 100 "$BUILD/hubauth" export contacts --sort --output "$file" --progress json
check "  and at a terminal no line as well" is_silent

# Rows on the same terminal are not mixed with it.
for format in csv table; do
    "$BUILD/hubauth" export contacts --sort --limit 900 --format $format --quiet | tr -d '\r' >"$file"
    at_terminal 300 "$BUILD/hubauth" export contacts --sort --limit 900 --format $format
    check "$format at the terminal: the line comes" all_frames '^[0-9]+ of 900 rows'
    left | head -n -1 >"$TMP/left"
    check "  and each row has a line of its own" cmp "$file" "$TMP/left"
done

# The line is of no use before the rows that it counts: these would take its place at once.
after_its_rows() {
    python3 -c '
import re, sys
shown = open(sys.argv[1], newline="").read()
frames = list(re.finditer("\r\x1b\\[K([0-9,]+) of", shown))
behind = [f.group(1) for f in frames if shown.count("{\"id\":", 0, f.start()) != int(f.group(1).replace(",", ""))]
sys.exit(not frames or bool(behind))' "$raw"
}
at_terminal 300 "$BUILD/hubauth" export contacts --sort --limit 900
check "rows at the terminal: the line stands until the next of them" after_its_rows

# ------------------------------------------------------------------ api

at_terminal 100 "${to_file[@]}" api --paginate "$LIST?limit=100"
check_is "api --paginate" "$status $(wc -l <"$file")" "0 15"
check "  pages, pages a second, the limit" all_frames '^[0-9]+ pages  ([0-9]+/s  )?limit [0-9]+/110 used$'
check_is "  nothing is left" "$(left)" ""
at_terminal 100 "$BUILD/hubauth" api --paginate --select 'results[].id' "$LIST?limit=100"
check "  nor is it between what is printed on the terminal" cmp <(left) <(jq -r '.results[].id' "$file")
run hubauth api --paginate --silent "$LIST?limit=100"
check "  and elsewhere there is nothing" test ! -s "$err"

fault "{\"route\":\"$LIST\",\"delay_ms\":2500}"
at_terminal 30 "$BUILD/hubauth" api --select 'results[].id' "$LIST?limit=1"
check "an answer that is late: what is awaited" all_frames "^waiting for HubSpot's answer"
check "  without a line that wraps: $(widest)" test "$(widest)" -lt 30
check_is "  and then the answer alone" "$(left)" "$(head -n 1 "$file" | jq -r '.results[0].id')"

slowly='import os, sys, time
while piece := os.read(0, 65536):
    time.sleep(0.005)'
stop_emulator
connect --no-gzip
fault "{\"route\":\"$LIST\",\"body\":\"long\",\"bytes\":$((16 << 20))}"
# shellcheck disable=SC2016
at_terminal 100 bash -c '"$0" api "$1" | python3 -c "$2"' "$BUILD/hubauth" "$LIST" "$slowly"
check "an answer of any length: what came of it" all_frames '^[0-9,]+ of 16,384 KiB  [0-9,]+/s'
check_is "  and nothing is left" "$(left)" ""

# ------------------------------------------------------------------ login

printf '%s\n' 'gives up|^C' | "$E2E/at-terminal" --columns 80 --raw "$BUILD/hubauth" login --no-browser >"$raw"
check "login says what it waits for, and how long" grep -q 'Waiting 5 m for the browser, or a pasted address; Ctrl-C gives up' "$raw"
printf '%s\n' ', or a paste|^C' | "$E2E/at-terminal" --columns 40 --raw "$BUILD/hubauth" login --no-browser >"$raw"
check "  at 40 columns, as much of it as fits" grep -qP '\x1b\[KWaiting 5 m for the browser, or a paste(?!d)' "$raw"

plan
