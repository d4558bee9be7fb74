#!/usr/bin/env bash
# Setting up an app: what its check proves.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

start_emulator --auto-approve
new_home
add_app test

# ------------------------------------------------------------------ check

check_status 0 hubauth app check
check_stdout_has "client id       right: $CLIENT_ID"
check_stdout_has "client secret   right"
check_stdout_has "$EMU/oauth/2026-03/token is there"
check_stdout_has "redirect URLs   not proven"
check_stdout_has "scopes          not proven"
check_stdout_has "clock           as the server's"
check_stderr_has "hubauth login --app test"
check_is "the code was tried once, and in vain" "$(stats '"\(.token_code_failed) \(.token_code_ok)"')" "1 0"

check_status 0 hubauth app check test --json
check_is "  its JSON has the verdict" "$(json_get '[.verdict, .client_id_is_right, .client_secret_is_right] | @csv')" '"right",true,true'
check_is "  and what is not proven" "$(json_get '.not_proven | join(" ")')" "redirect_urls scopes"
check_is "  and HubSpot's word" "$(json_get .code)" BAD_AUTH_CODE
check "  and how the clocks differ" test "$(json_get '(.clock_ahead_ms | fabs) <= .clock_slack_ms')" = true

# The emulator looks at the client before it looks at the code, as HubSpot does.
CLIENT_SECRET=22222222-2222-4222-8222-000000000000 add_app badsecret
check_status 2 hubauth app check badsecret
check_stdout_has "client id       right"
check_stdout_has "client secret   wrong"
check_stderr_has "BAD_CLIENT_SECRET"
CLIENT_ID=11111111-1111-4111-8111-000000000000 add_app badid
check_status 2 hubauth app check badid --json
check_is "  a wrong client id says nothing of the secret" "$(json_get '[.verdict, .client_id_is_right, .client_secret_is_right] | @csv')" '"bad_client_id",false,'
REDIRECT=http://localhost:$REDIRECT_PORT/other add_app badredirect
check_status 2 hubauth app check badredirect
check_stderr_has "http://localhost:$REDIRECT_PORT/other is not a redirect URL of this app"

add_app lost --api-url "http://localhost:$(free_port)"
check_status 6 hubauth app check lost
check_stdout_has "client secret   not proven"
fault '{"route": "/oauth/2026-03/token", "count": 1, "status": 404}'
check_status 2 hubauth app check test
check_stderr_has "there is no token endpoint"
fault '{"route": "/oauth/2026-03/token", "count": 1, "status": 503}'
check_status 6 hubauth app check test

check "no secret is in what was said" not grep -qF "$CLIENT_SECRET" "$out" "$err"
check_status 2 hubauth app check nosuch
check_stderr_has "no app is called nosuch"

plan
