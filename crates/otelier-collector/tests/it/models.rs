//! What services asked of language models.

use crate::wire::{JSON, get, post, start};
use otelier_collector::Running;
use serde_json::{Value, json};

fn attributes(of: &Value) -> Value {
    let list = of.as_object().unwrap().iter().map(|(key, value)| {
        let value = match value {
            Value::String(text) => json!({ "stringValue": text }),
            Value::Number(number) if number.is_u64() => {
                json!({ "intValue": number.to_string() })
            }
            Value::Number(number) => json!({ "doubleValue": number }),
            Value::Array(list) => json!({ "arrayValue": { "values":
                list.iter().map(|one| json!({ "stringValue": one })).collect::<Value>() } }),
            other => other.clone(),
        };
        json!({ "key": key, "value": value })
    });
    list.collect()
}

fn span(trace: u8, id: u8, parent: u8, name: &str, of: &Value) -> Value {
    let start = 1_700_000_000_000_000_000_u64 + u64::from(trace) * 1_000_000_000;
    let start = start + u64::from(id) * 1_000_000;
    json!({
        "traceId": format!("{trace:02x}").repeat(16), "spanId": format!("{id:02x}").repeat(8),
        "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:02x}").repeat(8) },
        "name": name, "kind": 3, "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + 2_000_000).to_string(), "attributes": attributes(of),
    })
}

async fn send(to: &Running, path: &str, body: Value) {
    let headers = [("content-type", JSON)];
    let answer = post(to.http_addr(), path, &headers, body.to_string()).await;
    assert_eq!(answer.text(), "{}");
}

async fn spans(to: &Running, spans: Value) {
    let resource = json!({ "attributes": attributes(&json!({ "service.name": "bot" })) });
    let scopes = json!([{ "spans": spans }]);
    let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] });
    send(to, "/v1/traces", body).await;
}

