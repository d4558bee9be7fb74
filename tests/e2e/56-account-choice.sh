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

check_status 0 hubauth logout $ONE
check_is "the other is left" "$(portal_of)" $TWO

plan
