#!/usr/bin/env bash
# The emulator's objects as any HTTP client sees them: companies, deals, tickets, a custom object, what is archived, merged, coming and
# going, cursors, batches, searches, definitions and limits, by curl.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source=by-curl.sh
. "$E2E/by-curl.sh"

ALL="crm.objects.companies.read crm.objects.deals.read tickets crm.objects.custom.read"

advance() { web -o "$out" -X POST -d "{\"ms\":$1}" "$EMU/_emulator/advance-clock"; }

# A grant with the scopes in $1 besides those required: $ACCESS.
grant() { ACCESS=$(foreign_grant --data-urlencode "optional_scope=$1" | jq -r .access_token); }

# ================================================================== every type, every path

start_emulator --auto-approve --no-rate-limit --contacts 300 --companies 120 --deals 140 --tickets 130 --machines 110
grant "$ALL"
# names of a type, how many there are, its default properties
while IFS='|' read -r names count defaults; do
    for name in $names; do
        for path in "/crm/v3/objects/$name" "/crm/objects/2026-03/$name" "/crm/objects/2026-09/$name"; do
            api "$path?limit=3"
            check_is "$path" "$code $(body '.results[1].properties | keys_unsorted | join(" ")')" "200 $defaults"
            id=$(body '.results[2].id')
            check_is "  its properties agree with the object" \
                "$(body '.results[2] | .properties as $p | (.id == $p.hs_object_id) and (.updatedAt == ($p.hs_lastmodifieddate // $p.lastmodifieddate)) and (.createdAt == ($p.createdate // $p.hs_createdate)) and (.archived | not) and (has("archivedAt") | not)')" true
            api "$path/$id"
            check_is "  read one" "$code $(body .id)" "200 $id"
        done
    done
    walk "/crm/objects/2026-03/${names%% *}"
    check_is "$names: $count of them" "$(sort -n -u "$TMP/ids" | wc -l)" "$count"
    check "  in ascending order" sort -n -u -C "$TMP/ids"
done <<END
contacts 0-1|300|createdate email firstname hs_object_id lastmodifieddate lastname
companies 0-2|120|createdate domain hs_lastmodifieddate hs_object_id name
deals 0-3|140|amount closedate createdate dealname dealstage hs_lastmodifieddate hs_object_id pipeline
tickets 0-5|130|content createdate hs_lastmodifieddate hs_object_id hs_pipeline hs_pipeline_stage hs_ticket_category hs_ticket_priority subject
machine 2-40123456 p_machine p${PORTAL}_machine|110|hs_createdate hs_lastmodifieddate hs_object_id
END
check_is "the counters name the types" \
    "$(stats '[.companies_served, .requests["GET /crm/v3/objects/tickets/{id}"], .requests["GET /crm/objects/2026-09/machine"]] | map(tostring) | join(" ")')" \
    "144 2 4"
for name in nonsense Contacts 0-4 "p1_machine" contact; do
    api "/crm/v3/objects/$name"
    check_is "no type $name" "$code $(body .message)" "400 Unable to infer object type from: $name"
done
get "$EMU/crm/v3/objects/nonsense"
check_is "  but without a token 401" "$code" 401
api "/crm/v3/objects/companies?properties=name,annualrevenue&properties=nonsense&limit=50"
check_is "asked properties and those that always come" "$(body '.results[0].properties | keys_unsorted | join(" ")')" \
    "annualrevenue createdate hs_lastmodifieddate hs_object_id name"
api "/crm/v3/objects/companies?properties=lastmodifieddate"
check_is "lastmodifieddate is no property of companies" "$(body '.results[0].properties | has("lastmodifieddate")')" false
api "/crm/v3/objects/contacts?properties=lastmodifieddate,hs_lastmodifieddate"
check_is "  nor hs_lastmodifieddate of contacts" "$(body '.results[0].properties | has("hs_lastmodifieddate")')" false
api "/crm/v3/objects/companies?limit=1&properties=domain"
domain=$(body '.results[0].properties.domain') id=$(body '.results[0].id')
api "/crm/v3/objects/companies/$domain?idProperty=domain"
check_is "read one by a unique property" "$code $(body .id)" "200 $id"
api "/crm/v3/objects/companies/x?idProperty=name"
check_is "  and not by another" "$code $(body .category)" "400 VALIDATION_ERROR"
fault '{"route":"/crm/v3/objects/deals","status":502}'
api /crm/v3/objects/contacts
check_is "a fault of deals leaves contacts alone" "$code" 200
api /crm/v3/objects/0-3
check_is "  and strikes deals by either name" "$code" 502
fault '{"route":"/crm/v3/objects/{objectType}","status":503}'
api /crm/v3/objects/tickets
check_is "  {objectType} means all of them" "$code" 503

