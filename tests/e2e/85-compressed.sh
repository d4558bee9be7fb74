#!/usr/bin/env bash
# Answers whose gzip is whole, of several members, cut, damaged, or far more than it seems, while HTTP's own framing is whole (C4, R2).
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# Random rows, so that what is compressed is long as well. GET /KIND is answered with the body treated so; KIND-once: the first
# time. Each request is a line of the file $2.
cat >"$TMP/server.py" <<'END'
import gzip, http.server, random, sys
random.seed(1)
rows = [b'{"id":"%064x"}' % random.getrandbits(256) for _ in range(60000)]
large, small = (b'{"results":[' + b",\n".join(some) + b"]}" for some in (rows, rows[:100]))
for name, body in (("large", large), ("small", small)):
    with open(sys.argv[1] + "/" + name, "wb") as f:
        f.write(body)


def damaged(packed, at):
    return packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]


kinds = {
    "whole": lambda body: gzip.compress(body, 1),
    "members": lambda body: b"".join(gzip.compress(body[i : i + 500000], 1) for i in range(0, len(body), 500000)),
    "cut": lambda body: gzip.compress(body, 1)[:-100],
    "no-trailer": lambda body: gzip.compress(body, 1)[:-8],
    "checksum": lambda body: damaged(gzip.compress(body, 1), -6),
    "length": lambda body: damaged(gzip.compress(body, 1), -2),
    "garbage": lambda body: gzip.compress(body, 1) + b"{}",
    "json": lambda body: gzip.compress(body[:-1], 1),
}
seen = set()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body, *headers):
        self.send_response(200)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", len(body)), *headers]:
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self):  # whose token is it?
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(b'{"userId":1,"hubId":2,"appId":3,"scopes":["oauth"]}')

    def do_GET(self):
        _, size, kind = self.path.split("/")
        with open(sys.argv[1] + "/requests", "a") as f:
            f.write(f"{self.path} {self.headers['Accept-Encoding']}\n")
        once = kind.endswith("-once")
        way = "whole" if once and kind in seen else kind.removesuffix("-once")
        seen.add(kind)
        coding = ("Content-Encoding", "br" if kind == "coding" else "gzip")
        self.answer(kinds.get(way, kinds["whole"])({"large": large, "small": small, "empty": b""}[size]), coding)

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
print(server.server_port, flush=True)
server.serve_forever()
END
exec {SERVER}< <(exec python3 "$TMP/server.py" "$TMP" 2>"$TMP/server.err")
children+=("$!")
read -r port <&"$SERVER" || bail "the server starts" "$(cat "$TMP/server.err")"
export HUBAUTH_HOME=$TMP/none HUBAUTH_API_URL=http://localhost:$port HUBSPOT_PRIVATE_APP_TOKEN=pat-eu1-00000000-0000-4000-8000-000000000000

# ------------------------------------------------------------------ whole

for kind in whole members; do
    for size in large small; do
        check_status 0 hubauth api /$size/$kind
        check "$size, $kind: what was compressed" cmp "$out" "$TMP/$size"
    done
done
check_status 0 hubauth api --include /large/whole
check_is "with --include the headers are those that came" "$(grep -ciE '^content-(encoding: gzip|length: [0-9]+)' "$out")" 2
check "  and the body is what was compressed" cmp <(sed '1,/^$/d' "$out") "$TMP/large"
check_status 0 hubauth api --raw --silent /large/whole
check_stdout_empty
check_status 0 hubauth api HEAD /large/whole
check_stdout_empty
check_status 0 hubauth api /empty/whole
check_stdout_empty
check "all of it was asked for as gzip" not grep -qv ' gzip$' "$TMP/requests"

# ------------------------------------------------------------------ not whole

for kind in cut no-trailer checksum length garbage; do
    : >"$TMP/requests"
    check_status 6 hubauth api /large/$kind
    check_stderr_has "bytes of it had been handed on: what was written is cut or damaged, and not to be trusted"
    check_stderr_has "call again, and use nothing of what was written"
    check_stderr_has "hubauth explain NETWORK_ANSWER_DAMAGED"
    check_is "large, $kind: it is not repeated, and begins as it should" \
        "$(wc -l <"$TMP/requests") $(cmp -n "$(wc -c <"$out")" "$out" "$TMP/large" && echo same)" "1 same"
    check "  as many bytes as it says" test "$(grep -oE '[0-9,]+ bytes of it' "$err" | tr -dc 0-9)" = "$(wc -c <"$out")"
    check_status 0 hubauth api /small/$kind-once
    check "small, $kind: it is asked for again" cmp "$out" "$TMP/small"
done
check_status 6 hubauth api /large/json
check_stderr_has "HubSpot's answer ends before its JSON does"
check_status 6 hubauth api /small/coding
check_stderr_has "compressed, and damaged or in a way that was not asked for"
check_stdout_empty

# ------------------------------------------------------------------ on the terminal

# Of an answer that is compressed nobody knows how long it will be.
"$E2E/at-terminal" --columns 100 --raw bash -c '"$0" api /large/whole | python3 -c "
import os, time
while os.read(0, 65536):
    time.sleep(0.02)"' "$BUILD/hubauth" </dev/null >"$TMP/terminal"
check "how much has come" grep -qP '\x1b\[K[0-9,]+ KiB  ' "$TMP/terminal"
check "  and not of how much" not grep -q ' of [0-9,]* KiB' "$TMP/terminal"

plan
