//! Conversations with language models.

use crate::{
    browser::{Browser, Window},
    demo::picture,
    sample::{failed, span, trace_id},
};
use serde_json::{Value, json};

pub(crate) const TALK: &str = "/ai?id=weather-7";

fn text(role: &str, words: &str) -> Value {
    json!({"role": role, "parts": [{"type": "text", "content": words}]})
}

/// A span of a model: what it was sent, and what it answered.
fn chat(place: (u64, u64, u64), times: (u64, u64), input: &Value, output: &Value) -> Value {
    let (input, output) = (input.to_string(), json!([output]).to_string());
    let instructions = r#"[{"type":"text","content":"You are the clerk of a shop. Be brief."}]"#;
    let (trace, id, parent) = place;
    let mut span = span(
        trace,
        id,
        parent,
        "chat gpt-5",
        times,
        &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.model", "gpt-5"),
            ("gen_ai.response.model", "gpt-5-2026-08-01"),
            ("gen_ai.response.finish_reasons", "stop"),
            ("gen_ai.system_instructions", instructions),
            ("gen_ai.input.messages", &input),
            ("gen_ai.output.messages", &output),
        ],
    );
    let numbers = [
        ("gen_ai.usage.input_tokens", json!({"intValue": "812"})),
        ("gen_ai.usage.output_tokens", json!({"intValue": "96"})),
        (
            "gen_ai.usage.cache_read.input_tokens",
            json!({"intValue": "512"}),
        ),
        ("otelier.gen_ai.cost", json!({"doubleValue": 0.0021})),
        (
            "gen_ai.response.time_to_first_chunk",
            json!({"doubleValue": 0.12}),
        ),
    ];
    let list = span["attributes"].as_array_mut().unwrap();
    list.extend(numbers.map(|(key, value)| json!({"key": key, "value": value})));
    span
}

