#!/usr/bin/env bash
# The emulator as any HTTP client sees it: each endpoint, each error, each switch, by curl.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source=by-curl.sh
. "$E2E/by-curl.sh"

SECOND_ID=33333333-3333-4333-8333-333333333333
SECOND_SECRET=44444444-4444-4444-8444-444444444444
sha() { printf %s "$1" | openssl dgst -binary -sha256 | openssl base64 | tr '+/' '-_' | tr -d '=\n'; }

# $1: what comes after "authorize"; more options of curl
authorize_at() {
    local path=$1
    shift
    get -G "$EMU$path" "$@"
}
authorize() {
    authorize_at /oauth/authorize --data-urlencode "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$REDIRECT" \
        --data-urlencode "scope=$SCOPE" "$@"
}
new_code() {
    authorize "$@"
    CODE=$(url_part "$(header location)" code)
}

# $1: version, then the form's fields
token() {
    local version=$1 field fields=(-d "")
    shift
    for field in "$@"; do fields+=(--data-urlencode "$field"); done
    get "$EMU/oauth/$version/token" "${fields[@]}"
}
exchange() {
    token "$1" grant_type=authorization_code "client_id=$CLIENT_ID" "client_secret=$CLIENT_SECRET" \
        "redirect_uri=$REDIRECT" "code=$CODE" "${@:2}"
}
refresh() {
    token "$1" grant_type=refresh_token "client_id=$CLIENT_ID" "client_secret=$CLIENT_SECRET" "refresh_token=$2"
}
# A new grant: $ACCESS and $REFRESH. Arguments go to the authorization request.
new_grant() {
    new_code "$@"
    exchange 2026-03
    ACCESS=$(body .access_token)
    REFRESH=$(body .refresh_token)
}
# Waits until a jq filter over the stats says true; a dead emulator ends the wait.
await() {
    while kill -0 "$EMU_PID" 2>/dev/null; do
        [ "$(stats "$1")" != true ] || return 0
    done
    return 1
}

# A case: an error of the token endpoint. $1: text, $2: status word, $3: RFC 6749 word
check_oauth_error() {
    check_is "$1: $2" "$code $(body .status) $(body .error)" "400 $2 $3"
    check_is "  with all four keys and a correlationId" \
        "$(body '[has("status","message","error","error_description","correlationId")] | all')" true
}
# A case: the consent page refuses. $1: text, $2: data-error, $3: a part of the message
check_refusal() {
    check_is "$1: a page, not a redirect" "$code $(header location)" "200 "
    check "  $2" grep -q "data-error=\"$2\"" "$BODY"
    check "  says \"$3\"" grep -qF -e "$3" "$BODY"
}

# ================================================================== starting and ending

run "$BUILD/hubauth-emulator" --help
check_is "--help" "$status" 0
check_stdout_has --rotate-refresh-tokens
run "$BUILD/hubauth-emulator" --version
check "--version" grep -qE '^hubauth-emulator [0-9]' "$out"
run "$BUILD/hubauth-emulator" --nonsense
check_is "an unknown option: exit 2" "$status" 2
run "$BUILD/hubauth-emulator" operand
check_is "an operand: exit 2" "$status" 2
run "$BUILD/hubauth-emulator" --redirect-url http://127.0.0.1:1/x
check_is "a redirect URL with 127.0.0.1: exit 2" "$status" 2
check_stderr_has localhost
run "$BUILD/hubauth-emulator" --portal 0
check_is "portal 0: exit 2" "$status" 2
run "$BUILD/hubauth-emulator" --log "$TMP/no/such/folder/log"
check_is "a log that cannot be opened: exit 8" "$status" 8

start_emulator --log "$TMP/log" --contacts 250
run "$BUILD/hubauth-emulator" --port "$EMU_PORT"
check_is "a busy port: exit 6" "$status" 6
check_stderr_has "$EMU_PORT"
check "it listens on 127.0.0.1" web -o "$out" "http://127.0.0.1:$EMU_PORT/_emulator/stats"
if [ -e /proc/net/if_inet6 ]; then
    check "and on ::1" web -o "$out" "http://[::1]:$EMU_PORT/_emulator/stats"
else
    skip "and on ::1" "no IPv6 here"
fi

# ================================================================== the consent page

authorize --data-urlencode 'state=a b&c=%"<x>'
check_is "consent page" "$code $(header content-type)" "200 text/html;charset=utf-8"
check "  has buttons with ids" grep -q 'id="approve".*' "$BODY"
check "  and deny" grep -q 'id="deny"' "$BODY"
check "  lists the scopes" grep -q '<li><code>crm.objects.contacts.read</code>' "$BODY"
check "  shows the account" grep -q "<code id=\"portal\">$PORTAL</code>" "$BODY"
check "  loads nothing: policy (B11)" grep -qi "^content-security-policy: default-src 'none'; style-src 'nonce-" "$HEAD"
check "  the form may lead to the redirect URL" grep -qi "form-action 'self' http://localhost:$REDIRECT_PORT;" "$HEAD"
check "  Referrer-Policy (B11)" test "$(header referrer-policy)" = no-referrer
check "  Cache-Control (B11)" test "$(header cache-control)" = no-store
check "  no markup from the request" not grep -q '<x>' "$BODY"

# $1: decision; answers the page that came last
decide() {
    local action consent
    action=$(sed -nE 's/.*<form method="post" action="([^"]*)".*/\1/p' "$BODY" | sed 's/&amp;/\&/g')
    consent=$(sed -nE 's/.*name="consent" value="([^"]*)".*/\1/p' "$BODY")
    LAST_ACTION=$action LAST_CONSENT=$consent
    get "$EMU$action" --data-urlencode "consent=$consent" -d "decision=$1" "${@:2}"
}

decide approve
location=$(header location)
check_is "approve: 302" "$code" 302
check "  to the redirect URL" test "${location%%\?*}" = "$REDIRECT"
check_is "  the state is unchanged" "$(url_part "$location" state)" 'a b&c=%"<x>'
check "  the code has the region's prefix" grep -qE '^na1-[0-9a-f-]{36}$' <<<"$(url_part "$location" code)"
get "$EMU$LAST_ACTION" --data-urlencode "consent=$LAST_CONSENT" -d decision=approve
check_refusal "the form a second time" stale_form "used already"
get "$EMU$LAST_ACTION" -d consent=guess -d decision=approve
check_refusal "a guessed form token" stale_form "used already"
authorize --data-urlencode state=one
consent=$(sed -nE 's/.*name="consent" value="([^"]*)".*/\1/p' "$BODY")
get "$EMU${LAST_ACTION/state=*/state=two}" --data-urlencode "consent=$consent" -d decision=approve
check_refusal "a form token for another request" stale_form "used already"

authorize --data-urlencode state=xyz
decide deny
location=$(header location)
check_is "deny: 302" "$code" 302
check_is "  error" "$(url_part "$location" error)" access_denied
check "  error_description" test -n "$(url_part "$location" error_description)"
check_is "  state" "$(url_part "$location" state)" xyz
check_is "  no code" "$(url_part "$location" code)" ""

authorize_at /oauth/76543/authorize -d "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$SCOPE"
check "the account in the path" grep -q '<code id="portal">76543</code>' "$BODY"
decide approve -d "portal=$PORTAL"
CODE=$(url_part "$(header location)" code)
exchange 2026-03
check_is "  is the one that is granted" "$(body .hub_id)" 76543

