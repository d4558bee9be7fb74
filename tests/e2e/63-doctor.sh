#!/usr/bin/env bash
# hubauth doctor (T17): each thing is broken in turn; the finding and the command that mends it must appear, and the
# command must mend it where it can be run. Nothing is ever refreshed.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

SECRET="canary-client-secret-7d1f5a0c9be24c3f"
CLIENT_SECRET=$SECRET
unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE SSLKEYLOGFILE
connect --client-secret "$SECRET"

# ------------------------------------------------------------------ helpers

: >"$TMP/all" # everything that was ever said
doctor() {
    run hubauth doctor --json "$@"
    cat "$out" "$err" >>"$TMP/all"
    cp "$out" "$TMP/findings"
}

# The findings of check $1 with severity $2 whose text has $3.
findings() {
    jq -c --arg c "$1" --arg s "$2" --arg t "$3" \
        '.findings[] | select(.check == $c and .severity == $s and (.text | contains($t)))' "$TMP/findings"
}

# A case: there is such a finding. Sets $command to its command, and leaves $command alone when it is well.
found() {
    local it
    it=$(findings "$1" "$2" "$3" | head -n 1)
    [ "$2" = ok ] || command=$(jq -r '.command // ""' <<<"$it")
    if [ -n "$it" ]; then ok "finds $1, $2: $3"; else
        not_ok "finds $1, $2: $3" "$(jq -r '.findings[] | "\(.severity) \(.check) \(.text)"' "$TMP/findings" 2>&1)"
        sed 's/^/# stderr: /' "$err"
        return 1
    fi
}

found_with() { # $4: the whole command
    found "$1" "$2" "$3" && check_is "  and says how to mend it" "$command" "$4"
}

lost() { check "  then $1 is no $2" test -z "$(findings "$1" "$2" "")"; }

# A case: no error, no warning.
sound() {
    check_is "${1:-all is well again}" "$(jq -r '.findings[] | select(.severity == "error" or .severity == "warning").text' \
        "$TMP/findings")" ""
    check_is "  exit 0" "$status" 0
}

mend() { check "  the command does it: ${command//$TMP/…}" eval "$command"; }

vault_bytes() { sha256sum <"$HUBAUTH_HOME/vault.db"; }
questions() { stats '[.token_refresh_ok, .token_refresh_failed, .token_code_ok]'; }

# Runs SQL on the vault, as something other than hubauth might.
sql() {
    python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute(sys.argv[2])
db.commit()' "$HUBAUTH_HOME/vault.db" "$1"
}

# ------------------------------------------------------------------ a set-up that is well

before=$(vault_bytes) asked=$(questions)
doctor
sound "nothing is wrong"
for check in program memory environment disk folder daemon vault key records choice app account redirect localhost browser network \
    clock credentials grant; do
    check "$check was looked at" test "$(jq --arg c $check '[.findings[] | select(.check == $c)] | length' "$TMP/findings")" -gt 0
done
check_is "the vault is byte for byte as it was" "$(vault_bytes)" "$before"
check_is "no token was refreshed, no code used (T17)" "$(questions)" "$asked"
check_is "the grant was asked about once" "$(stats .introspected)" 1
found program ok "libsodium "
found program ok "vault-sqlite with SQLite "
found program ok "http-curl with libcurl "

doctor --offline
sound "--offline: nothing is wrong"
check_is "  asks nobody" "$(stats .introspected)" 1
check_is "  and tells of no network" "$(jq '[.findings[] | select(.check == "network")] | length' "$TMP/findings")" 0

run hubauth doctor
check_is "as text: exit 0" "$status" 0
check_stderr_has "Nothing is wrong."
check "  each line is severity, check and text, aligned" not grep -qvE '^(ok|info|warning|error) {1,7} [a-z]+ +.' "$out"
check "  no colour into a pipe" not grep -q $'\e' "$out"
on_terminal() { script -qefc "$1" /dev/null </dev/null >"$TMP/terminal" 2>&1; }
TERM=xterm on_terminal "$BUILD/hubauth doctor --offline"
check "  colour on a terminal" grep -q $'\e\[32mok' "$TMP/terminal"
NO_COLOR=1 TERM=xterm on_terminal "$BUILD/hubauth doctor --offline"
check "  NO_COLOR is respected" not grep -q $'\e' "$TMP/terminal"

# ------------------------------------------------------------------ no vault

