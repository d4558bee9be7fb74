# shellcheck shell=bash disable=SC2154,SC2034
# What the benchmarks of exports share: an emulator, a vault and an account in a temporary folder, and a program that measures
# what another one costs. $top and $build are the caller's; connect ARGUMENTS-OF-THE-EMULATOR… sets $url, $HUBAUTH_HOME and
# $emulator, puts an access token into $work/token, and stands in $work.
work=$(mktemp -d)
emulator=
disconnect() { [ -z "$emulator" ] || { kill "$emulator" 2>/dev/null && wait "$emulator" 2>/dev/null; } || true; emulator=; }
trap 'disconnect; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
set -E
trap 'echo "stopped at line $LINENO: $BASH_COMMAND" >&2' ERR
export HUBAUTH_HOME=$work/home
ten=email,firstname,lastname,company,phone,city,country,jobtitle,lifecyclestage,website
thirty=$ten,address,zip,state,fax,mobilephone,salutation,industry,annualrevenue,numemployees,hubspot_owner_id
thirty=$thirty,hs_lead_status,createdate,lastmodifieddate,hs_object_id,closedate,notes_last_updated,num_notes,hs_email_domain,message,date_of_birth
unset HUBAUTH_ACCOUNT HUBAUTH_LOG
"${CC:-cc}" -O2 -D_GNU_SOURCE -o "$work/cost" "$top/bench/bench_cost.c"

# Waits for a condition while a process lives: await PID LOG COMMAND…; else shows the log and fails.
await() {
    until "${@:3}"; do
        kill -0 "$1" 2>/dev/null || { cat "$2" >&2; return 1; }
        sleep 0.05
    done
}

connect() {
    local login
    rm -rf "$HUBAUTH_HOME" "$work"/{address,paste,key}
    : >"$work/emulator"
    "$build/hubauth-emulator" --auto-approve --redirect-url http://localhost:1/callback "$@" >"$work/emulator" 2>"$work/log" &
    emulator=$!
    await "$emulator" "$work/log" grep -q listening "$work/emulator"
    url=$(sed -n 's/^listening on //p' "$work/emulator")
    cd "$work" || return # no .hubauth file of a folder above takes part
    "$build/hubauth" init --key "file:$work/key" 2>/dev/null
    echo 22222222-2222-4222-8222-222222222222 | "$build/hubauth" app add bench \
        --client-id 11111111-1111-4111-8111-111111111111 --client-secret-file - --redirect-url http://localhost:1/callback \
        --scope "oauth crm.objects.contacts.read" --api-url "$url" --app-url "$url" 2>/dev/null
    # The consent page redirects to a port where nobody listens: the address is pasted, as by hand. The pipe is opened for
    # reading too, so that opening it waits for nobody.
    mkfifo "$work/paste"
    exec 3<>"$work/paste"
    "$build/hubauth" login --paste <&3 >"$work/address" 2>"$work/log" 3>&- &
    login=$!
    await "$login" "$work/log" test -s "$work/address"
    curl -q -sS -o /dev/null -w '%{redirect_url}\n' "$(cat "$work/address")" >&3
    wait "$login" || { cat "$work/log" >&2; return 1; }
    exec 3>&-
    (umask 077 && "$build/hubauth" token >"$work/token")
}

# A counter of the emulator: seen max_in_window
seen() { curl -q -sS "$url/_emulator/stats" | jq -r ".$1"; }

# Runs a command and sets $wall_us, $cpu_us and $rss_kib to what it cost. What it says is shown when it fails.
cost() {
    local status=0
    "$work/cost" "$@" 3>"$work/figures" >"$work/log" 2>&1 || { status=$?; cat "$work/log" >&2; }
    read -r wall_us cpu_us rss_kib <"$work/figures"
    return "$status"
}

# HubSpot's own client is installed as the tests have it; the folder with it and our programs.
peers() {
    local folder
    folder=$("$top/tests/npm/install" "$work/npm.log") || { cat "$work/npm.log" >&2; return 1; }
    cp "$top/bench/peers/contacts.mjs" "$folder/"
    echo "$folder"
}

# The first record of a file of results: when, where, what.
about() {
    jq -cn --arg bench "$1" --arg date "$(date -u +%FT%TZ)" --arg commit "$(git -C "$top" describe --always --dirty 2>/dev/null)" \
        --arg machine "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, Linux $(uname -r)" \
        --arg load "$(cut -d' ' -f1-3 /proc/loadavg)" --arg hubauth "$("$build/hubauth" version | head -n 1)" \
        --arg curl "$(curl -q --version | head -n 1 | cut -d' ' -f1-2)" --arg node "$(node --version)" \
        --arg client "@hubspot/api-client $(jq -r '.dependencies."@hubspot/api-client"' "$top/tests/npm/package.json")" \
        --arg python "$(/usr/bin/python3 -c 'import platform, requests; print(f"Python {platform.python_version()}, requests {requests.__version__}")')" \
        '{about: $ARGS.named}'
}
