#include "hubspot_scope_known.h"

#include <stdlib.h>
#include <string.h>

#include "base_text.h"

/* More edits than that is another word. */
#define FARTHEST 3u

/* By strcmp(3), for bsearch(3). */
static const char *const known[] = {
    "account-info.security.read",
    "accounting",
    "actions",
    "analytics.behavioral_events.send",
    "automation",
    "automation.sequences.enrollments.write",
    "automation.sequences.read",
    "behavioral_events.event_definitions.read_write",
    "business-intelligence",
    "business_units_view.read",
    "cms.domains.read",
    "cms.domains.write",
    "cms.functions.read",
    "cms.functions.write",
    "cms.knowledge_base.articles.publish",
    "cms.knowledge_base.articles.read",
    "cms.knowledge_base.articles.write",
    "cms.knowledge_base.settings.read",
    "cms.knowledge_base.settings.write",
    "cms.membership.access_groups.read",
    "cms.membership.access_groups.write",
    "cms.performance.read",
    "collector.graphql_query.execute",
    "collector.graphql_schema.read",
    "communication_preferences.read",
    "communication_preferences.read_write",
    "communication_preferences.statuses.batch.read",
    "communication_preferences.statuses.batch.write",
    "communication_preferences.write",
    "content",
    "conversations.custom_channels.read",
    "conversations.custom_channels.write",
    "conversations.read",
    "conversations.visitor_identification.tokens.create",
    "conversations.write",
    "crm.dealsplits.read_write",
    "crm.export",
    "crm.extensions_calling_transcripts.read",
    "crm.extensions_calling_transcripts.write",
    "crm.import",
    "crm.lists.read",
    "crm.lists.write",
    "crm.objects.appointments.read",
    "crm.objects.appointments.sensitive.read",
    "crm.objects.appointments.sensitive.read.v2",
    "crm.objects.appointments.sensitive.write",
    "crm.objects.appointments.sensitive.write.v2",
    "crm.objects.appointments.write",
    "crm.objects.calls.read",
    "crm.objects.calls.write",
    "crm.objects.carts.read",
    "crm.objects.carts.write",
    "crm.objects.commercepayments.read",
    "crm.objects.commercepayments.write",
    "crm.objects.companies.highly_sensitive.read",
    "crm.objects.companies.highly_sensitive.read.v2",
    "crm.objects.companies.highly_sensitive.write",
    "crm.objects.companies.highly_sensitive.write.v2",
    "crm.objects.companies.read",
    "crm.objects.companies.sensitive.read",
    "crm.objects.companies.sensitive.read.v2",
    "crm.objects.companies.sensitive.write",
    "crm.objects.companies.sensitive.write.v2",
    "crm.objects.companies.write",
    "crm.objects.contacts.highly_sensitive.read",
    "crm.objects.contacts.highly_sensitive.read.v2",
    "crm.objects.contacts.highly_sensitive.write",
    "crm.objects.contacts.highly_sensitive.write.v2",
    "crm.objects.contacts.read",
    "crm.objects.contacts.sensitive.read",
    "crm.objects.contacts.sensitive.read.v2",
    "crm.objects.contacts.sensitive.write",
    "crm.objects.contacts.sensitive.write.v2",
    "crm.objects.contacts.write",
    "crm.objects.courses.read",
    "crm.objects.courses.write",
    "crm.objects.custom.highly_sensitive.read",
    "crm.objects.custom.highly_sensitive.read.v2",
    "crm.objects.custom.highly_sensitive.write",
    "crm.objects.custom.highly_sensitive.write.v2",
    "crm.objects.custom.read",
    "crm.objects.custom.sensitive.read",
    "crm.objects.custom.sensitive.read.v2",
    "crm.objects.custom.sensitive.write",
    "crm.objects.custom.sensitive.write.v2",
    "crm.objects.custom.write",
    "crm.objects.deals.highly_sensitive.read",
    "crm.objects.deals.highly_sensitive.read.v2",
    "crm.objects.deals.highly_sensitive.write",
    "crm.objects.deals.highly_sensitive.write.v2",
    "crm.objects.deals.read",
    "crm.objects.deals.sensitive.read",
    "crm.objects.deals.sensitive.read.v2",
    "crm.objects.deals.sensitive.write",
    "crm.objects.deals.sensitive.write.v2",
    "crm.objects.deals.write",
    "crm.objects.emails.read",
    "crm.objects.emails.write",
    "crm.objects.feedback_submissions.read",
    "crm.objects.forecasts.read",
    "crm.objects.goals.read",
    "crm.objects.goals.write",
    "crm.objects.invoices.read",
    "crm.objects.invoices.write",
    "crm.objects.leads.read",
    "crm.objects.leads.write",
    "crm.objects.line_items.read",
    "crm.objects.line_items.write",
    "crm.objects.listings.read",
    "crm.objects.listings.write",
    "crm.objects.marketing_events.read",
    "crm.objects.marketing_events.write",
    "crm.objects.meetings.read",
    "crm.objects.meetings.write",
    "crm.objects.notes.read",
    "crm.objects.notes.write",
    "crm.objects.orders.read",
    "crm.objects.orders.write",
    "crm.objects.owners.read",
    "crm.objects.partner-clients.read",
    "crm.objects.partner-clients.write",
    "crm.objects.partner-services.read",
    "crm.objects.partner-services.write",
    "crm.objects.products.read",
    "crm.objects.products.write",
    "crm.objects.projects.read",
    "crm.objects.projects.write",
    "crm.objects.quotes.read",
    "crm.objects.quotes.write",
    "crm.objects.services.read",
    "crm.objects.services.write",
    "crm.objects.subscriptions.read",
    "crm.objects.subscriptions.write",
    "crm.objects.tasks.read",
    "crm.objects.tasks.write",
    "crm.objects.tickets.highly_sensitive.read",
    "crm.objects.tickets.highly_sensitive.read.v2",
    "crm.objects.tickets.highly_sensitive.write",
    "crm.objects.tickets.highly_sensitive.write.v2",
    "crm.objects.tickets.read",
    "crm.objects.tickets.sensitive.read",
    "crm.objects.tickets.sensitive.read.v2",
    "crm.objects.tickets.sensitive.write",
    "crm.objects.tickets.sensitive.write.v2",
    "crm.objects.tickets.write",
    "crm.objects.users.read",
    "crm.objects.users.write",
    "crm.pipelines.orders.read",
    "crm.pipelines.orders.write",
    "crm.schemas.appointments.read",
    "crm.schemas.appointments.write",
    "crm.schemas.carts.read",
    "crm.schemas.carts.write",
    "crm.schemas.commercepayments.read",
    "crm.schemas.commercepayments.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.courses.read",
    "crm.schemas.courses.write",
    "crm.schemas.custom.read",
    "crm.schemas.custom.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
    "crm.schemas.forecasts.read",
    "crm.schemas.invoices.read",
    "crm.schemas.invoices.write",
    "crm.schemas.line_items.read",
    "crm.schemas.listings.read",
    "crm.schemas.listings.write",
    "crm.schemas.orders.read",
    "crm.schemas.orders.write",
    "crm.schemas.products.read",
    "crm.schemas.products.write",
    "crm.schemas.projects.read",
    "crm.schemas.projects.write",
    "crm.schemas.quotes.read",
    "crm.schemas.services.read",
    "crm.schemas.services.write",
    "crm.schemas.subscriptions.read",
    "crm.schemas.subscriptions.write",
    "crm.schemas.tickets.read",
    "crm.schemas.tickets.write",
    "ctas.read",
    "data_integration.data_source.file.read",
    "data_integration.data_source.file.write",
    "e-commerce",
    "external_integrations.forms.access",
    "files",
    "files.ui_hidden.read",
    "forms",
    "forms-uploaded-files",
    "hubdb",
    "integration-sync",
    "integrations.zoom-app.playbooks.read",
    "marketing-email",
    "marketing.campaigns.read",
    "marketing.campaigns.revenue.read",
    "marketing.campaigns.write",
    "mcp.users.read",
    "media_bridge.read",
    "media_bridge.write",
    "oauth",
    "origins.ip_ranges.webhook.read",
    "origins.ip_ranges.webhook.write",
    "record_images.signed_urls.read",
    "sales-email-read",
    "scheduler.meetings.meeting-link.read",
    "settings.billing.write",
    "settings.currencies.read",
    "settings.currencies.write",
    "settings.security.security_health.read",
    "settings.users.read",
    "settings.users.teams.read",
    "settings.users.teams.write",
    "settings.users.write",
    "social",
    "tax_rates.read",
    "tickets",
    "tickets.highly_sensitive",
    "tickets.highly_sensitive.v2",
    "tickets.sensitive",
    "tickets.sensitive.v2",
    "timeline",
    "transactional-email",
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

const char *hubspot_scope_known_at(size_t i)
{
    return i < KNOWN ? known[i] : NULL;
}

static int compare(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

bool hubspot_scope_known_has(const char *name)
{
    return bsearch(name, known, KNOWN, sizeof(known[0]), compare) != NULL;
}

/* Whether `part` stands in `name` from dot to dot. */
static bool has_part(const char *name, const char *part)
{
    const size_t n = strlen(part);
    for (const char *at = strstr(name, part); at != NULL; at = strstr(at + 1, part))
        if ((at == name || at[-1] == '.') && (at[n] == '.' || at[n] == '\0'))
            return true;
    return false;
}

/* "contacts" and "contacts.read", as scopes were once called, are parts of what they are called
 * now: the shortest is meant. */
static const char *by_part(const char *name)
{
    const char *best = NULL;
    for (size_t i = 0; i < KNOWN; i++)
        if (has_part(known[i], name) && (best == NULL || strlen(known[i]) < strlen(best)))
            best = known[i];
    return best;
}

static const char *by_distance(const char *name, unsigned farthest)
{
    const char *best = NULL;
    unsigned least = farthest + 1;
    for (size_t i = 0; i < KNOWN; i++) {
        unsigned distance = base_text_distance(name, known[i]);
        if (distance < least && distance < strlen(name)) {
            least = distance;
            best = known[i];
        }
    }
    return best;
}

const char *hubspot_scope_known_nearest(const char *name)
{
    const char *best = by_distance(name, 1);
    if (best == NULL && strlen(name) > strlen("write"))
        best = by_part(name);
    return best != NULL ? best : by_distance(name, FARTHEST);
}
