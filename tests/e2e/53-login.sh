#!/usr/bin/env bash
# The login's receiver on the loopback interface: who may reach it, what it refuses, when it is open (B1 to B14, T6 to T8).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

SECOND_PORT=$(free_port)
SECOND=http://localhost:$SECOND_PORT/callback
start_emulator --auto-approve --redirect-url "$SECOND"
new_home
add_app test

# --- a redirect path for each issuer (A12)
other_server() { # $1: redirect URL, then more options
    hubauth app add other --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$1" --scope "$SCOPE" \
        --authorize-url https://id.example.com/auth --token-url https://id.example.com/token --issuer https://id.example.com
}
check_status 2 other_server "$REDIRECT" <<<"$CLIENT_SECRET"
check_stderr_has "$REDIRECT-other"
check_status 0 other_server "$REDIRECT-other" <<<"$CLIENT_SECRET"
check_status 0 hubauth app show other
check_stdout_has "issuer          https://id.example.com"
check_status 0 hubauth app show other --json
check_is "  and in JSON" "$(json_get .issuer)" https://id.example.com
check_status 0 hubauth app remove other

# Where the consent would send the browser, without going there.
approved() { web -o /dev/null -w '%{redirect_url}' "$LOGIN_URL"; }
# The status of a request to the receiver; $page has the answer, $head its headers.
page=$TMP/page
head=$TMP/head
ask() { web -o "$page" -D "$head" -w '%{http_code}' "$@" 2>/dev/null; }
is_open() { (exec 3<>"/dev/tcp/$1/$REDIRECT_PORT") 2>/dev/null; }
has_ipv6() { grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null; }
listeners() {
    local hex
    hex=$(printf ':%04X' "$REDIRECT_PORT")
    awk -v port="$hex" '$4 == "0A" && index($2, port) {print substr($2, 1, index($2, ":") - 1)}' /proc/net/tcp /proc/net/tcp6 |
        sort | tr '\n' ' '
}
closed() {
    if is_open 127.0.0.1; then not_ok "$1: the port is closed (B4)"; else ok "$1: the port is closed (B4)"; fi
}

# --- before and while it waits
closed "before"
login_start
state=$(url_part "$LOGIN_URL" state)
challenge=$(url_part "$LOGIN_URL" code_challenge)
check "state has at least 128 bits (A2)" test "${#state}" -ge 22
check_is "the challenge is a SHA-256 (A5)" "${#challenge}" 43
expected="0100007F "
has_ipv6 && expected="00000000000000000000000001000000 0100007F "
check_is "it listens on the loopback addresses alone (B1, B2)" "$(listeners)" "$expected"

# --- strangers
check_is "another path is 404 (B6)" "$(ask "http://localhost:$REDIRECT_PORT/favicon.ico")" 404
check_is "the root is 404 (B6)" "$(ask "http://localhost:$REDIRECT_PORT/")" 404
check_is "a longer path is 404 (B6)" "$(ask "$REDIRECT/more?code=x&state=$state")" 404
check_is "HEAD is 405 (B6)" "$(ask -I "$REDIRECT?code=x&state=$state")" 405
check_is "POST is 405 (B6)" "$(ask -X POST -d "code=x&state=$state" "$REDIRECT")" 405
check_is "OPTIONS is 405 (B13)" "$(ask -X OPTIONS -H "Origin: http://evil.example" "$REDIRECT?code=x&state=$state")" 405
check "  without CORS headers (B13)" not grep -qi '^access-control-' "$head"
code=$(ask -H "Host: evil.example" "$REDIRECT?code=x&state=$state")
check "another Host is refused (B7)" test "$code" = 421 -o "$code" = 403 -o "$code" = 400
code=$(ask -H "Host: evil.example:$REDIRECT_PORT" "$REDIRECT?code=x&state=$state")
check "another Host with our port is refused (B7)" test "$code" = 421 -o "$code" = 403 -o "$code" = 400
check_is "no state is 400 (A6)" "$(ask "$REDIRECT?code=x")" 400
check_is "a code twice is 400 (B9)" "$(ask "$REDIRECT?code=x&code=y&state=$state")" 400
check_is "a state twice is 400 (B9)" "$(ask "$REDIRECT?code=x&state=$state&state=$state")" 400
check_is "a state that is part of ours is 400 (A4)" "$(ask "$REDIRECT?code=x&state=${state%?}")" 400
check_is "an error with a wrong state is 400 (B8)" "$(ask "$REDIRECT?error=access_denied&state=wrong")" 400
bad=0
for ((i = 0; i < 100; i++)); do [ "$(ask "$REDIRECT?code=x&state=wrong$i")" = 400 ] || bad=$((bad + 1)); done
check_is "a hundred wrong states are 400 each (B8)" "$bad" 0
check_is "  they are counted, and the user is warned once (B8)" "$(grep -c 'many requests' "$TMP/login.err")" 1
# shellcheck disable=SC2016
if python3 - "$REDIRECT_PORT" <<'END'
import socket, sys
s = socket.socket()
for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT): s.setsockopt(socket.SOL_SOCKET, option, 1)
s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen()
END
then not_ok "nobody listens beside us (B3)"; else ok "nobody listens beside us (B3)"; fi 2>/dev/null
big=$(head -c 100000 /dev/zero | tr '\0' a)
code=$(ask -H "X-Big: $big" "$REDIRECT")
check "a header of 100 kB is refused (B12)" test "$code" = 431 -o "$code" = 400 -o "$code" = 000
# Many more than the 16 connections that the receiver has. It is held up meanwhile, as by a busy machine, and finds places
# taken whose bytes it has not read yet.
kill -STOP "$LOGIN_PID"
slow=()
for ((i = 0; i < 40; i++)); do
    exec {fd}<>"/dev/tcp/127.0.0.1/$REDIRECT_PORT" && slow+=("$fd")
    printf 'GET /callback?code=' >&"$fd"
