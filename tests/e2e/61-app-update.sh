#!/usr/bin/env bash
# Changing an app: a rotated client secret, redirect URLs, scopes. What is proven before it is stored, what is refused, and
# that accounts and refreshes lose nothing.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

connect
RIGHT=$CLIENT_SECRET
WRONG=22222222-2222-4222-8222-000000000000
token_route=/oauth/2026-03/token
update() { run hubauth app update "$@"; }
app() { hubauth app show test --json | jq -r "$1"; }
at_terminal() { "$E2E/at-terminal" "$@"; }
# A case: the app works with the secret that is stored.
works() { check "$1" hubauth refresh 2>/dev/null; }

# ------------------------------------------------------------------ a rotated secret

before=$(app .)
update test --client-secret-file - <<<"$WRONG"
check_is "a secret that HubSpot refuses is not stored" "$status" 2 || said
check_stderr_has "the client secret is wrong"
check_stderr_has "hubauth app update test"
check "  nor repeated" not grep -qF "$WRONG" "$err"
works "  and the old one is still there"

update test --client-secret-file - --no-check <<<"$WRONG"
check_is "--no-check stores it all the same" "$status" 0 || said
check_stderr_has "App test is updated."
run hubauth refresh
check_is "  so that a refresh fails (the secret was rotated)" "$status" 2 || said
check_stderr_has "next:  hubauth app update test"
check_status 2 hubauth app check test
check_stderr_has "next:  hubauth app update test"

check_status 0 at_terminal "$BUILD/hubauth" app update test <<<"New client secret of app test (not shown): | $RIGHT "
check_stdout_has "the token endpoint takes its client id and secret"
check "  it was not shown (E3)" not grep -qF "$RIGHT" "$out"
check "  and the echo is on again" grep -qF "(echo is on)" "$out"
works "the account works again, without a login"
check_is "nothing else of the app is different" "$(app .)" "$before"
check_status 0 hubauth app update --client-secret-file - <<<"$RIGHT"
check_stderr_has "App test is as it was; the token endpoint takes"
check_status 2 at_terminal "$BUILD/hubauth" app update <<<"(not shown): |"
check_stdout_has "no client secret was typed"
for key in ^C ^D; do
    run at_terminal "$BUILD/hubauth" app update <<<"(not shown): |$key"
    check "$key ends it" test "$status" -ne 0
    check "  the echo is on" grep -qF "(echo is on)" "$out"
done
works "  and nothing was stored"

# --- no answer, and an answer that says nothing
fault '{"route":"'$token_route'","count":1,"status":503}'
update test --client-secret-file - <<<"$WRONG"
check_is "what could not be asked about is not stored" "$status" 6 || said
check_stderr_has "hubauth app update test --no-check"
fault '{"route":"'$token_route'","count":1,"status":404}'
update test --client-secret-file - <<<"$WRONG"
check_is "  nor is it when there is no endpoint" "$status" 2 || said
update test --api-url "http://localhost:$(free_port)"
check_is "an address where nobody answers is not stored" "$status" 6 || said
works "  all is as it was"

# ------------------------------------------------------------------ redirect URLs, scopes

TYPED=http://localhost:$REDIRECT_PORT/two
requests=$(stats .token_code_failed)
update test --redirect-url "$REDIRECT" --redirect-url "$TYPED"
check_is "redirect URLs" "$status:$(app '.redirect_urls | join(" ")')" "0:$REDIRECT $TYPED" || said
update test --redirect-url "$REDIRECT"
check_is "  those that are given replace all" "$(app '.redirect_urls | join(" ")')" "$REDIRECT"
check_is "  HubSpot is not asked about what it cannot prove" "$(stats .token_code_failed)" "$requests"
update test --redirect-url http://127.0.0.1:8976/callback
check_is "  the rules of app add hold" "$status" 2 || said
check_stderr_has "use http://localhost:8976/callback"
update test --api-url http://example.com
check_is "  plain http elsewhere is refused" "$status" 2 || said
check_stderr_has "updating app test: --api-url must begin with https://"
update test --scope 'oauth "a'
check_is "  a malformed scope, too" "$status" 2 || said

update test --scope "oauth crm.objects.contacts.read crm.objects.companies.read" --optional-scope tickets
check_is "scopes" "$(app '[.scope, .optional_scope] | join("|")')" \
    "oauth crm.objects.contacts.read crm.objects.companies.read|tickets"
