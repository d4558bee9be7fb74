#!/usr/bin/env bash
# The stateless mode for CI: an account from files that variables name, or a private-app token; nothing is written (T9, T11, E3).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

start_emulator --auto-approve
REFRESH=$(foreign_refresh_token)
printf '%s\n' "$REFRESH" >refresh
printf '%s\n' "$CLIENT_SECRET" >secret
chmod 600 refresh secret
export HUBAUTH_HOME=$TMP/none
all=(HUBAUTH_CLIENT_ID="$CLIENT_ID" HUBAUTH_CLIENT_SECRET_FILE="$TMP/cwd/secret" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/refresh"
    HUBAUTH_API_URL="$EMU" HUBAUTH_SCOPES="$SCOPE")
with() { env "${all[@]}" "$BUILD/hubauth" "$@"; }

# --- a refresh token from a file
check_status 0 with token
TOKEN=$(cat "$out")
check_is "the token works" "$(web -H "Authorization: Bearer $TOKEN" "$EMU/account-info/2026-03/details" | jq -r .portalId)" "$PORTAL"
check_status 0 with api /account-info/2026-03/details
check_is "  api" "$(json_get .portalId)" "$PORTAL"
check_status 0 with export contacts --limit 3
check_is "  export" "$(wc -l <"$out")" 3
check_status 0 with introspect --refresh-token
check_stdout_has "active     yes"
check_status 0 with refresh
check_status 0 with status
check_stdout_has "chosen by: HUBAUTH_REFRESH_TOKEN_FILE"
check_stdout_has "nothing is stored"
check_status 0 with status --json
check_is "  in JSON" "$(json_get .chosen_by)" HUBAUTH_REFRESH_TOKEN_FILE
check_is "  a token that is still to come has no end" "$(json_get '"\(.expires_at) \(.expires_in)"')" "null null"
check "nothing was written" not test -e "$HUBAUTH_HOME"
check_is "  nor into HOME or here" "$(find "$HOME" -type f; ls -A)" "$(printf 'refresh\nsecret')"
check_is "  and the file is as it was" "$(cat refresh)" "$REFRESH"

# --- what is missing or wrong
run env HUBAUTH_CLIENT_ID="$CLIENT_ID" "$BUILD/hubauth" token
check_is "half of it is an error" "$status" 2
check_stderr_has "HUBAUTH_CLIENT_SECRET_FILE is not set"
for name in HUBAUTH_CLIENT_SECRET HUBAUTH_REFRESH_TOKEN; do
    run env "${all[@]}" "$name=canary-in-the-environment" "$BUILD/hubauth" token
    check_is "a secret straight in $name is refused (E3)" "$status" 2
    check_stderr_has "${name}_FILE"
    check "  and not repeated" not grep -q canary-in "$err"
done
chmod 622 secret
check_status 2 with token
check_stderr_has "chmod go-w"
chmod 644 secret
check_status 0 with token
check_stderr_has "others can read the client secret"
chmod 600 secret
HUBAUTH_REFRESH_TOKEN_FILE=$TMP/nothing run env "${all[@]}" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/nothing" "$BUILD/hubauth" token
check_is "an absent file" "$status" 2
check_stderr_has HUBAUTH_REFRESH_TOKEN_FILE
: >empty
chmod 600 empty
run env "${all[@]}" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/empty" "$BUILD/hubauth" token
check_stderr_has "is empty"
run env "${all[@]}" HUBAUTH_API_URL=http://example.com "$BUILD/hubauth" token
check_is "plain http elsewhere is refused" "$status" 2
run env "${all[@]}" HUBAUTH_REFRESH_TOKEN_FILE=<(echo "$REFRESH") "$BUILD/hubauth" token
check_is "a pipe will do" "$status" 0
if [ "$(id -u)" -eq 0 ]; then
    chown 65534 secret
    check_status 2 with token
    check_stderr_has "another user"
    chown 0 secret
    mkdir -p /dev/shm && cp secret /dev/shm/hubauth-$$ && chmod 444 /dev/shm/hubauth-$$
    run env "${all[@]}" HUBAUTH_CLIENT_SECRET_FILE=/dev/shm/hubauth-$$ "$BUILD/hubauth" token
    check_is "a container's secret, root's and in memory, is taken" "$status" 0
    check "  without a word" not grep -q warning "$err"
    rm /dev/shm/hubauth-$$
