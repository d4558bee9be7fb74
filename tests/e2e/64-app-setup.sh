#!/usr/bin/env bash
# Setting up an app: what its check proves, what the dialogue asks and refuses, moving to another API version,
# and what is taken over from HubSpot's CLI, a project and variables.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

start_emulator --auto-approve
new_home
add_app test

# ------------------------------------------------------------------ check

check_status 0 hubauth app check
check_stdout_has "client id       right: $CLIENT_ID"
check_stdout_has "client secret   right"
check_stdout_has "$EMU/oauth/2026-03/token is there"
check_stdout_has "redirect URLs   not proven"
check_stdout_has "scopes          not proven"
check_stdout_has "clock           as the server's"
check_stderr_has "hubauth login --app test"
check_is "the code was tried once, and in vain" "$(stats '"\(.token_code_failed) \(.token_code_ok)"')" "1 0"

check_status 0 hubauth app check test --json
check_is "  its JSON has the verdict" "$(json_get '[.verdict, .client_id_is_right, .client_secret_is_right] | @csv')" '"right",true,true'
check_is "  and what is not proven" "$(json_get '.not_proven | join(" ")')" "redirect_urls scopes"
check_is "  and HubSpot's word" "$(json_get .code)" BAD_AUTH_CODE
check "  and how the clocks differ" test "$(json_get '(.clock_ahead_ms | fabs) <= .clock_slack_ms')" = true

# The emulator looks at the client before it looks at the code, as HubSpot does.
CLIENT_SECRET=22222222-2222-4222-8222-000000000000 add_app badsecret
check_status 2 hubauth app check badsecret
check_stdout_has "client id       right"
check_stdout_has "client secret   wrong"
check_stderr_has "BAD_CLIENT_SECRET"
CLIENT_ID=11111111-1111-4111-8111-000000000000 add_app badid
check_status 2 hubauth app check badid --json
check_is "  a wrong client id says nothing of the secret" "$(json_get '[.verdict, .client_id_is_right, .client_secret_is_right] | @csv')" '"bad_client_id",false,'
REDIRECT=http://localhost:$REDIRECT_PORT/other add_app badredirect
check_status 2 hubauth app check badredirect
check_stderr_has "http://localhost:$REDIRECT_PORT/other is not a redirect URL of this app"

add_app lost --api-url "http://localhost:$(free_port)"
check_status 6 hubauth app check lost
check_stdout_has "client secret   not proven"
fault '{"route": "/oauth/2026-03/token", "count": 1, "status": 404}'
check_status 2 hubauth app check test
check_stderr_has "there is no token endpoint"
fault '{"route": "/oauth/2026-03/token", "count": 1, "status": 503}'
check_status 6 hubauth app check test

check "no secret is in what was said" not grep -qF "$CLIENT_SECRET" "$out" "$err"
check_status 2 hubauth app check nosuch
check_stderr_has "no app is called nosuch"

# ------------------------------------------------------------------ add, asked on a terminal

TYPED=http://localhost:$REDIRECT_PORT/typed
at_terminal() { "$E2E/at-terminal" "$@"; }
apps() { hubauth app list --json | jq -r '.[].name' | tr '\n' ' '; }
echo_is_on() { grep -qF "(echo is on)" "$out"; }

