#!/usr/bin/env bash
# Exports that are cut off go on where they were: every record once, whoever ends them and when (R7); several objects.
# HUBAUTH_SEED=N repeats a run.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

ROWS=1500
SEED=${HUBAUTH_SEED:-$RANDOM}
RANDOM=$SEED
echo "# seed $SEED"
SCOPE="oauth crm.objects.contacts.read crm.objects.companies.read crm.objects.custom.read"
LIST=/crm/objects/2026-03/contacts
PAT=pat-na1-11111111-1111-4111-8111-111111111111
file=$TMP/contacts.out

rows_in() { if [ "$1" = csv ]; then tail -n +2 "$file" | cut -d , -f 1; else jq -r .id "$file"; fi; }
size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }
is_gone() { [ ! -e "$1.hubauth-part" ] && [ ! -e "$1.hubauth-state" ]; }
is_kept() { [ -s "$1.hubauth-part" ] && [ -s "$1.hubauth-state" ] && [ ! -e "$1" ]; }
contacts_once() { [ "$(jq -r .id "$file" | sort -u | wc -l)" = "$ROWS" ] && [ "$(wc -l <"$file")" = "$ROWS" ]; }
command_said() { sed -n 's/.*To go on: hubauth //p' "$err"; }

# Starts an export in the background. Sets $pid. $1…: its options
start_export() {
    "$BUILD/hubauth" export contacts --output "$file" "$@" 2>"$err" &
    pid=$!
    until is_running || ! kill -0 "$pid" 2>/dev/null; do :; done
}
is_running() { [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = hubauth ]; } # until execve(2) it is a bash
# Waits until it has written $1 bytes, or is through.
grown_to() {
    until [ "$(size_of "$file.hubauth-part")" -ge "$1" ] || ! kill -0 "$pid" 2>/dev/null; do :; done
}
ended() { # $1: signal; sets $status
    kill "-$1" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    status=$?
}

# Leaves an export that was cut off by signal $1 after some pages: HubSpot keeps it waiting for the next. $2…: options
cut_off() {
    local signal=$1
    shift
    rm -f "$file"*
    fault "{\"route\": \"$LIST\", \"skip\": 6, \"delay_ms\": 60000}"
    start_export "$@"
    grown_to 60000
    ended "$signal"
    clear_faults
}

# Cuts an export off again and again, and then lets it come to its end. Sets $cuts: the kills that found it running and
# left it to the next. One that was quicker than its kill is through.
cut_until_complete() {
    local most=$((6 + RANDOM % 3)) whole start
    whole=$(size_of "$TMP/whole")
    rm -f "$file"*
    cuts=0
    for ((start = 0; start <= most; start++)); do
        start_export --resume --quiet "$@"
        if [ $start -lt $most ]; then
            grown_to $(($(size_of "$file.hubauth-part") + RANDOM % (whole / most)))
            ended KILL
        else
            ended 0
        fi
        if [ -e "$file" ] && is_gone "$file"; then return; fi
        if [ $status -eq 137 ]; then cuts=$((cuts + 1)); else
            not_ok "it goes on" "exit status $status"
            said
        fi
    done
}

# Kills the export that is complete in $file, in a second life. $1: the case; $2…: options
killed_is_whole() {
    local text=$1 format=ndjson
    shift
    [[ $* != *csv* ]] || format=csv
    rows_in $format | sort >"$TMP/ids"
    cp "$file" "$TMP/whole"
    cut_until_complete "$@"
    all_cuts=$((all_cuts + cuts))
    text="$text, killed $cuts times"
    check_is "$text: every contact once" "$(rows_in $format | sort | cksum)" "$(cksum <"$TMP/ids")"
    check_is "  every line as it is without" "$(sort "$file" | cksum)" "$(sort "$TMP/whole" | cksum)"
    [[ ! $* =~ --sort|--limit|v1 ]] || check "  byte for byte" cmp "$file" "$TMP/whole"
}

