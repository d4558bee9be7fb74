/* What goes wrong before there is a code: HubSpot's consent page, which shows its refusals and
 * never redirects them, and the redirect URL. HubSpot gives the page's refusals no codes; those are
 * ours. */
#include "hubspot_catalogue_data.h"

#define COPY_URL                                                                                   \
    "give the scopes that the app has in HubSpot: hubauth app update NAME --scope SCOPES"

const struct hubspot_catalogue_entry hubspot_catalogue_login_consent[] = {
    {
        .code = "CONSENT_SCOPES_INSUFFICIENT",
        .aliases = "INSUFFICIENT_SCOPES",
        .texts = "insufficient scopes were provided|provided scopes are insufficient",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_REPORTED,
        .why = "the login asks for fewer scopes than the app requires",
        .hint = COPY_URL,
        .meaning = "Each scope that the app marks as required must stand in the address that opens "
                   "the consent page. One is missing there, so HubSpot asks the user nothing.",
        .causes = {"`oauth` is missing: apps of the new platform list it as required",
                   "a required scope was added to the app in HubSpot and not here",
                   "the client id is that of another app with other scopes",
                   "the app's change was not deployed, or an older build is live"},
        .settles = {{"hubauth app show NAME",
                     "its scopes must hold every required scope of the app's Auth page"}},
        .cure = "Give the whole list to `hubauth app update NAME --scope SCOPES`, `oauth` first, "
                "and log in again. The "
                "install URL on the app's Auth page in HubSpot shows the full list.",
        .source = "HubSpot: Scopes; n8n-io/n8n #23204",
    },
    {
        .code = "CONSENT_SCOPES_MISMATCH",
        .aliases = "SCOPE_MISMATCH",
        .texts = "mismatch between the scopes in the install url",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_REPORTED,
        .why = "the login's scopes are not those that the app declares in HubSpot",
        .hint = COPY_URL,
        .meaning = "Since 2024-10-21 an app must declare its scopes, and the address may name no "
                   "other ones. Required ones must all be there.",
        .causes = {"a scope is named here that the app does not declare, or is misspelt",
                   "an optional scope stands among the required ones",
                   "`oauth` or another required scope is missing",
                   "the app was changed in HubSpot after it was added here"},
        .settles = {{"hubauth app show NAME", "compare name by name with the app's Auth page"}},
        .cure = "Make both lists the same. Scopes that not every account has belong into the "
                "optional ones, in HubSpot and here: `hubauth app update NAME --scope SCOPES "
                "--optional-scope "
                "SCOPES`.",
        .source = "HubSpot: Scopes; automatisch/automatisch #2497; airbytehq/airbyte #29375",
    },
    {
        .code = "CONSENT_ACCOUNT_LACKS_SCOPES",
        .aliases = "ACCOUNT_LACKS_SCOPES|TIER_GATED_SCOPE",
        .texts = "account doesnt have access to the scopes|account lacks access to the required "
                 "scopes",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_FORBIDDEN,
        .confidence = HUBSPOT_REPORTED,
        .why = "the account's subscription does not include a scope that the app requires",
        .hint = "move that scope to the optional ones, in HubSpot and here",
        .meaning =
            "Some scopes belong to paid tiers (marketing campaigns, custom objects, sensitive "
            "data). When the app requires one of them, accounts without that tier cannot "
            "connect at all.",
        .causes = {"the chosen account is on the Free or Starter tier",
                   "the wrong account was chosen on the page",
                   "the subscription ended or was reduced"},
        .settles =
            {{"hubauth app show NAME",
              "which of the required scopes does the account's tier lack? Some pages name it"}},
        .cure = "Mark the scope as optional in the app and give it to hubauth as one (`hubauth app "
                "update NAME --scope SCOPES --optional-scope SCOPES`); "
                "HubSpot then drops it for accounts that lack it. Or connect another account.",
        .source = "HubSpot: Scopes; PipedreamHQ/pipedream #20618",
    },
    {
        .code = "CONSENT_USER_LACKS_PERMISSION",
        .texts = "you dont have permissions to authorize the scopes|contact your super admin",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_FORBIDDEN,
        .confidence = HUBSPOT_REPORTED,
        .why = "this HubSpot user may not connect apps to the account",
        .hint = "a super admin of the account has to log in: hubauth login --no-browser",
        .meaning = "Connecting an app needs the permission Super Admin or HubSpot Marketplace "
                   "Access, and each scope that the app asks for.",
        .causes = {"the user is no super admin", "the browser is logged in as somebody else",
                   "the user lacks the permission behind a single scope"},
        .settles = {{"hubauth login --no-browser",
                     "prints the address: open it in the browser of a super admin"}},
        .cure =
            "Send the printed address to a super admin of that account, who opens it and pastes "
            "the address that comes back: `hubauth login --paste`.",
        .source = "HubSpot: Scopes",
    },
    {
        .code = "CONSENT_CLIENT_ID",
        .aliases = "UNKNOWN_CLIENT_ID",
        .texts =
            "client id in the url is not that of an app|invalid client id|client id is invalid",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_BAD_CLIENT,
        .confidence = HUBSPOT_REPORTED,
        .why = "the consent page does not know the client id",
        .hint = "hubauth app update NAME --client-id ID",
        .meaning = "The address names no app that this HubSpot data region knows.",
        .causes =
            {"the client id was copied in part, or is the app id (a number) instead",
             "the app was deleted, or is in another developer account",
             "the address goes to one region's host (app-eu1.hubspot.com) and the app lives in "
             "another"},
        .settles = {{"hubauth app check NAME", "says BAD_CLIENT_ID when HubSpot does not know it"},
                    {"hubauth app show NAME", "the client id is a UUID; the page's host must be "
                                              "app.hubspot.com, which serves every region"}},
        .cure = "Copy the client id from the app's Auth page (`hubauth app update NAME --client-id "
                "ID`) and leave the page's host at its "
                "default.",
        .source = HUBSPOT_SAYS_OAUTH "; PipedreamHQ/pipedream #20321",
    },
    {
        .code = "CONSENT_REDIRECT_URL",
        .aliases = "REDIRECT_URI_MISMATCH",
        .texts =
            "redirect url does not match any|redirect uri does not match any|redirect url doesnt "
            "match|redirect uri doesnt match|redirect uri mismatch",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_REPORTED,
        .why = "the consent page does not take the redirect URL",
        .hint = "register the redirect URL of `hubauth app show` in the app, byte for byte",
        .meaning =
            "The redirect URL in the address must be one of those that are registered in the "
            "app. HubSpot compares byte for byte.",
        .causes = {"scheme, port or path differ, or a slash at the end",
                   "127.0.0.1 instead of localhost",
                   "the port in use is not registered: each port is a URL of its own",
                   "the app's change was not deployed"},
        .settles = {{"hubauth app show NAME", "compare with the redirect URLs of the Auth page"}},
        .cure = "Register exactly that URL in the app, or give the registered one to `hubauth app "
                "update "
                "NAME --redirect-url URL`.",
        .source = HUBSPOT_SAYS_OAUTH,
    },
    {
        .code = "HTTPS_ONLY",
        .aliases = "INSECURE_REDIRECT_URL|HTTPS_REQUIRED",
        .texts = "must be https|must use https|https is required",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "HubSpot takes only https redirect URLs, and http for the host localhost",
        .hint = "use http://localhost:PORT/PATH, or https with a domain name",
        .meaning =
            "A redirect URL needs https and a domain name. The one exception is http with the "
            "host written as localhost, with any port and path. IP addresses are refused, "
            "127.0.0.1 among them.",
        .causes = {"the URL begins with http:// and its host is not localhost",
                   "the host is 127.0.0.1, [::1] or another address",
                   "the URL of a server in development was registered"},
        .settles = {{"hubauth app show NAME", "shows the redirect URLs as they are sent"}},
        .cure = "On your own machine register http://localhost:8976/callback. On a server register "
                "its https URL and log in with `hubauth login --paste`.",
        .source = "HubSpot changelog: OAuth2 redirect URI served over http localhost",
    },
    {
        .code = "CONSENT_FAILED",
        .texts = "couldnt complete the connection|could not complete the connection",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_REPORTED,
        .why = "the consent page shows an error instead of its question",
        .hint = "read the sentence under the title and give it to: hubauth explain",
        .meaning =
            "This is the title of HubSpot's page for any refusal. The reason stands under it. "
            "Nothing is redirected, so hubauth learns nothing and goes on waiting.",
        .causes = {"scopes: required ones are missing, or others are named",
                   "the account's tier or the user's permissions", "client id or redirect URL"},
        .settles = {{"hubauth app check NAME", "proves client id, secret and version"},
                    {"hubauth app show NAME", "scopes and redirect URLs as they are sent"}},
        .cure =
            "Look up the page's sentence: `hubauth explain \"provided scopes are insufficient\"`.",
        .source = HUBSPOT_SAYS_OAUTH,
    },
    {
        .code = "CONSENT_NO_ANSWER",
        .aliases = "LOGIN_TIMEOUT",
        .texts = "nobody answered the consent page",
        .places = HUBSPOT_AT_CONSENT,
        .confidence = HUBSPOT_OWN,
        .why = "nobody answered the consent page",
        .hint = "hubauth login --paste",
        .meaning = "The browser never came back to the redirect URL. HubSpot sends nothing when a "
                   "page is closed or shows an error.",
        .causes = {"the page was closed, or shows an error that stays on the page",
                   "the browser runs on another machine, whose localhost is not this one",
                   "nobody was logged in to HubSpot",
                   "a browser extension or a firewall keeps requests from localhost"},
        .settles = {{"hubauth login --no-browser",
                     "prints the address, and over SSH the line for a tunnel"},
                    {"hubauth login --paste", "needs no connection from the browser to here"}},
        .cure = "Open the printed address in any browser and paste the address that it ends at.",
        .source = "hubauth",
    },
    {
        .code = "CONSENT_INSTALL_LIMIT",
        .aliases = "INSTALL_LIMIT",
        .texts = "install limit|maximum number of installs|installation limit",
        .places = HUBSPOT_AT_CONSENT,
        .verdict = HUBSPOT_FORBIDDEN,
        .confidence = HUBSPOT_REPORTED,
        .why = "the app may not be connected to more accounts",
        .hint = "list the app in HubSpot's marketplace, or allow the account in the app",
        .meaning =
            "An app for the marketplace that is not listed there can be installed 25 times. A "
            "privately distributed one has up to 10 accounts, each of them allowed by name "
            "(100 for solution partners).",
        .causes = {"the 25 installations of an unlisted app are used up, test accounts included",
                   "the account is not on the list of a privately distributed app"},
        .settles = {{"hubauth accounts", "how many accounts hubauth connected with the app"}},
        .cure =
            "Uninstall the app where it is not needed, add the account to the list, or have the "
            "app listed.",
        .source = "HubSpot: App distribution",
    },
    {0},
};

