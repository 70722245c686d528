//! What answers say of themselves, by the paths at which each API says it.

use super::{
    api::Api,
    choices::{Choices, Parts},
    scan::Sink,
};
use crate::{Modality, answer::Answer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Model,
    Finish,
    /// Which of the answers a choice is a part of.
    Index,
    /// Why that one ended.
    Ended,
    Status,
    Input,
    Output,
    /// Of input and output together.
    Total,
    /// Of what tools of the provider's own put into the prompt.
    ToolInput,
    CacheRead,
    CacheWrite,
    Reasoning,
    InputOf(Modality),
    OutputOf(Modality),
    DetailModality,
    DetailTokens,
    Type,
    Wrong(Word),
    /// Of an error, where the document says that it is one.
    Code,
}

/// What says that something went wrong, by how much it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    /// That it did.
    That,
    /// A number, such as the status.
    Number,
    Type,
    /// A word that says more than the type.
    Code,
}

/// Where all streams have most of what they are made of.
const CHOICES: &[u8] = b"choices.";

fn field(path: &[u8]) -> Option<Field> {
    if let Some(rest) = path.strip_prefix(CHOICES) {
        return match rest {
            b"index" => Some(Field::Index),
            b"finish_reason" => Some(Field::Ended),
            // Where Moonshot's streams have them.
            b"usage.prompt_tokens" => Some(Field::Input),
            b"usage.completion_tokens" => Some(Field::Output),
            b"usage.cached_tokens" => Some(Field::CacheRead),
            _ => None,
        };
    }
    Some(match path {
        b"id" | b"response.id" | b"message.id" | b"responseId" => Field::Id,
        b"model" | b"response.model" | b"message.model" | b"modelVersion" => Field::Model,
        b"candidates.finishReason"
        | b"delta.stop_reason"
        | b"stop_reason"
        | b"done_reason"
        | b"incomplete_details.reason"
        | b"promptFeedback.blockReason"
        | b"response.incomplete_details.reason" => Field::Finish,
        b"status" | b"response.status" => Field::Status,
        b"usage.prompt_tokens"
        | b"usage.input_tokens"
        | b"response.usage.input_tokens"
        | b"message.usage.input_tokens"
        | b"usageMetadata.promptTokenCount"
        | b"x_groq.usage.prompt_tokens"
        | b"prompt_eval_count" => Field::Input,
        b"usage.completion_tokens"
        | b"usage.output_tokens"
        | b"response.usage.output_tokens"
        | b"message.usage.output_tokens"
        | b"usageMetadata.candidatesTokenCount"
        | b"x_groq.usage.completion_tokens"
        | b"eval_count" => Field::Output,
        b"usage.total_tokens" => Field::Total,
        b"usageMetadata.toolUsePromptTokenCount" => Field::ToolInput,
        b"usage.prompt_tokens_details.cached_tokens"
        | b"usage.input_tokens_details.cached_tokens"
        | b"response.usage.input_tokens_details.cached_tokens"
        | b"usage.cache_read_input_tokens"
        | b"message.usage.cache_read_input_tokens"
        | b"usage.prompt_cache_hit_tokens"
        | b"usage.cached_tokens"
        | b"usageMetadata.cachedContentTokenCount" => Field::CacheRead,
        b"usage.cache_creation_input_tokens" | b"message.usage.cache_creation_input_tokens" => {
            Field::CacheWrite
        }
        b"usage.completion_tokens_details.reasoning_tokens"
        | b"usage.output_tokens_details.reasoning_tokens"
        | b"response.usage.output_tokens_details.reasoning_tokens"
        | b"usageMetadata.thoughtsTokenCount" => Field::Reasoning,
        b"usage.prompt_tokens_details.text_tokens" => Field::InputOf(Modality::Text),
        b"usage.prompt_tokens_details.image_tokens" => Field::InputOf(Modality::Image),
        b"usage.prompt_tokens_details.audio_tokens" => Field::InputOf(Modality::Audio),
        b"usage.completion_tokens_details.text_tokens" => Field::OutputOf(Modality::Text),
        b"usage.completion_tokens_details.image_tokens" => Field::OutputOf(Modality::Image),
        b"usage.completion_tokens_details.audio_tokens" => Field::OutputOf(Modality::Audio),
        b"usageMetadata.promptTokensDetails.modality"
        | b"usageMetadata.candidatesTokensDetails.modality" => Field::DetailModality,
        b"usageMetadata.promptTokensDetails.tokenCount"
        | b"usageMetadata.candidatesTokensDetails.tokenCount" => Field::DetailTokens,
        b"type" => Field::Type,
        b"error" | b"error.message" | b"response.error.message" => Field::Wrong(Word::That),
        b"error.type" | b"error.status" | b"error_type" => Field::Wrong(Word::Type),
        b"error.code" | b"response.error.code" => Field::Wrong(Word::Code),
        b"code" => Field::Code,
        _ => return None,
    })
}

/// What was found in an answer so far.
#[derive(Debug)]
pub(super) struct Found {
    api: Api,
    answer: Answer,
    /// Of those that may tell them apart from those of the answer.
    thoughts: u64,
    total: Option<u64>,
    tool_input: u64,
    pub(super) choices: Choices,
    modality: Option<Modality>,
    tokens: Option<u64>,
    error: Option<(Word, String)>,
    is_error_new: bool,
    /// What the document is, where it says so.
    kind: Kind,
    code: Option<String>,
    is_changed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Part,
    /// It only keeps the connection alive.
    Ping,
    Error,
}