# --- what is wrong with the request is shown on the page, never redirected
authorize_at /oauth/authorize -d client_id=00000000-0000-4000-8000-000000000000 --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$SCOPE"
check_refusal "unknown client" unknown_client_id "client ID"
authorize_at /oauth/authorize
check_refusal "no parameters" unknown_client_id "client ID"
refused_redirect() { # $1: redirect_uri, $2: data-error, $3: text
    authorize_at /oauth/authorize -d "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$1" --data-urlencode "scope=$SCOPE"
    check_refusal "redirect_uri $1" "$2" "$3"
}
refused_redirect "" missing_redirect_uri "no redirect_uri"
refused_redirect "$REDIRECT/" redirect_uri_mismatch "does not match"
refused_redirect "${REDIRECT/callback/Callback}" redirect_uri_mismatch "does not match"
refused_redirect "$REDIRECT?x=1" redirect_uri_mismatch "does not match"
refused_redirect "http://127.0.0.1:$REDIRECT_PORT/callback" bad_redirect_uri "127.0.0.1"
refused_redirect "http://[::1]:$REDIRECT_PORT/callback" bad_redirect_uri "IP address"
refused_redirect "http://example.com/callback" bad_redirect_uri "https"
refused_redirect "javascript:alert(1)" bad_redirect_uri "absolute"
refused_scope() { # $1: scope, $2: data-error, $3: text
    authorize_at /oauth/authorize -d "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$1"
    check_refusal "scope '$1'" "$2" "$3"
}
refused_scope "crm.objects.contacts.read" insufficient_scopes "scopes are insufficient"
refused_scope "" insufficient_scopes "Insufficient scopes were provided"
refused_scope "$SCOPE crm.objects.unknown.read" scope_mismatch "mismatch between the scopes"
refused_scope "oauth,crm.objects.contacts.read" scope_mismatch "mismatch between the scopes"
authorize --data-urlencode scope=oauth
check_refusal "scope twice" scope_mismatch "mismatch between the scopes"
authorize -d code_challenge=short -d code_challenge_method=S256
check_refusal "a short code challenge" bad_code_challenge "challenge"
authorize -d "code_challenge=$(sha x)" -d code_challenge_method=plain
check_refusal "PKCE plain" bad_code_challenge "challenge"
authorize_at /oauth/0/authorize -d "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$SCOPE"
check_refusal "account 0" unknown_account "access to this account"
check_is "the counters agree" "$(stats '[.approved, .denied, .authorize_shown >= 4, .authorize_refused >= 20] | map(tostring) | join(" ")')" \
    "2 1 true true"
stop_emulator
wait "$EMU_PID" 2>/dev/null

# ================================================================== tokens

start_emulator --auto-approve --contacts 250 --log "$TMP/log"
for version in v1 v3 2026-03 2026-09; do
    new_code -d state=s
    check_is "$version: --auto-approve redirects at once" "$code" 302
    exchange "$version"
    check_is "$version: code exchange" "$code $(header content-type)" "200 application/json;charset=utf-8"
    check_is "  keys" "$(body 'keys | join(" ")')" "access_token expires_in hub_id refresh_token scopes token_type token_use"
    check_is "  values" "$(body '[.token_type, .hub_id, .expires_in, .token_use, (.scopes | join(" "))] | map(tostring) | join("|")')" \
        "bearer|$PORTAL|1800|access_token|$SCOPE"
    check "  access token: base64url, 300 to 600 characters" grep -qE '^C[A-Za-z0-9_-]{299,599}$' <<<"$(body .access_token)"
    check "  refresh token: na1-<uuid>" grep -qE '^na1-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' <<<"$(body .refresh_token)"
    check "  correlation id" test -n "$(header x-hubspot-correlation-id)"
    first=$(body .access_token) REFRESH=$(body .refresh_token)
    exchange "$version"
    check_oauth_error "$version: the code a second time" BAD_AUTH_CODE invalid_grant
    refresh "$version" "$REFRESH"
    check_is "$version: refresh" "$code $(body '[.hub_id, .expires_in, .token_use] | map(tostring) | join(" ")')" "200 $PORTAL 1800 access_token"
    check_is "  the refresh token stays" "$(body .refresh_token)" "$REFRESH"
    check "  the access token is new" test "$(body .access_token)" != "$first"
    ACCESS=$first
    api /account-info/2026-03/details
    check_is "  and the one before still works" "$code" 200
done
check_is "the counters agree" \
    "$(stats '[.token_code_ok, .token_code_failed, .token_refresh_ok, .token_refresh_failed, .code_replayed] | map(tostring) | join(" ")')" "4 4 4 0 4"
check_is "  and those of the routes" "$(stats '.requests["POST /oauth/2026-03/token"]')" 3

# --- each error
new_code
token v3
check_oauth_error "no grant_type" BAD_GRANT_TYPE unsupported_grant_type
token v3 grant_type=password
check_oauth_error "grant_type password" BAD_GRANT_TYPE unsupported_grant_type
get "$EMU/oauth/2026-03/token" -H 'Content-Type: application/json' -d '{"grant_type":"refresh_token"}'
check_oauth_error "a JSON body" BAD_GRANT_TYPE unsupported_grant_type
get "$EMU/oauth/2026-03/token" -F grant_type=refresh_token
check_oauth_error "a multipart body" BAD_GRANT_TYPE unsupported_grant_type
token 2026-03 grant_type=refresh_token "client_secret=$CLIENT_SECRET" refresh_token=x
check_oauth_error "no client_id" BAD_CLIENT_ID invalid_client
token 2026-03 grant_type=refresh_token client_id=x "client_secret=$CLIENT_SECRET" refresh_token=x
check_oauth_error "unknown client_id" BAD_CLIENT_ID invalid_client
token 2026-03 grant_type=refresh_token "client_id=$CLIENT_ID" refresh_token=x
check_oauth_error "no client_secret" BAD_CLIENT_SECRET invalid_client
token 2026-03 grant_type=refresh_token "client_id=$CLIENT_ID" "client_secret=${CLIENT_SECRET}x" refresh_token=x
check_oauth_error "wrong client_secret" BAD_CLIENT_SECRET invalid_client
token 2026-03 grant_type=refresh_token "client_id=$CLIENT_ID" "client_secret=$CLIENT_SECRET"
check_oauth_error "no refresh_token" BAD_REFRESH_TOKEN invalid_grant
refresh 2026-03 na1-00000000-0000-4000-8000-000000000000
check_oauth_error "unknown refresh_token" BAD_REFRESH_TOKEN invalid_grant
check_is "  in HubSpot's words" "$(body .message)" "refresh token is invalid, expired or revoked"
token 2026-03 grant_type=refresh_token "client_id=$SECOND_ID" "client_secret=$SECOND_SECRET" "refresh_token=$REFRESH"
check_oauth_error "another app's refresh token" BAD_REFRESH_TOKEN invalid_grant
check_is "  in HubSpot's words" "$(body .message)" "refresh token was not issued to this client"
token 2026-03 grant_type=authorization_code "client_id=$CLIENT_ID" "client_secret=$CLIENT_SECRET" "redirect_uri=$REDIRECT"
check_oauth_error "no code" BAD_AUTH_CODE invalid_grant
token 2026-03 grant_type=authorization_code "client_id=$SECOND_ID" "client_secret=$SECOND_SECRET" "redirect_uri=$REDIRECT" "code=$CODE"
check_oauth_error "another app's code" BAD_AUTH_CODE invalid_grant
token 2026-03 grant_type=authorization_code "client_id=$CLIENT_ID" "client_secret=$CLIENT_SECRET" "code=$CODE"
check_oauth_error "no redirect_uri" BAD_REDIRECT_URI invalid_request
exchange 2026-03
check_is "the code outlived all that" "$code" 200
new_code -d "code_challenge=$(sha verifier-verifier-verifier-verifier-verifier-1)" -d code_challenge_method=S256
exchange 2026-03
check_oauth_error "PKCE: no verifier" BAD_CODE_VERIFIER invalid_grant
exchange 2026-03 code_verifier=wrong
check_oauth_error "PKCE: wrong verifier" BAD_CODE_VERIFIER invalid_grant
exchange 2026-03 code_verifier=verifier-verifier-verifier-verifier-verifier-1
check_is "PKCE: the right verifier (A5)" "$code" 200