const struct hubspot_catalogue_entry hubspot_catalogue_login_redirect[] = {
    {
        .code = "server_error",
        .places = HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_TRANSIENT,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the authorization server met an error of its own",
        .hint = "hubauth login",
        .meaning =
            "The 500 of the consent page: a redirect cannot carry that status, so it comes as "
            "a word (RFC 6749 section 4.1.2.1).",
        .causes = {"a fault at HubSpot"},
        .settles = {{"hubauth login", "try again; the old page is used up"}},
        .cure = "Wait a minute and log in again. If it stays: https://status.hubspot.com",
        .source = "RFC 6749 section 4.1.2.1",
    },
    {
        .code = "temporarily_unavailable",
        .places = HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_TRANSIENT,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the authorization server is busy or being maintained",
        .hint = "hubauth login, in a minute",
        .meaning = "The 503 of the consent page (RFC 6749 section 4.1.2.1).",
        .causes = {"load or maintenance at HubSpot"},
        .settles = {{"hubauth login", "try again; the old page is used up"}},
        .cure = "Wait a minute and log in again. If it stays: https://status.hubspot.com",
        .source = "RFC 6749 section 4.1.2.1",
    },
    {
        .code = "unsupported_response_type",
        .places = HUBSPOT_AT_REDIRECT,
        .verdict = HUBSPOT_BAD_REQUEST,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "the authorization server gives no codes this way",
        .hint = "check the app's --authorize-url: hubauth app show",
        .meaning = "hubauth always asks for `response_type=code`, which HubSpot takes.",
        .causes = {"the address is another server's, or another product's"},
        .settles = {{"hubauth app show NAME", "the addresses that the app uses"}},
        .cure = "Correct the address with which the app was added.",
        .source = "RFC 6749 section 4.1.2.1",
    },
    {
        .code = "MARKETPLACE_INSTALL",
        .aliases = "RETURN_URL",
        .texts = "installation was begun in hubspots marketplace",
        .places = HUBSPOT_AT_REDIRECT,
        .confidence = HUBSPOT_REPORTED,
        .why = "the installation was begun in HubSpot's marketplace",
        .hint = "hubauth login, and open the address that it shows",
        .meaning =
            "An installation from the marketplace calls the redirect URL first without a code "
            "and with `returnUrl`. The app is to send the user there with a state of its own.",
        .causes = {"the user began on the app's marketplace page, not with hubauth"},
        .settles = {{"hubauth login", "begins the same installation from here"}},
        .cure = "Begin with `hubauth login`: only then is the answer bound to a login of yours.",
        .source = "Public code: usertour/usertour, HubSpot integration",
    },
    {
        .code = "STATE_MISMATCH",
        .texts = "state is not that of this login",
        .places = HUBSPOT_AT_REDIRECT,
        .confidence = HUBSPOT_OWN,
        .why = "the answer's state is not that of this login",
        .hint = "hubauth login, and use only the address that it shows",
        .meaning =
            "Each login has a random state that comes back with the answer. Another one means "
            "that the answer belongs to another login, or was made up by somebody.",
        .causes = {"an address of an earlier login was opened or pasted",
                   "two logins run at once on one port",
                   "somebody tries to connect your hubauth with an account of theirs (CSRF)"},
        .settles = {{"hubauth login", "starts afresh; the old address is of no use any more"}},
        .cure = "Log in again with the newest address. The answer was not used.",
        .source = "RFC 6749 section 10.12",
    },
    {
        .code = "REDIRECT_WITH_CODE",
        .places = HUBSPOT_AT_REDIRECT,
        .confidence = HUBSPOT_DOCUMENTED,
        .why = "this address carries a code: consent was given, and nothing is wrong so far",
        .hint = "hubauth login --paste",
        .meaning = "HubSpot sent the browser back with `code=…`. The code works once, for a few "
                   "minutes, and only for the login that asked for it.",
        .causes =
            {"the browser could not reach the receiver: it runs on another machine, or hubauth "
             "has ended",
             "the redirect URL is a server's, where nobody takes the code"},
        .settles = {{"hubauth login --paste",
                     "begin there; paste the address that the new consent ends at"}},
        .cure = "Log in with `--paste`. Show the address to nobody: the code in it is a secret.",
        .source = HUBSPOT_SAYS_OAUTH,
    },
    {0},
};
