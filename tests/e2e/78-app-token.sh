#!/usr/bin/env bash
# Tokens of an app itself (client credentials): printed once and stored nowhere (hubauth token --app), or as an account of
# its own kind (hubauth accounts add --app-level), which every command takes.
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

PROCESSES=60
readelf -d "$BUILD/hubauth" | grep -q libasan && PROCESSES=20 # sanitizers make processes large and slow

SCOPES="developer.webhooks_journal.read"
JOURNAL=/webhooks-journal/journal/2026-03
CONTACTS=/crm/objects/2026-03/contacts
connect --contacts 5
before=$(hubauth token)
check_status 0 hubauth token --app test --scope "$SCOPES"
APP_TOKEN=$(cat "$out")
check "it is another token than the account's" test -n "$APP_TOKEN" -a "$APP_TOKEN" != "$before"
check "  which stays as it was" test "$(hubauth token)" = "$before"
check "  and it lies in no file" not grep -rqaF "$APP_TOKEN" "$HUBAUTH_HOME"
check_is "HubSpot's CRM refuses it" "$(web -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $APP_TOKEN" "$EMU$CONTACTS")" 403 ||
    said
check_status 0 hubauth token --app test --scope "$SCOPES" --format json
check_is "as JSON: of the app, for its scope, of no portal" "$(jq -r '"\(.app) \(.scope) \(has("hub_id")) \(.expires_in > 1700)"' "$out")" "test $SCOPES false true"
check_status 0 hubauth token --app test --scope "$SCOPES" --format header
check_stdout_has "Authorization: Bearer "
check_status 1 hubauth token --app test --scope crm.objects.contacts.read
check_stderr_has BAD_SCOPES
check_status 2 hubauth token --app none --scope "$SCOPES"
check_status 2 hubauth token --app test
check_status 2 hubauth token --scope "$SCOPES"
check_status 2 hubauth token --app test --scope " "
check_status 2 hubauth token "$PORTAL" --app test --scope "$SCOPES"

# ------------------------------------------------------------------ as an account: what cannot be one

reset_stats
add=(hubauth accounts add --app-level)
right="hubauth accounts add --app-level --app NAME --scope"
check_status 2 "${add[@]}" --app test
check_stderr_has "$right"
check_status 2 "${add[@]}" --app test --scope "$SCOPES" --api-url "$EMU"
check_stderr_has "$right"
check_status 2 hubauth accounts add --app test --scope "$SCOPES"
check_stderr_has "$right"
check_status 2 "${add[@]}" --scope "$SCOPES" --private-app-token-file -
check_status 2 hubauth accounts add --scope "$SCOPES" --private-app-token-file -
check_stderr_has "hubauth accounts add --private-app-token-file -"
check_status 2 "${add[@]}" --app none --scope "$SCOPES"
for scope in "" " " 'a"b' $'a\e[2Jb' $'\xff'; do
    run "${add[@]}" --app test --scope "$scope"
    check_is "no scope: $(printf %q "$scope")" "$status" 2
done
check_is "  HubSpot was asked nothing" "$(stats '[.requests[]] | add // 0')" 0
check_status 1 "${add[@]}" --app test --scope developer.nonsense
check_stderr_has BAD_SCOPES
check_stderr_has "hubauth explain BAD_SCOPES"
check_status 1 "${add[@]}" --app test --scope crm.objects.contacts.read
fault '{"route": "/oauth/2026-03/token", "error": "BAD_CLIENT_SECRET"}'
check_status 2 "${add[@]}" --app test --scope "$SCOPES"
check_stderr_has "hubauth app update test"
fault '{"route": "/oauth/2026-03/token", "error": "USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED"}'
check_status 1 "${add[@]}" --app test --scope "$SCOPES"
fault '{"route": "/oauth/2026-03/token", "status": 503, "body": "html"}'
check_status 6 "${add[@]}" --app test --scope "$SCOPES"
check_is "none of them is stored" "$(hubauth accounts --json | jq -r '[.[].account] | join(" ")')" "$PORTAL"

# ------------------------------------------------------------------ and one that can

check_status 0 "${add[@]}" --scope "$SCOPES"
check_stderr_has "Account test/app-level is stored"
check_stderr_has "hubauth token test/app-level"
check_status 0 hubauth token test/app-level
APP_TOKEN=$(cat "$out")
check "it is sealed (D9)" not grep -rqaF "$APP_TOKEN" "$HUBAUTH_HOME"
check_is "  and kept: HubSpot was asked once" "$(hubauth token app-level) $(stats .token_app_ok)" "$APP_TOKEN 1"

check_is "a command without a name means the portal's, as before" "$(hubauth token)" "$before"
check_is "  and so does the app's name" "$(hubauth token test)" "$before"
check_is "HUBAUTH_ACCOUNT chooses it" "$(HUBAUTH_ACCOUNT=test/app-level hubauth token)" "$APP_TOKEN"
echo app-level >.hubauth
check_is "  and so does .hubauth" "$(hubauth token)" "$APP_TOKEN"
rm .hubauth
check_status 0 hubauth accounts alias test/app-level journal
check_is "  and an alias" "$(hubauth token journal)" "$APP_TOKEN"
check_status 2 hubauth accounts alias test/app-level app-level

