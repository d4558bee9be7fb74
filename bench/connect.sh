# shellcheck shell=bash disable=SC2154
# What the benchmarks of exports share: an emulator, a vault and an account in a temporary folder. Sets $work, $url,
# $HUBAUTH_HOME and $emulator, and stands in $work. connect ARGUMENTS-OF-THE-EMULATOR…; $build is the build folder.
work=$(mktemp -d)
emulator=
disconnect() { [ -z "$emulator" ] || { kill "$emulator" 2>/dev/null && wait "$emulator" 2>/dev/null; } || true; emulator=; }
trap 'disconnect; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export HUBAUTH_HOME=$work/home

connect() {
    local login
    rm -rf "$HUBAUTH_HOME" "$work"/{address,paste,key}
    : >"$work/emulator"
    "$build/hubauth-emulator" --auto-approve --redirect-url http://localhost:1/callback "$@" >"$work/emulator" &
    emulator=$!
    until grep -q listening "$work/emulator"; do sleep 0.05; done
    url=$(sed -n 's/^listening on //p' "$work/emulator")
    cd "$work" || return # no .hubauth file of a folder above takes part
    "$build/hubauth" init --key "file:$work/key" 2>/dev/null
    echo 22222222-2222-4222-8222-222222222222 | "$build/hubauth" app add bench \
        --client-id 11111111-1111-4111-8111-111111111111 --client-secret-file - --redirect-url http://localhost:1/callback \
        --scope "oauth crm.objects.contacts.read" --api-url "$url" --app-url "$url" 2>/dev/null
    # The consent page redirects to a port where nobody listens: the address is pasted, as by hand.
    mkfifo "$work/paste"
    "$build/hubauth" login --paste <"$work/paste" >"$work/address" 2>/dev/null &
    login=$!
    exec 3>"$work/paste"
    until [ -s "$work/address" ]; do sleep 0.05; done
    curl -sS -o /dev/null -w '%{redirect_url}\n' "$(cat "$work/address")" >&3
    exec 3>&-
    wait "$login"
}

# A counter of the emulator: seen max_in_window
seen() { curl -sS "$url/_emulator/stats" | jq -r ".$1"; }
