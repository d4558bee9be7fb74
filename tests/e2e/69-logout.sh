#!/usr/bin/env bash
# Logging out: gone here whatever HubSpot says, queued and reported when it cannot be told (C11, T16, D10); a grant that others
# share is not ended unasked (T16).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

connect
rows() { sqlite3 -cmd ".timeout 5000" "$HUBAUTH_HOME/vault.db" "SELECT count(*) FROM vault_row WHERE kind=$1"; } # $1: 2 accounts, 3 pending
revoke_fails() { fault "{\"route\": \"/oauth/2026-03/token/revoke\", \"count\": $1, \"status\": 503}"; }

# --- HubSpot answers 503
revoke_fails 10
check_status 7 hubauth logout
check_stderr_has "hubauth logout --retry"
check_is "the account is gone here (C11)" "$(rows 2)" 0
check_is "the revocation waits" "$(rows 3)" 1
check_status 3 hubauth token
check_status 0 hubauth accounts
check_stderr_has "test/$PORTAL"
check_stderr_has "hubauth logout --retry"
check_status 6 hubauth app remove test
check_stderr_has "--retry"
check_status 7 hubauth logout --retry
check_stderr_has "1 could not be told"
check_is "it still waits" "$(rows 3)" 1
clear_faults
login_auto || said
check_status 0 hubauth status
check_stdout_has "1 logout that HubSpot has not heard of"
check_status 0 hubauth status --json
check_is "  in JSON as well" "$(json_get .pending_revocations)" 1
revoked=$(stats .revoked)
check_status 0 hubauth logout --retry
check_stderr_has "told of 1 logout"
check_is "HubSpot was told" "$(stats .revoked)" $((revoked + 1))
check_is "and nothing waits any more (D10)" "$(rows 3)" 0
check_is "the login in between is untouched" "$(hubauth token >/dev/null && echo works)" works
check_status 0 hubauth logout --retry
check_stderr_has "no logout"

# --- HubSpot is not there at all; the account is logged out of twice
stop_emulator
check_status 7 hubauth logout
check_is "gone here" "$(rows 2)" 0
check_status 7 hubauth logout --retry
check_status 0 hubauth logout --give-up
check_stderr_has "uninstall"
check_is "given up" "$(rows 3)" 0
check_status 0 hubauth app remove test

# --- killed between here and there: the queue has it
connect
fault '{"route": "/oauth/2026-03/token/revoke", "count": 1, "delay_ms": 60000}'
"$BUILD/hubauth" logout >"$out" 2>"$err" &
pid=$!
children+=("$pid")
queued() { [ "$(rows 3)" = 1 ]; }
wait_until "$pid" queued
kill -KILL "$pid"
wait "$pid" 2>/dev/null
check_is "after kill -9 the account is gone" "$(rows 2)" 0
check_is "  and its revocation is not lost" "$(rows 3)" 1
clear_faults
check_status 0 hubauth logout --retry
check_is "  told later" "$(rows 3)" 0

# --- one grant, two accounts (as after an import, or under two apps)
connect
add_app twin
FOREIGN=$(foreign_refresh_token)
# $1: app
login_shared() {
    fault "$(jq -nc --arg refresh "$FOREIGN" --arg scope "$SCOPE" --argjson hub "$PORTAL" '{token_type: "bearer",
        access_token: "shared-access", refresh_token: $refresh, expires_in: 1800, hub_id: $hub, scopes: ($scope / " ")} | tostring |
        {route: "/oauth/2026-03/token", count: 1, body: "text", text: .}')"
    login_auto --app "$1" || said
}
login_shared test
login_shared twin
check_is "two accounts" "$(rows 2)" 2
check_status 2 hubauth logout "test/$PORTAL"
check_stderr_has "twin/$PORTAL"
check_stderr_has "--local"
check_is "nothing was done" "$(rows 2) $(rows 3)" "2 0"
revoked=$(stats .revoked)
check_status 0 hubauth logout "test/$PORTAL" --local
check_is "forgotten here, not revoked (T16)" "$(rows 2) $(stats .revoked)" "1 $revoked"
check_status 0 hubauth refresh "twin/$PORTAL"
login_shared test
check_status 2 hubauth logout "twin/$PORTAL" --all --local
check_status 2 hubauth logout --retry --all
check_status 0 hubauth logout "twin/$PORTAL" --all
check_is "both are gone" "$(rows 2) $(rows 3)" "0 0"

# --- on a terminal it is asked
login_shared test
login_shared twin
# $1: the answer
on_terminal() { script -qefc "$BUILD/hubauth logout test/$PORTAL" /dev/null <<<"$1" >"$out" 2>"$err"; }
on_terminal n
check_stdout_has "shares its grant with twin/$PORTAL"
check_is "no: nothing is done" "$(rows 2)" 2
on_terminal l
check_is "local: this one alone" "$(rows 2)" 1
login_shared test
on_terminal a
check_is "all: both" "$(rows 2) $(rows 3)" "0 0"

# --- all of them
login_auto --app test || said
login_auto --app twin || said
check_status 0 hubauth logout --all
check_is "every account" "$(rows 2)" 0
check_status 0 hubauth logout --all
check_stderr_has "No account"

# --- a record that does not open can still be forgotten
login_auto --app test || said
sqlite3 "$HUBAUTH_HOME/vault.db" "UPDATE vault_row SET sealed=zeroblob(100) WHERE kind=2"
check_status 8 hubauth logout
check_status 0 hubauth logout --local
check_is "forgotten" "$(rows 2)" 0

plan
