/* What can go wrong between hubauth and HubSpot, as data: each status, category, policy, HTTP
 * status and text that is known, what it means, and what to do. The one source of the short texts
 * in errors (hubspot_refusal_explain), of the long ones (`hubauth explain`) and of
 * docs/troubleshooting.md. */
#ifndef HUBSPOT_CATALOGUE_H
#define HUBSPOT_CATALOGUE_H

#include "base_buf.h"
#include "hubspot_error.h"

/* Where an error is met. name, bit, word for JSON, words for people. The table of `explain --list`
 * and the document have this order. */
#define HUBSPOT_PLACE_MAP(X)                                                                       \
    X(CONSENT, 0, "consent", "on the consent page, in the browser")                                \
    X(TOKEN, 1, "token", "from the token endpoint")                                                \
    X(REDIRECT, 2, "redirect", "at the redirect URL")                                              \
    X(API, 3, "api", "from the API")                                                               \
    X(HTTP, 4, "http", "as an HTTP status")                                                        \
    X(NETWORK, 5, "network", "on the way to HubSpot")                                              \
    X(WEBHOOK, 6, "webhook", "with webhooks")                                                      \
    X(LATER, 7, "later", "in the long run")                                                        \
    X(EXIT, 8, "exit", "as an exit code of hubauth")

enum hubspot_place {
#define X(name, bit, word, words) HUBSPOT_AT_##name = 1 << (bit),
    HUBSPOT_PLACE_MAP(X)
#undef X
};

/* Does hubauth send the call again by itself? (hubspot_retry.c, broker_call_answer.c) */
#define HUBSPOT_REPEAT_MAP(X)                                                                      \
    X(NEVER, "never", "no")                                                                        \
    X(REFRESHED, "refreshed", "once, with a fresh token")                                          \
    X(WAITED, "waited", "yes, a few times, after a wait")                                          \
    X(HARMLESS, "harmless", "yes, a few times, after a wait, unless HubSpot might then act twice")

enum hubspot_repeat {
#define X(name, word, words) HUBSPOT_REPEAT_##name,
    HUBSPOT_REPEAT_MAP(X)
#undef X
};

/* How far it can be trusted. */
#define HUBSPOT_CONFIDENCE_MAP(X)                                                                  \
    X(DOCUMENTED, "documented", "documented by HubSpot or a standard")                             \
    X(SEEN, "seen", "seen on the wire and reported in public")                                     \
    X(REPORTED, "reported", "told by users, in forums and issues")                                 \
    X(GUESSED, "guessed", "guessed from the neighbouring cases")                                   \
    X(OWN, "own", "hubauth's own")

enum hubspot_confidence {
#define X(name, word, words) HUBSPOT_##name,
    HUBSPOT_CONFIDENCE_MAP(X)
#undef X
};

#define HUBSPOT_UNKNOWN_TYPE "UNKNOWN_OBJECT_TYPE" /* the code of its entry */

#define HUBSPOT_CAUSES 5
#define HUBSPOT_SETTLES 3

struct hubspot_catalogue_entry {
    const char *code;    /* HubSpot's word or the RFC's; one of ours for what has none. Unique. */
    const char *aliases; /* more words for the same, separated by '|'; may be NULL */
    const char *texts;   /* what distinguishes its texts, separated by '|', as
                            hubspot_catalogue_plain() leaves them; may be NULL */
    unsigned places;     /* HUBSPOT_AT_…; it is listed under the first */
    int http_status;     /* that usually comes with it; 0: none or several */
    /* Of an answer with this word. In an entry that stands for an HTTP status UNKNOWN means: with
     * any verdict. */
    enum hubspot_verdict verdict;
    enum hubspot_repeat repeat;
    enum hubspot_confidence confidence;
    const char *why;  /* the short text: a clause that can stand after "refreshing the token: " */
    const char *hint; /* the next step, short; "" when there is none */
    const char *meaning;
    const char *causes[HUBSPOT_CAUSES]; /* the likeliest first; ends with NULL or is full */
    struct {
        const char *command; /* of hubauth */
        const char *says;    /* how to read what it prints */
    } settles[HUBSPOT_SETTLES];
    const char *cure;
    const char *source; /* title of HubSpot's page, an RFC, a public issue */
};

/* The i-th entry; NULL past the end. */
const struct hubspot_catalogue_entry *hubspot_catalogue_at(size_t i);
/* By code or alias, letter for letter, among the entries met at one of `places`. NULL when there is
 * none. What a verdict depends on is looked up here and nowhere else. */
const struct hubspot_catalogue_entry *hubspot_catalogue_word(const char *word, unsigned places);
/* The entry of an HTTP status; of its class (3xx, 5xx) when it has none of its own; else NULL. */
const struct hubspot_catalogue_entry *hubspot_catalogue_http(int http_status);
/* The entry that an error speaks of: by its text, its code, or its HTTP status. NULL when there is
 * none. */
const struct hubspot_catalogue_entry *hubspot_catalogue_of_error(const struct base_error *err);

/* Appends `text` with letters in lower case, apostrophes left out, and one space for whatever else
 * is neither letter nor digit: what two people who copy the same text have in common. */
void hubspot_catalogue_plain(struct base_span text, struct base_buf *out);
/* Is one of the entry's texts in `plain`? */
bool hubspot_catalogue_has_text(const struct hubspot_catalogue_entry *e, struct base_span plain);
/* Is `plain` the entry's code or an alias, as people type them ("bad auth code")? */
bool hubspot_catalogue_is(const struct hubspot_catalogue_entry *e, struct base_span plain);

/* For people and for programs. */
const char *hubspot_place_word(unsigned place); /* of the first of several, and so below */
const char *hubspot_place_words(unsigned place);
const char *hubspot_repeat_word(enum hubspot_repeat repeat);
const char *hubspot_repeat_words(enum hubspot_repeat repeat);
const char *hubspot_confidence_word(enum hubspot_confidence confidence);
const char *hubspot_confidence_words(enum hubspot_confidence confidence);

#endif