done
kill -CONT "$LOGIN_PID"

# --- the right one, with all places taken by slow clients
location=$(approved)
fault '{"route": "/oauth/2026-03/token", "count": 1, "delay_ms": 600000}'
reset_stats
ask "$location" >"$TMP/first" &
first=$!
wait_until "$first" in_flight
check_is "the same answer again, while its code is exchanged, is 400 (A3)" "$(page=$TMP/again head=$TMP/again.head ask "$location")" 400
clear_faults
wait "$first"
check_is "the right answer is taken all the same (B6, B8, B12)" "$(cat "$TMP/first")" 200
login_end
check_is "and login exits 0" "$status" 0 || said
evicted=0
for fd in "${slow[@]:0:16}"; do # whoever ran into the time-out was told so
    answer=
    read -r answer <&"$fd" 2>/dev/null
    [ -n "$answer" ] || evicted=$((evicted + 1))
done
check "  slow clients made room for it, not by their time-out (B12)" test "$evicted" -gt 0
for fd in "${slow[@]}"; do exec {fd}>&-; done
for header in "referrer-policy: no-referrer" "cache-control: no-store" "content-security-policy: default-src 'none'" \
    "x-content-type-options: nosniff" "x-frame-options: deny"; do
    check "  the page has $header (B11)" grep -qiF "$header" "$head"
done
check "  and loads nothing (B11)" not grep -qiE '(src|href)="?(https?:)?//' "$page"
closed "after success"
run hubauth token
token=$(cat "$out")

# --- second use
check_is "the same answer once more finds nobody (A3)" "$(ask "$location")" 000

# --- two logins differ
login_start
check "another login has another state (A2)" test "$(url_part "$LOGIN_URL" state)" != "$state"
check "and another challenge (A5)" test "$(url_part "$LOGIN_URL" code_challenge)" != "$challenge"

# --- what the provider says reaches no terminal and no page as it is
nasty='%3Cscript%3Ealert(1)%3C/script%3E%1b%5b31mred%07'
code=$(ask "$REDIRECT?error=access_denied&error_description=$nasty&state=$(url_part "$LOGIN_URL" state)")
login_end
check_is "a denial ends the login with 4" "$status" 4 || said
check "  the page has no script of the provider's (B10)" not grep -q '<script>alert' "$page"
check "  the terminal gets no control characters (B10)" not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$err"
check "  and the page says what happened" test "$code" -ge 200 -a -s "$page"
closed "after a denial"
login_start
long=$(head -c 6000 /dev/zero | tr '\0' x)
ask "$REDIRECT?error=server_error&error_description=$long&state=$(url_part "$LOGIN_URL" state)" >/dev/null
login_end
check "a long error text is cut (B10)" test "$(wc -c <"$err")" -lt 4000
check_is "  and is a failure" "$status" 1 || said

login_start
code=$(ask "$REDIRECT?state=$(url_part "$LOGIN_URL" state)")
login_end
check_is "our state without code or error is a failure" "$code $status" "400 1" || said

# --- the time limit is for who is awaited, not for the exchange: the code is used up by then
fault '{"route": "/oauth/2026-03/token", "count": 1, "delay_ms": 6000}'
login_auto --timeout 5s
check_is "an exchange that takes longer than --timeout is waited for" "$status" 0 || said

