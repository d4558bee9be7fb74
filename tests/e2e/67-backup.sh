#!/usr/bin/env bash
# Backup and move (D9, T18): always encrypted, never to a terminal unasked, complete or absent; in again on another machine with
# another key source, all or nothing, nothing newer overwritten unasked; two machines with one grant (T16).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

connect
FIRST=$HUBAUTH_HOME
hubauth accounts alias "$PORTAL" shop 2>/dev/null
ACCESS=$(hubauth token)
echo "correct horse battery staple" >phrase
chmod 600 phrase

# --- out
check_status 2 hubauth export-vault
check_stderr_has "always encrypted"
check_status 2 hubauth export-vault --to-passphrase --to-key k
check_status 2 hubauth export-vault --to-key k --passphrase-file phrase
script -qefc "$BUILD/hubauth export-vault --to-key $TMP/k" /dev/null >"$out" 2>&1
check_stdout_has "no text for a terminal"
check "  and nothing was made" not test -e "$TMP/k"
check_status 0 hubauth export-vault --to-passphrase --passphrase-file phrase --output vault.backup
check_stdout_empty
check_stderr_has "1 app, 1 account with their aliases"
check_is "  its mode" "$(stat -c %a vault.backup)" 600
check_status 0 hubauth export-vault --to-key "$TMP/k" --output key.backup
check_stderr_has "new key"
check_is "  the key's mode" "$(stat -c %a "$TMP/k")" 600
hubauth export-vault --to-key "$TMP/k" 2>/dev/null >piped.backup
check "  into a pipe" grep -q "hubauth backup" piped.backup
for canary in "$ACCESS" "$CLIENT_SECRET" "$CLIENT_ID" "$PORTAL" shop "correct horse"; do
    check "no backup shows ${canary:0:8}… (D9)" not grep -qaF -e "$canary" vault.backup key.backup piped.backup
done
chmod 644 "$TMP/k"
check_status 2 hubauth export-vault --to-key "$TMP/k" --output x
check_stderr_has "chmod go= $TMP/k"
chmod 600 "$TMP/k"
echo short >tiny
chmod 600 tiny
check_status 2 hubauth export-vault --to-key tiny --output x
check_status 2 hubauth export-vault --to-key - --output x
check_stderr_has "./-"
check "  and no file is called so" not test -e -
ln -s vault.backup link
check_status 8 hubauth export-vault --to-key "$TMP/k" --output link
check_status 8 hubauth export-vault --to-key "$TMP/k" --output no/such/folder
check_is "nothing was left behind" "$(find . -type f ! -name '*backup*' ! -name phrase ! -name tiny)" ""

# --- an account that does not open: no backup without it, and what to do
was=$(sqlite3 "$HUBAUTH_HOME/vault.db" "SELECT hex(sealed) FROM vault_row WHERE kind=2")
sqlite3 "$HUBAUTH_HOME/vault.db" "UPDATE vault_row SET sealed=zeroblob(length(sealed)) WHERE kind=2"
check_status 8 hubauth export-vault --to-key "$TMP/k" --output without.backup
check_stderr_has "hubauth logout --local test/$PORTAL"
check "  no file is made" not test -e without.backup
cp -r "$HUBAUTH_HOME" "$TMP/spoilt"
check_status 0 env HUBAUTH_HOME="$TMP/spoilt" "$BUILD/hubauth" logout --local "test/$PORTAL"
check_status 0 env HUBAUTH_HOME="$TMP/spoilt" "$BUILD/hubauth" export-vault --to-key "$TMP/k" --output "$TMP/without.backup"
check_stderr_has "1 app, 0 accounts"
sqlite3 "$HUBAUTH_HOME/vault.db" "UPDATE vault_row SET sealed=x'$was' WHERE kind=2"

# --- complete or absent, whatever is in the way (D3)
(
    ulimit -f 0
    trap '' XFSZ
    hubauth export-vault --to-key "$TMP/k" --output cut.backup >"$out" 2>"$err"
)
check_is "a disk that is full" "$?" 8
check "  leaves no half backup" not test -e cut.backup

