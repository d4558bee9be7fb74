#!/usr/bin/env bash
# Private apps' tokens as accounts in the vault: the same commands, no expiry, no refresh, nothing to revoke.
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

PAT=pat-na1-11111111-2222-4333-8444-555555555555
start_emulator --auto-approve --contacts 250 --private-app-token "$PAT"
new_home
add=(hubauth accounts add --api-url "$EMU")

check_status 2 "${add[@]}"
check_stderr_has "hubauth accounts add --private-app-token-file -"
run "$E2E/at-terminal" "$BUILD/hubauth" accounts add --api-url "$EMU" --private-app-token-file - <<<"(not shown): |pat-na1-unknown"
check_is "a token is asked for at a terminal" "$status" 3 || said
check "  and not shown (E3)" not grep -qF pat-na1-unknown "$out"
check "  and the echo is on again" grep -qF "(echo is on)" "$out"
run "${add[@]}" --private-app-token-file - <<<"pat-na1-unknown"
check_is "a token that HubSpot does not know is not stored" "$status" 3
check_status 0 hubauth accounts
check "  nor is anything else" not grep -q private "$out"
# What says that the token is unknown, and what says nothing of it.
INFO=/oauth/v2/private-apps/get/access-token-info
says() { fault "$(jq -nc --arg route $INFO --arg text "$2" --argjson status "$1" '{route: $route, count: 1, status: $status, body: "text", text: $text}')"; }
for answer in '3 404 {"category":"OBJECT_NOT_FOUND"}' '3 401 {"category":"INVALID_AUTHENTICATION"}' '3 400 {"category":"VALIDATION_ERROR"}' \
    '1 404 {"category":"NOT_FOUND"}' '1 404 Not Found' '6 401 <html>proxy</html>' '2 403 {"status":"BAD_CLIENT_ID"}'; do
    read -r want code text <<<"$answer"
    says "$code" "$text"
    run "${add[@]}" --private-app-token-file - <<<"$PAT"
    check_is "answer $code $text" "$status" "$want"
done
check_stderr_has "app update private"
check "  and nothing was stored" not grep -q private <(hubauth accounts)
# HubSpot's words are shown, and no secret with them, however long the token is (E6).
long=pat-na1-$(printf 'canary%.0s' {1..60})
for token in "$PAT" "$long" 'pat-"na1"\-canary-with-a-quote'; do
    says 403 "$(jq -nc --arg t "$token" '{status: "BAD_CLIENT_ID", message: "Private apps are off: \($t) of {\"tokenKey\":\($t | tojson)}"}')"
    run "${add[@]}" --private-app-token-file - <<<"$token"
    check_is "words that come with a token of ${#token} bytes" "$status" 2
    check_stderr_has "Private apps are off: [redacted]"
    check "  are shown without it" not grep -qF "${token: -12}" "$err"
done
# What cannot be a token is sent nowhere (E6): it would go into a header line.
reset_stats
for text in $'a\r\nX-Evil: 1' $'a\e[2Jb' 'a b' $'\xff'; do
    run "${add[@]}" --private-app-token-file - <<<"$text"
    check_is "no token: $(printf %q "$text")" "$status" 2
    HUBSPOT_PRIVATE_APP_TOKEN=$text run hubauth token --format header
    check_is "  nor in a variable" "$status $(wc -c <"$out")" "2 0"
done
check_is "  none of them was sent" "$(stats '[.requests[]] | add // 0')" 0
# Files of secrets have one rule (D1): ours, nobody else's to write; what others can read is told.
echo "$PAT" >"$TMP/a pat"
chmod 666 "$TMP/a pat"
check_status 2 "${add[@]}" --private-app-token-file "$TMP/a pat"
check_stderr_has "chmod go-w '$TMP/a pat'"
chmod 644 "$TMP/a pat"
check_status 0 "${add[@]}" --private-app-token-file "$TMP/a pat"
check_stderr_has "warning: others can read the private app's token: chmod go= '$TMP/a pat'"
check_status 2 "${add[@]}" --private-app-token-file /dev/zero
check_stderr_has "it is no regular file"
check_status 0 "${add[@]}" --private-app-token-file <(echo "$PAT")
check_status 0 hubauth logout "private/$PORTAL"