new_home
check_status 0 at_terminal "$BUILD/hubauth" app add <<END
such as crm: |-crm
such as crm: |crm
Client id: |12345
Client id: | "$CLIENT_ID" 
Client secret (not shown): |nonsense
Client secret (not shown): |\`$CLIENT_SECRET\`
Redirect URL [|http://127.0.0.1:$REDIRECT_PORT/callback
Redirect URL [|http://localhost/callback
Keep it all the same? [y/N] |
Redirect URL [|$TYPED#top
Redirect URL [|$TYPED
Another redirect URL|$TYPED/two
Another redirect URL|
Required scopes [oauth]: |crm.objects.contact.read
Optional scopes|
Keep it all the same? [y/N] |
Required scopes [oauth]: |oauth, crm.objects.contacts.read
Optional scopes|tickets
END
check_stdout_has "stand in HubSpot on the Auth page"
check_stdout_has "its app-hsmeta.json"
check_stdout_has "a name has 1 to 64 letters"
check_stdout_has '"12345" is no client id of HubSpot'
check_stdout_has "the client secret (8 characters) is none of HubSpot"
check_stdout_has "use http://localhost:$REDIRECT_PORT/callback"
check_stdout_has "http://localhost/callback has no port"
check_stdout_has 'perhaps crm.objects.contacts.read is meant'
check_stdout_has 'the scope "oauth" is missing'
check "the secret was not shown (E3)" not grep -qF -e "$CLIENT_SECRET" -e nonsense "$out"
check "and the echo is on again" echo_is_on
check "every question was asked" not grep -qF "never asked" "$out"
check_status 0 hubauth app show crm --json
check_is "what was typed is stored, trimmed" \
    "$(json_get '[.client_id, (.redirect_urls | join(" ")), .scope, .optional_scope] | join("|")')" \
    "$CLIENT_ID|$TYPED $TYPED/two|oauth crm.objects.contacts.read|tickets"

check_status 2 at_terminal "$BUILD/hubauth" app add crm </dev/null
check_stdout_has "there is an app called crm already"
check_status 0 at_terminal "$BUILD/hubauth" app add two --client-id "$CLIENT_ID" --redirect-url "$REDIRECT" --scope oauth \
    --api-url "$EMU" --app-url "$EMU" <<<"Client secret (not shown): |$CLIENT_SECRET"
check_status 0 hubauth app check two
check "what is given is not asked for" not grep -qE "Client id:|Redirect URL|scopes \[" "$out"
check_status 2 at_terminal "$BUILD/hubauth" app add bad --client-id 12345 </dev/null
check "what is given is checked before the first question" not grep -qF "Client secret (" "$out"

# --- Ctrl-C and Ctrl-D store nothing, and leave the echo on
for place in "such as crm: |" "such as crm: |x:Client id: |" "such as crm: |x:Client id: |$CLIENT_ID:Client secret (not shown): |"; do
    for key in ^C ^D; do
        run at_terminal "$BUILD/hubauth" app add < <(printf '%s%s\n' "$place" "$key" | sed "s/:\([A-Z]\)/\n\1/g")
        check "$key at \"${place##*:}\" ends it" test "$status" -ne 0
        check "  nothing is stored" test "$(apps)" = "crm two "
        check "  the echo is on" echo_is_on
    done
done
for signal in SIGTERM SIGHUP SIGQUIT; do
    run at_terminal "$BUILD/hubauth" app add x --client-id "$CLIENT_ID" <<<"Client secret (not shown): |$signal"
    check "$signal ends the question for the secret" test "$status" -gt 128
    check "  the echo is on" echo_is_on
    check "  nothing is stored" test "$(apps)" = "crm two "
done

# ------------------------------------------------------------------ add, never asked

run hubauth app add three --client-id "$CLIENT_ID" </dev/null
check_is "without a terminal nothing is asked" "$status" 2
check_stderr_has "--client-secret-file is needed"
check_status 2 hubauth app add </dev/null
check_stderr_has "NAME is needed"
add() { # $1: client id, $2: client secret, $3: scopes
    run hubauth app add odd --client-id "$1" --client-secret-file - --redirect-url "$TYPED" --scope "$3" <<<"$2"
}
add 12345 "$CLIENT_SECRET" oauth
check_is "a client id that is none is refused" "$status" 2 || said
add "$CLIENT_ID" secret oauth
check_is "a client secret that is none is refused" "$status" 2 || said
check "  and not repeated" not grep -qw secret: "$err"
add "$CLIENT_ID" "$CLIENT_SECRET" 'oauth "a'
check_is "a malformed scope is refused" "$status" 2 || said
add "$CLIENT_ID" "  $CLIENT_SECRET  " "crm.objects.contact.read"
check_is "an unknown scope is stored" "$status" 0 || said
check_stderr_has "perhaps crm.objects.contacts.read is meant"
check_stderr_has 'the scope "oauth" is missing'
check_stderr_has "left out the blanks or quotes around the client secret"
run hubauth app add standin --client-id 12345 --client-secret-file - --redirect-url "$REDIRECT" --api-url "$EMU" \
    --app-url "$EMU" <<<secret
check_is "what stands in for HubSpot is only warned about" "$status" 0 || said
check_stderr_has "the client id is no UUID"
check_stderr_has "the client secret is no UUID"
run hubauth app add elsewhere --client-id id --client-secret-file - --redirect-url http://127.0.0.1:9/cb --scope openid \
    --authorize-url https://id.example.com/auth --token-url https://id.example.com/token <<<"'secret'"
check_is "another server's values have any form" "$status" 0 || said
check_stderr_has "begins or ends with a blank or a quote"

# ------------------------------------------------------------------ migrate

web -X POST "$EMU/_emulator/reset-stats" >/dev/null
new_home
add_app old --api-version v1
login_auto --app old || said
run hubauth status
check_stdout_has "hubauth app migrate old"
version() { hubauth app show old --json | jq -r .api_version; }
state() { hubauth status --json | jq -r .state; }

check_status 0 hubauth app migrate --dry-run
check_stderr_has "OAuth v1 -> 2026-03"
check_stderr_has "on 2027-02-16, in "
check_stderr_has "/oauth/v1/token"
check_stderr_has "Recommended version: 2026-03"
check_stderr_has "2026-03 takes client id and secret"
check_is "a dry run changes nothing" "$(version) $(stats .token_refresh_ok)" "v1 0"
check_status 2 hubauth app migrate old --back
check_stderr_has "has not moved"

check_status 0 hubauth app migrate old --json
check_is "its JSON tells what happened" \
    "$(json_get '[.from, .to, .moved, (.accounts | map(.account + "=" + .outcome) | join(" "))] | join("|")')" \
    "v1|2026-03|true|old/$PORTAL=proven"
check_is "the account was refreshed there, once" "$(version) $(stats .token_refresh_ok)" "2026-03 1"
run hubauth introspect
check "  and what came is stored" test "$status" -eq 0 -a "$(stats .token_refresh_ok)" = 1
check_status 0 hubauth app migrate old
check_stderr_has "at 2026-03 already"
check_status 0 hubauth app migrate old --back
check_stderr_has "back at v1"
check_is "the way back is local" "$(version)" v1
check_status 0 hubauth refresh

# --- the proof fails: back, and nothing is lost
fault '{"route": "/oauth/2026-03/token", "skip": 1, "count": 9, "status": 400, "error": "BAD_CLIENT_ID"}'
check_status 2 hubauth app migrate old
check_stderr_has "App old is back at v1"
clear_faults
check_is "a failed proof leaves v1 and the account" "$(version) $(state)" "v1 ok"
check_status 0 hubauth refresh
fault '{"route": "/oauth/2026-03/token/introspect", "count": 9, "status": 503}'
check_status 6 hubauth app migrate old
clear_faults
check_is "network trouble leaves v1 as well" "$(version)" v1
fault '{"route": "/oauth/2026-03/token", "count": 9, "status": 404}'
check_status 2 hubauth app migrate old
check_stderr_has "nothing was changed"
clear_faults

# --- a version that does not know the token: it is not refreshed there, since that would end it here
fault '{"route": "/oauth/2026-03/token/introspect", "count": 1, "body": "text", "text": "{\"active\":false}"}'
refused=$(stats .token_refresh_failed)
check_status 1 hubauth app migrate old
check_stderr_has "does not know the refresh token"
check_is "an unknown token is not put at risk" "$(version) $(state) $(stats .token_refresh_failed)" "v1 ok $refused"

# --- interrupted by kill -9 while an account is being proven
fault '{"route": "/oauth/2026-03/token/introspect", "count": 1, "delay_ms": 600000}'
"$BUILD/hubauth" app migrate old 2>"$TMP/killed" &
killed=$!
children+=("$killed")
until [ "$(version)" = 2026-03 ] || ! kill -0 $killed 2>/dev/null; do :; done
kill -9 $killed
wait $killed 2>/dev/null
clear_faults
check_is "killed halfway, the app has moved" "$(version)" 2026-03 || cat "$TMP/killed"
check_status 0 hubauth app show old
check_stdout_has "moved and not proven: hubauth app migrate finishes that"
check_status 0 hubauth refresh
check_status 0 hubauth app migrate old
check_stderr_has "which an interrupted run has moved and not proven"
check_stderr_has "App old is at 2026-03"
check_status 0 hubauth app migrate old
check_stderr_has "already"

# --- from there to 2026-09, and a grant that is over
web -X POST "$EMU/_emulator/uninstall" >/dev/null
check_status 1 hubauth app migrate old --api-version 2026-09
check_is "no account proves it: back" "$(version)" 2026-03
check_status 3 hubauth refresh
check_status 0 hubauth app migrate old --api-version 2026-09
check_stderr_has "it needs a login"
check_stderr_has "hubauth login --app old"
check_is "a dead account does not stop it" "$(version)" 2026-09
check_status 2 hubauth app migrate old --api-version v2

# ------------------------------------------------------------------ import

new_home
unset HUBSPOT_CLIENT_ID HUBSPOT_CLIENT_SECRET HUBSPOT_REFRESH_TOKEN HUBSPOT_ACCOUNT_ID HUBSPOT_PORTAL_ID HUBSPOT_SCOPES \
    HUBSPOT_SCOPE HUBSPOT_REDIRECT_URI HUBSPOT_REDIRECT_URL HUBSPOT_CONFIG_PATH
check_status 1 hubauth app import
check_stderr_has ".hscli/config.yml"
import() { hubauth app import --api-url "$EMU" --app-url "$EMU" "$@"; }
refresh_token=$(foreign_refresh_token)
unchanged() { [ "$(sha256sum <"$1")" = "$before" ]; }

# --- the configuration of HubSpot's CLI, as js-yaml writes it
mkdir -p "$HOME/.hscli"
config=$HOME/.hscli/config.yml
cat >"$config" <<END
defaultAccount: $PORTAL
httpTimeout: 15000
allowUsageTracking: false
accounts:
  - name: main
    accountId: $PORTAL
    env: prod
    apiUrl: https://elsewhere.example
    authType: oauth2
    accountType: STANDARD
    auth:
      clientId: $CLIENT_ID
      clientSecret: $CLIENT_SECRET
      scopes:
        - oauth
        - crm.objects.contacts.read
      tokenInfo:
        accessToken: >-
          CIrToaii-not-good-any-more
        expiresAt: '2024-11-26T10:00:00.000Z'
        refreshToken: $refresh_token
  - name: sandbox
    accountId: 7654321
    authType: personalaccesskey
    personalAccessKey: >-
      CiRuCanaryKey
    auth:
      tokenInfo: {}
END
chmod 644 "$config"
before=$(sha256sum <"$config")
reset_stats
check_status 0 import --dry-run
check_stdout_has "$config: others can read it (mode 0644, chmod 600)"
check_stdout_has "‹redacted:client_secret:"
check_stdout_has "7654321 (sandbox): left out, a personal access key is for HubSpot's CLI alone"
check "a dry run shows no secret (T11)" not grep -qF -e "$CLIENT_SECRET" -e "$refresh_token" -e CiRuCanary "$out" "$err"
check_status 0 hubauth app import "$config" --dry-run
check_stdout_has "API            https://api.hubapi.com"
check "  no file says where the secret goes (C13)" not grep -q elsewhere "$out"
check_is "  stores nothing and asks nobody" "$(apps)$(stats .token_refresh_ok)" 0

check_status 0 import --redirect-url "$REDIRECT"
check_stderr_has "App hubspot is stored"
check_stderr_has "Account hubspot/$PORTAL is connected, and refreshed"
check_stderr_has "it still holds client secret and refresh token in clear"
check_stderr_has "hubauth logout --local this one alone"
check "an import shows no secret (T11)" not grep -qF -e "$CLIENT_SECRET" -e "$refresh_token" "$out" "$err"
check "the file is unchanged" unchanged "$config"
check_is "one refresh, saved" "$(stats .token_refresh_ok)" 1
check_status 0 hubauth api /account-info/2026-03/details
check_status 0 hubauth app check hubspot
check_status 0 import "$config"
check_stderr_has "stored already, left as it is"
check_stderr_has "is connected already: left as it is"
check_is "a second import refreshes nothing" "$(stats .token_refresh_ok)" 1

# --- what is not good does no harm
new_home
sed "s/$refresh_token/na1-00000000-0000-4000-8000-000000000000/" "$config" >"$TMP/revoked.yml"
check_status 3 import "$TMP/revoked.yml" --redirect-url "$REDIRECT"
check_stderr_has "HubSpot does not know the refresh token"
check_is "no account is made of it" "$(hubauth accounts --json | jq length)" 0
sed "s/accountId: $PORTAL/accountId: 999/" "$config" >"$TMP/other.yml"
check_status 1 import "$TMP/other.yml"
check_stderr_has "is said to be account 999's, but is $PORTAL's"
fault '{"route": "/oauth/2026-03/token/introspect", "count": 9, "status": 503}'
check_status 6 import "$config"
clear_faults
check_is "nor while HubSpot is down" "$(hubauth accounts --json | jq length)" 0
fault '{"route": "/oauth/2026-03/token", "count": 9, "status": 503}'
check_status 6 import "$config"
clear_faults
check_stderr_has "is stored, but not proven"
run hubauth status
check "an unproven account has a status" test "$status" -eq 0
check_status 0 hubauth token
check "  and works when HubSpot is back" test -s "$out"
for text in "accounts: &x [*x]" "a: [" "just words" "accounts: 7" "a: 1
---
b: 2"; do
    printf '%s\n' "$text" >"$TMP/bad.yml"
    check_status 2 import "$TMP/bad.yml"
done
mkfifo "$TMP/pipe.yml"
check_status 2 import "$TMP/pipe.yml"
check_status 1 import "$TMP/nosuch.yml"
head -c 2000000 /dev/zero | tr '\0' a >"$TMP/long.yml"
run import "$TMP/long.yml"
check "a file without end is refused" test "$status" -ne 0

# --- the older file
new_home
mkdir "$TMP/cms"
sed "s/^accounts:/portals:/; s/accountId:/portalId:/" "$config" >"$TMP/cms/hubspot.config.yml"
chmod 600 "$TMP/cms/hubspot.config.yml"
mv "$config" "$config.not"
run bash -c 'cd "$1" && shift && "$@"' - "$TMP/cms" "$BUILD/hubauth" app import --api-url "$EMU" --app-url "$EMU" --name cms
check_is "hubspot.config.yml of this folder is found" "$status" 0 || said
check_stderr_has "Account cms/$PORTAL is connected"
check "  and nothing is wrong with its mode" not grep -q "others can" "$err"
new_home
chmod 666 "$TMP/cms/hubspot.config.yml"
in_cms() {
    run bash -c 'cd "$1" && shift && "$@"' - "$TMP/cms" "$BUILD/hubauth" app import --api-url "$EMU" --app-url "$EMU" "$@"
}
in_cms
check_is "one that others can write is not taken unless it is named" "$status" 2 || said
check_stderr_has "hubauth app import hubspot.config.yml"
if [ "$(id -u)" -eq 0 ]; then
    chmod 644 "$TMP/cms/hubspot.config.yml"
    chown 65534 "$TMP/cms/hubspot.config.yml"
    in_cms
    check_is "  nor another user's" "$status" 2 || said
    check_stderr_has "belongs to another user"
    chown 0 "$TMP/cms/hubspot.config.yml"
    chmod 666 "$TMP/cms/hubspot.config.yml"
fi
check_is "  nothing came in" "$("$BUILD/hubauth" app list --json)" "[]"
in_cms hubspot.config.yml
check_is "  named, it is" "$status" 0 || said
check_stderr_has "others can write it"

# --- variables, and a project
new_home
cat >"$TMP/app-hsmeta.json" <<END
{"uid": "my_app", "type": "app", "config": {"name": "My app", "distribution": "private", "auth": {"type": "oauth",
  "redirectUrls": ["$REDIRECT"], "requiredScopes": ["oauth", "crm.objects.contacts.read"],
  "optionalScopes": ["tickets"], "conditionallyRequiredScopes": ["automation"]}}}
END
check_status 2 import "$TMP/app-hsmeta.json"
check_stderr_has "the source has no client id"
export HUBSPOT_CLIENT_ID=" $CLIENT_ID" HUBSPOT_CLIENT_SECRET="'$CLIENT_SECRET'" HUBSPOT_REFRESH_TOKEN=$refresh_token
check_status 0 import env "$TMP/app-hsmeta.json" --name vars
check_stderr_has "left out: scopes that are required conditionally (automation)"
check_stderr_has "Account vars/$PORTAL is connected"
check_status 0 hubauth app show vars --json
check_is "one app of both" "$(json_get '[.client_id, (.redirect_urls | join(" ")), .scope, .optional_scope] | join("|")')" \
    "$CLIENT_ID|$REDIRECT|oauth crm.objects.contacts.read|tickets"
check_status 0 hubauth app check vars
# While HubSpot is asked, /proc has them no more (E3, T11).
new_home
reset_stats
fault '{"route": "/oauth/2026-03/token/introspect", "count": 1, "delay_ms": 60000}'
"$BUILD/hubauth" app import env --api-url "$EMU" --app-url "$EMU" >"$out" 2>"$err" &
children+=("$!")
wait_until "${children[-1]}" in_flight
tr '\0' '\n' <"/proc/${children[-1]}/environ" >"$TMP/environ" 2>/dev/null
if [ "$(id -u)" -eq 0 ]; then check "its environment can be read by root" grep -q HUBSPOT_CLIENT_ID "$TMP/environ"; fi
check "  and holds no secret" not grep -qF -e "$CLIENT_SECRET" -e "$refresh_token" "$TMP/environ"
end_child "${children[-1]}"
clear_faults
new_home
unset HUBSPOT_REFRESH_TOKEN
HUBSPOT_REDIRECT_URI=$REDIRECT HUBSPOT_SCOPES=oauth,crm.objects.contacts.read check_status 0 import
check_stderr_has "Next: hubauth login --app hubspot"
check_is "without a refresh token the app alone" "$(hubauth app show --json | jq -r .scope)" "oauth crm.objects.contacts.read"
unset HUBSPOT_CLIENT_ID HUBSPOT_CLIENT_SECRET

# --- what stands in the file does not drive the terminal
printf '{"config":{"auth":{"redirectUrls":["http://localhost:1/\\u001b[31m"],"requiredScopes":["oauth"]}}}' >"$TMP/escape.json"
check_status 0 import "$TMP/escape.json" --dry-run
check "no control characters from a file" not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$out" "$err"

# --- on a terminal the rest is asked for
new_home
check_status 0 at_terminal "$BUILD/hubauth" app import "$TMP/app-hsmeta.json" --api-url "$EMU" --app-url "$EMU" <<END
such as crm: |asked
Client id: |$CLIENT_ID
Client secret (not shown): |$CLIENT_SECRET
END
check "  and nothing that the project tells" not grep -qE "Redirect URL \[|scopes \[" "$out"
check_status 0 hubauth app check asked

plan
