/* Command lines by table: one description of a command is its parser, its --help, its man page
 * (scdoc) and its shell completion. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base_buf.h"

enum base_opt_kind {
    BASE_OPT_FLAG,   /* no argument; `to` is bool* */
    BASE_OPT_STRING, /* `to` is const char** and points into argv afterwards */
    BASE_OPT_LIST,   /* may be repeated; `to` is struct base_opt_list* */
    BASE_OPT_INT,    /* decimal within [min, max]; `to` is int64_t* */
    BASE_OPT_SPAN,   /* a time span such as 5m (base_time_parse_span); `to` is int64_t* in ms */
};

struct base_opt_list {
    const char *items[16];
    size_t count;
};

struct base_opt {
    char letter;      /* 0: none */
    const char *name; /* without the dashes */
    enum base_opt_kind kind;
    const char *value;   /* the placeholder in help: "FILE" */
    const char *help;    /* one sentence, no full stop needed */
    int64_t min, max;    /* for BASE_OPT_INT; both 0: any non-negative */
    const char *choices; /* "plain|header|json": checked; NULL: any */
    size_t offset;       /* of the destination in the command's option struct */
};

struct base_opt_example {
    const char *command;
    const char *says;
};

struct base_opt_command {
    const char *program;                     /* "hubauth" */
    const char *name;                        /* "token"; NULL for a program without subcommands */
    const char *operands;                    /* "[ACCOUNT]" */
    const char *summary;                     /* one line */
    const char *details;                     /* paragraphs separated by blank lines; may be NULL */
    const struct base_opt *options;          /* ends with a NULL name */
    int min_operands, max_operands;          /* max -1: any number */
    const struct base_opt_example *examples; /* ends with a NULL command; may be NULL */
    const char *exits;    /* extra text about exit codes for the man page; may be NULL */
    const char *see_also; /* "hubauth-login(1), hubauth(7)"; may be NULL */
};

/* Parses argv[1..] (argv[0] is skipped) into the struct at `options` by the table's offsets.
 * Options and operands may be mixed; "--" ends the options; "-" is an operand. Operands are moved
 * to ret_operands (argc entries at most, the caller gives the array). An unknown option is
 * BASE_USAGE with "did you mean", and so is the beginning of a name. `--help` sets *ret_help and
 * ends the parsing; nothing else is checked then. After a failure the struct may be half written.
 */
enum base_status base_opt_parse(const struct base_opt_command *command, int argc, char **argv,
                                void *options, const char **ret_operands, int *ret_count,
                                bool *ret_help, struct base_error *err);
void base_opt_help(const struct base_opt_command *command, struct base_buf *out);
/* A man page in scdoc's language. */
void base_opt_scdoc(const struct base_opt_command *command, struct base_buf *out);

#endif
