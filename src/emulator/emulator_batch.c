/* POST …/batch/read */
#include "emulator_body.h"
#include "emulator_error.h"
#include "emulator_lookup.h"
#include "emulator_query.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_time.h"

#include <string.h>

#define INPUTS_MAX 100
#define INPUTS_MAX_HISTORY 50
#define ID_SIZE 256

struct batch {
    struct emulator_records records;
    struct emulator_select select;
    char id_property[64];
    bool archived;
    int64_t found[INPUTS_MAX];
    size_t found_count, input_count;
    char missing[INPUTS_MAX][ID_SIZE];
    size_t missing_count;
};

/* In whatever order, but not in that of the inputs; a record that is asked for twice comes once. */
static void keep(struct batch *b, int64_t index)
{
    size_t at = 0;
    uint64_t rank = emulator_record_mix((uint64_t)index);
    while (at < b->found_count && emulator_record_mix((uint64_t)b->found[at]) < rank)
        at++;
    if (at < b->found_count && b->found[at] == index)
        return;
    memmove(&b->found[at + 1], &b->found[at], (b->found_count - at) * sizeof b->found[0]);
    b->found[at] = index;
    b->found_count++;
}

/* NULL, or what is wrong with it. */
static const char *read_input(struct batch *b, const struct base_json_value *input)
{
    struct base_json_value id;
    char text[ID_SIZE];
    int64_t index;
    if (!base_json_find(input->raw, &id, "id", NULL) || !emulator_body_text(&id, text, sizeof text))
        return "Some required fields were not set: [id]";
    if (b->input_count++ == INPUTS_MAX)
        return "The number of inputs must not be greater than 100";
    if (emulator_lookup(&b->records, b->id_property, base_span_of(text), b->archived, &index))
        keep(b, index);
    else
        memcpy(b->missing[b->missing_count++], text, sizeof text);
    return NULL;
}

static const char *read_inputs(struct batch *b, const struct base_json_value *inputs)
{
    struct base_json j;
    struct base_json_value input;
    const char *fault = NULL;
    if (!emulator_lookup_property(&b->records, b->id_property))
        return "idProperty must be a property with unique values";
    base_json_begin(&j, inputs->raw);
    base_json_next(&j, NULL);
    while (fault == NULL && emulator_body_next(&j, &input))
        fault = read_input(b, &input);
    if (fault == NULL && b->input_count > INPUTS_MAX_HISTORY &&
        !emulator_choice_empty(&b->select.history))
        fault = "The number of inputs must not be greater than 50 with propertiesWithHistory";
    return fault;
}

/* False when it answered with the fault. */
static bool read_batch(struct emulator_call *call, struct batch *b)
{
    struct base_json_value inputs = {0}, properties = {0}, history = {0}, id_property = {0};
    const struct base_json_field fields[] = {
        {"inputs", BASE_JSON_WANT_ARRAY, true, &inputs, NULL},
        {"properties", BASE_JSON_WANT_ARRAY, false, &properties, NULL},
        {"propertiesWithHistory", BASE_JSON_WANT_ARRAY, false, &history, NULL},
        {"idProperty", BASE_JSON_WANT_STRING, false, &id_property, NULL},
    };
    if (!emulator_body_read(call, fields, sizeof fields / sizeof fields[0]))
        return false;
    const char *archived = serve_form_get(&call->query, "archived");
    b->archived = archived != NULL && strcmp(archived, "true") == 0;
    emulator_call_records(call, call->type, &b->records);
    emulator_select_begin(&b->select, call->type);
    emulator_body_properties(&properties, &b->select);
    emulator_body_history(&history, &b->select);
    emulator_select_end(&b->select);
    const char *fault = NULL;
    if (id_property.type == BASE_JSON_STRING &&
        !emulator_body_text(&id_property, b->id_property, sizeof b->id_property))
        fault = "idProperty must be a property with unique values";
    if (fault == NULL)
        fault = read_inputs(b, &inputs);
    if (fault != NULL)
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
    return fault == NULL;
}

static void write_missing(const struct batch *b, struct base_jsonw *w)
{
    char message[160], name[32];
    size_t n = 0;
    for (; n + 1 < sizeof name && b->select.type->name[n] != '\0'; n++) {
        char c = b->select.type->name[n];
        name[n] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    name[n] = '\0';
    base_text_format(message, sizeof message,
                     "Could not get some %s objects, they may be deleted or not exist. Check that "
                     "ids are valid.",
                     name);
    base_jsonw_member_int(w, "numErrors", 1);
    base_jsonw_key(w, "errors");
    base_jsonw_array(w);
    base_jsonw_object(w);
    base_jsonw_member_str(w, "status", "error");
    base_jsonw_member_str(w, "category", "OBJECT_NOT_FOUND");
    base_jsonw_member_str(w, "message", message);
    base_jsonw_key(w, "context");
    base_jsonw_object(w);
    base_jsonw_key(w, "ids");
    base_jsonw_array(w);
    for (size_t i = 0; i < b->missing_count; i++)
        base_jsonw_str(w, b->missing[i]);
    base_jsonw_end(w);
    base_jsonw_end(w);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

static void answer(struct emulator_call *call, const struct batch *b)
{
    struct emulator_record record;
    struct base_jsonw w;
    char now[32];
    base_time_iso(now, call->now);
    emulator_answer_objects(call, b->missing_count > 0 ? 207 : 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "status", "COMPLETE");
    base_jsonw_key(&w, "results");
    base_jsonw_array(&w);
    for (size_t i = 0; i < b->found_count; i++) {
        emulator_records_get(&b->records, b->found[i], &record);
        emulator_select_write(&b->select, call, &record, &w);
    }
    base_jsonw_end(&w);
    if (b->missing_count > 0)
        write_missing(b, &w);
    base_jsonw_member_str(&w, "startedAt", now);
    base_jsonw_member_str(&w, "completedAt", now);
    base_jsonw_end(&w);
    emulator_stats_served(&call->emulator->stats, call->type, (int64_t)b->found_count);
}

void emulator_batch_read(struct emulator_call *call)
{
    struct batch *b = base_mem_new(sizeof *b); /* too large for the stack */
    if (b == NULL) {
        emulator_error_page(call, 503);
        return;
    }
    if (read_batch(call, b))
        answer(call, b);
    base_mem_free(b);
}
