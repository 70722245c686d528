//! What holds on every database. Each test gets a pool of its own, to a database with the
//! table `orders (id, name)` that holds three rows.

use otelier_testing::{Span, Telemetry};

/// Takes the tests into the module of one database. `$n` is its first placeholder.
macro_rules! suite {
    ($database:ty, $dialect:literal, $n:literal) => {
        #[path = "../suite/choices.rs"]
        mod choices;
        #[path = "../suite/pools.rs"]
        mod pools;
        #[path = "../suite/statements.rs"]
        mod statements;
        #[path = "../suite/transactions.rs"]
        mod transactions;

        type Db = $database;
        const DIALECT: &str = $dialect;
        const N: &str = $n;
        const BY_ID: &str = concat!("SELECT id, name FROM orders WHERE id = ", $n);
        const ID_BY_ID: &str = concat!("SELECT id FROM orders WHERE id = ", $n);
        const NAME_BY_ID: &str = concat!("SELECT name FROM orders WHERE id = ", $n);
    };
}

/// All tests of a suite, by `$each!(.., theme::name)`.
macro_rules! each {
    ($each:ident $(, $with:tt)*) => {
        $each!($($with,)* statements::each_way_to_run_a_statement_makes_one_span);
        $each!($($with,)* statements::a_span_says_what_was_asked_and_not_with_which_values);
        $each!($($with,)* statements::a_statement_is_a_child_of_what_is_current);
        $each!($($with,)* statements::an_error_is_named_by_its_code_and_not_quoted);
        $each!($($with,)* statements::no_row_is_no_error);
        $each!($($with,)* statements::rows_are_counted_where_they_are_wanted);
        $each!($($with,)* statements::the_rows_of_what_failed_are_counted_beside_its_error);
        $each!($($with,)* statements::a_stream_that_is_not_read_to_its_end_ends_its_span);
        $each!($($with,)* statements::what_is_never_polled_leaves_no_span);
        $each!($($with,)* statements::a_cancelled_statement_ends_its_span);
        $each!($($with,)* statements::several_statements_at_once_are_one_batch);
        $each!($($with,)* statements::a_prepared_statement_is_read_where_it_is);
        $each!($($with,)* statements::telemetry_changes_nothing_for_the_prepared_statements);
        $each!($($with,)* statements::arguments_that_cannot_be_encoded_fail_as_ever);
        $each!($($with,)* transactions::connections_and_transactions_are_used_as_ever);
        $each!($($with,)* transactions::transactions_are_seen_from_begin_to_end);
        $each!($($with,)* transactions::a_transaction_of_its_own_kind_begins_as_it_is_told);
        $each!($($with,)* transactions::migrations_run_on_a_traced_pool);
        $each!($($with,)* choices::the_text_is_left_out_or_kept_by_configuration);
        $each!($($with,)* choices::parameters_are_recorded_only_where_they_are_given);
        $each!($($with,)* choices::a_comment_names_the_trace_if_asked_for);
        $each!($($with,)* choices::the_text_that_is_sent_is_the_text_that_was_given);
        $each!($($with,)* choices::nothing_is_recorded_while_telemetry_is_off_or_suppressed);
        $each!($($with,)* choices::what_the_caller_does_not_sample_is_only_counted);
        $each!($($with,)* pools::the_pool_is_measured);
        $each!($($with,)* pools::the_limit_of_a_pool_has_its_old_name_beside_it_where_asked);
        $each!($($with,)* pools::those_who_wait_for_a_connection_are_seen);
        $each!($($with,)* pools::a_pool_closes_when_its_last_user_is_gone);
        $each!($($with,)* pools::what_a_closed_pool_says_describes_the_status);
        $each!($($with,)* pools::pools_of_one_name_are_told_of_together);
        $each!($($with,)* pools::connections_that_do_not_return_are_counted_by_how_they_went);
        $each!($($with,)* pools::metrics_agree_with_the_pool_under_load);
    };
}

/// Makes the table, and its rows.
pub(crate) const ORDERS: &str = "CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(100)); \
    INSERT INTO orders VALUES (1, 'first'), (2, 'second'), (3, 'third')";

/// Fails at the same table and id on every database.
pub(crate) const DUPLICATE: &str = "INSERT INTO orders (id, name) VALUES (1, 's3cr3t')";

#[derive(Debug, sqlx::FromRow, PartialEq)]
pub(crate) struct Order {
    pub(crate) id: i32,
    pub(crate) name: String,
}

pub(crate) fn names(telemetry: &Telemetry) -> Vec<String> {
    let spans = telemetry.spans().into_iter();
    let spans = spans.filter(|span| span.name != "acquire connection");
    spans.map(|span| span.name).collect()
}

pub(crate) fn only(telemetry: &Telemetry) -> Span {
    let spans = telemetry.spans().into_iter();
    let spans = spans.filter(|span| span.name != "acquire connection");
    let mut spans: Vec<_> = spans.collect();
    assert_eq!(spans.len(), 1, "{:?}", telemetry.tree());
    spans.remove(0)
}

pub(crate) fn text(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

pub(crate) fn count(telemetry: &Telemetry, key: &str, value: &str) -> u64 {
    let duration = telemetry.metric("db.client.operation.duration");
    let points = duration.points.iter();
    let points = points.filter(|point| {
        point
            .attributes
            .get(key)
            .is_some_and(|found| found.as_str() == value)
    });
    points.map(|point| point.count).sum()
}

/// How many connections are idle, and in use.
pub(crate) fn states(telemetry: &Telemetry) -> [f64; 2] {
    let counts = telemetry.metric("db.client.connection.count");
    ["idle", "used"].map(|state| {
        let mut points = counts.points.iter();
        let point = points.find(|point| {
            let found = point.attributes.get("db.client.connection.state");
            found.is_some_and(|found| found.as_str() == state)
        });
        point.unwrap().value
    })
}
