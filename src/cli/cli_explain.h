/* The catalogue of errors for people and programs. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "base_buf.h"
#include "hubspot_diagnosis.h"

/* One entry at length, in lines below `columns`. `d` has what the pasted text told besides; may be
 * NULL. */
void cli_explain_text(const struct hubspot_catalogue_entry *e, const struct hubspot_diagnosis *d,
                      size_t columns, bool colour, struct base_buf *out);
/* Code and short text of the entries from `first` on, a line for each. */
void cli_explain_candidates(const struct hubspot_diagnosis *d, size_t first, size_t columns,
                            struct base_buf *out);
void cli_explain_json(const struct hubspot_diagnosis *d, struct base_buf *out);

/* The whole catalogue: as a table that fits into `columns` as far as codes allow, as JSON, as
 * docs/troubleshooting.md, as the source of the manual page hubauth-errors(7). */
enum base_status cli_explain_list(bool colour, size_t columns, struct base_buf *out,
                                  struct base_error *err);
void cli_explain_list_json(struct base_buf *out);
void cli_explain_markdown(struct base_buf *out);
void cli_explain_man(struct base_buf *out);

/* What every form says in the same words: a clause of the catalogue as a sentence, the places where
 * the error is met, whether the grant is over. */
void cli_explain_sentence(struct base_buf *out, const char *clause);
void cli_explain_met(struct base_buf *out, const struct hubspot_catalogue_entry *e);
bool cli_explain_is_dead(const struct hubspot_catalogue_entry *e);

#endif
