#!/usr/bin/env bash
# Every command of the table, at the highest verbosity, with secrets that are known here: none turns up in what it prints, writes,
# shows to others or leaves behind (T11, E2, E3, E6). A new command is covered by being in the table.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

SECRET="canary-client-secret-7d1f5a0c9be24c3f"
ACCESS="canary-access-token-1f6c0b7a55d94e7e"
CLIENT_SECRET=$SECRET
start_emulator --auto-approve --client-secret "$SECRET" --log "$TMP/emulator.log"
new_home
add_app test
login_with_token "$ACCESS" 1700
REFRESH=$FOREIGN_REFRESH
check "the secrets are known here" test "$(hubauth token)" = "$ACCESS" -a "${#REFRESH}" -gt 20
hubauth accounts alias "$PORTAL" shop 2>/dev/null
HOME_FULL=$HUBAUTH_HOME
export HUBAUTH_LOG=debug

# The canary that is in a file, if any. $1: the file, $2…: canaries that may be there
canary_in() {
    local file=$1 canary
    shift
    for canary in "$SECRET" "$ACCESS" "$REFRESH"; do
        case " $* " in *" $canary "*) continue ;; esac
        if grep -qaF -e "$canary" "$file"; then
            echo "$canary"
            return
        fi
    done
}

# Runs a command line on a copy of the vault, so that none can spoil it for the next, under strace. $*: the words
probe() {
    local text="hubauth $*" allowed=
    export HUBAUTH_HOME=$TMP/copy
    rm -rf "$HUBAUTH_HOME" && cp -a "$HOME_FULL" "$HUBAUTH_HOME"
    [ "$1" != token ] || allowed=$ACCESS
    # What waits for a person is ended: that is not what is looked at here.
    timeout -k 5 10 strace -f -y -s 1000000 -e trace=write,pwrite64,writev,execve -o "$TMP/strace" \
        "$BUILD/hubauth" "$@" >"$TMP/said.out" 2>"$TMP/said.err" </dev/null
    # Its standard output is looked at itself; what goes to HubSpot is what it is for.
    grep -vE '(write|writev)\((1<|[0-9]+<(socket|TCP|UNIX))' "$TMP/strace" >"$TMP/writes"
    local found
    found=$(canary_in "$TMP/said.out" $allowed)$(canary_in "$TMP/said.err")$(canary_in "$TMP/writes")
    while IFS= read -r file; do
        found+=$(canary_in "$file")
    done < <(find "$HUBAUTH_HOME" "$HOME" "$TMP/cwd" -type f ! -name key)
    if [ -z "$found" ]; then ok "$text: no secret"; else not_ok "$text: no secret" "it has $found"; fi
}

if ! strace -o /dev/null true 2>/dev/null; then # as where another tracer is at work already
    skip "every command" "strace cannot trace here"
    plan
fi

# --- the table: commands, and those of groups
hubauth help --candidates -- "" | cut -f 1 >"$TMP/commands"
while IFS= read -r word; do
    hubauth help --candidates -- "$word" "" | cut -f 1 | while IFS= read -r second; do
        # a candidate that is a command, not an operand
        if [ "$("$BUILD/hubauth" "$word" "$second" --help 2>/dev/null | head -n 1 | grep -c "hubauth $word $second")" -eq 1 ]; then
            echo "$word $second"
        fi
    done
done <"$TMP/commands" >"$TMP/members"
# Each has a copy of the vault, but there is one grant: a logout must not end it before the others had their turn.
fault '{"route": "/oauth/2026-03/token/revoke", "count": 100000, "status": 503}'
check "the table has commands" test "$(wc -l <"$TMP/commands")" -gt 10
check "  and groups have members" grep -qx "app add" "$TMP/members"
while IFS= read -r command; do
    read -ra words <<<"$command"
    probe "${words[@]}"
    probe "${words[@]}" --json
    probe "${words[@]}" "$PORTAL"
    probe "${words[@]}" --no-such-option
done < <(cat "$TMP/commands" "$TMP/members")

# --- and what more they can do
probe api /account-info/2026-03/details
check "  requests were shown" grep -q "GET http://localhost:$EMU_PORT/account-info/2026-03/details: 200" "$TMP/said.err"
probe api --include /no/such/path
probe export contacts --limit 3
probe export contacts --output contacts.csv --format csv
probe token --format json
probe status shop
probe introspect --refresh-token
probe login --no-browser --timeout 1s
probe export-vault --to-key "$TMP/key2" --output vault.backup
probe import-vault vault.backup --key "$TMP/key2"
probe app add more --client-id "$CLIENT_ID" --client-secret-file /dev/null --redirect-url "$REDIRECT" --scope oauth
probe logout --all
clear_faults
fault "$(jq -nc --arg text "{\"status\":\"BAD\",\"message\":\"$REFRESH $SECRET\"}" \
    '{route: "/oauth/2026-03/token", count: 9, status: 400, body: "text", text: $text}')"
probe refresh
clear_faults
probe logout
check_is "no URL that HubSpot saw has one (C9)" "$(canary_in "$TMP/emulator.log")" ""

# --- ended by a signal that dumps core (E2)
HUBAUTH_HOME=$HOME_FULL
ulimit -c unlimited 2>/dev/null
fault '{"route": "/account-info/2026-03/details", "count": 1, "delay_ms": 60000}'
reset_stats
"$BUILD/hubauth" api /account-info/2026-03/details >"$out" 2>"$err" &
pid=$!
children+=("$pid")
wait_until "$pid" in_flight
kill -ABRT "$pid"
wait "$pid" 2>/dev/null
check_is "it was aborted" "$?" 134
check_is "  and there is no core file" "$(find "$TMP" -name 'core*' -type f)" ""

plan