# --- scopes, one for each type
grant ""
for name in companies deals tickets machine; do
    api "/crm/v3/objects/$name"
    check_is "$name without the scope: 403" "$code $(body .category)" "403 MISSING_SCOPES"
done
check_is "  which is named" "$(body '.errors[0].context.requiredGranularScopes[0]')" crm.objects.custom.read

# ================================================================== associations

grant "$ALL"
api "/crm/objects/2026-03/contacts?limit=100&associations=companies,deals"
check_is "associations in the list" \
    "$(body '[.results[] | .associations.companies.results[]?.type] | unique | join(" ")')" "contact_to_company contact_to_company_unlabeled"
check_is "  some have none, without the member" "$(body '[.results[] | has("associations")] | unique | length')" 2
pair=$(body '[.results[] | select(.associations.companies)][0] | .id + " " + .associations.companies.results[0].id')
contact=${pair% *} company=${pair#* }
for name in nonsense companies,nonsense,deals; do
    api "/crm/objects/2026-03/contacts?limit=1&associations=$name"
    check_is "  $name: the one that is no type is named" "$code $(body .message)" "400 Unable to infer object type from: nonsense"
done
api "/crm/v3/objects/contacts/$contact?associations=nonsense"
check_is "  of one record as well" "$code $(body .message)" "400 Unable to infer object type from: nonsense"
api "/crm/v3/objects/companies/$company?associations=contacts"
check_is "  seen from the company as well" "$(body "[.associations.contacts.results[] | select(.id == \"$contact\" and .type == \"company_to_contact\")] | length")" 1
api "/crm/v3/objects/contacts/$contact/associations/companies"
check_is "the endpoint of associations" "$code $(body '.results[0].id')" "200 $company"
api "/crm/objects/2026-03/contacts/$contact/associations/companies"
check_is "  and its dated form" "$code $(body '.results[0].toObjectId')" "200 $company"
api "/crm/v3/objects/contacts/$contact/associations/nonsense"
check_is "  400 for an unknown type" "$code" 400
api "/crm/v3/objects/contacts/1/associations/companies"
check_is "  404 for an unknown record" "$code" 404
stop_emulator

start_emulator --auto-approve --no-rate-limit --contacts 1000 --companies 2
grant "$ALL"
api "/crm/v3/objects/companies?associations=contacts"
check_is "many associations: an inner page" "$(body '.results[0].associations.contacts | [(.results | length), (.paging.next.after | type)] | map(tostring) | join(" ")')" \
    "100 string"
body '.results[0].associations.contacts.results[].id' >"$TMP/inner"
next=$(body '.results[0].associations.contacts.paging.next.link')
while [ -n "$next" ]; do
    api "${next#"$EMU"}"
    body '.results[].id' >>"$TMP/inner"
    after=$(body '.paging.next.after // empty')
    next=${after:+${next%%\?*}?after=$after}
done
check_is "  whose pages lead to all of them, none twice" "$(sort -u "$TMP/inner" | wc -l)" "$(wc -l <"$TMP/inner")"
check "  four of five" test "$(wc -l <"$TMP/inner")" -gt 350
stop_emulator

# ================================================================== archived and merged

start_emulator --auto-approve --no-rate-limit --contacts 1000 --archived 5 --merged 3
grant "$ALL"
list=/crm/objects/2026-03/contacts
walk $list
check_is "--archived 5 --merged 3: 920 of 1000 are listed" "$(wc -l <"$TMP/ids")" 920
cp "$TMP/ids" "$TMP/live"
api "$list?limit=100"
check_is "  a page is full all the same" "$(body '.results | length')" 100
walk $list archived=true
check_is "  50 are archived" "$(wc -l <"$TMP/ids")" 50
check_is "  none is both" "$(sort "$TMP/ids" "$TMP/live" | uniq -d | wc -l)" 0
check_is "  with archivedAt" "$(body '[.results[] | .archived and (.archivedAt > .updatedAt)] | all')" true
id=$(head -n 1 "$TMP/ids")
api "$list/$id"
check_is "an archived one: 404" "$code" 404
api "$list/$id?archived=true"
check_is "  with archived=true it is there" "$code $(body .archived)" "200 true"
api "$list/$(head -n 1 "$TMP/live")?archived=true"
check_is "  which finds no others" "$code" 404
api "$list?limit=100&properties=hs_merged_object_ids"
winner=$(body '[.results[] | select(.properties.hs_merged_object_ids)][0].id')
loser=$(body '[.results[] | .properties.hs_merged_object_ids // empty][0] | split(";")[0]')
check "a merged one is not listed" not grep -qx "$loser" "$TMP/live"
api "$list/$loser"
check_is "  its id leads to the one it became part of" "$code $(body .id)" "200 $winner"
: >"$TMP/ids"
after=
while :; do
    api "/contacts/v1/lists/all/contacts/all?count=100${after:+&vidOffset=$after}"
    body '.contacts[].vid' >>"$TMP/ids"
    [ "$(body '."has-more"')" = true ] || break
    after=$(body '."vid-offset"')
done
check "v1 lists the same ones" cmp -s "$TMP/ids" "$TMP/live"
stop_emulator

# ================================================================== records that come and go, cursors

start_emulator --auto-approve --no-rate-limit --contacts 500 --growing 10 --vanishing 5
grant "$ALL"
walk $list
before=$(wc -l <"$TMP/ids")
cp "$TMP/ids" "$TMP/live"
advance 10000
walk $list
check "--growing: new ones with higher ids" test "$(awk -v last="$(tail -n 1 "$TMP/live")" '$1 > last' "$TMP/ids" | wc -l)" -ge 100
check "--vanishing: some are gone" test "$(sort "$TMP/live" "$TMP/live" "$TMP/ids" | uniq -c | awk '$1 == 2' | wc -l)" -ge 20
check "  which there were ($before)" test "$before" -ge 450
walk $list archived=true
check "  they are archived now" test "$(wc -l <"$TMP/ids")" -ge 20
stop_emulator

for cursor in id last-id offset opaque; do
    start_emulator --auto-approve --no-rate-limit --contacts 300 --archived 10 --cursor $cursor
    grant ""
    walk $list
    check_is "--cursor $cursor: every contact once" "$(sort -n -u "$TMP/ids" | wc -l)" 270
    api "$list?limit=7"
    last=$(body '.results[-1].id') after=$(body .paging.next.after)
    case $cursor in
        id) check_is "  the last id + 1" "$after" $((last + 1)) ;;
        last-id) check_is "  the last id" "$after" "$last" ;;
        offset) check "  a small number" test "$after" -lt 300 ;;
        opaque)
            check "  no number" not grep -qx '[0-9]*' <<<"$after"
            api "$list?after=$((last + 1))"
            check_is "  and a computed one is refused" "$code $(body .category)" "400 VALIDATION_ERROR"
            ;;
    esac
    stop_emulator
