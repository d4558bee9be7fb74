#!/usr/bin/env bash
# Which account a command means: argument, HUBAUTH_ACCOUNT, .hubauth in this or a parent folder, the only one; never a hidden
# switch (T9). `status` says which rule chose.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

ONE=1234567
TWO=7654321
start_emulator --auto-approve --portal $ONE --portal $TWO
new_home
add_app test
portal_of() { hubauth api "$@" /account-info/2026-03/details 2>"$err" | jq -r .portalId; }

check_status 3 hubauth token
check_stderr_has "hubauth login"
login_auto --portal $ONE || said
check_is "the only account there is needs no name" "$(portal_of)" $ONE
run hubauth status
check_stdout_has "only"
login_auto --portal $TWO || said
check_status 0 hubauth accounts --json
check_is "  two accounts" "$(json_get length)" 2
check_status 2 hubauth token
check_stderr_has $ONE
check_stderr_has $TWO

check_is "an argument chooses" "$(portal_of $TWO)" $TWO
check_is "an argument with the app chooses" "$(portal_of test/$ONE)" $ONE
check_is "HUBAUTH_ACCOUNT chooses" "$(HUBAUTH_ACCOUNT=$ONE portal_of)" $ONE
HUBAUTH_ACCOUNT=$ONE run hubauth status
check_stdout_has HUBAUTH_ACCOUNT
check_is "an argument is stronger" "$(HUBAUTH_ACCOUNT=$ONE portal_of $TWO)" $TWO

mkdir -p shop/one/deep shop/two
echo $ONE >shop/one/.hubauth
echo $TWO >shop/two/.hubauth
cd shop/one/deep || exit 1
check_is ".hubauth of a parent folder chooses" "$(portal_of)" $ONE
run hubauth status
check_stdout_has ".hubauth"
check_is "HUBAUTH_ACCOUNT is stronger" "$(HUBAUTH_ACCOUNT=$TWO portal_of)" $TWO
cd ../../two || exit 1
check_is "another folder, another portal" "$(portal_of)" $TWO
cd ../one || exit 1
check_is "and the first still has its own" "$(portal_of)" $ONE

check_status 2 hubauth token 999
check_stderr_has 999
HUBAUTH_ACCOUNT=999 check_status 2 hubauth token
check_stderr_has HUBAUTH_ACCOUNT
echo "not an account at all" >.hubauth
check_status 2 hubauth token
check_stderr_has ".hubauth"
head -c 100000 /dev/zero | tr '\0' 9 >.hubauth
check_status 2 hubauth token
check "  and does not print it all" test "$(wc -c <"$err")" -lt 4000
rm .hubauth

# --- a file that others control does not choose (T9)
cd "$TMP/cwd" || exit 1
mkdir -p open/sub
echo $ONE >open/.hubauth
cd open/sub || exit 1
chmod o+w ../.hubauth
check_status 2 hubauth token
check_stderr_has "others can write"
chmod o-w ../.hubauth
check_is "as soon as only its owner can, it does" "$(portal_of)" $ONE
if [ "$(id -u)" -eq 0 ]; then
    chown 65534 ../.hubauth
    check_status 2 hubauth token
    check_stderr_has "another user"
    check_is "  an argument still does" "$(portal_of $TWO)" $TWO
    rm ../.hubauth
    echo $ONE >"$TMP/mine"
    ln -s "$TMP/mine" ../.hubauth
    check_is "a link of one's own is followed" "$(portal_of)" $ONE
    echo sk-live-0123456789 >"$TMP/mine" # as a repository may have one that leads to a file with a secret
    check_status 2 hubauth token
    check_stderr_has "link"
    check "  and what is behind it is not shown (E6)" not grep -qF sk-live "$out" "$err"
    chown -h 65534 ../.hubauth
    check_status 2 hubauth token
    check_stderr_has "another user"
else
    skip "another user's file" "needs root to make one"
fi
rm -f ../.hubauth
mkfifo ../.hubauth
check_status 2 hubauth token
check_stderr_has "no regular file"
rm ../.hubauth

# --- aliases
check_status 0 hubauth accounts alias
check_stdout_empty
check_status 0 hubauth accounts alias $ONE shop
check_is "an alias stands for its account" "$(portal_of shop)" $ONE
check_is "  in HUBAUTH_ACCOUNT" "$(HUBAUTH_ACCOUNT=shop portal_of)" $ONE
echo shop >../.hubauth
check_is "  in a .hubauth file" "$(portal_of)" $ONE
rm ../.hubauth
run hubauth accounts
check_stdout_has shop
check_status 0 hubauth accounts --json
check_is "  in JSON" "$(json_get '.[] | select(.account == "'$ONE'").aliases[0]')" shop
check_status 0 hubauth status shop
check_stdout_has "also called shop"
run hubauth help --candidates -- token sh
check_stdout_has shop
run hubauth help --candidates -- accounts ""
check_stdout_has alias
run hubauth help --candidates -- accounts alias --remove ""
check_stdout_has shop
check_status 0 hubauth accounts alias $TWO shop
check_is "it moves" "$(portal_of shop)" $TWO
check_status 0 hubauth accounts alias
check_stdout_has "test/$TWO"
for bad in 123 "a b" -x "" .x $ONE test "$(printf '%065d' 0)x"; do
    check_status 2 hubauth accounts alias $TWO -- "$bad"
done
check_status 2 hubauth accounts alias $TWO
check_status 2 hubauth accounts alias nobody name
check_status 2 hubauth accounts alias --remove nothing
check_stderr_has "shop"
check_status 0 hubauth accounts alias $TWO both
add_app both
check_status 0 hubauth token both
login_auto --app both --portal $ONE || said
check_status 2 hubauth token both
check_stderr_has "test/$TWO"
check_stderr_has "both/$ONE"
check_status 0 hubauth logout both/$ONE
check_status 0 hubauth accounts alias --remove both
check_status 2 hubauth token both
sqlite3 "$HUBAUTH_HOME/vault.db" "UPDATE vault_row SET plain=CAST('{\"account\":\"test/$ONE\"}' AS BLOB) WHERE kind=4"
check_status 8 hubauth token shop
check_stderr_has "changed by something other"
check_status 0 hubauth accounts alias --remove shop
check_status 0 hubauth accounts alias $ONE shop

check_status 0 hubauth logout $ONE
check_status 3 hubauth token shop
check_stderr_has "hubauth login --app test --portal $ONE"
check_is "the other is left" "$(portal_of)" $TWO

plan
