#!/usr/bin/env bash
# What the shells complete: the candidates, and bash's function as bash calls it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

connect

# $1: the candidates that are awaited, $2…: words after hubauth, the last one as far as it has been typed
candidates() {
    local want=$1
    shift
    run hubauth help --candidates -- "$@"
    check_is "hubauth $* <TAB>: ${want:-nothing}" "$(cut -f 1 "$out" | xargs)" "$want" || said
}
candidates "init app login accounts status logout token api exec limits export refresh introspect doctor explain unlock lock key export-vault import-vault help version" ""
candidates token t
candidates "--version --help" --
candidates "add check list show update import migrate remove" app ""
candidates show app s
candidates "--api-version --api-url" app add shop --api
candidates :files app add shop --client-secret-file ""
candidates test app show ""
candidates "$PORTAL" token ""
candidates "" token x
candidates "plain header json env netrc curl" token --format ""
candidates plain token -f pl
candidates --format=plain token --format=pl
candidates plain token --format = pl
candidates "v1 v3 2026-03 2026-09" export contacts --api ""
candidates "$PORTAL" export contacts --account 1
candidates "contacts companies deals tickets" export ""
candidates "companies" export contacts --resume com
candidates test login --app ""
candidates "" login --timeout ""
candidates token help tok
candidates "" nonsense ""

HUBAUTH_HOME=$TMP/none candidates "" token ""
check_is "  and no word about the vault that is not there" "$(cat "$err")" ""

# --- bash
run hubauth help --completion bash
check "bash reads its script" bash -n "$out"
# shellcheck disable=SC1090
. "$out"
# shellcheck disable=SC2317
compopt() { echo "$*" >"$TMP/compopt"; }
COMPREPLY=()

# $1: what bash should offer, $2…: the command line
bash_offers() {
    local want=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _hubauth "$1" "${@: -1}" "${@: -2:1}"
    check_is "bash: ${*:2} <TAB>: ${want:-nothing}" "${COMPREPLY[*]}" "$want"
}
bash_offers token "$BUILD/hubauth" tok
bash_offers "add check list show update import migrate remove" "$BUILD/hubauth" app ""
bash_offers "$PORTAL" "$BUILD/hubauth" token ""
bash_offers "curl" "$BUILD/hubauth" token --format = c
bash_offers "" "$BUILD/hubauth" export contacts --output ""
check "  but names of files" grep -q default "$TMP/compopt"

plan