done

# ================================================================== batches, definitions, long URLs

start_emulator --auto-approve --no-rate-limit --contacts 1000 --archived 5 --merged 3
grant "$ALL"
# A batch of the ids in a file. $1: path, $2: file, $3: more of the body's JSON
batch() {
    jq -nc --rawfile ids "$2" "{inputs: [\$ids | split(\"\\n\")[] | select(. != \"\") | {id: .}]} + ${3:-{\}}" >"$TMP/inputs"
    api "$1/batch/read" --json "@$TMP/inputs"
}
list=/crm/objects/2026-03/contacts
api "$list?limit=100&properties=hs_merged_object_ids"
body '.results[].id' >"$TMP/ids"
loser=$(body '[.results[] | .properties.hs_merged_object_ids // empty][0] | split(";")[0]')
winner=$(body '[.results[] | select(.properties.hs_merged_object_ids)][0].id')
for path in /crm/v3/objects/contacts /crm/objects/2026-03/0-1 /crm/objects/2026-09/contacts; do
    batch "$path" "$TMP/ids" '{properties: ["email", "nonsense"]}'
    check_is "$path/batch/read of a hundred" "$code $(body '[.status, (.results | length), has("numErrors"), has("completedAt")] | map(tostring) | join(" ")')" \
        "200 COMPLETE 100 false true"
done
check "  all of them" diff <(body '.results[].id' | sort) <(sort "$TMP/ids")
check "  in another order" not diff -q <(body '.results[].id') "$TMP/ids"
check_is "  with the properties that were asked for" "$(body '.results[0].properties | keys_unsorted | join(" ")')" "createdate email hs_object_id lastmodifieddate"
api "$list?limit=100"
body '.results | sort_by(.id)' >"$TMP/listed"
batch $list "$TMP/ids"
check "  each as the list has it" diff <(body '.results | sort_by(.id)') "$TMP/listed"
{ head -n 3 "$TMP/ids" && echo 999 && echo abc && head -n 1 "$TMP/ids" && echo "$loser"; } >"$TMP/some"
batch $list "$TMP/some"
check_is "with strangers: 207" "$code $(body '[.status, .numErrors, .errors[0].category, (.errors[0].context.ids | sort | join(","))] | map(tostring) | join(" ")')" \
    "207 COMPLETE 1 OBJECT_NOT_FOUND 999,abc"
check_is "  in HubSpot's words" "$(body '.errors[0].message')" \
    "Could not get some CONTACTS objects, they may be deleted or not exist. Check that ids are valid."
