#include "hubspot_object.h"

#include <stddef.h>
#include <string.h>

#include "base_text.h"

/* "company" and "companies" are three edits apart; more make another word. */
#define FARTHEST 3u

static const char *const known[] = {
    "appointments",
    "calls",
    "carts",
    "commerce_payments",
    "communications",
    "companies",
    "contacts",
    "courses",
    "deals",
    "discounts",
    "emails",
    "feedback_submissions",
    "fees",
    "goal_targets",
    "invoices",
    "leads",
    "line_items",
    "listings",
    "meetings",
    "notes",
    "orders",
    "partner_clients",
    "partner_services",
    "postal_mail",
    "products",
    "projects",
    "quotes",
    "services",
    "subscriptions",
    "tasks",
    "taxes",
    "tickets",
    "users",
};

const char *hubspot_object_nearest(const char *name)
{
    const char *best = NULL;
    unsigned least = FARTHEST + 1;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        unsigned distance = base_text_distance(name, known[i]);
        if (distance == 0)
            return NULL;
        if (distance < least && 2 * distance < strlen(name)) {
            least = distance;
            best = known[i];
        }
    }
    return best;
}
