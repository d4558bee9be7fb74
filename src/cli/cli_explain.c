#include "cli_explain.h"

#include "base_jsonw.h"
#include "base_table.h"
#include "base_text.h"

#define LABEL 17 /* columns of the labels at the end */

bool cli_explain_is_dead(const struct hubspot_catalogue_entry *e)
{
    return e->verdict == HUBSPOT_GRANT_DEAD;
}

void cli_explain_sentence(struct base_buf *out, const char *clause)
{
    char first = clause[0];

    base_buf_add_char(out, first >= 'a' && first <= 'z' ? (char)(first - 0x20) : first);
    base_buf_add_str(out, clause + 1);
    base_buf_add_char(out, '.');
}

void cli_explain_met(struct base_buf *out, const struct hubspot_catalogue_entry *e)
{
    const char *gap = "";

    for (unsigned bit = 1; bit <= e->places; bit <<= 1) {
        if ((e->places & bit) == 0)
            continue;
        base_buf_printf(out, "%s%s", gap, hubspot_place_words(bit));
        gap = " or ";
    }
    if (e->http_status && (e->places & HUBSPOT_AT_HTTP) == 0)
        base_buf_printf(out, ", HTTP %d", e->http_status);
}

/* ------------------------------------------------------------------ for people */

struct page {
    struct base_buf *out;
    size_t columns;
    const char *bold, *off;
};

static void title(struct page *p, const char *text)
{
    base_buf_printf(p->out, "\n%s%s%s\n", p->bold, text, p->off);
}

static void paragraph(struct page *p, size_t indent, const char *text)
{
    base_buf_printf(p->out, "%*s", (int)indent, "");
    base_text_wrap(p->out, base_span_of(text), indent, indent, p->columns);
}

static void labelled(struct page *p, const char *label, const char *text)
{
    base_buf_printf(p->out, "%-*s", LABEL, label);
    base_text_wrap(p->out, base_span_of(text), LABEL, LABEL, p->columns);
}

static bool has_findings(const struct hubspot_diagnosis *d)
{
    return d && (d->scopes[0] || d->ago[0] || d->existing[0] || d->correlation[0]);
}

static void findings(struct page *p, const struct hubspot_diagnosis *d)
{
    title(p, "In what was pasted");
    if (d->scopes[0])
        labelled(p, "  scopes", d->scopes);
    if (d->ago[0])
        labelled(p, "  expired for", d->ago);
    if (d->existing[0])
        labelled(p, "  existing id", d->existing);
    if (d->correlation[0])
        labelled(p, "  correlationId", d->correlation);
}

static void head(struct page *p, const struct hubspot_catalogue_entry *e)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};

    base_buf_init(&text, 4096);
    cli_explain_met(&text, e);
    base_buf_printf(p->out, "%s%s%s, ", p->bold, e->code, p->off);
    base_text_wrap(p->out, base_buf_span(&text), strlen(e->code) + 2, 2, p->columns);
    base_buf_add_char(p->out, '\n');
    base_buf_reset(&text);
    cli_explain_sentence(&text, e->why);
    paragraph(p, 2, base_buf_str(&text));
    base_buf_add_char(p->out, '\n');
    paragraph(p, 2, e->meaning);
}

static void causes(struct page *p, const struct hubspot_catalogue_entry *e)
{
    if (e->causes[0])
        title(p, e->causes[1] ? "Causes, the likeliest first" : "Cause");
    for (size_t i = 0; i < HUBSPOT_CAUSES && e->causes[i]; i++) {
        base_buf_printf(p->out, "  %zu. ", i + 1);
        base_text_wrap(p->out, base_span_of(e->causes[i]), 5, 5, p->columns);
    }
}

static void settles(struct page *p, const struct hubspot_catalogue_entry *e)
{
    title(p, "To settle it");
    for (size_t i = 0; i < HUBSPOT_SETTLES && e->settles[i].command; i++) {
        base_buf_printf(p->out, "  %s\n", e->settles[i].command);
        paragraph(p, 6, e->settles[i].says);
    }
}

void cli_explain_text(const struct hubspot_catalogue_entry *e, const struct hubspot_diagnosis *d,
                      size_t columns, bool colour, struct base_buf *out)
{
    struct page p = {out, columns, colour ? "\033[1m" : "", colour ? "\033[0m" : ""};

    head(&p, e);
    if (has_findings(d))
        findings(&p, d);
    causes(&p, e);
    settles(&p, e);
    title(&p, "Cure");
    paragraph(&p, 2, e->cure);
    base_buf_add_char(out, '\n');
    labelled(&p, "refresh token",
             cli_explain_is_dead(e) ? "dead: a person must log in again" : "not concerned");
    labelled(&p, "sent again", hubspot_repeat_words(e->repeat));
    labelled(&p, "known", hubspot_confidence_words(e->confidence));
    labelled(&p, "source", e->source);
}

void cli_explain_candidates(const struct hubspot_diagnosis *d, size_t first, size_t columns,
                            struct base_buf *out)
{
    for (size_t i = first; i < d->count; i++) {
        base_buf_printf(out, "  %s\n      ", d->found[i]->code);
        base_text_wrap(out, base_span_of(d->found[i]->why), 6, 6, columns);
    }
}

