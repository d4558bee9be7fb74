#include "base_jsonw.h"
#include "base_time.h"
#include "broker_key.h"
#include "cli_command.h"

struct show_options {
    bool json;
};

static const struct base_opt options[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct show_options, json)},
    {0},
};

static void write_json(const struct cli *c, const struct broker_key *key, struct base_buf *out)
{
    struct base_jsonw w;
    char iso[32];

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "vault", c->home);
    base_jsonw_member_str(&w, "key", key->spec);
    base_jsonw_member_str(&w, "data_key", key->data_key);
    base_jsonw_member_str(&w, "created", base_time_iso(iso, key->created));
    base_jsonw_member_bool(&w, "rotation_unfinished", key->rotating);
    base_jsonw_member_bool(&w, "can_be_unlocked", key->keepable);
    base_jsonw_member_str(&w, "unlocked_until",
                          key->kept_until ? base_time_iso(iso, key->kept_until) : NULL);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

static void write_text(const struct cli *c, const struct broker_key *key, struct base_buf *out)
{
    int64_t now = base_time_now();
    char iso[32], human[32];

    base_buf_printf(out, "vault      %s, made %s\n", c->home,
                    base_time_iso(iso, key->created / 1000 * 1000));
    base_buf_printf(out, "key        %s\n", key->spec);
    if (key->kept_until)
        base_buf_printf(out, "           unlocked for %s, until %s\n",
                        base_time_human(human, key->kept_until - now),
                        base_time_iso(iso, key->kept_until / 1000 * 1000));
    else if (key->keepable)
        base_buf_printf(
            out, "           asked for each time; hubauth unlock keeps it at hand for a while\n");
    base_buf_printf(out, "data key   %s\n", key->data_key[0] ? key->data_key : "the first one");
    if (key->rotating)
        base_buf_printf(out, "           a rotation was interrupted, both keys hold; finish it "
                             "with: hubauth key rotate\n");
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct show_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct broker_key key;
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

    if (status)
        return status;
    broker_key_look(b, &key);
    base_buf_init(&out, 1u << 20);
    if (o->json)
        write_json(c, &key, &out);
    else
        write_text(c, &key, &out);
    return cli_write_buf(&out, err);
}

const struct cli_command cli_cmd_key_show = {
    .usage = {.program = "hubauth",
              .name = "key show",
              .summary = "where the key comes from, and whether it is unlocked",
              .details =
                  "Asks for no passphrase and shows no key. The data key has a name, made by "
                  "a hash, which changes with each rotation.",
              .options = options,
              .see_also = "hubauth-key-change(1), hubauth-unlock(1)"},
    .options_size = sizeof(struct show_options),
    .run = run,
};
