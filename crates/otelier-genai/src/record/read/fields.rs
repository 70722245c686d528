//! What answers say of themselves, by the paths at which each API says it.

use super::{api::Api, scan::Sink};
use crate::{Modality, answer::Answer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Model,
    Finish,
    Status,
    Input,
    Output,
    CacheRead,
    CacheWrite,
    Reasoning,
    InputOf(Modality),
    OutputOf(Modality),
    DetailModality,
    DetailTokens,
    Type,
    Error,
}

/// Where all streams have most of what they are made of.
const CHOICES: &str = "choices.";

fn field(path: &str) -> Option<Field> {
    if let Some(rest) = path.strip_prefix(CHOICES) {
        return (rest == "finish_reason").then_some(Field::Finish);
    }
    Some(match path {
        "id" | "response.id" | "message.id" | "responseId" => Field::Id,
        "model" | "response.model" | "message.model" | "modelVersion" => Field::Model,
        "candidates.finishReason"
        | "delta.stop_reason"
        | "stop_reason"
        | "done_reason"
        | "incomplete_details.reason"
        | "response.incomplete_details.reason" => Field::Finish,
        "status" | "response.status" => Field::Status,
        "usage.prompt_tokens"
        | "usage.input_tokens"
        | "response.usage.input_tokens"
        | "message.usage.input_tokens"
        | "usageMetadata.promptTokenCount"
        | "prompt_eval_count" => Field::Input,
        "usage.completion_tokens"
        | "usage.output_tokens"
        | "response.usage.output_tokens"
        | "message.usage.output_tokens"
        | "usageMetadata.candidatesTokenCount"
        | "eval_count" => Field::Output,
        "usage.prompt_tokens_details.cached_tokens"
        | "usage.input_tokens_details.cached_tokens"
        | "response.usage.input_tokens_details.cached_tokens"
        | "usage.cache_read_input_tokens"
        | "message.usage.cache_read_input_tokens"
        | "usage.prompt_cache_hit_tokens"
        | "usageMetadata.cachedContentTokenCount" => Field::CacheRead,
        "usage.cache_creation_input_tokens" | "message.usage.cache_creation_input_tokens" => {
            Field::CacheWrite
        }
        "usage.completion_tokens_details.reasoning_tokens"
        | "usage.output_tokens_details.reasoning_tokens"
        | "response.usage.output_tokens_details.reasoning_tokens"
        | "usageMetadata.thoughtsTokenCount" => Field::Reasoning,
        "usage.prompt_tokens_details.text_tokens" => Field::InputOf(Modality::Text),
        "usage.prompt_tokens_details.image_tokens" => Field::InputOf(Modality::Image),
        "usage.prompt_tokens_details.audio_tokens" => Field::InputOf(Modality::Audio),
        "usage.completion_tokens_details.text_tokens" => Field::OutputOf(Modality::Text),
        "usage.completion_tokens_details.image_tokens" => Field::OutputOf(Modality::Image),
        "usage.completion_tokens_details.audio_tokens" => Field::OutputOf(Modality::Audio),
        "usageMetadata.promptTokensDetails.modality"
        | "usageMetadata.candidatesTokensDetails.modality" => Field::DetailModality,
        "usageMetadata.promptTokensDetails.tokenCount"
        | "usageMetadata.candidatesTokensDetails.tokenCount" => Field::DetailTokens,
        "type" => Field::Type,
        "error" | "error.type" | "error.status" | "response.error.code" => Field::Error,
        _ => return None,
    })
}

/// What was found in an answer so far.
#[derive(Debug)]
pub(super) struct Found {
    api: Api,
    answer: Answer,
    /// Of Gemini, which tells them apart from those of the answer.
    thoughts: u64,
    modality: Option<Modality>,
    tokens: Option<u64>,
    error: Option<String>,
    /// Whether the document is one that only keeps the connection alive.
    is_ping: bool,
    is_changed: bool,
}

impl Found {
    pub(super) fn new(api: Api) -> Self {
        Self {
            api,
            answer: Answer::default(),
            thoughts: 0,
            modality: None,
            tokens: None,
            error: None,
            is_ping: false,
            is_changed: false,
        }
    }

