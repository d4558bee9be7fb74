#include "hubspot_diagnosis.h"

#include "base_json.h"
#include "base_text.h"
#include "hubspot_client.h"
#include "oauth_form.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TYPED_MAX 120 /* longer than that, nobody typed it */

/* How much a finding says, the most exact first. */
enum rank {
    RANK_TYPED,  /* the whole text is a code, a status or an exit code */
    RANK_POLICY, /* policyName */
    RANK_DETAIL, /* code or subCategory of one field, words and texts in a message */
    RANK_WORD,   /* status, category, errorType, a code in a log */
    RANK_TEXT,   /* a known text in prose */
    RANK_RFC,    /* error */
    RANK_HTTP,   /* an HTTP status */
    RANK_SEARCH, /* words that stand in the entry */
};

static void add(struct hubspot_diagnosis *d, const struct hubspot_catalogue_entry *e,
                enum rank rank)
{
    size_t at = 0;
    for (size_t i = 0; e != NULL && i < d->count; i++) {
        if (d->found[i] != e)
            continue;
        if (d->ranks[i] <= rank)
            return;
        d->count--; /* it was found by something less exact: take it out, put it in below */
        memmove(d->found + i, d->found + i + 1, (d->count - i) * sizeof(d->found[0]));
        memmove(d->ranks + i, d->ranks + i + 1, d->count - i);
        break;
    }
    while (at < d->count && d->ranks[at] <= rank)
        at++;
    if (e == NULL || at == HUBSPOT_DIAGNOSIS_MOST)
        return;
    if (d->count == HUBSPOT_DIAGNOSIS_MOST)
        d->count--; /* the least exact one gives way */
    memmove(d->found + at + 1, d->found + at, (d->count - at) * sizeof(d->found[0]));
    memmove(d->ranks + at + 1, d->ranks + at, d->count - at);
    d->found[at] = e;
    d->ranks[at] = (unsigned char)rank;
    d->count++;
}

/* ---------------------------------------------------------------- what may be shown */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* BAD_SOMETHING_NEW. Tokens, ids and codes have digits or small letters. */
static bool is_loud_word(struct base_span s)
{
    if (s.n < 4 || s.n >= sizeof(((struct hubspot_diagnosis *)NULL)->word))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && s.p[i] != '_')
            return false;
    return true;
}

/* "crm.objects.contacts.highly_sensitive.read.v2": small letters, and digits only as a version. */
static bool is_scope(struct base_span s)
{
    if (s.n == 0 || s.n > 100 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool version = is_digit(c) && i > 1 && s.p[i - 1] == 'v' && s.p[i - 2] == '.';
        if (!(c >= 'a' && c <= 'z') && c != '.' && c != '_' && c != '-' && !version)
            return false;
    }
    return true;
}

static void add_scope(struct hubspot_diagnosis *d, struct base_span scope)
{
    size_t n = strlen(d->scopes);
    struct base_span rest = {d->scopes, n};
    while (rest.n > 0)
        if (base_span_eq(base_span_cut(&rest, ' '), scope))
            return;
    if (!is_scope(scope) || n + scope.n + 2 > sizeof(d->scopes))
        return;
    if (n > 0)
        d->scopes[n++] = ' ';
    memcpy(d->scopes + n, scope.p, scope.n);
    d->scopes[n + scope.n] = '\0';
}

/* The digits at p, at most 19. */
static struct base_span digits_at(struct base_span s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && n < 19 && is_digit(s.p[at + n]))
        n++;
    return (struct base_span){s.p + at, n};
}

/* What follows `before` in the text; empty with p == NULL when it is not there. */
static struct base_span after(struct base_span text, const char *before)
{
    const char *at = text.n > 0 ? memmem(text.p, text.n, before, strlen(before)) : NULL;
    return at ? base_span_from(text, (size_t)(at - text.p) + strlen(before)) : BASE_SPAN_NONE;
}

/* "… expired 9 minute(s) ago." */
static void read_age(struct hubspot_diagnosis *d, struct base_span text)
{
    static const char *const units[] = {"second", "minute", "hour", "day"};
    struct base_span rest = after(text, "expired ");
    struct base_span number = rest.n > 0 ? digits_at(rest, 0) : rest;
    if (number.n == 0 || number.n > 9)
        return;
    rest = base_span_from(rest, number.n);
    for (size_t i = 0; i < COUNT(units); i++)
        if (rest.n > 1 && base_span_starts(base_span_from(rest, 1), units[i]))
            base_text_format(d->ago, sizeof(d->ago), "%.*s %s%s", BASE_SPAN_ARG(number), units[i],
                             base_span_is(number, "1") ? "" : "s");
}

