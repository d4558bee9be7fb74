#include "hubspot_catalogue.h"

#include "hubspot_catalogue_data.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In the order of their places. */
static const struct hubspot_catalogue_entry *const tables[] = {
    hubspot_catalogue_login_consent, hubspot_catalogue_token,  hubspot_catalogue_login_redirect,
    hubspot_catalogue_api,           hubspot_catalogue_status, hubspot_catalogue_rest,
};

const struct hubspot_catalogue_entry *hubspot_catalogue_at(size_t i)
{
    for (size_t t = 0; t < COUNT(tables); t++)
        for (const struct hubspot_catalogue_entry *e = tables[t]; e->code != NULL; e++)
            if (i-- == 0)
                return e;
    return NULL;
}

/* ---------------------------------------------------------------- letter for letter */

static bool has_alias(const struct hubspot_catalogue_entry *e, const char *word)
{
    struct base_span rest = base_span_of(e->aliases);
    while (rest.n > 0)
        if (base_span_is(base_span_cut(&rest, '|'), word))
            return true;
    return false;
}

const struct hubspot_catalogue_entry *hubspot_catalogue_word(const char *word, unsigned places)
{
    if (word[0] == '\0')
        return NULL;
    for (size_t t = 0; t < COUNT(tables); t++)
        for (const struct hubspot_catalogue_entry *e = tables[t]; e->code != NULL; e++)
            if ((e->places & places) != 0 && (strcmp(e->code, word) == 0 || has_alias(e, word)))
                return e;
    return NULL;
}

const struct hubspot_catalogue_entry *hubspot_catalogue_http(int http_status)
{
    for (const struct hubspot_catalogue_entry *e = hubspot_catalogue_status; e->code != NULL; e++)
        if (e->http_status == http_status && http_status != 0)
            return e;
    if (http_status >= 300 && http_status < 400)
        return hubspot_catalogue_word("HTTP_3XX", HUBSPOT_AT_HTTP);
    if (http_status >= 500 && http_status < 600)
        return hubspot_catalogue_word("HTTP_5XX", HUBSPOT_AT_HTTP);
    return NULL;
}

/* ---------------------------------------------------------------- as people copy and type */

void hubspot_catalogue_plain(struct base_span text, struct base_buf *out)
{
    bool gap = false, begun = false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        bool apostrophe = c == '\'' || (c == 0xe2 && i + 2 < text.n &&
                                        memcmp(text.p + i, "\xe2\x80\x99", 3) == 0);
        if (apostrophe) {
            i += c == '\'' ? 0 : 2;
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (gap && begun)
                base_buf_add_char(out, ' ');
            base_buf_add_char(out, (char)c);
            gap = false;
            begun = true;
        } else {
            gap = true;
        }
    }
}

bool hubspot_catalogue_has_text(const struct hubspot_catalogue_entry *e, struct base_span plain)
{
    struct base_span rest = base_span_of(e->texts);
    while (rest.n > 0) {
        struct base_span text = base_span_cut(&rest, '|');
        if (plain.n >= text.n && memmem(plain.p, plain.n, text.p, text.n) != NULL)
            return true;
    }
    return false;
}

/* Is `word` the same as `plain` once it is made plain? Words have no apostrophes and do not begin
 * or end with a separator. */
static bool is_plain_of(struct base_span word, struct base_span plain)
{
    if (word.n != plain.n)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        else if (c == '_' || c == '-')
            c = ' ';
        if (c != plain.p[i])
            return false;
    }
    return true;
}

bool hubspot_catalogue_is(const struct hubspot_catalogue_entry *e, struct base_span plain)
{
    struct base_span rest = base_span_of(e->aliases);
    if (plain.n == 0)
        return false;
    if (is_plain_of(base_span_of(e->code), plain))
        return true;
    while (rest.n > 0)
        if (is_plain_of(base_span_cut(&rest, '|'), plain))
            return true;
    return false;
}

/* ---------------------------------------------------------------- from an error of ours */

/* The entry with the longest short text that the error begins with: what
 * hubspot_refusal_explain() made. Exit codes say nothing of their own. */
static const struct hubspot_catalogue_entry *of_why(const char *why)
{
    const struct hubspot_catalogue_entry *e, *best = NULL;
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
        if ((e->places & HUBSPOT_AT_EXIT) == 0 && base_span_starts(base_span_of(why), e->why) &&
            (best == NULL || strlen(e->why) > strlen(best->why)))
            best = e;
    return best;
}

/* Network errors have no code: libcurl's words are put into ours by http_curl.c. */
static const struct hubspot_catalogue_entry *of_network(const char *why)
{
    struct base_buf plain;
    const struct hubspot_catalogue_entry *e;
    base_buf_init(&plain, sizeof(((struct base_error *)NULL)->why));
    hubspot_catalogue_plain(base_span_of(why), &plain);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
        if ((e->places & HUBSPOT_AT_NETWORK) != 0 &&
            hubspot_catalogue_has_text(e, base_buf_span(&plain)))
            break;
    base_buf_free(&plain);
    return e;
}

const struct hubspot_catalogue_entry *hubspot_catalogue_of_error(const struct base_error *err)
{
    const struct hubspot_catalogue_entry *e = of_why(err->why);
    if (e == NULL)
        e = hubspot_catalogue_word(err->code, ~0u);
    if (e == NULL && err->http_status == 0)
        e = of_network(err->why);
    return e != NULL ? e : hubspot_catalogue_http(err->http_status);
}

/* ---------------------------------------------------------------- words */

static const struct {
    unsigned place;
    const char *word, *words;
} places_known[] = {
#define X(name, bit, word, words) {HUBSPOT_AT_##name, word, words},
    HUBSPOT_PLACE_MAP(X)
#undef X
};

static size_t first_place(unsigned places)
{
    size_t i = 0;
    while (i + 1 < COUNT(places_known) && (places & places_known[i].place) == 0)
        i++;
    return i;
}

const char *hubspot_place_word(unsigned place)
{
    return places_known[first_place(place)].word;
}

const char *hubspot_place_words(unsigned place)
{
    return places_known[first_place(place)].words;
}

static const struct {
    const char *word, *words;
} repeats[] =
    {
#define X(name, word, words) {word, words},
        HUBSPOT_REPEAT_MAP(X)
#undef X
},
  confidences[] = {
#define X(name, word, words) {word, words},
      HUBSPOT_CONFIDENCE_MAP(X)
#undef X
};

const char *hubspot_repeat_word(enum hubspot_repeat repeat)
{
    return repeats[repeat].word;
}

const char *hubspot_repeat_words(enum hubspot_repeat repeat)
{
    return repeats[repeat].words;
}

const char *hubspot_confidence_word(enum hubspot_confidence confidence)
{
    return confidences[confidence].word;
}

const char *hubspot_confidence_words(enum hubspot_confidence confidence)
{
    return confidences[confidence].words;
}