enum base_status cli_explain_list(bool colour, size_t columns, struct base_buf *out,
                                  struct base_error *err)
{
    static const char *const titles[] = {"met", "code", "HTTP", "short"};
    const struct hubspot_catalogue_entry *e;
    struct base_table *t = base_table_new(titles, 4);
    size_t longest = 0, others;
    enum base_status status;
    char http[16];

    if (!t)
        return base_fail_memory(err);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)); i++)
        longest = strlen(e->code) > longest ? strlen(e->code) : longest;
    others = strlen("redirect") + longest + strlen("HTTP") + 3 * 2;
    for (size_t i = 0; (e = hubspot_catalogue_at(i)); i++) {
        http[0] = '\0';
        if (e->http_status)
            base_text_format(http, sizeof(http), "%d", e->http_status);
        base_table_cell_str(t, hubspot_place_word(e->places));
        base_table_cell_str(t, e->code);
        base_table_cell_str(t, http);
        base_table_cell_str(t, e->why);
    }
    status = base_table_print(t, columns > longest + others ? columns - others : longest, colour,
                              out, err);
    base_table_free(t);
    return status;
}

/* ------------------------------------------------------------------ for programs */

/* "a|b" as an array. */
static void member_list(struct base_jsonw *w, const char *name, const char *list, char separator)
{
    struct base_span rest = base_span_of(list);

    base_jsonw_key(w, name);
    base_jsonw_array(w);
    while (rest.n > 0)
        base_jsonw_string(w, base_span_cut(&rest, separator));
    base_jsonw_end(w);
}

static void member_places(struct base_jsonw *w, unsigned places)
{
    base_jsonw_key(w, "places");
    base_jsonw_array(w);
    for (unsigned bit = 1; bit <= places; bit <<= 1) {
        if (places & bit)
            base_jsonw_str(w, hubspot_place_word(bit));
    }
    base_jsonw_end(w);
}

static void member_causes(struct base_jsonw *w, const struct hubspot_catalogue_entry *e)
{
    base_jsonw_key(w, "causes");
    base_jsonw_array(w);
    for (size_t i = 0; i < HUBSPOT_CAUSES && e->causes[i]; i++)
        base_jsonw_str(w, e->causes[i]);
    base_jsonw_end(w);
    base_jsonw_key(w, "settles");
    base_jsonw_array(w);
    for (size_t i = 0; i < HUBSPOT_SETTLES && e->settles[i].command; i++) {
        base_jsonw_object(w);
        base_jsonw_member_str(w, "command", e->settles[i].command);
        base_jsonw_member_str(w, "says", e->settles[i].says);
        base_jsonw_end(w);
    }
    base_jsonw_end(w);
}

static void write_entry(struct base_jsonw *w, const struct hubspot_catalogue_entry *e)
{
    base_jsonw_object(w);
    base_jsonw_member_str(w, "code", e->code);
    member_list(w, "aliases", e->aliases, '|');
    member_list(w, "texts", e->texts, '|');
    member_places(w, e->places);
    if (e->http_status)
        base_jsonw_member_int(w, "http_status", e->http_status);
    base_jsonw_member_str(w, "why", e->why);
    base_jsonw_member_str(w, "hint", e->hint);
    base_jsonw_member_str(w, "meaning", e->meaning);
    member_causes(w, e);
    base_jsonw_member_str(w, "cure", e->cure);
    base_jsonw_member_str(w, "refresh_token", cli_explain_is_dead(e) ? "dead" : "kept");
    base_jsonw_member_str(w, "sent_again", hubspot_repeat_word(e->repeat));
    base_jsonw_member_str(w, "confidence", hubspot_confidence_word(e->confidence));
    base_jsonw_member_str(w, "source", e->source);
    base_jsonw_end(w);
}

/* Left out when there is nothing to say. */
static void member_if(struct base_jsonw *w, const char *name, const char *text)
{
    if (text[0])
        base_jsonw_member_str(w, name, text);
}

void cli_explain_json(const struct hubspot_diagnosis *d, struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_bool(&w, "sure", d->sure);
    base_jsonw_key(&w, "found");
    base_jsonw_array(&w);
    for (size_t i = 0; i < d->count; i++)
        write_entry(&w, d->found[i]);
    base_jsonw_end(&w);
    if (d->nearest)
        base_jsonw_member_str(&w, "did_you_mean", d->nearest->code);
    if (d->http_status)
        base_jsonw_member_int(&w, "http_status", d->http_status);
    member_if(&w, "unknown_word", d->word);
    member_list(&w, "scopes", d->scopes, ' ');
    member_if(&w, "expired_for", d->ago);
    member_if(&w, "existing_id", d->existing);
    member_if(&w, "correlation_id", d->correlation);
    base_jsonw_member_bool(&w, "holds_secret", d->holds_secret);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

void cli_explain_list_json(struct base_buf *out)
{
    const struct hubspot_catalogue_entry *e;
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_array(&w);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)); i++)
        write_entry(&w, e);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}
