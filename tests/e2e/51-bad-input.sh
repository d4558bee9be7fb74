#!/usr/bin/env bash
# Whatever goes wrong: a message that says what, the documented exit status, and what was stored before is still there.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

faults_at() { # $1: route, $2: the fault's other fields, $3: how often
    fault "$(jq -nc --arg route "$1" --argjson count "${3:-20}" "{route: \$route, count: \$count} + $2")"
}
token_route=/oauth/2026-03/token
list_route=/crm/objects/2026-03/contacts

# --- exports that try for a minute before they give up: begun first, looked at last, each with an emulator of its own
begin_patient() { # $1: its name
    "$BUILD/hubauth" export contacts --output "$TMP/$1.ndjson" >"$TMP/$1.out" 2>"$TMP/$1.err" &
    patient=$!
    children+=("$patient")
}
end_patient() { # $1: its process, $2: its name; then as after check_status
    wait "$1"
    status=$?
    cp "$TMP/$2.out" "$out"
    cp "$TMP/$2.err" "$err"
}
connect --contacts 300
faults_at $list_route '{status: 200, body: "html"}' 1000
begin_patient html
html=$patient
connect --contacts 300
stop_emulator
begin_patient unreachable
unreachable=$patient

connect --contacts 300
key=$HUBAUTH_HOME/key
# Not the state: a refresh whose outcome nobody knows is marked as such, and so it should be (C6).
kept() { { hubauth accounts --json | jq -c 'map(del(.state))'; hubauth app list; hubauth token --min-ttl 0s; } 2>&1; }
before=$(kept)
still_there() { check_is "  what was stored is still there" "$(kept)" "$before"; }
said_why() { check "  and says why" test -s "$err"; }

# --- the app
echo wrong-secret-000000000000000000000 >"$TMP/wrong-secret"
check_status 0 hubauth app add wrong --client-id "$CLIENT_ID" --client-secret-file "$TMP/wrong-secret" \
    --redirect-url "$REDIRECT" --scope "$SCOPE" --api-url "$EMU" --app-url "$EMU"
login_start --app wrong && web -L -o "$TMP/login.page" "$LOGIN_URL"
login_end
check_is "a wrong client secret: login exits 2" "$status" 2 || said
check_stderr_has "BAD_CLIENT_SECRET"
check "  the browser is told as well" grep -qiE 'fail|wrong|not' "$TMP/login.page"
check_status 0 hubauth app remove wrong
still_there

for url in http://127.0.0.1:8976/callback http://example.com/callback ftp://localhost/ localhost:8976 \
    "http://localhost:8976/callback#part" "http://[::1]:8976/callback"; do
    check_status 2 hubauth app add bad --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$url" \
        --scope "$SCOPE" <<<"$CLIENT_SECRET"
    said_why
done
check_stderr_has "localhost"
check_status 2 hubauth app add bad --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" \
    --scope "$SCOPE" --api-url http://example.com <<<"$CLIENT_SECRET"
said_why
check_status 2 hubauth app add bad --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" \
    --scope "$SCOPE" --api-version 1999-01 <<<"$CLIENT_SECRET"
said_why
check_status 2 hubauth app add bad --client-id "$CLIENT_ID" --client-secret "$CLIENT_SECRET" --redirect-url "$REDIRECT" \
    --scope "$SCOPE"
said_why
check_status 2 hubauth app add bad --client-id "$CLIENT_ID" --client-secret-file "$TMP/none" --redirect-url "$REDIRECT" \
    --scope "$SCOPE"
said_why
run hubauth app add test --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" --scope "$SCOPE" <<<"$CLIENT_SECRET"
check "an app of a name that is taken is refused" test "$status" -ne 0
check_stderr_has "test"
run hubauth app remove test
check "an app with accounts is not removed" test "$status" -ne 0
check_stderr_has "$PORTAL"
still_there

# --- the consent
add_app scopes --scope "oauth crm.objects.spaceships.read"
login_start --app scopes --timeout 2s && web -L -o "$TMP/login.page" "$LOGIN_URL"
login_end
check "an unknown scope: login fails" test "$status" -ne 0
check "  and the browser names it" grep -q "spaceships" "$TMP/login.page"
check_status 0 hubauth app remove scopes
still_there
other=http://localhost:$(free_port)/callback
check_status 0 hubauth app add elsewhere --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$other" \
    --scope "$SCOPE" --api-url "$EMU" --app-url "$EMU" <<<"$CLIENT_SECRET"
