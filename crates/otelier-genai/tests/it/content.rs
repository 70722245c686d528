//! What was asked and answered: never unless it is asked for, and then without secrets.

use std::{convert::Infallible, io};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use opentelemetry::Value;
use otelier_core::{Conventions, Propagation};
use otelier_genai::{Config, ContentCapture, GenAiLayer, Inference, Message, Tool};
use otelier_testing::{Log, Telemetry, capture, capture_with};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::text;

const EVENT: &str = "gen_ai.client.inference.operation.details";

fn capturing(content: ContentCapture) -> Telemetry {
    let mut conventions = Conventions::default();
    conventions.gen_ai_content = content;
    capture_with(Propagation::none(), conventions)
}

fn event(telemetry: &Telemetry) -> Log {
    let logs = telemetry.logs();
    let mut events = logs
        .iter()
        .filter(|log| log.event.as_deref() == Some(EVENT));
    let event = events
        .next()
        .unwrap_or_else(|| panic!("no event: {logs:#?}"));
    assert!(events.next().is_none(), "more than one");
    event.clone()
}

fn said(log: &Log, key: &str) -> String {
    log.get(key).map_or("-".to_owned(), |value| match value {
        Value::String(text) => text.as_str().to_owned(),
        value => value.to_string(),
    })
}

/// Has a service of tower ask, and answers with these parts.
async fn ask(config: Config, path: &str, asked: &str, kind: &str, parts: Vec<&[u8]>) -> Vec<u8> {
    let answer = service_fn(async |_: Request<Full<Bytes>>| {
        let parts = parts.iter().map(|part| Bytes::copy_from_slice(part));
        let frames = parts.map(|part| Ok::<_, Infallible>(http_body::Frame::data(part)));
        let body = StreamBody::new(stream::iter(frames.collect::<Vec<_>>()));
        let answer = Response::builder().header("content-type", kind);
        Ok::<_, Infallible>(answer.body(body).unwrap())
    });
    let layer = GenAiLayer::with_config(config.with_host("llm.example", "own"));
    let request = Request::post(format!("https://llm.example{path}"));
    let request = request.body(Full::from(asked.to_owned())).unwrap();
    let answer = layer.layer(answer).oneshot(request).await.unwrap();
    answer
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}

struct Api {
    path: &'static str,
    asked: &'static str,
    input: &'static str,
    instructions: &'static str,
    definitions: &'static str,
    /// Type and body of an answer, as often as there are ways to answer the same.
    answers: &'static [(&'static str, &'static str)],
    output: &'static str,
}

const SSE: &str = "text/event-stream";
const JSON: &str = "application/json";

