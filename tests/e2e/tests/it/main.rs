//! Real processes, real sockets.
//!
//! | statement of the acceptance | test |
//! |---|---|
//! | 1 off: no socket, no thread | `switch::without_an_endpoint_there_is_no_thread_and_no_socket_more`, `switch::without_an_endpoint_a_request_allocates_nothing_more` |
//! | 2 off: one line says so | `switch::without_an_endpoint_one_line_of_the_console_says_so` |
//! | 3, 4 empty or blank is unset | `switch::an_empty_endpoint_is_none_and_nor_is_one_of_blanks` |
//! | 5 OTEL_SDK_DISABLED | `switch::sdk_disabled_wins_against_an_endpoint`, `switch::only_true_disables_the_sdk` |
//! | 5 and propagators | `relay::what_is_disabled_or_exports_nothing_passes_context_on_as_it_came`, `relay::where_neither_is_named_nothing_is_done` |
//! | 6 one signal's endpoint | `switch::the_endpoint_of_one_signal_exports_that_signal_alone`, `switch::each_signal_can_have_an_endpoint_and_a_protocol_of_its_own` |
//! | 7 compiled out | tests/off: `with_an_endpoint_set_one_warning_names_variable_and_feature` |
//! | 8 one variable | `switch::one_variable_exports_all_three_signals_by_every_protocol` |
//! | 9, 11 exporter none | `switch::a_signal_with_the_exporter_none_is_never_sent` |
//! | 10 logs without traces | `switch::without_traces_logs_still_carry_the_ids_of_their_span` |
//! | 12 lists of exporters | `switch::exporters_are_a_list_in_which_case_and_blanks_do_not_matter` |
//! | 13 unknown exporter | `switch::an_unknown_exporter_is_reported_once_and_stands_for_otlp` |
//! | 14 no connection unasked | `switch::without_an_endpoint_one_line_of_the_console_says_so` |
//! | 15 bad endpoints | `boot::a_service_starts_and_serves_whatever_the_endpoint_is`, `boot::an_endpoint_that_cannot_be_used_is_in_the_status` |
//! | 16 half of it fails | `boot::a_bad_endpoint_for_one_signal_leaves_the_others_alone`, `boot::a_certificate_that_cannot_be_read_costs_its_signal` |
//! | 17 unreachable at start | `boot::a_receiver_that_is_slow_or_absent_delays_neither_boot_nor_requests`, `outage::a_receiver_that_is_absent_at_start_gets_what_is_recorded_later` |
//! | 18 away and back | `outage::a_receiver_that_goes_away_and_returns_is_found_again_and_told_of_once`, `outage::a_service_whose_receiver_restarts_loses_nothing_that_can_wait` |
//! | 19 black hole and SIGTERM | `outage::sigterm_ends_a_service_within_the_bound_when_packets_vanish`, `outage::sigterm_ends_a_service_within_the_bound_when_the_receiver_never_answers` |
//! | 20 malformed resource attributes | `boot::malformed_resource_attributes_are_reported_and_the_good_ones_survive` |
//! | 21 malformed headers | `boot::malformed_headers_are_reported_without_their_values`, `boot::a_header_s_value_is_never_printed_and_never_recorded` |
//! | 22 bad values | `boot::values_that_cannot_be_used_give_one_line_each_and_the_default` |
//! | 23 TLS | `tls::the_system_s_roots_are_trusted`, `tls::an_authority_of_one_s_own_is_trusted_when_a_variable_names_it`, `tls::an_unknown_authority_is_refused_and_the_cure_is_told`; there is no build without TLS |
//! | 24 service.name | `identity::a_service_is_called_like_its_crate_unless_a_variable_says_otherwise` |
//! | 25 two services, one binary | `identity::one_binary_can_be_two_services` |
//! | 26 resource attributes | `identity::attributes_from_the_environment_are_decoded`, `identity::all_three_signals_carry_the_same_resource` |
//! | 27 service.version | `identity::the_version_is_that_of_the_binary` |
//! | 28 instance id | `identity::every_process_has_a_random_instance_id`, `identity::no_hardware_address_is_sent` |
//! | 29 environment | `identity::the_environment_s_name_is_taken_as_it_is` |
//! | 49, 52 one span per job, in the trace of who enqueued it | `jobs::a_worker_that_is_asked_to_end_delivers_the_jobs_it_claimed` |
//! | 50 ids of a job | otelier-jobs: `a_job_that_ends_well_is_recorded_with_what_is_known_of_it` |
//! | 51 a job that fails | otelier-jobs: `an_error_is_one_exception_in_the_log`, `each_attempt_is_a_span_linked_to_the_first` |
//! | 53 levels | `logs::info_and_above_is_shipped_by_default`, `logs::the_log_level_says_what_is_shipped`, `logs::what_is_shipped_and_what_is_printed_are_independent` |
//! | 54, 55 ids on console and wire | `served::a_line_printed_as_json_carries_the_ids_of_its_record`, `served::a_line_printed_as_text_carries_the_trace_of_its_record` |
//! | 56 severities | `logs::a_record_carries_level_ids_and_time` |
//! | 57 one resource | `identity::all_three_signals_carry_the_same_resource` |
//! | 58 spawned tasks | otelier-jobs: `what_a_job_spawns_runs_in_its_context` |
//! | 59 no feedback | `logs::at_trace_the_exporter_says_nothing_about_itself`, `logs::even_when_the_transports_are_asked_for_the_exporter_feeds_nothing_to_itself`, `logs::a_failing_exporter_at_trace_ends_all_the_same` |
//! | 60 long values | `size::long_values_of_spans_are_cut_with_a_marker_and_every_request_fits`, `size::long_bodies_and_fields_of_logs_are_cut_with_a_marker_and_every_request_fits` |
//! | 61 4 MiB | the same, and `metrics::instruments_above_the_limit_are_split_and_every_point_arrives` |
//! | 62 excluded parameters | `size::nothing_of_a_request_s_body_headers_or_secret_query_is_recorded`: parameters are not recorded at all |
//! | 63 value limit | `size::the_value_limit_is_a_variable` |
//! | 64 total cap | `size::a_record_above_the_limit_is_cut_as_a_whole_and_says_so` |
//! | 65 secrets | `size::secrets_are_redacted_by_their_key_and_counts_of_tokens_are_not` |
//! | 67 temporality | `metrics::temporality_is_cumulative_by_default`, `metrics::delta_changes_counters_and_histograms_but_no_up_down_counter` |
//! | 70 overflow | `metrics::too_many_label_sets_become_one_overflow_series` |
//! | 71 depth and activity | otelier-jobs: `a_closure_is_asked_at_each_collection_as_long_as_the_gauge_lives`, `each_job_is_observed_once` |
//! | 72 SIGTERM | `lifecycle::a_signal_right_after_a_request_loses_nothing_of_it` |
//! | 73 Ctrl-C, an error from main | the same, and `lifecycle::main_may_return_an_error` |
//! | 74 init twice | `lifecycle::a_second_init_changes_nothing_and_names_the_first`, `books::an_init_on_many_threads_at_once_is_one` |
//! | 75 own subscriber | `lifecycle::a_subscriber_of_the_program_s_own_is_left_alone_and_told_what_to_do`, `lifecycle::the_layer_exports_through_a_subscriber_of_the_program_s_own` |
//! | 76 current-thread runtime | `lifecycle::a_current_thread_service_flushes_without_deadlock`, `lifecycle::shutdown_delivers_everything_on_every_kind_of_runtime_and_without_one` |
//! | 77 SIGKILL | `docs::the_documentation_says_what_a_kill_loses`, `lifecycle::a_killed_process_takes_with_it_only_what_was_not_sent_yet` |
//! | 86 variables and docs | otelier-sdk: `config::tests::names` |
//!
//! The programs are stopped by signals, which only Unix has.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, in what it calls, too, and owns its runtime"
)]

mod books;
mod boot;
mod counted;
mod docs;
mod doctor;
mod exemplars;
mod faults;
mod feed;
mod files;
mod grpc;
mod harness;
mod hooks;
mod identity;
mod jobs;
mod lifecycle;
mod logs;
mod messages;
mod metrics;
mod outage;
mod panics;
mod redis;
mod relay;
mod runtime;
mod scraped;
mod secrets;
mod served;
mod signals;
mod size;
mod socket;
mod spans;
mod statements;
mod switch;
mod tls;
mod versions;
mod wire;
