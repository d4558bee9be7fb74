#!/usr/bin/env bash
# hubauth explain: every form of question; what it never repeats; and that the catalogue it reads is the one from which errors
# are made.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

top=$(cd "$E2E/../.." && pwd)
export HUBAUTH_HOME=$TMP/none

# $1: the entry that is awaited, $2…: how it is asked for
explains() {
    local code=$1
    shift
    run hubauth explain "$@"
    check_is "explain $*: $code" "$status $(head -n 1 "$out" | cut -d , -f 1)" "0 $code" || said
}

# The same from standard input: $1: the entry, $2: what it is, $3: the text
explains_pasted() {
    hubauth explain <<<"$3" >"$out" 2>"$err"
    check_is "explain < $2: $1" "$? $(head -n 1 "$out" | cut -d , -f 1)" "0 $1" || said
}

# --- typed
explains BAD_AUTH_CODE BAD_AUTH_CODE
explains BAD_AUTH_CODE bad_auth_code
explains BAD_AUTH_CODE Bad-Auth-Code
explains BAD_AUTH_CODE bad auth code
check_stdout_has "Causes, the likeliest first"
check_stdout_has "1. the code was used twice"
check_stdout_has "To settle it"
check_stdout_has "hubauth app check NAME"
check_stdout_has "Cure"
check_stdout_has "source"
explains HTTP_429 429
explains HTTP_477 "HTTP 477"
explains EXIT_3 3
explains EXIT_3 exit 3
explains CONSENT_SCOPES_INSUFFICIENT "Authorization failed because the provided scopes are insufficient..."
explains invalid_grant invalid grant
explains EXPIRED_AUTHENTICATION "token expired"
explains HTTPS_ONLY https only
explains BAD_HUB -- BAD_HUB

# --- pasted
explains_pasted BAD_REFRESH_TOKEN "an error body" \
    '{"status":"BAD_REFRESH_TOKEN","message":"missing or unknown refresh token","error":"invalid_request"}'
explains_pasted MISSING_SCOPES "a 403" '{"status":"error","message":"This app hasn'\''t been granted all required scopes.",
    "correlationId":"019cd9fe-d093-7d4f-99bc-45975fdcf7c6","errors":[{"message":"One or more of the following scopes are required.",
    "context":{"requiredGranularScopes":["crm.objects.deals.read"]}}],"category":"MISSING_SCOPES"}'
check_stdout_has "crm.objects.deals.read"
check_stdout_has "019cd9fe-d093-7d4f-99bc-45975fdcf7c6"
explains_pasted EXPIRED_AUTHENTICATION "headers and body" $'HTTP/1.1 401 Unauthorized\r\ndate: x\r\n\r
{"message":"The OAuth token used to make this call expired 9 minute(s) ago.","category":"EXPIRED_AUTHENTICATION"}'
check_stdout_has "9 minutes"
explains_pasted CONFLICT "a 409" '{"status":"error","message":"Contact already exists. Existing ID: 6501","category":"CONFLICT"}'
check_stdout_has "6501"
explains_pasted access_denied "the address of a redirect" "http://localhost:8976/callback?error=access_denied&state=x"
explains_pasted HTTP_502 "Cloudflare's page" "<html><head><title>api.hubapi.com | 502: Bad gateway</title></head></html>"
check_status 0 hubauth explain - <<<"DAILY"
check_stdout_has "midnight"

# --- several, none, too much
check_status 0 hubauth explain scopes
check_stdout_has "Several may be meant"
check_stdout_has "CONSENT_SCOPES_MISMATCH"
check_stdout_has "MISSING_SCOPES"
check_status 1 hubauth explain BAD_REFRSH_TOKN
check_stdout_empty
check_stderr_has 'hubauth explain BAD_REFRESH_TOKEN'
check_status 1 hubauth explain qqqqqqqqqqqq
check_stdout_empty
check "  and does not repeat it" not grep -q qqqq "$err"
check_status 1 hubauth explain <<<'{"status":"BAD_NEW_THING"}'
check_stderr_has "BAD_NEW_THING"
check_status 2 hubauth explain </dev/null
check_status 2 hubauth explain ""
check_status 2 hubauth explain --list DAILY
head -c 65537 /dev/zero | tr '\0' 'a' >"$TMP/large"
check_status 1 hubauth explain <"$TMP/large"
check_stderr_has "65536"
check "no vault was made or asked for" test ! -e "$HUBAUTH_HOME"