fi
echo 22222222-2222-4222-8222-000000000000 >secret.bad
chmod 600 secret.bad
run env "${all[@]}" HUBAUTH_CLIENT_SECRET_FILE="$TMP/cwd/secret.bad" "$BUILD/hubauth" token
check_is "a client secret that is wrong" "$status" 2
check_stderr_has "next:  correct HUBAUTH_CLIENT_ID, or the file in HUBAUTH_CLIENT_SECRET_FILE"
echo wrong-refresh-token >refresh.bad
chmod 600 refresh.bad
run env "${all[@]}" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/refresh.bad" "$BUILD/hubauth" token
check_is "a refresh token that is dead" "$status" 3
check_stderr_has "the file in HUBAUTH_REFRESH_TOKEN_FILE"

# --- a server that gives a new refresh token each time
stop_emulator
start_emulator --auto-approve --rotate-refresh-tokens
foreign_refresh_token >refresh
old=$(cat refresh)
all=(HUBAUTH_CLIENT_ID="$CLIENT_ID" HUBAUTH_CLIENT_SECRET_FILE="$TMP/cwd/secret" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/refresh"
    HUBAUTH_API_URL="$EMU")
check_status 0 with token
check "the new one is in the file (C5)" test "$(cat refresh)" != "$old"
check_stderr_has "new refresh token"
check_is "  with its mode" "$(stat -c %a refresh)" 600
chgrp 65534 refresh 2>/dev/null
chmod 640 refresh
was=$(stat -c '%a %g' refresh)
check_status 0 with token
check "  and works" test -s "$out"
check_is "  with its group, or closed to groups" "$(stat -c '%a %g' refresh)" "$was"
chmod 600 refresh
# A link, as containers and collections of dotfiles have them: what it leads to is replaced.
mkdir links
ln -s ../refresh links/inner
ln -s links/inner link
before=$(cat refresh)
run env "${all[@]}" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/link" "$BUILD/hubauth" token
check_is "through links the token is given, too" "$status" 0
check "  the new one is in the file that they lead to (C5)" test "$(cat refresh)" != "$before"
check_is "  the links are as they were" "$(readlink link links/inner | xargs) $(ls -A links)" "links/inner ../refresh inner"
check_status 0 with token
rm -r link links
run env "${all[@]}" HUBAUTH_REFRESH_TOKEN_FILE=<(cat refresh) "$BUILD/hubauth" token
check_is "where it cannot be written the token is given all the same" "$status" 0
check_stderr_has "WARNING"
check_stderr_has "may be dead"

# --- many at once: a refresh token that was replaced, sent again, would end the grant (T1)
# $1: case, then the command of each
crowd() {
    local title=$1 pids=() failed=0 pid
    shift
    reset_stats
    for i in {1..20}; do
        "$@" >"$TMP/crowd.$i" 2>"$TMP/crowd.err.$i" &
        pids+=("$!")
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
    check_is "$title: 20 processes at once all get a token (T1)" "$failed" 0 || cat "$TMP"/crowd.err.* | sed 's/^/# /'
    check_is "  each refreshed once, and none sent a token that was used up" \
        "$(stats '"\(.token_refresh_ok) \(.token_refresh_failed) \(.refresh_replayed)"')" "20 0 0"
    check_is "  each token works" "$(for i in {1..20}; do
        web -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $(cat "$TMP/crowd.$i")" "$EMU/account-info/2026-03/details"
    done | sort | uniq -c | xargs)" "20 200"
    check_status 0 "$@"
}
stop_emulator
start_emulator --auto-approve --rotate-refresh-tokens --replay-detection
foreign_refresh_token >refresh
all=(HUBAUTH_CLIENT_ID="$CLIENT_ID" HUBAUTH_CLIENT_SECRET_FILE="$TMP/cwd/secret" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/refresh"
    HUBAUTH_API_URL="$EMU")
crowd "a refresh token that changes" with token
check_is "  nothing is left beside the file" "$(echo refresh*)" "refresh refresh.bad"

