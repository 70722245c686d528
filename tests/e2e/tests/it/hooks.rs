//! What a program adds in code to the SDK, its records and its console.

use otelier_collector::Store;

use crate::harness::{Ended, bodies, collector, scenario};

/// The texts of an attribute on what is there by that name.
fn marks(store: &Store, span: &str) -> Vec<Option<String>> {
    let spans = store.spans_named(span);
    let marks = spans.iter().map(|span| span.attribute_text("theirs.span"));
    marks.map(|mark| mark.map(Into::into)).collect()
}

#[tokio::test]
async fn what_code_adds_to_the_sdk_is_asked_and_what_it_marks_is_exported() {
    let collector = collector().await;
    let ended = scenario(["hooks", "good"]).to(&collector);
    let ended = ended.run().await.well();
    let store = collector.store();
    assert_eq!(marks(store, "wanted"), [Some("marked".to_owned())]);
    assert!(store.spans_named("unwanted").is_empty());
    assert_eq!(ended.told("started"), "1");
    assert_eq!(ended.told("ended"), "1");
    assert_eq!(ended.told("events"), "2");
    assert_eq!(ended.told("metrics"), "1");
    assert_eq!(ended.told("books"), "1/0/0 2/0/0");
    for log in store.logs() {
        assert_eq!(log.attribute_text("theirs.log").unwrap(), "marked");
    }
    let span = store.spans_named("wanted").remove(0);
    let resource = &span.origin().resource().attributes;
    assert!(resource.iter().any(|it| it.key == "theirs.place"));
    assert!(!store.metrics_named("theirs.count").is_empty());
    assert!(store.metrics_named("count").is_empty());
}

#[tokio::test]
async fn a_sampler_that_a_variable_names_wins_against_one_in_code() {
    let collector = collector().await;
    let ended = scenario(["hooks", "good"]).to(&collector);
    let ended = ended.with("OTEL_TRACES_SAMPLER", "always_on");
    ended.run().await.well();
    assert_eq!(collector.store().spans_named("unwanted").len(), 1);
}

#[tokio::test]
async fn what_panics_in_code_of_the_program_s_own_loses_nothing_of_ours_and_is_told_once() {
    let collector = collector().await;
    let ended = scenario(["hooks", "panicking"]).to(&collector);
    let ended = ended.run().await.well();
    let store = collector.store();
    // The default sampler stands in.
    assert_eq!(store.spans_named("wanted").len(), 1);
    assert_eq!(store.spans_named("unwanted").len(), 1);
    assert_eq!(ended.told("books"), "2/0/0 2/0/0");
    for what in [
        "span processor",
        "log processor",
        "metric reader",
        "sampler",
        "view",
        "resource detector",
    ] {
        ended.one_line_with(&format!("a {what} of the program's own panicked"));
    }
}

#[tokio::test]
async fn what_blocks_in_code_of_the_program_s_own_loses_nothing_of_ours() {
    let collector = collector().await;
    let ended = scenario(["hooks", "blocking"]).to(&collector);
    let ended = ended.run().await.well();
    let store = collector.store();
    assert_eq!(store.spans_named("wanted").len(), 1);
    assert_eq!(store.logs().len(), 2);
    assert!(!store.metrics_named("theirs.count").is_empty());
    assert_eq!(ended.told("books"), "1/0/0 2/0/0");
}

#[tokio::test]
async fn while_telemetry_is_off_nothing_is_asked_but_the_layer() {
    let ended = scenario(["hooks", "panicking"]).run().await.well();
    assert_eq!(ended.told("started"), "0");
    assert_eq!(ended.told("events"), "2");
    assert_eq!(ended.told("books"), "0/0/0 0/0/0");
}

#[tokio::test]
async fn what_the_console_shows_is_changed_while_the_program_runs() {
    let collector = collector().await;
    for variables in [&[][..], &[("OTELIER_CONSOLE", "json")]] {
        let mut program = scenario(["changed filter"]).to(&collector);
        for (name, value) in variables {
            program = program.with(name, value);
        }
        let ended = program.run().await.well();
        let shown = |text: &str| ended.lines_with(text).len();
        for when in ["first", "second", "third", "fourth"] {
            let (info, debug) = match when {
                "first" => (1, 0),
                "fourth" => (0, 0),
                _ => (1, 1),
            };
            assert_eq!(shown(&format!("info {when}")), info, "{when}");
            assert_eq!(shown(&format!("debug {when}")), debug, "{when}");
        }
    }
    // What is shipped is another matter.
    assert_eq!(bodies(collector.store()).len(), 8);
}