# --- E6, T11: nothing that was pasted comes back
canary=CIrToaiiMhIHAAEAQAAAARiO1ooBcanary
for text in "$canary" "{\"access_token\":\"$canary\",\"status\":\"BAD_HUB\"}" "{\"status\":\"$canary\",\"category\":\"$canary\"}" \
    "Authorization: Bearer $canary" "http://localhost:8976/callback?code=$canary&error=$canary" \
    "{\"errors\":[{\"context\":{\"requiredGranularScopes\":[\"$canary\"]}}],\"category\":\"MISSING_SCOPES\",\"correlationId\":\"$canary\"}"; do
    for form in "" --json; do
        hubauth explain $form <<<"$text" >"$out" 2>"$err"
        check "a token in ${text:0:24}… is not repeated${form:+ ($form)}" not grep -qi canary "$out" "$err"
    done
done
hubauth explain <<<"{\"access_token\":\"$canary\",\"status\":\"BAD_HUB\"}" >"$out" 2>"$err"
check_stderr_has "looks like a token"
# shellcheck disable=SC2016
hubauth explain <<<$'{"status":"BAD_\e]0;x\a","message":"\\u001b[31m"}' >"$out" 2>"$err"
check "nothing pasted drives the terminal" not grep -q $'\e' "$out" "$err"

# --- for programs
check_status 0 hubauth explain --json BAD_REFRESH_TOKEN
check_is "  sure" "$(json_get .sure)" true
check_is "  its refresh token is dead" "$(json_get '.found[0].refresh_token')" dead
check_is "  causes in order" "$(json_get '.found[0].causes | length > 2')" true
check_status 0 hubauth explain --json 'You have reached your ten_secondly_rolling limit.'
check_is "  its refresh token is kept" "$(json_get '.found[0].refresh_token')" kept
check_status 1 hubauth explain --json BAD_REFRSH_TOKN
check_is "  did_you_mean" "$(json_get .did_you_mean)" BAD_REFRESH_TOKEN
check_status 0 hubauth explain --list --json
cp "$out" "$TMP/catalogue"
check_is "  more than a hundred entries" "$(json_get 'length > 100')" true
check_is "  complete" "$(json_get 'all(.[]; .why != "" and .meaning != "" and .cure != "" and .source != "" and (.settles | length) > 0)')" true
check_status 0 hubauth explain --list
check_is "  the same ones" "$(tail -n +2 "$out" | awk '{print $2}' | sort)" "$(jq -r '.[].code' "$TMP/catalogue" | sort)"

# --- the terminal: its width, its colours
on_terminal() { script -qefc "stty cols $1; $2" /dev/null </dev/null 2>&1 | tr -d '\r' >"$out"; }
TERM=xterm on_terminal 50 "$BUILD/hubauth explain BAD_REFRESH_TOKEN"
check_is "50 columns are not exceeded" "$(sed 's/\x1b\[[0-9;]*m//g' "$out" | grep -E '.{50}')" ""
check "a terminal gets colours" grep -q $'\e' "$out"
NO_COLOR=1 TERM=xterm on_terminal 120 "$BUILD/hubauth explain BAD_REFRESH_TOKEN"
check "NO_COLOR is respected" not grep -q $'\e' "$out"
check_is "no line is longer than 100" "$(grep -E '.{100}' "$out")" ""
NO_COLOR=1 TERM=xterm on_terminal 110 "$BUILD/hubauth explain --list"
check_is "the table fits into the terminal" "$(LC_ALL=C.UTF-8 grep -E '.{111}' "$out")" ""

# --- docs/troubleshooting.md is made from the same table
run hubauth explain --markdown
check "docs/troubleshooting.md is up to date (hubauth explain --markdown > docs/troubleshooting.md)" \
    cmp "$out" "$top/docs/troubleshooting.md"
