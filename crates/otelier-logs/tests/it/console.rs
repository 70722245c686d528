use std::error::Error;
use std::io;

use otelier_logs::{Color, Console, Format};
use proptest::prelude::*;
use tracing::{debug, error, info, warn};

use crate::printed::{printed, printed_by};

#[test]
fn a_line_of_text_has_time_level_target_message_and_fields() {
    let line = printed(
        Format::Text,
        || info!(target: "shop", order = 7, word = "two words", "placed"),
    )
    .only();
    let (time, rest) = line.split_once(' ').unwrap();
    assert_eq!(rest, " INFO shop: placed order=7 word=\"two words\"\n");
    assert_eq!(
        (time.len(), &time[10..11], &time[23..]),
        ("2026-11-21T03:20:01.123Z".len(), "T", "Z")
    );
}

#[test]
fn every_event_is_one_call_to_the_writer() {
    let calls = printed(Format::Json, || {
        info!("a");
        warn!("b");
    });
    assert_eq!(calls.calls().len(), 2);
    assert!(calls.calls().iter().all(|line| line.ends_with("}\n")));
}

#[test]
fn text_is_coloured_only_when_asked_for() {
    assert!(
        !printed(Format::Text, || error!("a"))
            .only()
            .contains('\u{1b}')
    );
    let colored = printed_by(
        |writer| {
            Console::new(Format::Text)
                .with_writer(writer)
                .with_color(Color::Always)
        },
        || error!("a"),
    );
    assert!(colored.only().contains("\u{1b}[31mERROR\u{1b}[0m"));
}

#[test]
fn json_fields_keep_their_types() {
    let problem = io::Error::other("disk full");
    let line = printed(Format::Json, || {
        info!(
            name: "order.placed",
            target: "shop",
            signed = -3,
            largest = u64::MAX,
            wide = u128::MAX,
            float = 1e300,
            none = f64::NAN,
            flag = true,
            word = "a\"b",
            debug = ?Some("x"),
            r#type = "t",
            error = &problem as &dyn Error,
            "placed {}",
            7
        );
    })
    .json();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["target"], "shop");
    assert_eq!(line["message"], "placed 7");
    assert_eq!(line["event_name"], "order.placed");
    assert_eq!(
        line["timestamp"].as_str().unwrap().len(),
        "2026-11-21T03:20:01.123456Z".len()
    );
    let expected = serde_json::json!({
        "signed": -3, "largest": u64::MAX, "wide": "340282366920938463463374607431768211455", "float": 1e300,
        "none": "NaN", "flag": true, "word": "a\"b", "debug": "Some(\"x\")", "type": "t", "error": "disk full",
    });
    assert_eq!(line["fields"], expected);
}

#[test]
fn a_json_line_without_message_or_fields_says_so() {
    let line = printed(Format::Json, || info!(order = 7)).json();
    assert_eq!(
        (&line["message"], &line["fields"]["order"]),
        (&"".into(), &7.into())
    );
    assert_eq!(
        printed(Format::Json, || info!("a")).json().get("fields"),
        None
    );
    assert_eq!(
        printed(Format::Json, || info!(message = 7)).json()["message"],
        "7"
    );
}

#[test]
fn a_console_that_is_off_prints_nothing() {
    assert_eq!(
        printed(Format::Off, || error!("a")).calls(),
        Vec::<String>::new()
    );
}

#[test]
fn a_line_cannot_be_forged() {
    let forged = "ok\n2026-11-21T03:20:01.123Z ERROR shop: forged\u{1b}[2J\u{85}\u{2028}\u{202e}";
    let line = printed(Format::Text, || {
        debug!(forged, "{forged}");
    })
    .only();
    assert!(line.contains("ok\\n2026"));
    assert!(line.contains("\\u{1b}[2J\\u{85}\\u{2028}\\u{202e}"));
    assert_eq!(line.lines().count(), 1);
}

struct Unwritable;

impl io::Write for Unwritable {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn errors_of_writing_are_ignored() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let console = Console::new(Format::Json).with_writer(|| Unwritable);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(console), || info!("a"));
}

struct Raw(String);

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // In pieces, as a derived Debug does.
        self.0
            .chars()
            .try_for_each(|c| f.write_str(c.encode_utf8(&mut [0; 4])))
    }
}