check_is "  a merged id answers with the winner's" "$(body "[.results[] | select(.id == \"$winner\")] | length")" 1
check_is "  twice the same comes once" "$(body '.results | length')" "$(body '[.results[].id] | unique | length')"
walk $list archived=true
head -n 3 "$TMP/ids" >"$TMP/some"
batch $list "$TMP/some"
check_is "archived ones are not found" "$code $(body '.results | length')" "207 0"
api "$list/batch/read?archived=true" --json "@$TMP/inputs"
check_is "  unless archived=true" "$code $(body '.results | length')" "200 3"
api "$list?limit=3&properties=email"
body '.results[].properties.email // empty' | tr a-z A-Z >"$TMP/some"
batch $list "$TMP/some" '{idProperty: "email"}'
check_is "by idProperty" "$code $(body '.results | length')" "200 $(wc -l <"$TMP/some")"
batch $list "$TMP/some" '{idProperty: "firstname"}'
check_is "  which must be unique" "$code $(body .category)" "400 VALIDATION_ERROR"
walk $list
head -n 101 "$TMP/ids" >"$TMP/some"
batch $list "$TMP/some"
check_is "101 inputs: 400" "$code $(body .category)" "400 VALIDATION_ERROR"
head -n 51 "$TMP/ids" >"$TMP/some"
batch $list "$TMP/some" '{propertiesWithHistory: ["email"]}'
check_is "51 with history: 400" "$code" 400
head -n 50 "$TMP/ids" >"$TMP/some"
batch $list "$TMP/some" '{propertiesWithHistory: ["email"]}'
check_is "  50: 200" "$code $(body '[.results[] | has("propertiesWithHistory")] | all')" "200 true"
for bad in '' '[]' '{' '{"inputs":[{}]}' '{"inputs":1}' '{"inputs":[1]}' '{"inputs":[{"id":{}}]}'; do
    api "$list/batch/read" --json "$bad"
    check_is "400 for the body '$bad'" "$code $(body .category)" "400 VALIDATION_ERROR"
done
api "$list/batch/read" -d '{"inputs":[]}'
check_is "a body that does not call itself JSON: 415" "$code $(body .category)" "415 UNSUPPORTED_MEDIA_TYPE"
api "$list/batch/read" --json '{"inputs":[]}'
check_is "no inputs: nothing" "$code $(body '.results | length')" "200 0"

for path in /crm/v3/properties/contacts /crm/properties/2026-03/0-1 /crm/properties/2026-09/contacts; do
    api $path
    check_is "$path: all definitions, no paging" "$code $(body '[(.results | length), has("paging")] | map(tostring) | join(" ")')" "200 373 false"
done
check "  more than 200 kB" test "$(wc -c <"$BODY")" -gt 200000
check_is "  by type" "$(body '[.results[] | select(.hubspotDefined).type] | group_by(.) | map("\(.[0]) \(length)") | join(", ")')" \
    "bool 23, date 4, datetime 79, enumeration 57, number 85, object_coordinates 2, phone_number 4, string 113"
check_is "  calculated, hidden, own" "$(body '.results | [(map(select(.calculated)) | length), (map(select(.hidden)) | length), (map(select(.hubspotDefined | not)) | length)] | map(tostring) | join(" ")')" \
    "38 94 6"
check_is "  enumerations have options" "$(body '.results[] | select(.name == "lifecyclestage") | [.options[].value] | join(" ")')" \
    "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other"
check_is "  owners' options are elsewhere" "$(body '.results[] | select(.name == "hubspot_owner_id") | [.externalOptions, (.options | length)] | map(tostring) | join(" ")')" "true 0"
body '[.results[].name] | join(",")' >"$TMP/names"
api "/crm/v3/properties/contacts/email"
check_is "one definition" "$code $(body '[.name, .type, .hasUniqueValue] | map(tostring) | join(" ")')" "200 email string true"
api "/crm/v3/properties/contacts/nonsense"
check_is "  404 of one that is not defined" "$code" 404
api "/crm/v3/properties/companies?properties=name,domain"
check_is "  some of them" "$(body '[.results[].name] | join(" ")')" "domain name"
api "/crm/v3/properties/companies?archived=true"
check_is "  archived: none" "$(cat "$BODY")" '{"results":[]}'
api "$list?limit=1&properties=$(cat "$TMP/names")"
check_is "all properties in one URL" "$code $(body '.results[0].properties | keys | length')" "200 373"
api "$list?limit=1&properties=$(cat "$TMP/names")&propertiesWithHistory=$(cat "$TMP/names")"
check_is "  twice: 414, a page of HTML" "$code $(header content-type)" "414 text/html;charset=utf-8"
stop_emulator

start_emulator --auto-approve --url-limit 2000
grant ""
api "$list?$(printf '%01970d' 0)"
check_is "--url-limit: 2000 bytes pass" "$code" 200
api "$list?$(printf '%01970d' 0)x"
check_is "  2001 do not" "$code" 414
api "$list?$(printf '%09999d' 0)"
check_is "  nor many more" "$code" 414
stop_emulator

# ================================================================== searches

start_emulator --auto-approve --no-rate-limit --contacts 12000 --archived 5 --companies 300
grant "$ALL"
search() { api "$1/search" --json "$2"; } # $1: path, $2: body
walk $list
cp "$TMP/ids" "$TMP/live"
for path in /crm/v3/objects/contacts /crm/objects/2026-03/0-1 /crm/objects/2026-09/contacts; do
    search $path '{}'
    check_is "$path/search: total and the first ten" "$code $(body '[.total, (.results | length), .paging.next.after, (.paging.next | keys | join(","))] | map(tostring) | join(" ")')" \
        "200 11400 10 10 after"
done
check_is "  the oldest first, default properties" "$(body '.results[0] | .id + " " + (.properties | keys_unsorted | join(","))')" \
    "$(head -n 1 "$TMP/live") createdate,email,firstname,hs_object_id,lastmodifieddate,lastname"
search $list '{"limit":200,"after":"200","properties":["zip"]}'
check "  200 at a time, by offset" diff <(body '.results[].id') <(sed -n '201,400p' "$TMP/live")
search $list '{"limit":200,"after":9800}'
check_is "up to 10,000" "$code $(body '[(.results | length), .paging.next.after] | map(tostring) | join(" ")')" "200 200 10000"
search $list '{"limit":200,"after":"10000"}'
check_is "  and not beyond" "$code $(body .category)" "400 VALIDATION_ERROR"
for bad in '{"limit":201}' '{"after":"9223372036854775807"}' '{"limit":0}' '{"after":"x"}' '{"after":-1}' '{"sorts":["email","zip"]}' '{"sorts":["nonsense"]}' \
    '{"filterGroups":[{"filters":[{"propertyName":"x","operator":"EQ","value":"1"}]}]}' '{' ''; do
    search $list "$bad"
    check_is "400 for the search '$bad'" "$code $(body .category)" "400 VALIDATION_ERROR"
done
# All of them by id windows, which is how one gets past 10,000.
: >"$TMP/ids"
after=0
while :; do
    search $list "{\"limit\":200,\"sorts\":[{\"propertyName\":\"hs_object_id\",\"direction\":\"ASCENDING\"}],
        \"filterGroups\":[{\"filters\":[{\"propertyName\":\"hs_object_id\",\"operator\":\"GT\",\"value\":\"$after\"}]}]}"
    body '.results[].id' >>"$TMP/ids"
    [ "$(body '.results | length')" -eq 200 ] || break
    after=$(tail -n 1 "$TMP/ids")
done
check "windows of ids give all that are listed" cmp -s "$TMP/ids" "$TMP/live"
search $list '{"limit":1,"sorts":["-hs_object_id"]}'
check_is "the highest id" "$(body '.results[0].id')" "$(tail -n 1 "$TMP/live")"
search $list '{"limit":100,"sorts":[{"propertyName":"lastmodifieddate","direction":"DESCENDING"}],"properties":["city"],
    "filterGroups":[{"filters":[{"propertyName":"city","operator":"IN","values":["paris","berlin"]}]}]}'
