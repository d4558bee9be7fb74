/* What somebody pasted or typed, looked up in the catalogue: a code, an HTTP status, an exit code,
 * a text of the consent page, an error body, a page, the address of a redirect, a log with any of
 * them.
 *
 * What was pasted may hold tokens. Nothing of it goes into the answer but what has the form of a
 * word of HubSpot's, a scope, a correlation id, an age or an object's id (E6). */
#ifndef HUBSPOT_DIAGNOSIS_H
#define HUBSPOT_DIAGNOSIS_H

#include "hubspot_catalogue.h"

#define HUBSPOT_DIAGNOSIS_MOST 12
#define HUBSPOT_DIAGNOSIS_MAX 65536 /* bytes that are looked at */

struct hubspot_diagnosis {
    const struct hubspot_catalogue_entry *found[HUBSPOT_DIAGNOSIS_MOST]; /* the likeliest first */
    unsigned char ranks[HUBSPOT_DIAGNOSIS_MOST];                         /* private */
    size_t count;
    bool sure; /* found[0] is it, the others came along; else they have equal rights */
    const struct hubspot_catalogue_entry *nearest; /* for "did you mean"; NULL when something was
                                                      found or nothing is near */
    int http_status;                               /* 0: none was named */
    char word[64];                                 /* a word of HubSpot's that is in no list; "" */
    char scopes[512];                              /* that would do, separated by spaces */
    char correlation[40];                          /* a UUID */
    char ago[32];      /* "9 minutes": since when the access token is expired */
    char existing[24]; /* "Existing ID: 6501" */
    bool holds_secret; /* something in it looks like a token, a secret or a code */
};

/* LIMIT when the text is longer than the cap, NO_MEMORY; else OK, even when nothing was found. */
enum base_status hubspot_diagnose(struct base_span text, struct hubspot_diagnosis *ret);

#endif
