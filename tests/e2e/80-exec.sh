#!/usr/bin/env bash
# hubauth exec: a token for one program and nobody else (E4, E5), and no process of ours in between; the recipes for curl.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"

connect --contacts 5
hubauth token >"$TMP/token"
TOKEN=$(cat "$TMP/token")

# ------------------------------------------------------------------ what the program gets

check_status 0 hubauth exec -- sh -c 'echo "$HUBSPOT_ACCESS_TOKEN|$HUBSPOT_PORTAL_ID|$HUBSPOT_API_URL"'
check_is "token, account and address are in its environment (E4)" "$(cat "$out")" "$TOKEN|$PORTAL|$EMU"
check_status 0 hubauth exec "$PORTAL" --variable MY_TOKEN -- sh -c 'echo "$MY_TOKEN|$HUBSPOT_ACCESS_TOKEN"'
check_is "  in another variable, if wished" "$(cat "$out")" "$TOKEN|"
HUBSPOT_ACCESS_TOKEN=stale HUBSPOT_API_KEY=stale HUBSPOT_PERSONAL_ACCESS_KEY=stale HUBSPOT_REFRESH_TOKEN=stale \
    HUBSPOT_CLIENT_SECRET=stale HUBSPOT_PAT=stale HUBSPOT_PASSWORD=stale PRIVATE_APP_ACCESS_TOKEN=stale HAPIKEY=stale HUBSPOT_PORTAL_ID=stale HUBSPOT_API_URL=stale \
    HUBSPOT_OTHER=kept run hubauth exec -- env
check "inherited credentials are not passed on (E4)" not grep -q stale "$out"
check "  and what is none, is" grep -qx HUBSPOT_OTHER=kept "$out"
check_is "  one token, once" "$(grep -cF "$TOKEN" "$out")" 1
HUBAUTH_ACCESS_TOKEN=x HUBAUTH_REFRESH_TOKEN=x run hubauth exec "$PORTAL" -- env
check "  nor those of hubauth" not grep -q '^HUBAUTH_.*TOKEN=' "$out"

exec 7<"$TMP/token"
check_status 0 hubauth exec -- sh -c 'ls /proc/self/fd'
exec 7<&-
check_is "descriptors 0 to 2, and the one of ls (E5)" "$(xargs <"$out")" "0 1 2 3"
check_status 0 hubauth exec -- grep -E '^(NoNewPrivs|SigIgn|SigBlk):' /proc/self/status
check_is "it may gain privileges, and ignores no signal" "$(awk '{print $2}' "$out" | sort -u | xargs)" "$(grep -E '^(NoNewPrivs|SigIgn|SigBlk):' /proc/self/status | awk '{print $2}' | sort -u | xargs)"
check_status 0 hubauth exec -- cat <<<"through"
check_stdout through
check_status 0 hubauth exec -- printf '%s,' --min-ttl -- -x
check_stdout "--min-ttl,--,-x,"

# ------------------------------------------------------------------ no process in between

"$BUILD/hubauth" exec -- sleep 600 &
pid=$!
children+=("$pid")
until [ "$(cat /proc/$pid/comm 2>/dev/null)" = sleep ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
check_is "the program has our place" "$(cat /proc/$pid/comm)" sleep
check "  no argument holds the token" not grep -qaF "$TOKEN" /proc/$pid/cmdline
kill -TERM $pid
wait $pid 2>/dev/null
check_is "  a signal ends it" $? 143
for code in 0 1 7 42; do check_status "$code" hubauth exec -- sh -c "exit $code"; done
check_status 127 hubauth exec -- "$TMP/no-such-program"
check_stderr_has "cannot be run"
check_status 126 hubauth exec -- "$TMP/token"
check_status 2 hubauth exec env
check_stderr_has "hubauth exec -- env"
check_status 2 hubauth exec
check_status 2 hubauth exec --
check_status 2 hubauth exec "$PORTAL" env -- env
check_status 2 hubauth exec --variable 'A=B' -- env
check_status 2 hubauth exec --variable HUBSPOT_API_URL -- true
check_stdout_empty
check_stderr_has "HUBSPOT_API_URL is given to the command anyway, with HubSpot's address"
check_status 2 hubauth exec --variable HUBSPOT_PORTAL_ID -- true
check_status 2 hubauth exec --variable PATH -- true
check_stderr_has "a token in PATH would change which programs are run"
check_status 2 hubauth exec --variable LD_PRELOAD -- true
check_status 2 hubauth exec no-such-account -- env

# ------------------------------------------------------------------ a token that lives

reset_stats
check_status 0 hubauth exec --min-ttl 25m -- true
check_is "a token that lives is taken" "$(stats .token_refresh_ok)" 0
check_status 0 hubauth exec --min-ttl 30m -- sh -c 'echo "$HUBSPOT_ACCESS_TOKEN"'
check_is "one that does not live long enough is refreshed" "$(stats .token_refresh_ok)" 1
check "  and the new one is handed over" test "$(cat "$out")" != "$TOKEN"
web -X POST "$EMU/_emulator/uninstall" >/dev/null
check_status 3 hubauth exec --min-ttl 30m -- touch "$TMP/ran"
check "a program without a token does not run" test ! -e "$TMP/ran"

# ------------------------------------------------------------------ recipes that keep it out of arguments (E3)

login_auto || { said; bail "login"; }
URL=$EMU/account-info/2026-03/details
run curl -q -sS -f -K <(hubauth token --format curl) "$URL"
check_is "curl -K <(hubauth token --format curl)" "$status $(jq .portalId "$out")" "0 $PORTAL"
hubauth token --format header | curl -q -sS -f -H @- "$URL" >"$out" 2>"$err"
check_is "hubauth token --format header | curl -H @-" "$(jq .portalId "$out")" "$PORTAL"
hubauth token --format env >"$TMP/env"
check_is "eval of --format env" "$(env -i sh -c '. "$1"; echo "$HUBSPOT_ACCESS_TOKEN"' sh "$TMP/env")" "$(hubauth token)"
# Word for word as --help has it, by a POSIX shell.
printf -- '-sS\n-f\n' >"$TMP/.curlrc"
CURL_HOME=$TMP run eval "$(hubauth exec --help | grep 'exec -- sh -c')"
check_is "the example of --help with curl" "$status" 0
check_stdout_has '"portalId":1234567'

plan
