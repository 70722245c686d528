use super::message::{Message, Part, TEXT, messages};
use proptest::prelude::*;
use serde_json::{Value, json};

fn told(value: &Value, role: &str) -> Vec<String> {
    let part = |part: &Part| {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{} {} {} {}",
            part.kind,
            of(&part.name),
            of(&part.id),
            part.text
        )
    };
    let one = |message: &Message| {
        let parts: Vec<_> = message.parts.iter().map(part).collect();
        format!("{}: {}", message.role, parts.join(" | "))
    };
    messages(value, role).iter().map(one).collect()
}

#[test]
fn messages_are_read_as_the_conventions_spell_them() {
    let input = json!([
        {"role": "user", "parts": [{"type": "text", "content": "Weather?"}]},
        {"role": "assistant", "parts": [
            {"type": "reasoning", "content": "look it up"},
            {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Oslo"}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "rainy"}]},
        {"role": "user", "parts": [{"type": "uri", "modality": "image", "uri": "https://x/a.png"}]},
    ]);
    assert_eq!(
        told(&input, "user"),
        [
            "user: text   Weather?",
            "assistant: reasoning   look it up | tool_call weather c1 {\"city\":\"Oslo\"}",
            "tool: tool_call_response  c1 rainy",
            "user: uri   https://x/a.png",
        ]
    );
    let instructions =
        json!([{"type": "text", "content": "Be brief."}, {"type": "text", "content": "Rhyme."}]);
    assert_eq!(
        told(&instructions, "system"),
        ["system: text   Be brief. | text   Rhyme."]
    );
}

#[test]
fn messages_are_read_as_other_programs_spell_them() {
    for (value, expected) in [
        (json!("hello"), "user: text   hello"),
        (
            json!({"role": "user", "content": "hello"}),
            "user: text   hello",
        ),
        (
            json!([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "i", "name": "n", "input": {"k": 1}}]}]),
            "user: text   a | tool_call n i {\"k\":1}",
        ),
        (
            json!({"finish_reason": "tool_calls", "message": {"role": "assistant", "content": null,
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}),
            "assistant: tool_call f c {}",
        ),
        (
            json!({"role": "tool", "tool_call_id": "c", "content": "12"}),
            "tool: tool_call_response  c 12",
        ),
        (json!({"odd": true}), "user: text   {\"odd\":true}"),
        (json!(7), "user: text   7"),
    ] {
        assert_eq!(told(&value, "user"), [expected], "{value}");
    }
    assert!(messages(&json!([]), "user").is_empty());
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "role",
        "parts",
        "content",
        "type",
        "text",
        "message",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "response",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::String),
        Just(Value::String("x".repeat(TEXT + 9))),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_as_messages_is_read_and_bounded(value in any_json()) {
        for message in messages(&value, "user") {
            prop_assert!(message.role.len() <= 203);
            prop_assert!(message.parts.len() <= 100);
            for part in message.parts {
                prop_assert!(part.text.len() <= TEXT + 3 && part.kind.len() <= 203);
            }
        }
    }
}