check_stderr_has "New scopes: crm.objects.companies.read tickets."
check_stderr_has "Accounts that must log in again to get them: $PORTAL."
check_stderr_has "Next: hubauth login --app test"
works "  the account works meanwhile"
update test --optional-scope ""
check_is "  an empty list takes them away" "$(app '[.scope, .optional_scope] | join("|")')" \
    "oauth crm.objects.contacts.read crm.objects.companies.read|"
check "  no login is asked for then" not grep -q "log in again" "$err"
update test --scope "$SCOPE"
update test --scope "$SCOPE crm.objects.contact.read"
check_stderr_has "perhaps crm.objects.contacts.read is meant"
update test --scope "$SCOPE"
check_is "all is as at first" "$(app .)" "$before"

# ------------------------------------------------------------------ what is refused

OTHER_ID=11111111-1111-4111-8111-000000000000
update test --client-id "$OTHER_ID" --no-check
check_is "another client id is refused while an account is connected" "$status" 6 || said
check_stderr_has "accounts are connected through it ($PORTAL), and their tokens belong to the client id"
check_is "  it stays" "$(app .client_id)" "$CLIENT_ID"
update test --authorize-url "$EMU/authorize" --token-url "$EMU$token_route" --no-check
check_is "  and so does another kind of server" "$status" 6 || said
update test --api-url https://evil.example --no-check
check_is "  and another server: refresh tokens are led nowhere (C13)" "$status" 6 || said
check_stderr_has "accounts are connected through it ($PORTAL), and their tokens belong to"
check_is "  it stays" "$(app .api_url)" "$EMU"
update test --client-id "$CLIENT_ID"
check_is "the same client id is none other" "$status" 0 || said
update test --api-version v3
check_is "the API version is not changed here" "$status" 2 || said
check_stderr_has "hubauth app migrate test --api-version v3"
run hubauth app update test </dev/null
check_is "without a terminal nothing is asked" "$status" 2
check_stderr_has "--client-secret-file FILE"
update nosuch --scope oauth
check_is "an app that is not there" "$status" 2
check_stderr_has "no app is called nosuch"
run hubauth app add test --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" --api-url "$EMU" --app-url "$EMU" \
    <<<"$RIGHT"
check_stderr_has "next:  hubauth app update test"

# A redirect URL that an app of another server has (A12)
elsewhere=http://localhost:$(free_port)/callback
run hubauth app add far --client-id far --client-secret-file - --redirect-url "$elsewhere" --authorize-url https://far.example/authorize \
    --token-url https://far.example/token <<<far-secret
update test --redirect-url "$elsewhere"
check_is "a redirect URL of another server's app is refused (A12)" "$status" 2 || said
check_stderr_has "must not arrive at one place"
hubauth app remove far 2>/dev/null

# ------------------------------------------------------------------ at the same time as others

# A refresh that is under way when the app is changed.
reset_stats
fault '{"route":"'$token_route'","count":1,"delay_ms":600000}'
hubauth refresh >"$TMP/refresh.out" 2>&1 &
refresh=$!
children+=("$refresh")
wait_until "$refresh" in_flight
update test --scope "oauth crm.objects.contacts.read crm.objects.deals.read"
check_is "an app is changed while a refresh is under way" "$status" 0 || said
clear_faults
check "  which ends well" wait "$refresh"
check_is "  the change is there" "$(app .scope)" "oauth crm.objects.contacts.read crm.objects.deals.read"
works "  and the tokens, too"

# The app is changed by somebody else while its secret is being proven.
reset_stats
fault '{"route":"'$token_route'","count":1,"delay_ms":600000}'
hubauth app update test --client-secret-file - <<<"$RIGHT" --optional-scope tickets >"$TMP/late.out" 2>&1 &
late=$!
children+=("$late")
wait_until "$late" in_flight
update test --scope "$SCOPE"
check_is "the first to store wins" "$status" 0 || said
clear_faults
check "  the other is refused" not wait "$late"
check "  and says why" grep -q "somebody else changed the app meanwhile" "$TMP/late.out"
check_is "  nothing of it is stored" "$(app .)" "$before"

# --- once nobody is connected, the id may change
check_status 0 hubauth logout
update test --client-id "$OTHER_ID"
check_is "an id that HubSpot does not know is not stored" "$status" 2 || said
check_stderr_has "HubSpot does not know the client id"
check_stderr_has "next:  hubauth app update test --client-id ID"
update test --client-id "$OTHER_ID" --no-check
check_is "but may be, once no account is connected" "$status:$(app .client_id)" "0:$OTHER_ID" || said
update test --client-id "$CLIENT_ID"
check_is "  and back" "$status:$(app .client_id)" "0:$CLIENT_ID" || said
update test --client-id 12345
check_stderr_has "the client id is no UUID"

plan