run hubauth explain --man
check "hubauth-errors(7) has every entry" test "$(grep -c '^## ' "$out")" -eq "$(jq length "$TMP/catalogue")"
check "  with what is in backticks in bold" not grep -q '`' "$out"
if command -v scdoc >/dev/null; then
    as_page() { scdoc <"$out"; }
    check "  and is a page for scdoc" as_page
fi
check_status 2 hubauth explain --man BAD_AUTH_CODE

# --- every command that the catalogue names exists, with its options
{
    jq -r '.[].settles[].command' "$TMP/catalogue"
    # shellcheck disable=SC2016
    jq -r '.[] | .why, .hint, .meaning, .cure, .causes[], .settles[].says' "$TMP/catalogue" | grep -oE '`hubauth [^`]*`' | tr -d '`'
    # shellcheck disable=SC2016
    jq -r '.[].hint' "$TMP/catalogue" | grep -oE 'hubauth [a-z][^`]*'
} | sort -u >"$TMP/commands"
check "the catalogue names commands" test "$(wc -l <"$TMP/commands")" -gt 20
bad=
while read -r _ first second rest; do
    if ! hubauth help "$first" "$second" >"$TMP/help" 2>/dev/null; then
        hubauth help "${first%,}" >"$TMP/help" 2>/dev/null || bad+="$first "
    fi
    for option in $(grep -oE -e '--[a-z-]+' <<<"$second $rest"); do
        grep -qF -e "$option" "$TMP/help" || bad+="$first $option "
    done
done <"$TMP/commands"
check_is "and each exists" "$bad" ""

# --- the short texts: what an error prints is what the catalogue says
connect
token_route=/oauth/2026-03/token
list_route=/crm/objects/2026-03/contacts

field() { jq -r --arg code "$1" '.[] | select(.code == $code) | .'"$2" "$TMP/catalogue"; }