# --- v1 alone takes two of them from the query
get "$EMU/oauth/v1/token?client_secret=$CLIENT_SECRET&refresh_token=$REFRESH" -d grant_type=refresh_token -d "client_id=$CLIENT_ID"
check_is "v1: client_secret and refresh_token in the query" "$code" 200
get "$EMU/oauth/v3/token?client_secret=$CLIENT_SECRET&refresh_token=$REFRESH" -d grant_type=refresh_token -d "client_id=$CLIENT_ID"
check_oauth_error "v3: not so" BAD_CLIENT_SECRET invalid_client
get "$EMU/oauth/v1/token?client_id=$CLIENT_ID" -d grant_type=refresh_token -d "client_secret=$CLIENT_SECRET" -d "refresh_token=$REFRESH"
check_oauth_error "v1: nor client_id" BAD_CLIENT_ID invalid_client

# ================================================================== introspection and revocation

new_grant --data-urlencode "optional_scope=tickets nonsense crm.objects.deals.read"
check_is "optional scopes are granted, undeclared ones dropped" "$(body '.scopes | join(" ")')" \
    "oauth crm.objects.contacts.read crm.objects.deals.read tickets"
for version in v3 2026-03 2026-09; do
    get "$EMU/oauth/$version/token/introspect" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d "token=$ACCESS"
    check_is "$version: introspect an access token" \
        "$code $(body '[.active, .hub_id, .client_id, .token_use, .token_type, (.expires_in > 1700)] | map(tostring) | join(" ")')" \
        "200 true $PORTAL $CLIENT_ID access_token Bearer true"
    check_is "  the token comes back" "$(body .token)" "$ACCESS"
    check_is "  with signed_access_token" "$(body .signed_access_token.hubId)" "$PORTAL"
    get "$EMU/oauth/$version/token/introspect" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d "refresh_token=$REFRESH"
    check_is "$version: introspect a refresh token, by the field of the guide" \
        "$code $(body '[.active, .token_use, has("expires_in")] | map(tostring) | join(" ")')" "200 true refresh_token false"
    get "$EMU/oauth/$version/token/introspect" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d token=unknown
    check_is "$version: an unknown token" "$code $(cat "$BODY")" '200 {"active":false}'
    get "$EMU/oauth/$version/token/introspect" -d "client_id=$CLIENT_ID" -d client_secret=wrong -d "token=$ACCESS"
    check_oauth_error "$version: introspect with a wrong secret" BAD_CLIENT_SECRET invalid_client
done
get "$EMU/oauth/2026-03/token/introspect" -d "client_id=$SECOND_ID" -d "client_secret=$SECOND_SECRET" -d "token=$ACCESS"
check_is "another app's token is not active" "$(cat "$BODY")" '{"active":false}'
get "$EMU/oauth/v1/access-tokens/$ACCESS"
check_is "v1: access token info" "$code $(body '[.token_type, .hub_id, .app_id] | map(tostring) | join(" ")')" "200 access $PORTAL 1000001"
get "$EMU/oauth/v1/refresh-tokens/$REFRESH"
check_is "v1: refresh token info" "$code $(body '[.token_type, .hub_id, .client_id] | map(tostring) | join(" ")')" "200 refresh $PORTAL $CLIENT_ID"
get "$EMU/oauth/v1/access-tokens/unknown"
check_is "v1: unknown token" "$code $(body .status) $(header x-hubspot-notfound)" "404 error true"

for version in v3 2026-03 2026-09; do
    new_grant
    get "$EMU/oauth/$version/token/revoke" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d "token=$REFRESH"
    check_is "$version: revoke: 200 without a body" "$code $(wc -c <"$BODY")" "200 0"
    refresh "$version" "$REFRESH"
    check_oauth_error "  then refresh" BAD_REFRESH_TOKEN invalid_grant
    get "$EMU/oauth/$version/token/introspect" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d "token=$REFRESH"
    check_is "  then introspect" "$(body .active)" false
    api /account-info/v3/details
    check_is "  the access token lives on" "$code" 200
    get "$EMU/oauth/$version/token/revoke" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d token=unknown
    check_is "$version: revoke an unknown token: 200 (C11)" "$code" 200
done
new_grant
get -X DELETE "$EMU/oauth/v1/refresh-tokens/$REFRESH"
check_is "v1: DELETE: 204" "$code" 204
refresh v1 "$REFRESH"
check_oauth_error "  then refresh" BAD_REFRESH_TOKEN invalid_grant

# ================================================================== the API's gate

new_grant
for version in v3 2026-03 2026-09; do
    api "/account-info/$version/details"
    check_is "account-info $version" "$code $(body '[.portalId, .accountType, .uiDomain] | map(tostring) | join(" ")')" \
        "200 $PORTAL STANDARD app.hubspot.com"
done
for attempt in "" "Authorization: Bearer nonsense" "Authorization: Basic $ACCESS" "Authorization: $ACCESS" "Authorization: Bearer $REFRESH"; do
    get "$EMU/crm/v3/objects/contacts" -H "$attempt"
    check_is "401 for '${attempt:0:30}'" "$code $(body .category) $(header x-hubspot-auth-failure)" "401 INVALID_AUTHENTICATION 401 Unauthorized"
done
check_is "  no WWW-Authenticate" "$(header www-authenticate)" ""
check_is "  the correlation id is the header's" "$(body .correlationId)" "$(header x-hubspot-correlation-id)"
get "$EMU/crm/v3/objects/contacts?access_token=$ACCESS"
check_is "401 for a token in the query (C9)" "$code" 401
get "$EMU/crm/v3/objects/contacts" -H "authorization: bEaReR $ACCESS"
check_is "the scheme's case does not matter" "$code" 200
expire_tokens
api /crm/v3/objects/contacts
check_is "expired: 401" "$code $(body .category)" "401 EXPIRED_AUTHENTICATION"
check "  says when" grep -qE '"context":\{"expire time":\["20[0-9-]+T[0-9:.]+Z"\]\}' "$BODY"
check "  says how long ago" grep -qE 'expired [0-9]+ second\(s\) ago' "$BODY"
refresh 2026-03 "$REFRESH"
check_is "  and the refresh token still works" "$code" 200
ACCESS=$(body .access_token)
web -o "$out" -X POST -d '{"ms":1799000}' "$EMU/_emulator/advance-clock"
api /account-info/v3/details
check_is "the clock moved to the last second: alive" "$code" 200
web -o "$out" -X POST -d '{"ms":61000}' "$EMU/_emulator/advance-clock"
api /account-info/v3/details
check_is "  and past it: expired" "$code $(body .category)" "401 EXPIRED_AUTHENTICATION"
check "  a minute ago" grep -q 'expired 1 minute(s) ago' "$BODY"
get -X POST -d '{"ms":-1}' "$EMU/_emulator/advance-clock"
check_is "  it does not go back" "$code" 400

get "$EMU/nothing/here"
check_is "404 is Jetty's page" "$code $(header content-type)" "404 text/html;charset=utf-8"
check "  of HTML" grep -q 'HTTP ERROR 404' "$BODY"
get -X PUT "$EMU/contacts/v1/lists/all/contacts/all"
check_is "405 with Allow" "$code $(header allow)" "405 HEAD,GET,OPTIONS"
get "$EMU/oauth/v1/token"
check_is "405 of the token endpoint" "$code $(header allow)" "405 POST,OPTIONS"
get -X OPTIONS "$EMU/oauth/v1/token"
check_is "OPTIONS" "$code $(header allow)" "200 POST,OPTIONS"
get "$EMU/oauth/authorize?a=%zz"
check_is "400 for a malformed query" "$code" 400