# A process that waits long for its answer: nobody takes the lock from it.
reset_stats
fault '{"route": "/oauth/2026-03/token", "count": 1, "delay_ms": 600000}'
env "${all[@]}" "$BUILD/hubauth" token >"$TMP/first" 2>"$TMP/first.err" &
pid=$!
children+=("$pid")
wait_until "$pid" in_flight
with token >"$TMP/second" 2>"$TMP/second.err" &
second=$!
children+=("$second")
wait_until "$second" grep "waiting for the refresh" "$TMP/second.err"
clear_faults
check "a second process waits for the first, and has a token then" wait "$second"
check "the one that was first has its token, too" wait "$pid"
check_is "  none was sent twice" "$(stats .refresh_replayed)" 0

# An export that lasts: it takes what another has put there since.
fault '{"route": "/crm/objects/2026-03/contacts", "count": 1, "delay_ms": 600000, "status": 401}'
reset_stats
env "${all[@]}" "$BUILD/hubauth" export contacts --limit 3 >"$TMP/first" 2>"$TMP/first.err" &
pid=$!
children+=("$pid")
while kill -0 "$pid" && [ "$(stats .token_refresh_ok)" -lt 1 ]; do sleep 0.02; done 2>/dev/null
check_status 0 with token
clear_faults
check "a process whose refresh token another has replaced reads the new one" wait "$pid"
check_is "  it refreshed again, and none was sent twice" "$(stats '"\(.token_refresh_ok) \(.refresh_replayed)"')" "3 0"

