/* Shared by the files of base_opt: the command's table, entry by entry. */
#ifndef BASE_OPT_INT_H
#define BASE_OPT_INT_H

#include "base_opt.h"

/* Without --help. */
size_t base_opt_count(const struct base_opt_command *command);
/* Entry i of the command's options; the one after the last is --help, which every command has. */
const struct base_opt *base_opt_at(const struct base_opt_command *command, size_t i);
/* How help and errors call its value. */
const char *base_opt_value_name(const struct base_opt *o);

#endif
