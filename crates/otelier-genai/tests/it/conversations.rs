//! Conversations that calls belong to without being told.

use std::{convert::Infallible, io};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use otelier_genai::{Agent, Embeddings, GenAiLayer, Inference, Tool, conversation};
use otelier_testing::capture;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::text;

async fn ask(model: &'static str) {
    let call = Inference::new("own", "chat", model).run(async |_| io::Result::Ok(()));
    call.await.unwrap();
}

async fn pass_by() {
    let model = service_fn(async |_: Request<Full<Bytes>>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let asked = Request::post("https://api.openai.com/v1/chat/completions");
    let asked = asked.body(Full::from(r#"{"model":"passing"}"#)).unwrap();
    GenAiLayer::new().layer(model).oneshot(asked).await.unwrap();
}

#[tokio::test]
async fn what_is_below_a_conversation_belongs_to_it_unless_it_is_told_another() {
    let telemetry = capture();
    conversation("c-1", async {
        ask("guarded").await;
        pass_by().await;
        let tool = Tool::new("stock").run(async |_| io::Result::Ok(()));
        tool.await.unwrap();
        let vectors = Embeddings::new("own", "vectors").run(async |_| io::Result::Ok(()));
        vectors.await.unwrap();
        let told = Inference::new("own", "chat", "told").with_conversation("c-2");
        told.run(async |_| io::Result::Ok(())).await.unwrap();
        conversation("c-3", ask("inner")).await;
        let agent = Agent::new("planner").with_conversation("c-4");
        let agent = agent.run(async |_| {
            ask("planned").await;
            io::Result::Ok(())
        });
        agent.await.unwrap();
        ask("after").await;
    })
    .await;
    ask("outside").await;
    for (name, id) in [
        ("chat guarded", "c-1"),
        ("chat passing", "c-1"),
        ("execute_tool stock", "c-1"),
        ("embeddings vectors", "-"),
        ("chat told", "c-2"),
        ("chat inner", "c-3"),
        ("invoke_agent planner", "c-4"),
        ("chat planned", "c-4"),
        ("chat after", "c-1"),
        ("chat outside", "-"),
    ] {
        let span = telemetry.span(name);
        assert_eq!(text(&span, "gen_ai.conversation.id"), id, "{name}");
    }
}

#[tokio::test]
async fn a_secret_in_the_id_of_a_conversation_is_masked() {
    let telemetry = capture();
    conversation("password=hunter2", ask("m")).await;
    let span = telemetry.span("chat m");
    let id = text(&span, "gen_ai.conversation.id");
    assert!(!id.contains("hunter2"), "{id}");
}

#[tokio::test]
async fn a_tool_knows_the_agent_that_asked_for_it() {
    let telemetry = capture();
    let tool = || Tool::new("stock").run(async |_| io::Result::Ok(()));
    Agent::new("planner")
        .run(async |_| tool().await)
        .await
        .unwrap();
    tool().await.unwrap();
    let spans = telemetry.spans();
    let agents: Vec<_> = spans
        .iter()
        .filter(|span| span.name == "execute_tool stock")
        .map(|span| text(span, "gen_ai.agent.name"))
        .collect();
    assert_eq!(agents, ["planner", "-"]);
    let duration = telemetry.metric("gen_ai.execute_tool.duration");
    assert_eq!(duration.points.len(), 2);
}