# Somebody else than the file's owner cannot write it: the lock is beside it; nor its folder: it is said.
mkdir -m 700 theirs
cp secret refresh theirs
chmod 400 theirs/*
theirs=(HUBAUTH_CLIENT_ID="$CLIENT_ID" HUBAUTH_CLIENT_SECRET_FILE="$TMP/cwd/theirs/secret" HUBAUTH_API_URL="$EMU"
    HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/theirs/refresh")
as_owner() { env "${theirs[@]}" "$BUILD/hubauth" "$@"; }
if [ "$(id -u)" -eq 0 ]; then
    chown -R 65534:65534 theirs
    chmod 711 "$TMP" "$TMP/cwd"
    as_owner() { setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent "${theirs[@]}" "$BUILD/hubauth" "$@"; }
fi
if as_owner version >"$out" 2>&1; then
    crowd "a file that cannot be written in a folder that can" as_owner token
    check "  the lock is beside it" test -f theirs/refresh.lock
    rm theirs/refresh.lock
    chmod 500 theirs
    check_status 0 as_owner token
    check_stderr_has "safe only because HubSpot gives the same refresh token again"
    check_is "  which is said once" "$(grep -c "nothing can be locked" "$err")" 1
    check_stderr_has "WARNING"
    chmod 700 theirs
else
    skip "a lock beside the file" "user 65534 cannot run $BUILD/hubauth"
fi
rm -rf theirs

# --- a private-app token
stop_emulator
start_emulator --auto-approve
new_home
rm -rf "$HUBAUTH_HOME"
foreign_refresh_token >refresh
all=(HUBAUTH_CLIENT_ID="$CLIENT_ID" HUBAUTH_CLIENT_SECRET_FILE="$TMP/cwd/secret" HUBAUTH_REFRESH_TOKEN_FILE="$TMP/cwd/refresh"
    HUBAUTH_API_URL="$EMU")
PAT=$(with token 2>"$err")
pat() { env HUBSPOT_PRIVATE_APP_TOKEN="$PAT" HUBAUTH_API_URL="$EMU" "$BUILD/hubauth" "$@"; }
requests=$(stats .token_refresh_ok)
check_status 0 pat token
check_stdout "$PAT"
check_status 0 pat api /account-info/2026-03/details
check_is "  api" "$(json_get .portalId)" "$PORTAL"
check_status 0 pat export contacts --limit 2
check_status 0 pat status
check_stdout_has "chosen by: HUBSPOT_PRIVATE_APP_TOKEN"
check_stdout_has "does not expire"
check "  no secret in it" not grep -qF -e "$PAT" "$out"
check_is "nothing was refreshed" "$(stats .token_refresh_ok)" "$requests"
check_status 2 pat refresh
check_stderr_has "cannot be refreshed"
check_status 0 pat introspect
check_stdout_has "active     no" # it is an OAuth token: no private app has it
check_status 2 pat introspect --refresh-token
check_stderr_has "a private app has no refresh token"
check_status 8 pat login
check_stderr_has "no login"
expire_tokens
check_status 3 pat api /account-info/2026-03/details
check_stderr_has "HUBSPOT_PRIVATE_APP_TOKEN anew"
run env "${all[@]}" HUBSPOT_PRIVATE_APP_TOKEN="$PAT" "$BUILD/hubauth" token
check_is "both at once is an error" "$status" 2
run env HUBSPOT_PRIVATE_APP_TOKEN="$PAT" HUBAUTH_API_URL=https://evil.example "$BUILD/hubauth" status
check_stderr_has "secrets and calls go to evil.example, which is not HubSpot's"
# Another user of this machine may have the port: whoever sets the variable sends him the refresh token.
run pat status
check_stderr_has "secrets and calls go to ${EMU#http://}, which is not HubSpot's"
run env HUBSPOT_PRIVATE_APP_TOKEN="$PAT" "$BUILD/hubauth" status
check "  HubSpot's own host is not told of" test ! -s "$err"
# A token that a shell, or curl, would read as more than a token is printed for neither.
for format in env curl netrc; do
    # shellcheck disable=SC2016
    for odd in 'x$(id)' 'x"y' 'x\y' 'x`id`' 'x;y'; do
        run env HUBSPOT_PRIVATE_APP_TOKEN="$odd" "$BUILD/hubauth" token --format $format
        check_is "$format has no place for ${odd@Q}" "$status" 1
        check_stdout_empty
    done
    run env HUBSPOT_PRIVATE_APP_TOKEN=$'x\ny' "$BUILD/hubauth" token --format $format
    check_is "$format: what cannot be a token is not taken for one" "$status" 2
    check_stdout_empty
done

# --- what HubSpot knows of a private app's token
stop_emulator
KEY=pat-na1-canary-5f1e
start_emulator --auto-approve --private-app-token "$KEY"
PAT=$KEY
check_status 0 pat introspect --json
check_is "whose it is, and its scopes" "$(json_get '[.active, .hub_id, (.scopes | contains("crm.objects.contacts.read"))] | @csv')" \
    "true,$PORTAL,true"
check "  without the token" not grep -qF "$KEY" "$out" "$err"
check_status 0 pat introspect
check_stdout_has "account    $PORTAL"
PAT=pat-na1-unknown check_status 0 pat introspect
check_stdout_has "active     no"
info=/oauth/v2/private-apps/get/access-token-info
fault '{"route": "'$info'", "count": 1, "status": 404, "body": "html"}'
check_status 1 pat introspect
check "  a 404 of another kind says nothing of the token" not grep -q active "$out"
fault '{"route": "'$info'", "count": 1, "status": 503}'
check_status 6 pat introspect
fault '{"route": "'$info'", "count": 1, "status": 200, "body": "text", "text": "{\"hubId\": \"x\"}"}'
run pat introspect
check "  nor does an answer that is none" test "$status" -ne 0

# --- the environment afterwards: neither /proc nor a child has it (T11)
PAT=canary-private-app-token-0f3c
reset_stats
fault '{"route": "/account-info/2026-03/details", "count": 1, "delay_ms": 60000}'
env HUBSPOT_PRIVATE_APP_TOKEN="$PAT" HUBAUTH_API_URL="$EMU" "$BUILD/hubauth" api /account-info/2026-03/details >"$out" 2>"$err" &
pid=$!
children+=("$pid")
wait_until "$pid" in_flight
tr '\0' '\n' <"/proc/$pid/environ" >environ 2>/dev/null
if [ "$(id -u)" -eq 0 ]; then check "its environment can be read by root" test -s environ; fi
check "  and does not hold the token" not grep -qF "$PAT" environ
end_child "$pid"

# --- beside a vault
clear_faults
new_home
add_app test
login_auto || said
PAT=$(hubauth token)
hubauth refresh 2>/dev/null
check_status 0 pat status
check_stdout_has "chosen by: HUBSPOT_PRIVATE_APP_TOKEN"
check_status 0 pat status "$PORTAL"
check_stdout_has "chosen by: argument"
HUBAUTH_ACCOUNT=$PORTAL check_status 0 pat status
check_stdout_has "chosen by: HUBAUTH_ACCOUNT"
check_status 0 pat accounts
check_stdout_has "$PORTAL"
check_status 0 pat logout

plan