check_is "filter and sort" "$(body '[([.results[].properties.city] | unique | join(" ")), ([.results[].updatedAt] | . == (sort | reverse))] | map(tostring) | join(" ")')" \
    "Berlin Paris true"
check "  with the whole number of them" test "$(body .total)" -gt 100
search /crm/v3/objects/companies '{"limit":200,"sorts":["name"],"properties":["name"],"filterGroups":[{"filters":[{"propertyName":"name","operator":"HAS_PROPERTY"}]}]}'
check_is "sorted by name" "$(body '[.results[].properties.name | ascii_downcase[0:4]] | . == sort')" true
search $list '{"query":"logistics"}'
check "query" test "$(body .total)" -gt 10
search $list '{"filterGroups":[{"filters":[{"propertyName":"lastmodifieddate","operator":"GTE","value":"0"}]}]}'
check_is "a filter at epoch 0: 500" "$code" 500
stop_emulator

start_emulator --auto-approve --contacts 50 --portal 11 --portal 12
grant ""
# So many searches on one connection: $codes, and the last one as get() leaves it.
burst() {
    for _ in $(seq "$1"); do printf 'url = "%s"\noutput = "%s"\n' "$EMU$list/search" "$BODY"; done >"$TMP/urls"
    codes=$(web -D "$HEAD" -K "$TMP/urls" --json '{}' -H "Authorization: Bearer $ACCESS" -w '%{http_code}\n' | sort | uniq -c | xargs)
}
burst 5
check_is "five searches at once pass" "$codes" "5 200"
check_is "  without headers of a limit" "$(header X-HubSpot-RateLimit-Max)" ""
burst 60
check "more are 429 SECONDLY: $codes" grep -qE '[0-9]+ 429' <<<"$codes"
check_is "  in HubSpot's words" "$(body .policyName) $(body .message)" "SECONDLY You have reached your secondly limit."
check "  of the search's group" grep -q '"groupName":"publicapi:crm:search:oauth:1000001:11"' "$BODY"
check_is "  without headers either" "$(header X-HubSpot-RateLimit-Max) $(header retry-after)" " "
check "the judge sees them" test "$(stats .max_searches_in_second)" -gt 5
api $list
check_is "searches do not count against the ten seconds" "$(header X-HubSpot-RateLimit-Remaining)" 109
stop_emulator
start_emulator --auto-approve --contacts 50 --search-counts --search-limit 3
grant ""
search $list '{}'
api $list
check_is "--search-counts: they do" "$(header X-HubSpot-RateLimit-Remaining)" 108
burst 60
check "--search-limit 3: $codes" grep -qE '429' <<<"$codes"
stop_emulator
start_emulator --auto-approve --contacts 500 --growing 10 --vanishing 10 --index-lag 60 --no-rate-limit
grant ""
advance 10000
search $list '{}'
check_is "--index-lag: neither new ones nor that some are gone" "$(body .total)" 500
advance 60000
search $list '{}'
check "  until it has caught up" test "$(body .total)" -ne 500
stop_emulator