good=$HUBAUTH_HOME
export HUBAUTH_HOME="$TMP/it's a new home"
doctor --offline
check_is "without a vault: exit 1" "$status" 1
check_stderr_has "next:  hubauth init"
found vault error "there is no vault in"
check "  and says how to make one" test "${command%% --key*}" = "hubauth init"
command="hubauth init --key file:$TMP/new.key" # without a keyring or a terminal it must be said what locks it
mend 2>/dev/null
doctor --offline
lost vault error
found app warning "no app is registered yet"
check "  with the command to add one" grep -q "^hubauth app add NAME " <<<"$command"

# ------------------------------------------------------------------ modes (D1), in a path that a shell would split

chmod 755 "$HUBAUTH_HOME"
doctor --offline
found folder error "open to other users"
found vault error "open to other users"
mend
doctor --offline
lost folder error
chmod 644 "$HUBAUTH_HOME/vault.db"
doctor --offline
found folder error "is too open (mode 0644"
mend
doctor --offline
lost folder error
chmod 400 "$HUBAUTH_HOME/vault.db"
doctor --offline
found folder warning "cannot be written"
mend
doctor --offline
lost folder warning
mkdir -m 777 "$TMP/open"
mkdir -m 700 "$TMP/open/home"
(
    export HUBAUTH_HOME=$TMP/open/home
    hubauth init --key "file:$TMP/open.key" 2>/dev/null
)
HUBAUTH_HOME=$TMP/open/home doctor --offline
found_with folder warning "can be written by others" "chmod go-w $TMP/open"
mend
HUBAUTH_HOME=$TMP/open/home doctor --offline
lost folder warning
ln -s "$TMP/open/home" "$TMP/link"
HUBAUTH_HOME=$TMP/link doctor --offline
found folder error "is a symbolic link"
HUBAUTH_HOME=/dev/null doctor --offline
found folder error "is no directory"
check_is "  exit 1" "$status" 1
export HUBAUTH_HOME=$good

# ------------------------------------------------------------------ a daemon

doctor --offline
found daemon ok "no daemon runs; every command does its work itself"
start_silent "$HUBAUTH_HOME/hubauthd.sock"
daemon=$SILENT_PID
doctor --offline
sound "a daemon that says nothing holds up nobody"
found daemon ok "process $daemon, of yours, listens at $HUBAUTH_HOME/hubauthd.sock"
chmod 666 "$HUBAUTH_HOME/hubauthd.sock"
doctor --offline
found_with daemon error "is open to other users (mode 0666" "chmod 600 $HUBAUTH_HOME/hubauthd.sock"
mend
doctor --offline
lost daemon error
end_child "$daemon"
doctor --offline
found_with daemon warning "left of a daemon that is gone" "rm -f $HUBAUTH_HOME/hubauthd.sock"
mend
doctor --offline
found daemon ok "no daemon runs"
mkdir -p "$TMP/run/hubauth"
: >"$TMP/run/hubauth/hubauthd.sock"
chmod 700 "$TMP/run/hubauth"
(
    unset HUBAUTH_HOME
    XDG_RUNTIME_DIR=$TMP/run doctor --offline
    env -u XDG_RUNTIME_DIR "$BUILD/hubauth" doctor --offline --json >"$TMP/without" 2>/dev/null
)
found_with daemon error "$TMP/run/hubauth/hubauthd.sock is no socket" "rm -ri $TMP/run/hubauth/hubauthd.sock"
cp "$TMP/without" "$TMP/findings"
found daemon info "XDG_RUNTIME_DIR is not set"

# ------------------------------------------------------------------ what does not answer

# strace holds whoever looks at the file, as the file system of a server that is gone would. The child that hangs in it outlives
# the doctor, and ends with strace.
mkdir "$TMP/bin"
touch "$TMP/roots"
(umask 077 && touch "$TMP/passphrase")
for held in "folder $HUBAUTH_HOME/vault.db" "key $HUBAUTH_HOME/key" "environment $TMP/passphrase" "environment $TMP/roots" \
    "browser $TMP/bin"; do
    : >"$TMP/findings"
    HUBAUTH_PASSPHRASE_FILE=$TMP/passphrase SSL_CERT_FILE=$TMP/roots PATH=$PATH:$TMP/bin strace -f -qq -o "$TMP/held" -P "${held#* }" -e trace=newfstatat,openat -e inject=newfstatat,openat:delay_enter=1000s \
        "$BUILD/hubauth" doctor --json --offline --timeout 1s >"$TMP/findings" 2>"$err" &
    holder=$!
    children+=("$holder")
    until grep -q '"summary"' "$TMP/findings" || ! kill -0 $holder 2>/dev/null; do sleep 0.05; done
    kill -KILL $holder && wait $holder 2>/dev/null # a polite signal would wait for the delay
    found_with "${held% *}" error "does not answer within 1 s" "cat /proc/mounts"
    check "  and the rest was looked at" test -n "$(findings localhost ok "")$(findings localhost info "")$(findings localhost warning "")"