static void read_existing(struct hubspot_diagnosis *d, struct base_span text)
{
    struct base_span rest = after(text, "Existing ID: ");
    if (rest.n > 0)
        base_text_copy(d->existing, sizeof(d->existing), digits_at(rest, 0));
}

/* v1 names them in its text: "(requires any of [a, b])". */
static void read_v1_scopes(struct hubspot_diagnosis *d, struct base_span text)
{
    struct base_span rest = after(text, "requires any of [");
    struct base_span inside = base_span_cut(&rest, ']');
    while (rest.p != NULL && inside.n > 0)
        add_scope(d, base_span_trim(base_span_cut(&inside, ',')));
}

/* The length of the token at the front, beyond a few quotes and colons; 0 for a word. Tokens have
 * digits, or letters of both cases. */
static size_t token_length(struct base_span s)
{
    size_t at = 0, n = 0;
    bool digit = false, small = false, capital = false;
    while (at < s.n && at < 5 && !is_alnum(s.p[at]))
        at++;
    for (; at + n < s.n; n++) {
        char c = s.p[at + n];
        if (!is_alnum(c) && c != '-' && c != '_')
            break;
        digit |= is_digit(c);
        small |= c >= 'a' && c <= 'z';
        capital |= c >= 'A' && c <= 'Z';
    }
    return digit || (small && capital) ? n : 0;
}

/* Does what follows one of these look like a value that nobody should see? */
static bool holds_secret(struct base_span text)
{
    static const char *const before[] = {
        "access_token", "refresh_token", "client_secret", "code_verifier",
        "earer ",       "code=",         "hapikey=",      "pat-"};
    for (size_t i = 0; i < COUNT(before); i++)
        for (struct base_span rest = after(text, before[i]); rest.n > 0;
             rest = after(rest, before[i]))
            if (token_length(rest) >= 8)
                return true;
    return false;
}

/* ---------------------------------------------------------------- words and texts */

static const struct hubspot_catalogue_entry *find_word(struct base_span word,
                                                       enum base_status *status)
{
    const struct hubspot_catalogue_entry *e = NULL;
    struct base_buf plain;
    base_buf_init(&plain, TYPED_MAX);
    if (word.n <= TYPED_MAX)
        hubspot_catalogue_plain(word, &plain);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
        if (hubspot_catalogue_is(e, base_buf_span(&plain)))
            break;
    if (base_buf_status(&plain))
        *status = base_buf_status(&plain);
    base_buf_free(&plain);
    return e;
}

static void add_word(struct hubspot_diagnosis *d, struct base_span word, enum rank rank,
                     enum base_status *status)
{
    const struct hubspot_catalogue_entry *e = find_word(word, status);
    add(d, e, rank);
    if (e == NULL && d->word[0] == '\0' && is_loud_word(word) && rank < RANK_RFC)
        base_text_copy(d->word, sizeof(d->word), word);
}

/* Codes as they stand in a log: with an underscore, or loud. Small words are prose. */
static void read_words(struct hubspot_diagnosis *d, struct base_span text, enum rank rank,
                       enum base_status *status)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = 0;
        bool underscore = false;
        while (i + n < text.n && (is_alnum(text.p[i + n]) || text.p[i + n] == '_')) {
            underscore |= text.p[i + n] == '_';
            n++;
        }
        struct base_span word = {text.p + i, n};
        if (n > 3 && (underscore || is_loud_word(word)))
            add(d, find_word(word, status), rank);
        i += n + 1;
    }
}

static void read_texts(struct hubspot_diagnosis *d, struct base_span text, enum rank rank,
                       enum base_status *status)
{
    const struct hubspot_catalogue_entry *e;
    struct base_buf plain;
    base_buf_init(&plain, HUBSPOT_DIAGNOSIS_MAX);
    hubspot_catalogue_plain(text, &plain);
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
        if (hubspot_catalogue_has_text(e, base_buf_span(&plain)))
            add(d, e, rank);
    if (base_buf_status(&plain))
        *status = base_buf_status(&plain);
    base_buf_free(&plain);
}