# ================================================================== limits that change, foreign spenders, private apps

start_emulator --auto-approve --contacts 50 --foreign-spender 5
grant ""
api $list
check_is "--foreign-spender: it begins with our first request" "$(header X-HubSpot-RateLimit-Remaining)" 109
sleep 1
api $list
check "  a second later more is gone than we took" test "$(header X-HubSpot-RateLimit-Remaining)" -lt 105
web -o "$out" -d '{"max":190,"foreign":0}' "$EMU/_emulator/limit"
api $list
check_is "/_emulator/limit" "$code $(header X-HubSpot-RateLimit-Max)" "200 190"
web -o "$out" -d '{"max":2}' "$EMU/_emulator/limit"
api $list
check_is "  lowered below what was made: 429" "$code $(header X-HubSpot-RateLimit-Max) $(header X-HubSpot-RateLimit-Remaining)" "429 2 0"
for bad in '{"max":0}' '{"max":-5}' '{"foreign":-2}' '{"tokens":-2}' '{"max":"x"}' '['; do
    get -d "$bad" "$EMU/_emulator/limit"
    check_is "  400 for $bad" "$code" 400
done
fault "{\"route\":\"$list\",\"status\":503,\"retry_after\":60,\"retry_date\":true}"
api $list
check_is "Retry-After as a date" "$(($(date -d "$(header Retry-After)" +%s) - $(date -d "$(header Date)" +%s)))" 60
stop_emulator

start_emulator --auto-approve --contacts 50 --rate-limit 2 --rate-window 700
grant ""
api $list && api $list && api $list
check_is "--rate-window: the third" "$code $(header X-HubSpot-RateLimit-Interval-Milliseconds)" "429 700"
sleep 0.8
api $list
check_is "  and later" "$code" 200
stop_emulator

PAT=pat-na1-11111111-2222-4333-8444-555555555555
start_emulator --auto-approve --contacts 50 --private-app-token $PAT --daily-limit 8
grant ""
check_is "a private app's token" "$(ACCESS=$PAT && api $list && echo "$code $(header X-HubSpot-RateLimit-Max) $(header X-HubSpot-RateLimit-Remaining) $(header X-HubSpot-RateLimit-Daily) $(header X-HubSpot-RateLimit-Daily-Remaining)")" \
    "200 100 99 8 7"
api $list
check_is "  an OAuth app has no daily limit" "$(header X-HubSpot-RateLimit-Max) $(header X-HubSpot-RateLimit-Daily)" "110 "
ACCESS=$PAT
search $list '{}'
check_is "  a search counts to the day, and has only those headers" "$(header X-HubSpot-RateLimit-Max) $(header X-HubSpot-RateLimit-Daily-Remaining)" " 6"
expire_tokens
for _ in 1 2 3 4 5 6; do api $list; done
check_is "  it does not expire" "$code" 200
api $list
check_is "  the day is used up: 429 DAILY" "$code $(body .policyName) $(header X-HubSpot-RateLimit-Daily-Remaining)" "429 DAILY 0"
advance 86400000
api $list
check_is "  the next day" "$code" 200
api /oauth/v2/private-apps/get/access-token-info --json "{\"tokenKey\":\"$PAT\"}"
check_is "its info" "$code $(body '[.hubId, .appId, (.scopes | length > 5)] | map(tostring) | join(" ")')" "200 $PORTAL 1000001 true"
get "$EMU/oauth/v2/private-apps/get/access-token-info" --json '{"tokenKey":"pat-na1-x"}'
check_is "  unknown: 404" "$code" 404
ACCESS=pat-na1-other
api $list
check_is "  and of no use" "$code" 401
stop_emulator
run "$BUILD/hubauth-emulator" --private-app-token secret
check_is "a private app's token must look like one" "$status" 2

