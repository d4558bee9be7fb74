/* Other names of accounts. An alias stays when its account is logged out of, and means the same
 * account again after the next login. */
#ifndef BROKER_ALIAS_H
#define BROKER_ALIAS_H

#include "broker.h"

#define BROKER_ALIAS_MAX 64

/* USAGE when no alias can have that name, whatever accounts and apps there are. */
enum base_status broker_alias_check(const char *alias, struct base_error *err);
/* `account` is a grant's name ("app/account"). Moves the alias when it is another account's.
 * USAGE when the name cannot be one, or is that of an account or app. */
enum base_status broker_alias_set(struct broker *b, const char *alias, const char *account,
                                  struct base_error *err);
/* USAGE with the aliases that there are when there is no such one. */
enum base_status broker_alias_remove(struct broker *b, const char *alias, struct base_error *err);

/* By alias ascending, as the listing shows it. Borrowed. Return false to stop. */
typedef bool broker_alias_fn(void *arg, const char *alias, const char *account);
enum base_status broker_alias_list(struct broker *b, broker_alias_fn *fn, void *arg,
                                   struct base_error *err);
/* The account that an alias means, proven to be as it was stored. NOT_FOUND when there is none.
 * Heap. */
enum base_status broker_alias_find(struct broker *b, const char *alias, char **ret,
                                   struct base_error *err);

#endif