# ================================================================== contacts

new_grant
for path in /crm/v3/objects/contacts /crm/v3/objects/0-1 /crm/objects/2026-03/contacts /crm/objects/2026-03/0-1 \
    /crm/objects/2026-09/contacts /crm/objects/2026-09/0-1; do
    api "$path"
    check_is "$path" "$code $(body '.results | length')" "200 10"
    check_is "  six properties, sorted" "$(body '.results[0].properties | keys_unsorted | join(" ")')" \
        "createdate email firstname hs_object_id lastmodifieddate lastname"
    check_is "  after is the last id + 1, as text" "$(body '(.paging.next.after | type) + " " + ((.paging.next.after | tonumber) - (.results[-1].id | tonumber) | tostring)')" \
        "string 1"
    id=$(body '.results[3].id')
    api "$path/$id"
    check_is "  read one" "$code $(body .id)" "200 $id"
done
list=/crm/objects/2026-03/contacts
check_is "rate-limit headers" \
    "$(header X-HubSpot-RateLimit-Max) $(header X-HubSpot-RateLimit-Interval-Milliseconds) $(header X-HubSpot-RateLimit-Daily)" "110 10000 "
api "$list?limit=2&properties=email,zip&properties=nonsense&properties=company"
check_is "asked properties and those that always come" "$(body '.results[0].properties | keys_unsorted | join(" ")')" \
    "company createdate email hs_object_id lastmodifieddate zip"
check_is "  the link echoes the query and leads here" "$(body .paging.next.link)" \
    "$EMU$list?limit=2&properties=email,zip&properties=nonsense&properties=company&after=$(body .paging.next.after)"
check_is "  all values are text or null" "$(body '[.results[].properties[] | type] | unique | map(select(. != "null" and . != "string")) | length')" 0
api "$list?limit=50&properties=company&propertiesWithHistory=email"
check_is "history" "$(body '.results[] | select(.propertiesWithHistory.email | length > 0) | .propertiesWithHistory.email[0] | has("value","timestamp","sourceType")' | sort -u)" true
check "null where a property is empty" grep -q '"company":null' "$BODY"
for bad in limit=101 limit=0 limit=x 'limit=51&propertiesWithHistory=email' after=NTI1 after=-1; do
    api "$list?$bad"
    check_is "400 for $bad" "$code $(body .category)" "400 VALIDATION_ERROR"
done
api "$list?archived=true"
check_is "archived: none" "$code $(cat "$BODY")" '200 {"results":[]}'

# Every contact once, in order, by paging.
check "walk by pages of 100" walk "$list"
check_is "  the last page has no paging" "$(body 'has("paging")')" false
check_is "  250 contacts" "$(wc -l <"$TMP/ids")" 250
check "  in ascending order, none twice" sort -n -u -C "$TMP/ids"
cp "$TMP/ids" "$TMP/ids.100"
check "walk by pages of 99" walk "$list" "" 99
check_is "  the last page has no paging" "$(body 'has("paging")')" false
check "  the same" cmp -s "$TMP/ids" "$TMP/ids.100"
api "$list?after=999999999999999&limit=100"
check_is "after the end" "$(cat "$BODY")" '{"results":[]}'

api "$list/123"
check_is "404 of an id" "$code $(body .message) $(body 'has("category")')" "404 resource not found false"
api "$list/abc"
check_is "404 of what is no id" "$code $(body .category) $(body '.context.id[0]')" "404 OBJECT_NOT_FOUND abc"
check "  with two spaces" grep -qF 'Object not found.  objectId are usually numeric.' "$BODY"
api "$list?limit=20"
email=$(body '[.results[].properties.email | select(. != null)][0]')
id=$(body "[.results[] | select(.properties.email == \"$email\")][0].id")
api "$list/$(jq -rn --arg e "$email" '$e | @uri')?idProperty=email"
check_is "read one by e-mail" "$code $(body .id)" "200 $id"

# --- v1
v1=/contacts/v1/lists/all/contacts/all
new_grant -d x=1
api "$v1"
check_is "v1 list: 20 by default" "$code $(body '[(.contacts | length), ."has-more", (."vid-offset" == .contacts[-1].vid)] | map(tostring) | join(" ")')" "200 20 true true"
check_is "  keys" "$(body '.contacts[0] | keys_unsorted | join(" ")')" \
    "addedAt vid canonical-vid merged-vids portal-id is-contact profile-token profile-url properties form-submissions identity-profiles merge-audits"
check_is "  only these properties" "$(body '[.contacts[].properties | keys[]] | unique | join(" ")')" "company firstname lastmodifieddate lastname"
check_is "  e-mail among the identities" "$(body '[.contacts[]."identity-profiles"[0].identities[] | select(.type == "EMAIL")] | length > 10')" true
first=$(body '.contacts[0].vid')
for wrong in vid-offset offset; do
    api "$v1?$wrong=$(body '."vid-offset"')"
    check_is "  $wrong is ignored: the first page again" "$(body '.contacts[0].vid')" "$first"
done
api "$v1?count=1000"
check_is "  count is clamped to 100" "$(body '.contacts | length')" 100
api "$v1?count=5&property=email&property=jobtitle&property=nonsense"
check_is "  property=email" "$(body '[.contacts[].properties | keys[]] | unique | map(select(. != "jobtitle")) | join(" ")')" "email lastmodifieddate"
check "  dates are milliseconds" grep -qE '"lastmodifieddate":\{"value":"1[0-9]{12}"\}' "$BODY"
api "$v1?count=1&propertyMode=value_and_history"
check_is "  versions" "$(body '.contacts[0].properties.lastmodifieddate.versions | length')" 1
offset=0
: >"$TMP/ids"
while :; do
    api "$v1?count=100&vidOffset=$offset"
    body '.contacts[].vid' >>"$TMP/ids"
    offset=$(body '."vid-offset"')
    [ "$(body '."has-more"')" = true ] || break
done
check "  the walk meets the same contacts as v3's" cmp -s "$TMP/ids" "$TMP/ids.100"
check_is "  vid-offset stays set on the last page" "$offset" "$(tail -n 1 "$TMP/ids")"

# --- one seed, one portal
page() { web -H "Authorization: Bearer $ACCESS" "$EMU$list?limit=100&properties=email,company,address,message"; }
page | sed "s/:$EMU_PORT/:PORT/" >"$TMP/page.1"
# hundreds of properties in one URL are no fault
many=$(printf '&property=p%d' {1..300})
api "$v1?count=1$many"
check_is "300 properties in the query" "$code" 200
api "$v1?count=1&property=$(head -c 20000 /dev/zero | tr '\0' x)"
check_is "a URL that is too long: 414" "$code" 414

# ================================================================== the log

check "the log is JSON" jq -es 'length > 100' "$TMP/log"
for secret in "$CLIENT_SECRET" "$ACCESS" "$REFRESH" "$CODE" "${REFRESH#na1-}" "consent="; do
    check "  without secrets (C9, T11)" not grep -qF -e "$secret" "$TMP/log"
done
check "  v1 paths are redacted" grep -qF '"path":"/oauth/v1/refresh-tokens/‹redacted›"' "$TMP/log"
check "  it says whether a request carried Authorization" jq -es 'map(select(.path == "/crm/objects/2026-03/contacts" and .authorization)) | length > 5' "$TMP/log"
stop_emulator

# ================================================================== the end of a run

start_emulator --auto-approve --contacts 250
new_grant
page | sed "s/:$EMU_PORT/:PORT/" >"$TMP/page.2"
check "another run, the same contacts" cmp -s "$TMP/page.1" "$TMP/page.2"
kill -TERM "$EMU_PID"
wait "$EMU_PID"
check_is "SIGTERM: exit 0" "$?" 0
start_emulator --auto-approve --contacts 250 --seed 2
new_grant
page | sed "s/:$EMU_PORT/:PORT/" >"$TMP/page.3"
check "another seed, other contacts" not cmp -s "$TMP/page.1" "$TMP/page.3"
kill -INT "$EMU_PID"
wait "$EMU_PID"
# An interrupt reaches a background process of a script only where it is not ignored from birth.
check_is "SIGINT: exit 0" "$?" 0