/* An error of hubauth's holds an entry's short text. The longest one counts: some begin alike. */
static void read_own_error(struct hubspot_diagnosis *d, struct base_span text)
{
    const struct hubspot_catalogue_entry *e, *best = NULL;
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
        if ((e->places & HUBSPOT_AT_EXIT) == 0 && after(text, e->why).p != NULL &&
            (best == NULL || strlen(e->why) > strlen(best->why)))
            best = e;
    add(d, best, RANK_POLICY);
}

static void add_http(struct hubspot_diagnosis *d, int64_t http_status, enum rank rank)
{
    if (http_status < 100 || http_status > 599)
        return;
    if (d->http_status == 0)
        d->http_status = (int)http_status;
    add(d, hubspot_catalogue_http((int)http_status), rank);
}

/* "HTTP/1.1 429", "HTTP 429", "status code 429", "HTTP ERROR 404", and a page's "| 502: Bad
 * gateway"
 */
static void read_statuses(struct hubspot_diagnosis *d, struct base_span text)
{
    static const char *const before[] = {"HTTP/1.1 ",   "HTTP/2 ",      "HTTP ",
                                         "HTTP ERROR ", "status code ", "statusCode ",
                                         "status: ",    "Error ",       " | "};
    for (size_t i = 0; i < COUNT(before); i++) {
        struct base_span rest = after(text, before[i]);
        struct base_span number = rest.n > 0 ? digits_at(rest, 0) : rest;
        int64_t value;
        if (number.n == 3 && base_span_int64(number, &value))
            add_http(d, value, RANK_HTTP);
    }
}

/* ---------------------------------------------------------------- JSON */

static void read_member(struct hubspot_diagnosis *d, struct base_span key, struct base_span value,
                        enum base_status *status)
{
    static const struct {
        const char *key;
        enum rank rank;
    } words[] = {
        {"status", RANK_WORD},        {"category", RANK_WORD}, {"policyName", RANK_POLICY},
        {"subCategory", RANK_DETAIL}, {"code", RANK_DETAIL},   {"errorType", RANK_WORD},
        {"error", RANK_RFC},
    };
    if (base_span_is(key, "requiredGranularScopes") || base_span_is(key, "requiredScopes")) {
        add_scope(d, value);
    } else if (base_span_is(key, "correlationId")) {
        if (hubspot_client_is_uuid(value))
            base_text_copy(d->correlation, sizeof(d->correlation), value);
    } else if (base_span_is(key, "message") || base_span_is(key, "error_description")) {
        read_texts(d, value, RANK_DETAIL, status);
        read_words(d, value, RANK_DETAIL, status);
        read_age(d, value);
        read_existing(d, value);
        read_v1_scopes(d, value);
    }
    for (size_t i = 0; i < COUNT(words); i++)
        if (base_span_is(key, words[i].key) && !base_span_is(value, "error"))
            add_word(d, value, words[i].rank, status);
}

static bool is_status_key(struct base_span key)
{
    return base_span_is(key, "status") || base_span_is(key, "statusCode") ||
           base_span_is(key, "code");
}

/* Every member at any depth: clients wrap HubSpot's body into objects of theirs. */
static void read_json(struct hubspot_diagnosis *d, struct base_span json, enum base_status *status)
{
    struct base_json j;
    struct base_json_value v;
    struct base_span key = BASE_SPAN_NONE;
    struct base_buf text;
    enum base_json_type type;
    int64_t number;
    base_buf_init_sensitive(&text, HUBSPOT_DIAGNOSIS_MAX);
    base_json_begin(&j, json);
    while ((type = base_json_next(&j, &v)) != BASE_JSON_END && type != BASE_JSON_ERROR) {
        if (type == BASE_JSON_KEY) {
            key = v.raw;
        } else if (type == BASE_JSON_STRING) {
            base_buf_reset(&text);
            base_json_string_add(&v, &text);
            read_member(d, key, base_buf_span(&text), status);
            if (base_buf_status(&text))
                *status = base_buf_status(&text);
        } else if (type == BASE_JSON_NUMBER && is_status_key(key) && base_json_int64(&v, &number)) {
            add_http(d, number, RANK_HTTP);
        }
    }
    base_buf_free(&text);
}

