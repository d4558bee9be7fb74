# shellcheck shell=bash disable=SC2034,SC2120
# What the end-to-end scripts share. Each is called with the build folder as its argument, begins with
#     . "$(dirname "$0")/lib.sh"
# speaks TAP and ends with `plan`. It has a temporary folder, HOME and HUBAUTH_HOME of its own, and leaves nothing
# behind, neither files nor processes.
#
#   check TEXT COMMAND…             a case: the command succeeds
#   check_status CODE COMMAND…      a case: the command exits with CODE; its output is kept for the checks after it
#   check_stdout TEXT               a case: the last command printed exactly that
#   check_stdout_has/_stderr_has T  a case: the text stands in it
#   run COMMAND…                    no case: sets $status, and $out and $err, the files with what it printed
#   wait_until PID COMMAND…         no case: waits until the command succeeds, or the process is no more
#
#   connect [OPTIONS]               an emulator, a vault, an app and an account of it; in steps: start_emulator, new_home,
#                                   add_app, login_auto
#   fault JSON, clear_faults        what the emulator does wrong (docs/emulator.md)
#   stats FILTER, reset_stats       what it has counted

set -u -o pipefail
export LC_ALL=C.UTF-8

BUILD=${1:?usage: $0 BUILD-FOLDER}
BUILD=$(cd "$BUILD" && pwd) || exit 1
E2E=$(cd "$(dirname "$0")" && pwd)
export BUILD E2E

CLIENT_ID=11111111-1111-4111-8111-111111111111
CLIENT_SECRET=22222222-2222-4222-8222-222222222222
PORTAL=1234567
SCOPE="oauth crm.objects.contacts.read"

TMP=$(mktemp -d "${TMPDIR:-/tmp}/hubauth-e2e.XXXXXX")
out=$TMP/out
err=$TMP/err
status=0
: >"$out"
: >"$err"
export HOME=$TMP/home BROWSER=false
mkdir -p "$HOME" "$TMP/cwd"
cd "$TMP/cwd" || exit 1
unset HUBAUTH_ACCOUNT HUBAUTH_HOME HUBAUTH_PASSPHRASE_FILE DISPLAY WAYLAND_DISPLAY
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# ------------------------------------------------------------------ processes

children=()

