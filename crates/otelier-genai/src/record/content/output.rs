//! What a model answers, put together out of what it says bit by bit.

use otelier_core::{MAX_TEXT, cut};
use serde_json::Value;

use super::part;

/// More choices, and more parts of one, are not taken down.
const MAX_CHOICES: usize = 16;
const MAX_PARTS: usize = 256;
const MAX_NAME: usize = 256;
/// More text is not, but for what shows that it has to be cut.
const ROOM: usize = MAX_TEXT + 1024;

#[derive(Debug)]
pub(super) struct Output {
    choices: Vec<Choice>,
    room: usize,
    left_out: usize,
}

#[derive(Debug)]
struct Choice {
    index: u64,
    role: Option<String>,
    parts: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Reasoning(String),
    #[cfg(feature = "http")]
    Call(Call),
    /// Made of parts of the conventions.
    Whole(Value),
}

/// A call of a tool, told bit by bit.
#[cfg(feature = "http")]
#[derive(Debug, Default)]
pub(super) struct Call {
    /// What tells it from others of the answer.
    pub(super) key: u64,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: String,
}

impl Output {
    pub(super) fn new() -> Self {
        Self {
            choices: Vec::new(),
            room: ROOM,
            left_out: 0,
        }
    }

    /// Whether nothing more is taken down.
    #[cfg(feature = "http")]
    pub(super) fn is_full(&self) -> bool {
        self.room == 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// The number of a choice that is not told of yet.
    pub(super) fn next(&self) -> u64 {
        let last = self.choices.iter().map(|choice| choice.index).max();
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// Forgets what was said: it is said again as a whole.
    #[cfg(feature = "http")]
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    pub(super) fn role(&mut self, choice: u64, role: String) {
        if let Some(choice) = self.choice(choice) {
            choice.role = Some(short(role));
        }
    }

    pub(super) fn text(&mut self, choice: u64, text: &str) {
        let text = self.kept(text).to_owned();
        let Some(choice) = self.choice(choice) else {
            return;
        };
        if let Some(Piece::Text(known)) = choice.parts.last_mut() {
            known.push_str(&text);
        } else if !text.is_empty() {
            choice.add(Piece::Text(text));
        }
    }

    pub(super) fn reasoning(&mut self, choice: u64, text: &str) {
        let text = self.kept(text).to_owned();
        let Some(choice) = self.choice(choice) else {
            return;
        };
        if let Some(Piece::Reasoning(known)) = choice.parts.last_mut() {
            known.push_str(&text);
        } else if !text.is_empty() {
            choice.add(Piece::Reasoning(text));
        }
    }

    #[cfg(feature = "http")]
    pub(super) fn call(&mut self, choice: u64, told: Call) {
        let arguments = self.kept(&told.arguments).to_owned();
        let [id, name] = [told.id, told.name].map(|name| name.map(short));
        let Some(choice) = self.choice(choice) else {
            return;
        };
        let known = choice.parts.iter_mut().rev().find_map(|piece| match piece {
            Piece::Call(call) if call.key == told.key => Some(call),
            _ => None,
        });
        // Some give all calls one number: another id is another call.
        let known = known.filter(|call| id.is_none() || call.id.is_none() || call.id == id);
        match known {
            Some(call) => {
                call.arguments.push_str(&arguments);
                call.id = call.id.take().or(id);
                call.name = call.name.take().or(name);
            }
            None => choice.add(Piece::Call(Call {
                key: told.key,
                id,
                name,
                arguments,
            })),
        }
    }

    /// A part of the conventions, joined to what it goes on from.
    pub(super) fn part(&mut self, choice: u64, mut told: Value) {
        let kind = told.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "text" => {
                let text = part::take_text(&mut told, "content").unwrap_or_default();
                self.text(choice, &text);
            }
            "reasoning" => {
                let text = part::take_text(&mut told, "content").unwrap_or_default();
                self.reasoning(choice, &text);
            }
            _ => self.whole(choice, told),
        }
    }

    /// A part that is whole.
    pub(super) fn whole(&mut self, choice: u64, part: Value) {
        let size = part.to_string().len();
        if size > self.room {
            self.left_out += size;
            self.room = 0;
        } else if let Some(choice) = {
            self.room -= size;
            self.choice(choice)
        } {
            choice.add(Piece::Whole(part));
        }
    }

    /// As many messages as there are choices.
    pub(super) fn messages(self) -> Vec<Value> {
        let message = |choice: Choice| {
            let parts = choice.parts.into_iter().map(|piece| match piece {
                Piece::Text(text) => part::text(text),
                Piece::Reasoning(text) => part::reasoning(text),
                #[cfg(feature = "http")]
                Piece::Call(call) => {
                    part::tool_call(call.id, call.name, part::opened(call.arguments))
                }
                Piece::Whole(part) => part,
            });
            part::message(
                choice.role.as_deref().unwrap_or("assistant"),
                parts.collect(),
            )
        };
        let mut messages: Vec<_> = self.choices.into_iter().map(message).collect();
        let parts = messages.last_mut().and_then(|last| last.get_mut("parts"));
        if let Some(Value::Array(parts)) = parts.filter(|_| self.left_out > 0) {
            parts.push(part::left_out("bytes", self.left_out));
        }
        messages
    }

    /// As much of a text as there is room for.
    fn kept<'a>(&mut self, text: &'a str) -> &'a str {
        let kept = cut(text, self.room);
        self.left_out += text.len() - kept.len();
        self.room = match kept.len() == text.len() {
            true => self.room - kept.len(),
            false => 0,
        };
        kept
    }

    fn choice(&mut self, index: u64) -> Option<&mut Choice> {
        let known = self.choices.iter().position(|choice| choice.index == index);
        let at = match known {
            Some(at) => at,
            None if self.choices.len() < MAX_CHOICES => {
                self.choices.push(Choice {
                    index,
                    role: None,
                    parts: Vec::new(),
                });
                self.choices.len() - 1
            }
            None => return None,
        };
        self.choices.get_mut(at)
    }
}