# ================================================================== the limit

start_emulator --auto-approve --rate-limit 5
new_grant
for i in 1 2 3 4 5; do
    api /account-info/v3/details
    check_is "request $i of 5" "$code $(header X-HubSpot-RateLimit-Remaining)" "200 $((5 - i))"
done
api "$v1"
check_is "the sixth: 429" "$code $(body '[.errorType, .policyName] | join(" ")')" "429 RATE_LIMIT TEN_SECONDLY_ROLLING"
check_is "  in HubSpot's words" "$(body .message)" "You have reached your ten_secondly_rolling limit."
check_is "  names app and portal" "$(body .groupName)" "publicapi:private_app-api-calls-ten-secondly:1000001:$PORTAL"
check_is "  no Retry-After" "$(header retry-after)" ""
refresh 2026-03 "$REFRESH"
check_is "  tokens are outside it" "$code" 200
check_is "  the judge" "$(stats '[.max_in_window, .status_429] | map(tostring) | join(" ")')" "6 1"
new_code_of_other() {
    authorize_at /oauth/7/authorize -d "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$SCOPE"
    CODE=$(url_part "$(header location)" code)
}
new_code_of_other
exchange 2026-03
ACCESS=$(body .access_token)
api /account-info/v3/details
check_is "  another portal has its own" "$code $(body .portalId)" "200 7"
reset_stats
check_is "reset-stats" "$(stats '[.max_in_window, .status_429, .token_code_ok] | map(tostring) | join(" ")')" "0 0 0"
stop_emulator

start_emulator --auto-approve --no-rate-limit --contacts 10000000
new_grant
api "$list?limit=1"
check_is "--no-rate-limit: no headers" "$code $(header X-HubSpot-RateLimit-Max)" "200 "
for _ in $(seq 12); do printf 'url = "%s"\noutput = "%s"\n' "$EMU$list" "$out"; done >"$TMP/urls"
check "  a burst" web -K "$TMP/urls" -H "Authorization: Bearer $ACCESS" -w '%{http_code}\n'
check_is "  is counted and allowed" "$(stats '[.max_in_window >= 13, .status_429] | map(tostring) | join(" ")')" "true 0"
rss=$(awk '/^VmHWM/ {print $2}' "/proc/$EMU_PID/status")
check "ten million contacts in less than 64 MB ($rss kB)" test "$rss" -lt 65536
stop_emulator

# ================================================================== switches

start_emulator --auto-approve --rotate-refresh-tokens --token-size 2000 --token-lifetime 60 --region eu1
new_grant
check_is "--token-size" "${#ACCESS}" 2000
check_is "--region" "${REFRESH:0:4}" eu1-
check_is "--token-lifetime" "$(body .expires_in)" 60
refresh 2026-03 "$REFRESH"
check_is "--rotate-refresh-tokens" "$code" 200
next=$(body .refresh_token)
check "  a new one" test "$next" != "$REFRESH"
refresh 2026-03 "$REFRESH"
check_oauth_error "  the old one is dead at once" BAD_REFRESH_TOKEN invalid_grant
refresh 2026-03 "$next"
check_is "  the new one works" "$code" 200
check_is "  the replay is counted" "$(stats .refresh_replayed)" 1
new_grant
web -o "$out" -X POST "$EMU/_emulator/uninstall"
refresh 2026-03 "$REFRESH"
check_oauth_error "uninstall: refresh" BAD_REFRESH_TOKEN invalid_grant
api /account-info/v3/details
check_is "  and the access token is unknown" "$code $(body .category)" "401 INVALID_AUTHENTICATION"
stop_emulator

start_emulator --auto-approve --code-lifetime 1 --redirect-url http://localhost:9/other --portal 11 --portal 12 \
    --account-lacks "tickets crm.lists.read" --no-oauth-v1 --old-errors
new_code
web -o "$out" -X POST -d '{"ms":1001}' "$EMU/_emulator/advance-clock"
exchange 2026-03
check_is "--code-lifetime: EXPIRED_AUTH_CODE" "$code $(body .status)" "400 EXPIRED_AUTH_CODE"
check_is "--old-errors: three keys" "$(body 'keys | join(" ")')" "correlationId message status"
new_code
REDIRECT_WAS=$REDIRECT REDIRECT=http://localhost:9/other
exchange 2026-03
check_is "another registered URL (A7)" "$code $(body .status)" "400 MISMATCH_REDIRECT_URI_AUTH_CODE"
REDIRECT=http://localhost:9/unregistered
exchange 2026-03
check_is "an unregistered URL" "$code $(body .status)" "400 BAD_REDIRECT_URI"
REDIRECT=$REDIRECT_WAS
exchange v1
check_is "--no-oauth-v1" "$code" 404
authorize --data-urlencode "optional_scope=tickets crm.objects.deals.read"
CODE=$(url_part "$(header location)" code)
exchange 2026-03
check_is "--account-lacks: optional is dropped in silence (A8)" "$(body '.scopes | join(" ")')" "oauth crm.objects.contacts.read crm.objects.deals.read"
check_is "--portal" "$(body .hub_id)" 11
authorize_at /oauth/authorize -d "client_id=$CLIENT_ID" --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$SCOPE tickets"
check_refusal "--account-lacks: required" account_lacks_scopes "have access to the scopes required"
authorize --data-urlencode optional_scopes=tickets
check_is "optional_scopes is a misspelling" "$(stats .misspelt_scopes)" 1
stop_emulator

start_emulator --portal 11 --portal 12 --scopes oauth --optional-scopes tickets --grant-error invalid_request
SCOPE=oauth authorize
check "two accounts to choose from" grep -q 'type="radio" name="portal" value="12"' "$BODY"
decide approve -d portal=12
CODE=$(url_part "$(header location)" code)
exchange 2026-03
check_is "  the chosen one is granted" "$(body .hub_id)" 12
ACCESS=$(body .access_token)
exchange 2026-03
check_oauth_error "--grant-error" BAD_AUTH_CODE invalid_request
api /account-info/v3/details
check_is "scope oauth is enough for account-info" "$code" 200
api "$list"
check_is "and not for contacts: 403" "$code $(body .category) $(body '.errors[0].context.requiredGranularScopes[0]')" \
    "403 MISSING_SCOPES crm.objects.contacts.read"
SCOPE=oauth authorize
decide approve -d portal=13
check_refusal "an account that was not offered" unknown_account "access to this account"
stop_emulator

# ================================================================== apps, scopes and accounts

# $1: scope, $2: client ID, $3: more of the path; then options of curl
ask() {
    authorize_at "/oauth${3-}/authorize" -d "client_id=${2:-$CLIENT_ID}" --data-urlencode "redirect_uri=$REDIRECT" \
        --data-urlencode "scope=$1" "${@:4}"
}
# A new grant of another app: $1: scope, $2: client ID, $3: secret; then options of curl for the consent. $CODE, $ACCESS, $REFRESH
grant_of() {
    ask "$1" "$2" "" "${@:4}"
    CODE=$(url_part "$(header location)" code)
    token 2026-03 grant_type=authorization_code "client_id=$2" "client_secret=$3" "redirect_uri=$REDIRECT" "code=$CODE"
    ACCESS=$(body .access_token) REFRESH=$(body .refresh_token)
}

