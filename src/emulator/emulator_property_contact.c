#include "emulator_value.h"

/* ---------------------------------------------------------------- what only contacts have */

static struct base_span date_of_birth(const struct emulator_record *r, struct emulator_text *t)
{
    uint64_t day = emulator_value_draw(r, EMULATOR_TRAIT_BIRTH, 50 * 12 * 28);
    emulator_text_add_number(t, 1950 + day / (12 * 28));
    emulator_text_add(t, "-");
    emulator_text_add_digits(t, 1 + day / 28 % 12, 2);
    emulator_text_add(t, "-");
    emulator_text_add_digits(t, 1 + day % 28, 2);
    return emulator_text_span(t);
}

/* Unique in the portal, as HubSpot demands, because it ends with the contact's index. */
static struct base_span email(const struct emulator_record *r, struct emulator_text *t)
{
    if (!r->has_email)
        return BASE_SPAN_NONE;
    const char *first = r->first != NULL ? r->first->ascii : "info";
    const char *last = r->last != NULL ? r->last->ascii : "office";
    char initial[2] = {first[0], '\0'};
    switch (emulator_value_draw(r, EMULATOR_TRAIT_EMAIL, 8)) {
    case 0:
        emulator_text_add(t, initial);
        emulator_text_add(t, last);
        break;
    case 1:
        emulator_text_add(t, first);
        emulator_text_add(t, "+news");
        break;
    case 2:
        emulator_text_add(t, last);
        emulator_text_add(t, "_");
        emulator_text_add(t, first);
        break;
    default:
        emulator_text_add(t, first);
        emulator_text_add(t, ".");
        emulator_text_add(t, last);
        break;
    }
    emulator_text_add_number(t, (uint64_t)r->index);
    emulator_text_add(t, "@");
    emulator_text_add(t, emulator_value_host(r));
    return emulator_text_span(t);
}

static struct base_span fax(const struct emulator_record *r, struct emulator_text *t)
{
    return emulator_value_number(r, EMULATOR_TRAIT_FAX, t);
}

static struct base_span firstname(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->first != NULL ? r->first->text : NULL);
}

static struct base_span hs_email_domain(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->has_email ? emulator_value_host(r) : NULL);
}

static struct base_span hs_language(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->locale->language);
}

static struct base_span jobtitle(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return emulator_value_word(r, EMULATOR_TRAIT_JOB, &emulator_jobs);
}

static struct base_span lastname(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->last != NULL ? r->last->text : NULL);
}

static struct base_span member_number(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add(t, "M-");
    emulator_text_add_digits(t, (uint64_t)r->index, 8);
    return emulator_text_span(t);
}

static struct base_span mobilephone(const struct emulator_record *r, struct emulator_text *t)
{
    return emulator_value_number(r, EMULATOR_TRAIT_MOBILE, t);
}

static struct base_span num_associated_deals(const struct emulator_record *r,
                                             struct emulator_text *t)
{
    emulator_text_add_number(t, 1 + emulator_value_draw(r, EMULATOR_TRAIT_DEALS, 4));
    return emulator_text_span(t);
}

static struct base_span salutation(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(emulator_value_draw(r, EMULATOR_TRAIT_OWNER, 2) == 0 ? "Dr." : "Prof.");
}

static struct base_span twitterhandle(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add(t, r->last != NULL ? r->last->ascii : "user");
    emulator_text_add_number(t, (uint64_t)r->index);
    return emulator_text_span(t);
}

/* ---------------------------------------------------------------- all of them */

/* As many of each type as HubSpot defines for contacts, 367 with 38 calculated and 94 hidden ones,
 * and six of the portal's own. Sorted by name: HubSpot writes properties in this order. */