login_start --app elsewhere --timeout 2s && web -L -o "$TMP/login.page" "$LOGIN_URL"
login_end
check "a redirect URL that HubSpot does not know: login fails" test "$status" -ne 0
check "  and the browser says that it is the redirect URL" grep -qi "redirect" "$TMP/login.page"
check_status 0 hubauth app remove elsewhere
still_there
login_start
web -o "$TMP/login.page" "$REDIRECT?code=na1-used-code&state=$(url_part "$LOGIN_URL" state)"
login_end
check_is "a code that is used or unknown: login exits 1" "$status" 1 || said
check_stderr_has "BAD_AUTH_CODE"
still_there
login_start
web -o "$TMP/login.page" "$REDIRECT?error=access_denied&error_description=no&state=$(url_part "$LOGIN_URL" state)"
login_end
check_is "a denied consent: login exits 4" "$status" 4 || said
still_there
check_status 3 hubauth login --no-browser --timeout 1s
said_why
still_there
check_status 2 hubauth login --app nobody
said_why

# --- the key
mv "$key" "$key.away"
check_status 8 hubauth token
check_stderr_has "$key"
check_status 8 hubauth refresh
mv "$key.away" "$key"
chmod 644 "$key"
check_status 8 hubauth token
check_stderr_has "chmod"
chmod 600 "$key"
still_there
cp "$key" "$key.away"
head -c 32 /dev/urandom >"$key"
check_status 8 hubauth token
said_why
cp "$key.away" "$key"
still_there
: >"$key"
check_status 8 hubauth token
said_why
cp "$key.away" "$key"
still_there

# --- the vault
vault=$(find "$HUBAUTH_HOME" -name 'vault.db')
check "the vault is where the page says" test -f "$vault"
chmod 755 "$HUBAUTH_HOME"
check_status 8 hubauth token
check_stderr_has "chmod 700"
chmod 700 "$HUBAUTH_HOME"
still_there
chmod 644 "$vault"
check_status 8 hubauth token
check_stderr_has "chmod 600"
chmod 600 "$vault"
still_there
hubauth status >/dev/null # closes the write-ahead log
cp -a "$HUBAUTH_HOME" "$TMP/good"
rm -f "$vault-wal" "$vault-shm"
head -c 8192 /dev/urandom >"$vault"
sum=$(sha256sum <"$vault")
for command in token status accounts refresh "app list" "api /x" "export contacts"; do
    # shellcheck disable=SC2086
    check_status 8 hubauth $command
done
check_stderr_has "vault"
check_is "  garbage is left as it is" "$(sha256sum <"$vault")" "$sum"
check_status 8 hubauth init --key "file:$key"
check_is "  init does not replace it" "$(sha256sum <"$vault")" "$sum"
rm -rf "$HUBAUTH_HOME" && cp -a "$TMP/good" "$HUBAUTH_HOME"
still_there
sqlite3 "$vault" .dump >"$TMP/dump"
for table in $(sqlite3 "$vault" "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%sealed%'"); do
    sqlite3 "$vault" "UPDATE $table SET sealed = zeroblob(length(sealed))"
done
check_status 8 hubauth token
said_why
rm -rf "$HUBAUTH_HOME" && cp -a "$TMP/good" "$HUBAUTH_HOME"
still_there
# What somebody writes who has no key: it decides not where a token goes (C9), and drives no terminal (B10).
sqlite3 "$vault" "UPDATE vault_row SET plain=CAST(replace(CAST(plain AS TEXT), '$EMU', 'https://evil.example') AS BLOB) WHERE kind=1"
check_status 0 hubauth app show
check_stdout_has "evil.example"
for command in "api /account-info/2026-03/details" "export contacts" "token --format netrc" refresh; do
    # shellcheck disable=SC2086
    check_status 8 hubauth $command
    check_stderr_has "changed by something other than hubauth"
done
rm -rf "$HUBAUTH_HOME" && cp -a "$TMP/good" "$HUBAUTH_HOME"
sqlite3 "$vault" "UPDATE vault_row SET plain=CAST(json_set(CAST(plain AS TEXT), '$.scope', 'x' || char(27) || '[2J') AS BLOB) WHERE kind=1;
    INSERT INTO vault_row SELECT 4, 'a' || char(27) || '[2J\$(id)', 1, CAST('{\"account\":\"' || name || '\"}' AS BLOB), sealed
        FROM vault_row WHERE kind=2"
