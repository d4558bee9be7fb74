/* One object's export into one file, or to standard output: what `hubauth export` does for each of
 * its operands. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli_context.h"
#include "crm_export.h"
#include "crm_state.h"

struct cli_export_options {
    const char *account, *format, *output, *output_dir, *api, *properties, *associations, *progress,
        *reserve;
    int64_t limit, max_rps;
    bool archived, sort, resume, quiet, escape_formulas;
};

struct cli_export {
    struct cli *c;
    const struct cli_export_options *o;
    const char *const *objects; /* all of them */
    int count;
    const char *account; /* the grant's name */
    const char *token;   /* which one it is, where the environment holds it; else "" */
    const char *names; /* of the properties, where they are known; NULL: HubSpot's default or all */
    struct crm_progress total; /* counted up with each object */
};

/* The plan for an object; its strings are the export's. */
struct crm_plan cli_export_plan(const struct cli_export *x, const char *object);
/* `path` NULL: standard output. With `keep_state` its state stays until crm_part_forget(). */
enum base_status cli_export_object(struct cli_export *x, struct broker *b, const char *object,
                                   const char *path, bool keep_state, struct base_error *err);

#endif
