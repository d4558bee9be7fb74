/* What the wall clock is worth. A token's end is kept in wall clock time, since that alone means
 * the same to two processes and after a restart. Set forward, the clock makes a token look older
 * than it is, which costs a refresh; set back, it makes one look younger, which hands out a dead
 * token. The moment at which the machine was started gives that away: wall clock less time since
 * the start stands still unless somebody sets the clock. */
#ifndef BROKER_CLOCK_H
#define BROKER_CLOCK_H

#include "broker_grant.h"

/* Which start of the machine this is: the kernel's boot id. "" when it cannot be read. */
void broker_clock_boot(char out[BROKER_BOOT_SIZE]);
/* Notes in the grant how the clock stands, when a token is obtained. */
void broker_clock_note(const struct broker *b, struct broker_grant *g,
                       const char boot[BROKER_BOOT_SIZE]);
/* Whether the clock was set back since. False when the machine was restarted, or it is another. */
bool broker_clock_was_set_back(const struct broker *b, const struct broker_grant *g);

#endif
