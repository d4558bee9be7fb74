/* What is not one answer of HubSpot's: the way to it, webhooks, what only shows in the long run,
 * and hubauth's own exit codes. The texts of the network's entries are those of http_curl.c,
 * besides what other programs say. */
#include "hubspot_catalogue_data.h"

#define PROBE "hubauth api /account-info/2026-03/details"

/* An exit code (README): the short text is that of `hubauth help`. */
#define EXIT(number, short_text, means, next, ...)                                                 \
    {                                                                                              \
        .code = "EXIT_" #number, .aliases = "EXIT_CODE_" #number "|EXIT_STATUS_" #number,          \
        .places = HUBSPOT_AT_EXIT, .confidence = HUBSPOT_OWN, .why = short_text, .hint = "",       \
        .meaning = means, .causes = {__VA_ARGS__},                                                 \
        .settles = {{"hubauth doctor", "checks everything from the vault to HubSpot"}},            \
        .cure = next, .source = "hubauth",                                                         \
    }

const struct hubspot_catalogue_entry hubspot_catalogue_rest[] = {
    /* ------------------------------------------------------------ network */
    {
        .code = "NETWORK_PROXY_NAME",
        .texts = "name of the proxy cannot be resolved|could not resolve proxy",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_WAITED,
        .confidence = HUBSPOT_OWN,
        .why = "the name of the proxy cannot be resolved",
        .hint = "check https_proxy",
        .meaning = "The environment names a proxy that no name server knows.",
        .causes = {"https_proxy is misspelt, or left over from another network",
                   "the proxy is known only inside a VPN"},
        .settles = {{"hubauth doctor", "names the proxy variables"}},
        .cure = "Correct https_proxy, or unset it where no proxy is needed.",
        .source = "curl(1), environment",
    },
    {
        .code = "NETWORK_DNS",
        .aliases = "DNS|ENOTFOUND|EAI_AGAIN",
        .texts = "cannot be resolved|could not resolve host|getaddrinfo|name or service not known|"
                 "temporary failure in name resolution",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_WAITED,
        .confidence = HUBSPOT_OWN,
        .why = "the host's name cannot be resolved",
        .hint = "check the network, and the name for a misspelling",
        .meaning = "No name server gave an address for the host. Nothing was sent.",
        .causes = {"no network", "the host in --api-url is misspelt",
                   "the name server is down, or blocks the name",
                   "a container without a name server"},
        .settles = {{"hubauth doctor", "tries the name and the connection"},
                    {"hubauth app show NAME", "the host that is asked"}},
        .cure = "Mend the network or the name. The grant is not concerned.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_REFUSED",
        .aliases = "ECONNREFUSED|CONNECTION_REFUSED|EHOSTUNREACH|ENETUNREACH",
        .texts =
            "nothing takes connections at|connection refused|couldnt connect to server|failed to "
            "connect to|no route to host",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_WAITED,
        .confidence = HUBSPOT_OWN,
        .why = "nothing takes connections there",
        .hint = "hubauth doctor",
        .meaning = "The address answered that nobody listens at that port, or cannot be reached.",
        .causes = {"a firewall", "the emulator, or a server of yours, is not running",
                   "a wrong port in --api-url or in https_proxy"},
        .settles = {{"hubauth doctor", "tries the connection, and names the proxy"},
                    {"hubauth app show NAME", "host and port that are asked"}},
        .cure = "Start what should listen, or correct the address. HubSpot itself is at "
                "https://api.hubapi.com, port 443.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_TIMEOUT",
        .aliases = "ETIMEDOUT|TIMEOUT|ESOCKETTIMEDOUT|ECONNABORTED",
        .texts =
            "did not finish its answer within|sent nothing for|no connection with|connection timed "
            "out|operation timed out|timeout of",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_HARMLESS,
        .confidence = HUBSPOT_OWN,
        .why = "no answer came in time",
        .hint = "try again later",
        .meaning =
            "No connection was made, or the answer stopped coming. Whether HubSpot acted is not "
            "known; a refresh is then in doubt and is settled by the next one.",
        .causes = {"a firewall that drops packets in silence", "a slow proxy or VPN",
                   "HubSpot is slow: its edge gives up after 100 seconds"},
        .settles = {{"hubauth doctor", "tries the connection"}, {PROBE, "does a small call work?"}},
        .cure =
            "Try again; ask for smaller pages. If only large answers stop, look at the VPN's MTU.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_CERTIFICATE_NAME",
        .aliases = "ERR_TLS_CERT_ALTNAME_INVALID",
        .texts = "belongs to another name|does not match certificates altnames|no alternative "
                 "certificate subject name",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_WAITED,
        .confidence = HUBSPOT_OWN,
        .why = "the server's certificate belongs to another name",
        .hint = "is the host in the URL the right one?",
        .meaning = "Who answered is not the host that was asked. Nothing was sent to it.",
        .causes = {"--api-url names an alias or an address instead of the host",
                   "a captive portal or a proxy answers", "somebody is in between"},
        .settles = {{"hubauth doctor", "says who issued the certificate that came"},
                    {"hubauth app show NAME", "the host that is asked"}},
        .cure = "Use https://api.hubapi.com. There is no option to skip the check.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_CERTIFICATE",
        .aliases = "CERTIFICATE|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|"
                   "UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE|"
                   "CERT_HAS_EXPIRED",
        .texts =
            "the certificate of|self signed certificate|unable to get local issuer certificate|"
            "certificate verify failed|certificate has expired|ssl certificate problem",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_WAITED,
        .confidence = HUBSPOT_OWN,
        .why = "the server's certificate cannot be trusted",
        .hint = "hubauth doctor",
        .meaning =
            "The certificate is not valid now, or no authority vouches for it that this machine "
            "knows. Nothing was sent.",
        .causes = {"a company's proxy opens TLS with a certificate of its own",
                   "this machine's clock is wrong",
                   "ca-certificates is missing or old, as in small containers",
                   "somebody is in between"},
        .settles = {{"hubauth doctor", "who issued the certificate, and the clock"}},
        .cure = "Install ca-certificates, set the clock, or name the company's authority in "
                "SSL_CERT_FILE. There is no option to skip the check.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_TLS",
        .aliases = "TLS|SSL|EPROTO",
        .texts = "no tls connection with|wrong version number|ssl handshake|tls handshake|"
                 "list of certificate authorities cannot be read",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_WAITED,
        .confidence = HUBSPOT_OWN,
        .why = "no TLS connection could be made",
        .hint = "does it speak TLS 1.2 or later at that port?",
        .meaning = "The two sides found no common TLS, or the port speaks something else.",
        .causes = {"https to a port that speaks http",
                   "a proxy or server that knows TLS 1.1 at most",
                   "SSL_CERT_FILE names a file that cannot be read"},
        .settles = {{"hubauth doctor", "tries TLS"}},
        .cure = "Correct the address; hubauth takes TLS 1.2 and later.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_CLOSED",
        .aliases = "ECONNRESET|EPIPE|CONNECTION_RESET",
        .texts = "closed the connection without an answer|broke before the answer was complete|"
                 "connection reset|socket hang up|empty reply from server",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_HARMLESS,
        .confidence = HUBSPOT_OWN,
        .why = "the connection broke",
        .hint = "try again",
        .meaning =
            "The connection ended before the whole answer was here. HubSpot may have acted; a "
            "refresh is then in doubt and is settled by the next one.",
        .causes = {"a proxy or firewall cut it", "the server was restarted",
                   "an idle connection was closed by something in between"},
        .settles = {{"hubauth status", "says when a refresh is in doubt"},
                    {PROBE, "does a small call work?"}},
        .cure = "Try again. If it happens often, look at the proxy.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_NOT_HTTP",
        .texts = "answered is not http",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .confidence = HUBSPOT_OWN,
        .why = "what answered does not speak HTTP",
        .hint = "is there a web server at that port?",
        .meaning = "Something listens there and is no web server.",
        .causes = {"a wrong port in --api-url or https_proxy", "http to a port that speaks https"},
        .settles = {{"hubauth app show NAME", "host and port that are asked"}},
        .cure = "Correct the address.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_ANSWER_DAMAGED",
        .aliases = "Z_DATA_ERROR",
        .texts = "damaged or in a way that was not asked for|answer ends before its json does|"
                 "unrecognized or bad http content|incorrect header check|incorrect data check",
        .places = HUBSPOT_AT_NETWORK,
        .verdict = HUBSPOT_TRANSIENT,
        .repeat = HUBSPOT_REPEAT_HARMLESS,
        .confidence = HUBSPOT_OWN,
        .why = "the answer is damaged, or not whole",
        .hint = "call again, and use nothing of what was written",
        .meaning =
            "The answer came to its end, and is not what the server sent: its gzip has a wrong "
            "checksum or length, or its JSON has no end. That is known at the end alone. An answer "
            "of more than 1 MiB has been printed by then: exit status 6 says that no byte of it is "
            "to be trusted. It is not repeated; a shorter one is, and nothing of it is printed.",
        .causes = {"a proxy that changes or cuts answers",
                   "the connection broke, and a proxy ended "
                   "the answer as if it were whole"},
        .settles = {{PROBE, "does a small call work?"},
                    {"hubauth doctor", "names the proxy variables"}},
        .cure =
            "Call again into a file, and use it when the exit status is 0. Ask for smaller pages, "
            "which are repeated. If it happens again, go round the proxy.",
        .source = "hubauth",
    },
    {
        .code = "NETWORK_ANSWER_TOO_LARGE",
        .texts = "is larger than its cap of|the headers of the answer",
        .places = HUBSPOT_AT_NETWORK,
        .confidence = HUBSPOT_OWN,
        .why = "the answer is larger than its cap",
        .hint = "ask for fewer rows or properties at once",
        .meaning = "hubauth bounds what it takes into memory. HubSpot's answers stay far below.",
        .causes = {"a page with very many or very large properties", "another server answered"},
        .settles = {{"hubauth app show NAME", "the host that is asked"}},
        .cure = "Ask for smaller pages: `limit=20`.",
        .source = "hubauth",
    },
    /* ------------------------------------------------------------ webhooks */
    {
        .code = "WEBHOOK_SIGNATURE",
        .aliases = "SIGNATURE_MISMATCH|INVALID_SIGNATURE",
        .texts =
            "x hubspot signature|signature does not match|invalid signature|signature mismatch",
        .places = HUBSPOT_AT_WEBHOOK,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "a webhook's signature does not match",
        .hint = "sign the raw body with the client secret, and compare with the v3 header",
        .meaning =
            "v3 is base64 of HMAC-SHA256, keyed with the client secret, over method, full URL, raw "
            "body and timestamp (X-HubSpot-Signature-v3, X-HubSpot-Request-Timestamp). v1 is the "
            "hex SHA-256 of secret and body. Requests older than five minutes are refused.",
        .causes = {"the body was parsed and written anew before it was hashed",
                   "behind a proxy the URL is not the one that HubSpot called (http, another host)",
                   "v1's header was compared with v3's value",
                   "the characters that v3 decodes in the URL (%3A %2F %3F %40 …) were not decoded",
                   "the secret of another app, or one that was rotated"},
        .settles = {{"hubauth app check NAME", "is the client secret still good?"}},
        .cure =
            "Hash the bytes as received, build the URL from its public name, compare in constant "
            "time.",
        .source = "HubSpot: Validating requests; HubSpot/hubspot-api-python #263; "
                  "HubSpot/hubspot-php #107",
    },
    {
        .code = "WEBHOOK_REPEATED",
        .aliases = "WEBHOOK_DUPLICATES",
        .texts = "attemptnumber",
        .places = HUBSPOT_AT_WEBHOOK,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "HubSpot delivers an event more than once, and in any order",
        .hint = "answer 200 within five seconds, and process afterwards",
        .meaning =
            "Anything but a 2xx within five seconds is repeated, up to ten times in 24 hours. "
            "`attemptNumber` counts from 0. Order is not kept, and eventId is not unique.",
        .causes = {"the handler works before it answers", "it answered 4xx or 5xx",
                   "a change of an association comes as two events, one for each side"},
        .settles = {{"hubauth accounts", "portalId of the event: is it one of yours?"}},
        .cure =
            "Queue and answer at once. Tell events apart by portalId, subscriptionId, objectId, "
            "occurredAt and propertyName.",
        .source = "HubSpot: Webhooks API",
    },
    {
        .code = "WEBHOOK_SETTINGS_401",
        .aliases = "WEBHOOK_UNAUTHORIZED|DEVELOPER_KEY",
        .places = HUBSPOT_AT_WEBHOOK,
        .http_status = 401,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "webhook settings take the developer key, not an account's token",
        .hint = "use the developer account's API key (hapikey) for /webhooks/…",
        .meaning =
            "Settings and subscriptions belong to the app and not to an account. For legacy apps "
            "they want the developer API key, for projects the file webhooks-hsmeta.json.",
        .causes = {"an account's OAuth token was sent to /webhooks/v3/…/settings"},
        .settles = {{PROBE, "the token works for calls of the account"}},
        .cure = "Use the developer key, or deploy the project.",
        .source = "HubSpot: Webhooks API",
    },
    /* ------------------------------------------------------------ the long run */
    {
        .code = "OAUTH_V1_END",
        .aliases = "OAUTH_V1|OAUTH_V1_SUNSET|V1_SUNSET|2027-02-16",
        .texts = "oauth v1|v1 oauth",
        .places = HUBSPOT_AT_LATER,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "HubSpot switches OAuth v1 off on 2027-02-16",
        .hint = "hubauth app migrate NAME --api-version 2026-03",
        .meaning =
            "After that day /oauth/v1/token, /oauth/v1/access-tokens and /oauth/v1/refresh-tokens "
            "give errors. Refresh tokens that v1 gave work on the dated paths; nobody has to log "
            "in again. Parameters move into the body, token information into POST introspect.",
        .causes = {"the app was added with --api-version v1",
                   "other software has the v1 path built in"},
        .settles = {{"hubauth status", "the API version, and the days that are left"},
                    {"hubauth app show NAME", "the API version of the app"}},
        .cure = "`hubauth app migrate NAME --api-version 2026-03`. In other software replace the "
                "path, and accept the RFC's error fields.",
        .source = "HubSpot changelog: OAuth v1 API deprecation; HubSpot/hubspot-api-nodejs #690; "
                  "n8n-io/n8n #31768",
    },
    {
        .code = "UNINSTALL_IS_SILENT",
        .aliases = "UNINSTALLED|APP_UNINSTALLED|UNINSTALL",
        .places = HUBSPOT_AT_LATER,
        .confidence = HUBSPOT_SEEN,
        .why = "HubSpot does not tell an app that it was uninstalled",
        .hint = "hubauth introspect --refresh-token",
        .meaning =
            "There is no webhook for it. The next refresh says BAD_REFRESH_TOKEN, the next call "
            "perhaps 401 INVALID_AUTHENTICATION.",
        .causes = {"a user removed the app under Connected Apps"},
        .settles = {{"hubauth introspect --refresh-token", "active false: uninstalled or revoked"},
                    {PROBE, "the cheapest call that needs a live token"}},
        .cure =
            "Ask now and then: `hubauth introspect`. When it is gone: `hubauth login` or `hubauth "
            "logout`.",
        .source = HUBSPOT_SAYS_TOKENS "; HubSpot developer Slack, 2022-12",
    },
    {
        .code = "REFRESH_RACE",
        .aliases = "LOST_REFRESH_TOKEN",
        .texts = "refresh race",
        .places = HUBSPOT_AT_LATER,
        .confidence = HUBSPOT_SEEN,
        .why = "several programs refresh the same grant at once",
        .hint = "let all of them ask: hubauth token",
        .meaning =
            "HubSpot does not rotate refresh tokens today, so this is waste and calls for 429, and "
            "no loss. HubSpot reserves the right to rotate; then the slower program would store a "
            "token that is dead.",
        .causes = {"each worker refreshes for itself",
                   "the stored token is not read again under a lock"},
        .settles = {{"hubauth status", "how often the refresh token was used"}},
        .cure = "Take tokens from one place. `hubauth token` refreshes once for all processes and "
                "stores "
                "a new refresh token before it hands out the access token.",
        .source =
            "HubSpot developer blog: OAuth token management; HubSpot developer Slack, 2022-08-24",
    },
    {
        .code = "CONTACT_MISSING",
        .aliases = "MISSING_CONTACTS|DELETED_CONTACTS|MERGED_CONTACTS",
        .places = HUBSPOT_AT_LATER,
        .confidence = HUBSPOT_SEEN,
        .why = "a contact is in HubSpot and not in the list, or the other way round",
        .hint = "hubauth export contacts --archived",
        .meaning =
            "Lists leave out archived contacts and those that were merged into others. A search "
            "lags behind by seconds to minutes.",
        .causes =
            {"it was archived: only archived=true shows it",
             "it was merged; the surviving contact has its id in hs_merged_object_ids",
             "it was read by search, whose index lags",
             "the list of v1 was paged with `vid-offset` instead of `vidOffset`, which gives page "
             "one for ever"},
        .settles = {{"hubauth export contacts --archived --limit 10", "the archived ones"},
                    {"hubauth api '/crm/objects/2026-03/contacts/ID'", "one record by its id"}},
        .cure = "Read the list by id now and then, with and without archived ones.",
        .source = "HubSpot/hubspot-api-python #85; HubSpot developer Slack, 2022-09",
    },
    {
        .code = "WRONG_MODIFIED_DATE",
        .aliases = "HS_LASTMODIFIEDDATE",
        .texts = "hs lastmodifieddate",
        .places = HUBSPOT_AT_LATER,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "contacts have lastmodifieddate; all other objects have hs_lastmodifieddate",
        .hint = "filter contacts by lastmodifieddate",
        .meaning =
            "The wrong one of the two gives nothing, or unrelated rows. Calculated properties "
            "change without either.",
        .causes = {"code for companies or deals was used for contacts"},
        .settles = {{"hubauth export contacts --properties lastmodifieddate,hs_lastmodifieddate "
                     "--limit 3",
                     "which of the two is filled"}},
        .cure = "Use lastmodifieddate for contacts, and store the time at which a run began as its "
                "bookmark, or edits made meanwhile are lost.",
        .source = "HubSpot: CRM API, Contacts; singer-io/tap-hubspot #226",
    },
    /* ------------------------------------------------------------ exit codes */
    EXIT(0, "done", "Everything that was asked for was done.", "Nothing is to be done.", NULL),
    EXIT(1, "failed", "It failed in a way that has no class of its own; standard error tells.",
         "Read the line `next:`, or give the message to `hubauth explain`.",
         "HubSpot refused the request", "no such record", "malformed data from outside"),
    EXIT(2, "wrong usage or configuration, such as a wrong client secret",
         "The command line or the app's configuration has to change. Trying again is of no use.",
         "`hubauth help COMMAND`; for the app `hubauth app show NAME`.", "a misspelt option",
         "BAD_CLIENT_ID or BAD_CLIENT_SECRET", "several accounts, and none was named"),
    EXIT(3, "a person must log in (again)",
         "There is no grant that works. Only HubSpot's words lead here, never a network error.",
         "`hubauth login`.", "no account is connected", "BAD_REFRESH_TOKEN: uninstalled or revoked",
         "BAD_HUB: the account is gone"),
    EXIT(4, "forbidden: consent denied or a scope missing", "The grant works, and may not do this.",
         "`hubauth status` shows the scopes; then `hubauth "
         "login`.",
         "MISSING_SCOPES", "somebody refused on the consent page"),
    EXIT(5, "the quota is used up", "The account's calls of today are used up (DAILY).",
         "Wait for midnight in the account's time zone.", "DAILY"),
    EXIT(6, "network or HubSpot unavailable: try later",
         "Nothing is wrong with the grant or the configuration. Trying later may help.",
         "Try again later; scripts may loop on this code and on no other.",
         "the network, see NETWORK_DNS and its neighbours", "5xx, 423, 477",
         "a limit, see RATE_LIMITS"),
    EXIT(7, "done in part", "A part was done and a part was not; standard error tells which.",
         "Read the message, and repeat what is missing.",
         "logout: removed here, and HubSpot could not be told"),
    EXIT(8, "the vault or the destination failed",
         "Reading or writing on this machine failed: the vault, its key, or the output file.",
         "Mend what the message names: disk space, permissions, the key.",
         "there is no vault yet: `hubauth init`", "a wrong key or passphrase",
         "permissions of the folder or of the files", "a full disk"),
    {0},
};
