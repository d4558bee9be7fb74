#include "cli_error.h"

#include "hubspot_catalogue.h"

static void print(struct cli *c, const char *label, const char *colour,
                  const struct base_error *err)
{
    const char *on = c->colour_stderr ? colour : "", *off = c->colour_stderr ? "\033[0m" : "";
    const struct hubspot_catalogue_entry *known = hubspot_catalogue_of_error(err);

    cli_say(c, "%s%s:%s %s%s%s", on, label, off, err->doing, err->doing[0] ? ": " : "", err->why);
    if (err->lower[0] || err->http_status) {
        char http[32] = "";

        if (err->http_status)
            (void)snprintf(http, sizeof(http), "HTTP %d", err->http_status);
        cli_say(c, "  said:  %s%s%s%s%s", http, http[0] && err->code[0] ? ", " : "", err->code,
                err->lower[0] && (http[0] || err->code[0]) ? ": " : "", err->lower);
    }
    if (err->correlation[0])
        cli_say(c, "  correlationId: %s", err->correlation);
    if (err->hint[0])
        cli_say(c, "  next:  %s", err->hint);
    if (known && !strstr(err->hint, "hubauth explain"))
        cli_say(c, "  more:  hubauth explain %s", known->code);
}

void cli_error_print(struct cli *c, enum base_status status, const struct base_error *err)
{
    /* The reader of a pipe that has gone, or Ctrl-C: nobody wants to hear of it. */
    if (status == BASE_CANCELLED && (c->interrupted || !c->stdout_tty))
        return;
    if (err->status ==
        BASE_OK) { /* a function that failed without a word: still say something true */
        cli_say(c, "hubauth: %s", base_status_word(status));
        return;
    }
    print(c, "hubauth", "\033[1;31m", err);
}

void cli_error_warn(struct cli *c, const struct base_error *err)
{
    print(c, "hubauth: warning", "\033[1;33m", err);
}
