use serde_json::json;

use super::*;

fn masked(value: Value) -> Value {
    Mask::new(MAX_TEXT).value(value)
}

#[test]
fn secrets_are_masked_by_key_and_by_what_they_look_like_however_deep_they_are() {
    let asked = json!([{"role": "user", "parts": [
        {"type": "text", "content": "my password=hunter2 is safe"},
        {"type": "tool_call", "name": "login",
         "arguments": {"password": ["hunter2"], "args": ["--token", "hunter2"],
                       "variables": [{"name": "DB_PASSWORD", "value": "hunter2"}], "token": 7, "note": "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"}},
    ]}]);
    let masked = masked(asked).to_string();
    for secret in ["hunter2", "abcdefghijkl", ":7"] {
        assert!(!masked.contains(secret), "{masked}");
    }
    assert!(masked.contains("\"role\":\"user\""), "{masked}");
}

#[test]
fn what_is_large_long_or_deep_is_cut_and_says_so() {
    let long = masked(json!({"content": "x".repeat(1 << 20)}));
    let long = long["content"].as_str().unwrap();
    assert!(
        long.len() <= MAX_TEXT && long.contains("truncated"),
        "{}",
        long.len()
    );

    let many = masked(Value::Array(vec![json!([]); 1 << 17]));
    let many = many.as_array().unwrap();
    assert!(many.len() <= MAX_TEXT / OVERHEAD + 1);
    assert_eq!(many.last().unwrap()["type"], "left_out");

    let wide: Map<_, _> = (0..100_000)
        .map(|at| (format!("k{at}"), json!(at)))
        .collect();
    assert!(masked(Value::Object(wide)).to_string().len() < 4 * MAX_TEXT);

    let mut deep = json!("bottom");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let mut at = &masked(deep);
    let mut depth = 0;
    while let Some(inner) = at.get(0) {
        (at, depth) = (inner, depth + 1);
    }
    assert_eq!(depth, MAX_DEPTH + 1);
    assert!(at.as_str().unwrap().starts_with("[["));
}

#[test]
fn of_a_long_conversation_the_newest_is_kept() {
    let messages = (0..100).map(|at| {
        part::message(
            "user",
            vec![part::text(format!("{at} {}", "x".repeat(2_000)))],
        )
    });
    let kept = Mask::new(MAX_TEXT).messages(messages.collect());
    let kept = kept.as_array().unwrap();
    assert!(kept.len() > 20 && kept.len() < 40, "{}", kept.len());
    let last = kept.last().unwrap()["parts"][0]["content"]
        .as_str()
        .unwrap();
    assert!(last.starts_with("99 "), "{last}");
    assert_eq!(kept[0]["parts"][0]["messages"], 101 - kept.len());
}

#[test]
fn a_span_gets_json_that_is_whole_also_where_it_is_cut() {
    for letter in ["x", "\u{1}", "\"", "é"] {
        let messages = vec![part::message("user", vec![part::text(letter.repeat(30_000))]); 3];
        let masked = Mask::new(MAX_TEXT).messages(messages);
        let text = text(&masked);
        assert!(text.len() <= MAX_ATTRIBUTE, "{}", text.len());
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{letter:?}");
    }
    assert_eq!(text(&json!([{"a": 1}])), r#"[{"a":1}]"#);
}
