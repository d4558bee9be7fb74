# shellcheck shell=bash disable=SC2034,SC2154
# What the scripts share that talk to the emulator by curl: sourced after lib.sh.

HEAD=$TMP/head
BODY=$TMP/body

# curl with what came kept: $code, $HEAD and $BODY.
get() {
    : >"$HEAD" && : >"$BODY"
    code=$(web -D "$HEAD" -o "$BODY" -w '%{http_code}' "$@" 2>"$err") || code=failed
}
header() { sed -nE "s/^$1: (.*)\r$/\1/Ip" "$HEAD" | tail -n 1; }
body() { jq -r "$1" "$BODY"; }
api() { get "$EMU$1" -H "Authorization: Bearer ${ACCESS}" "${@:2}"; }

# All ids of a list into $TMP/ids, page by page. $1: path, $2: more of the query, $3: a page's size
walk() {
    local after=
    : >"$TMP/ids"
    while :; do
        api "$1?limit=${3:-100}&${2:-}${after:+&after=$after}"
        [ "$code" = 200 ] || return
        body '.results[].id' >>"$TMP/ids"
        after=$(body '.paging.next.after // empty')
        [ -n "$after" ] || break
    done
}