# --- nobody comes; cancelled
check_status 3 hubauth login --no-browser --timeout 1s
check_stderr_has "1 s"
closed "after the time-out"
login_start
kill -INT "$LOGIN_PID"
login_end
check "interrupted: it ends" test "$status" -ne 0
closed "after an interruption"

# --- by hand
paste_login() { # $1: what is pasted; LOCATION stands for the right answer
    local fd answer
    mkfifo "$TMP/typed"
    exec {fd}<>"$TMP/typed"
    "$BUILD/hubauth" login --paste <&"$fd" >"$out" 2>"$err" &
    LOGIN_PID=$!
    children+=("$LOGIN_PID")
    wait_until "$LOGIN_PID" grep -q '^http' "$out" "$err"
    LOGIN_URL=$(grep -hoE "http://localhost:$EMU_PORT/oauth/[^ ]*" "$out" "$err" | head -n 1)
    answer=$1
    [ "$answer" != LOCATION ] || answer=$(approved)
    printf '%s\n' "$answer" >&"$fd"
    exec {fd}>&-
    wait "$LOGIN_PID"
    status=$?
    rm "$TMP/typed"
}
paste_login LOCATION
check_is "--paste takes the redirect URL from stdin (T6)" "$status" 0 || said
for wrong in "http://localhost:$REDIRECT_PORT/other?code=x&state=y" "http://evil.example/callback?code=x&state=y" \
    "https://localhost:$REDIRECT_PORT/callback?code=x&state=y" "$REDIRECT?code=x&state=wrong" "just-a-code" ""; do
    paste_login "$wrong"
    check "--paste refuses \"$wrong\" (B14)" test "$status" -ne 0
done
run hubauth token
check "the account is still there after all that" test "$status" -eq 0

# --- the browser
cat >"$TMP/browser" <<END
#!/bin/sh
# Connects at once, and notes how it was called.
printf '%s\n' "\$#" "\$1" >"$TMP/browser.args"
ls -l /proc/self/fd >"$TMP/browser.fds"
cat /proc/self/status >"$TMP/browser.status"
helper=\$PPID
login=\$(sed -nE 's/^PPid:[[:space:]]*//p' "/proc/\$helper/status")
cat "/proc/\$login/status" >"$TMP/login.status"
env >"$TMP/browser.env"
curl -q -sS -L -o "$TMP/browser.page" "\$1"
END
chmod +x "$TMP/browser"
descriptors() { sed -nE 's/.* ([0-9]+) -> .*/\1/p' "$TMP/browser.fds" | tr '\n' ' '; }
BROWSER=$TMP/browser check_status 0 hubauth login --app test
check_is "the browser gets one argument (A9)" "$(head -n 1 "$TMP/browser.args")" 1
check "  and finds the receiver open at once (B5)" grep -q Connected "$TMP/browser.page"
check "  which is the URL" grep -q "^$EMU/oauth/authorize?" "$TMP/browser.args"
check_is "  and no descriptor but 0 to 2 (E5)" "$(descriptors)" "0 1 2 3 " # 3 is that of ls
check "  and may gain privileges, as its sandbox has to" grep -qE 'NoNewPrivs:[[:space:]]*0' "$TMP/browser.status"
check "  which a login itself may not (E2)" grep -qE 'NoNewPrivs:[[:space:]]*1' "$TMP/login.status"
check "  and no secrets in its environment" not grep -qF "$CLIENT_SECRET" "$TMP/browser.env"