check_status 0 hubauth accounts
check_stdout_has "app-level  test  app-level  connected"
check_is "accounts tells the kinds" "$(hubauth accounts --json | jq -r '[.[].kind] | join(" ")')" "oauth app-level"
check_status 0 hubauth status journal
check_stdout_has "of the app itself"
check_stdout_has "hubauth token test/app-level"
check "status shows no token (E6)" not grep -qF "$APP_TOKEN" "$out"
check_is "status --json tells the kind" "$(hubauth status journal --json | jq -r '"\(.kind) \(.has_refresh_token) \(.hub_id) \(.scopes)"')" "app-level false 0 $SCOPES"
for format in "header:Authorization: Bearer $APP_TOKEN" "env:HUBSPOT_ACCESS_TOKEN=$APP_TOKEN" \
    "curl:header = \"Authorization: Bearer $APP_TOKEN\"" "netrc:password $APP_TOKEN"; do
    check_status 0 hubauth token journal --format "${format%%:*}"
    check_stdout_has "${format#*:}"
done
check_is "token --format json has no hub_id" "$(hubauth token journal --format json | jq -r '"\(.account) \(.app) \(has("hub_id")) \(.scope)"')" "app-level test false $SCOPES"
check_status 0 env HUBSPOT_PORTAL_ID=99 "$BUILD/hubauth" exec journal -- sh -c 'echo "$HUBSPOT_ACCESS_TOKEN ${HUBSPOT_PORTAL_ID-none}"'
check_stdout "$APP_TOKEN none"
check_status 0 hubauth help --candidates -- token test/
check_stdout_has "test/app-level"

journal() { HUBAUTH_ACCOUNT=journal hubauth api --select currentOffset "$JOURNAL/$1"; }
check_is "api: the journal's entries, one after the other" "$(journal "offset/$(journal "offset/$(journal earliest)/next")/next")" \
    0199c0de-0000-7000-8000-000000000002
HUBAUTH_ACCOUNT=journal check_status 0 hubauth api "$JOURNAL/offset/$(journal latest)/next"
check_stdout_empty
HUBAUTH_ACCOUNT=journal check_status 1 hubauth api "$JOURNAL/offset/0199c0de-0000-7000-8000-000000000009/next"
export HUBAUTH_ACCOUNT=journal
for command in "api $CONTACTS" "api /account-info/2026-03/details" "export contacts" "api -X POST $CONTACTS/search -d {}"; do
    # shellcheck disable=SC2086
    check_status 4 hubauth $command
    check_stderr_has "no use for CRM data"
    check_stderr_has "name a portal's account instead: test/$PORTAL"
done
unset HUBAUTH_ACCOUNT
check_status 4 hubauth api "$JOURNAL/earliest"
check_stderr_has "hubauth accounts add --app-level --app test --scope $SCOPES"
check_status 0 "${add[@]}" --app test --scope developer.webhooks_journal.subscriptions.read
HUBAUTH_ACCOUNT=journal check_status 4 hubauth api "$JOURNAL/earliest"
check_stderr_has "--scope 'developer.webhooks_journal.subscriptions.read $SCOPES'"
check_status 0 "${add[@]}" --app test --scope "$SCOPES  developer.webhooks_journal.subscriptions.read $SCOPES"
check_is "added again it has other scopes" "$(hubauth status journal --json | jq -r .scopes)" "$SCOPES developer.webhooks_journal.subscriptions.read"
check_is "  and there is one" "$(hubauth accounts --json | jq length)" 2

reset_stats
check_status 0 hubauth limits journal
check_stdout_has "ten-secondly"
check_stdout_has "token endpoint"
check "limits has no searches" not grep -q '^search' "$out"
check_is "  and asks HubSpot nothing" "$(stats '[.requests[]] | add // 0')" 0
check_is "the governor counts for the app" "$(hubauth limits journal --json | jq -r .account)" test/app-level

check_status 0 hubauth introspect journal
check_stdout_has "active     yes"
check_stdout_has "$SCOPES"
check "introspect names no account" not grep -q '^account' "$out"
check_status 1 hubauth introspect journal --refresh-token
check_status 0 hubauth doctor --json
check "the doctor finds nothing wrong with it" not grep -q '"error"' <(jq -r '.findings[]?.severity' "$out")

# ------------------------------------------------------------------ renewed

