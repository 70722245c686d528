//! The record of one message, and its end.

use std::{borrow::Cow, sync::Arc, time::Duration};

use opentelemetry::{KeyValue, trace::SpanKind};
use otelier_core::{
    Message as Said, Outcome, Record,
    edge::{Recorder, Span},
};
use rmcp::{ErrorData, model::CallToolResult};

use super::{
    super::content::Content,
    instruments::{Instruments, STATUS_CODE, TOOL_ERROR, label},
};

/// What is written when a message was answered.
pub(crate) struct Operation {
    pub(super) recorder: Arc<Recorder<Instruments>>,
    pub(super) span: Span,
    pub(super) kind: SpanKind,
    pub(super) labels: Vec<KeyValue>,
    /// What a tool got and returned, where that is asked for.
    pub(super) content: Option<Box<Content>>,
}

impl Operation {
    /// Takes down what was answered. A tool may say that it failed.
    pub(super) fn done(&mut self, result: Option<&CallToolResult>) -> Outcome {
        let Some(result) = result else {
            return Outcome::Done;
        };
        if let Some(content) = &mut self.content {
            content.answered(result);
        }
        if result.is_error == Some(true) {
            Outcome::Failed(TOOL_ERROR.into())
        } else {
            Outcome::Done
        }
    }

    /// Takes down the code of an error.
    pub(super) fn told(&mut self, error: &ErrorData) -> String {
        let code = label(&self.recorder.instruments.names, &error.code.0.to_string());
        let status = KeyValue::new(STATUS_CODE, code.clone());
        self.span.tell(|span| span.set_attribute(status.clone()));
        self.labels.push(status);
        code
    }

    pub(super) fn fail(&self, error: &ErrorData, code: &str) -> Outcome {
        if self.span.is_recording() {
            self.span.fail(Said::of(&error.message), code);
        }
        Outcome::Failed(Cow::Owned(code.to_owned()))
    }
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let instruments = &self.recorder.instruments;
        let duration = match self.kind {
            SpanKind::Server => &instruments.server,
            _ => &instruments.client,
        };
        self.labels.extend(outcome.label());
        if let Some(content) = self.content.take() {
            let besides = outcome.label().into_iter().collect();
            (*content).end(&self.span, &self.recorder, besides);
        }
        self.span.end_by(outcome, elapsed);
        let sampled = || self.span.sampled();
        duration.record(elapsed.as_secs_f64(), sampled, &self.labels);
    }
}