# The last command's error says what the catalogue says of $1, and leads there. $2: what comes after its short text, $3: the
# next step when it is known more exactly
says() {
    local why next
    why=$(field "$1" why)
    next=${3-$(field "$1" hint)}
    next=${next// NAME/ test} # the app's name stands there
    if grep -qF -e ": $why${2-}" "$err" && { [ -z "$next" ] || grep -qxF -e "  next:  $next" "$err"; } &&
        grep -qxF -e "  more:  hubauth explain $1" "$err" && [ "$(grep -c '^  more:' "$err")" = 1 ]; then
        ok "$1: the error says it as the catalogue does"
    else
        not_ok "$1: the error says it as the catalogue does" "why: $why" "next: $next"
        said
    fi
    hubauth explain <"$err" >"$TMP/again" 2>&1
    check_is "  and explains itself when it is pasted" "$(head -n 1 "$TMP/again" | cut -d , -f 1)" "$1"
}

# Every refusal of a refresh. $1: what the emulator does, $2: the entry, $3: as above
refresh_refused() {
    fault "$(jq -c --arg route $token_route '. + {route: $route, count: 20}' <<<"$1")"
    run hubauth refresh
    says "$2" "" ${3+"$3"}
    clear_faults
}

for word in BAD_REDIRECT_URI BAD_CLIENT_ID BAD_CLIENT_SECRET BAD_GRANT_TYPE BAD_SCOPES USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED; do
    refresh_refused "{\"error\":\"$word\"}" "$word"
done
for word in invalid_client unauthorized_client unsupported_grant_type invalid_scope invalid_request access_denied; do
    refresh_refused "$(jq -nc --arg word $word '{status: 400, body: "text", text: ({error: $word} | tojson)}')" "$word"
done
refresh_refused '{"status":404,"body":"html"}' HTTP_404
refresh_refused '{"status":410,"body":"empty"}' HTTP_410
refresh_refused '{"status":302,"body":"empty"}' HTTP_3XX
refresh_refused '{"status":403,"body":"html"}' NOT_JSON

# Every refusal of a code.
code_refused() {
    fault "$(jq -c --arg route $token_route '. + {route: $route, count: 1}' <<<"$1")"
    login_auto
    says "$2"
    clear_faults
}
for word in BAD_AUTH_CODE EXPIRED_AUTH_CODE MISMATCH_REDIRECT_URI_AUTH_CODE BAD_CODE_VERIFIER; do
    code_refused "{\"error\":\"$word\"}" "$word"
done
code_refused '{"status":400,"body":"text","text":"{\"error\":\"invalid_grant\"}"}' invalid_grant_at_login
for number in 423 477 500 502 503 504 520 521 522 523 524 525 526; do
    code_refused "{\"status\":$number,\"body\":\"html\"}" "HTTP_$number"
done
code_refused '{"status":599,"body":"html"}' HTTP_5XX

# The refusals have made the account wait before it asks again; a refresh that a person asks for ends that.
check_status 0 hubauth refresh

# Every refusal of a call. $1: what the emulator does, $2: the entry, $3: what follows its text, $4: what comes next, where the
# account's own app is in it
call_refused() {
    fault "$(jq -c --arg route $list_route '. + {route: $route, count: 20}' <<<"$1")"
    run hubauth api "$list_route"
    says "$2" "${3-}" ${4+"$4"}
    clear_faults
}
call_body() { jq -nc --argjson status "$1" --arg text "$2" '{status: $status, body: "text", text: $text}'; }
call_refused "$(call_body 403 '{"category":"MISSING_SCOPES","errors":[{"context":{"requiredGranularScopes":["tickets"]}}]}')" \
    MISSING_SCOPES ": tickets" "once the app in HubSpot has it: hubauth app update test --scope '$SCOPE tickets' && hubauth login --app test"
call_refused "$(call_body 403 '{}')" HTTP_403
call_refused "$(call_body 404 '{"category":"OBJECT_NOT_FOUND"}')" OBJECT_NOT_FOUND
call_refused "$(call_body 409 '{"category":"CONFLICT"}')" CONFLICT
call_refused "$(call_body 409 '{}')" HTTP_409
call_refused "$(call_body 400 '{"category":"VALIDATION_ERROR"}')" VALIDATION_ERROR
call_refused "$(call_body 400 '{}')" HTTP_400
call_refused "$(call_body 414 '{}')" HTTP_414
call_refused "$(call_body 429 '{"policyName":"DAILY"}')" DAILY
run hubauth api POST "$list_route"
says HTTP_405
# An access token that HubSpot does not know, also after the refresh.
fault "{\"route\":\"$list_route\",\"status\":401,\"count\":20}"
run hubauth api "$list_route"
says INVALID_AUTHENTICATION
clear_faults

# The network: what libcurl meets.
add_app gone --api-url "http://localhost:$(free_port)"
run hubauth app check gone
check_stderr_has "hubauth explain NETWORK_REFUSED"

# The consent page's refusals, as the page that a browser would show.
consent() { web -G "$EMU/oauth/authorize" --data-urlencode "client_id=$1" --data-urlencode "redirect_uri=$2" --data-urlencode "scope=$3"; }
explains_pasted CONSENT_SCOPES_INSUFFICIENT "the consent page" "$(consent "$CLIENT_ID" "$REDIRECT" oauth)"
explains_pasted CONSENT_SCOPES_MISMATCH "the consent page" "$(consent "$CLIENT_ID" "$REDIRECT" "$SCOPE no.such.scope")"
explains_pasted CONSENT_CLIENT_ID "the consent page" "$(consent nobody "$REDIRECT" "$SCOPE")"
explains_pasted CONSENT_REDIRECT_URL "the consent page" "$(consent "$CLIENT_ID" "$REDIRECT/x" "$SCOPE")"
stop_emulator

# At last the words that kill the grant: each at an account of its own.
for word in BAD_REFRESH_TOKEN BAD_HUB; do
    connect
    refresh_refused "{\"error\":\"$word\"}" "$word" "hubauth login --app test"
    stop_emulator
done
connect
refresh_refused '{"status":400,"body":"text","text":"{\"error\":\"invalid_grant\"}"}' invalid_grant "hubauth login --app test"
stop_emulator

# --- completion knows the codes
run hubauth help --candidates -- explain BAD_REF
check_is "hubauth explain BAD_REF <TAB>" "$(cut -f 1 "$out")" BAD_REFRESH_TOKEN

plan