done

# ------------------------------------------------------------------ the key

chmod 640 "$HUBAUTH_HOME/key"
doctor
found_with key error "is too open (mode 0640" "chmod 600 $HUBAUTH_HOME/key"
check "  no secret was asked for" test -z "$(findings credentials error "")$(findings credentials ok "")"
found network ok "answers in"
mend
doctor
sound
mv "$HUBAUTH_HOME/key" "$TMP/key"
doctor
found key error "No such file"
head -c 64 /dev/urandom | base64 -w0 >"$HUBAUTH_HOME/key"
chmod 600 "$HUBAUTH_HOME/key"
doctor
found key error "does not open it"
mv "$TMP/key" "$HUBAUTH_HOME/key"
doctor
sound
found_with key info "whoever copies that has both" "hubauth key change --to passphrase"

echo "correct horse" >"$TMP/passphrase"
chmod 644 "$TMP/passphrase"
(
    export HUBAUTH_HOME=$TMP/locked HUBAUTH_PASSPHRASE_FILE=$TMP/passphrase
    hubauth init --key passphrase 2>/dev/null
)
HUBAUTH_HOME=$TMP/locked doctor --offline </dev/null
found key info "not asked for without a terminal"
HUBAUTH_PASSPHRASE_FILE=$TMP/passphrase HUBAUTH_HOME=$TMP/locked doctor --offline
found key ok "passphrase opens the vault"
found_with environment warning "holds the vault's passphrase and is open to others" "chmod 600 $TMP/passphrase"
mend
HUBAUTH_PASSPHRASE_FILE=$TMP/passphrase HUBAUTH_HOME=$TMP/locked doctor --offline
lost environment warning

# Through a pipe, from somebody who writes, or not, or does not come to an end.
mkfifo -m 600 "$TMP/pipe"
(
    export HUBAUTH_PASSPHRASE_FILE=$TMP/pipe HUBAUTH_HOME=$TMP/locked
    doctor --offline --timeout 1s
    mv "$TMP/findings" "$TMP/nobody"
    exec {PIPE}<>"$TMP/pipe"
    echo "correct horse" >&"$PIPE"
    doctor --offline --timeout 1s
    mv "$TMP/findings" "$TMP/endless"
    exec {PIPE}>&-
    echo "correct horse" >"$TMP/pipe" &
    doctor --offline
    exec {PIPE}<>"$TMP/pipe" # lets it end, whatever was read
    wait $!
)
found key ok "passphrase opens the vault"
for findings in nobody endless; do
    cp "$TMP/$findings" "$TMP/findings"
    found_with key error "the passphrase does not come whole: nothing more was written to $TMP/pipe within 1 s" \
        "unset HUBAUTH_PASSPHRASE_FILE"
    check "  and the rest was looked at" test -n "$(findings browser ok "")"
done
SSL_CERT_FILE=$TMP/pipe doctor
found_with environment error "is neither a file nor a folder; the network was not asked" "unset SSL_CERT_FILE"
SSL_CERT_DIR=$TMP:$TMP/pipe doctor
found_with environment error "is neither a file nor a folder; the network was not asked" "unset SSL_CERT_DIR"

# ------------------------------------------------------------------ records and pages