for command in "app show" "app list" status accounts "accounts alias" "help --candidates -- token x" "help --candidates -- token a"; do
    # shellcheck disable=SC2086
    check_status 0 hubauth $command
    check "  no escape in it" not grep -q $'\033' "$out"
done
check_stdout_empty
# Listings open no row: its times are those of whoever can write the file.
sqlite3 "$vault" "UPDATE vault_row SET plain=CAST(json_set(CAST(plain AS TEXT), '$.connected_at', -9223372036854775807 - 1) AS BLOB) WHERE kind=2"
check_status 8 hubauth accounts
check_stderr_has "cannot be one"
run hubauth doctor --offline
check_is "the doctor says so, and goes on" "$status $(grep -c "cannot be one" "$out")" "1 1"
rm -rf "$HUBAUTH_HOME" && cp -a "$TMP/good" "$HUBAUTH_HOME"
still_there
truncate -s 5000 "$vault"
check_status 8 hubauth token
rm -rf "$HUBAUTH_HOME" && cp -a "$TMP/good" "$HUBAUTH_HOME"
still_there
mv "$vault" "$vault.real" && ln -s "$vault.real" "$vault"
check_status 8 hubauth token
rm -rf "$HUBAUTH_HOME" && cp -a "$TMP/good" "$HUBAUTH_HOME"
still_there
HUBAUTH_HOME=$TMP/nothing check_status 8 hubauth token
check_stderr_has "hubauth init"
HUBAUTH_HOME=/proc/self/hubauth check_status 8 hubauth init --key "file:$TMP/other-key"
said_why
: >"$TMP/a-file"
HUBAUTH_HOME=$TMP/a-file check_status 8 hubauth init --key "file:$TMP/other-key"
said_why
HUBAUTH_HOME=$TMP/a-file/below check_status 8 hubauth init --key "file:$TMP/other-key"
said_why
run hubauth init --key "file:$key"
check "init does not replace a vault" test "$status" -ne 0
still_there
check_status 2 hubauth init --key nonsense
check_status 2 hubauth init --key keyring:x
still_there

# --- what is wrong with the words alone is told before there has to be a vault
beforehand() {
    HUBAUTH_HOME=$TMP/nothing check_status 2 hubauth "$@"
    check "  and the vault is not spoken of" not grep -q "hubauth init" "$err"
}
beforehand api get /crm/objects/2026-03/contacts
check_stderr_has '"get" is no method'
check_stderr_has "GET, POST, PUT, PATCH, DELETE or HEAD"
beforehand api OPTIONS /crm/objects/2026-03/contacts
check_stderr_has '"OPTIONS" is no method'
beforehand api "$PORTAL" Post /crm/objects/2026-03/contacts
check_stderr_has '"Post" is no method'
check_status 0 hubauth accounts alias "$PORTAL" head
run hubauth api head GET /account-info/2026-03/details
check_is "an account may be called so, where the method is given as well" "$status" 0
run hubauth api head -X GET /account-info/2026-03/details
check_is "  as an option, too" "$status" 0
hubauth accounts alias --remove head 2>"$err"
beforehand api crm/objects/2026-03/contacts
check_stderr_has "not a path of HubSpot's API"
beforehand api /crm/../oauth
# Nobody is asked for a body that could not be sent: what stands in the pipe is still there afterwards.
body_left() { echo body | { hubauth api -d - POST crm/objects 2>"$err"; cat; }; }
check_is "  and no body is read for it" "$(body_left)" body
beforehand api -f limit /crm/objects/2026-03/contacts
beforehand api --paginate POST /crm/objects/2026-03/contacts
check_stderr_has "--paginate is for GET"
beforehand api --paginate -d '[]' POST /crm/objects/2026-03/contacts/search
beforehand key change --to nonsense
check_stderr_has '"nonsense" is no place for a key'
beforehand accounts alias "$PORTAL" a/b
check_stderr_has "an alias has"
beforehand accounts add --app-level --scope 'a"b'
beforehand token --app test --scope 'a"b'
beforehand token --app test --scope ' '
check_stderr_has "no scope is named"
beforehand login --portal shop
check_stderr_has "is not a HubSpot account's number"
beforehand app add
check_stderr_has "NAME is needed"
echo "$CLIENT_SECRET" >"$TMP/a-secret" && chmod 600 "$TMP/a-secret"
beforehand app add crm --client-id "$CLIENT_ID" --client-secret-file "$TMP/a-secret" --redirect-url nonsense
beforehand app add crm --client-id "$CLIENT_ID" --client-secret-file "$TMP/a-secret"
check_stderr_has "at least one --redirect-url is needed"
beforehand app update
check_stderr_has "hubauth app update NAME --client-secret-file FILE"
beforehand app update test --api-version v3
check_stderr_has "hubauth app migrate test --api-version v3"
beforehand app import "$TMP/cwd"
check_stderr_has "is no file"

