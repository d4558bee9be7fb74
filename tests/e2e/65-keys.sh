#!/usr/bin/env bash
# What locks the vault: sources (D6, D7, T5), unlocking for a while, rotation and change (D8, T18), migration of old files.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

unset DBUS_SESSION_BUS_ADDRESS CREDENTIALS_DIRECTORY HUBAUTH_NEW_PASSPHRASE_FILE
next_home() {
    HUBAUTH_HOME=$(mktemp -d "$TMP/home.XXXXXX")
    export HUBAUTH_HOME
}
# The sealed bytes of every record, in hexadecimal.
sealed() { sqlite3 "$1" "SELECT hex(sealed) FROM vault_row WHERE kind > 0 ORDER BY kind, name"; }
# Whether a command stretched a passphrase: that takes 256 MiB at once.
stretches() {
    strace -f -o "$TMP/trace" -e trace=mmap "$BUILD/hubauth" "$@" >"$out" 2>"$err"
    status=$?
    grep -qE 'mmap\(NULL, 2684[0-9]{5},' "$TMP/trace"
}
# hubauth with a system call that fails. Leaks are not looked for where strace watches.
with_fault() {
    ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -o /dev/null -e inject="$1" "$BUILD/hubauth" "${@:2}"
}
hubauth_alone() { setsid "$BUILD/hubauth" "$@" </dev/null; } # without a terminal

# --- init without --key: the best there is, said aloud; never a weaker one in silence
next_home
check_status 2 hubauth_alone init
check_stderr_has "there is no D-Bus session"
check_stderr_has "--key file:PATH"
check "  nothing was made" test -z "$(ls -A "$HUBAUTH_HOME")"
echo "correct horse" >"$TMP/pass"
echo "battery staple" >"$TMP/pass2"
export HUBAUTH_PASSPHRASE_FILE=$TMP/pass
chmod 666 "$TMP/pass"
check_status 2 hubauth_alone init --key passphrase # whoever writes it could choose it (D7)
check_stderr_has "chmod go-w"
chmod 600 "$TMP/pass" "$TMP/pass2"
check_status 0 hubauth_alone init
check_stderr_has "No keyring can be used: there is no D-Bus session"
check_stderr_has "Taking passphrase"

# --- a passphrase, and the kernel's memory for it
start_emulator --auto-approve
add_app test
login_auto || { said; bail "login"; }
token=$(hubauth token)
check "the passphrase opens the vault" test "${#token}" -gt 20
check "  and is stretched each time" stretches token
check_status 0 hubauth key show
check_stdout_has "passphrase"
check_stdout_has "hubauth unlock"
check_status 2 hubauth unlock --for 31d
check_status 0 with_fault keyctl:error=EPERM token
check_status 6 with_fault add_key:error=EPERM unlock
check_stderr_has "closed to this process"
check_status 6 with_fault add_key:error=ENOSYS unlock
HUBAUTH_PASSPHRASE_FILE=$TMP/pass2 check_status 8 hubauth unlock
check_stderr_has "the passphrase is wrong"
if run hubauth unlock --for 1h && [ "$status" -eq 0 ]; then
    ok "hubauth unlock --for 1h"
    check_stderr_has "Unlocked for 1 h"
    unset HUBAUTH_PASSPHRASE_FILE
    check "an unlocked vault needs no passphrase" not stretches token
    check_is "  and gives the token" "$(cat "$out")" "$token"
    check_status 0 hubauth status
    check_stdout_has "unlocked until $(date -u +%Y)"
    check_status 0 hubauth status --json
    check "  status --json says until when" test "$(date -d "$(json_get .unlocked_until)" +%s)" -gt "$(date +%s)"
    check_status 0 hubauth key show --json
    check "  key show --json, too" test "$(json_get .unlocked_until)" != null
    check "  the key is for its possessor alone" grep -q 'hubauth:' /proc/keys
    check_is "  with no right for the user, the group or others" \
        "$(awk '/ user +hubauth:[0-9a-f]+: / {print substr($5, 3)}' /proc/keys | sort -u)" 000000
    # another vault with the same passphrase is another vault
    first=$HUBAUTH_HOME
    next_home
    HUBAUTH_PASSPHRASE_FILE=$TMP/pass run hubauth init --key passphrase
    check_status 2 hubauth_alone app add x --client-id "$CLIENT_ID" --client-secret-file <(echo "$CLIENT_SECRET") \
        --redirect-url http://localhost:1/callback --scope oauth
    HUBAUTH_HOME=$first
    check_status 0 hubauth lock
    check_status 0 hubauth lock
    check_stderr_has "locked already"
    check_status 2 hubauth_alone token
    check_stderr_has "HUBAUTH_PASSPHRASE_FILE"
    HUBAUTH_PASSPHRASE_FILE=$TMP/pass run hubauth unlock