/* clang-format off */
const struct emulator_property emulator_properties_contact[EMULATOR_PROPERTIES_CONTACT] = {
    {"address", EMULATOR_STRING, 45, 0, emulator_value_address, NULL},
    {"annualrevenue", EMULATOR_NUMBER, 20, 0, emulator_value_annualrevenue, NULL},
    {"associatedcompanyid", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"city", EMULATOR_STRING, 70, 0, emulator_value_city, NULL},
    {"closedate", EMULATOR_DATETIME, 2, 0, NULL, NULL},
    {"company", EMULATOR_STRING, 70, 0, emulator_value_company, NULL},
    {"company_size", EMULATOR_STRING, 12, 0, NULL, NULL},
    {"country", EMULATOR_STRING, 80, 0, emulator_value_country, NULL},
    {"createdate", EMULATOR_DATETIME, 100, 0, emulator_value_created, NULL},
    {"currentlyinworkflow", EMULATOR_BOOL, 1, 0, NULL, NULL},
    {"currentlyinworkflow_since", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"date_of_birth", EMULATOR_STRING, 10, 0, date_of_birth, NULL},
    {"days_to_close", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"degree", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"email", EMULATOR_STRING, 100, EMULATOR_UNIQUE, email, NULL},
    {"engagements_last_meeting_booked", EMULATOR_DATETIME, 5, 0, NULL, NULL},
    {"favourite_colour", EMULATOR_ENUMERATION, 30, EMULATOR_OWN, NULL, NULL},
    {"fax", EMULATOR_STRING, 3, 0, fax, NULL},
    {"field_of_study", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"first_conversion_date", EMULATOR_DATETIME, 0, 0, NULL, NULL},
    {"first_conversion_event_name", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"first_deal_created_date", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"firstname", EMULATOR_STRING, 100, 0, firstname, NULL},
    {"followercount", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"gender", EMULATOR_STRING, 5, 0, NULL, NULL},
    {"graduation_date", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"hs_additional_emails", EMULATOR_STRING, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_all_accessible_team_ids", EMULATOR_ENUMERATION, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_all_accessible_team_names", EMULATOR_STRING, 8, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_all_owner_ids", EMULATOR_ENUMERATION, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_all_team_ids", EMULATOR_ENUMERATION, 12, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_average_page_views", EMULATOR_NUMBER, 12, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_first_referrer", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_first_timestamp", EMULATOR_DATETIME, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_first_touch_converting_campaign", EMULATOR_STRING, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_first_url", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_first_visit_timestamp", EMULATOR_DATETIME, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_last_referrer", EMULATOR_STRING, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_last_timestamp", EMULATOR_DATETIME, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_last_touch_converting_campaign", EMULATOR_STRING, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_last_url", EMULATOR_STRING, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_last_visit_timestamp", EMULATOR_DATETIME, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_num_event_completions", EMULATOR_NUMBER, 20, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_num_page_views", EMULATOR_NUMBER, 1, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_num_visits", EMULATOR_NUMBER, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_revenue", EMULATOR_NUMBER, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_source", EMULATOR_ENUMERATION, 90, 0, NULL, &emulator_sources},
    {"hs_analytics_source_data_1", EMULATOR_STRING, 12, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_analytics_source_data_2", EMULATOR_STRING, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_associated_open_deals_count", EMULATOR_NUMBER, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_avatar_change_count", EMULATOR_NUMBER, 8, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_avatar_filemanager_key_kind", EMULATOR_ENUMERATION, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_birthday", EMULATOR_DATE, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_buying_role", EMULATOR_ENUMERATION, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_calculated_mobile_number", EMULATOR_STRING, 1, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_calculated_phone_number", EMULATOR_STRING, 3, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_calculated_phone_number_area_code", EMULATOR_STRING, 60, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_calculated_phone_number_country_code", EMULATOR_STRING, 60, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_calculated_phone_number_region_code", EMULATOR_STRING, 3, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_calls_logged_total_count", EMULATOR_NUMBER, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_chat_session_total_count", EMULATOR_NUMBER, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_clicked_ad", EMULATOR_BOOL, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_clicked_linkedin_ad", EMULATOR_ENUMERATION, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_contact_enrichment_note", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_content_membership_email", EMULATOR_STRING, 12, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_content_membership_email_confirmed", EMULATOR_BOOL, 8, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_content_membership_notes", EMULATOR_STRING, 2, EMULATOR_HIDDEN | EMULATOR_LONG, NULL, NULL},
    {"hs_content_membership_registered_at", EMULATOR_DATE, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_content_membership_registration_domain_sent_to", EMULATOR_STRING, 12, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_content_membership_status", EMULATOR_ENUMERATION, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_content_membership_status_label", EMULATOR_STRING, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_conversations_status", EMULATOR_ENUMERATION, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_conversations_visitor_email", EMULATOR_STRING, 20, 0, NULL, NULL},
    {"hs_count_is_unworked", EMULATOR_NUMBER, 35, 0, NULL, NULL},
    {"hs_count_is_worked", EMULATOR_NUMBER, 5, 0, NULL, NULL},
    {"hs_country_region", EMULATOR_ENUMERATION, 0, 0, NULL, NULL},
    {"hs_country_region_code", EMULATOR_STRING, 60, 0, NULL, NULL},
    {"hs_createdate", EMULATOR_DATETIME, 3, 0, NULL, NULL},
    {"hs_data_privacy_ads_consent", EMULATOR_BOOL, 1, 0, NULL, NULL},
    {"hs_date_of_last_sales_activity", EMULATOR_DATETIME, 8, 0, NULL, NULL},
    {"hs_document_last_revisited", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_document_views_total_count", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"hs_email_bad_address_reason", EMULATOR_STRING, 0, 0, NULL, NULL},
    {"hs_email_bounce", EMULATOR_NUMBER, 5, 0, NULL, NULL},
    {"hs_email_click", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"hs_email_customer_quarantined_kind", EMULATOR_ENUMERATION, 35, 0, NULL, NULL},
    {"hs_email_customer_quarantined_reason", EMULATOR_STRING, 35, 0, NULL, NULL},
    {"hs_email_delivered", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"hs_email_domain", EMULATOR_STRING, 100, 0, hs_email_domain, NULL},
    {"hs_email_first_click_date", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"hs_email_first_open_date", EMULATOR_DATETIME, 8, 0, NULL, NULL},
    {"hs_email_first_reply_date", EMULATOR_DATETIME, 2, 0, NULL, NULL},
    {"hs_email_first_send_date", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_email_hard_bounce_reason_enum", EMULATOR_ENUMERATION, 12, 0, NULL, NULL},
    {"hs_email_is_ineligible", EMULATOR_BOOL, 20, 0, NULL, NULL},
    {"hs_email_last_click_date", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"hs_email_last_open_date", EMULATOR_DATETIME, 0, 0, NULL, NULL},
    {"hs_email_last_reply_date", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_email_last_send_date", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"hs_email_open", EMULATOR_NUMBER, 12, 0, NULL, NULL},
    {"hs_email_optimal_send_day_of_week", EMULATOR_ENUMERATION, 20, 0, NULL, NULL},
    {"hs_email_optimal_send_time_of_day", EMULATOR_ENUMERATION, 0, 0, NULL, NULL},
    {"hs_email_optout", EMULATOR_BOOL, 5, 0, NULL, NULL},
    {"hs_email_optout_survey_reason_number", EMULATOR_NUMBER, 5, 0, NULL, NULL},
    {"hs_email_quarantined", EMULATOR_BOOL, 60, 0, NULL, NULL},
    {"hs_email_quarantined_reason", EMULATOR_ENUMERATION, 35, 0, NULL, NULL},
    {"hs_email_recipient_fatigue_level", EMULATOR_ENUMERATION, 12, 0, NULL, NULL},
    {"hs_email_replied", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"hs_email_sends_since_last_engagement", EMULATOR_NUMBER, 12, 0, NULL, NULL},
    {"hs_email_sequence_last_step_number", EMULATOR_NUMBER, 8, 0, NULL, NULL},
    {"hs_emailconfirmationstatus", EMULATOR_ENUMERATION, 1, 0, NULL, NULL},
    {"hs_emailconfirmationstatus_label", EMULATOR_STRING, 60, 0, NULL, NULL},
    {"hs_employment_change_summary", EMULATOR_STRING, 12, 0, NULL, NULL},
    {"hs_employment_seniority", EMULATOR_ENUMERATION, 1, 0, NULL, NULL},
    {"hs_facebook_ad_clicked", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"hs_facebook_ad_kind", EMULATOR_ENUMERATION, 3, 0, NULL, NULL},
    {"hs_facebook_ad_number", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"hs_facebook_ad_optin", EMULATOR_BOOL, 3, 0, NULL, NULL},
    {"hs_facebook_click_id", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"hs_facebookid", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"hs_feedback_last_ces_survey_follow_up", EMULATOR_STRING, 8, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_feedback_last_nps_follow_up", EMULATOR_STRING, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_feedback_last_nps_follow_up_date", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_feedback_last_nps_rating", EMULATOR_ENUMERATION, 60, 0, NULL, NULL},
    {"hs_feedback_last_nps_rating_number", EMULATOR_NUMBER, 12, 0, NULL, NULL},
    {"hs_feedback_last_survey_date", EMULATOR_DATETIME, 5, 0, NULL, NULL},
    {"hs_feedback_show_nps_web_survey", EMULATOR_BOOL, 12, 0, NULL, NULL},
    {"hs_feedback_show_nps_web_survey_kind", EMULATOR_ENUMERATION, 35, 0, NULL, NULL},
    {"hs_first_engagement_date", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_first_outreach_date", EMULATOR_DATETIME, 2, 0, NULL, NULL},
    {"hs_first_subscription_create_date", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"hs_form_submission_total_count", EMULATOR_NUMBER, 12, 0, NULL, NULL},
    {"hs_full_name_or_email", EMULATOR_STRING, 3, 0, NULL, NULL},
    {"hs_google_click_id", EMULATOR_STRING, 12, 0, NULL, NULL},
    {"hs_googleplusid", EMULATOR_STRING, 60, 0, NULL, NULL},
    {"hs_gps_error_kind", EMULATOR_ENUMERATION, 5, 0, NULL, NULL},
    {"hs_has_active_subscription", EMULATOR_BOOL, 0, 0, NULL, NULL},
    {"hs_home_coordinates", EMULATOR_COORDINATES, 60, 0, NULL, NULL},
    {"hs_inferred_language", EMULATOR_ENUMERATION, 1, 0, NULL, NULL},
    {"hs_inferred_language_codes", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"hs_ip_coordinates", EMULATOR_COORDINATES, 20, 0, NULL, NULL},
    {"hs_ip_timezone", EMULATOR_STRING, 35, 0, NULL, NULL},
    {"hs_is_contact", EMULATOR_BOOL, 3, 0, NULL, NULL},
    {"hs_is_enriched", EMULATOR_BOOL, 1, 0, NULL, NULL},
    {"hs_is_unworked", EMULATOR_BOOL, 12, 0, NULL, NULL},
    {"hs_is_verified_email", EMULATOR_BOOL, 35, 0, NULL, NULL},
    {"hs_job_change_detected_date", EMULATOR_DATE, 0, 0, NULL, NULL},
    {"hs_job_change_detected_text", EMULATOR_STRING, 0, 0, NULL, NULL},
    {"hs_journey_stage", EMULATOR_STRING, 3, 0, NULL, NULL},
    {"hs_language", EMULATOR_ENUMERATION, 60, 0, hs_language, NULL},
    {"hs_language_detected", EMULATOR_BOOL, 5, 0, NULL, NULL},
    {"hs_last_booked_meeting_date", EMULATOR_DATETIME, 0, 0, NULL, NULL},
    {"hs_last_engagement_kind", EMULATOR_ENUMERATION, 12, 0, NULL, NULL},
    {"hs_last_logged_call_date", EMULATOR_DATETIME, 8, 0, NULL, NULL},
    {"hs_last_logged_outgoing_email_date", EMULATOR_DATETIME, 8, 0, NULL, NULL},
    {"hs_last_open_task_date", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_last_sales_activity_date", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"hs_last_sales_activity_timestamp", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_last_sales_activity_type", EMULATOR_STRING, 1, 0, NULL, NULL},
    {"hs_last_sms_send_date", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_latest_meeting_activity", EMULATOR_DATETIME, 35, 0, NULL, NULL},
    {"hs_latest_open_lead_date", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_latest_sequence_ended_date", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_latest_sequence_enrolled", EMULATOR_NUMBER, 12, 0, NULL, NULL},
    {"hs_latest_sequence_enrolled_date", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"hs_latest_sequence_finished_date", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_latest_sequence_unenrolled_date", EMULATOR_DATETIME, 5, 0, NULL, NULL},
    {"hs_latest_sequence_unenrolled_number", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"hs_latest_source", EMULATOR_ENUMERATION, 8, 0, NULL, NULL},
    {"hs_latest_source_data_1", EMULATOR_STRING, 12, 0, NULL, NULL},
    {"hs_latest_source_data_2", EMULATOR_STRING, 20, 0, NULL, NULL},
    {"hs_latest_source_timestamp", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_lead_response_note", EMULATOR_STRING, 20, 0, NULL, NULL},
    {"hs_lead_status", EMULATOR_ENUMERATION, 50, 0, NULL, &emulator_lead_statuses},
    {"hs_legal_basis", EMULATOR_ENUMERATION, 12, 0, NULL, NULL},
    {"hs_lifecyclestage_customer_date", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"hs_lifecyclestage_evangelist_date", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"hs_lifecyclestage_lead_date", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hs_lifecyclestage_marketingqualifiedlead_date", EMULATOR_DATETIME, 8, 0, NULL, NULL},
    {"hs_lifecyclestage_opportunity_date", EMULATOR_DATETIME, 3, 0, NULL, NULL},
    {"hs_lifecyclestage_other_date", EMULATOR_DATETIME, 0, 0, NULL, NULL},
    {"hs_lifecyclestage_salesqualifiedlead_date", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"hs_lifecyclestage_subscriber_date", EMULATOR_DATETIME, 5, 0, NULL, NULL},
    {"hs_linkedin_url", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"hs_linkedinid", EMULATOR_STRING, 1, 0, NULL, NULL},
    {"hs_marketable_reason_type", EMULATOR_ENUMERATION, 12, 0, NULL, NULL},
    {"hs_marketable_status", EMULATOR_ENUMERATION, 12, 0, NULL, NULL},
    {"hs_marketable_until_renewal", EMULATOR_ENUMERATION, 0, 0, NULL, NULL},
    {"hs_meeting_outcome_total_count", EMULATOR_NUMBER, 35, 0, NULL, NULL},
    {"hs_membership_email", EMULATOR_STRING, 12, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_membership_expires_on", EMULATOR_DATE, 8, 0, NULL, NULL},
    {"hs_membership_has_accessed_private_content", EMULATOR_BOOL, 5, 0, NULL, NULL},
    {"hs_membership_has_accessed_private_number", EMULATOR_NUMBER, 0, 0, NULL, NULL},
    {"hs_membership_notes", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_merged_object_ids", EMULATOR_STRING, 100, 0, emulator_value_merged, NULL},
    {"hs_notes_number", EMULATOR_NUMBER, 8, 0, NULL, NULL},
    {"hs_object_id", EMULATOR_NUMBER, 100, EMULATOR_UNIQUE, emulator_value_id, NULL},
    {"hs_object_source", EMULATOR_ENUMERATION, 0, 0, NULL, NULL},
    {"hs_object_source_detail_1", EMULATOR_STRING, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_object_source_detail_2", EMULATOR_STRING, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_object_source_detail_3", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_object_source_id_kind", EMULATOR_ENUMERATION, 1, 0, NULL, NULL},
    {"hs_object_source_label", EMULATOR_STRING, 1, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_open_tasks_associated_count", EMULATOR_NUMBER, 0, 0, NULL, NULL},
    {"hs_open_tickets_associated_count", EMULATOR_NUMBER, 35, 0, NULL, NULL},
    {"hs_persona", EMULATOR_ENUMERATION, 20, 0, NULL, NULL},
    {"hs_pinned_engagement_kind", EMULATOR_ENUMERATION, 5, 0, NULL, NULL},
    {"hs_pipeline", EMULATOR_ENUMERATION, 8, 0, NULL, NULL},
    {"hs_playbook_completion_count", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"hs_predictivecontactscore", EMULATOR_NUMBER, 8, 0, NULL, NULL},
    {"hs_predictivecontactscore_v2", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"hs_predictivecontactscorebucket_number", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"hs_predictivescoringtier", EMULATOR_ENUMERATION, 35, 0, NULL, NULL},
    {"hs_predictivescoringtier_label", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_prospecting_agent_status", EMULATOR_ENUMERATION, 2, 0, NULL, NULL},
    {"hs_quarantined_emails_kind", EMULATOR_ENUMERATION, 0, 0, NULL, NULL},
    {"hs_quotes_associated_count", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"hs_read_only_kind", EMULATOR_ENUMERATION, 3, 0, NULL, NULL},
    {"hs_recent_closed_order_reference", EMULATOR_STRING, 12, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_registered_member_reference", EMULATOR_STRING, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_registration_method", EMULATOR_ENUMERATION, 60, 0, NULL, NULL},
    {"hs_role", EMULATOR_STRING, 1, 0, NULL, NULL},
    {"hs_role_kind", EMULATOR_ENUMERATION, 35, 0, NULL, NULL},
    {"hs_routing_kind", EMULATOR_ENUMERATION, 60, 0, NULL, NULL},
    {"hs_sa_first_engagement_date", EMULATOR_DATETIME, 3, 0, NULL, NULL},
    {"hs_sa_first_engagement_object_number", EMULATOR_NUMBER, 8, 0, NULL, NULL},
    {"hs_sa_first_engagement_object_type", EMULATOR_ENUMERATION, 60, 0, NULL, NULL},
    {"hs_sales_email_count", EMULATOR_NUMBER, 5, 0, NULL, NULL},
    {"hs_sales_email_last_clicked", EMULATOR_DATETIME, 5, 0, NULL, NULL},
    {"hs_sales_email_last_opened", EMULATOR_DATETIME, 35, 0, NULL, NULL},
    {"hs_sales_email_last_replied", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"hs_searchable_calculated_international_mobile_number", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"hs_searchable_calculated_international_phone_number", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"hs_searchable_calculated_mobile_number", EMULATOR_STRING, 35, 0, NULL, NULL},
    {"hs_searchable_calculated_phone_number", EMULATOR_STRING, 5, 0, NULL, NULL},
    {"hs_seniority", EMULATOR_STRING, 35, 0, NULL, NULL},
    {"hs_sequence_last_name", EMULATOR_STRING, 5, 0, NULL, NULL},
    {"hs_sequences_actively_enrolled_count", EMULATOR_NUMBER, 0, 0, NULL, NULL},
    {"hs_sequences_enrolled_count", EMULATOR_NUMBER, 5, 0, NULL, NULL},
    {"hs_sequences_is_enrolled", EMULATOR_BOOL, 1, 0, NULL, NULL},
    {"hs_shared_team_ids", EMULATOR_ENUMERATION, 2, 0, NULL, NULL},
    {"hs_shared_user_ids", EMULATOR_ENUMERATION, 60, 0, NULL, NULL},
    {"hs_sms_messages_sent_count", EMULATOR_NUMBER, 2, 0, NULL, NULL},
    {"hs_sms_optin", EMULATOR_BOOL, 60, 0, NULL, NULL},
    {"hs_social_channel", EMULATOR_ENUMERATION, 5, 0, NULL, NULL},
    {"hs_social_facebook_clicks", EMULATOR_NUMBER, 20, 0, NULL, NULL},
    {"hs_social_google_plus_clicks", EMULATOR_NUMBER, 20, 0, NULL, NULL},
    {"hs_social_linkedin_clicks", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"hs_social_num_broadcast_clicks", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"hs_social_twitter_clicks", EMULATOR_NUMBER, 8, 0, NULL, NULL},
    {"hs_source_kind", EMULATOR_ENUMERATION, 2, 0, NULL, NULL},
    {"hs_source_object_reference", EMULATOR_STRING, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_state_code", EMULATOR_STRING, 3, 0, NULL, NULL},
    {"hs_state_region", EMULATOR_ENUMERATION, 0, 0, NULL, NULL},
    {"hs_sub_role", EMULATOR_STRING, 0, 0, NULL, NULL},
    {"hs_sub_role_kind", EMULATOR_ENUMERATION, 35, 0, NULL, NULL},
    {"hs_testpurge", EMULATOR_STRING, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_testrollback", EMULATOR_STRING, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_time_between_contact_creation_and_deal_close", EMULATOR_NUMBER, 0, 0, NULL, NULL},
    {"hs_time_between_contact_creation_and_deal_creation", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"hs_time_to_first_engagement", EMULATOR_NUMBER, 60, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_time_to_move_from_lead_to_customer", EMULATOR_NUMBER, 1, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_time_to_move_from_marketingqualifiedlead_to_customer", EMULATOR_NUMBER, 2, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_time_to_move_from_opportunity_to_customer", EMULATOR_NUMBER, 0, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_time_to_move_from_salesqualifiedlead_to_customer", EMULATOR_NUMBER, 12, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_time_to_move_from_subscriber_to_customer", EMULATOR_NUMBER, 8, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_time_zone_detected", EMULATOR_BOOL, 5, 0, NULL, NULL},
    {"hs_timezone", EMULATOR_ENUMERATION, 40, 0, emulator_value_timezone, NULL},
    {"hs_twitterid", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"hs_unique_creation_key", EMULATOR_STRING, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_updated_by_user", EMULATOR_BOOL, 0, 0, NULL, NULL},
    {"hs_user_blocked", EMULATOR_BOOL, 35, 0, NULL, NULL},
    {"hs_user_ids_checked_at", EMULATOR_DATETIME, 5, 0, NULL, NULL},
    {"hs_user_ids_of_all_notification_followers", EMULATOR_STRING, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_user_ids_of_all_owners", EMULATOR_ENUMERATION, 2, 0, NULL, NULL},
    {"hs_v2_cumulative_time_in_customer", EMULATOR_NUMBER, 2, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_evangelist", EMULATOR_NUMBER, 60, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_lead", EMULATOR_NUMBER, 5, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_marketingqualifiedlead", EMULATOR_NUMBER, 3, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_opportunity", EMULATOR_NUMBER, 1, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_other", EMULATOR_NUMBER, 0, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_salesqualifiedlead", EMULATOR_NUMBER, 12, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_cumulative_time_in_subscriber", EMULATOR_NUMBER, 2, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_customer", EMULATOR_DATETIME, 12, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_evangelist", EMULATOR_DATETIME, 8, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_lead", EMULATOR_DATETIME, 1, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_marketingqualifiedlead", EMULATOR_DATETIME, 0, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_opportunity", EMULATOR_DATETIME, 5, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_other", EMULATOR_DATETIME, 20, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_salesqualifiedlead", EMULATOR_DATETIME, 60, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_entered_subscriber", EMULATOR_DATETIME, 0, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_customer", EMULATOR_DATETIME, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_evangelist", EMULATOR_DATETIME, 5, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_lead", EMULATOR_DATETIME, 35, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_marketingqualifiedlead", EMULATOR_DATETIME, 2, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_opportunity", EMULATOR_DATETIME, 0, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_other", EMULATOR_DATETIME, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_salesqualifiedlead", EMULATOR_DATETIME, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_date_exited_subscriber", EMULATOR_DATETIME, 3, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_customer", EMULATOR_NUMBER, 20, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_evangelist", EMULATOR_NUMBER, 0, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_lead", EMULATOR_NUMBER, 3, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_marketingqualifiedlead", EMULATOR_NUMBER, 60, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_opportunity", EMULATOR_NUMBER, 0, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_other", EMULATOR_NUMBER, 8, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_salesqualifiedlead", EMULATOR_NUMBER, 20, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_v2_latest_time_in_subscriber", EMULATOR_NUMBER, 5, EMULATOR_CALCULATED | EMULATOR_HIDDEN, NULL, NULL},
    {"hs_was_imported", EMULATOR_BOOL, 1, 0, NULL, NULL},
    {"hs_whatsapp_messages_total_count", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"hs_whatsapp_optin", EMULATOR_BOOL, 8, 0, NULL, NULL},
    {"hs_whatsapp_phone_number", EMULATOR_PHONE, 20, 0, NULL, NULL},
    {"hs_whatsapp_phone_reference", EMULATOR_STRING, 20, EMULATOR_HIDDEN, NULL, NULL},
    {"hs_work_phone_number", EMULATOR_PHONE, 8, 0, NULL, NULL},
    {"hubspot_owner_assigneddate", EMULATOR_DATETIME, 12, 0, NULL, NULL},
    {"hubspot_owner_id", EMULATOR_ENUMERATION, 65, EMULATOR_OWNER, emulator_value_owner, NULL},
    {"hubspot_team_id", EMULATOR_ENUMERATION, 1, 0, NULL, NULL},
    {"hubspotscore", EMULATOR_NUMBER, 35, 0, NULL, NULL},
    {"industry", EMULATOR_STRING, 25, 0, emulator_value_industry, NULL},
    {"internal_score", EMULATOR_NUMBER, 60, EMULATOR_OWN, NULL, NULL},
    {"ip_city", EMULATOR_STRING, 60, 0, NULL, NULL},
    {"ip_country", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"ip_country_code", EMULATOR_STRING, 12, 0, NULL, NULL},
    {"ip_latlon_kind", EMULATOR_ENUMERATION, 8, 0, NULL, NULL},
    {"ip_state", EMULATOR_STRING, 20, 0, NULL, NULL},
    {"ip_state_code", EMULATOR_STRING, 5, 0, NULL, NULL},
    {"ip_zipcode", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"job_function", EMULATOR_STRING, 1, 0, NULL, NULL},
    {"jobtitle", EMULATOR_STRING, 55, 0, jobtitle, NULL},
    {"kloutscoregeneral", EMULATOR_NUMBER, 20, 0, NULL, NULL},
    {"lastcontacted_date", EMULATOR_DATETIME, 35, 0, NULL, NULL},
    {"lastmodifieddate", EMULATOR_DATETIME, 100, 0, emulator_value_modified, NULL},
    {"lastname", EMULATOR_STRING, 100, 0, lastname, NULL},
    {"lifecyclestage", EMULATOR_ENUMERATION, 97, 0, NULL, &emulator_stages},
    {"linkedinconnections", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"marital_status", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"member_number", EMULATOR_STRING, 100, EMULATOR_OWN | EMULATOR_UNIQUE, member_number, NULL},
    {"message", EMULATOR_STRING, 8, EMULATOR_LONG, emulator_value_message, NULL},
    {"military_status", EMULATOR_STRING, 1, 0, NULL, NULL},
    {"mobilephone", EMULATOR_PHONE, 35, 0, mobilephone, NULL},
    {"nickname", EMULATOR_STRING, 5, EMULATOR_OWN, NULL, NULL},
    {"notes_last_contacted", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"notes_last_updated", EMULATOR_DATETIME, 20, 0, NULL, NULL},
    {"notes_next_activity_date", EMULATOR_DATETIME, 35, 0, NULL, NULL},
    {"num_associated_deals", EMULATOR_NUMBER, 15, 0, num_associated_deals, NULL},
    {"num_contacted_notes", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"num_conversion_events", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"num_notes", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"num_unique_conversion_events", EMULATOR_NUMBER, 3, 0, NULL, NULL},
    {"numemployees", EMULATOR_ENUMERATION, 30, 0, NULL, &emulator_sizes},
    {"phone", EMULATOR_PHONE, 60, 0, emulator_value_phone, NULL},
    {"recent_conversion_date", EMULATOR_DATETIME, 35, 0, NULL, NULL},
    {"recent_conversion_event_name", EMULATOR_STRING, 3, 0, NULL, NULL},
    {"recent_deal_amount", EMULATOR_NUMBER, 1, 0, NULL, NULL},
    {"recent_deal_close_date", EMULATOR_DATETIME, 1, 0, NULL, NULL},
    {"relationship_status", EMULATOR_STRING, 3, 0, NULL, NULL},
    {"renewal_date", EMULATOR_DATE, 20, EMULATOR_OWN, NULL, NULL},
    {"salutation", EMULATOR_STRING, 5, 0, salutation, NULL},
    {"school", EMULATOR_STRING, 35, 0, NULL, NULL},
    {"seniority", EMULATOR_STRING, 35, 0, NULL, NULL},
    {"start_date", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"state", EMULATOR_STRING, 90, 0, emulator_value_state, NULL},
    {"surveymonkeyeventlastupdated", EMULATOR_DATETIME, 3, 0, NULL, NULL},
    {"surveymonkeyeventlastupdated_text", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"total_revenue", EMULATOR_NUMBER, 2, 0, NULL, NULL},
    {"twitterbio", EMULATOR_STRING, 60, EMULATOR_LONG, NULL, NULL},
    {"twitterhandle", EMULATOR_STRING, 4, 0, twitterhandle, NULL},
    {"twitterprofilephoto", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"vip", EMULATOR_BOOL, 10, EMULATOR_OWN, NULL, NULL},
    {"webinareventlastupdated", EMULATOR_DATETIME, 35, 0, NULL, NULL},
    {"webinareventlastupdated_text", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"website", EMULATOR_STRING, 50, 0, emulator_value_website, NULL},
    {"work_email", EMULATOR_STRING, 8, 0, NULL, NULL},
    {"zip", EMULATOR_STRING, 60, 0, emulator_value_zip, NULL},
};
/* clang-format on */
