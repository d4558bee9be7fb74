#!/usr/bin/env bash
# The login's receiver on the loopback interface: who may reach it, what it refuses, when it is open (B1 to B14, T6 to T8).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

start_emulator --auto-approve
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
big=$(head -c 100000 /dev/zero | tr '\0' a)
code=$(ask -H "X-Big: $big" "$REDIRECT")
check "a header of 100 kB is refused (B12)" test "$code" = 431 -o "$code" = 400 -o "$code" = 000
slow=()
for i in 1 2 3; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$REDIRECT_PORT" && slow+=("$fd")
    printf 'GET /callback?code=' >&"$fd"
done

# --- the right one, with three slow clients open
location=$(approved)
check_is "the right answer is taken all the same (B6, B8, B12)" "$(ask "$location")" 200
for fd in "${slow[@]}"; do exec {fd}>&-; done
login_end
check_is "and login exits 0" "$status" 0 || said
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
    while ! grep -q '^http' "$out" "$err"; do
        kill -0 "$LOGIN_PID" 2>/dev/null || break
        sleep 0.02
    done
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
env >"$TMP/browser.env"
curl -q -sS -L -o "$TMP/browser.page" "\$1"
END
chmod +x "$TMP/browser"
"$TMP/browser" "$EMU/_emulator/stats"
descriptors() { sed -nE 's/.* ([0-9]+) -> .*/\1/p' "$TMP/browser.fds" | tr '\n' ' '; }
usual=$(descriptors)
BROWSER=$TMP/browser check_status 0 hubauth login
check_is "the browser gets one argument (A9)" "$(head -n 1 "$TMP/browser.args")" 1
check "  and finds the receiver open at once (B5)" grep -q Connected "$TMP/browser.page"
check "  which is the URL" grep -q "^$EMU/oauth/authorize?" "$TMP/browser.args"
check_is "  and no descriptors of ours (E5)" "$(descriptors)" "$usual"
check "  and no secrets in its environment" not grep -qF "$CLIENT_SECRET" "$TMP/browser.env"

# --- the port is taken
squatter() { # $1: address
    exec {SQUATTER}< <(exec python3 -c '
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind((sys.argv[1], int(sys.argv[2]))); s.listen(); print("ready", flush=True); time.sleep(3600)' "$1" "$REDIRECT_PORT")
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
    check_stderr_has "$REDIRECT_PORT"
    check "  and no browser was opened (B2, T7)" test ! -e "$TMP/browser.args"
    end_child "$SQUATTER_PID"
    exec {SQUATTER}<&-
done
run hubauth token
check "the account is as it was" test "$status" -eq 0 -a -n "$token"

plan