# --- the port is taken
add_second() {
    hubauth app add second --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" --redirect-url "$SECOND" \
        --scope "$SCOPE" --api-url "$EMU" --app-url "$EMU" <<<"$CLIENT_SECRET"
}
squatter() { # $1: address
    exec {SQUATTER}< <(exec python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind((sys.argv[1], int(sys.argv[2]))); s.listen(); print("ready", flush=True)
while True: s.accept()[0].close()' "$1" "$REDIRECT_PORT")
    SQUATTER_PID=$!
    children+=("$SQUATTER_PID")
    read -r _ <&"$SQUATTER"
}
for address in 127.0.0.1 ::1; do
    if [ $address = ::1 ] && ! has_ipv6; then
        skip "a squatter on $address stops the login" "no IPv6 here"
        continue
    fi
    squatter $address
    rm -f "$TMP/browser.args"
    BROWSER=$TMP/browser check_status 6 hubauth login
    check_stderr_has "port $REDIRECT_PORT is taken by python3 (process $SQUATTER_PID)"
    check_stderr_has "hubauth login --app test --paste"
    check "  and no browser was opened (B2, T7)" test ! -e "$TMP/browser.args"
    check "  nor was an address shown before the port was ours (B5)" not grep -q "/oauth/authorize" "$out" "$err"
    check_status 0 add_second
    login_auto --app second --timeout 1m
    check_is "  an app with a second URL takes that (T7)" "$status" 0 || said
    check_stderr_has "port $REDIRECT_PORT is taken by python3 (process $SQUATTER_PID); waiting on port $SECOND_PORT instead"
    check_status 0 hubauth logout second
    check_status 0 hubauth app remove second
    end_child "$SQUATTER_PID"
    exec {SQUATTER}<&-
done
run hubauth token
check "the account is as it was" test "$status" -eq 0 -a -n "$token"

# --- an answer for one issuer at the place of another (A12)
check_status 0 other_server "$REDIRECT-other" <<<"$CLIENT_SECRET"
login_start --app test
state=$(url_part "$LOGIN_URL" state)
check_is "the answer at the other issuer's path is 404 (A12)" "$(ask "$REDIRECT-other?code=x&state=$state")" 404
check_is "  and in another issuer's name ends the login (A13)" "$(ask "$REDIRECT?code=x&state=$state&iss=https://id.example.com")" 400
login_end
check_is "  with exit 1" "$status" 1 || said
check_stderr_has "iss: https://id.example.com"
check_status 0 hubauth app remove other

# --- less is granted than was asked for (A8)
less_granted() { # $1: scopes of the answer, as JSON
    fault "$(jq -nc --argjson scopes "$1" --argjson hub "$PORTAL" '{route: "/oauth/2026-03/token", count: 1, body: "text", text:
        ({token_type: "bearer", access_token: "a-token", refresh_token: "r-token", expires_in: 1800, hub_id: $hub, scopes: $scopes} | tojson)}')"
}
less_granted '["oauth"]'
login_auto --app test
check_is "a required scope is missing: exit 7 (A8)" "$status" 7 || said
check_stderr_has "Not granted: crm.objects.contacts.read"
check "  the browser is told" grep -q "Not granted: crm.objects.contacts.read" "$TMP/login.page"
check_status 0 hubauth status
check_stdout_has "not granted    crm.objects.contacts.read"
check_status 0 hubauth status --json
check_is "  and in JSON" "$(json_get .scopes_missing)" crm.objects.contacts.read
add_app optional --optional-scope "content crm.lists.read"
less_granted '["oauth","crm.objects.contacts.read","content"]'
login_auto --app optional
check_is "an optional scope is missing: exit 0 (A8)" "$status" 0 || said
check_stderr_has "Not granted: crm.lists.read"

# --- an installation that begins in the marketplace
install_start() { # then as login_start
    "$BUILD/hubauth" login --app test --marketplace "$@" >"$out" 2>"$TMP/login.err" &
    LOGIN_PID=$!
    children+=("$LOGIN_PID")
    exec {LOGIN_FD}</dev/null
    while ! is_open 127.0.0.1 && kill -0 "$LOGIN_PID" 2>/dev/null; do sleep 0.02; done
}
check_status 2 hubauth login --app test --marketplace
check_stderr_has "--portal"
install_start --portal "$PORTAL"
reset_stats
check_is "before HubSpot has called no answer is taken" "$(ask "$REDIRECT?code=x&state=x")" 400
for evil in https://evil.example/ https://evilhubspot.com/ http://app.hubspot.com/ "https://app.hubspot.com@evil.example/"; do
    check_is "nobody is sent to $evil (G9)" "$(ask -G --data-urlencode "returnUrl=$evil" "$REDIRECT")" 400
done
begin=$(web -o /dev/null -w '%{redirect_url}' "$EMU/_emulator/marketplace/install?client_id=$CLIENT_ID&redirect_uri=$REDIRECT")
check_is "HubSpot's call is sent back" "$(ask "$begin")" 302
check "  to HubSpot, with a state" grep -qiE "^location: $EMU/.*[?&]state=[A-Za-z0-9_-]{43}" "$head"
check "  by an answer that nobody keeps" grep -qi "^cache-control: no-store" "$head"
check_is "a wrong state is 400 (B8)" "$(ask "$REDIRECT?code=x&state=wrong")" 400
web -L -o "$TMP/login.page" "$begin"
login_end
check_is "an installation from the marketplace connects" "$status" 0 || said
check "  the browser says so" grep -q "is connected" "$TMP/login.page"
install_start --portal 7654321
web -L -o "$TMP/login.page" "$begin"
login_end
check_is "one of another account than --portal does not" "$status" 1 || said
check_stderr_has "account 7654321 was asked for and account $PORTAL connected"
login_start --app test
check_is "an ordinary login gives its state to nobody" "$(ask "$begin")" 400
check "  no header and no page has it" not grep -qF "$(url_part "$LOGIN_URL" state)" "$head" "$page"
kill -INT "$LOGIN_PID"
login_end

plan