async fn ask(of: &Running, path: &str) -> Value {
    let answer = get(of.http_addr(), path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// A conversation of two traces: in the first an agent asks a model, calls a tool, asks again.
async fn weather(to: &Running) {
    let user =
        json!({ "role": "user", "parts": [{ "type": "text", "content": "Weather in Oslo?" }] });
    let call = json!({ "role": "assistant", "parts": [{ "type": "tool_call", "id": "c1", "name": "weather", "arguments": { "city": "Oslo" } }] });
    let rain = json!({ "role": "tool", "parts": [{ "type": "tool_call_response", "id": "c1", "response": "rain" }] });
    let words =
        json!({ "role": "assistant", "parts": [{ "type": "text", "content": "It rains." }] });
    let model = |input: Value, output: &Value, more: Value| {
        let mut of = json!({
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 10, "otelier.gen_ai.cost": 0.25,
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.input.messages": input.to_string(),
            "gen_ai.output.messages": json!([output]).to_string(),
        });
        let fields = of.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        of
    };
    let agent = json!({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "clerk",
        "gen_ai.conversation.id": "talk 1", "gen_ai.usage.input_tokens": 200 });
    let tool = json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.id": "c1", "gen_ai.tool.call.arguments": "{\"city\":\"Oslo\"}",
        "gen_ai.tool.call.result": "rain" });
    let first = model(
        json!([user]),
        &call,
        json!({ "gen_ai.system_instructions": "[{\"type\":\"text\",\"content\":\"Be brief.\"}]",
            "gen_ai.response.time_to_first_chunk": 0.5,
            "gen_ai.usage.cache_read.input_tokens": "40", "gen_ai.usage.reasoning.output_tokens": 3 }),
    );
    let second = model(
        json!([user, call, rain]),
        &words,
        json!({ "gen_ai.system_instructions": "[{\"type\":\"text\",\"content\":\"Be brief.\"}]" }),
    );
    spans(
        to,
        json!([
            span(1, 1, 0, "POST /ask", &json!({ "http.route": "/ask" })),
            span(1, 2, 1, "invoke_agent clerk", &agent),
            span(1, 3, 2, "chat gpt-5", &first),
            span(1, 4, 2, "execute_tool weather", &tool),
            span(1, 5, 2, "chat gpt-5", &second),
        ]),
    )
    .await;
    let mut failed = span(
        2,
        6,
        0,
        "chat gpt-5",
        &json!({ "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "error.type": "timeout",
            "gen_ai.request.model": "gpt-5", "gen_ai.conversation.id": "talk 1" }),
    );
    failed["status"] = json!({ "code": 2, "message": "no answer" });
    spans(to, json!([failed])).await;
}

#[tokio::test]
async fn a_conversation_is_counted_over_its_traces_and_an_agents_tokens_are_its_calls() {
    let collector = start().await;
    weather(&collector).await;
    let old = json!({ "gen_ai.system": "ollama", "gen_ai.request.model": "llama", "gen_ai.usage.prompt_tokens": "7" });
    spans(&collector, json!([span(3, 7, 0, "llama", &old)])).await;
    spans(
        &collector,
        json!([span(4, 8, 0, "GET /", &json!({ "k": "v" }))]),
    )
    .await;
    let found = ask(&collector, "/api/conversations").await;
    assert_eq!(found["total"], 2, "{found}");
    let [alone, talk] = [&found["conversations"][0], &found["conversations"][1]];
    assert_eq!(alone["conversationId"], Value::Null);
    assert_eq!(alone["traceId"], "03".repeat(16));
    assert_eq!(
        (&alone["inputTokens"], &alone["cost"]),
        (&json!(7), &Value::Null)
    );
    assert_eq!(
        (&alone["providers"], &alone["models"]),
        (&json!(["ollama"]), &json!(["llama"]))
    );
    for (key, expected) in [
        ("conversationId", json!("talk 1")),
        ("title", json!("Weather in Oslo?")),
        ("calls", json!(3)),
        ("tools", json!(1)),
        ("agents", json!(1)),
        ("errorCount", json!(1)),
        ("traceCount", json!(2)),
        ("inputTokens", json!(200)),
        ("outputTokens", json!(20)),
        ("cachedTokens", json!(40)),
        ("reasoningTokens", json!(3)),
        ("cost", json!(0.5)),
        ("durationMs", json!(6.0)),
        ("models", json!(["gpt-5"])),
        ("services", json!(["bot"])),
        ("traceId", json!("02".repeat(16))),
    ] {
        assert_eq!(talk[key], expected, "{key}: {talk}");
    }
    let first = ask(&collector, "/api/conversations?limit=1").await;
    let next = first["next"].as_str().unwrap();
    let second = ask(
        &collector,
        &format!("/api/conversations?limit=1&after={next}"),
    )
    .await;
    assert_eq!(second["conversations"][0]["conversationId"], "talk 1");
    assert_eq!(second.get("next"), None);
    let none = ask(&collector, "/api/conversations?service=web").await;
    assert_eq!(none["total"], 0);
    collector.shutdown().await;
}

#[tokio::test]
async fn each_step_shows_what_is_new_in_it_and_what_a_tool_was_given() {
    let collector = start().await;
    weather(&collector).await;
    let talk = ask(&collector, "/api/conversation?id=talk%201").await;
    let steps = talk["steps"].as_array().unwrap();
    let told: Vec<_> = (steps.iter())
        .map(|step| {
            let messages = step["messages"].as_array().unwrap().iter().map(|message| {
                let part = &message["parts"][0];
                format!(
                    "{} {}",
                    message["role"].as_str().unwrap(),
                    part["text"].as_str().unwrap()
                )
            });
            let messages: Vec<_> = messages.collect();
            format!(
                "{} {} {} +{} {}",
                step["depth"],
                step["what"].as_str().unwrap(),
                step["name"].as_str().unwrap(),
                step["earlier"],
                messages.join(", ")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "0 agent clerk +0 ",
            "1 model gpt-5 +0 system Be brief., user Weather in Oslo?, assistant {\"city\":\"Oslo\"}",
            "1 tool weather +0 assistant {\"city\":\"Oslo\"}, tool rain",
            "1 model gpt-5 +3 tool rain, assistant It rains.",
            "0 model gpt-5 +0 ",
        ]
    );
    assert_eq!(steps[1]["firstChunkMs"], 500.0);
    assert_eq!(steps[1]["finishReasons"], json!(["stop"]));
    assert_eq!(steps[1]["messages"][2]["answer"], true);
    assert_eq!(
        steps[2]["messages"][0]["parts"][0],
        json!({ "type": "tool_call", "name": "weather", "id": "c1", "text": "{\"city\":\"Oslo\"}" })
    );
    assert_eq!(
        (
            &steps[4]["status"],
            &steps[4]["errorType"],
            &steps[4]["statusMessage"]
        ),
        (&json!("error"), &json!("timeout"), &json!("no answer"))
    );
    // The same in pages: what is known is known of what came before the page.
    let mut after = String::new();
    for step in steps {
        let page = ask(
            &collector,
            &format!("/api/conversation?id=talk%201&limit=1&after={after}"),
        )
        .await;
        assert_eq!(page["steps"][0], *step);
        after = page["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(after, "");
    let trace = ask(
        &collector,
        &format!("/api/conversation?trace={}", "01".repeat(16)),
    )
    .await;
    assert_eq!(trace["steps"].as_array().unwrap().len(), 4);
    collector.shutdown().await;
}

#[tokio::test]
async fn messages_are_found_in_events_in_log_records_and_under_numbers() {
    let collector = start().await;
    let model = json!({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" });
    let mut event = span(1, 1, 0, "chat m", &model);
    let captured = json!({ "gen_ai.input.messages": "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"by event\"}]}]" });
    event["events"] = json!([{ "name": "gen_ai.client.inference.operation.details", "attributes": attributes(&captured) }]);
    let mut older = model.clone();
    older["gen_ai.prompt.0.role"] = "user".into();
    older["gen_ai.prompt.0.content"] = "by number".into();
    older["gen_ai.completion.0.content"] = "answered".into();
    older["gen_ai.completion.0.tool_calls.0.name"] = "look".into();
    spans(
        &collector,
        json!([
            event,
            span(2, 2, 0, "chat m", &model),
            span(3, 3, 0, "chat m", &model),
            span(4, 4, 0, "chat m", &older)
        ]),
    )
    .await;
    let log = |trace: u8, name: &str, of: Value, body: Value| {
        json!({ "timeUnixNano": "1700000000000000000", "eventName": name, "attributes": of, "body": body,
            "traceId": format!("{trace:02x}").repeat(16), "spanId": format!("{trace:02x}").repeat(8) })
    };
    let text = |words: &str| json!({ "stringValue": words });
    let part = json!([{ "key": "type", "value": text("text") }, { "key": "content", "value": text("structured") }]);
    let part = json!({ "kvlistValue": { "values": part } });
    let message = json!([{ "key": "role", "value": text("user") }, { "key": "parts", "value": { "arrayValue": { "values": [part] } } }]);
    let messages =
        json!({ "arrayValue": { "values": [{ "kvlistValue": { "values": message } }] } });
    let records = json!([
        log(
            2,
            "gen_ai.client.inference.operation.details",
            json!([{ "key": "gen_ai.input.messages", "value": messages }]),
            Value::Null
        ),
        log(
            3,
            "gen_ai.user.message",
            json!([]),
            json!({ "kvlistValue": { "values": [{ "key": "content", "value": text("by body") }] } })
        ),
        log(
            3,
            "gen_ai.choice",
            json!([]),
            text("{\"index\":0,\"message\":{\"content\":\"chosen\"}}")
        ),
        log(3, "exception", json!([]), text("not a message")),
    ]);
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] });
    send(&collector, "/v1/logs", body).await;
    for (trace, expected) in [
        (1, vec!["user by event"]),
        (2, vec!["user structured"]),
        (3, vec!["user by body", "assistant chosen"]),
        (4, vec!["user by number", "assistant answered"]),
    ] {
        let path = format!(
            "/api/conversation?trace={}",
            format!("{trace:02x}").repeat(16)
        );
        let found = ask(&collector, &path).await;
        let messages = found["steps"][0]["messages"].as_array().unwrap().iter();
        let messages: Vec<_> = messages
            .map(|one| {
                format!(
                    "{} {}",
                    one["role"].as_str().unwrap(),
                    one["parts"][0]["text"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(messages, expected, "{found}");
    }
    let found = ask(
        &collector,
        &format!("/api/conversation?trace={}", "04".repeat(16)),
    )
    .await;
    assert_eq!(found["steps"][0]["messages"][1]["parts"][1]["name"], "look");
    collector.shutdown().await;
}

#[tokio::test]
async fn what_is_hostile_is_cut_and_what_is_not_there_is_told() {
    let collector = start().await;
    let deep = "[".repeat(100_000);
    let many: Value = (0..2000).map(|i| json!({ "role": "user", "parts": [{ "type": "text", "content": format!("{i} {}", "x".repeat(20)) }] })).collect();
    let spans_of = |trace: u8, input: String| {
        let of = json!({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "m".repeat(9000),
            "gen_ai.conversation.id": "c".repeat(9000), "gen_ai.input.messages": input,
            "gen_ai.usage.input_tokens": -3.5, "otelier.gen_ai.cost": "NaN" });
        span(trace, trace, 0, "chat", &of)
    };
    // A span that is above itself.
    let mut circle = spans_of(3, "words".into());
    circle["parentSpanId"] = circle["spanId"].clone();
    spans(
        &collector,
        json!([
            spans_of(1, deep),
            spans_of(2, many.to_string()),
            circle,
            spans_of(4, "y".repeat(2 << 20))
        ]),
    )
    .await;
    let found = ask(&collector, "/api/conversations").await;
    assert_eq!(found["total"], 1);
    let talk = &found["conversations"][0];
    assert_eq!(
        (&talk["inputTokens"], &talk["cost"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(talk["models"][0].as_str().unwrap().chars().count(), 201);
    let id = talk["conversationId"].as_str().unwrap();
    assert_eq!(id.chars().count(), 1001);
    let id = id.replace('…', "%E2%80%A6");
    let all = ask(&collector, &format!("/api/conversation?id={id}")).await;
    let lengths: Vec<_> = (all["steps"].as_array().unwrap().iter())
        .map(|step| {
            let messages = step["messages"].as_array().unwrap();
            let longest = messages
                .iter()
                .map(|one| one["parts"][0]["text"].as_str().unwrap().len());
            (messages.len(), longest.max().unwrap() <= (16 << 10) + 3)
        })
        .collect();
    assert_eq!(lengths, [(1, true), (500, true), (1, true), (1, true)]);
    for (path, status) in [
        ("/api/conversation?id=nobody", 404),
        ("/api/conversation?trace=ffffffff", 404),
        ("/api/conversation", 400),
        ("/api/conversation?id=a&trace=b", 400),
        ("/api/conversation?trace=xyz", 400),
    ] {
        assert_eq!(
            get(collector.http_addr(), path).await.status,
            status,
            "{path}"
        );
    }
    collector.shutdown().await;
}