now=$(hubauth token journal)
check_status 0 hubauth refresh journal
check "refresh gets a new one" test "$(hubauth token journal)" != "$now"
now=$(hubauth token journal)
expire_tokens
check_is "HubSpot refuses an expired one, and the call goes on with a new one (C10)" "$(journal earliest)" 0199c0de-0000-7000-8000-000000000000
check "  which is stored" test "$(hubauth token journal)" != "$now"
now=$(hubauth token journal)
check "--min-ttl is kept to" test "$(hubauth token journal --min-ttl 31m)" != "$now"
# Its end is that of the answer; the clock of HubSpot does not matter.
web -X POST -d '{"ms":3600000}' "$EMU/_emulator/advance-clock" >/dev/null
check_is "an hour later at HubSpot" "$(journal earliest)" 0199c0de-0000-7000-8000-000000000000

is_long() { [ "$(wc -c <"$1")" -gt 100 ] && echo yes; } # the emulator's tokens are, those of the faults below are not
# The next token lives for $1 seconds. $2: the access token
short_lived() {
    fault "$(jq -nc --arg access "$2" --argjson life "$1" --arg scope "$SCOPES" '{route: "/oauth/2026-03/token", count: 1, body: "text",
        text: ({token_type: "bearer", access_token: $access, expires_in: $life, scopes: [$scope], token_use: "client_credentials"} | tojson)}')"
    run hubauth refresh journal
}
short_lived 60 "short-lived"
fault '{"route": "/oauth/2026-03/token", "error": "BAD_CLIENT_SECRET"}'
check_status 0 hubauth token journal
check_stdout "short-lived"
check_stderr_has "warning"
check_status 0 hubauth status journal
check_stdout_has "last refusal   BAD_CLIENT_SECRET"
for answer in '"error": "BAD_REFRESH_TOKEN"' '"error": "BAD_HUB"' '"status": 502, "body": "html", "count": 3' '"action": "drop_after_processing", "count": 3'; do
    short_lived 1 "short-lived"
    fault "{\"route\": \"/oauth/2026-03/token\", $answer}"
    run hubauth token journal --min-ttl 5m
    clear_faults
    check_is "after $answer it is as before" "$(hubauth status journal --json | jq -r .state) $(is_long <(hubauth token journal))" "ok yes"
done

# One renewal for all (T1).
short_lived 1 "short-lived"
reset_stats
pids=()
for ((i = 0; i < PROCESSES; i++)); do
    "$BUILD/hubauth" token journal >"$TMP/token.$i" 2>"$TMP/said.$i" &
    pids+=("$!")
    children+=("$!")
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
check_is "$PROCESSES processes want one that has expired: none fails" "$failed" 0 || sort "$TMP"/said.* | uniq -c | head
check_is "  all get the same" "$(sort -u "$TMP"/token.* | wc -l)" 1
check_is "  of one request (T1)" "$(stats .token_app_ok) $(stats .token_app_failed)" "1 0"

# ------------------------------------------------------------------ the app, the backup, the end

check_status 6 hubauth app remove test
check_stderr_has "app-level"
check_status 0 hubauth app migrate test --api-version 2026-09
check_stderr_has "test/app-level refreshed there"
check_is "it works at the other version of the endpoints" "$(is_long <(hubauth token journal --min-ttl 31m))" yes
check_status 0 hubauth app migrate test --back
mkdir "$TMP/backup"
head -c 32 /dev/urandom | base64 >"$TMP/backup/key"
chmod 600 "$TMP/backup/key"
check_status 0 hubauth export-vault --to-key "$TMP/backup/key" --output "$TMP/backup/vault"
check_status 0 hubauth logout journal
check_stderr_has "no refresh token that could be revoked"
check_is "logout tells HubSpot nothing" "$(stats .revoked) $(hubauth accounts --json | jq length)" "0 1"
check_status 3 hubauth token journal
check_stderr_has "hubauth accounts add --app-level --app test"
check "a portal's account is not touched" test -n "$(hubauth token)"
HUBAUTH_HOME=$TMP/elsewhere
run hubauth init --key "file:$TMP/elsewhere.key"
check_status 0 hubauth import-vault --key "$TMP/backup/key" "$TMP/backup/vault"
check_stderr_has "1 account is now here and where the backup was made" # the other has no refresh token
check_is "import-vault brings it" "$(hubauth accounts --json | jq -r '[.[].kind] | join(" ")')" "oauth app-level"
check_is "  and it works" "$(journal earliest)" 0199c0de-0000-7000-8000-000000000000
check_status 0 hubauth logout --local
check_status 3 hubauth token
check_stderr_has "test/app-level"
check_status 0 hubauth logout --all
check_is "logout --all means it as well" "$(hubauth accounts --json | jq length)" 0

# An account that grants a scope of the app itself is an account all the same.
start_emulator --auto-approve --optional-scopes "$SCOPES"
new_home
add_app test --optional-scope "$SCOPES"
login_auto || said
check_is "a portal's token has the scope" "$(hubauth status --json | jq -r .scopes)" "$SCOPE $SCOPES"
check_status 4 hubauth api "$JOURNAL/earliest"
check_stderr_has "a token of the app itself"

plan
