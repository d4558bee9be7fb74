/* The token endpoint's words: HubSpot's `status`, then the RFC's `error`. The verdicts here decide
 * whether a grant lives: T3 in tests/unit/test_hubspot_catalogue.c says which may be GRANT_DEAD. */
#include "hubspot_catalogue_data.h"

#define LOGIN "log in again: hubauth login"
/* NAME: whoever shows a hint and knows the app puts its name there. */
#define NEW_SECRET "hubauth app update NAME"
#define NEW_ID "hubauth app update NAME --client-id ID"
#define NEW_SCOPES "hubauth app update NAME --scope SCOPES"
#define CHECK_REDIRECT                                                                             \
    "register exactly this redirect URL in the app: scheme, port, path and trailing slash count"

const struct hubspot_catalogue_entry hubspot_catalogue_token[] = {
    /* ------------------------------------------------------------ HubSpot's `status` */
    {
        .code = "BAD_REFRESH_TOKEN",
        .texts =
            "refresh token is invalid expired or revoked|missing or invalid refresh token|missing "
            "or unknown refresh token|refresh token was not issued to this client",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_GRANT_DEAD,
        .confidence = HUBSPOT_DOCUMENTED,
        .why =
            "the refresh token is no longer valid: the app was uninstalled, the grant revoked, or "
            "the token belongs to another app",
        .hint = LOGIN,
        .meaning =
            "HubSpot's refresh tokens do not expire by themselves. When one is refused, access "
            "was ended, or it is not a refresh token of this client id. An access token that "
            "was handed out before may work until its 30 minutes are over.",
        .causes = {"a user of the account uninstalled the app; HubSpot tells nobody",
                   "the token was revoked, by `hubauth logout` elsewhere or by other software",
                   "it was given to another client id: an app was exchanged, or two were confused",
                   "it was copied in part, or with white space around it",
                   "the account was closed or moved"},
        .settles =
            {{"hubauth introspect --refresh-token",
              "active false: revoked, uninstalled or unknown; active with another client id: "
              "the wrong app"},
             {"hubauth app check NAME", "is the client id still good?"},
             {"hubauth status", "when the grant was given, and HubSpot's last word on it"}},
        .cure = "Log in again: `hubauth login`. If the app was uninstalled on purpose: `hubauth "
                "logout`.",
        .source = HUBSPOT_SAYS_TOKENS "; airbytehq/airbyte #57001, #79592",
    },
    {
        .code = "BAD_HUB",
        .texts = "missing or unknown hub id",
        .places = HUBSPOT_AT_TOKEN,
        .verdict = HUBSPOT_GRANT_DEAD,
        .confidence = HUBSPOT_SEEN,
        .why = "the HubSpot account was closed, deactivated or moved",
        .hint = "when the account is back: hubauth login",
        .meaning =
            "The token's account (portal, hub) is no longer there. Seen with HTTP 400 and with "
            "403.",
        .causes = {"the account was deleted or its subscription ended",
                   "a sandbox or test account ran out",
                   "the account was deactivated for non-payment or by HubSpot",
                   "it is being moved to another data centre"},
        .settles = {{"hubauth status", "which portal it is"},
                    {"hubauth introspect --refresh-token", "active false: it is really gone"}},
        .cure = "Open https://app.hubspot.com and look whether the account is listed. When it is "
                "back, log in again; when not: `hubauth logout`.",
        .source = "HubSpot developer Slack, 2024-01-05; public code: PostHog",
    },
    {
        .code = "BAD_AUTH_CODE",
        .texts = "missing or unknown auth code",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "the authorization code is unknown or was used before; it works once",
        .hint = LOGIN,
        .meaning = "A code is exchanged once, within minutes, by the app that asked for it.",
        .causes =
            {"the code was used twice: the browser reloaded the redirect URL, or two programs "
             "handled it",
             "the code was copied in part, or is still percent-encoded",
             "it belongs to another client id", "it is very old"},
        .settles =
            {{"hubauth accounts", "is the account there? Then the first use worked"},
             {"hubauth app check NAME",
              "sends a made-up code: BAD_AUTH_CODE there means that id and secret are right"}},
        .cure = "Log in again; hubauth exchanges a code once and takes it out of the address bar.",
        .source = HUBSPOT_SAYS_TOKENS "; HGData/mk-node-hubspot #87",
    },
    {
        .code = "EXPIRED_AUTH_CODE",
        .texts = "auth code has expired",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "the authorization code is too old",
        .hint = LOGIN,
        .meaning = "A code lives for minutes; HubSpot names no number, users report 5 to 10.",
        .causes = {"it was pasted late",
                   "the exchange was held up: a debugger, a queue, a slow proxy"},
        .settles = {{"hubauth login", "exchanges the code at once"}},
        .cure = "Log in again and paste without delay.",
        .source = "HubSpot/hubspot-api-python #115",
    },
    {
        .code = "MISMATCH_REDIRECT_URI_AUTH_CODE",
        .texts = "redirect uri does not match initial auth code uri",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "the redirect URL is not the one that the code was asked for with",
        .hint = CHECK_REDIRECT,
        .meaning =
            "The exchange repeats the redirect URL of the consent page's address, and HubSpot "
            "compares the two byte for byte.",
        .causes = {"http in one place and https in the other",
                   "127.0.0.1 and localhost, or another port", "a slash at the end of one of them",
                   "the exchange sent none"},
        .settles = {{"hubauth app show NAME",
                     "hubauth sends one and the same URL both times: it is "
                     "in this list"}},
        .cure = "Use one constant for both steps. With hubauth: log in again.",
        .source = "HubSpot developer Slack, 2021-06-11",
    },
    {
        .code = "BAD_REDIRECT_URI",
        .texts = "missing or invalid redirect uri",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_GUESSED,
        .why = "the redirect URL is missing or not registered in the app",
        .hint = CHECK_REDIRECT,
        .meaning = "The name is known; its body has not been recorded in public.",
        .causes = {"the exchange sent no redirect_uri",
                   "the URL is not among those that the app has registered"},
        .settles = {{"hubauth app show NAME", "compare with the Auth page of the app in HubSpot"}},
        .cure =
            "Register the URL in the app, or give the registered one to `hubauth app update NAME "
            "--redirect-url URL`; then log in again.",
        .source = "Public code that names the status",
    },
    {
        .code = "BAD_CLIENT_ID",
        .texts = "missing or unknown client id",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_CLIENT,
        .confidence = HUBSPOT_SEEN,
        .why = "HubSpot does not know the client id",
        .hint = NEW_ID,
        .meaning = "No app has this client id. Nothing is wrong with the grant.",
        .causes = {"it was copied in part, or the app id was taken instead", "the app was deleted",
                   "the form's field is empty or has another name"},
        .settles = {{"hubauth app check NAME", "asks HubSpot about id and secret without a user"},
                    {"hubauth app show NAME", "the client id as it is sent"}},
        .cure = "Copy the client id from the app's Auth page: `hubauth app update NAME --client-id "
                "ID`. "
                "While accounts are connected through the app the id stays, since their refresh "
                "tokens belong to it.",
        .source = "HubSpot developer Slack, 2024-05-29",
    },
    {
        .code = "BAD_CLIENT_SECRET",
        .texts = "missing or invalid client secret",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_CLIENT,
        .confidence = HUBSPOT_GUESSED,
        .why = "the client secret is wrong",
        .hint = NEW_SECRET,
        .meaning = "HubSpot knows the client id, and the secret does not belong to it. The grant "
                   "stays; it works again with the right secret.",
        .causes = {"the secret was rotated in HubSpot and not here",
                   "it was copied in part, or with a line end", "it is the secret of another app"},
        .settles = {{"hubauth app check NAME", "asks HubSpot about id and secret without a user"}},
        .cure =
            "Show the secret on the app's Auth page, and give it to `hubauth app update NAME`: it "
            "asks "
            "on the terminal, or reads a file or standard input (`--client-secret-file`), proves "
            "the secret and stores it. No account has to log in again.",
        .source = "Public code that names the status",
    },
    {
        .code = "BAD_GRANT_TYPE",
        .texts = "missing or unknown grant type",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "the server did not understand the form that was sent",
        .hint = "does something between here and HubSpot change requests?",
        .meaning =
            "The token endpoint reads `application/x-www-form-urlencoded` and nothing else. Of "
            "any other body it sees no grant_type.",
        .causes = {"JSON was sent instead of a form", "the Content-Type is missing, or multipart",
                   "the parameters stand in the query and not in the body (v3 and later)",
                   "a proxy dropped the body"},
        .settles = {{"hubauth doctor",
                     "names the proxy variables and who answers at HubSpot's address"},
                    {"hubauth app check NAME", "sends the right form"}},
        .cure = "Send a form. hubauth does; if it meets this, look at the proxy and at the app's "
                "--api-url.",
        .source = "HubSpot developer Slack, 2021-09-15, 2022-04-01, 2022-07-04",
    },
    {
        .code = "BAD_CODE_VERIFIER",
        .texts = "code verifier does not match",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "the code was asked for by another login (its PKCE verifier is not ours)",
        .hint = LOGIN,
        .meaning = "The code is bound to the S256 challenge of the login that asked for it.",
        .causes = {"the address of an earlier login was pasted", "somebody else's code was put in",
                   "the verifier is not 43 to 128 characters long, or the challenge is not S256"},
        .settles = {{"hubauth login", "makes a new verifier and a new challenge"}},
        .cure = "Log in again with the newest address.",
        .source = "HubSpot: Integrate with the HubSpot MCP server; RFC 7636",
    },
    {
        .code = "BAD_SCOPES",
        .texts = "missing or unknown scopes",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "a token of the app itself cannot have these scopes",
        .hint =
            "hubauth accounts add --app-level --app NAME --scope developer.webhooks_journal.read",
        .meaning =
            "Seen with grant_type client_credentials, whose tokens belong to the app and not to "
            "an account.",
        .causes = {"no scope was sent", "a scope that is mistyped, or that the app does not have",
                   "a scope for the data of an account, such as crm.objects.contacts.read"},
        .settles = {{"hubauth status NAME/app-level", "the scopes that an app-level account has"}},
        .cure = "Name scopes that begin with developer. and that the app may have. For CRM data "
                "log in: `hubauth login`.",
        .source = "Public reports on HubSpot's MCP apps",
    },
    {
        .code = "USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED",
        .texts = "client credentials are not supported for user level apps",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_SEEN,
        .why = "an app whose tokens are of single users has no tokens of its own",
        .hint = LOGIN,
        .meaning = "Apps for HubSpot's MCP server act for one user at a time.",
        .causes = {"grant_type client_credentials with an MCP app"},
        .settles = {{"hubauth app show NAME", "which app it is"}},
        .cure = "Let a user log in, or use an ordinary app.",
        .source = "Public reports on HubSpot's MCP apps",
    },
    /* ------------------------------------------------------------ RFC 6749 section 5.2 */
    {
        .code = "invalid_grant",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_GRANT_DEAD,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the refresh token is expired, revoked or of another client",
        .hint = LOGIN,
        .meaning =
            "The RFC's word for a refresh token or a code that is no good. HubSpot sends its own "
            "word in `status` beside it, and that one is more exact: BAD_REFRESH_TOKEN, "
            "BAD_AUTH_CODE, EXPIRED_AUTH_CODE, MISMATCH_REDIRECT_URI_AUTH_CODE or "
            "BAD_CODE_VERIFIER. When a code was sent, no grant is lost.",
        .causes = {"refresh: the app was uninstalled or the grant revoked",
                   "refresh: the token is another app's, or was copied in part",
                   "exchange: the code was used before, or is too old",
                   "exchange: the redirect URL differs from that of the consent page"},
        .settles = {{"hubauth introspect --refresh-token", "active false: log in again"},
                    {"hubauth status", "HubSpot's last word on the grant"}},
        .cure = "Log in again. If `status` stands in the body, look that word up.",
        .source = "RFC 6749 section 5.2; HubSpot changelog: New OAuth v3 API endpoints and "
                  "standardized error responses",
    },
    {
        .code = "invalid_grant_at_login",
        .places = HUBSPOT_AT_TOKEN,
        .http_status = 400,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_DOCUMENTED,
        .why =
            "the authorization code is unknown, expired, used before, or of another redirect URL",
        .hint = LOGIN,
        .meaning = "`invalid_grant` in the answer to a code: there was no grant yet that could be "
                   "dead.",
        .causes = {"the code was used before: a reloaded page, a second handler",
                   "the code is too old", "the redirect URL differs from that of the consent page"},
        .settles = {{"hubauth login", "a new code, exchanged at once"}},
        .cure = "Log in again.",
        .source = "RFC 6749 section 5.2",
    },
    {
        .code = "invalid_client",
        .places = HUBSPOT_AT_TOKEN,
        .verdict = HUBSPOT_BAD_CLIENT,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the client id or the client secret is wrong",
        .hint = NEW_SECRET,
        .meaning =
            "HubSpot says in `status` which of the two: BAD_CLIENT_ID or BAD_CLIENT_SECRET. The "
            "grant stays.",
        .causes = {"the secret was rotated in HubSpot", "id or secret of another app",
                   "the server wants them in a header, HubSpot in the body"},
        .settles = {{"hubauth app check NAME", "tells id and secret apart"}},
        .cure =
            "Copy what is wrong from the app's Auth page: `hubauth app update NAME` asks for the "
            "secret, `hubauth app update NAME --client-id ID` takes the id.",
        .source = "RFC 6749 section 5.2",
    },
    {
        .code = "unauthorized_client",
        .places = HUBSPOT_AT_TOKEN | HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_BAD_CLIENT,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the app may not use this kind of grant",
        .hint = "hubauth app show",
        .meaning = "The client is known and may not do this: a code for an app with static tokens, "
                   "client credentials for a user-level app.",
        .causes = {"the app's auth type in HubSpot is static and not oauth",
                   "the kind of app has no such grant"},
        .settles = {{"hubauth app check NAME", "is the app one for OAuth?"}},
        .cure = "Use an app whose auth type is oauth.",
        .source = "RFC 6749 sections 4.1.2.1 and 5.2",
    },
    {
        .code = "invalid_request",
        .places = HUBSPOT_AT_TOKEN | HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the server did not accept the request as it was",
        .hint = "",
        .meaning = "A parameter is missing, doubled or malformed. HubSpot has also sent it beside "
                   "BAD_REFRESH_TOKEN and BAD_AUTH_CODE: `status` counts first.",
        .causes = {"a parameter is missing or comes twice",
                   "`status` beside it names the real reason", "a proxy changed the request"},
        .settles = {{"hubauth app check NAME", "a request that is known to be well-formed"}},
        .cure = "Look up the word in `status`.",
        .source = "RFC 6749 sections 4.1.2.1 and 5.2",
    },
    {
        .code = "unsupported_grant_type",
        .places = HUBSPOT_AT_TOKEN,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the server does not know this kind of grant",
        .hint = "",
        .meaning =
            "HubSpot knows authorization_code, refresh_token and client_credentials, and says "
            "BAD_GRANT_TYPE beside it.",
        .causes = {"the body is no form (JSON, multipart)", "the word is misspelt"},
        .settles = {{"hubauth app check NAME", "sends the right form"}},
        .cure = "See BAD_GRANT_TYPE.",
        .source = "RFC 6749 section 5.2",
    },
    {
        .code = "invalid_scope",
        .places = HUBSPOT_AT_TOKEN | HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the scopes are unknown or not those of the app",
        .hint = NEW_SCOPES,
        .meaning = "A scope is misspelt, not declared by the app, or not to be had by this client.",
        .causes = {"a misspelt scope", "a scope that the app does not declare"},
        .settles = {{"hubauth app show NAME", "compare with the app's Auth page"}},
        .cure = "Correct the scopes here (`hubauth app update NAME --scope SCOPES`) or in the app.",
        .source = "RFC 6749 sections 4.1.2.1 and 5.2",
    },
    {
        .code = "access_denied",
        .texts = "denied access to the app|consent was denied",
        .places = HUBSPOT_AT_TOKEN | HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_GUESSED,
        .why = "the server denied access",
        .hint = "log in again and choose Connect: hubauth login",
        .meaning =
            "At the redirect URL: the user refused, or HubSpot refused for the user "
            "(RFC 6749 section 4.1.2.1). From the token endpoint: HubSpot has sent it beside "
            "BAD_HUB; then that word counts.",
        .causes = {"somebody chose Cancel",
                   "the user may not connect apps, and a super admin has to do it",
                   "the account was closed (BAD_HUB)"},
        .settles = {{"hubauth login", "asks again, with the account to be chosen anew"}},
        .cure = "Log in again with a user who may connect apps.",
        .source = "RFC 6749 section 4.1.2.1; " HUBSPOT_SAYS_OAUTH,
    },
    {0},
};