impl Found {
    pub(super) fn new(api: Api, parts: Parts) -> Self {
        Self {
            api,
            answer: Answer::default(),
            thoughts: 0,
            total: None,
            tool_input: 0,
            choices: Choices::new(parts),
            modality: None,
            tokens: None,
            error: None,
            is_error_new: false,
            kind: Kind::Part,
            code: None,
            is_changed: false,
        }
    }

    /// Ends a document. Returns whether it was a part of the answer.
    pub(super) fn end_document(&mut self) -> bool {
        let code = self.code.take();
        match std::mem::take(&mut self.kind) {
            Kind::Part => true,
            Kind::Ping => false,
            Kind::Error => {
                self.went_wrong(Word::That, "");
                if let Some(code) = code {
                    self.went_wrong(Word::Code, &code);
                }
                true
            }
        }
    }

    /// Whether a list of documents may be a stream: Gemini's is one, where it is not
    /// asked for events.
    pub(super) fn has_lists(&self) -> bool {
        self.api == Api::Gemini
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
                let [read, written] =
                    [usage.cache_read, usage.cache_write].map(Option::unwrap_or_default);
                let cached = read.saturating_add(written);
                usage.input = usage.input.map(|rest| rest.saturating_add(cached));
            }
            // And this one what the model thought, and what its tools found.
            Api::Gemini => {
                if self.thoughts > 0 {
                    let rest = usage.output.unwrap_or(0);
                    usage.output = Some(rest.saturating_add(self.thoughts));
                }
                if self.tool_input > 0 {
                    let rest = usage.input.unwrap_or(0);
                    usage.input = Some(rest.saturating_add(self.tool_input));
                }
            }
            // And so do some who speak like OpenAI, as xAI: the sum tells them.
            Api::OpenAi if self.thoughts > 0 => {
                let [input, rest] = [usage.input, usage.output].map(Option::unwrap_or_default);
                let output = rest.saturating_add(self.thoughts);
                if self.total == Some(input.saturating_add(output)) {
                    usage.output = Some(output);
                }
            }
            _ => {}
        }
        Some(answer)
    }

    /// What the provider says went wrong, if it says more than the last time.
    pub(super) fn error(&mut self) -> Option<&str> {
        let is_new = std::mem::take(&mut self.is_error_new);
        let error = self.error.as_ref().filter(|_| is_new);
        error.map(|(_, word)| word.as_str())
    }

    /// Whether the provider said that something went wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    fn went_wrong(&mut self, by: Word, word: &str) {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let (by, word) = match by {
            Word::That => (by, ""),
            Word::Code if is_number => (Word::Number, word),
            by => (by, word),
        };
        // Of what says as much the first counts.
        if self.error.as_ref().is_none_or(|(known, _)| *known < by) {
            self.error = Some((by, word.to_owned()));
            self.is_error_new = true;
        }
    }

    fn count(&mut self, field: Field, tokens: u64) {
        let usage = &mut self.answer.usage;
        match field {
            Field::Input => usage.input = Some(tokens),
            Field::Output => usage.output = Some(tokens),
            Field::Total => self.total = Some(tokens),
            Field::ToolInput => self.tool_input = tokens,
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
        if reasons.iter().any(|known| known == reason) {
            return;
        }
        self.answer.finished(reason.to_owned());
        self.is_changed = true;
    }

    fn status(&mut self, status: &str) {
        match status {
            "completed" => self.finish("stop"),
            // Its reason stands beside it.
            "failed" => self.went_wrong(Word::That, ""),
            _ => {}
        }
    }
}

impl Sink for Found {
    fn wants(&self, path: &[u8]) -> bool {
        match field(path) {
            // Each chunk says them again.
            Some(Field::Id) => self.answer.id.is_none(),
            Some(Field::Model) => self.answer.model.is_none(),
            Some(Field::Status | Field::Code) => self.api == Api::Responses,
            Some(Field::Index) => self.choices.have_index(),
            Some(_) => true,
            None => false,
        }
    }

    fn value(&mut self, path: &[u8], value: &str) {
        let Some(field) = field(path) else { return };
        // Azure's streams begin with a chunk of an empty id and model.
        if value.is_empty() {
            return;
        }
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
            Field::Index => self.choices.index(value),
            Field::Ended => self.is_changed |= self.choices.reason(value, &mut self.answer),
            Field::Status => self.status(value),
            Field::Type => {
                self.kind = match value {
                    "ping" => Kind::Ping,
                    "error" => Kind::Error,
                    _ => Kind::Part,
                };
            }
            // Nothing did.
            Field::Wrong(Word::That) if value == "false" => {}
            Field::Wrong(by) => self.went_wrong(by, value),
            Field::Code => self.code = Some(value.to_owned()),
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

    /// Index and reason of a choice, and modality and number of Gemini's details, stand
    /// side by side, in any order.
    fn closed(&mut self, path: &[u8]) {
        let is_input = match path {
            b"choices" if self.choices.have_index() => {
                self.is_changed |= self.choices.closed(&mut self.answer);
                return;
            }
            b"usageMetadata.promptTokensDetails" => true,
            b"usageMetadata.candidatesTokensDetails" => false,
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