# --- in, on another machine: another vault, another key source
export HUBAUTH_PASSPHRASE_FILE=$TMP/cwd/phrase2
echo "the other machine" >phrase2
chmod 600 phrase2
HUBAUTH_HOME=$(mktemp -d "$TMP/home.XXXXXX")
export HUBAUTH_HOME
check_status 8 hubauth import-vault key.backup --key "$TMP/k"
check_stderr_has "hubauth init"
check_status 0 hubauth init --key passphrase
check_status 2 hubauth import-vault key.backup
check_stderr_has "--key FILE"
check_status 2 hubauth import-vault vault.backup --key "$TMP/k"
check_status 8 hubauth import-vault vault.backup --passphrase-file phrase2
check_stderr_has "passphrase is wrong"
check_is "nothing came in" "$(hubauth accounts --json | jq length)" 0
check_status 0 hubauth import-vault vault.backup --passphrase-file phrase --dry-run
check_stdout_has "added"
check_is "a dry run does nothing" "$(hubauth accounts --json | jq length)" 0
check_status 0 hubauth import-vault vault.backup --passphrase-file phrase
check_stdout_has "test/$PORTAL"
check_stderr_has "logout ACCOUNT --local"
check_is "the token works here" "$(hubauth token shop)" "$ACCESS"
check_status 0 hubauth refresh
check_status 0 hubauth import-vault --merge - --passphrase-file phrase <vault.backup
check_stdout_has "kept       account            test/$PORTAL  (its tokens here are newer)"
NEW=$(hubauth token)
check "merging kept the newer token" test "$NEW" != "$ACCESS"
check_status 2 hubauth import-vault vault.backup --passphrase-file phrase
check_stderr_has "test/$PORTAL is newer here"
check_stderr_has "--merge"
check_is "  and is not touched" "$(hubauth token)" "$NEW"
check_status 0 hubauth import-vault vault.backup --passphrase-file phrase --replace --json
check_is "replacing says so" "$(json_get '.[] | select(.kind == "account").act')" replaced
check_is "  and does so" "$(hubauth token)" "$ACCESS"
check_status 0 hubauth import-vault vault.backup --passphrase-file phrase
check_stderr_has "Nothing had to be changed"
check_status 2 hubauth import-vault vault.backup --merge --replace

# --- an app of the same name that is another
new_home
REDIRECT_PORT=1
hubauth app add test --client-id other --client-secret-file - --redirect-url http://localhost:1/callback --scope oauth \
    --api-url "$EMU" --app-url "$EMU" <<<"other" >/dev/null 2>&1
for how in "" --merge --replace; do
    # shellcheck disable=SC2086
    check_status 2 hubauth import-vault key.backup --key "$TMP/k" $how
done
check_stderr_has "another app here"
check_is "nothing came in" "$(hubauth accounts --json | jq length)" 0

# --- damaged files
new_home
head -c 200 key.backup >damaged
check_status 8 hubauth import-vault damaged --key "$TMP/k"
{ cat key.backup && echo more; } >damaged
check_status 8 hubauth import-vault damaged --key "$TMP/k"
head -c 30 key.backup >damaged
check_status 1 hubauth import-vault damaged --key "$TMP/k"
check_status 1 hubauth import-vault phrase --key "$TMP/k"
check_stderr_has "no backup of hubauth"
check_status 2 hubauth import-vault nothing --key "$TMP/k"
check_is "nothing came in" "$(hubauth accounts --json | jq length)" 0

# --- the good one comes in whole
check_status 0 hubauth import-vault key.backup --key "$TMP/k"
check_is "all of it" "$(sqlite3 "$HUBAUTH_HOME/vault.db" "SELECT count(*) FROM vault_row WHERE kind>0")" 3

# --- two machines, and one gives up its side
check_status 0 hubauth logout --local
HUBAUTH_HOME=$FIRST
check_status 0 hubauth refresh
check_status 0 hubauth logout

plan