else
    skip "hubauth unlock" "the kernel's key store is closed here"
fi

# --- another passphrase
export HUBAUTH_PASSPHRASE_FILE=$TMP/pass
check_status 2 hubauth key change --to passphrase
check_stderr_has "HUBAUTH_NEW_PASSPHRASE_FILE"
HUBAUTH_NEW_PASSPHRASE_FILE=$TMP/pass2 check_status 0 hubauth key change --to passphrase
check_status 8 hubauth token
check_stderr_has "the passphrase is wrong"
export HUBAUTH_PASSPHRASE_FILE=$TMP/pass2
check_is "the new passphrase opens the vault" "$(hubauth token)" "$token"

# --- a key file instead
cp "$HUBAUTH_HOME/vault.db" "$TMP/before.db"
check_status 2 hubauth key change
check_status 2 hubauth key change --to nonsense
check_stderr_has "keyring, passphrase, file:PATH or credential:NAME"
check_status 0 hubauth key change --to "file:$TMP/key1"
check_stderr_has "locked with file:"
unset HUBAUTH_PASSPHRASE_FILE
check_is "the key file opens the vault" "$(hubauth_alone token)" "$token"
check_is "  no record was sealed anew for that" "$(sealed "$HUBAUTH_HOME/vault.db")" "$(sealed "$TMP/before.db")"
check_status 0 hubauth unlock
check_stderr_has "nothing to unlock"
check_status 0 hubauth lock
mv "$TMP/key1" "$TMP/away"
check_status 8 hubauth token
check_stderr_has "put the key file back"
check_status 8 hubauth key change --to "file:$TMP/key2"
check "  a change that fails makes no key" not test -e "$TMP/key2"
mv "$TMP/away" "$TMP/key1"

# --- rotation, while others read and refresh
name_of_key() { hubauth key show --json | jq -r .data_key; }
was=$(name_of_key)
cp "$HUBAUTH_HOME/vault.db" "$TMP/before.db"
mkfifo "$TMP/go"
(
    read -r _ <"$TMP/go"
    for _ in 1 2 3 4 5 6; do hubauth refresh >/dev/null 2>&1 && hubauth token >>"$TMP/tokens" 2>&1 || echo failed >>"$TMP/tokens"; done
) &
worker=$!
echo >"$TMP/go"
for _ in 1 2 3 4 5 6; do
    run hubauth key rotate
    echo "$status" >>"$TMP/rotations"
done
wait "$worker"
check_is "six rotations beside six refreshes" "$(sort -u "$TMP/rotations")" 0
check "  all of which gave a token" not grep -q failed "$TMP/tokens"
check "  the data key has another name" test "$(name_of_key)" != "$was"
check_status 0 hubauth token
sealed "$TMP/before.db" | while read -r hex; do
    xxd -p "$HUBAUTH_HOME/vault.db" | tr -d '\n' | grep -qi "$hex" && echo found
done >"$TMP/found"
check_is "  what was sealed before is nowhere in the file" "$(cat "$TMP/found")" ""
check_status 0 hubauth key rotate
check_stderr_has "Done: 2 records"