    /// Ends a document. Returns whether it was a part of the answer.
    pub(super) fn end_document(&mut self) -> bool {
        !std::mem::take(&mut self.is_ping)
    }

    /// What is known of the answer, if that is more than the last time.
    pub(super) fn news(&mut self) -> Option<Answer> {
        if !std::mem::take(&mut self.is_changed) {
            return None;
        }
        let mut answer = self.answer.clone();
        let usage = &mut answer.usage;
        match self.api {
            // It tells what its cache had beside the rest; the conventions want the sum.
            Api::Anthropic => {
                let cached = usage.cache_read.unwrap_or(0) + usage.cache_write.unwrap_or(0);
                usage.input = usage.input.map(|rest| rest.saturating_add(cached));
            }
            // And this one what the model thought.
            Api::Gemini if self.thoughts > 0 => {
                let rest = usage.output.unwrap_or(0);
                usage.output = Some(rest.saturating_add(self.thoughts));
            }
            _ => {}
        }
        Some(answer)
    }

    /// What the provider said went wrong.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    fn count(&mut self, field: Field, tokens: u64) {
        let usage = &mut self.answer.usage;
        match field {
            Field::Input => usage.input = Some(tokens),
            Field::Output => usage.output = Some(tokens),
            Field::CacheRead => usage.cache_read = Some(tokens),
            Field::CacheWrite => usage.cache_write = Some(tokens),
            Field::Reasoning => {
                usage.reasoning = Some(tokens);
                self.thoughts = tokens;
            }
            Field::InputOf(modality) => *usage = usage.with_input_of(modality, tokens),
            Field::OutputOf(modality) => *usage = usage.with_output_of(modality, tokens),
            Field::DetailTokens => {
                self.tokens = Some(tokens);
                return;
            }
            _ => return,
        }
        self.is_changed = true;
    }

    fn finish(&mut self, reason: &str) {
        // Each chunk of some providers says it again.
        let reasons = &mut self.answer.finish_reasons;
        if self.api != Api::OpenAi && reasons.iter().any(|known| known == reason) {
            return;
        }
        self.answer.finished(reason.to_owned());
        self.is_changed = true;
    }

    fn status(&mut self, status: &str) {
        match status {
            "completed" => self.finish("stop"),
            // Its reason stands beside it.
            "failed" => self.error.get_or_insert_default().clear(),
            _ => {}
        }
    }
}

impl Sink for Found {
    fn wants(&self, path: &str) -> bool {
        match field(path) {
            // Each chunk says them again.
            Some(Field::Id) => self.answer.id.is_none(),
            Some(Field::Model) => self.answer.model.is_none(),
            Some(Field::Status) => self.api == Api::Responses,
            Some(_) => true,
            None => false,
        }
    }

    fn value(&mut self, path: &str, value: &str) {
        let Some(field) = field(path) else { return };
        match field {
            Field::Id => {
                self.answer.id = Some(value.to_owned());
                self.is_changed = true;
            }
            Field::Model => {
                self.answer.model = Some(value.to_owned());
                self.is_changed = true;
            }
            Field::Finish => self.finish(value),
            Field::Status => self.status(value),
            Field::Type => self.is_ping = value == "ping",
            Field::Error => self.error = Some(value.to_owned()),
            Field::DetailModality => {
                self.modality = match value {
                    "TEXT" => Some(Modality::Text),
                    "IMAGE" => Some(Modality::Image),
                    "AUDIO" => Some(Modality::Audio),
                    _ => None,
                };
            }
            field => {
                if let Ok(tokens) = value.parse() {
                    self.count(field, tokens);
                }
            }
        }
    }

    /// Modality and number of Gemini's details stand side by side, in any order.
    fn closed(&mut self, path: &str) {
        let is_input = match path {
            "usageMetadata.promptTokensDetails" => true,
            "usageMetadata.candidatesTokensDetails" => false,
            _ => return,
        };
        if let (Some(modality), Some(tokens)) = (self.modality.take(), self.tokens.take()) {
            let of: fn(Modality) -> Field = if is_input {
                Field::InputOf
            } else {
                Field::OutputOf
            };
            self.count(of(modality), tokens);
        }
    }
}
