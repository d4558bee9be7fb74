#!/usr/bin/env bash
# The main job, from nothing to contacts and back, as a person or a script does it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

CONTACTS=1050
start_emulator --auto-approve --contacts "$CONTACTS"

# --- init
export HUBAUTH_HOME=$TMP/vault
check_status 0 hubauth init --key "file:$TMP/key"
check_stdout_empty
check_is "  the vault's folder is ours alone (D1)" "$(stat -c %a "$HUBAUTH_HOME")" 700
check_is "  and so are its files (D1)" "$(find "$HUBAUTH_HOME" "$TMP/key" -type f ! -perm 600)" ""

# --- app
check_status 0 hubauth app add shop --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" \
    --scope "$SCOPE" --api-url "$EMU" --app-url "$EMU" <<<"$CLIENT_SECRET"
check_status 0 hubauth app list
check_stdout_has shop
check_status 0 hubauth app show shop
check_stdout_has "$CLIENT_ID"
check_stdout_has "$REDIRECT"
check_stdout_has "crm.objects.contacts.read"

# --- login
check_status 0 hubauth accounts
check "hubauth login --no-browser prints a URL" login_start
case $LOGIN_URL in "$EMU"/oauth/authorize?*) ok "  of the consent page" ;; *) not_ok "  of the consent page" "$LOGIN_URL" ;; esac
for part in response_type=code "client_id=$CLIENT_ID" redirect_uri= state= code_challenge= code_challenge_method=S256 scope=; do
    case $LOGIN_URL in *"$part"*) ok "  with $part (A1, A5, A6)" ;; *) not_ok "  with $part (A1, A5, A6)" "$LOGIN_URL" ;; esac
done
case $LOGIN_URL in *"$CLIENT_SECRET"*) not_ok "  without the secret (A10)" ;; *) ok "  without the secret (A10)" ;; esac
check "  a browser that opens it ends at the receiver" web -L -o "$TMP/login.page" "$LOGIN_URL"
login_end
check_is "  login exits 0" "$status" 0 || said
check_is "  and printed nothing but the URL" "$(cat "$out")" ""

# --- accounts and status
check_status 0 hubauth accounts
check_stdout_has "$PORTAL"
check_status 0 hubauth accounts --json
check_is "  one account" "$(json_get 'length')" 1
check "  which names its portal" grep -q "$PORTAL" "$out"
check_status 0 hubauth status
check_stdout_has "$PORTAL"
check_status 0 hubauth status --json
check "  is JSON" jq -e . "$out"

# --- token
check_status 0 hubauth token
token=$(cat "$out")
check "  is one line" test "$(wc -l <"$out")" -eq 1
check "  the API accepts it" web -f -o "$TMP/page" -H "Authorization: Bearer $token" "$EMU/crm/v3/objects/contacts?limit=1"
check_status 0 hubauth token --format plain
check_stdout "$token"
check_status 0 hubauth token --format header
check_stdout "Authorization: Bearer $token"
check_status 0 hubauth token --format json
check_is "  has the token" "$(json_get .access_token)" "$token"
check "  and what is left of its life" test "$(json_get .expires_in)" -gt 1500
check_status 0 hubauth token --format env
check_is "  can be read by a shell" "$(bash -c "$(cat "$out")"$'\nprintf %s "$HUBSPOT_ACCESS_TOKEN"')" "$token"
check_status 0 hubauth token --format netrc
check_stdout_has "$token"
check_status 0 hubauth token --format curl
cp "$out" "$TMP/curl.config"
check "  curl -K takes it" web -f -o "$TMP/page" -K "$TMP/curl.config" "$EMU/crm/v3/objects/contacts?limit=1"
check_status 0 hubauth token --min-ttl 10m
check_stdout "$token"
check_is "no refresh so far" "$(stats .token_refresh_ok)" 0

# --- refresh
check_status 0 hubauth refresh
check_is "  one refresh" "$(stats .token_refresh_ok)" 1
run hubauth token
second=$(cat "$out")
check "  the token is another" test "$second" != "$token"
check_status 0 hubauth token --min-ttl 2h
check_is "a wish for more life than a token has costs one more refresh" "$(stats .token_refresh_ok)" 2
run hubauth token
token=$(cat "$out")

