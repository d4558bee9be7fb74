#!/usr/bin/env bash
# Help for every command, from one source: --help, help COMMAND, the man pages; and advice for what was mistyped.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

export HUBAUTH_HOME=$TMP/none
check_status 0 hubauth help
check_is "  nothing on stderr" "$(cat "$err")" ""
cp "$out" "$TMP/help"
check_status 0 hubauth --help
check_is "  says the same" "$(cat "$out")" "$(cat "$TMP/help")"
check_status 0 hubauth
check_is "  says the same" "$(cat "$out")" "$(cat "$TMP/help")"

commands="init app login accounts status token refresh introspect logout api exec limits export export-vault import-vault doctor explain key unlock lock version help"
for command in $commands; do
    check "hubauth help lists $command" grep -qE "^ +$command\b" "$TMP/help"
    check_status 0 hubauth "$command" --help
    check "  begins with its usage" grep -qiE "usage:? +hubauth $command\b|^hubauth $command\b" "$out"
    cp "$out" "$TMP/help.$command"
    check_status 0 hubauth help "$command"
    check_is "  the same as --help" "$(cat "$out")" "$(cat "$TMP/help.$command")"
    check_is "  no line but an example is longer than 100" "$(grep -v '^  hubauth ' "$out" | grep -E '.{101}')" ""
done
for word in add list show check migrate import remove; do
    check "hubauth app --help explains $word" grep -qE "\b$word\b" "$TMP/help.app"
    check_status 0 hubauth app "$word" --help
done
for word in show rotate change; do
    check "hubauth key --help explains $word" grep -qE "\b$word\b" "$TMP/help.key"
    check_status 0 hubauth key "$word" --help
done
check_status 0 hubauth accounts add --help
check_status 0 hubauth accounts alias --help
# A line in the general help for a command that is not tested above would be a command without a test.
while read -r word; do
    case " $commands " in *" $word "*) ;; *) not_ok "hubauth $word is in the help and in no test" ;; esac
done < <(sed -nE 's/^  ([a-z-]+)( [a-z-]+)?  .*/\1/p' "$TMP/help" | sort -u)
check_status 0 hubauth version
check "  names itself" grep -qE '^hubauth [0-9]+\.[0-9]+' "$out"
check_status 0 hubauth --version
check_status 0 "$BUILD/hubauth-emulator" --help
check "  names its options" grep -q -- --auto-approve "$out"
check_status 2 "$BUILD/hubauth-emulator" --no-such-option

# --- mistyped
check_status 2 hubauth tokn
check_stderr_has "token"
check_status 2 hubauth acounts
check_stderr_has "accounts"
check_status 2 hubauth token --min-tll 5m
check_stderr_has "--min-ttl"
check_status 2 hubauth help tokn
check_stderr_has "token"
check_status 2 hubauth app lst
check_stderr_has "app list"
# shellcheck disable=SC2046
check_status 2 hubauth token $(seq 60)
# shellcheck disable=SC2046
check_status 2 hubauth token $(seq 600)

# --- colour only for a terminal that wants it
on_terminal() { script -qefc "$1" /dev/null </dev/null >"$out" 2>&1; }
NO_COLOR=1 TERM=xterm on_terminal "$BUILD/hubauth help"
check "NO_COLOR is respected" not grep -q $'\e' "$out"
TERM=dumb on_terminal "$BUILD/hubauth help"
check "TERM=dumb is respected" not grep -q $'\e' "$out"
run hubauth help
check "no colour into a pipe" not grep -q $'\e' "$out"

# --- man pages
for command in "" $commands; do
    page=$(find "$BUILD" -name "hubauth${command:+-$command}.1" | head -n 1)
    if [ -n "$page" ]; then
        ok "there is a man page hubauth${command:+-$command}(1)"
        check "  with a synopsis" grep -q "^.SH SYNOPSIS" "$page"
    elif [ -n "$(find "$BUILD" -name '*.1' | head -n 1)" ]; then
        not_ok "there is a man page hubauth${command:+-$command}(1)"
    else
        skip "there is a man page hubauth${command:+-$command}(1)" "built without man pages"
    fi
done

plan