const APIS: [Api; 6] = [
    Api {
        path: "/v1/chat/completions",
        asked: r#"{"model":"m","messages":[{"role":"system","content":"keep a shop"},
            {"role":"user","content":[{"type":"text","text":"what is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                {"type":"image_url","image_url":{"url":"https://a.example/b.png"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"stock","arguments":"{\"of\":\"bread\"}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"{\"loaves\":12}"}],
            "tools":[{"type":"function","function":{"name":"stock","description":"counts","parameters":{"type":"object"}}}]}"#,
        input: concat!(
            r#"[{"parts":[{"content":"keep a shop","type":"text"}],"role":"system"},"#,
            r#"{"parts":[{"content":"what is this?","type":"text"},{"content":"","mime_type":"image/png","modality":"image","type":"blob"},"#,
            r#"{"modality":"image","type":"uri","uri":"https://a.example/b.png"}],"role":"user"},"#,
            r#"{"parts":[{"arguments":{"of":"bread"},"id":"c1","name":"stock","type":"tool_call"}],"role":"assistant"},"#,
            r#"{"parts":[{"id":"c1","response":{"loaves":12},"type":"tool_call_response"}],"role":"tool"}]"#,
        ),
        instructions: "-",
        definitions: r#"[{"description":"counts","name":"stock","parameters":{"type":"object"},"type":"function"}]"#,
        answers: &[
            (
                JSON,
                r#"{"choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"hm","content":"bread","tool_calls":[
                {"id":"c2","type":"function","function":{"name":"sell","arguments":"{\"n\":1}"}}]},"finish_reason":"stop"},
                {"index":1,"message":{"role":"assistant","content":"a loaf"},"finish_reason":"length"}]}"#,
            ),
            (
                SSE,
                concat!(
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"h\"}}]}\n\n",
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"m\"}},{\"index\":1,\"delta\":{\"content\":\"a lo\"}}]}\n\n",
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"bre\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ad\"}}]}\n\n",
                    "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"af\"}},{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c2\",\"function\":{\"name\":\"sell\",\"arguments\":\"\"}}]}}]}\n\n",
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"n\\\"\"}}]}}]}\n\n",
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]},\"finish_reason\":\"stop\"}]}\n\n",
                    "data: [DONE]\n\n",
                ),
            ),
        ],
        output: concat!(
            r#"[{"parts":[{"content":"hm","type":"reasoning"},{"content":"bread","type":"text"},{"arguments":{"n":1},"id":"c2","name":"sell","type":"tool_call"}],"role":"assistant"},"#,
            r#"{"parts":[{"content":"a loaf","type":"text"}],"role":"assistant"}]"#,
        ),
    },
    Api {
        path: "/v1/completions",
        asked: r#"{"model":"m","prompt":"once upon"}"#,
        input: r#"[{"parts":[{"content":"once upon","type":"text"}],"role":"user"}]"#,
        instructions: "-",
        definitions: "-",
        answers: &[
            (JSON, r#"{"choices":[{"index":0,"text":" a time"}]}"#),
            (
                SSE,
                "data: {\"choices\":[{\"index\":0,\"text\":\" a\"}]}\n\ndata: {\"choices\":[{\"index\":0,\"text\":\" time\"}]}\n\n",
            ),
        ],
        output: r#"[{"parts":[{"content":" a time","type":"text"}],"role":"assistant"}]"#,
    },
    Api {
        path: "/v1/responses",
        asked: r#"{"model":"m","instructions":"keep a shop","tools":[{"type":"function","name":"stock","parameters":{"type":"object"}},{"type":"web_search"}],
            "input":[{"role":"user","content":[{"type":"input_text","text":"what?"}]},
                {"type":"function_call","call_id":"c1","name":"stock","arguments":"{\"of\":\"bread\"}"},
                {"type":"function_call_output","call_id":"c1","output":"12"}]}"#,
        input: concat!(
            r#"[{"parts":[{"content":"what?","type":"text"}],"role":"user"},"#,
            r#"{"parts":[{"arguments":{"of":"bread"},"id":"c1","name":"stock","type":"tool_call"}],"role":"assistant"},"#,
            r#"{"parts":[{"id":"c1","response":"12","type":"tool_call_response"}],"role":"tool"}]"#,
        ),
        instructions: r#"[{"content":"keep a shop","type":"text"}]"#,
        definitions: r#"[{"name":"stock","parameters":{"type":"object"},"type":"function"},{"name":"web_search","type":"web_search"}]"#,
        answers: &[
            (
                JSON,
                r#"{"id":"r","status":"completed","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},
                {"type":"message","content":[{"type":"output_text","text":"bread"}]},{"type":"function_call","call_id":"c2","name":"sell","arguments":"{\"n\":1}"}]}"#,
            ),
            (
                SSE,
                concat!(
                    "data: {\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":0,\"delta\":\"hm\"}\n\n",
                    "data: {\"type\":\"response.output_text.delta\",\"output_index\":1,\"delta\":\"bre\"}\n\n",
                    "data: {\"type\":\"response.output_text.delta\",\"output_index\":1,\"delta\":\"ad\"}\n\n",
                    "data: {\"type\":\"response.output_item.added\",\"output_index\":2,\"item\":{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"sell\",\"arguments\":\"\"}}\n\n",
                    "data: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":2,\"delta\":\"{\\\"n\\\":1}\"}\n\n",
                ),
            ),
            (
                SSE,
                concat!(
                    "data: {\"type\":\"response.output_text.delta\",\"output_index\":1,\"delta\":\"bre\"}\n\n",
                    "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"hm\"}]},",
                    "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"bread\"}]},{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"sell\",\"arguments\":\"{\\\"n\\\":1}\"}]}}\n\n",
                ),
            ),
        ],
        output: r#"[{"parts":[{"content":"hm","type":"reasoning"},{"content":"bread","type":"text"},{"arguments":{"n":1},"id":"c2","name":"sell","type":"tool_call"}],"role":"assistant"}]"#,
    },
    Api {
        path: "/v1/messages",
        asked: r#"{"model":"m","system":[{"type":"text","text":"keep a shop"}],"tools":[{"name":"stock","description":"counts","input_schema":{"type":"object"}}],
            "messages":[{"role":"user","content":"what?"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"tool_use","id":"c1","name":"stock","input":{"of":"bread"}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"12"}]},
                {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}}]}]}"#,
        input: concat!(
            r#"[{"parts":[{"content":"what?","type":"text"}],"role":"user"},"#,
            r#"{"parts":[{"content":"hm","type":"reasoning"},{"arguments":{"of":"bread"},"id":"c1","name":"stock","type":"tool_call"}],"role":"assistant"},"#,
            r#"{"parts":[{"id":"c1","response":"12","type":"tool_call_response"},{"content":"","mime_type":"image/jpeg","modality":"image","type":"blob"}],"role":"user"}]"#,
        ),
        instructions: r#"[{"content":"keep a shop","type":"text"}]"#,
        definitions: r#"[{"description":"counts","name":"stock","parameters":{"type":"object"},"type":"function"}]"#,
        answers: &[
            (
                JSON,
                r#"{"id":"a","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"bread"},{"type":"tool_use","id":"c2","name":"sell","input":{"n":1}}]}"#,
            ),
            (
                SSE,
                concat!(
                    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"a\",\"role\":\"assistant\",\"content\":[]}}\n\n",
                    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n",
                    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n",
                    "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
                    "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"bre\"}}\n\n",
                    "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"ad\"}}\n\n",
                    "data: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"sell\",\"input\":{}}}\n\n",
                    "data: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"n\\\":\"}}\n\n",
                    "data: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n",
                ),
            ),
        ],
        output: r#"[{"parts":[{"content":"hm","type":"reasoning"},{"content":"bread","type":"text"},{"arguments":{"n":1},"id":"c2","name":"sell","type":"tool_call"}],"role":"assistant"}]"#,
    },
    Api {
        path: "/v1beta/models/m:generateContent",
        asked: r#"{"systemInstruction":{"parts":[{"text":"keep a shop"}]},"tools":[{"functionDeclarations":[{"name":"stock","parameters":{"type":"OBJECT"}}]}],
            "contents":[{"role":"user","parts":[{"text":"what?"},{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}},{"fileData":{"mimeType":"video/mp4","fileUri":"gs://b/c"}}]},
            {"role":"model","parts":[{"functionCall":{"name":"stock","args":{"of":"bread"}}}]},{"role":"user","parts":[{"functionResponse":{"name":"stock","response":{"loaves":12}}}]}]}"#,
        input: concat!(
            r#"[{"parts":[{"content":"what?","type":"text"},{"content":"","mime_type":"audio/wav","modality":"audio","type":"blob"},{"mime_type":"video/mp4","modality":"video","type":"uri","uri":"gs://b/c"}],"role":"user"},"#,
            r#"{"parts":[{"arguments":{"of":"bread"},"name":"stock","type":"tool_call"}],"role":"assistant"},"#,
            r#"{"parts":[{"id":"stock","response":{"loaves":12},"type":"tool_call_response"}],"role":"user"}]"#,
        ),
        instructions: r#"[{"content":"keep a shop","type":"text"}]"#,
        definitions: r#"[{"name":"stock","parameters":{"type":"OBJECT"},"type":"function"}]"#,
        answers: &[
            (
                JSON,
                r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"bread"},{"functionCall":{"name":"sell","args":{"n":1}}}]}}]}"#,
            ),
            (
                SSE,
                concat!(
                    "data: {\"candidates\":[{\"index\":0,\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true},{\"text\":\"bre\"}]}}]}\r\n\r\n",
                    "data: {\"candidates\":[{\"index\":0,\"content\":{\"parts\":[{\"text\":\"ad\"},{\"functionCall\":{\"name\":\"sell\",\"args\":{\"n\":1}}}]}}]}\r\n\r\n",
                ),
            ),
            (
                JSON,
                r#"[{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"bread"}]}}]},
                {"candidates":[{"content":{"parts":[{"functionCall":{"name":"sell","args":{"n":1}}}]}}]}]"#,
            ),
        ],
        output: r#"[{"parts":[{"content":"hm","type":"reasoning"},{"content":"bread","type":"text"},{"arguments":{"n":1},"name":"sell","type":"tool_call"}],"role":"assistant"}]"#,
    },
    Api {
        path: "/api/chat",
        asked: r#"{"model":"m","messages":[{"role":"user","content":"what?","images":["AAAA"]},{"role":"tool","tool_name":"stock","content":"12"}]}"#,
        input: concat!(
            r#"[{"parts":[{"content":"what?","type":"text"},{"content":"","modality":"image","type":"blob"}],"role":"user"},"#,
            r#"{"parts":[{"id":"stock","response":"12","type":"tool_call_response"}],"role":"tool"}]"#,
        ),
        instructions: "-",
        definitions: "-",
        answers: &[
            (
                JSON,
                r#"{"message":{"role":"assistant","thinking":"hm","content":"bread","tool_calls":[{"function":{"name":"sell","arguments":{"n":1}}}]},"done":true}"#,
            ),
            (
                "application/x-ndjson",
                concat!(
                    "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n",
                    "{\"message\":{\"role\":\"assistant\",\"content\":\"bre\"},\"done\":false}\n{\"message\":{\"role\":\"assistant\",\"content\":\"ad\"},\"done\":false}\n",
                    "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"sell\",\"arguments\":{\"n\":1}}}]},\"done\":true}\n",
                ),
            ),
        ],
        output: r#"[{"parts":[{"content":"hm","type":"reasoning"},{"content":"bread","type":"text"},{"arguments":{"n":1},"name":"sell","type":"tool_call"}],"role":"assistant"}]"#,
    },
];