cp "$HUBAUTH_HOME/vault.db" "$TMP/vault.db"
sql "UPDATE vault_row SET sealed = CAST(substr(sealed, 1, 30) || x'00' || substr(sealed, 32) AS BLOB) WHERE name = 'test/$PORTAL'"
doctor
found_with records error "was changed by something other than hubauth" "hubauth login --app test"
found app ok "app test"
found credentials ok "app test"
# shellcheck disable=SC2086
check "  the command does it" login_auto ${command#hubauth login}
doctor
sound
sql "UPDATE vault_row SET sealed = x'00112233' WHERE name = 'test' AND kind = 1"
doctor
found_with records error "app test" "hubauth app remove test"
cp "$TMP/vault.db" "$HUBAUTH_HOME/vault.db"
sql "UPDATE vault_row SET plain = CAST('{}' AS BLOB) WHERE name = 'test/$PORTAL'"
doctor
found records error "account"
found network ok "answers in"
cp "$TMP/vault.db" "$HUBAUTH_HOME/vault.db"

printf 'garbage that is no journal' >"$HUBAUTH_HOME/vault.db-journal"
chmod 600 "$HUBAUTH_HOME/vault.db-journal"
doctor
found folder info "is left of a write that was cut short"
check_is "  nothing is lost by it" "$(jq .summary.error "$TMP/findings")" 0
hubauth accounts >"$TMP/accounts"
check "  the account is there" grep -q "$PORTAL" "$TMP/accounts"

printf '\0\0\0\11\0\0\0\1' | dd of="$HUBAUTH_HOME/vault.db" bs=1 seek=32 conv=notrunc status=none
doctor
found vault error "its pages are not sound"
found records ok "all open"
head -c 5000 /dev/urandom >"$HUBAUTH_HOME/vault.db"
doctor
found vault error "no hubauth vault"
found network error "" || found network ok ""
check_is "  exit 1" "$status" 1
cp "$TMP/vault.db" "$HUBAUTH_HOME/vault.db"
doctor
sound

# ------------------------------------------------------------------ the clock

sql "UPDATE vault_row SET generation = generation" # what a copy of it may do: nothing
web -X POST -H "Content-Type: application/json" -d '{"ms":600000}' "$EMU/_emulator/advance-clock" >/dev/null
doctor
found_with clock warning "behind that of localhost" "sudo timedatectl set-ntp true"
check_is "  a warning is no failure: exit 0" "$status" 0
web -X POST -H "Content-Type: application/json" -d '{"ms":3000000}' "$EMU/_emulator/advance-clock" >/dev/null
doctor
found clock error "every stored token is misjudged"
check_is "  exit 1" "$status" 1
stop_emulator

# ------------------------------------------------------------------ nobody there

doctor
found_with network error "nothing takes connections at localhost:$EMU_PORT" "hubauth-emulator --port $EMU_PORT"
starts=$command
found credentials error "nothing takes connections"
found grant warning "nothing takes connections"
# shellcheck disable=SC2086
"$BUILD/${starts%% *}" ${starts#* } >/dev/null 2>&1 &
children+=($!)
while kill -0 $! && ! web -o "$TMP/page" "$EMU/" 2>/dev/null; do sleep 0.02; done
doctor
found network ok "answers in"
end_child "$!"

# ------------------------------------------------------------------ the wrong secret, a grant that is gone

connect --client-secret "$SECRET"
CLIENT_SECRET="canary-wrong-secret-0d5e"
add_app wrong
CLIENT_SECRET=$SECRET
doctor
found_with credentials error "BAD_CLIENT_SECRET" "hubauth app update wrong"
found credentials ok "app test"
# shellcheck disable=SC2086
check_status 0 "$E2E/at-terminal" "$BUILD/hubauth" ${command#hubauth } <<<"New client secret of app wrong (not shown): |$SECRET"
doctor
sound "  the command does it"
hubauth app remove wrong 2>/dev/null

web -X POST "$EMU/_emulator/uninstall" >/dev/null
doctor
found_with grant error "no longer knows its refresh token" "hubauth login --app test"
check_status 3 hubauth refresh
doctor
found_with account error "must log in again" "hubauth login --app test"
# shellcheck disable=SC2086
check "  the command does it" login_auto ${command#hubauth login}
doctor
sound

# ------------------------------------------------------------------ no answer

fault '{"route":"/oauth/2026-03/token/introspect","delay_ms":600000}'
doctor --timeout 1s
found grant error "no answer within 1 s"
found credentials ok "app test"
clear_faults
fault '{"route":"*","status":503,"body":"html","count":9}'
doctor
found network ok "answers in"
found credentials error ""
clear_faults
run "$BUILD/hubauth" doctor --timeout soon
check_is "a wrong --timeout is wrong usage" "$status" 2

# ------------------------------------------------------------------ ports

listen() { # $1: address, $2: port
    exec {LISTENER}< <(exec python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], int(sys.argv[2])))
s.listen()
print("ready", flush=True)
time.sleep(3600)' "$1" "$2")
    listener=$!
    children+=("$listener")
    read -r _ <&"$LISTENER"
}
for address in 127.0.0.1 ::1; do
    if [ "$address" = ::1 ] && [ ! -s /proc/net/if_inet6 ]; then
        skip "a port that is taken on ::1" "no IPv6 here"
        continue
    fi
    listen "$address" "$REDIRECT_PORT"
    doctor --offline
    found_with redirect warning "port $REDIRECT_PORT of a redirect URL of app test is taken by python3 (process $listener)" \
        "hubauth login --app test --paste"
    end_child "$listener"
    doctor --offline
    found redirect ok "free on both loopback families"
done
hubauth app add far --client-id "$CLIENT_ID" --client-secret-file - --redirect-url https://app.example.com/callback \
    --scope crm.objects.contacts.read --api-url "$EMU" --app-url "$EMU" <<<"$SECRET" 2>/dev/null
doctor --offline
found_with redirect info "app far has no redirect URL on this machine" "hubauth login --app far --paste"
found_with app warning "does not ask for the scope oauth" "hubauth app update far --scope 'oauth crm.objects.contacts.read'"
mend 2>/dev/null
hubauth app update far --scope "oauth crm.objects.contact.read" --optional-scope "ticket crm.objects.companies.read" 2>/dev/null
doctor --offline
both="hubauth app update far --scope 'oauth crm.objects.contacts.read' --optional-scope 'tickets crm.objects.companies.read'"
found_with app warning "the scope ticket, which is not among" "$both"
found_with app warning "the scope crm.objects.contact.read, which is not among" "$both"
mend 2>/dev/null
doctor --offline
lost app warning
hubauth app remove far 2>/dev/null

# ------------------------------------------------------------------ OAuth v1 ends

add_app old --api-version v1
doctor
found_with app warning "which HubSpot switches off on 2027-02-16" "hubauth app migrate old --api-version 2026-03"
mend 2>/dev/null
doctor
lost app warning
hubauth app remove old 2>/dev/null

# ------------------------------------------------------------------ the network: names, proxies, certificates

# The app "net" at $1. Servers share no redirect URL (A12).
elsewhere=http://localhost:$(free_port)/callback
net_app() {
    hubauth app remove net 2>/dev/null
    hubauth app add net --client-id "$CLIENT_ID" --client-secret-file - --redirect-url "$elsewhere" --scope "$SCOPE" \
        --api-url "$1" --app-url "$1" <<<"$SECRET" 2>"$err" || bail "app add net"
}
net_app https://api.hubauth.invalid
doctor
found_with network error "the name api.hubauth.invalid cannot be resolved" "getent hosts api.hubauth.invalid"
found network ok "localhost:$EMU_PORT answers"

dead=$(free_port)
https_proxy=http://canary-user:canary-password@localhost:$dead doctor
found_with environment info "https goes through the proxy http://‹redacted›@localhost:$dead (https_proxy)" "unset https_proxy"
found_with network error "nothing takes connections" "unset https_proxy"
found network ok "localhost:$EMU_PORT answers"

openssl_quietly() { openssl "$@" 2>/dev/null; }
if openssl_quietly req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/ca.key" -out "$TMP/ca.pem" \
    -subj "/CN=Example Proxy CA" -days 30 &&
    openssl_quietly req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/tls.key" -out "$TMP/tls.req" -subj /CN=x &&
    openssl_quietly x509 -req -in "$TMP/tls.req" -CA "$TMP/ca.pem" -CAkey "$TMP/ca.key" -CAcreateserial -out "$TMP/tls.pem" \
        -days 30 -extfile <(echo subjectAltName=DNS:localhost); then
    exec {TLS}< <(exec python3 -c 'import http.server, ssl, sys
class Empty(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_POST = do_HEAD
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()' "$TMP/tls.pem" "$TMP/tls.key" 2>/dev/null)
    tls=$!
    children+=("$tls")
    read -r tls_port <&"$TLS"
    net_app "https://localhost:$tls_port"
    doctor
    found tls error "an authority that this machine does not know"
    check "  and says how to look at it" grep -q "^openssl s_client -connect localhost:" <<<"$command"
    check "  the command shows it" grep -q "Example Proxy CA" <(eval "$command" 2>/dev/null)
    SSL_CERT_FILE=$TMP/ca.pem doctor
    found tls ok "Example Proxy CA"
    found environment info "$TMP/ca.pem"
    lost tls error
    mkdir "$TMP/folder"
    cp "$TMP/ca.pem" "$TMP/folder/$(openssl x509 -hash -noout -in "$TMP/ca.pem").0"
    SSL_CERT_DIR=$TMP/nothing:$TMP/folder doctor # one of them is enough, for OpenSSL
    found tls ok "Example Proxy CA"
    found environment info "$TMP/folder"
    lost environment error
    end_child "$tls"
else
    skip "a certificate of an unknown authority" "no openssl"
fi
SSL_CERT_FILE=$TMP/nothing doctor --offline
found_with environment error "SSL_CERT_FILE names" "unset SSL_CERT_FILE"
SSL_CERT_DIR=$TMP/nothing:$TMP/nothing.d doctor --offline
found_with environment error "SSL_CERT_DIR names" "unset SSL_CERT_DIR"
hubauth app remove net 2>/dev/null

# ------------------------------------------------------------------ the environment

HUBAUTH_ACOUNT=x doctor --offline
found_with environment warning "HUBAUTH_ACCOUNT was meant?" "export HUBAUTH_ACCOUNT=\"\$HUBAUTH_ACOUNT\""
SSLKEYLOGFILE=$TMP/keys CURL_CA_BUNDLE=$TMP/ca.pem doctor --offline
found_with environment info "SSLKEYLOGFILE" "unset SSLKEYLOGFILE"
found environment info "CURL_CA_BUNDLE counts for the curl tool alone"
HUBAUTH_ACCOUNT=nobody doctor --offline
found_with choice error "nobody" "hubauth accounts"
echo nobody >.hubauth
doctor --offline
found choice error "$PWD/.hubauth"
rm .hubauth
env -u HOME -u HUBAUTH_HOME "$BUILD/hubauth" doctor --offline --json >"$TMP/findings" 2>/dev/null
found environment error "neither HUBAUTH_HOME nor HOME is set"
env -u BROWSER SSH_CONNECTION="1 2 3 4" "$BUILD/hubauth" doctor --offline --json >"$TMP/findings" 2>/dev/null
found_with browser info "session over SSH" "hubauth login --paste"

BROWSER=/no/such/browser:neither doctor --offline
found_with browser warning "no such program can be started" "unset BROWSER"
BROWSER="/no/such/browser:false %s" doctor --offline
found browser ok "a login opens false"

# What takes long says what it waits for, on a terminal.
fault '{"route":"/oauth/2026-03/token/introspect","delay_ms":600000}'
on_terminal "$BUILD/hubauth doctor --timeout 3s"
check "a person who waits is told for what" grep -qF "waiting for test/$PORTAL" "$TMP/terminal"
clear_faults

mkdir "$TMP/alone"
cp "$BUILD/hubauth" "$TMP/alone/"
"$TMP/alone/hubauth" doctor --json >"$TMP/findings" 2>"$err"
check_is "without its modules: exit 1" "$?" 1
found program error "loop-uv.so"
found program error "http-curl.so"
found folder ok ""
found localhost ok ""

# ------------------------------------------------------------------ disks

# Runs $1 in a namespace of mounts with a small tmpfs at $TMP/disk, as whoever is root there.
mkdir -p "$TMP/disk"
if unshare -rm sh -c "mount -t tmpfs -o size=1m,mode=0700 tmpfs '$TMP/disk'" 2>/dev/null; then
    on_disk() {
        unshare -rm bash -c "mount -t tmpfs -o size=20m,mode=0700 tmpfs '$TMP/disk' && export HUBAUTH_HOME='$TMP/disk/vault' &&
            '$BUILD/hubauth' init --key 'file:$TMP/disk/key' && { $1; } && '$BUILD/hubauth' doctor --offline --json" \
            >"$TMP/findings" 2>"$err"
    }
    on_disk "head -c 30m /dev/zero >'$TMP/disk/fill' || true"
    found_with disk error "the disk is full" "df -h $TMP/disk/vault"
    on_disk "head -c 12m /dev/zero >'$TMP/disk/fill'"
    found disk warning "nearly full"
    on_disk "mount -o remount,ro '$TMP/disk'"
    found disk error "mounted read-only"
    found records ok "all open"
else
    skip "a full disk, a read-only disk" "no mounts in a namespace here"
fi

# ------------------------------------------------------------------ what was never said

hubauth token >"$TMP/token" 2>/dev/null
check_is "in all this no refresh but the one that was asked for" "$(stats '.token_refresh_ok + .token_refresh_failed')" 1
for canary in "$SECRET" canary-wrong-secret canary-user canary-password "correct horse" "$(cat "$TMP/token")"; do
    check "no secret in anything that was said (T11)" not grep -qF -e "$canary" "$TMP/all"
done

plan
