#include "base_yaml_libyaml.h"

#include <string.h>

#include <yaml.h>

#include "base_jsonw.h"
#include "base_module.h"
#include "base_text.h"

#define DOING "reading YAML"
#define DEEPEST 32

struct reader {
    yaml_parser_t parser;
    struct base_jsonw json;
    unsigned depth, documents;
    bool in_mapping[DEEPEST];
    bool wants_key;    /* in the innermost mapping */
    const char *fault; /* a static text */
    size_t line;
};

static bool refuse(struct reader *r, const yaml_event_t *event, const char *fault)
{
    r->fault = fault;
    r->line = event->start_mark.line + 1;
    return false;
}

/* After a value: in a mapping a key comes next. */
static void value_done(struct reader *r)
{
    r->wants_key = r->depth > 0 && r->in_mapping[r->depth - 1];
}

static bool is_null(const yaml_event_t *event)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    const struct base_span text = {(const char *)event->data.scalar.value,
                                   event->data.scalar.length};
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (base_span_is(text, words[i]))
            return true;
    return false;
}

static bool on_scalar(struct reader *r, const yaml_event_t *event)
{
    const struct base_span text = {(const char *)event->data.scalar.value,
                                   event->data.scalar.length};
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        return refuse(r, event, "anchors and tags are not taken");
    if (r->wants_key) {
        base_jsonw_key_span(&r->json, text);
        r->wants_key = false;
        return true;
    }
    if (is_null(event))
        base_jsonw_null(&r->json);
    else
        base_jsonw_string(&r->json, text);
    value_done(r);
    return true;
}

static bool open_collection(struct reader *r, const yaml_event_t *event, bool mapping)
{
    const yaml_char_t *anchor =
        mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag =
        mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    if (anchor != NULL || tag != NULL)
        return refuse(r, event, "anchors and tags are not taken");
    if (r->wants_key)
        return refuse(r, event, "a key is no plain text");
    if (r->depth == DEEPEST)
        return refuse(r, event, "it is nested too deeply");
    r->in_mapping[r->depth++] = mapping;
    r->wants_key = mapping;
    if (mapping)
        base_jsonw_object(&r->json);
    else
        base_jsonw_array(&r->json);
    return true;
}

static bool close_collection(struct reader *r)
{
    base_jsonw_end(&r->json);
    r->depth--;
    value_done(r);
    return true;
}

static bool on_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return ++r->documents == 1 || refuse(r, event, "there is more than one document");
    case YAML_ALIAS_EVENT:
        return refuse(r, event, "aliases are not taken");
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_MAPPING_START_EVENT:
        return open_collection(r, event, true);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(r, event, false);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return close_collection(r);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default:
        return true;
    }
}

/* False when libyaml or on_event() met a fault: it is in the reader or the parser then. */
static bool read_events(struct reader *r)
{
    bool more = true, good = true;
    while (more && good) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event))
            return false;
        more = event.type != YAML_STREAM_END_EVENT;
        good = on_event(r, &event);
        /* It may be a secret. What libyaml has buffered of the text is its own. */
        if (event.type == YAML_SCALAR_EVENT)
            explicit_bzero(event.data.scalar.value, event.data.scalar.length);
        yaml_event_delete(&event);
    }
    return good;
}

static enum base_status explain(const struct reader *r, struct base_error *err)
{
    if (r->fault != NULL)
        return base_fail(err, BASE_INVALID, DOING, "line %zu: %s", r->line, r->fault);
    if (r->parser.error == YAML_MEMORY_ERROR)
        return base_fail_memory(err);
    return base_fail(err, BASE_INVALID, DOING, "line %zu: %s", r->parser.problem_mark.line + 1,
                     r->parser.problem != NULL ? r->parser.problem : "it is malformed");
}

enum base_status base_yaml_libyaml_to_json(struct base_span text, struct base_buf *out,
                                           struct base_error *err)
{
    struct reader r = {0};
    if (!yaml_parser_initialize(&r.parser))
        return base_fail_memory(err);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    base_jsonw_begin(&r.json, out);
    bool good = read_events(&r);
    if (good && r.documents == 0)
        base_jsonw_null(&r.json);
    enum base_status status = good ? base_buf_status(out) : explain(&r, err);
    if (good && status == BASE_NO_MEMORY)
        base_fail_memory(err);
    else if (good && status != BASE_OK)
        base_fail(err, status, DOING, "it is too long");
    yaml_parser_delete(&r.parser);
    return status;
}

static const char *library(void)
{
    static char text[32];
    base_text_format(text, sizeof(text), "libyaml %s", yaml_get_version_string());
    return text;
}

static const struct base_yaml_module entry = {base_yaml_libyaml_to_json};

BASE_MODULE_EXPORT;
const struct base_module hubauth_module = {BASE_MODULE_ABI, "base-yaml", &entry, library};