run "${add[@]}" --private-app-token-file - <<<"$PAT"
check_is "HubSpot says whose the token is" "$status" 0
check_stderr_has "private/$PORTAL"
check "  it is sealed in the vault" not grep -rqaF "$PAT" "$HUBAUTH_HOME"

check_status 0 hubauth token
check_stdout "$PAT"
check_status 0 hubauth api /account-info/2026-03/details
check_stdout_has "\"portalId\":$PORTAL"
check_status 0 hubauth export contacts --quiet --output "$TMP/contacts"
check_is "export has every contact" "$(wc -l <"$TMP/contacts")" 250
check_status 0 hubauth exec -- sh -c 'echo "$HUBSPOT_ACCESS_TOKEN $HUBSPOT_PORTAL_ID"'
check_stdout "$PAT $PORTAL"
check_status 0 hubauth limits
check "limits has the day, too" grep -qE '^daily +250,000 in a day +[0-9]+ +249,9[0-9][0-9] +at midnight' "$out"
check_status 0 hubauth status
check_stdout_has "does not expire"
check "  and shows no token" not grep -qF "$PAT" "$out"
check_status 0 hubauth accounts
check_stdout_has "does not expire"
check_status 0 hubauth doctor --json
check "the doctor does not ask for a client" not grep -q '"error"' <(jq -r '.findings[]?.severity' "$out")
for command in "refresh:3" "introspect --refresh-token:1" "app check private:2"; do
    # shellcheck disable=SC2086
    run hubauth ${command%:*}
    check_is "${command%:*} says that there is no such thing" "$status" "${command#*:}"
done

check_status 0 hubauth introspect
check_stdout_has "active     yes"

# ------------------------------------------------------------------ a rotation, and beside an OAuth app

run "${add[@]}" --private-app-token-file - <<<"$PAT"
check_is "the same account again takes the old one's place" "$status $(hubauth accounts --json | jq length)" "0 1"
python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE vault_row SET sealed = zeroblob(length(sealed)) WHERE name = ?", (sys.argv[2],))
db.commit()' "$HUBAUTH_HOME/vault.db" "private/$PORTAL"
run hubauth doctor --offline --json
mend=$(jq -r '.findings[] | select(.check == "records" and .severity == "error").command' "$out")
check_is "the doctor sends nobody to a login that is refused" "$mend" "hubauth accounts add --private-app-token-file - --app private"
run eval "$mend" <<<"$PAT"
check_is "  the command does it" "$status $(hubauth introspect | grep -c '^active *yes')" "0 1"
fault '{"route": "/account-info/2026-03/details", "count": 9, "status": 401}'
check_status 3 hubauth api /account-info/2026-03/details
check_stderr_has "hubauth accounts add --private-app-token-file"
clear_faults
run hubauth accounts add --api-url http://localhost:1 --private-app-token-file - <<<"$PAT"
check_is "another address than the app's is not passed over in silence" "$status" 1
check_stderr_has "the tokens of private go to $EMU"
run hubauth accounts add --private-app-token-file - <<<"$PAT"
check_is "  and need not be named again" "$status" 0
fault '{"route": "/oauth/v2/private-apps/get/access-token-info", "count": 1, "status": 401, "body": "text", "text": "{}"}'
check_status 0 hubauth introspect
check_stdout_has "active     no"
add_app shop
run "${add[@]}" --app shop --private-app-token-file - <<<"$PAT"
check_is "an OAuth app is not overwritten" "$status" 1
check_status 2 hubauth login --app private --no-browser

check_status 0 hubauth logout --all
check_stderr_has "works on"
check "logout --all says of no token that it is revoked, or ends" not grep -qE "is revoked|until they expire" "$err"
run "${add[@]}" --private-app-token-file - <<<"$PAT"
check_status 0 hubauth logout "private/$PORTAL"
check_stderr_has "works on"
check_is "logout forgets it, and asks HubSpot nothing" "$(hubauth accounts --json | jq length) $(stats .revoked)" "0 0"
run hubauth accounts add --private-app-token-file "$TMP/none"
check_is "a file that is not there" "$status" 2

plan