/* The object in the text: from the first brace to the last, as after headers or in a log. */
static bool find_json(struct base_span text, struct base_span *ret_before, struct base_span *ret)
{
    const char *first = text.n > 0 ? memchr(text.p, '{', text.n) : NULL;
    const char *last = text.n > 0 ? memrchr(text.p, '}', text.n) : NULL;
    if (first == NULL || last == NULL || last < first)
        return false;
    *ret = (struct base_span){first, (size_t)(last - first) + 1};
    *ret_before = base_span_first(text, (size_t)(first - text.p));
    return base_json_valid(*ret);
}

/* ---------------------------------------------------------------- addresses */

static void read_parameter(struct hubspot_diagnosis *d, const struct base_buf *name,
                           struct base_span value, unsigned *seen, enum base_status *status)
{
    static const char *const known[] = {"error", "error_description", "code", "returnUrl"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (strcmp(base_buf_str(name), known[i]) == 0)
            *seen |= 1u << i;
    if (strcmp(base_buf_str(name), "error") == 0)
        add_word(d, value, RANK_WORD, status);
    else if (strcmp(base_buf_str(name), "error_description") == 0)
        read_texts(d, value, RANK_DETAIL, status);
}

/* The address of a redirect. False when it is none. */
static bool read_address(struct hubspot_diagnosis *d, struct base_span text,
                         enum base_status *status)
{
    enum { ERROR = 1, DESCRIPTION = 2, CODE = 4, RETURN_URL = 8 };
    unsigned seen = 0;
    enum base_status form = BASE_OK;
    bool is_url = base_span_starts(text, "http://") || base_span_starts(text, "https://");
    struct base_span query = text;
    struct base_buf name, value;
    if (is_url || base_span_starts(text, "?"))
        (void)base_span_cut(&query, '?');
    else if (!base_span_starts(text, "error="))
        return false;
    query = base_span_cut(&query, '#');
    base_buf_init(&name, 256);
    base_buf_init_sensitive(&value, HUBSPOT_DIAGNOSIS_MAX);
    while (oauth_form_next(&query, &name, &value, &form))
        read_parameter(d, &name, base_buf_span(&value), &seen, status);
    if (base_buf_status(&value) == BASE_NO_MEMORY || base_buf_status(&name) == BASE_NO_MEMORY)
        *status = BASE_NO_MEMORY;
    base_buf_free(&name);
    base_buf_free(&value);
    if (seen == CODE || (seen & (ERROR | CODE)) == CODE)
        add(d, hubspot_catalogue_word("REDIRECT_WITH_CODE", HUBSPOT_AT_REDIRECT), RANK_WORD);
    else if (seen & RETURN_URL)
        add(d, hubspot_catalogue_word("MARKETPLACE_INSTALL", HUBSPOT_AT_REDIRECT), RANK_WORD);
    return seen != 0;
}

/* ---------------------------------------------------------------- typed by hand */

/* Does a word of `text` begin with `word`, which is plain? */
static bool has_word(const char *text, struct base_span word)
{
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        if (!is_alnum(*at) || (at > text && is_alnum(at[-1])))
            continue;
        size_t n = 0;
        for (const char *c = at; n < word.n && *c != '\0'; c++) {
            if (*c == '\'')
                continue;
            if ((*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c) != word.p[n])
                break;
            n++;
        }
        if (n == word.n)
            return true;
    }
    return false;
}

/* In code and texts; `wide`: also in what it means. */
static bool has_words(const struct hubspot_catalogue_entry *e, bool wide, struct base_span words)
{
    const char *const fields[] = {e->code, e->aliases, e->texts, e->why, e->meaning, e->cure};
    while (words.n > 0) {
        struct base_span word = base_span_cut(&words, ' ');
        size_t i = 0, n = wide ? COUNT(fields) : 4;
        while (i < n && !has_word(fields[i], word))
            i++;
        if (i == n)
            return false;
    }
    return true;
}

/* A number or two letters would turn up anywhere. */
static bool is_searchable(struct base_span plain)
{
    size_t letters = 0;
    for (size_t i = 0; i < plain.n; i++)
        letters += plain.p[i] >= 'a' && plain.p[i] <= 'z';
    return letters > 2;
}

/* All entries that have the typed words; those that have them in what they mean only when there is
 * no other. */
static void search(struct hubspot_diagnosis *d, struct base_span plain)
{
    const struct hubspot_catalogue_entry *e;
    for (int wide = 0; wide < 2 && d->count == 0; wide++)
        for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
            if (has_words(e, wide, plain))
                add(d, e, RANK_SEARCH);
}

