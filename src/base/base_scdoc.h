/* Text in scdoc's language (scdoc(5)), of which manual pages are made. */
#ifndef BASE_SCDOC_H
#define BASE_SCDOC_H

#include "base_buf.h"

/* With scdoc's own characters escaped; what stands between two backticks is set in bold. Line
 * breaks become spaces, since several characters mean something else at the beginning of a line. */
void base_scdoc_str(struct base_buf *out, const char *text);
/* The same at the beginning of a line, which it ends. */
void base_scdoc_line(struct base_buf *out, struct base_span s);
void base_scdoc_section(struct base_buf *out, const char *title);

#endif
