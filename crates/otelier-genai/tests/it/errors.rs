//! What an error of a guarded call is called.

use std::{error::Error, fmt, io};

use otelier_genai::Inference;
use otelier_testing::capture;

use crate::text;

type Boxed = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}

impl Error for Closed {}

async fn called(error: Boxed) -> String {
    let telemetry = capture();
    let call = Inference::new("own", "chat", "m").run(async |_| Err::<(), _>(error));
    call.await.unwrap_err();
    let duration = telemetry.metric("gen_ai.client.inference.duration");
    let label = duration.points[0].attributes.get("error.type").unwrap();
    let name = text(&telemetry.span("chat m"), "error.type");
    assert_eq!(label.as_str(), name);
    name
}

#[tokio::test]
async fn an_error_in_a_box_has_its_own_name_where_that_is_known() {
    let number = "x".parse::<u8>().unwrap_err();
    assert_eq!(called(number.into()).await, "std::num::ParseIntError");
    assert_eq!(called("no bread".into()).await, "_OTHER");
    let late = io::Error::from(io::ErrorKind::TimedOut);
    assert_eq!(called(late.into()).await, "timeout");
    assert_eq!(called(Closed.into()).await, "_OTHER");
    otelier_core::name_error::<Closed>();
    assert_eq!(called(Closed.into()).await, "it::errors::Closed");
}

#[cfg(feature = "anyhow")]
#[tokio::test]
async fn an_error_of_anyhow_has_the_name_of_what_it_is_made_of() {
    use anyhow::Context as _;
    use otelier_genai::Tool;

    let telemetry = capture();
    let call = Tool::new("stock").run(async |_| "x".parse::<u8>().context("reading the stock"));
    call.await.unwrap_err();
    let span = telemetry.span("execute_tool stock");
    assert_eq!(text(&span, "error.type"), "std::num::ParseIntError");
}
