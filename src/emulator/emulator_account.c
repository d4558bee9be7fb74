#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"

void emulator_account_get(struct emulator_call *call)
{
    const char *region = call->emulator->config.region;
    char ui[64];
    if (strcmp(region, "na1") == 0)
        base_text_format(ui, sizeof ui, "app.hubspot.com");
    else
        base_text_format(ui, sizeof ui, "app-%s.hubspot.com", region);

    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "portalId", call->grant.portal);
    base_jsonw_member_str(&w, "accountType", "STANDARD");
    base_jsonw_member_str(&w, "timeZone", "US/Eastern");
    base_jsonw_member_str(&w, "companyCurrency", "USD");
    base_jsonw_key(&w, "additionalCurrencies");
    base_jsonw_array(&w);
    base_jsonw_end(&w);
    base_jsonw_member_str(&w, "utcOffset", "-05:00");
    base_jsonw_member_int(&w, "utcOffsetMilliseconds", -18000000);
    base_jsonw_member_str(&w, "uiDomain", ui);
    base_jsonw_member_str(&w, "dataHostingLocation", region);
    base_jsonw_end(&w);
}

/* The app takes itself out of the account. What becomes of access tokens is not known:
 * --uninstall-keeps-access. */
void emulator_account_uninstall(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    emulator_uninstall(e, call->grant.app, call->grant.portal);
    emulator_answer_empty(call, 204);
}