start_emulator --auto-approve --contacts 50 --no-limit-headers --odd-objects
grant ""
api "$list?properties=email"
check_is "--no-limit-headers" "$code $(header X-HubSpot-RateLimit-Max)" "200 "
check_is "--odd-objects: the members are the other way round" "$(body '.results[0] | keys_unsorted | [first, last] | join(" ")')" "objectWriteTraceId id"
# --- gzip
api "$list?limit=50"
cp "$BODY" "$TMP/plain"
check_is "nobody asked for gzip" "$(header content-encoding)" ""
get -H 'Accept-Encoding: gzip' "$EMU$list?limit=50" -H "Authorization: Bearer $ACCESS"
check_is "gzip when asked" "$code $(header content-encoding) $(header vary)" "200 gzip origin, Accept-Encoding"
check "  it is the same page" cmp -s "$TMP/plain" <(gzip -dc "$BODY")
check "  and a small part of its size" test "$(($(wc -c <"$BODY") * 3))" -lt "$(wc -c <"$TMP/plain")"
get -I -H 'Accept-Encoding: gzip' "$EMU$list?limit=50" -H "Authorization: Bearer $ACCESS"
check_is "  HEAD says so too" "$code $(header content-encoding)" "200 gzip"
# of any length: made and compressed as they are sent
long() { fault "{\"route\":\"$list\",\"body\":\"long\",\"bytes\":3000000${1:+,$1}}"; }
long
api "$list"
cp "$BODY" "$TMP/long"
check_is "a long answer" "$(header content-encoding) $(wc -c <"$TMP/long") $(jq '.results | length' "$TMP/long")" " $(header content-length) 46875"
long
api "$list" -H 'Accept-Encoding: gzip'
check_is "  gzip, too" "$code $(header content-encoding) $(header transfer-encoding)" "200 gzip chunked"
check "  it is the same" cmp "$TMP/long" <(gzip -dc "$BODY")
long '"action":"cut"'
api "$list" -H 'Accept-Encoding: gzip'
check_is "  cut, one half of it can be read, in pieces of 1,024 rows" "$code $(gzip -dc "$BODY" 2>/dev/null | grep -c filler)" "failed 23552"
# --- answers in pieces, and each status that HubSpot is known to give
fault "{\"route\":\"$list\",\"action\":\"chunked\"}"
api "$list?limit=50"
check_is "the fault \"chunked\"" "$code $(header transfer-encoding)" "200 chunked"
check "  the same page" cmp -s "$TMP/plain" "$BODY"
fault "{\"route\":\"$list\",\"action\":\"drip\",\"rate\":2000}"
api "$list?limit=5" -w '%{time_total} %{http_code}'
check "the fault \"drip\": slowly ($code s, status)" awk '$1 > 0.5 && $2 == 200 {good = 1} END {exit !good}' <<<"${code#200}"
check_is "  and whole" "$(body '.results | length')" 5
fault "{\"route\":\"$list\",\"action\":\"endless\"}"
check_is "the fault \"endless\": megabytes of it" "$(web "$EMU$list" -H "Authorization: Bearer $ACCESS" 2>/dev/null | head -c 3000000 | wc -c)" 3000000
api "$list"
check_is "  the emulator goes on" "$code" 200
for bad in '"rate":0' '"rate":-1' '"rate":"x"'; do
    get -d "{\"route\":\"*\",\"action\":\"drip\",$bad}" "$EMU/_emulator/fault"
    check_is "  400 for $bad" "$code" 400
done
for status in 400 401 403 404 405 409 414 423 429 477 500 502 503 504 521 522 523 524 525 526; do
    fault "{\"route\":\"$list\",\"status\":$status,\"retry_after\":7}"
    api "$list"
    check_is "a fault of $status: JSON" "$code $(body .status) $(header retry-after)" "$status error 7"
    fault "{\"route\":\"$list\",\"status\":$status,\"body\":\"html\"}"
    api "$list"
    check_is "  or a page" "$code $(header content-type)" "$status text/html;charset=utf-8"
