//! What a request says of itself.

use super::{
    super::names::REQUEST_STREAM,
    api::{Api, Target},
    scan::{Scanner, Sink},
};
use crate::{
    describe::{Description, Kind, Value},
    names,
};

/// More are not told.
const MAX_STOPS: usize = 16;

#[derive(Clone, Copy)]
enum Field {
    Model,
    Stream,
    Number(&'static str),
    Count(&'static str),
    Text(&'static str),
    Stop,
    Form,
}

fn field(path: &[u8]) -> Option<Field> {
    Some(match path {
        b"model" => Field::Model,
        b"stream" => Field::Stream,
        b"temperature" | b"generationConfig.temperature" | b"options.temperature" => {
            Field::Number(names::REQUEST_TEMPERATURE)
        }
        b"top_p" | b"generationConfig.topP" | b"options.top_p" => {
            Field::Number(names::REQUEST_TOP_P)
        }
        b"frequency_penalty"
        | b"generationConfig.frequencyPenalty"
        | b"options.frequency_penalty" => Field::Number(names::REQUEST_FREQUENCY_PENALTY),
        b"presence_penalty" | b"generationConfig.presencePenalty" | b"options.presence_penalty" => {
            Field::Number(names::REQUEST_PRESENCE_PENALTY)
        }
        b"top_k" | b"generationConfig.topK" | b"options.top_k" => {
            Field::Count(names::REQUEST_TOP_K)
        }
        b"max_tokens"
        | b"max_completion_tokens"
        | b"max_output_tokens"
        | b"generationConfig.maxOutputTokens"
        | b"options.num_predict" => Field::Count(names::REQUEST_MAX_TOKENS),
        b"seed" | b"generationConfig.seed" | b"options.seed" => Field::Count(names::REQUEST_SEED),
        b"n" | b"generationConfig.candidateCount" => Field::Count(names::REQUEST_CHOICE_COUNT),
        b"dimensions" | b"outputDimensionality" => Field::Count(names::EMBEDDINGS_DIMENSION_COUNT),
        b"previous_response_id" => Field::Text(names::REQUEST_PREVIOUS_RESPONSE_ID),
        b"conversation" | b"conversation.id" => Field::Text(names::CONVERSATION_ID),
        b"reasoning_effort" | b"reasoning.effort" => Field::Text(names::REQUEST_REASONING_LEVEL),
        b"stop" | b"stop_sequences" | b"generationConfig.stopSequences" | b"options.stop" => {
            Field::Stop
        }
        b"response_format.type" | b"text.format.type" | b"generationConfig.responseMimeType" => {
            Field::Form
        }
        _ => return None,
    })
}

struct Read {
    kept: Description,
    stop: Vec<String>,
    is_stream: bool,
}

impl Sink for Read {
    fn wants(&self, path: &[u8]) -> bool {
        field(path).is_some()
    }

    fn value(&mut self, path: &[u8], value: &str) {
        let kept = &mut self.kept;
        match field(path) {
            // The last of equals, as readers of JSON have it.
            Some(Field::Model) => kept.subject = value.to_owned().into(),
            Some(Field::Stream) => self.is_stream = value == "true",
            Some(Field::Number(key)) => {
                if let Ok(number) = value.parse::<f64>() {
                    kept.add(key, Value::Float(number));
                }
            }
            Some(Field::Count(key)) => {
                let is_usual = key == names::REQUEST_CHOICE_COUNT && value == "1";
                if let (Ok(number), false) = (value.parse(), is_usual) {
                    kept.add(key, Value::Int(number));
                }
            }
            Some(Field::Text(key)) => kept.text(key, value.to_owned()),
            Some(Field::Stop) if self.stop.len() < MAX_STOPS => self.stop.push(value.to_owned()),
            Some(Field::Form) => {
                let form = if value.contains("json") {
                    "json"
                } else {
                    "text"
                };
                kept.text(names::OUTPUT_TYPE, form);
            }
            Some(Field::Stop) | None => {}
        }
    }
}

/// What a request to a target says of itself, `None` if it names no model.
pub(in crate::record) fn read_request<'a>(
    target: Target,
    parts: impl Iterator<Item = &'a [u8]>,
) -> Option<Description> {
    let Target {
        api,
        kind,
        operation,
        provider,
        model,
        server: (host, port),
        streams,
    } = target;
    let mut kept = Description::new(kind, operation, Some(provider), model.unwrap_or_default());
    kept.server = Some((host.into(), port));
    let mut read = Read {
        kept,
        stop: Vec::new(),
        // What Ollama does unless it is told otherwise.
        is_stream: streams || (api == Api::Ollama && kind == Kind::Inference),
    };
    let mut scanner = Scanner::new();
    for part in parts {
        scanner.feed(part, &mut read);
    }
    scanner.end(&mut read);
    let Read {
        mut kept,
        stop,
        is_stream,
    } = read;
    if kept.subject.is_empty() {
        return None;
    }
    if !stop.is_empty() {
        kept.texts(names::REQUEST_STOP_SEQUENCES, stop);
    }
    if is_stream {
        kept.add(REQUEST_STREAM, Value::Bool(true));
    }
    Some(kept)
}