#[tokio::test]
async fn what_each_api_asks_and_answers_is_told_in_the_form_of_the_conventions() {
    for api in APIS {
        for (kind, answer) in api.answers {
            let single: Vec<_> = answer.as_bytes().chunks(1).collect();
            for parts in [vec![answer.as_bytes()], single] {
                let telemetry = capturing(ContentCapture::Events);
                let passed = ask(Config::new(), api.path, api.asked, kind, parts).await;
                assert_eq!(passed, answer.as_bytes());
                let event = event(&telemetry);
                for (key, expected) in [
                    ("gen_ai.input.messages", api.input),
                    ("gen_ai.system_instructions", api.instructions),
                    ("gen_ai.tool.definitions", api.definitions),
                    ("gen_ai.output.messages", api.output),
                    ("gen_ai.provider.name", "own"),
                    ("gen_ai.request.model", "m"),
                    ("server.address", "llm.example"),
                ] {
                    assert_eq!(said(&event, key), expected, "{} {kind} {key}", api.path);
                }
                assert_eq!(event.level, "DEBUG");
                let spans = telemetry.spans();
                assert_eq!(event.span_id, Some(spans[0].span_id));
                let spans = format!("{spans:?}");
                assert!(
                    !spans.contains("bread") && !spans.contains("what"),
                    "{spans}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nothing_of_it_is_kept_unless_it_is_asked_for() {
    for api in APIS {
        for (kind, answer) in api.answers {
            let telemetry = capture();
            ask(
                Config::new(),
                api.path,
                api.asked,
                kind,
                vec![answer.as_bytes()],
            )
            .await;
            assert_nothing(&telemetry);
        }
    }
    let telemetry = capture();
    Inference::new("own", "chat", "m")
        .with_messages(|| -> [Message; 0] { panic!("nobody asked") })
        .with_instructions(|| -> String { panic!("nobody asked") })
        .with_tools(|| -> String { panic!("nobody asked") })
        .run(async |call| {
            call.answer(|| panic!("nobody asked"));
            call.text(|| -> String { panic!("nobody asked") });
            io::Result::Ok(())
        })
        .await
        .unwrap();
    Tool::new("stock")
        .with_arguments(|| -> String { panic!("nobody asked") })
        .run(async |call| {
            call.result(|| -> String { panic!("nobody asked") });
            io::Result::Ok(())
        })
        .await
        .unwrap();
    assert_nothing(&telemetry);
    // What the environment asks for, code may refuse.
    let telemetry = capturing(ContentCapture::EventsAndSpans);
    let api = &APIS[0];
    let config = Config::new().with_content(ContentCapture::Nowhere);
    let (kind, answer) = api.answers[0];
    ask(config, api.path, api.asked, kind, vec![answer.as_bytes()]).await;
    Tool::new("stock")
        .with_content(ContentCapture::Nowhere)
        .with_arguments(|| "what")
        .run(async |_| io::Result::Ok(()))
        .await
        .unwrap();
    assert_nothing(&telemetry);
}

fn assert_nothing(telemetry: &Telemetry) {
    assert!(telemetry.logs().is_empty(), "{:?}", telemetry.logs());
    let spans = format!("{:?}", telemetry.spans());
    for word in ["bread", "what", "shop", "messages", "definitions"] {
        assert!(!spans.contains(word), "{word}: {spans}");
    }
}

#[tokio::test]
async fn guards_tell_what_the_program_gives_them() {
    let telemetry = capture();
    let answer = Inference::new("own", "chat", "m")
        .with_content(ContentCapture::EventsAndSpans)
        .with_conversation("c-1")
        .with_instructions(|| "keep a shop")
        .with_tools(|| r#"[{"type":"function","name":"stock"}]"#)
        .with_messages(|| {
            [
                Message::user("what?"),
                Message::assistant("").with_tool_call("c1", "stock", r#"{"of":"bread"}"#),
                Message::tool("c1", "12"),
            ]
        })
        .run(async |call| {
            let teller = call.clone();
            let bits = stream::iter(["bre", "ad"].map(io::Result::Ok));
            let told = bits.inspect(move |bit| teller.text(|| bit.as_ref().copied().unwrap_or("")));
            io::Result::Ok(call.stream(told))
        })
        .await
        .unwrap();
    assert_eq!(answer.count().await, 2);
    let event = event(&telemetry);
    let span = telemetry.span("chat m");
    for (key, expected) in [
        (
            "gen_ai.input.messages",
            r#"[{"parts":[{"content":"what?","type":"text"}],"role":"user"},{"parts":[{"arguments":{"of":"bread"},"id":"c1","name":"stock","type":"tool_call"}],"role":"assistant"},{"parts":[{"id":"c1","response":"12","type":"tool_call_response"}],"role":"tool"}]"#,
        ),
        (
            "gen_ai.output.messages",
            r#"[{"parts":[{"content":"bread","type":"text"}],"role":"assistant"}]"#,
        ),
        (
            "gen_ai.system_instructions",
            r#"[{"content":"keep a shop","type":"text"}]"#,
        ),
        (
            "gen_ai.tool.definitions",
            r#"[{"name":"stock","type":"function"}]"#,
        ),
    ] {
        assert_eq!(said(&event, key), expected, "{key}");
        assert_eq!(text(&span, key), expected, "{key}");
    }
    assert_eq!(said(&event, "gen_ai.conversation.id"), "c-1");
    assert_eq!(said(&event, "gen_ai.operation.name"), "chat");
}

#[tokio::test]
async fn each_answer_is_one_message_and_an_error_is_told_beside_it() {
    let telemetry = capturing(ContentCapture::Events);
    let failed = Inference::new("own", "chat", "m").run(async |call| {
        call.answer(|| Message::assistant("bread").with_reasoning("hm"));
        call.answer(|| Message::assistant("a loaf"));
        call.response_id("r-1");
        Err::<(), _>(io::Error::other("gone"))
    });
    failed.await.unwrap_err();
    let event = event(&telemetry);
    assert_eq!(
        said(&event, "gen_ai.output.messages"),
        r#"[{"parts":[{"content":"bread","type":"text"},{"content":"hm","type":"reasoning"}],"role":"assistant"},{"parts":[{"content":"a loaf","type":"text"}],"role":"assistant"}]"#
    );
    assert_eq!(said(&event, "error.type"), "std::io::Error");
    assert_eq!(said(&event, "gen_ai.response.id"), "r-1");
}

#[tokio::test]
async fn a_tool_tells_what_it_got_and_returned_in_its_span_or_an_event_of_its_own() {
    for (place, has_event, has_span) in [
        (ContentCapture::Events, true, false),
        (ContentCapture::Spans, false, true),
    ] {
        let telemetry = capturing(place);
        Tool::new("login")
            .with_call("c1")
            .with_arguments(|| r#"{"name":"mia","password":"hunter2"}"#)
            .run(async |call| {
                call.result(|| "token=hunter2");
                io::Result::Ok(())
            })
            .await
            .unwrap();
        let expected = [
            (
                "gen_ai.tool.call.arguments",
                r#"{"name":"mia","password":"[REDACTED]"}"#,
            ),
            ("gen_ai.tool.call.result", "token=[REDACTED]"),
        ];
        let logs = telemetry.logs();
        assert_eq!(logs.len(), usize::from(has_event));
        let span = telemetry.span("execute_tool login");
        for (key, value) in expected {
            if let Some(event) = logs.first() {
                assert_eq!(event.event.as_deref(), Some("otelier.gen_ai.tool.details"));
                assert_eq!(said(event, key), value);
                assert_eq!(said(event, "gen_ai.tool.call.id"), "c1");
                assert_eq!(said(event, "gen_ai.tool.name"), "login");
            }
            let quoted = format!("{value:?}");
            let as_json = if value.starts_with('{') {
                value
            } else {
                &quoted
            };
            assert_eq!(text(&span, key), if has_span { as_json } else { "-" });
        }
    }
}

#[tokio::test]
async fn secrets_are_masked_also_where_a_stream_splits_them_and_what_is_large_is_cut() {
    let telemetry = capturing(ContentCapture::EventsAndSpans);
    let asked = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"my password=hunter2"}},{{"role":"user","content":"{}"}},
            {{"role":"assistant","tool_calls":[{{"id":"c","function":{{"name":"f","arguments":"{{\"api_key\":\"hunter2\"}}"}}}}]}}]}}"#,
        "long ".repeat(30_000)
    );
    let mut answer = ["sk-proj-abcdefgh", "ijklmnopqrstuvwxyz0123456789", " hun"]
        .map(|bit| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{bit}\"}}}}]}}\n\n"))
        .concat();
    answer.push_str(
        &"data: {\"choices\":[{\"delta\":{\"content\":\" and so on\"}}]}\n\n".repeat(20_000),
    );
    let parts = answer.as_bytes().chunks(1_000).collect();
    let passed = ask(Config::new(), "/v1/chat/completions", &asked, SSE, parts).await;
    assert_eq!(passed.len(), answer.len());
    let event = event(&telemetry);
    let (input, output) = (
        said(&event, "gen_ai.input.messages"),
        said(&event, "gen_ai.output.messages"),
    );
    for told in [&input, &output, &format!("{:?}", telemetry.spans())] {
        assert!(
            !told.contains("hunter2") && !told.contains("ijklmnop"),
            "{told}"
        );
    }
    assert!(
        input.len() < 70_000 && input.contains("truncated"),
        "{}",
        input.len()
    );
    assert!(
        input.contains(r#""arguments":{"api_key":"[REDACTED]"}"#),
        "{}",
        &input[input.len() - 200..]
    );
    assert!(
        output.len() < 70_000 && output.contains("left_out"),
        "{}",
        output.len()
    );
    let span = telemetry.span("chat m");
    for key in ["gen_ai.input.messages", "gen_ai.output.messages"] {
        let told = text(&span, key);
        assert!(told.len() <= 16_384, "{}", told.len());
        assert!(told.starts_with("[{") && told.ends_with("}]"), "{told}");
    }
}

#[tokio::test]
async fn what_is_no_message_of_any_kind_is_told_as_what_it_is_and_harms_nobody() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for asked in [
        r#"{"model":"m","messages":[1,null,{},[],"a",{"role":7,"content":{"type":"new_thing","secret":"x"}}],"tools":7}"#.to_owned(),
        r#"{"model":"m","messages":{"role":"user"},"system":{},"input":[[]],"contents":[[]]}"#.to_owned(),
        format!(r#"{{"model":"m","messages":{deep}}}"#),
        r#"{"model":"m","messages":"#.to_owned(),
    ] {
        for (path, kind) in [("/v1/chat/completions", SSE), ("/v1/responses", JSON), ("/v1/messages", SSE), ("/v1beta/models/m:generateContent", JSON), ("/api/chat", "application/x-ndjson")] {
            for answer in [
                "data: {\"choices\":[1,{\"delta\":[]},{\"index\":-1,\"delta\":{\"content\":{\"a\":1},\"tool_calls\":[{}]}}]}\n\n",
                r#"{"output":[[],{"type":"message","content":7}],"content":1,"message":[],"candidates":[{"content":{"parts":[{},7]}}]}"#,
                "data: ]]]{{{\n\n",
            ] {
                let telemetry = capturing(ContentCapture::Events);
                let passed = ask(Config::new(), path, &asked, kind, vec![answer.as_bytes()]).await;
                assert_eq!(passed, answer.as_bytes());
                let logs = format!("{:?}", telemetry.logs());
                assert!(!logs.contains("\"x\""), "{logs}");
                assert_eq!(telemetry.spans().len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn a_call_of_a_tool_in_a_stream_is_whole_whoever_numbers_it() {
    for (path, answer, output) in [
        // As Gemini numbers them where it speaks like OpenAI.
        (
            "/v1/chat/completions",
            concat!(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"stock\",\"arguments\":\"{\\\"of\\\":1}\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"sell\",\"arguments\":\"{\\\"of\\\"\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"arguments\":\":2\"}}]}}]}\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]}}]}\n\n",
            ),
            r#"[{"parts":[{"arguments":{"of":1},"id":"a","name":"stock","type":"tool_call"},{"arguments":{"of":2},"id":"b","name":"sell","type":"tool_call"}],"role":"assistant"}]"#,
        ),
        // Anthropic's own tools are told bit by bit, too.
        (
            "/v1/messages",
            concat!(
                "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\",\"input\":{}}}\n\n",
                "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"q\\\":\"}}\n\n",
                "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"7}\"}}\n\n",
            ),
            r#"[{"parts":[{"arguments":{"q":7},"id":"s","name":"web_search","type":"tool_call"}],"role":"assistant"}]"#,
        ),
    ] {
        let telemetry = capturing(ContentCapture::Events);
        let asked = r#"{"model":"m"}"#;
        ask(Config::new(), path, asked, SSE, vec![answer.as_bytes()]).await;
        let told = said(&event(&telemetry), "gen_ai.output.messages");
        assert_eq!(told, output, "{path}");
    }
}

#[tokio::test]
async fn of_a_large_request_all_is_told_but_what_it_says() {
    let telemetry = capturing(ContentCapture::Events);
    let asked = format!(
        r#"{{"messages":[{{"role":"user","content":"{}"}}],"model":"m"}}"#,
        "x".repeat(300_000)
    );
    let answer = r#"{"choices":[{"index":0,"message":{"content":"hi"}}]}"#;
    let parts = vec![answer.as_bytes()];
    ask(Config::new(), "/v1/chat/completions", &asked, JSON, parts).await;
    let event = event(&telemetry);
    assert_eq!(said(&event, "gen_ai.input.messages"), "-");
    assert!(said(&event, "gen_ai.output.messages").contains("hi"));
}

#[tokio::test]
async fn a_stream_that_is_left_tells_what_it_said_so_far() {
    let telemetry = capturing(ContentCapture::Events);
    let answer = service_fn(async |_: Request<Full<Bytes>>| {
        let first = "data: {\"choices\":[{\"delta\":{\"content\":\"bre\"}}]}\n\n";
        let first = stream::iter([Ok::<_, Infallible>(http_body::Frame::data(Bytes::from(
            first,
        )))]);
        let body = StreamBody::new(first.chain(stream::pending()));
        Ok::<_, Infallible>(
            Response::builder()
                .header("content-type", SSE)
                .body(body)
                .unwrap(),
        )
    });
    let request = Request::post("https://api.openai.com/v1/chat/completions");
    let request = request.body(Full::from(r#"{"model":"m"}"#)).unwrap();
    let answer = GenAiLayer::new()
        .layer(answer)
        .oneshot(request)
        .await
        .unwrap();
    let mut body = answer.into_body();
    assert!(body.frame().await.is_some());
    drop(body);
    assert_eq!(
        said(&event(&telemetry), "gen_ai.output.messages"),
        r#"[{"parts":[{"content":"bre","type":"text"}],"role":"assistant"}]"#
    );
}