impl Browser {
    /// A customer asks for the weather twice: an agent asks a model, which wants a tool called.
    pub(crate) async fn conversation(&self, trace: u64) {
        let base = trace * 100;
        let asked = text("user", "Can I ship ice cream to Oslo today?");
        let call = json!({"role": "assistant", "parts": [
            {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "Oslo"}}]});
        let told = json!({"role": "tool", "parts": [
            {"type": "tool_call_response", "id": "call_1", "response": "31 °C, sunny"}]});
        let answer = text("assistant", "Better not: it is 31 °C there.");
        let tool = [
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.name", "weather"),
            ("gen_ai.tool.call.id", "call_1"),
            ("gen_ai.tool.call.arguments", r#"{"city":"Oslo"}"#),
            ("gen_ai.tool.call.result", "31 °C, sunny"),
        ];
        let agent = [
            ("gen_ai.operation.name", "invoke_agent"),
            ("gen_ai.agent.name", "clerk"),
            ("gen_ai.conversation.id", "weather-7"),
        ];
        let first = json!([asked]);
        let second = json!([asked, call, told]);
        self.spans(
            "clerk",
            vec![
                span(trace, base + 1, 0, "POST /ask", (0, 900), &[]),
                span(
                    trace,
                    base + 2,
                    base + 1,
                    "invoke_agent clerk",
                    (2, 880),
                    &agent,
                ),
                chat((trace, base + 3, base + 2), (5, 400), &first, &call),
                span(
                    trace,
                    base + 4,
                    base + 2,
                    "execute_tool weather",
                    (410, 430),
                    &tool,
                ),
                chat((trace, base + 5, base + 2), (440, 870), &second, &answer),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn a_conversation_is_read_step_by_step_with_tokens_cost_and_tool_calls() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.conversation(1).await;
    page.open("/ai").await;
    page.until_count("o-ai .instruments a", 1).await;
    // Without a mouse: to the list, to its first line, and into it.
    page.keys("j\u{e007}").await;
    page.until_count(".steps > li", 4).await;
    assert_eq!(
        page.is("new URL(location).searchParams.get('id')").await,
        json!("weather-7")
    );
    let head = page.text(".detail .sub").await;
    for words in [
        "2 calls",
        "1 tool call",
        "1624 → 192 tokens (1024 cached)",
        "$0.0042",
        "gpt-5 · openai",
    ] {
        assert!(head.contains(words), "{words}: {head}");
    }
    let steps = page
        .is("[...document.querySelectorAll('.steps > li')].map((step) => [step.querySelector('h3').textContent, \
            [...step.querySelectorAll('.role')].map((one) => one.textContent).join()])")
        .await;
    assert_eq!(
        steps,
        json!([
            ["clerk", ""],
            ["gpt-5", "system,user,assistant"],
            ["weather", "assistant,tool"],
            ["gpt-5", "tool,assistant"],
        ])
    );
    let words = page.text(".steps").await;
    for part in [
        "calls weather call_1",
        "{\"city\":\"Oslo\"}",
        "3 messages as before",
        "first chunk 120 ms",
        "Better not",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    picture(&page, "ai").await;
    // To the span in its trace, and back to the conversation.
    page.click(".steps > li:nth-child(3) a").await;
    page.until("document.querySelector('o-trace .row[aria-selected=true]')?.textContent.includes('execute_tool weather')").await;
    page.until_text(".panel a.button", "Read the conversation")
        .await;
    page.click(".panel a.button").await;
    page.until_count(".steps > li", 4).await;
    assert_eq!(
        page.is("new URL(location).searchParams.get('trace')").await,
        json!(trace_id(1))
    );
    page.click(".detail .sub a").await;
    page.until("location.pathname === '/t/' + new URL(location).pathname.slice(3) && document.querySelectorAll('o-trace .row').length > 3 || document.querySelectorAll('o-traces .row').length === 1").await;
    page.end().await;
}

#[tokio::test]
async fn a_conversation_grows_while_it_is_read_and_keeps_what_is_open() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let long = text("user", &"tell me more ".repeat(200));
    let first = chat((1, 1, 0), (0, 10), &json!([long]), &text("assistant", "no"));
    let mut failing = failed(
        chat((2, 2, 0), (20, 30), &json!([long]), &text("assistant", "")),
        "too many requests",
    );
    let kind = json!({"key": "error.type", "value": {"stringValue": "429"}});
    failing["attributes"].as_array_mut().unwrap().push(kind);
    let named = |mut span: Value| {
        let list = span["attributes"].as_array_mut().unwrap();
        list.push(json!({"key": "gen_ai.conversation.id", "value": {"stringValue": "one talk"}}));
        span
    };
    page.spans("api", vec![named(first)]).await;
    page.open("/ai?id=one%20talk").await;
    page.until_count(".steps > li", 1).await;
    page.click(".steps summary").await;
    page.until("document.querySelector('.steps details').open")
        .await;
    page.is("(document.querySelector('.steps summary').focus(), true)")
        .await;
    page.spans("api", vec![named(failing)]).await;
    page.until_count(".steps > li", 2).await;
    page.until_text(".steps .bad", "✕ 429").await;
    assert_eq!(page.count(".steps details[open]").await, 1);
    assert_eq!(
        page.is("document.activeElement.localName").await,
        json!("summary")
    );
    page.until_text(".instruments .bad", "✕ 1").await;
    // Nothing that is not there any more, and a query that fits none.
    page.open("/ai?id=nobody").await;
    page.until_text(".detail .none", "not here").await;
    page.open("/ai?q=service:web").await;
    page.until_text(".instruments .none", "No conversation matches")
        .await;
    page.end().await;
}

#[tokio::test]
async fn what_a_model_or_a_tool_says_is_text() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let image = "<img src=x onerror=\"document.title='broken'\">";
    for (trace, hostile) in [
        (1, image.to_owned()),
        (
            2,
            "\u{202e}txet a\u{0}b <script>document.title='broken'</script> onerror".to_owned(),
        ),
        (3, format!("onerror {}", "x".repeat(40_000))),
    ] {
        let message = json!([{"role": hostile, "parts": [{"type": "text", "content": hostile},
            {"type": hostile, "name": hostile, "id": hostile, "content": {"k": hostile}}]}]);
        let mut chat = chat(
            (trace, trace, 0),
            (0, 9),
            &message,
            &json!({"role": "x", "content": hostile}),
        );
        let list = chat["attributes"].as_array_mut().unwrap();
        list.retain(|one| one["key"] != "gen_ai.request.model");
        for key in [
            "gen_ai.request.model",
            "gen_ai.conversation.id",
            "error.type",
            "gen_ai.tool.name",
        ] {
            list.push(json!({"key": key, "value": {"stringValue": hostile}}));
        }
        page.spans(&hostile, vec![failed(chat, &hostile)]).await;
    }
    for trace in 1..=3 {
        page.open(&format!("/ai?trace={}", trace_id(trace))).await;
        page.until_count(".steps > li", 1).await;
        page.until_text(".steps", "onerror").await;
        page.until_text(".instruments", "onerror").await;
        assert_eq!(page.count("main img, main script").await, 0);
        assert_ne!(page.is("document.title").await, json!("broken"));
        assert_eq!(page.is("[...document.querySelectorAll('main *')].some((one) => /[\\u202e\\u0000]/.test(one.textContent))").await, json!(false));
        let over = page
            .is("document.documentElement.scrollWidth - innerWidth")
            .await;
        assert!(over.as_i64().unwrap() <= 0, "{over}");
    }
    page.end().await;
}