# --- where the answer goes
check_status 8 hubauth export contacts --output /proc/self/nothing/contacts.ndjson
said_why
check_status 8 hubauth export contacts --output /dev/full
said_why
for command in "token" "status" "accounts" "export contacts" "api /crm/v3/objects/contacts?limit=100"; do
    # shellcheck disable=SC2086
    hubauth $command >/dev/full 2>"$err"
    check_is "hubauth $command > /dev/full: exit 8" $? 8
done
# A reader that goes away is no reason for a crash.
{ hubauth export contacts 2>"$err"; echo $? >"$TMP/pipe.status"; } | head -n 1 >/dev/null
check "a closed pipe ends the export without a signal" test "$(cat "$TMP/pipe.status")" -le 8
still_there

# --- HubSpot and the way to it
faults_at $token_route '{status: 502, body: "html"}'
check_status 6 hubauth refresh
check_stderr_has "502"
still_there
clear_faults
faults_at $token_route '{status: 200, body: "html"}'
check_status 6 hubauth refresh
said_why
still_there
clear_faults
faults_at $token_route '{status: 200, body: "huge"}'
run hubauth refresh
check "10 MB of JSON instead of a token: a failure" test "$status" -ne 0
said_why
still_there
clear_faults
for body in empty truncated; do
    faults_at $token_route "{status: 200, body: \"$body\"}"
    run hubauth refresh
    check "a token answer that is $body: a failure" test "$status" -ne 0
    said_why
    still_there
    clear_faults
done
faults_at $list_route '{status: 200, body: "huge"}'
run hubauth export contacts --output "$TMP/huge.ndjson"
check "10 MB of JSON instead of contacts: a failure" test "$status" -ne 0
said_why
clear_faults
faults_at $list_route '{status: 403, body: "json"}'
check_status 4 hubauth export contacts --output "$TMP/forbidden.ndjson"
said_why
clear_faults
faults_at "$list_route" '{status: 429, policy: "DAILY"}'
check_status 5 hubauth api "/crm/objects/2026-03/contacts"
said_why
clear_faults
still_there

# The grant is dead only when HubSpot says so in words; it is kept even then (T3).
for word in BAD_CLIENT_ID BAD_CLIENT_SECRET; do
    faults_at $token_route "{error: \"$word\"}" 1
    check_status 2 hubauth refresh
    check_stderr_has "$word"
    still_there
    clear_faults
done
faults_at $token_route '{status: 400, body: "text", text: "no"}' 5
run hubauth refresh
check "400 with text nobody knows: not a reason to log in again" test "$status" -ne 0 -a "$status" -ne 3
clear_faults
still_there

stop_emulator
check_status 6 hubauth refresh
said_why
check_status 6 hubauth api /crm/v3/objects/contacts
said_why
check_status 0 hubauth token --min-ttl 2h
check_stdout_has "$(head -n 1 <<<"$(hubauth token --min-ttl 0s)")"
said_why
still_there
check_status 7 hubauth logout
said_why
check_status 0 hubauth accounts --json
check_is "  logged out here all the same (T16)" "$(json_get length)" 0

# --- usage
for arguments in "frobnicate" "token --no-such-option" "token a b c" "token --min-ttl" "token --min-ttl soon" "token --format xml" \
    "export" "export space/ships" "export contacts --format xml" "export contacts --limit -1" "export contacts --api v9" "api" \
    "app" "app add" "app frobnicate" "login --timeout never" "init"; do
    # shellcheck disable=SC2086
    check_status 2 hubauth $arguments
    check_stdout_empty
    said_why
done

end_patient "$html" html
check_is "HTML instead of contacts: a failure" "$status" 6 || said
said_why
end_patient "$unreachable" unreachable
check_is "an export from a host that does not answer: exit 6" "$status" 6 || said
check_stderr_has "localhost"
check "  no file of either has its name" test ! -e "$TMP/html.ndjson" -a ! -e "$TMP/unreachable.ndjson"

plan
