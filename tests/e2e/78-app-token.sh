#!/usr/bin/env bash
# hubauth token --app: a token of the app itself, of no account, stored nowhere.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

SCOPES="developer.webhooks_journal.read"
connect --contacts 5
before=$(hubauth token)
check_status 0 hubauth token --app test --scope "$SCOPES"
APP_TOKEN=$(cat "$out")
check "it is another token than the account's" test -n "$APP_TOKEN" -a "$APP_TOKEN" != "$before"
check "  which stays as it was" test "$(hubauth token)" = "$before"
check "  and it lies in no file" not grep -rqaF "$APP_TOKEN" "$HUBAUTH_HOME"
check_is "HubSpot's CRM refuses it" "$(web -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $APP_TOKEN" "$EMU/crm/objects/2026-03/contacts")" 403 ||
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
check_status 2 hubauth token "$PORTAL" --app test --scope "$SCOPES"

plan