# ------------------------------------------------------------------ kill -9 (R7)

all_cuts=0
connect --scopes "$SCOPE" --contacts $ROWS --latency 20 --rate-limit 100000 --machines 300 \
    --private-app-token $PAT --private-rate-limit 100000
modes=("" "--sort" "--format csv --sort" "--limit 700" "--api v1 --format csv" "--properties all --limit 400")
# Each mode, and as many again as it takes: fifty kills have to hit.
for ((i = 0; i < ${#modes[@]} || (all_cuts < 50 && i < 100); i++)); do
    mode=${modes[i % ${#modes[@]}]}
    read -ra options <<<"$mode"
    check_status 0 hubauth export contacts --output "$file" --quiet "${options[@]}" || bail "the export"
    killed_is_whole "export ${mode:-in parallel}" "${options[@]}"
done
check "kill -9 hit an export that ran, $all_cuts times" test "$all_cuts" -ge 50

check_status 0 hubauth export contacts --output "$file" --quiet
hubauth api "$LIST?limit=100" >"$TMP/page"
fault "$(jq -nc --rawfile text "$TMP/page" --arg route $LIST '{route: $route, skip: 7, count: 1, body: "text", text: $text}')"
killed_is_whole "a page that does not fit ends the parallel reading"

# ------------------------------------------------------------------ other ends

for signal in INT:130 TERM:143; do
    cut_off "${signal%:*}" --max-rps 100
    check_is "SIG${signal%:*} ends it" $status "${signal#*:}"
    check "  its rows are kept" is_kept "$file"
    check "  the command that goes on is said, and works" eval "hubauth $(command_said) --quiet"
    check "  every contact once" contacts_once
    check "  nothing else is left" is_gone "$file"
done

rm -f "$file"*
fault "$(jq -nc --arg route $LIST '{route: $route, skip: 8, count: 1, status: 403}')"
check_status 4 hubauth export contacts --output "$file" --reserve 10%
check_stderr_has "To go on: hubauth export contacts --reserve 10% --output $file --resume"
check_status 0 hubauth export contacts --output "$file" --resume
check_stderr_has "going on after"
check "a refusal: every contact once" contacts_once

rm -f "$file"*
too_much() ( trap '' XFSZ && ulimit -f 300 && "$BUILD/hubauth" export contacts --output "$file" )
check_status 8 too_much
check_stderr_has "File too large"
check "a file that may not grow: its rows are kept" is_kept "$file"
check_status 0 eval "hubauth $(command_said)"
check "  every contact once" contacts_once

disk_full() {
    unshare -rm bash -c 'mount -t tmpfs -o size=400k tmpfs "$1" || exit 77
        "$2" export contacts --output "$1/x" || status=$?
        [ "${status:-0}" = 8 ] && mount -o remount,size=20m "$1" && "$2" export contacts --output "$1/x" --resume &&
        cp "$1/x" "$3"' - "$TMP/disk" "$BUILD/hubauth" "$file"
}
mkdir "$TMP/disk"
rm -f "$file"*
if unshare -rm true 2>/dev/null; then
    check_status 0 disk_full
    check_stderr_has "No space left on device"
    check "a full disk: every contact once" contacts_once
else
    skip "a full disk" "no user namespaces here"
fi

# ------------------------------------------------------------------ what is there, and what is asked for

cut_off KILL --properties email
for other in "--properties email,firstname" "--format csv --properties email" "--sort --properties email" "" \
    "--archived --properties email" "--limit 5 --properties email" "--api v3 --properties email" \
    "--properties all" "--associations companies --properties email"; do
    read -ra options <<<"$other"
    check_status 2 hubauth export contacts --output "$file" --resume "${options[@]}"
done
check_stderr_has "was begun without --associations, not with companies"
check_stderr_has "hubauth export contacts --properties email --output $file --resume"
check_status 2 hubauth export companies --output "$file" --resume --properties email
check "nothing of it is lost" is_kept "$file"
check_status 0 hubauth export contacts --output "$file" --resume --properties email
check "with the options of then: every contact once" contacts_once

check_status 0 hubauth export contacts --output "$file" --resume
check_stderr_has "was not cut off: it begins anew"
cut_off KILL
check_status 0 hubauth export contacts --output "$file"
check_stderr_has "begins anew; --resume goes on"
check "without --resume: every contact once" contacts_once
check "  nothing else is left" is_gone "$file"

cut_off KILL
head -c 3000 /dev/urandom >"$file.hubauth-state"
check_status 0 hubauth export contacts --output "$file" --resume
check_stderr_has "cannot be gone on with"
check "a state that is none: every contact once" contacts_once
cut_off KILL
: >"$file.hubauth-part"
check_status 0 hubauth export contacts --output "$file" --resume
check_stderr_has "some of its rows are missing"
check "rows that went away: every contact once" contacts_once
cut_off KILL
sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$file.hubauth-state"
check_status 0 hubauth export contacts --output "$file" --resume
check_stderr_has "nothing in it is certain since the machine was started anew"
check "a restart before anything was synced: every contact once" contacts_once
cut_off TERM
sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$file.hubauth-state"
check_status 0 hubauth export contacts --output "$file" --resume
check_stderr_has "going on after"
check "a restart after it was synced: every contact once" contacts_once

rm -f "$file"*
fault "{\"route\": \"$LIST\", \"skip\": 1, \"delay_ms\": 60000}"
start_export
grown_to 1
check_status 6 hubauth export contacts --output "$file"
check_stderr_has "another process is writing $file"
"$E2E/at-terminal" "$BUILD/hubauth" export contacts --output "$file" </dev/null >"$out"
check_stdout_has "waiting a moment for the process that has"
ended TERM
clear_faults
# A process that was killed has its lock for a moment longer: here for two looks.
dying() {
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -qq -o "$TMP/looks" -P "$file.hubauth-part" -e trace=fcntl \
        -e inject=fcntl:error=EAGAIN:when=1..2 "$BUILD/hubauth" export contacts --output "$file" --resume
}
cut_off KILL
check_status 0 dying
check_stderr_has "going on after"
check_is "  its end was waited for" "$(grep -c 'F_OFD_SETLK.*EAGAIN.*INJECTED' "$TMP/looks")" 2
check "  every contact once" contacts_once
rm -f "$file"*
ln -s "$TMP/elsewhere" "$file.hubauth-part"
check_status 8 hubauth export contacts --output "$file"
check "a link is not followed" test ! -e "$TMP/elsewhere"
rm "$file.hubauth-part"
ln "$TMP/whole" "$file.hubauth-part"
check_status 8 hubauth export contacts --output "$file"
check "nor is another file's second name written to" test -s "$TMP/whole"
rm -f "$file"*
ln -s "$TMP/whole" "$file.hubauth-state"
check_status 8 hubauth export contacts --output "$file" --resume
rm -f "$file"*
ln "$TMP/whole" "$file.hubauth-state"
check_status 8 hubauth export contacts --output "$file" --resume
rm -f "$file"*
check_status 0 hubauth export contacts --output "$file" --format table --limit 3
check "a table has no state" is_gone "$file"
check_status 2 hubauth export contacts --output "$file" --format table --resume
check_status 2 hubauth export contacts --resume
check_status 2 hubauth export contacts --resume --output -

# Without a vault, another token is another account.
(
    export HUBAUTH_API_URL=$EMU HUBSPOT_PRIVATE_APP_TOKEN=$PAT
    cut_off KILL
    HUBSPOT_PRIVATE_APP_TOKEN=${PAT%1}2 "$BUILD/hubauth" export contacts --output "$file" --resume 2>"$err"
    echo $? >"$TMP/other"
    "$BUILD/hubauth" export contacts --output "$file" --resume --quiet 2>"$TMP/resumed.err"
)
check_is "without a vault, with another token: exit 2" "$(cat "$TMP/other")" 2
check_stderr_has "was begun with another account"
check "  with that of then: every contact once" contacts_once

# ------------------------------------------------------------------ several objects

dir=$TMP/exports
names() { (cd "$dir" && printf '%s\n' *); }
lines() { wc -l <"$dir/$1"; }
check_status 2 hubauth export contacts companies
check_stderr_has "--output-dir DIR"
check_status 2 hubauth export contacts companies --output "$file"
check_status 2 hubauth export contacts contacts --output-dir "$dir"
check_status 2 hubauth export contacts --output-dir "$dir" --output "$file"
check_status 2 hubauth export contacts space/ships --output-dir "$dir"
check "nothing was written" test ! -e "$dir"
check_status 0 hubauth export contacts companies machine --output-dir "$dir"
check_is "a file for each" "$(names)" "$(printf '%s\n' companies.ndjson contacts.ndjson machine.ndjson)"
check_is "  each whole" "$(lines contacts.ndjson) $(lines companies.ndjson) $(lines machine.ndjson)" "$ROWS 1000 300"
check_stderr_has "2,800 rows of 3 objects in"
check_status 0 hubauth export companies machine --output-dir "$dir" --progress json
check_is "  and in JSON" "$(grep '^{' "$err" | jq -sc '[.[] | select(.event != "progress") | [.event, .object, .rows]]')" \
    '[["done","companies",1000],["done","machine",300],["total",null,1300]]'
check_status 7 hubauth export tickets machine --output-dir "$dir"
check_stderr_has "1 of 2 objects failed"
check_is "one that is refused does not keep the others back" "$(lines machine.ndjson)" 300
check_status 7 hubauth export tickets machine --output-dir "$dir" --resume
check_stderr_has "machine.ndjson is complete already"
reset_stats
check_status 7 hubauth export tickets machine --output-dir "$dir" --resume
check_is "a job that repeats this does not find it complete for ever" \
    "$(stats '[.requests | to_entries[] | select(.key | test("machine")) | .value] | add > 0')" true

rm -r "$dir"
fault "{\"route\": \"${LIST%contacts}companies\", \"skip\": 4, \"delay_ms\": 60000}"
"$BUILD/hubauth" export contacts companies machine --output-dir "$dir" --max-rps 100 2>"$err" &
pid=$!
until [ -s "$dir/companies.ndjson.hubauth-state" ] || ! kill -0 "$pid" 2>/dev/null; do :; done
ended TERM
clear_faults
check_is "cut off in the second" "$status" 143
check_is "  the first is complete" "$(lines contacts.ndjson)" $ROWS
reset_stats
check_status 0 eval "hubauth $(command_said)"
check_stderr_has "contacts.ndjson is complete already"
check_stderr_has "going on after"
check_is "  it is not read again" "$(stats ".requests[\"GET $LIST\"]")" 0
check_is "  nothing but the three files is left" "$(names)" "$(printf '%s\n' companies.ndjson contacts.ndjson machine.ndjson)"
check_is "  every company once" "$(jq -r .id "$dir/companies.ndjson" | sort -u | wc -l) $(lines companies.ndjson)" "1000 1000"
check_is "  and the third" "$(lines machine.ndjson)" 300
stop_emulator

# ------------------------------------------------------------------ a cursor that nobody can read

connect --contacts $ROWS --latency 20 --rate-limit 100000 --cursor opaque
check_status 0 hubauth export contacts --output "$file" --quiet
killed_is_whole "--cursor opaque"
stop_emulator

connect --contacts $ROWS --latency 20 --rate-limit 100000 --cursor last-id --archived 50
check_status 0 hubauth export contacts --archived --output "$file" --quiet
check_is "--archived: those alone" "$(wc -l <"$file")" $((ROWS * 50 / 100))
killed_is_whole "--archived, where a cursor names the last id" --archived
stop_emulator

plan
