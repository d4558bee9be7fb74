#!/usr/bin/env bash
# Canaries: secrets that are known here must not turn up anywhere but where they belong (T11, A10, C9, D5, E2, E3, E6).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

SECRET="canary-client-secret-7d1f5a0c9be24c3f"
ACCESS="canary-access-token-1f6c0b7a55d94e7e"
CLIENT_SECRET=$SECRET
start_emulator --auto-approve --client-secret "$SECRET" --latency 300 --log "$TMP/emulator.log"
new_home

# Notes every command line of hubauth on this machine, as any user could, while the commands below run.
exec {WATCHER}< <(exec python3 -c '
import os, sys, time
program, seen, notes = sys.argv[1].encode(), set(), open(sys.argv[2], "wb", buffering=0)
print("ready", flush=True)
while True:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read().replace(b"\0", b" ")
        except OSError:
            continue
        if line.startswith(program + b" ") and line not in seen:
            seen.add(line)
            notes.write(line + b"\n")
    time.sleep(0.005)
' "$BUILD/hubauth" "$TMP/command-lines")
watcher=$!
children+=("$watcher")
read -r _ <&"$WATCHER"

add_app test
login_with_token "$ACCESS" 1700
REFRESH=$FOREIGN_REFRESH
check "the login stored the token" test "$(hubauth token)" = "$ACCESS"

# $1: a file, $2: what it is
clean() {
    local canary
    for canary in "$SECRET" "$ACCESS" "$REFRESH"; do
        if grep -qaF -e "$canary" "$1"; then
            not_ok "$2 holds no secret" "it has $canary"
            return
        fi
    done
    ok "$2 holds no secret"
}
check "the refresh token is known here" test "${#REFRESH}" -gt 20

# --- what the commands print
index=0
for arguments in "app list" "app show test" "app list --json" "app show test --json" "accounts" "accounts --json" "status" \
    "status --json" "doctor" "doctor --json" "introspect" "api /account-info/2026-03/details" "api /no/such/path" "api --include /crm/v3/objects/contacts" \
    "export contacts --limit 3" "login --timeout 1s --no-browser" "help" "version" "token --format xml" "app add test" \
    "logout nobody"; do
    index=$((index + 1))
    # shellcheck disable=SC2086
    hubauth $arguments >"$TMP/said.$index" 2>&1
    clean "$TMP/said.$index" "hubauth $arguments"
done
hubauth token >/dev/null 2>"$TMP/token.err"
clean "$TMP/token.err" "the stderr of hubauth token"
run hubauth app add other --client-id "$CLIENT_ID" --client-secret "$SECRET" --redirect-url "$REDIRECT" --scope "$SCOPE"
check_is "a secret as an argument is refused (E3)" "$status" 2
clean "$err" "the refusal"
check_stderr_has "--client-secret-file"

# --- a refresh that fails, with the provider echoing what it was sent (G13)
fault "$(jq -nc --arg text "{\"status\":\"BAD\",\"message\":\"$REFRESH $SECRET\"}" \
    '{route: "/oauth/2026-03/token", count: 5, status: 400, body: "text", text: $text}')"
run hubauth refresh
check "a refresh that fails is a failure" test "$status" -ne 0
clean "$err" "its message, although the provider echoed the secrets (E6)"
clear_faults

# --- a standard descriptor that is missing is no place for a file or a connection of ours (E5). Leaks are not looked for where strace
# watches.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -qq -e trace=openat,socket,epoll_create1,eventfd2 -o "$TMP/opened" \
    "$BUILD/hubauth" api /account-info/2026-03/details <&- >&- 2>&-
check_is "without standard descriptors: exit 8, for nothing could be printed" $? 8
check "  connections were made" grep -q '^socket(' "$TMP/opened"
check "  and none of them, nor a file of the vault, stands in their place" \
    not grep -qE '^(socket|epoll_create1|eventfd2|openat\(.*"'"$HUBAUTH_HOME"').* = [0-2]$' "$TMP/opened"

# --- the process
reset_stats
fault '{"route": "/oauth/2026-03/token", "count": 1, "delay_ms": 600000}'
"$BUILD/hubauth" refresh >"$TMP/refresh.out" 2>&1 &
pid=$!
wait_until "$pid" in_flight
cat "/proc/$pid/status" >"$TMP/proc.status"
cat "/proc/$pid/limits" >"$TMP/proc.limits"
tr '\0' '\n' <"/proc/$pid/environ" >"$TMP/proc.environ" 2>/dev/null
clean "$TMP/proc.environ" "the environment of a process that refreshes"
clear_faults
wait "$pid"
check "no new privileges (E2)" grep -qE 'NoNewPrivs:[[:space:]]*1' "$TMP/proc.status"
check "no core dump (E2)" grep -qE 'Max core file size +0 +' "$TMP/proc.limits"
clean "$TMP/refresh.out" "what hubauth refresh prints"
run hubauth status
clean "$out" "the status afterwards"

# --- what is at rest
run hubauth token
sqlite3 "$HUBAUTH_HOME/vault.db" .dump >"$TMP/dump" 2>/dev/null
check "the vault can be read as a database" grep -q "CREATE TABLE" "$TMP/dump"
NEW_ACCESS=$(cat "$out")
while IFS= read -r file; do
    clean "$file" "${file#"$HUBAUTH_HOME/"}"
    check "${file#"$HUBAUTH_HOME/"} does not hold the new token" not grep -qaF -e "$NEW_ACCESS" "$file"
done < <(find "$HUBAUTH_HOME" "$HOME" -type f ! -name key)
check_is "nothing was written into HOME" "$(find "$HOME" -type f)" ""
check_is "no core file" "$(find "$TMP" -name 'core*' -type f)" ""

# --- what others see
end_child "$watcher"
grep -av 'app add other' "$TMP/command-lines" >"$TMP/our-lines"
check "the command lines were seen" grep -qa "hubauth login" "$TMP/our-lines"
check "  and that of a refresh" grep -qa "hubauth refresh" "$TMP/our-lines"
clean "$TMP/our-lines" "a command line of hubauth (E3)"
check "the emulator logged requests" test -s "$TMP/emulator.log"
for canary in "$SECRET" "$ACCESS" "$REFRESH"; do
    check "no URL that HubSpot saw holds ${canary%%-*}…${canary: -4} (C9)" not grep -qF -e "$canary" "$TMP/emulator.log"
done

# --- logout leaves nothing of it (D10)
sealed=$(sqlite3 "$HUBAUTH_HOME/vault.db" .dump | grep -c INSERT)
check_status 0 hubauth logout
check "after logout there is less in the vault (D10)" \
    test "$(sqlite3 "$HUBAUTH_HOME/vault.db" .dump | grep -c INSERT)" -lt "$sealed"

plan