OTHER_REDIRECT=http://localhost:9/own
cat >"$TMP/app-hsmeta.json" <<END
{"uid": "my_app", "type": "app",
 "config": {"name": "App <of> a file", "distribution": "marketplace",
  "auth": {"type": "oauth", "redirectUrls": ["$OTHER_REDIRECT?x=1"], "requiredScopes": ["oauth"],
           "conditionallyRequiredScopes": ["tickets"], "optionalScopes": ["crm.lists.read"]}},
 "emulator": {"clientId": "from-a-file", "clientSecret": "its-secret", "appId": 77}}
END
echo '{"config": {"auth": {"redirectUrls": ["http://localhost:9/plain"], "requiredScopes": ["oauth"]}}}' >"$TMP/plain.json"
start_emulator --app "$TMP/app-hsmeta.json" --app "$TMP/plain.json" --strict-scopes --conditional-scopes e-commerce \
    --portal 11 --portal 12 --portal 13 --account-lacks "12:tickets crm.lists.read" --account-lacks hubdb --no-permission 13
own() { # $1: scope, $2: optional_scope
    authorize_at "/oauth/${3:-11}/authorize" -d client_id=from-a-file --data-urlencode "redirect_uri=$OTHER_REDIRECT?x=1" \
        --data-urlencode "scope=$1" --data-urlencode "optional_scope=$2"
}
own "oauth tickets" crm.lists.read
check "--app: its name, escaped" grep -qF '<span id="app">App &lt;of&gt; a file</span>' "$BODY"
decide approve
check "  a redirect URL with a query gets '&'" grep -qE '^http://localhost:9/own\?x=1&code=' <<<"$(header location)"
CODE=$(url_part "$(header location)" code)
token v3 grant_type=authorization_code client_id=from-a-file client_secret=its-secret "redirect_uri=$OTHER_REDIRECT?x=1" "code=$CODE"
check_is "  its scopes are its own" "$code $(body '.scopes | join(" ")')" "200 oauth tickets crm.lists.read"
own "oauth crm.objects.contacts.read" ""
check_refusal "a scope of another app" scope_mismatch "mismatch between the scopes"
own "oauth crm.lists.read" ""
check_refusal "--strict-scopes: an optional scope in scope" scope_mismatch "mismatch between the scopes"
own tickets ""
check_refusal "a conditional scope without the required" insufficient_scopes "scopes are insufficient"
own oauth crm.lists.read 12
decide approve
CODE=$(url_part "$(header location)" code)
token v3 grant_type=authorization_code client_id=from-a-file client_secret=its-secret "redirect_uri=$OTHER_REDIRECT?x=1" "code=$CODE"
check_is "--account-lacks 12:…: optional is dropped in silence" "$(body '.scopes | join(" ")')" oauth
own "oauth tickets" "" 12
check_refusal "  a conditional scope that was asked for is not" account_lacks_scopes "have access to the scopes required"
ask "oauth e-commerce"
check_refusal "the built-in app has its own required scopes" insufficient_scopes "scopes are insufficient"
check "  and the page shows them" grep -qF 'conditionally required scopes: <code>e-commerce</code>' "$BODY"
ask "$SCOPE" 77777777-7777-4777-8777-777777777705
check_refusal "an app without a member \"emulator\" has a default ID and its own URL" redirect_uri_mismatch "does not match"
ask "$SCOPE"
decide approve -d portal=13
check_refusal "--no-permission" no_permission "your super admin"
ask "$SCOPE"
decide deny -d portal=13
check_is "  deny is possible all the same" "$(url_part "$(header location)" error)" access_denied
ask "$SCOPE" "" /13
check_refusal "--no-permission, the account in the path" no_permission "have permissions to authorize"
stop_emulator
for bad in '{"config": {"auth": {"redirectUrls": ["http://127.0.0.1/x"]}}}' '{"config": {"auth": {"redirectUrls": [7]}}}' \
    '{"config": {"auth": {}}}' '[]' \
    "{\"config\": {\"auth\": {\"redirectUrls\": [\"http://localhost/\"]}}, \"emulator\": {\"clientId\": \"$SECOND_ID\"}}"; do
    echo "$bad" >"$TMP/bad.json"
    run "$BUILD/hubauth-emulator" --app "$TMP/bad.json"
    check_is "--app with ${bad:0:60}: exit 2" "$status" 2
    check_stderr_has "$TMP/bad.json"
done
run "$BUILD/hubauth-emulator" --app "$TMP/no-such-file"
check_is "--app without a file: exit 2" "$status" 2
run "$BUILD/hubauth-emulator" --account-lacks x:tickets
check_is "--account-lacks x:…: exit 2" "$status" 2
run "$BUILD/hubauth-emulator" --oauth-v1-until tomorrow
check_is "--oauth-v1-until tomorrow: exit 2" "$status" 2

# --- an installation that begins in HubSpot's marketplace
start_emulator --portal 11 --deny-error user_denied --iss https://issuer.example --name-lacking-scopes --account-lacks tickets
get "$EMU/_emulator/marketplace/install?client_id=$CLIENT_ID"
location=$(header location)
check_is "marketplace: the redirect URL is called" "$code ${location%%\?*}" "302 $REDIRECT"
check_is "  without a code" "$(url_part "$location" code)$(url_part "$location" state)" ""
back=$(url_part "$location" returnUrl)
check "  with a returnUrl" grep -q "^$EMU/oauth/11/authorize?client_id=$CLIENT_ID&" <<<"$back"
get "$back&state=mine"
check_is "  there is the consent page" "$code" 200
check "  of that app" grep -q '<main id="consent">' "$BODY"
decide approve
location=$(header location)
check_is "  which leads to the app with a code and that state" "$(url_part "$location" state)" mine
CODE=$(url_part "$location" code)
exchange 2026-03
check_is "  a good one" "$code $(body '[.hub_id, (.scopes | join(" "))] | map(tostring) | join(" ")')" "200 11 $SCOPE"
check_is "--iss" "$(url_part "$location" iss)" https://issuer.example
get "$EMU/_emulator/marketplace/install?client_id=$CLIENT_ID&portal=76"
check "  another account" grep -q '^http[^?]*/oauth/76/authorize' <<<"$(url_part "$(header location)" returnUrl)"
for wrong in "client_id=nobody" "client_id=$CLIENT_ID&portal=x" "client_id=$CLIENT_ID&redirect_uri=http://localhost:9/"; do
    get "$EMU/_emulator/marketplace/install?$wrong"
    check_is "marketplace with $wrong: 400" "$code" 400
done
ask "$SCOPE" "" "" -d state=s
decide deny
check_is "--deny-error" "$(url_part "$(header location)" error) $(url_part "$(header location)" iss)" "user_denied https://issuer.example"
ask "$SCOPE tickets"
check_refusal "--name-lacking-scopes" account_lacks_scopes "lacks access to the required scopes [tickets]"
get "$EMU/.well-known/oauth-authorization-server"
check_is "metadata: iss is announced" "$(body .authorization_response_iss_parameter_supported)" true
stop_emulator

# --- an MCP app
MCP_ID=55555555-5555-4555-8555-555555555555 MCP_SECRET=66666666-6666-4666-8666-666666666666
VERIFIER=verifier-verifier-verifier-verifier-verifier-1
start_emulator --auto-approve --ignore-pkce --basic-auth
ask "" "$MCP_ID"
check_refusal "MCP: PKCE is required" missing_code_challenge "code challenge"
authorize_at /oauth/authorize/user -d "client_id=$MCP_ID" --data-urlencode "redirect_uri=$REDIRECT" -d "code_challenge=$(sha $VERIFIER)" \
    -d code_challenge_method=S256