#[tokio::test]
async fn what_is_shipped_is_changed_while_the_program_runs() {
    let collector = collector().await;
    let ended = scenario(["changed log filter"]).to(&collector).run().await;
    let ended = ended.well();
    assert_eq!(
        bodies(collector.store()),
        [
            "info first",
            "info second",
            "debug second",
            "info third",
            "debug third",
            "hyper fourth"
        ]
    );
    // What the console shows is another matter.
    assert_eq!(ended.lines_with("info ").len(), 4);
    assert_eq!(ended.lines_with("debug ").len(), 0);
    // Without telemetry, too, it is no mistake.
    scenario(["changed log filter"]).run().await.well();
}

/// How many lines the messages say were left out in that place. A slow program tells more than once.
fn left_out(ended: &Ended, place: &str) -> usize {
    let messages = ended.lines_with("lines were left out, as one target may have");
    let said = messages.iter().filter_map(|it| it.split_once(place));
    let numbers = said.filter_map(|(_, said)| said.split_whitespace().next());
    numbers.map(|it| it.parse::<usize>().expect(it)).sum()
}

#[tokio::test]
async fn a_target_has_so_many_lines_in_a_second_and_the_rest_is_counted() {
    let collector = collector().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("scenario.log");
    let limited = |lines: &str| {
        let program = scenario(["limited", lines]).to(&collector);
        program.with("OTELIER_LOG_FILE", file.to_str().unwrap())
    };
    let ended = limited("10").run().await.well();
    let written = std::fs::read_to_string(&file).unwrap();
    let floods = |text: &str| text.lines().filter(|line| line.contains("flood")).count();
    let shipped = bodies(collector.store());
    let of_shipped = shipped.iter().filter(|body| *body == "flood").count();
    for (passed, place) in [
        (floods(&ended.stdout), "on the console "),
        (floods(&written), "in the log file "),
        (of_shipped, "among the records shipped "),
    ] {
        // A busy machine may take more than a second.
        assert!((10..500).contains(&passed), "{place}: {passed}");
        assert_eq!(passed + left_out(&ended, place), 500, "{place}");
    }
    // Neither errors nor other targets are hidden by it.
    for beside in ["error beside it", "another target"] {
        ended.one_line_with(beside);
        assert!(shipped.iter().any(|body| body == beside), "{beside}");
    }
    // The variable wins, and 0 is no limit.
    let ended = limited("10").with("OTELIER_LOG_LIMIT", "0").run().await;
    let ended = ended.well();
    assert_eq!(floods(&ended.stdout), 500);
    assert!(ended.lines_with("were left out").is_empty());
    // So it is where telemetry is off, for the console.
    let off = scenario(["limited", "0"]).with("OTELIER_LOG_LIMIT", "20");
    let ended = off.run().await.well();
    let passed = floods(&ended.stdout);
    assert_eq!(passed + left_out(&ended, "on the console "), 500);
    let ended = limited("0").with("OTELIER_LOG_LIMIT", "many").run().await;
    ended
        .well()
        .one_line_with("OTELIER_LOG_LIMIT: not a whole number; it is ignored");
}

#[tokio::test]
async fn records_carry_the_fields_of_their_spans_that_code_or_a_variable_names() {
    let collector = collector().await;
    let program = || scenario(["hooks", "good"]).to(&collector);
    let said = || {
        let tenants = collector.store().logs().into_iter();
        let tenants = tenants.map(|log| log.attribute_text("tenant").map(|it| it.into_owned()));
        let mut tenants: Vec<_> = tenants.collect();
        tenants.sort();
        tenants
    };
    program().run().await.well();
    assert_eq!(said(), [None, Some("acme".to_owned())]);
    let variable = "OTELIER_LOG_SPAN_FIELDS";
    program().with(variable, "other").run().await.well();
    assert_eq!(said(), [None, None, None, Some("acme".to_owned())]);

    let program = scenario(["secrets"]).to(&collector);
    let program = program.with(variable, "token_count, password");
    program.run().await.well();
    let logs = collector.store().logs();
    let log = logs.iter().find(|log| log.body() == "log").unwrap();
    assert_eq!(log.attribute_text("token_count").unwrap(), "7");
    assert!(!log.attribute_text("password").unwrap().contains("hunter2"));
}