done
# --- app-level tokens
app_token() { # $1: version, then the form's fields
    local version=$1 field fields=(-d grant_type=client_credentials)
    shift
    for field in "$@"; do fields+=(--data-urlencode "$field"); done
    get "$EMU/oauth/$version/token" "${fields[@]}"
}
own=("client_id=$CLIENT_ID" "client_secret=$CLIENT_SECRET")
for version in v1 v3 2026-03 2026-09; do
    app_token $version "${own[@]}" "scope=developer.webhooks_journal.read developer.webhooks_journal.subscriptions.read"
    check_is "$version: client_credentials" "$code $(body '[.token_type, .token_use, .expires_in, (.scopes | length), has("refresh_token")] | map(tostring) | join(" ")')" \
        "200 bearer client_credentials 1800 2 false"
done
ACCESS=$(body .access_token)
api $list
check_is "  it is not for CRM data" "$code $(body .category)" "403 MISSING_SCOPES"
app_token v3 "${own[@]}"
check_is "  no scope" "$code $(body .status)" "400 BAD_SCOPES"
app_token v3 "${own[@]}" "scope=crm.objects.contacts.read"
check_is "  the wrong scope" "$code $(body .status)" "400 BAD_SCOPES"
app_token v3 "${own[@]}" "scope=developer.webhooks_journal.read developer.nonsense"
check_is "  an unknown scope beside a good one" "$code $(body .status)" "400 BAD_SCOPES"
app_token v3 "client_id=$CLIENT_ID" client_secret=x scope=developer.x
check_is "  the wrong secret" "$code $(body .status)" "400 BAD_CLIENT_SECRET"
app_token v3 client_id=55555555-5555-4555-8555-555555555555 client_secret=66666666-6666-4666-8666-666666666666 scope=developer.x
check_is "  an MCP app" "$code $(body .status)" "400 USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED"
# --- the webhooks journal, which is for them
journal=/webhooks-journal/journal/2026-03
app_token v3 "${own[@]}" scope=developer.webhooks_journal.read
APP_ACCESS=$(body .access_token)
ACCESS=$APP_ACCESS
api $journal/earliest
first=$(body .currentOffset)
check_is "the journal's earliest entry" "$code $(body '[(.url | startswith("http://localhost:")), (.expiresAt | endswith("Z")), length] | map(tostring) | join(" ")')" \
    "200 true true 3"
check "  its offset is a UUID" grep -qE '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' <<<"$first"
check_is "  no limit applies" "$(header x-hubspot-ratelimit-max)" ""
api $journal/offset/"$first"/next
check_is "  the one after it" "$code $([ "$(body .currentOffset)" != "$first" ] && echo another)" "200 another"
api $journal/latest
last=$(body .currentOffset)
walked=$first entries=1
while [ $entries -lt 9 ] && api $journal/offset/"$walked"/next && [ "$code" = 200 ]; do walked=$(body .currentOffset) entries=$((entries + 1)); done
check_is "  one after the other to the latest, behind which there is nothing" "$code $walked $entries" "204 $last 5"
api $journal/offset/00000000-0000-4000-8000-000000000000/next
check_is "  an unknown offset" "$code" 404
api /account-info/2026-03/details
check_is "  no account has this token" "$code $(body .category)" "403 MISSING_SCOPES"
get "$EMU/oauth/2026-03/token/introspect" -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" --data-urlencode "token=$APP_ACCESS"
check_is "  introspection" "$(body '[.active, .token_use, has("hub_id"), has("user"), .scopes[0]] | map(tostring) | join(" ")')" \
    "true client_credentials false false developer.webhooks_journal.read"
app_token v3 "${own[@]}" scope=developer.webhooks_journal.snapshots.read
ACCESS=$(body .access_token)
api $journal/earliest
check_is "  another scope will not do" "$code $(body .category) $(body '.errors[0].context.requiredGranularScopes[0]')" \
    "403 MISSING_SCOPES developer.webhooks_journal.read"
grant ""
api $journal/earliest
check_is "  nor will a portal's token" "$code $(body .category)" "403 MISSING_SCOPES"
# --- a token that expires in the middle
grant ""
fault "{\"route\":\"$list\",\"skip\":2,\"action\":\"expire\"}"
api $list && api $list
check_is "the fault \"expire\": two pages pass" "$code" 200
api $list
check_is "  then the token has expired" "$code $(body .category)" "401 EXPIRED_AUTHENTICATION"
grant ""
api $list
check_is "  and a new one works" "$code" 200
stop_emulator

# ================================================================== latency

start_emulator --auto-approve --latency 20 --jitter 30
grant ""
api /account-info/2026-03/details -w '%{time_starttransfer}\n%{http_code}'
check "--latency and --jitter: 20 to 50 ms at least" awk 'NR == 1 {exit !($1 >= 0.020)}' <<<"$code"
stop_emulator

check "no emulator said anything on stderr" test ! -s "$TMP/emulator.err"
plan
