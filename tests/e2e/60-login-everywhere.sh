#!/usr/bin/env bash
# Login where there is no browser, no display, no terminal, no IPv6, no /proc: over SSH, in WSL, in containers (T6, T7, B2, B4, B14, A9).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

unset SSH_CONNECTION SSH_TTY SSH_CLIENT WSL_DISTRO_NAME WSL_INTEROP container
start_emulator --auto-approve
new_home
add_app test
approved() { web -o /dev/null -w '%{redirect_url}' "$LOGIN_URL"; }
login_url() { grep -hoE "http://localhost:$EMU_PORT/oauth/[^ ]*" "$@" | head -n 1; }
nobody_listens() { not bash -c "exec 3<>/dev/tcp/127.0.0.1/$REDIRECT_PORT" 2>/dev/null; }

# ------------------------------------------------------------------ the opener chain

bin=$TMP/bin
mkdir "$bin"
# Programs that note their arguments and go nowhere. What they do is in $TMP/NAME.does: "open" or "fail".
for name in xdg-open wslview powershell.exe first "with space"; do
    cat >"$bin/$name" <<END
#!/bin/sh
printf '%s\n' "\$@" >"$TMP/$name.args"
echo $name >>"$TMP/order"
[ "\$(cat "$TMP/$name.does")" = open ] || exit 3
END
    chmod +x "$bin/$name"
    echo fail >"$TMP/$name.does"
done