static void find_nearest(struct hubspot_diagnosis *d, struct base_span plain)
{
    const struct hubspot_catalogue_entry *e;
    char typed[64], code[64];
    base_text_copy(typed, sizeof(typed), plain);
    unsigned best = plain.n < 8 ? 3 : 5; /* that many edits make another word */
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++) {
        size_t n = strlen(e->code);
        if (n >= plain.n + best || plain.n >= n + best)
            continue; /* that many letters more or less are as many edits */
        base_text_copy(code, sizeof(code), base_span_of(e->code));
        for (char *c = code; *c != '\0'; c++)
            *c = *c == '_' ? ' ' : *c;
        unsigned distance = base_text_distance(typed, code);
        if (distance < best && distance < n) {
            best = distance;
            d->nearest = e;
        }
    }
}

/* "429", "HTTP 429", "3", "exit 3". */
static bool read_number(struct hubspot_diagnosis *d, struct base_span plain)
{
    int64_t number;
    char code[32];
    bool exit = base_span_starts(plain, "exit ");
    struct base_span rest = plain;
    while (memchr(rest.p, ' ', rest.n) != NULL)
        (void)base_span_cut(&rest, ' ');
    if (!base_span_int64(rest, &number))
        return false;
    if (rest.n < plain.n && !exit && !base_span_starts(plain, "http ") &&
        !base_span_starts(plain, "status "))
        return false;
    if (number >= 100) {
        add_http(d, number, RANK_TYPED);
    } else {
        base_text_format(code, sizeof(code), "EXIT_%lld", (long long)number);
        add(d, hubspot_catalogue_word(code, HUBSPOT_AT_EXIT), RANK_TYPED);
    }
    return d->count > 0;
}

/* True when the whole text is a code, a status or an exit code. */
static bool read_typed(struct hubspot_diagnosis *d, struct base_span plain)
{
    const struct hubspot_catalogue_entry *e = NULL;
    if (plain.n == 0)
        return false;
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++)
        if (hubspot_catalogue_is(e, plain))
            break;
    add(d, e, RANK_TYPED);
    return e != NULL || read_number(d, plain);
}

/* ---------------------------------------------------------------- all of it */

static void read_pasted(struct hubspot_diagnosis *d, struct base_span text,
                        enum base_status *status)
{
    struct base_span json, before;
    if (find_json(text, &before, &json)) {
        read_statuses(d, before);
        read_json(d, json, status);
    }
    if (d->count > 0 || d->word[0] != '\0' || read_address(d, text, status))
        return;
    read_own_error(d, text);
    read_statuses(d, text);
    read_texts(d, text, RANK_TEXT, status);
    read_words(d, text, RANK_WORD, status);
    read_age(d, text);
    read_existing(d, text);
    read_v1_scopes(d, text);
}

enum base_status hubspot_diagnose(struct base_span text, struct hubspot_diagnosis *ret)
{
    enum base_status status = BASE_OK;
    struct base_buf plain;
    *ret = (struct hubspot_diagnosis){0};
    text = base_span_trim(text);
    if (text.n > HUBSPOT_DIAGNOSIS_MAX)
        return BASE_LIMIT;
    ret->holds_secret = holds_secret(text);
    base_buf_init_sensitive(&plain, 2 * TYPED_MAX);
    if (text.n <= TYPED_MAX)
        hubspot_catalogue_plain(text, &plain);
    if (!read_typed(ret, base_buf_span(&plain))) {
        read_pasted(ret, text, &status);
        if (ret->count == 0 && ret->word[0] == '\0' && is_searchable(base_buf_span(&plain)))
            search(ret, base_buf_span(&plain));
        if (ret->count == 0 && plain.n > 0)
            find_nearest(ret, base_buf_span(&plain));
    }
    if (status == BASE_OK && base_buf_status(&plain))
        status = base_buf_status(&plain);
    base_buf_free(&plain);
    /* What an HTTP status alone would say is no news beside a word. */
    while (ret->count > 1 && ret->ranks[ret->count - 1] == RANK_HTTP && ret->ranks[0] < RANK_HTTP)
        ret->count--;
    ret->sure = ret->count == 1 || (ret->count > 1 && ret->ranks[0] < ret->ranks[1]);
    return status;
}
