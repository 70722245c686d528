use super::tree::{LONGEST, MOST_TERMS, Query};
use proptest::prelude::*;

fn column(text: &str) -> usize {
    text.parse::<Query>().unwrap_err().column
}

fn printed(text: &str) -> String {
    text.parse::<Query>().unwrap().to_string()
}

#[test]
fn a_query_is_printed_as_it_means() {
    for (text, print) in [
        ("", ""),
        ("  ", ""),
        ("service:api  status:error", "service=api status=error"),
        ("a or b c", "a or b c"),
        ("(a or b) AND c", "(a or b) c"),
        ("(a b) or (c)", "a b or c"),
        ("-(a b)--c", "-(a b) --c"),
        ("one(a -b)c", "one(a -b) c"),
        ("one (a)", "one a"),
        ("route:/orders/{id}", "route=/orders/{id}"),
        ("\"status\"=x \"or\" \"\"", "\"status\"=x \"or\" \"\""),
        ("a=\"b c\" a=\"b\" k:v:w=x", "a=\"b c\" a=b k=v:w=x"),
        (r#""C:\dir \"x\"""#, r#""C:\\dir \"x\"""#),
        (
            "duration>=1.5s level>warn n!=3",
            "duration>=1.5s level>warn n!=3",
        ),
        ("a! a!b", "a! a!b"),
    ] {
        assert_eq!(printed(text), print, "{text}");
    }
}

#[test]
fn an_error_points_at_its_column() {
    for (text, at) in [
        ("a=", 3),
        ("=a", 1),
        ("a (b", 5),
        ("a b)", 4),
        ("()", 2),
        ("a or", 5),
        ("or a", 1),
        ("a or or b", 6),
        ("a and )", 7),
        ("a -", 4),
        ("a \"b", 3),
        ("status:bad", 8),
        ("status~ok", 7),
        ("service>1", 8),
        ("x>1 y>z", 7),
        ("duration>1parsec", 10),
        ("level=loud", 7),
        ("level=25", 7),
        ("has!=x", 4),
        (&"-".repeat(17), 17),
        (&format!("{}a{}", "(".repeat(17), ")".repeat(17)), 17),
        (&"é".repeat(LONGEST + 1), LONGEST + 1),
        (&"a ".repeat(MOST_TERMS + 1), 2 * MOST_TERMS + 1),
    ] {
        assert_eq!(column(text), at, "{text}");
    }
}

/// Queries of all that there is, and some that are none.
fn queries() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        "[a-z.]{1,8}",
        Just("status".into()),
        Just("\"a b\"".into()),
        Just("\"level\"".into()),
        Just("service".into()),
        Just("duration".into()),
        Just("level".into()),
        Just("has".into()),
    ];
    let op = prop_oneof![":", "=", "!=", "~", ">", ">=", "<", "<="];
    let value = prop_oneof![
        "[a-zA-Z0-9:/=<!-]{1,6}",
        "[0-9]{1,3}(\\.[0-9])?(ms|s)?",
        Just("error".into()),
        "\"[ a-z()\\\\]{0,4}x\"",
    ];
    let term = prop_oneof![
        (key, op, value).prop_map(|(key, op, value)| format!("{key}{op}{value}")),
        "[a-zA-Z!é-]{1,6}",
        "\"[ a-z=-]{0,5}\"",
        Just("one".into()),
    ];
    term.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| all.join(" ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| all.join(" or ")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("-({inner})")),
            inner.prop_map(|inner| format!("one({inner})")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(text in queries()) {
        if let Ok(query) = text.parse::<Query>() {
            let print = query.to_string();
            prop_assert_eq!(&print.parse::<Query>(), &Ok(query), "{}", print);
        }
    }

    #[test]
    fn any_text_is_read_or_told_where_it_is_wrong(text in "[a-c=<>!~:()\" \\\\or-]{0,40}") {
        match text.parse::<Query>() {
            Ok(query) => {
                let print = query.to_string();
                prop_assert_eq!(&print.parse::<Query>(), &Ok(query), "{}", print);
            }
            Err(bad) => prop_assert!((1..=text.chars().count() + 1).contains(&bad.column)),
        }
    }
}