# one at a time: the lease is a lock on a file whose name is a hash
exec {LEASE}< <(exec python3 - "$HUBAUTH_HOME/locks" <<'EOF'
import fcntl, hashlib, os, struct, sys, time
os.makedirs(sys.argv[1], 0o700, exist_ok=True)
name = hashlib.blake2b(b"key", digest_size=32).hexdigest()[:32]
fd = os.open(f"{sys.argv[1]}/{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.fcntl(fd, 37, struct.pack("hhqqixxxx", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
print("held", flush=True)
time.sleep(600)
EOF
)
holder=$!
children+=("$holder")
read -r _ <&"$LEASE"
check_status 6 hubauth key rotate
check_stderr_has "another hubauth is at it"
check_status 6 hubauth key change --to "file:$TMP/key3"
check_status 0 hubauth token
end_child "$holder"
check_status 0 hubauth key rotate

# --- a vault of the first layout, as the hubauth of that time made it
next_home
cp "$E2E/../fixtures/vault-layout-1/vault.db" "$HUBAUTH_HOME/vault.db"
chmod 600 "$HUBAUTH_HOME/vault.db"
echo "correct horse battery" >"$TMP/pass3"
export HUBAUTH_PASSPHRASE_FILE=$TMP/pass3
layout() { sqlite3 "$HUBAUTH_HOME/vault.db" "PRAGMA user_version"; }
check_status 0 hubauth status
check_stdout_has "20 characters"
check_is "reading leaves the layout as it is" "$(layout)" 1
check_status 0 hubauth key rotate
check_is "the first write migrates" "$(layout)" 2
check_status 0 hubauth status
check_stdout_has "20 characters"
sqlite3 "$HUBAUTH_HOME/vault.db" "PRAGMA user_version=3"
check_status 8 hubauth status
check_stderr_has "made by a newer hubauth"
unset HUBAUTH_PASSPHRASE_FILE

# --- a credential of systemd
next_home
mkdir -m 700 "$TMP/credentials"
head -c 32 /dev/urandom | base64 -w 0 >"$TMP/credentials/hubauth-key"
chmod 400 "$TMP/credentials/hubauth-key"
CREDENTIALS_DIRECTORY=$TMP/credentials check_status 0 hubauth_alone init
check_stderr_has "Taking credential:hubauth-key"
CREDENTIALS_DIRECTORY=$TMP/credentials run add_app test
CREDENTIALS_DIRECTORY=$TMP/credentials check_status 0 hubauth app show test
check_status 8 hubauth key rotate
check_stderr_has "LoadCredentialEncrypted=hubauth-key"
CREDENTIALS_DIRECTORY=$TMP/credentials check_status 0 hubauth key rotate

# --- a keyring that never answers (D7): the bus takes the connection and says nothing
next_home
start_silent "$TMP/silent"
DBUS_SESSION_BUS_ADDRESS=unix:path=$TMP/silent check_status 8 hubauth init --key keyring
check_stderr_has "did not answer within 2 seconds"
DBUS_SESSION_BUS_ADDRESS=unix:path=$TMP/silent check_status 2 hubauth_alone init
check_stderr_has "did not answer within 2 seconds"
check_status 8 hubauth key show
check_stderr_has "no vault in"
end_child "$SILENT_PID"

# --- a keyring
if ! command -v dbus-daemon >/dev/null || ! command -v gnome-keyring-daemon >/dev/null; then
    skip "a keyring" "no dbus-daemon or no gnome-keyring-daemon"
    plan
fi
next_home
export XDG_RUNTIME_DIR=$TMP/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
# The session's own configuration would start services by itself, which nobody would end.
cat >"$TMP/bus.conf" <<EOF
<busconfig><type>session</type><listen>unix:path=$TMP/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
EOF
dbus-daemon --nofork --nopidfile --config-file="$TMP/bus.conf" 2>/dev/null &
bus=$!
children+=("$bus")
wait_until "$bus" test -S "$TMP/bus"
export DBUS_SESSION_BUS_ADDRESS=unix:path=$TMP/bus
ask() { dbus-send --session --print-reply --dest="$1" "${@:2}"; }
check_status 8 hubauth init --key keyring
check_stderr_has "no keyring that answers"
gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 < <(printf 'keyring password') &
ring=$!
children+=("$ring")
wait_until "$ring" ask org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets
check_status 0 hubauth_alone init
check_stderr_has "Taking keyring"
add_app test
login_auto || { said; bail "login"; }
token=$(hubauth_alone token)
check "the keyring opens the vault" test "${#token}" -gt 20
check "  it holds one item of ours" test "$(ask org.freedesktop.secrets /org/freedesktop/secrets \
    org.freedesktop.Secret.Service.SearchItems dict:string:string:xdg:schema,org.hubauth.VaultKey 2>/dev/null |
    grep -c 'object path')" = 1
check_status 0 hubauth key rotate
secret=/org/freedesktop/secrets
lock() { ask org.freedesktop.secrets $secret org.freedesktop.Secret.Service.Lock array:objpath:$secret/collection/login >/dev/null; }
run hubauth unlock
unlocked=$status
lock
if [ "$unlocked" -eq 0 ]; then
    check_is "what hubauth unlock keeps does not need the keyring" "$(env -u DBUS_SESSION_BUS_ADDRESS "$BUILD/hubauth" token)" "$token"
    check_status 0 hubauth lock
fi
check_status 8 hubauth token
check_stderr_has "the keyring is locked"
HUBAUTH_HOME=$TMP/none check_status 2 hubauth_alone init
check_stderr_has "the keyring is locked"
check "  and nothing was made" not test -e "$TMP/none"
DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR='' check_status 8 hubauth token
check_stderr_has "no D-Bus session"
end_child "$ring"
check_status 8 hubauth token
check_stderr_has "no keyring that answers"

# the item is gone: another keyring, or somebody has tidied up
rm -rf "$HOME/.local/share/keyrings"
gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 < <(printf 'another password') &
ring=$!
children+=("$ring")
wait_until "$ring" ask org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets
check_status 8 hubauth token
check_stderr_has "holds no key for this vault"
end_child "$ring"
end_child "$bus"

plan