CODE=$(url_part "$(header location)" code)
mcp_exchange() {
    token v3 grant_type=authorization_code "client_id=$MCP_ID" "client_secret=$MCP_SECRET" "redirect_uri=$REDIRECT" "code=$CODE" "$@"
}
mcp_exchange code_verifier=wrong
check_oauth_error "MCP: a wrong verifier" BAD_CODE_VERIFIER invalid_grant
mcp_exchange code_verifier=$VERIFIER
check_is "MCP: the token names the user and has all scopes" "$code $(body '[.user_id, (.scopes | length > 5)] | map(tostring) | join(" ")')" "200 7777001 true"
authorize_at /oauth/76543/authorize/user -d "client_id=$MCP_ID" --data-urlencode "redirect_uri=$REDIRECT" -d "code_challenge=$(sha $VERIFIER)" \
    -d code_challenge_method=S256
check_is "MCP: the account in the path" "$code" 302
get "$EMU/.well-known/oauth-authorization-server"
check_is "MCP: metadata" "$(body '[.issuer, .authorization_endpoint, .token_endpoint, .code_challenge_methods_supported[0]] | join(" ")')" \
    "$EMU $EMU/oauth/authorize/user $EMU/oauth/v3/token S256"
new_code -d "code_challenge=$(sha $VERIFIER)" -d code_challenge_method=S256
exchange 2026-03
check_is "--ignore-pkce: an ordinary app needs no verifier" "$code $(body 'has("user_id")')" "200 false"
new_code
get "$EMU/oauth/2026-03/token" -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=authorization_code --data-urlencode "redirect_uri=$REDIRECT" -d "code=$CODE"
check_is "--basic-auth" "$code" 200
get "$EMU/oauth/2026-03/token" -u "$CLIENT_ID:wrong" -d grant_type=refresh_token -d "refresh_token=$(body .refresh_token)"
check_oauth_error "  a wrong secret" BAD_CLIENT_SECRET invalid_client
stop_emulator
start_emulator --auto-approve
get "$EMU/oauth/2026-03/token" -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=refresh_token -d refresh_token=x
check_oauth_error "without --basic-auth it is not looked at" BAD_CLIENT_ID invalid_client

# --- the end of a grant
new_grant
first=$REFRESH
exchange 2026-03
api /account-info/v3/details
check_is "a code sent again: its tokens live on" "$code" 200
new_grant
refresh 2026-03 "$first"
check_is "a new consent: the old refresh token lives on" "$code" 200
new_grant
grant_of "$SCOPE" "$SECOND_ID" "$SECOND_SECRET"
other=$ACCESS
new_grant
get -X DELETE "$EMU/appinstalls/2026-09/external-install" -H "Authorization: Bearer $ACCESS"
check_is "external-install: 204" "$code" 204
refresh 2026-03 "$REFRESH"
check_oauth_error "  the refresh token is dead" BAD_REFRESH_TOKEN invalid_grant
api /account-info/v3/details
check_is "  the access token is unknown" "$code $(body .category)" "401 INVALID_AUTHENTICATION"
ACCESS=$other api /account-info/v3/details
check_is "  another app's is not" "$code" 200
get -X DELETE "$EMU/appinstalls/v3/external-install"
check_is "external-install without a token: 401" "$code" 401
new_grant
web -o "$out" -X POST "$EMU/_emulator/uninstall?client_id=$SECOND_ID"
api /account-info/v3/details
check_is "uninstall of one app leaves the other" "$code" 200
ACCESS=$other api /account-info/v3/details
check_is "  and ends its own" "$code" 401
get -X POST "$EMU/_emulator/uninstall?client_id=nobody"
check_is "uninstall of no app: 400" "$code" 400
web -o "$out" -X POST "$EMU/_emulator/delete-account?portal=$PORTAL"
refresh 2026-03 "$REFRESH"
check_oauth_error "delete-account: refresh" BAD_HUB access_denied
api /account-info/v3/details
check_is "  the access token is unknown" "$code" 401
get "$EMU/oauth/v3/token/introspect" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d "token=$REFRESH"
check_is "  introspection" "$(cat "$BODY")" '{"active":false}'
ask "$SCOPE"
check_refusal "  consent" unknown_account "access to this account"
get -X POST "$EMU/_emulator/delete-account"
check_is "delete-account without portal: 400" "$code" 400
stop_emulator

start_emulator --auto-approve --replay-detection --reconsent-ends-old --rotate-refresh-tokens --uninstall-keeps-access --bad-hub-status 403 \
    --old-errors --token-rate-limit 1000 --clock-offset=-3600
new_grant
check "--clock-offset: the Date header" test $(($(date -u +%s) - $(date -u -d "$(header date)" +%s))) -ge 3600
exchange 2026-03
api /account-info/v3/details
check_is "--replay-detection: a code sent again ends its access token" "$code" 401
refresh 2026-03 "$REFRESH"
check_is "  and its refresh token" "$code $(body .status)" "400 BAD_REFRESH_TOKEN"
check_is "  --old-errors: in the words of then" "$(body .message)" "missing or unknown refresh token"
new_grant
old=$REFRESH
refresh 2026-03 "$old"
next=$(body .refresh_token)
refresh 2026-03 "$old"
refresh 2026-03 "$next"
check_is "--replay-detection: so does a rotated refresh token" "$code" 400
new_grant
old=$REFRESH
new_grant
refresh 2026-03 "$old"
check_is "--reconsent-ends-old" "$code $(body .status)" "400 BAD_REFRESH_TOKEN"
refresh 2026-03 "$REFRESH"
check_is "  the new one works" "$code" 200
REFRESH=$(body .refresh_token)
web -o "$out" -X POST "$EMU/_emulator/uninstall"
refresh 2026-03 "$REFRESH"
check_is "--uninstall-keeps-access: the refresh token is dead" "$code" 400
api /account-info/v3/details
check_is "  the access token lives on" "$code" 200
new_grant
web -o "$out" -X POST "$EMU/_emulator/delete-account?portal=$PORTAL"
refresh 2026-03 "$REFRESH"
check_is "--bad-hub-status 403" "$code $(body .status)" "403 BAD_HUB"
stop_emulator

start_emulator --auto-approve --token-rate-limit 1 --oauth-v1-until 2100-01-01 --oauth-v1-gone 410 --region eu1 --regional-page
for _ in 1 2 3 4 5; do printf 'next\nurl = "%s"\noutput = "%s"\ndata = "client_id=x"\nwrite-out = "%%{http_code}\\n"\n' "$EMU/oauth/v3/token" "$BODY"; done |
    sed 1d >"$TMP/urls"
check "--token-rate-limit: 429" grep -q 429 <<<"$(web -K "$TMP/urls")"
check_is "  SECONDLY" "$(body .policyName)" SECONDLY
check_is "  no answer names the limit" "$(header x-hubspot-ratelimit-max)" ""
get "$EMU/oauth/v1/token" -d grant_type=x
check "--oauth-v1-until: not yet" test "$code" != 410
web -o "$out" -X POST -d '{"ms":3153600000000}' "$EMU/_emulator/advance-clock"
get "$EMU/oauth/v1/token" -d grant_type=x
check_is "  when the clock is there: --oauth-v1-gone" "$code" 410
get "$EMU/account-info/v3/details"
check_is "  the Date header goes with the clock" "$(($(date -u -d "$(header date)" +%Y) > 2100))" 1
ask "$SCOPE"
location=$(header location)
check "--regional-page: the browser is sent on" grep -q "^http://app-eu1.localhost:$EMU_PORT/oauth/authorize?" <<<"$location"
get --resolve "app-eu1.localhost:$EMU_PORT:127.0.0.1" "$location"
check "  and consents there" grep -q '^eu1-' <<<"$(url_part "$(header location)" code)"
stop_emulator
start_emulator --token-rate-limit 4 --token-limit-headers
get "$EMU/oauth/v3/token" -d client_id=x
check_is "--token-limit-headers: each answer names the limit" \
    "$(header x-hubspot-ratelimit-max) $(header x-hubspot-ratelimit-remaining) $(header x-hubspot-ratelimit-interval-milliseconds)" "4 3 1000"
