"""What deliveries promise, and the traps that other systems fell into: for each the tests that prove it.

A test is named by its module below tests/ and its function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WEBHOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "every try has the id of the first and a time of its own": (
        "notifier/test_webhook_conformance::test_every_attempt_has_the_same_id_and_its_own_time",
        "notifier/test_deliver::test_a_failure_is_retried_with_the_same_id_and_bytes",
    ),
    "no word of others stands in an id": (
        "contracts/test_identity::test_what_travels_as_an_id_holds_no_word_of_what_it_is_made_of",
    ),
    "the bytes that are sent are signed": (
        "notifier/test_webhook::test_the_receiver_verifies_the_bytes_it_got",
        "notifier/test_thin::test_the_thin_event_is_what_is_signed_and_sent",
    ),
    "v1 is that of the reference library": (
        "notifier/test_signing::test_v1_is_what_the_reference_library_signs",
        "notifier/test_signing::test_what_the_reference_library_signs_is_accepted",
    ),
    "v1a signs with ed25519": (
        "notifier/test_signing::test_the_published_key_pair_is_read",
        "notifier/test_endpoint_changes::test_an_endpoint_chooses_its_signature",
    ),
    "in Vietnam the second that is signed is the right one": (
        "notifier/test_signing::test_a_moment_in_vietnam_is_signed_as_the_second_that_it_is",
        "notifier/test_signing::test_nothing_changes_on_a_machine_in_vietnam",
    ),
    "a secret has 24 to 64 bytes": (
        "notifier/test_signing::test_secrets_of_24_to_64_bytes_are_taken",
        "notifier/test_signing::test_no_other_length_becomes_a_secret",
    ),
    "a secret that cannot be read is said to be": (
        "notifier/test_signing::test_malformed_secrets_say_what_is_wrong",
        "notifier/test_vault::test_a_malformed_secret_is_a_failure_by_name",
    ),
    "both secrets sign during a rotation": (
        "notifier/test_endpoint_changes::test_both_secrets_sign_until_the_grace_ends",
    ),
    "each endpoint has its own secret": ("notifier/test_api::test_no_two_webhooks_share_a_secret",),
    "secrets are encrypted where they lie": (
        "notifier/test_vault::test_the_database_holds_no_plain_secret",
        "notifier/test_endpoint_changes::test_the_ledger_gets_sealed_text_only",
    ),
    "only 2xx is success": (
        "notifier/test_webhook_conformance::test_every_2xx_is_success",
        "notifier/test_webhook_conformance::test_other_statuses_are_tried_again",
    ),
    "a redirect is a failure and leads nowhere": (
        "notifier/test_webhook_conformance::test_no_3xx_is_success_or_followed",
        "notifier/test_ssrf::test_a_redirect_leads_nowhere",
    ),
    "410 ends the endpoint": (
        "notifier/test_webhook_conformance::test_gone_is_for_good",
        "notifier/test_deliver::test_gone_disables_the_endpoint",
    ),
    "429, 502, 503 and 504 slow an endpoint down": (
        "notifier/test_outcome::test_retry_after_slows_the_whole_endpoint",
    ),
    "Retry-After is a floor of 24 hours at most": (
        "notifier/test_webhook_conformance::test_retry_after_is_a_floor_in_seconds_or_as_a_date",
        "notifier/test_schedule::test_retry_after_is_read_as_seconds_or_date",
        "notifier/test_schedule::test_a_longer_floor_wins_and_a_shorter_one_does_not",
    ),
    "jitter never hastens": ("notifier/test_schedule::test_jitter_only_adds",),
    "the schedule has its steps and its end": (
        "notifier/test_schedule::test_the_first_retry_comes_after_five_seconds",
        "notifier/test_schedule::test_the_schedule_ends",
        "notifier/test_deliver::test_an_exhausted_schedule_ends_in_failed",
    ),
    "an endpoint may have another schedule": ("notifier/test_deliver::test_an_endpoint_may_have_its_own_schedule",),
    "an attempt has an end": (
        "notifier/test_webhook::test_a_server_that_hangs_times_out",
        "notifier/test_webhook_conformance::test_who_keeps_us_waiting_for_a_status_times_out",
    ),
    "a long body is a link": (
        "notifier/test_thin::test_a_body_is_whole_while_it_is_short",
        "notifier/test_thin::test_the_link_gives_the_bytes_that_the_event_names",
    ),
    "days of failure end an endpoint": (
        "notifier/test_outcome::test_an_endpoint_is_given_up_after_days_without_any_success",
        "notifier/test_deliver::test_an_endpoint_that_fails_for_days_is_disabled_and_its_operator_told",
    ),
    "its office hears of that another way": (
        "notifier/test_ledger_disabling::test_the_office_hears_of_it_by_its_other_endpoint",
        "notifier/test_disabled_mail::test_a_webhook_that_is_gone_is_told_of_by_mail",
        "notifier/test_disabled_mail::test_a_mailbox_that_fails_is_told_of_by_webhook",
    ),
    "no address inside is reached": (
        "notifier/test_addresses::test_addresses_that_are_not_public_are_refused",
        "notifier/test_ssrf::test_an_address_inside_is_not_reached_however_it_is_written",
        "notifier/test_ssrf::test_a_name_that_leads_inside_is_not_followed",
    ),
    "a name is looked up once": (
        "notifier/test_ssrf::test_a_name_that_changes_its_mind_is_not_followed",
        "notifier/test_webhook::test_a_name_that_is_rebound_is_refused",
    ),
    "the checked address is asked by its name": (
        "notifier/test_ssrf::test_the_address_that_was_checked_is_asked_by_its_name",
        "notifier/test_webhook_tls::test_a_server_of_many_names_hears_which_is_meant",
    ),
    "no proxy of the environment is used": ("notifier/test_webhook::test_a_proxy_of_the_environment_is_not_used",),
    "private networks can be opened": ("notifier/test_ssrf::test_the_allow_list_opens_exactly_what_it_says",),
    "little of an answer is kept, and no secret": (
        "notifier/test_webhook::test_what_the_other_side_says_is_kept_without_our_secrets",
    ),
}
MAIL: Final[Mapping[str, tuple[str, ...]]] = {
    "a subject has number and subject": ("notifier/test_letter::test_the_subject_has_number_and_subject",),
    "text and HTML say all that an office must know": (
        "notifier/test_letter::test_both_parts_say_what_the_office_must_know",
        "notifier/test_letter::test_the_own_tasks_come_before_the_reason",
    ),
    "HTML is escaped": ("notifier/test_letter::test_html_of_a_notice_is_escaped",),
    "the original comes by a signed link that ends": (
        "ingest/test_api::test_the_original_comes_back_by_its_link_only",
        "runtime/test_links::test_a_link_is_good_for_one_key_one_purpose_and_a_time",
    ),
    "an office acknowledges by a signed link": (
        "notifier/test_page::test_a_button_of_the_page_records_its_code",
        "notifier/test_page::test_a_bad_link_records_nothing",
    ),
    "every try has one Message-ID": (
        "notifier/test_letter::test_the_message_id_stays_and_the_date_is_the_attempts",
        "notifier/test_mail_server_misbehaves::test_an_unknown_outcome_is_tried_again_with_the_same_id",
    ),
    "only copies for information can be unsubscribed": (
        "notifier/test_mail::test_only_what_can_be_left_out_offers_to_unsubscribe",
        "notifier/test_unsubscribe::test_one_click_unsubscribes",
    ),
    "4xx is tried again": ("notifier/test_mail_server_misbehaves::test_4xx_is_tried_again_wherever_it_comes",),
    "5xx fails with the server's words": (
        "notifier/test_mail::test_a_permanent_refusal_is_given_up_with_the_servers_words",
        "notifier/test_mail_server_misbehaves::test_5xx_is_for_good_only_to_the_recipient_and_the_letter",
    ),
    "a refused recipient harms no other": (
        "notifier/test_mail_server_misbehaves::test_one_refused_recipient_does_not_fail_the_others",
    ),
    "connections are used again": (
        "notifier/test_mail::test_connections_are_reused",
        "notifier/test_mail::test_no_more_connections_are_open_than_allowed",
    ),
    "mail is encrypted": (
        "notifier/test_app::test_mail_is_encrypted_unless_it_is_said_otherwise",
        "notifier/test_mail_server_misbehaves::test_starttls_that_is_not_offered_is_not_left_out",
    ),
    "nobody writes a header": (
        "notifier/test_letter::test_a_subject_cannot_add_a_header",
        "notifier/test_letter::test_a_name_cannot_add_a_header",
        "notifier/test_mail::test_an_address_that_would_add_a_recipient_is_given_up",
    ),
}
LEDGER: Final[Mapping[str, tuple[str, ...]]] = {
    "whatever is done in any order, the books balance": (
        "notifier/test_ledger_machine::test_in_memory",
        "notifier/test_ledger_machine::test_on_sqlite",
        "notifier/test_ledger_machine::test_on_postgresql",
    ),
    "each endpoint has its share and its turn": (
        "notifier/test_ledger::test_one_endpoint_never_has_more_than_its_share_in_flight",
        "notifier/test_ledger::test_endpoints_take_turns",
        "notifier/test_ledger_crossings::test_endpoints_that_have_their_share_in_hand_keep_nobody_from_a_turn",
    ),
    "each endpoint has its own pause": (
        "notifier/test_ledger_endpoints::test_an_endpoint_that_asked_to_wait_is_left_alone",
        "notifier/test_ledger_endpoints::test_a_struggling_endpoint_is_probed_by_one_attempt_at_a_time",
    ),
    "one that hangs holds up no other": (
        "notifier/test_deliver::test_an_endpoint_that_hangs_does_not_delay_the_others",
    ),
    "leases end, and a late outcome is known by its fence": (
        "notifier/test_ledger::test_a_claim_hides_a_delivery_until_its_lease_ends",
        "notifier/test_ledger::test_an_outcome_under_an_old_fence_is_ignored",
    ),
    "where it is wanted, notices go in order": (
        "notifier/test_ledger_order::test_they_go_one_by_one_as_they_came",
        "notifier/test_ledger_order::test_what_waits_its_turn_holds_up_no_other_endpoint",
    ),
    "hỏa tốc waits for nothing": (
        "notifier/test_ledger::test_the_most_urgent_goes_first",
        "notifier/test_considerate::test_hoa_toc_goes_at_night",
        "notifier/test_ledger_bundles::test_hoa_toc_waits_for_no_window",
    ),
    "quiet hours drop nothing": ("notifier/test_considerate::test_quiet_hours_hold_and_never_drop",),
    "one message for an office and a window": (
        "notifier/test_ledger_bundles::test_they_wait_for_the_end_of_their_window_and_then_go_together",
        "notifier/test_ledger_bundles::test_what_goes_on_in_its_window_waits_for_the_end_of_it",
        "notifier/test_deliver::test_a_bundle_is_one_request_and_as_many_deliveries",
    ),
    "a receipt says who, when and why": (
        "notifier/test_api::test_a_receipt_is_recorded_for_a_system",
        "notifier/test_page::test_a_refusal_with_reason_is_recorded_and_shown",
    ),
    "word is owed the same day, or at once": (
        "notifier/test_owed::test_word_of_an_ordinary_notice_is_owed_the_same_working_day",
        "notifier/test_owed::test_word_of_an_urgent_notice_is_owed_within_minutes",
    ),
    "deadlines are reminded of, and lateness goes to the issuer": (
        "notifier/test_owed::test_reminders_count_back_in_working_days",
        "notifier/test_ledger_clocks::test_a_deadline_is_reminded_of_until_the_office_is_done",
        "notifier/test_ledger_digests::test_an_issuer_is_told_once_of_all_that_are_late",
    ),
    "opened is not received": ("notifier/test_page::test_opened_is_not_received",),
    "dead letters have a reason and are found by it": (
        "notifier/test_ledger_repair::test_deliveries_are_found_by_office_reason_and_time",
        "notifier/test_repair::test_dead_letters_are_chosen",
    ),
    "a replay keeps the id and has a pace": (
        "notifier/test_ledger_repair::test_a_dead_delivery_is_tried_again_with_its_own_id",
        "notifier/test_repair::test_dead_letters_are_replayed_at_a_rate",
        "e2e/test_journey::test_dead_letters_are_replayed_once_the_office_is_mended",
    ),
    "personal data goes and the evidence stays": (
        "notifier/test_ledger_retention::test_answers_go_and_their_rows_stay",
        "notifier/test_ledger_retention::test_a_removed_endpoint_is_known_by_the_hash_of_its_target",
        "notifier/test_ledger_evidence::test_after_purging_it_lacks_texts_and_names_and_nothing_else",
    ),
}
TRAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "told before Kafka confirmed it": (
        "notifier/test_tell::test_a_batch_that_was_not_confirmed_is_published_again_whole",
        "runtime/test_send::test_a_failed_batch_is_told_as_a_failed_record_is",
        "e2e/test_kill::test_a_broker_that_dies_and_comes_back_loses_nothing",
    ),
    "a later success commits past a failure": (
        "runtime/test_consume::test_a_failing_batch_is_tried_again_until_it_succeeds",
        "runtime/test_consume::test_what_was_not_finished_is_handed_to_the_next_consumer_of_the_group",
    ),
    "what cannot be read is logged and gone": (
        "runtime/test_consume::test_records_that_cannot_be_read_are_parked_whole_and_later_ones_arrive",
        "runtime/test_consume::test_a_message_that_can_never_succeed_is_parked_and_the_rest_goes_on",
    ),
    "a long Retry-After fires early": (
        "notifier/test_webhook_conformance::test_nothing_comes_before_the_moment_that_was_asked_for",
    ),
    "the store comes back and the worker does not": (
        "notifier/test_ledger_away::test_deliveries_go_on_when_the_database_is_back",
        "runtime/test_health::test_a_loop_that_stops_moving_makes_livez_fail",
    ),
    "two replicas send the same": (
        "notifier/test_ledger_replicas::test_replicas_share_the_work_and_claim_nothing_twice",
        "notifier/test_clock_holds::test_replicas_remind_once_together",
    ),
    "a digest loses a member": (
        "notifier/test_ledger_bundles::test_no_member_is_lost_when_its_endpoint_stands_still",
        "notifier/test_ledger_bundles::test_nothing_joins_a_message_that_was_tried",
        "notifier/test_deliver::test_a_bundle_that_is_cut_off_comes_back_whole",
    ),
    "an alert says neither what nor why": (
        "notifier/test_deliver::test_an_endpoint_that_fails_for_days_is_disabled_and_its_operator_told",
        "notifier/test_disabled_mail::test_the_mail_says_what_since_when_how_often_why_and_what_to_do",
    ),
    "a refused connection is a dead letter": (
        "notifier/test_webhook_conformance::test_a_server_that_is_away_is_tried_again_until_it_is_back",
        "notifier/test_mail::test_no_server_is_tried_again",
    ),
    "mail that came back counts as delivered": (
        "notifier/test_ledger_bounces::test_a_delivered_mail_that_bounces_has_failed",
        "notifier/test_ledger_bundles::test_mail_that_comes_back_fails_all_that_were_in_it",
        "notifier/test_service_mail::test_a_mailbox_gets_unsubscribes_and_bounces",
    ),
    "a recall changes a label": (
        "notifier/test_ledger_recalls::test_what_is_on_its_way_is_stopped",
        "notifier/test_ledger_recalls::test_an_office_that_has_its_copy_is_told_once",
        "e2e/test_recall::test_a_recalled_notice_is_taken_back_from_every_office",
    ),
}
RULES: Final[Mapping[str, tuple[str, ...]]] = {**WEBHOOKS, **MAIL, **LEDGER, **TRAPS}