proptest! {
    #[test]
    fn whatever_is_recorded_a_json_line_parses_to_it(text: String, number: f64) {
        let raw = Raw(text.clone());
        let line = printed(Format::Json, || info!(text, ?raw, number, "{text}")).json();
        prop_assert_eq!(&line["message"], &text);
        prop_assert_eq!(&line["fields"]["text"], &text);
        prop_assert_eq!(&line["fields"]["raw"], &text);
        let written = &line["fields"]["number"];
        if number.is_finite() {
            // The parser rounds in its last digit unless it is built not to.
            let read = written.as_f64().unwrap();
            prop_assert!((read - number).abs() <= number.abs() * 1e-15, "{read} {number}");
        } else {
            prop_assert!(written.is_string());
        }
    }

    #[test]
    fn whatever_is_recorded_a_line_of_text_is_one_line(text in "(\\PC|\\s|[\\x00-\\x1f\\x7f-\\u{9f}\\u{2028}\\u{202e}])*") {
        let raw = Raw(text.clone());
        let line = printed(Format::Text, || info!(text, ?raw, "{text}")).only();
        let line = line.strip_suffix('\n').unwrap();
        let unsafe_char = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
        prop_assert_eq!(line.find(unsafe_char), None);
    }
}

#[test]
fn a_secret_is_masked_before_anything_is_escaped() {
    let secrets = [
        "first\npassword=s3cret\nlast",
        "one\r\ntoken: s3cret",
        "one\nghp_s3cret0123456789abcdef",
        "one\nBearer s3cret",
        "one\nAKIAS3CRETODNN7EXAMP",
        "one\neyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cret",
        "[(\"password\", \"s3cret\")]",
    ];
    for format in [Format::Text, Format::Json] {
        for text in secrets {
            let problem = io::Error::other(text);
            let lines = printed(format, || {
                info!("{}", text);
                info!(text, "a field");
                info!(?text, "a field");
                error!(error = ?problem, "failed");
                error!(error = %problem, "failed");
                error!(error = &problem as &dyn Error, "failed");
                info!(outer = ?format!("{text:?}"), "twice");
            });
            for line in lines.calls() {
                let line = line.to_lowercase();
                assert!(!line.contains("s3cret"), "{line}");
                assert!(line.contains("[redacted]"), "{line}");
            }
        }
    }
    let line = printed(Format::Text, || info!("first\npassword=s3cret\nlast")).only();
    assert!(
        line.ends_with("first\\npassword=[REDACTED]\\nlast\n"),
        "{line}"
    );
}

#[test]
fn a_line_has_each_field_once_and_the_last_counts() {
    let line = printed(Format::Json, || {
        info!(a = 1, b = 2, a = 3, a = tracing::field::Empty, "x");
    })
    .only();
    assert!(line.contains(r#""fields":{"b":2,"a":3}"#), "{line}");
    let line = printed(Format::Text, || info!(a = 1, b = 2, a = 3, "x")).only();
    assert!(line.ends_with(" x b=2 a=3\n"), "{line}");
}

#[test]
fn a_message_comes_first_wherever_it_stands() {
    let fields = serde_json::json!({"a": 1});
    let events: [fn(); 4] = [
        || info!(a = 1, "said"),
        || info!(a = 1, message = "said"),
        || info!(message = "unsaid", a = 1, message = "said"),
        || info!(message = "said", a = 2, a = 1),
    ];
    for event in events {
        let line = printed(Format::Json, event).json();
        assert_eq!(
            (&line["message"], &line["fields"]),
            (&"said".into(), &fields)
        );
        let line = printed(Format::Text, event).only();
        assert!(line.ends_with(" said a=1\n"), "{line}");
    }
    let silent = || {
        info!(
            message = tracing::field::Empty,
            event.name = "placed",
            a = 1
        );
    };
    let line = printed(Format::Json, silent).only();
    let end = r#""message":"","event_name":"placed","fields":{"a":1}}"#;
    assert!(line.trim_end().ends_with(end), "{line}");
}

#[test]
fn what_lays_out_lines_is_escaped_in_json_as_in_text() {
    let unsafe_ones =
        "\u{7f}\u{80}\u{9f}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}";
    let text = format!("a{unsafe_ones}é—€");
    for format in [Format::Text, Format::Json] {
        let line = printed(format, || info!(field = %text, "{text}")).only();
        assert!(!line.contains(|c| unsafe_ones.contains(c)), "{line:?}");
        assert_eq!(line.matches("é—€").count(), 2, "{line}");
    }
    let line = printed(Format::Json, || info!("{text}")).only();
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["message"], text);
}

#[test]
fn a_field_event_name_names_the_line_and_is_no_field() {
    let line = printed(Format::Json, || {
        tracing::info!(event.name = "order.placed", order = 7, "done");
    });
    let line = line.json();
    assert_eq!(line["event_name"], "order.placed");
    assert_eq!(line["fields"], serde_json::json!({"order": 7}));
}

#[test]
fn bytes_that_are_a_text_with_a_secret_are_that_text_without_it() {
    for format in [Format::Text, Format::Json] {
        let line = printed(format, || {
            info!(
                body = &b"{\"password\": \"s3cr3t\"}"[..],
                token = &b"s3cr3t"[..],
                rest = &b"ab"[..],
            );
        })
        .only();
        assert!(
            !line.contains("s3cr3t") && !line.contains("73 33 63"),
            "{line}"
        );
        assert!(
            line.contains("password") && line.contains("[61 62]"),
            "{line}"
        );
    }
}
