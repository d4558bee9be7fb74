#!/usr/bin/env bash
# What happens to HubSpot's limits and to the token while calls run, the emulator's exact rolling window being the judge (R1, R13, R15, C8, C10). The windows
# here are of 2 s instead of 10, with limits to match: it is the same arithmetic, and many windows go by in a few seconds.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

LIST=/crm/objects/2026-03/contacts
LOG=$TMP/emulator.log
WINDOW=2000

every_contact_once() { # $1: the case, $2: how many, $3…: files
    local text=$1 count=$2
    shift 2
    for file; do
        check_is "$text: every contact once (${file##*/})" "$(jq -r .id "$file" | sort | uniq -c | awk '$1 == 1' | wc -l) $(wc -l <"$file")" "$count $count"
    done
}
limit() { web -f -o /dev/null -d "$1" "$EMU/_emulator/limit"; }
# Waits for what stands in the stats ($1: jq filter that gives true), or for the end of the export $pid.
until_stats() { until [ "$(stats "$1")" = true ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done; }

# ------------------------------------------------------------------ a token that expires on page 37 (C10)

connect --contacts 5000 --latency 20
for how in "" --sort; do
    expire='{"route": "'$LIST'", "skip": 36, "action": "expire"}'
    fault "$expire"
    reset_stats
    # shellcheck disable=SC2086
    check_status 0 hubauth export contacts $how --output "$TMP/all" --progress json
    every_contact_once "the token expires on page 37${how:+, $how}" 5000 "$TMP/all"
    check_is "  one refresh" "$(stats .token_refresh_ok)" 1
    check_is "  no 429" "$(stats .status_429)" 0
    check "  page 37 was refused, and what was under way with it alone" test "$(stats .status_401)" -ge 1 -a "$(stats .status_401)" -le "$(stats .in_flight_max)"
done
check_is "  in sequence it is page 37 alone" "$(stats .status_401)" 1
stop_emulator

connect --contacts 2500 --latency 20 --no-rate-limit
fault '{"route": "'$LIST'", "skip": 36, "action": "expire"}'
reset_stats
hubauth export contacts --quiet --output "$TMP/one" 2>"$TMP/one.err" &
first=$!
hubauth export contacts --quiet --output "$TMP/two" 2>"$TMP/two.err" &
second=$!
wait "$first" && wait "$second"
check_is "it expires under two exports at once: both succeed" $? 0
every_contact_once "both" 2500 "$TMP/one" "$TMP/two"
check_is "  one refresh serves both" "$(stats .token_refresh_ok)" 1
# Each of the calls that were refused waits for it; that is worth a line, not one for each.
check "  and hardly a word is lost on it" test "$(cat "$TMP/one.err" "$TMP/two.err" | wc -l)" -le 4
stop_emulator

# ------------------------------------------------------------------ what answers are like

# Late by chance, with long tokens, members in another order and some that nobody knows, or without a word on limits.
for odd in "--jitter 200 --odd-objects --token-size 4000 --rate-limit 40 --rate-window $WINDOW" "--no-limit-headers --search-counts"; do
    # shellcheck disable=SC2086
    connect --contacts 6000 --latency 50 $odd
    reset_stats
    check_status 0 hubauth export contacts --output "$TMP/all" --progress json
    every_contact_once "$odd" 6000 "$TMP/all"
    check_is "  no 429" "$(stats .status_429)" 0
    stop_emulator
done

# ------------------------------------------------------------------ somebody else spends from the same window (R1)

connect --contacts 6000 --latency 20 --rate-limit 40 --rate-window $WINDOW --foreign-spender 5
hubauth api --silent "$LIST?limit=1"
sleep 2.2 # a window goes by, in which it alone spends: ten of forty
reset_stats
check_status 0 hubauth export contacts --output "$TMP/all"
every_contact_once "a foreign spender" 6000 "$TMP/all"
check "  it is left what it spends: we never had more than thirty of forty ($(stats .max_in_window))" test "$(stats .max_in_window)" -le 31
# Until the first answer nobody knows of it: then we may take a place that it needs.
check "  none or one call was refused ($(stats .status_429))" test "$(stats .status_429)" -le 1
stop_emulator

# ------------------------------------------------------------------ the limit is raised, and lowered, while an export runs

connect --contacts 10500 --latency 50 --rate-limit 20 --rate-window $WINDOW
reset_stats
hubauth export contacts --quiet --output "$TMP/all" &
pid=$!
until_stats '.contacts_served >= 2500'
check "the window of 20 is kept" test "$(stats .max_in_window)" -le 20
limit '{"max": 60}'
until_stats '.max_in_window >= 55'
check "a limit that is raised is used" test "$(stats .max_in_window)" -ge 55
check_is "  and none is refused" "$(stats .status_429)" 0
limit '{"max": 15}'
sleep 2.2 # a window goes by
check "one that is lowered refuses no more than was under way" test "$(stats .status_429)" -le "$(stats .in_flight_max)"
reset_stats
wait "$pid"
check_is "  the export succeeds" $? 0
every_contact_once "  it" 10500 "$TMP/all"
check_is "  a window later nothing is refused" "$(stats .status_429)" 0
check "  and the window of 15 is kept" test "$(stats .max_in_window)" -le 15
stop_emulator

# ------------------------------------------------------------------ two exports share a budget (R1), two accounts have one each (R15)

connect --contacts 5000 --latency 20 --rate-limit 40 --rate-window $WINDOW
reset_stats
hubauth export contacts --output "$TMP/one" --progress json 2>"$TMP/one.err" &
first=$!
hubauth export contacts --output "$TMP/two" --progress json 2>"$TMP/two.err" &
second=$!
wait "$first" && wait "$second"
check_is "two exports of one account: both succeed" $? 0
every_contact_once "both" 5000 "$TMP/one" "$TMP/two"
check_is "  no call was refused" "$(stats .status_429)" 0
check "  the window was kept" test "$(stats .max_in_window)" -le 40
# The one that ends first has not had it all.
rows_at_the_first_end() {
    jq -n --slurpfile one "$TMP/one.err" --slurpfile two "$TMP/two.err" \
        '([$one, $two] | sort_by(.[-1].elapsed_ms)) as [$a, $b] | [$b[] | select(.elapsed_ms <= $a[-1].elapsed_ms).rows] | max'
}
check "  and the budget was shared: when one ended, the other had $(rows_at_the_first_end) rows" test "$(rows_at_the_first_end)" -ge 1500
stop_emulator

OTHER=7654321
start_emulator --auto-approve --portal $PORTAL --portal $OTHER --contacts 1500 --rate-limit 20 --search-limit 50
new_home
add_app test
login_auto --portal $PORTAL || { said; bail "login"; }
login_auto --portal $OTHER || { said; bail "login"; }
for account in $PORTAL $OTHER; do
    check_status 0 hubauth export contacts --account $account --sort --output "$TMP/all"
    check "an account's limit is not the other's ($account)" not grep -q "is used up" "$err"
done
check_is "  no call was refused" "$(stats .status_429)" 0
# Fifteen of twenty are gone; five more, and a search still need not wait: it is free of them.
for _ in 1 2 3 4 5; do hubauth api $PORTAL --silent "$LIST?limit=1"; done
check_status 0 hubauth api $PORTAL --silent POST "$LIST/search" -d '{"limit":1}'
check "a search does not wait for the ten seconds" not grep -q "is used up" "$err"
stop_emulator

# ------------------------------------------------------------------ the day's limit of a private app

PAT=pat-na1-11111111-2222-4333-8444-555555555555
start_emulator --auto-approve --contacts 1500 --private-app-token $PAT --daily-limit 8
new_home
run hubauth accounts add --api-url "$EMU" --private-app-token-file - <<<"$PAT"
reset_stats
check_status 5 hubauth export contacts --sort --output "$TMP/daily"
check_stderr_has "daily"
check_stderr_has "midnight of the account's time zone"
check_is "  the day's limit is asked for once" "$(stats .status_429)" 1
check "  and half an export is none" test ! -e "$TMP/daily"
check_status 5 hubauth api "$LIST?limit=1"
check_status 0 hubauth limits
check "limits shows it" grep -qE '^daily +8 in a day +8 +0 ' "$out"
stop_emulator

# ------------------------------------------------------------------ how long is waited, by the emulator's log (C8)

connect --contacts 10 --log "$LOG"
# Milliseconds between the two latest requests of a path.
gap() {
    jq -s --arg path "$1" 'def ms: (sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601) * 1000 + (capture("\\.(?<ms>[0-9]+)Z$").ms // "0" | tonumber);
        [.[] | select(.path == $path).time | ms] | .[-1] - .[-2]' "$LOG"
}
# $1: what, $2: at least so long, $3: the path, $4: the rest of the fault
waits() {
    fault "{\"route\": \"$3\", $4}"
    run hubauth api --silent "$LIST?limit=1"
    local ms
    ms=$(gap "$3")
    check_is "$1: exit 0" "$status" 0 || said
    check "  asked again after $2 ms or more ($ms)" test "$ms" -ge "$2"
}
waits "423: a lock of two seconds" 2000 "$LIST" '"status": 423'
waits "423 that names less" 2000 "$LIST" '"status": 423, "retry_after": 1'
waits "477 with Retry-After" 1000 "$LIST" '"status": 477, "retry_after": 1'
waits "503 with Retry-After" 1000 "$LIST" '"status": 503, "retry_after": 1'
waits "429 with Retry-After" 1000 "$LIST" '"policy": "SECONDLY", "retry_after": 1'
# A date has whole seconds: of two, one and a part are left.
waits "429 with Retry-After as a date" 1000 "$LIST" '"policy": "SECONDLY", "retry_after": 3, "retry_date": true'
expire_tokens
waits "429 of the token endpoint" 1000 /oauth/2026-03/token '"policy": "SECONDLY", "retry_after": 1'

plan