/// Names and ids are shorter.
fn short(name: String) -> String {
    match cut(&name, MAX_NAME) {
        whole if whole.len() == name.len() => name,
        start => start.to_owned(),
    }
}

impl Choice {
    fn add(&mut self, piece: Piece) {
        if self.parts.len() < MAX_PARTS {
            self.parts.push(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_bit_by_bit_is_one_and_no_more_is_kept_than_there_is_room_for() {
        let mut output = Output::new();
        for choice in 0..100 {
            output.text(choice, "0");
        }
        for _ in 0..100_000 {
            output.text(0, "0123456789");
            output.whole(0, part::text("more".to_owned()));
        }
        let messages = output.messages();
        assert_eq!(messages.len(), MAX_CHOICES);
        let all = Value::Array(messages.clone()).to_string();
        assert!(all.len() < 2 * ROOM, "{}", all.len());
        let last = &messages[MAX_CHOICES - 1]["parts"][1];
        assert_eq!(last["type"], "left_out");
        assert!(last["bytes"].as_u64().unwrap() > 900_000);
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_call_is_put_together_by_its_key() {
        let mut output = Output::new();
        for (key, id, arguments) in [
            (0, Some("a"), ""),
            (1, Some("b"), "{"),
            (0, None, "{\"x\":1}"),
            (1, None, "}"),
        ] {
            output.call(
                0,
                Call {
                    key,
                    id: id.map(str::to_owned),
                    name: id.map(str::to_owned),
                    arguments: arguments.to_owned(),
                },
            );
        }
        assert_eq!(
            Value::Array(output.messages()).to_string(),
            r#"[{"parts":[{"arguments":{"x":1},"id":"a","name":"a","type":"tool_call"},{"arguments":{},"id":"b","name":"b","type":"tool_call"}],"role":"assistant"}]"#
        );
    }
}