stop_emulator
start_emulator --no-oauth-v1 --oauth-v1-gone 400
get "$EMU/oauth/v1/token" -d grant_type=x
check_is "--oauth-v1-gone 400" "$code $(body .status)" "400 error"
stop_emulator

# ================================================================== latency

start_emulator --auto-approve --latency 300
new_grant
: >"$TMP/urls"
for i in $(seq 20); do printf 'url = "%s"\noutput = "%s"\n' "$EMU$list" "$TMP/par.$i"; done >"$TMP/urls"
began=$(date +%s%N)
check "twenty requests at once" web -Z --parallel-max 20 --parallel-immediate -K "$TMP/urls" -H "Authorization: Bearer $ACCESS"
took=$((($(date +%s%N) - began) / 1000000))
check "  each waits ($took ms)" test "$took" -ge 300
check "  side by side" test "$(stats .in_flight_max)" -ge 2
check_is "  none is left" "$(stats .in_flight)" 0
# A client that goes away while its answer waits.
(
    exec 3<>"/dev/tcp/127.0.0.1/$EMU_PORT"
    printf 'GET /account-info/v3/details HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n' "$ACCESS" >&3
)
check "a client that goes away is let go" await '.requests["GET /account-info/v3/details"] == 1 and .in_flight == 0'
# SIGTERM with answers pending
web -o "$out" "$EMU$list" -H "Authorization: Bearer $ACCESS" &
waiting=$!
check "an answer waits" await '.in_flight == 1'
kill -TERM "$EMU_PID"
wait "$EMU_PID"
check_is "SIGTERM while an answer waits: exit 0" "$?" 0
wait "$waiting"

start_emulator --auto-approve --rotate-refresh-tokens --replay-detection
new_grant
old=$REFRESH
refresh 2026-03 "$old"
next=$(body .refresh_token)
refresh 2026-03 "$old"
check_oauth_error "--replay-detection: the old one is refused" BAD_REFRESH_TOKEN invalid_grant
refresh 2026-03 "$next"
check_oauth_error "  and takes the new one with it" BAD_REFRESH_TOKEN invalid_grant
api /account-info/v3/details
check_is "  and the access token" "$code" 401
new_grant
refresh 2026-03 "$REFRESH"
check_is "  another login is not touched" "$code" 200
stop_emulator

start_emulator --auto-approve --rotate-refresh-tokens --rotation-grace --replay-detection
new_grant
old=$REFRESH
for _ in 1 2; do
    refresh 2026-03 "$old"
    check_is "--rotation-grace: the old one works until the new one was used" "$code" 200
done
next=$(body .refresh_token)
refresh 2026-03 "$next"
check_is "  the new one is used" "$code" 200
newest=$(body .refresh_token)
refresh 2026-03 "$old"
check_oauth_error "  then the old one is a replay" BAD_REFRESH_TOKEN invalid_grant
refresh 2026-03 "$newest"
check_oauth_error "  and ends them all" BAD_REFRESH_TOKEN invalid_grant
stop_emulator

# ================================================================== faults

start_emulator --auto-approve --rotate-refresh-tokens
new_grant
T=/oauth/2026-03/token
check "a fault" fault "{\"route\":\"$T\",\"status\":503,\"body\":\"html\",\"count\":2}"
for _ in 1 2; do
    refresh 2026-03 "$REFRESH"
    check_is "  503 with HTML" "$code $(header content-type)" "503 text/html;charset=utf-8"
done
refresh 2026-03 "$REFRESH"
check_is "  then it is over, and nothing was processed" "$code" 200
REFRESH=$(body .refresh_token)
fault "{\"route\":\"$T\",\"body\":\"html\"}"
refresh 2026-03 "$REFRESH"
check_is "HTML with 200" "$code $(header content-type)" "200 text/html;charset=utf-8"
fault "{\"route\":\"$T\",\"body\":\"huge\"}"
refresh 2026-03 "$REFRESH"
check "10 MB of JSON" test "$(wc -c <"$BODY")" -gt 10000000
check_is "  which is valid" "$(jq -r '.filler | length > 10000000' "$BODY")" true
fault "{\"route\":\"$T\",\"body\":\"empty\"}"
refresh 2026-03 "$REFRESH"
check_is "empty" "$code $(wc -c <"$BODY")" "200 0"
fault "{\"route\":\"$T\",\"error\":\"BAD_HUB\",\"status\":403}"
refresh 2026-03 "$REFRESH"
check_is "BAD_HUB, with 403" "$code $(body '.status + " " + .error')" "403 BAD_HUB access_denied"
for word in BAD_SCOPES USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED; do
    fault "{\"route\":\"$T\",\"error\":\"$word\"}"
    refresh 2026-03 "$REFRESH"
    check_is "$word" "$code $(body .status)" "400 $word"
done
fault "{\"route\":\"$T\",\"policy\":\"SECONDLY\",\"retry_after\":2}"
refresh 2026-03 "$REFRESH"
check_is "429 of the token endpoint" "$code $(body .policyName) $(header retry-after)" "429 SECONDLY 2"
fault "{\"route\":\"$T\",\"body\":\"text\",\"text\":\"{\\\"access_token\\\":\\\"x\\\"}\"}"
refresh 2026-03 "$REFRESH"
check_is "a body of one's own" "$code $(cat "$BODY")" '200 {"access_token":"x"}'
fault "{\"route\":\"$T\",\"action\":\"reset\"}"
refresh 2026-03 "$REFRESH"
check_is "reset" "$code" failed
refresh 2026-03 "$REFRESH"
check_is "  nothing was processed" "$code" 200
REFRESH=$(body .refresh_token)
before=$(stats .token_refresh_ok)
fault "{\"route\":\"$T\",\"action\":\"drop_after_processing\"}"
refresh 2026-03 "$REFRESH"
check_is "drop_after_processing: no answer" "$code" failed
check_is "  yet it was processed (C6)" "$(stats .token_refresh_ok)" $((before + 1))
refresh 2026-03 "$REFRESH"
check_oauth_error "  and the old token is dead" BAD_REFRESH_TOKEN invalid_grant
new_grant
fault "{\"route\":\"$T\",\"body\":\"truncated\"}"
refresh 2026-03 "$REFRESH"
check "truncated: no JSON" not jq -e . "$BODY"
check_is "  yet 200" "$code" 200
new_grant
fault "{\"route\":\"$list\",\"action\":\"cut\"}"
api "$list"
check_is "cut in the middle of the body" "$code" failed
check "  after a part of it" test -s "$BODY"
fault "{\"route\":\"$list\",\"skip\":1,\"status\":502}"
api "$list"
check_is "skip: the first passes" "$code" 200
api "$list"
check_is "  the second does not" "$code" 502
fault "{\"route\":\"$list\",\"status\":423,\"count\":9}"
clear_faults
api "$list"
check_is "clear-faults" "$code" 200
fault "{\"route\":\"$list\",\"delay_ms\":200}"
began=$(date +%s%N)
api "$list"
check_is "delay_ms: the real answer" "$code" 200
check "  later" test $((($(date +%s%N) - began) / 1000000)) -ge 200
reset_stats
fault "{\"route\":\"$list\",\"delay_ms\":3600000}"
web -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $ACCESS" "$EMU$list" >"$TMP/held" &
held=$!
wait_until "$held" in_flight
clear_faults
wait "$held"
check_is "  clear-faults lets it go" "$(cat "$TMP/held")" 200
get -d '{"route":"/nowhere","status":500}' "$EMU/_emulator/fault"
check_is "a fault for no route: 400" "$code" 400
check "  says why" grep -q 'no such route' "$BODY"
stop_emulator

check_is "no emulator said anything on stderr" "$(cat "$TMP/emulator.err")" ""
plan
