/* The whole catalogue as a document: docs/troubleshooting.md and the manual page hubauth-errors(7).
 */
#include "cli_explain.h"

#include "base_scdoc.h"

/* The last paragraph of an entry. */
static void add_facts(struct base_buf *out, const struct hubspot_catalogue_entry *e)
{
    base_buf_add_str(out, "Met ");
    cli_explain_met(out, e);
    base_buf_printf(out, ". Refresh token: %s. Sent again by hubauth: %s. Known: %s (%s).",
                    cli_explain_is_dead(e) ? "dead" : "not concerned",
                    hubspot_repeat_words(e->repeat), hubspot_confidence_words(e->confidence),
                    e->source);
}

/* ------------------------------------------------------------------ docs/troubleshooting.md */

static const char intro[] =
    "# Troubleshooting\n\n"
    "Every error that is known between hubauth and HubSpot: what it means, its causes with the "
    "likeliest first, the command that\nsettles which it is, and the cure. `hubauth explain CODE` "
    "shows one of them; `hubauth explain` reads a pasted error body, page or\naddress. Made by "
    "`hubauth explain --markdown`; do not edit it here.\n\n"
    "*Known* says how far an entry can be trusted: none of this was tried against the live "
    "service.\n";

static void markdown_entry(struct base_buf *out, const struct hubspot_catalogue_entry *e)
{
    base_buf_printf(out, "\n### %s\n\n", e->code);
    cli_explain_sentence(out, e->why);
    base_buf_printf(out, " %s\n\n", e->meaning);
    for (size_t i = 0; i < HUBSPOT_CAUSES && e->causes[i]; i++)
        base_buf_printf(out, "%zu. %s\n", i + 1, e->causes[i]);
    if (e->causes[0])
        base_buf_add_char(out, '\n');
    for (size_t i = 0; i < HUBSPOT_SETTLES && e->settles[i].command; i++)
        base_buf_printf(out, "- `%s`: %s\n", e->settles[i].command, e->settles[i].says);
    base_buf_printf(out, "\n**Cure.** %s\n\n", e->cure);
    add_facts(out, e);
    base_buf_add_char(out, '\n');
}

void cli_explain_markdown(struct base_buf *out)
{
    const struct hubspot_catalogue_entry *e;
    const char *place = "";

    base_buf_add_str(out, intro);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)); i++) {
        if (strcmp(place, hubspot_place_words(e->places)) != 0) {
            place = hubspot_place_words(e->places);
            base_buf_printf(out, "\n## Met %s\n", place);
        }
        markdown_entry(out, e);
    }
}

/* ------------------------------------------------------------------ hubauth-errors(7) */

static const char man_head[] =
    "hubauth-errors(7) \"\" \"hubauth manual\"\n\n"
    "# NAME\n\n"
    "hubauth-errors - errors between hubauth and HubSpot: what they mean, causes, cures\n\n"
    "# DESCRIPTION\n\n"
    "Every error that is known, by the place where it is met: what it means, its causes with the "
    "likeliest first, the command that settles which it is, and the cure. *hubauth explain* _CODE_ "
    "shows one of them, and finds out which it is from a pasted error body, page or address.\n\n"
    "_Known_ says how far an entry can be trusted: none of this was tried against the live "
    "service.\n";

static void man_entry(struct base_buf *out, const struct hubspot_catalogue_entry *e)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};

    base_buf_init(&text, 1u << 16);
    base_buf_add_str(out, "\n## ");
    base_scdoc_str(out, e->code);
    base_buf_add_str(out, "\n\n");
    cli_explain_sentence(&text, e->why);
    base_buf_printf(&text, " %s", e->meaning);
    base_scdoc_line(out, base_buf_span(&text));
    base_buf_add_char(out, '\n');
    for (size_t i = 0; i < HUBSPOT_CAUSES && e->causes[i]; i++) {
        base_buf_add_str(out, ". ");
        base_scdoc_line(out, base_span_of(e->causes[i]));
    }
    if (e->causes[0])
        base_buf_add_char(out, '\n');
    for (size_t i = 0; i < HUBSPOT_SETTLES && e->settles[i].command; i++) {
        base_buf_add_str(out, "- *");
        base_scdoc_str(out, e->settles[i].command);
        base_buf_add_str(out, "*: ");
        base_scdoc_line(out, base_span_of(e->settles[i].says));
    }
    base_buf_add_str(out, "\n*Cure.* ");
    base_scdoc_line(out, base_span_of(e->cure));
    base_buf_reset(&text);
    add_facts(&text, e);
    base_buf_add_char(out, '\n');
    base_scdoc_line(out, base_buf_span(&text));
}

void cli_explain_man(struct base_buf *out)
{
    const struct hubspot_catalogue_entry *e;
    const char *place = "";

    base_buf_add_str(out, man_head);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)); i++) {
        if (strcmp(place, hubspot_place_words(e->places)) != 0) {
            place = hubspot_place_words(e->places);
            base_buf_printf(out, "\n# Met %s\n", place);
        }
        man_entry(out, e);
    }
    base_scdoc_section(out, "SEE ALSO");
    base_buf_add_str(out, "*hubauth-explain*(1), *hubauth-doctor*(1), *hubauth*(1)\n");
}
