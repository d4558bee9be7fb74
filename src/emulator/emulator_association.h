/* Which records belong together. Nothing is stored here either: the larger type's records are dealt
 * out in order to the smaller one's, and four of five pairs are associated, seen from both sides
 * alike. */
#ifndef EMULATOR_ASSOCIATION_H
#define EMULATOR_ASSOCIATION_H

#include "emulator_record.h"

#include "base_jsonw.h"

/* The first live record of `to`, from index `at` on, that belongs to record `index` of `from`; the
 * count when there is none. */
int64_t emulator_association_next(const struct emulator_records *from, int64_t index,
                                  const struct emulator_records *to, int64_t at);
/* {"id":…,"type":"contact_to_company"}, and the same unlabelled for companies, which have a primary
 * one. */
void emulator_association_write(const struct emulator_records *from,
                                const struct emulator_records *to, int64_t index,
                                struct base_jsonw *w);

#endif