# Ends a child of ours and waits for it.
end_child() {
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

cleanup() {
    local pid
    trap - EXIT INT TERM
    for pid in "${children[@]}"; do end_child "$pid"; done
    cd / && rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# ------------------------------------------------------------------ TAP

cases=0
failures=0

ok() {
    cases=$((cases + 1))
    printf 'ok %d - %s\n' "$cases" "$1"
}

# $1: the case, $2…: lines that explain
not_ok() {
    cases=$((cases + 1))
    failures=$((failures + 1))
    printf 'not ok %d - %s\n' "$cases" "$1"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
    [ -z "${STOP_AT_FAILURE:-}" ] || plan # for tests/guards/run, which asks no more than whether one fails
}

skip() {
    cases=$((cases + 1))
    printf 'ok %d - %s # SKIP %s\n' "$cases" "$1" "$2"
}

plan() {
    printf '1..%d\n' "$cases"
    [ "$failures" -eq 0 ]
    exit
}

# A case that nothing after it can do without.
bail() {
    not_ok "$@"
    plan
}

# What the last command printed, for a case that failed.
said() {
    sed 's/^/# stdout: /' "$out" | head -n 20
    sed 's/^/# stderr: /' "$err" | head -n 20
}

run() {
    "$@" >"$out" 2>"$err"
    status=$?
}

not() { ! "$@"; }

check() {
    local text=$1
    shift
    if "$@" >/dev/null; then ok "$text"; else
        not_ok "$text" "failed: $*"
        return 1
    fi
}

check_is() {
    local text=$1
    if [ "$2" = "$3" ]; then ok "$text"; else
        not_ok "$text" "expected: $3" "     got: $2"
        return 1
    fi
}

check_status() {
    local want=$1 text
    shift
    text="$*"
    text=${text//$TMP/…}
    text=${text:0:120}
    run "$@"
    if [ "$status" -eq "$want" ]; then ok "$text: exit $want"; else
        not_ok "$text: exit $want" "exit status $status"
        said
        return 1
    fi
}

check_stdout() {
    if [ "$(cat "$out")" = "$1" ]; then ok "  stdout is \"${1:0:60}\""; else
        not_ok "  stdout is \"$1\""
        said
        return 1
    fi
}

file_has() {
    if grep -qF -e "$3" "$1"; then ok "  $2 says \"$3\""; else
        not_ok "  $2 says \"$3\""
        said
        return 1
    fi
}

check_stdout_has() { file_has "$out" stdout "$1"; }
check_stderr_has() { file_has "$err" stderr "$1"; }

check_stdout_empty() {
    if [ ! -s "$out" ]; then ok "  stdout is empty"; else
        not_ok "  stdout is empty"
        said
        return 1
    fi
}

# ------------------------------------------------------------------ the programs

hubauth() { "$BUILD/hubauth" "$@"; }
sanitized() { nm -D "$BUILD/hubauth" 2>/dev/null | grep -q __asan_init || readelf -d "$BUILD/hubauth" | grep -q libasan; }
web() { curl -q -sS --max-time 120 "$@"; }
json_get() { jq -r "$1" "${2:-$out}"; } # $1: jq filter, $2: file

# A port that nobody listens on, outside the range from which the kernel gives ephemeral ones.
free_port() {
    local port hex
    while :; do
        port=$((10000 + (RANDOM * 32768 + RANDOM) % 20000))
        hex=$(printf ':%04X ' "$port")
        if ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '{print $2 " "}' | grep -q "$hex"; then
            echo "$port"
            return
        fi
    done
}

# Starts an emulator with a registered redirect URL of this script's own. Sets EMU, EMU_PORT, EMU_PID, REDIRECT, REDIRECT_PORT.
start_emulator() {
    local line fd
    REDIRECT_PORT=$(free_port)
    REDIRECT=http://localhost:$REDIRECT_PORT/callback
    exec {fd}< <(exec "$BUILD/hubauth-emulator" --port 0 --redirect-url "$REDIRECT" "$@" 2>>"$TMP/emulator.err")
    EMU_PID=$!
    children+=("$EMU_PID")
    if ! read -r line <&"$fd" || [[ $line != "listening on http://localhost:"* ]]; then
        bail "the emulator starts" "it said: ${line:-nothing}" "$(cat "$TMP/emulator.err")"
    fi
    exec {fd}<&-
    EMU=${line#listening on }
    EMU_PORT=${EMU##*:}
}

stop_emulator() { end_child "$EMU_PID"; }

# Waits until a command succeeds, or until the process $1 is no more: a test whose guard is gone fails and does not hang.
wait_until() {
    until "${@:2}" >/dev/null 2>&1; do
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.02
    done
}
stats() { web "$EMU/_emulator/stats" | jq -r "$1"; } # $1: jq filter, as .token_refresh_ok
in_flight() { [ "$(stats .in_flight_max)" -ge 1 ]; } # a request is, or was, at the emulator since reset_stats
expire_tokens() { web -X POST "$EMU/_emulator/expire-access-tokens" >/dev/null; }
reset_stats() { web -X POST "$EMU/_emulator/reset-stats" >/dev/null; }

# An empty HUBAUTH_HOME with a vault in it.
new_home() {
    HUBAUTH_HOME=$(mktemp -d "$TMP/home.XXXXXX")
    export HUBAUTH_HOME
    run hubauth init --key "file:$HUBAUTH_HOME/key"
    [ "$status" -eq 0 ] || { said; bail "hubauth init"; }
}

# An app for the running emulator. $1: its name, then more options
add_app() {
    local name=$1
    shift
    run hubauth app add "$name" --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$REDIRECT" \
        --scope "$SCOPE" --api-url "$EMU" --app-url "$EMU" "$@" <<<"$CLIENT_SECRET"
    [ "$status" -eq 0 ] || { said; bail "hubauth app add $name"; }
}

# Starts `hubauth login --no-browser …` and waits for its URL. Sets LOGIN_PID and LOGIN_URL; $TMP/login.err has its stderr.
login_start() {
    local fd
    exec {fd}< <(exec "$BUILD/hubauth" login --no-browser "$@" 2>"$TMP/login.err")
    LOGIN_PID=$!
    children+=("$LOGIN_PID")
    LOGIN_URL=
    IFS= read -r LOGIN_URL <&"$fd"
    LOGIN_FD=$fd
    [ -n "$LOGIN_URL" ]
}

# Waits for the end of login_start()'s process: $status, $out (what followed the URL), $err.
login_end() {
    cat <&"$LOGIN_FD" >"$out"
    exec {LOGIN_FD}<&-
    wait "$LOGIN_PID"
    status=$?
    cp "$TMP/login.err" "$err"
}

# A whole login at an emulator with --auto-approve. $TMP/login.page has what the browser saw last.
login_auto() {
    if login_start "$@"; then web -L -o "$TMP/login.page" "$LOGIN_URL"; fi
    login_end
    [ "$status" -eq 0 ]
}

# Vault, app and account at a new emulator: what most scripts begin with. The arguments go to the emulator.
connect() {
    start_emulator --auto-approve "$@"
    new_home
    add_app test
    login_auto || { said; bail "login"; }
}

# Starts a process that listens on a socket and never answers, and sets SILENT_PID. $1: the path of a local socket
start_silent() {
    local fd
    exec {fd}< <(exec python3 -c 'import os, socket, sys, time
os.umask(0o177)
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("listening", flush=True)
time.sleep(3600)' "$1")
    SILENT_PID=$!
    children+=("$SILENT_PID")
    read -r _ <&"$fd"
    exec {fd}<&-
}

# ------------------------------------------------------------------ the emulator's tokens and faults

# POST /_emulator/fault with the JSON in $1.
fault() { web -f -X POST -H "Content-Type: application/json" -d "$1" "$EMU/_emulator/fault" >/dev/null; }
clear_faults() { web -X POST "$EMU/_emulator/clear-faults" >/dev/null; }

# The part $2 of a URL's query, decoded.
url_part() {
    local value
    value=$(sed -nE "s/^[^?]*\?(.*&)?$2=([^&#]*).*/\2/p" <<<"$1")
    value=${value//+/ }
    printf '%b' "${value//%/\\x}"
}

# Consents at the auto-approving emulator without hubauth and prints the answer with the tokens. $1…: more of the
# authorization request, as options of curl
foreign_grant() {
    local location
    location=$(web -o "$TMP/foreign" -w '%{redirect_url}' -G "$EMU/oauth/authorize" --data-urlencode "client_id=$CLIENT_ID" \
        --data-urlencode "redirect_uri=$REDIRECT" --data-urlencode "scope=$SCOPE" "$@")
    web "$EMU/oauth/2026-03/token" -d grant_type=authorization_code -d "client_id=$CLIENT_ID" \
        -d "client_secret=$CLIENT_SECRET" --data-urlencode "redirect_uri=$REDIRECT" \
        --data-urlencode "code=$(url_part "$location" code)"
}
foreign_refresh_token() { foreign_grant | jq -r .refresh_token; } # as good as any

# A login whose access token $1 lives for $2 seconds. $FOREIGN_REFRESH is its refresh token, which works.
login_with_token() {
    local answer
    FOREIGN_REFRESH=$(foreign_refresh_token)
    answer=$(jq -nc --arg access "$1" --arg refresh "$FOREIGN_REFRESH" --argjson life "$2" --argjson hub "$PORTAL" \
        --arg scope "$SCOPE" '{token_type: "bearer", access_token: $access, refresh_token: $refresh, expires_in: $life,
            hub_id: $hub, scopes: ($scope / " "), token_use: "access_token"}')
    fault "$(jq -nc --arg text "$answer" '{route: "/oauth/2026-03/token", count: 1, body: "text", text: $text}')"
    login_auto || { said; bail "login"; }
}