# --- introspect
check_status 0 hubauth introspect
check_stdout_has "$PORTAL"
check "  without the token in it (C12)" not grep -qF "$token" "$out"

# --- api
check_status 0 hubauth api "/crm/objects/2026-03/contacts?limit=3"
check_is "  three contacts" "$(json_get '.results | length')" 3
check_status 0 hubauth api GET /account-info/2026-03/details
check_is "  of our portal" "$(json_get .portalId)" "$PORTAL"
check_status 0 hubauth api --include "/crm/v3/objects/contacts?limit=1"
check_stdout_has "200"
check "  with HubSpot's rate-limit headers" grep -qi '^x-hubspot-ratelimit-max:' "$out"
check_status 0 hubauth api --paginate "/crm/v3/objects/contacts?limit=100"
check_is "  every contact once" "$(jq -r '.results[].id' "$out" | sort -u | wc -l)" "$CONTACTS"
check_status 0 hubauth api --paginate "/contacts/v1/lists/all/contacts/all?count=100"
check_is "  every contact of v1 once" "$(jq -r '.contacts[].vid' "$out" | sort -u | wc -l)" "$CONTACTS"
check_status 1 hubauth api /crm/v3/objects/contacts/999999999999
check_stdout_has "not found"
printf 'client_id=%s&client_secret=%s&token=%s' "$CLIENT_ID" "$CLIENT_SECRET" "$token" >"$TMP/form"
for body in "@$TMP/form" -; do
    check_status 0 hubauth api POST /oauth/2026-03/token/introspect -d "$body" \
        -H "Content-Type: application/x-www-form-urlencoded" <"$TMP/form"
    check_is "  the body of -d ${body%%/*} arrives" "$(json_get .active)" true
done

# --- export
check_status 0 hubauth export contacts --output "$TMP/all.ndjson"
check_stdout_empty
check_is "  as many lines as contacts" "$(wc -l <"$TMP/all.ndjson")" "$CONTACTS"
check "  each of them JSON" jq -e -s 'all(.[]; has("id") and has("properties"))' "$TMP/all.ndjson"
check_is "  every contact once" "$(jq -r .id "$TMP/all.ndjson" | sort -u | wc -l)" "$CONTACTS"
run hubauth api "/crm/objects/2026-03/contacts?limit=1"
check_is "  HubSpot's object unchanged" "$(head -n 1 "$TMP/all.ndjson" | jq -S .properties.email)" \
    "$(jq -S '.results[0].properties.email' "$out")"

for api in v1 v3 2026-03 2026-09; do
    check_status 0 hubauth export contacts --api "$api" --format ndjson
    check_is "  --api $api: every contact once" "$(jq -r '.id // .vid' "$out" | sort -u | wc -l)" "$CONTACTS"
    check_is "  --api $api: and no line more" "$(wc -l <"$out")" "$CONTACTS"
done

check_status 0 hubauth export contacts --format csv --properties email,firstname --output -
check_is "  a heading and a line for each contact" "$(wc -l <"$out")" $((CONTACTS + 1))
check "  the heading names the columns" grep -qE '^(hs_object_)?id,.*email,firstname' <(head -n 1 "$out")
check_status 0 hubauth export contacts --limit 150
check_is "  --limit is kept" "$(wc -l <"$out")" 150
check_status 0 hubauth export contacts --format table --limit 5
check "  a table has a heading and five rows at least" test "$(wc -l <"$out")" -ge 6
check_is "no request was refused for its rate" "$(stats .status_429)" 0

# --- logout
check_status 0 hubauth logout
check_status 0 hubauth accounts --json
check_is "  no account is left" "$(json_get 'length')" 0
check "the token in hand lives on, as HubSpot has it" web -f -o "$TMP/page" -H "Authorization: Bearer $token" \
    "$EMU/crm/v3/objects/contacts?limit=1"
check_status 3 hubauth token
check_stderr_has "hubauth login"
check_status 0 hubauth app remove shop

plan
