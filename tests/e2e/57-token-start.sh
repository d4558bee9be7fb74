#!/usr/bin/env bash
# `hubauth token` costs little: a fresh token is handed out without libcurl, without a socket, in a bounded number of instructions.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

MOST_INSTRUCTIONS=890000 # 845,000 with gcc 12, glibc 2.36 and SQLite 3.40; 910,000 with SQLite's extensions

connect
reset_stats
needed=$(readelf -d "$BUILD/hubauth" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p')
for library in curl ssl crypto sqlite pq secret uv m; do
    check "hubauth does not link lib$library" not grep -q "^lib${library}[.-]" <<<"$needed"
done

if sanitized; then
    skip "what a token costs" "a build with sanitizers"
    plan
fi

strace -f -o "$TMP/trace" -e trace=open,openat,socket,connect,fork,vfork,clone,clone3,execve "$BUILD/hubauth" token >"$out" 2>"$err"
check "a fresh token is printed" test "$(wc -c <"$out")" -gt 20
loaded=$(sed -nE 's/.*openat\(.*\/([a-z0-9-]+)\.so[^"]*".* = [0-9].*/\1/p' "$TMP/trace" | grep -v '^ld$' | sort -u | tr '\n' ' ')
ldd "$BUILD/modules/vault-sqlite.so" | grep -q libsqlite3 && shared=1 || shared=0 # meson_options.txt: static_sqlite
if [ $shared = 1 ]; then
    skip "  with what it links alone: libc, libsodium" "this build loads SQLite as a library"
else
    check_is "  with what it links alone: libc, libsodium" "$loaded" "$(sort <<<"$needed" | sed 's/\.so.*//' | tr '\n' ' ')"
fi
check "  without libcurl" not grep -qE 'lib(curl|ssl|crypto)[.-]' "$TMP/trace"
check "  without a socket" not grep -qE '^[0-9]+ +(socket|connect)\(' "$TMP/trace"
check "  without another process or thread" not grep -qE '^[0-9]+ +(fork|vfork|clone|clone3)\(' "$TMP/trace"
check_is "  without asking HubSpot" "$(stats '[.requests // {} | to_entries[] | select(.key | test("token|contacts")) | .value] | add // 0')" 0

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | sed -nE 's/.*Collected : ([0-9]+).*/\1/p'
}
hubauth token >"$TMP/token-in-a-file"
ours=$(count "$BUILD/hubauth" token)
cat_costs=$(count cat "$TMP/token-in-a-file")
echo "# instructions: hubauth token $ours, cat $cat_costs"
if [ $shared = 1 ]; then
    skip "a token costs at most $MOST_INSTRUCTIONS instructions" "this build loads SQLite as a library"
else
    check "a token costs at most $MOST_INSTRUCTIONS instructions" test "${ours:-99999999}" -le "$MOST_INSTRUCTIONS"
fi

plan
