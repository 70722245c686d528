//! What is known of a message before it is answered.

use rmcp::model::{CallToolRequestParams, ClientRequest};

/// A message, as far as it is recorded.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "only what records reads it")
)]
pub(crate) struct Message<'a> {
    pub(crate) method: &'a str,
    pub(crate) subject: Subject<'a>,
}

/// What a message is about.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "only what records reads it")
)]
pub(crate) enum Subject<'a> {
    Nothing,
    Tool(&'a CallToolRequestParams),
    Prompt(&'a str),
    Resource(&'a str),
}

impl<'a> From<&'a ClientRequest> for Message<'a> {
    fn from(request: &'a ClientRequest) -> Self {
        let subject = match request {
            ClientRequest::CallToolRequest(call) => Subject::Tool(&call.params),
            ClientRequest::GetPromptRequest(get) => Subject::Prompt(&get.params.name),
            ClientRequest::ReadResourceRequest(read) => Subject::Resource(&read.params.uri),
            _ => Subject::Nothing,
        };
        Self {
            method: request.method(),
            subject,
        }
    }
}