# A login in which an opener is awaited. $1: the opener that works, "" for none; the rest is its environment.
opened_by() {
    local works=$1 fd
    shift
    rm -f "$TMP/order" "$TMP"/*.args
    : >"$err"
    [ -z "$works" ] || echo open >"$TMP/$works.does"
    exec {fd}< <(exec env PATH="$bin:$PATH" "$@" "$BUILD/hubauth" login 2>"$err" </dev/null)
    LOGIN_PID=$!
    children+=("$LOGIN_PID")
    wait_until "$LOGIN_PID" grep -qE 'It was opened with|No browser could be' "$err"
    LOGIN_URL=$(login_url "$err")
    check "  it is said which" grep -qF "${works:+It was opened with $works}" "$err"
    web -L -o /dev/null "$LOGIN_URL" # the browser's part
    exec {fd}<&-
    wait "$LOGIN_PID"
    status=$?
    [ -z "$works" ] || echo fail >"$TMP/$works.does"
    check_is "login with the opener \"${works:-none}\" and $*: exit 0" "$status" 0 || said
    check "  the URL was printed (T6)" test -n "$LOGIN_URL"
}
order() { tr '\n' ' ' <"$TMP/order"; }

opened_by first BROWSER=first
check_is "  the URL was its one argument (A9)" "$(cat "$TMP/first.args")" "$LOGIN_URL"
opened_by first "BROWSER=/nowhere/to/be/found:first --new %s --end"
check_is "  %s stands for the URL" "$(cat "$TMP/first.args")" "--new
$LOGIN_URL
--end"
opened_by "with space" "BROWSER=$bin/with space"
opened_by xdg-open BROWSER=first DISPLAY=:99
check_is "  after one that failed" "$(order)" "first xdg-open "
opened_by xdg-open BROWSER= WAYLAND_DISPLAY=wayland-1
opened_by wslview BROWSER=first DISPLAY=:99 WSL_DISTRO_NAME=Debian
check_is "  in turn (T6)" "$(order)" "first xdg-open wslview "
opened_by powershell.exe BROWSER= WSL_DISTRO_NAME=Debian
check_is "  in turn" "$(order)" "wslview powershell.exe "
check "  which gets the command in base64, so that no shell reads the URL" \
    grep -qxE '[A-Za-z0-9+/]+=*' <(tail -n 1 "$TMP/powershell.exe.args")
check_is "  the URL is a literal there" "$(tail -n 1 "$TMP/powershell.exe.args" | base64 -d | iconv -f UTF-16LE -t UTF-8)" \
    "Start-Process '$LOGIN_URL'"
opened_by "" BROWSER=
check "  it is said that none could be started" grep -q "No browser could be started here" "$err"
check "  and nothing was tried without a display" test ! -e "$TMP/order"
opened_by "" BROWSER=first:false

# A browser that stays in the foreground is neither waited for nor ended.
cat >"$bin/lasting" <<END
#!/bin/sh
echo \$\$ >"$TMP/lasting.pid"
curl -q -sS -L -o /dev/null "\$1"
exec sleep 3600
END
chmod +x "$bin/lasting"
BROWSER=$bin/lasting check_status 0 hubauth login
lasting=$(cat "$TMP/lasting.pid")
check "a browser that runs on is left alone" kill -0 "$lasting"
kill "$lasting"

# ------------------------------------------------------------------ SSH

ssh_login() { # environment…; leaves what was said in $err
    local fd
    exec {fd}< <(exec env "$@" "$BUILD/hubauth" login --no-browser 2>"$err" </dev/null)
    LOGIN_PID=$!
    children+=("$LOGIN_PID")
    read -r LOGIN_URL <&"$fd"
    web -L -o /dev/null "$LOGIN_URL"
    exec {fd}<&-
    wait "$LOGIN_PID"
    status=$?
    check_is "a login with $*: exit 0" "$status" 0 || said
}
P=$REDIRECT_PORT
ssh_login "SSH_CONNECTION=198.51.100.9 52044 192.0.2.7 22" USER=jane
check_stderr_has "  ssh -L $P:localhost:$P jane@192.0.2.7"
ssh_login "SSH_CONNECTION=2001:db8::9 52044 2001:db8::7 2222" USER=jane
check_stderr_has "  ssh -L $P:localhost:$P -p 2222 jane@2001:db8::7"
ssh_login SSH_TTY=/dev/pts/3 USER=jane
check_stderr_has "  ssh -L $P:localhost:$P jane@$(hostname)"
# shellcheck disable=SC2016
for evil in '1.2.3.4 1 $(touch${IFS}x) 22' '1.2.3.4 1 192.0.2.7 22;id' '1.2.3.4 1 -oProxyCommand=id 22' '1 2' ''; do
    ssh_login "SSH_CONNECTION=$evil" SSH_TTY=/dev/pts/3 'USER=-oX;id' LOGNAME=jane
    check_stderr_has "  ssh -L $P:localhost:$P jane@$(hostname)"
done
ssh_login "SSH_CONNECTION=198.51.100.9 52044 192.0.2.7 22" USER=jane DISPLAY=:10
check "  with a display no port has to be forwarded" not grep -q "ssh -L" "$err"
ssh_login container=podman USER=jane
check_stderr_has "This is a container"

# ------------------------------------------------------------------ by hand

# hubauth login with standard input from us. $1: what is typed, CODE, LOCATION stand for the answer's; then options
typed_login() {
    local typed=$1 fd location
    shift
    : >"$out"
    mkfifo "$TMP/typed"
    exec {fd}<>"$TMP/typed"
    "$BUILD/hubauth" login "$@" <&"$fd" >"$out" 2>"$err" &
    LOGIN_PID=$!
    children+=("$LOGIN_PID")
    wait_until "$LOGIN_PID" grep -q '^http' "$out"
    LOGIN_URL=$(login_url "$out")
    check "  no port is open" nobody_listens
    location=$(approved)
    typed=${typed/LOCATION/"$location"}
    typed=${typed/CODE/"$(url_part "$location" code)"}
    printf '%s' "$typed" >&"$fd"
    exec {fd}>&-
    wait "$LOGIN_PID"
    status=$?
    rm "$TMP/typed"
}
typed_login $'LOCATION\n' --paste
check_is "the address is pasted (T6)" "$status" 0 || said
typed_login $'CODE\n' --paste-code
check_is "the code alone, where that is asked for (B14)" "$status" 0 || said
typed_login $'CODE\n' --paste
check_is "and not otherwise (B14)" "$status" 1 || said
check_stderr_has "this is not the redirect URL"
typed_login $'LOCATION\n' --paste-code
check_is "an address is no code" "$status" 1 || said
typed_login "$(head -c 20000 /dev/zero | tr '\0' x)"$'\n' --paste
check_is "a line without end is refused" "$status" 1 || said
check_stderr_has "longer than"
check_status 2 hubauth login --paste </dev/null
check_stderr_has "standard input ended"
printf '%s' "$REDIRECT?code=x&state=y" >"$TMP/file"
check_status 1 hubauth login --paste <"$TMP/file"
check_stderr_has "state"
check_status 2 hubauth login --paste --paste-code
check_status 2 hubauth login --timeout 11m
add_app strict --redirect-url "$REDIRECT-strict" --issuer "$EMU"
check_status 2 hubauth login --app strict --paste-code <<<"na1-code"
check_stderr_has "hubauth login --app strict --paste"
check_status 0 hubauth app remove strict
mkfifo "$TMP/silent"
exec {silent}<>"$TMP/silent"
check_status 3 hubauth login --paste --timeout 1s <&"$silent"
: >"$out"
"$BUILD/hubauth" login --paste <&"$silent" >"$out" 2>"$err" &
LOGIN_PID=$!
children+=("$LOGIN_PID")
wait_until "$LOGIN_PID" grep -q '^http' "$out"
kill -INT "$LOGIN_PID"
wait "$LOGIN_PID"
check_is "Ctrl-C ends the wait for a line" "$?" 130
exec {silent}>&-

# On a terminal: the receiver waits and a line may be pasted, whichever comes first.
cat >"$TMP/terminal.py" <<'END'
import os, pty, re, sys, urllib.request
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
said = b""
def until(pattern):
    global said
    while not re.search(pattern, said):
        try: piece = os.read(fd, 4096)
        except OSError: piece = b""
        if not piece: return
        said += piece
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args): return None
def location(url):
    try: urllib.request.build_opener(Stay).open(url)
    except urllib.error.HTTPError as e: return e.headers["Location"]
until(rb"Ctrl-C gives up")
url = re.search(rb"http://localhost:\d+/oauth/[^\s]+", said)[0].decode()
os.write(fd, b"\n" + b"not an address\n")
until(rb"not the redirect URL")
if os.environ["TYPED"] == "interrupt": os.write(fd, b"\x03")
else: os.write(fd, location(url).encode() + b"\n")
until(rb"^\0")
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(said)
sys.exit(status if status >= 0 else 128 - status)
END
TYPED=location check_status 0 python3 "$TMP/terminal.py" "$BUILD/hubauth" login --no-browser
check_stdout_has "Waiting 5 m for the browser, or a pasted address; Ctrl-C gives up."
check_stdout_has "Connected: account $PORTAL"
check "  the port is closed again (B4)" nobody_listens
TYPED=interrupt check_status 130 python3 "$TMP/terminal.py" "$BUILD/hubauth" login --no-browser
check "Ctrl-C at a terminal closes the port (B4)" nobody_listens
TYPED=location NO_COLOR=1 check_status 0 python3 "$TMP/terminal.py" "$BUILD/hubauth" login --paste
check_stdout_has "Waiting 5 m for the pasted line"

# ------------------------------------------------------------------ no terminal, nothing left behind

cat >"$bin/hanging" <<END
#!/bin/sh
echo \$\$ >"$TMP/hanging.pid"
exec sleep 3600
END
chmod +x "$bin/hanging"
rm -f "$TMP/hanging.pid"
: >"$err"
BROWSER=$bin/hanging setsid "$BUILD/hubauth" login >"$out" 2>"$err" </dev/null &
LOGIN_PID=$!
children+=("$LOGIN_PID")
wait_until "$LOGIN_PID" test -s "$TMP/hanging.pid"
session=$(ps -o sid= -p "$LOGIN_PID" | tr -d ' ')
check "without a terminal it waits" grep -q "Waiting for the answer" "$err"
kill -INT "$LOGIN_PID"
wait "$LOGIN_PID"
check_is "interrupted, it leaves no process" "$(pgrep -s "$session" | wc -l)" 0
check "  and nothing that listens (B4)" nobody_listens
kill "$(cat "$TMP/hanging.pid")"
: >"$out"
"$BUILD/hubauth" login --no-browser <&- >"$out" 2>"$err" &
LOGIN_PID=$!
children+=("$LOGIN_PID")
wait_until "$LOGIN_PID" grep -q '^http' "$out"
web -L -o /dev/null "$(login_url "$out")"
wait "$LOGIN_PID"
check_is "a closed standard input is no obstacle" "$?" 0 || said
check_status 0 env -u HOME -u USER -u PATH BROWSER="$bin/first" "$BUILD/hubauth" accounts

# ------------------------------------------------------------------ containers

# The rest of this script's arguments is run with an emulator, an app and a login inside a namespace.
inside() { # $1: what is case, $2: commands that prepare the namespace, $3…: unshare's options
    local text=$1 prepare=$2
    shift 2
    if ! unshare -rn "$@" true 2>/dev/null; then
        skip "$text" "namespaces cannot be made here"
        return
    fi
    HUBAUTH_HOME=$(mktemp -d "$TMP/home.XXXXXX") unshare -rn "$@" bash -c '
        set -e
        ip link set lo up
        '"$prepare"'
        "$BUILD/hubauth-emulator" --port 0 --auto-approve --redirect-url http://localhost:8976/callback >"$HUBAUTH_HOME/emulator" &
        emulator=$!
        trap "kill $emulator" EXIT
        until grep -q listening "$HUBAUTH_HOME/emulator"; do sleep 0.02; done
        EMU=$(sed "s/listening on //" "$HUBAUTH_HOME/emulator")
        "$BUILD/hubauth" init --key "file:$HUBAUTH_HOME/key"
        "$BUILD/hubauth" app add test --client-id '"$CLIENT_ID"' --client-secret-file - --redirect-url http://localhost:8976/callback \
            --scope "'"$SCOPE"'" --api-url "$EMU" --app-url "$EMU" <<<'"$CLIENT_SECRET"'
        "$BUILD/hubauth" login --no-browser </dev/null >"$HUBAUTH_HOME/url" &
        login=$!
        until grep -q http "$HUBAUTH_HOME/url"; do kill -0 $login; sleep 0.02; done
        '"${INSIDE-:}"'
        curl -q -sS -L -o "$HUBAUTH_HOME/page" "$(cat "$HUBAUTH_HOME/url")"
        wait $login
    ' >"$out" 2>"$err"
    status=$?
    check_is "$text" "$status" 0 || said
}
no_ipv6='echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ! grep -q . /proc/net/if_inet6'
INSIDE='! grep -qi ":2310 " /proc/net/tcp6 && grep -q "0100007F:2310 " /proc/net/tcp' \
    inside "without IPv6 it listens on 127.0.0.1 alone and connects (B2)" "$no_ipv6"
INSIDE='grep -qi "00000000000000000000000001000000:2310 " /proc/net/tcp6 && grep -q "0100007F:2310 " /proc/net/tcp' \
    inside "in a namespace with IPv6 it listens on both (B2)" ":"
# Without /proc a program does not know where it is: the modules have to be where an installation puts them.
no_proc='mount -t tmpfs none /usr/local/lib; mkdir -p /usr/local/lib/'"$(gcc -print-multiarch)"'/hubauth
    cp "$BUILD"/modules/*.so /usr/local/lib/*/hubauth/; mount -t tmpfs none /proc; ! test -e /proc/self'
if sanitized; then
    skip "without /proc it connects (T6)" "the sanitizers need /proc"
else
    inside "without /proc it connects (T6)" "$no_proc" -m
fi

plan
