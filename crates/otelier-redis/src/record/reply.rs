//! What replies tell.

use redis::{Cmd, Pipeline, ServerError, Value};

use super::command::{Reads, name};

/// What was asked.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
}

/// What was answered.
#[derive(Clone, Copy)]
pub(super) enum Replies<'a> {
    One(&'a Value),
    Many(&'a [Value]),
}

/// Of how many keys or fields the value was asked for, and how many had one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) reads: u64,
    pub(super) hits: u64,
}

impl<'a> Replies<'a> {
    /// The reply of each command, where there are several: `EXEC` answers with those of a
    /// transaction, or with nothing if somebody else was faster.
    fn each(self, asked: Asked<'_>) -> &'a [Value] {
        match (self, asked) {
            (Self::One(one), _) => std::slice::from_ref(one),
            (Self::Many([Value::Array(each)]), Asked::Pipeline(pipeline))
                if pipeline.is_transaction() =>
            {
                each
            }
            (Self::Many(each), _) => each,
        }
    }

    /// The first error among them.
    pub(super) fn error(self, asked: Asked<'_>) -> Option<&'a ServerError> {
        let mut each = self.each(asked).iter();
        each.find_map(|reply| match reply {
            Value::ServerError(error) => Some(error),
            _ => None,
        })
    }

    /// What was found of what was read. `alike` is what all commands read, if it is known.
    pub(super) fn found(self, asked: Asked<'_>, alike: Option<Reads>) -> Found {
        let mut found = Found::default();
        let each = self.each(asked);
        match (asked, alike) {
            (_, Some(Reads::Nothing)) => {}
            (Asked::Command(cmd), _) if cmd.is_no_response() => {}
            (_, Some(reads)) => each.iter().for_each(|reply| found.add(reads, reply)),
            (Asked::Command(_), None) => {}
            (Asked::Pipeline(pipeline), None) => {
                for (cmd, reply) in pipeline.cmd_iter().zip(each) {
                    found.add(Reads::of(name(cmd)), reply);
                }
            }
        }
        found
    }
}

impl Found {
    #[inline]
    fn add(&mut self, reads: Reads, reply: &Value) {
        match (reads, reply) {
            (reads, Value::Attribute { data, .. }) => self.add(reads, data),
            (Reads::Nothing, _) | (_, Value::ServerError(_)) => {}
            (Reads::Many, Value::Array(values)) => {
                for value in values {
                    self.count(!matches!(value, Value::Nil));
                }
            }
            (Reads::All, Value::Array(entries)) => self.count(!entries.is_empty()),
            (Reads::All, Value::Map(entries)) => self.count(!entries.is_empty()),
            (Reads::One | Reads::Many | Reads::All, reply) => {
                self.count(!matches!(reply, Value::Nil));
            }
        }
    }

    fn count(&mut self, is_hit: bool) {
        self.reads += 1;
        self.hits += u64::from(is_hit);
    }
}

#[cfg(test)]
mod tests {
    use redis::{cmd, pipe};

    use super::*;

    fn found(command: &str, reply: &Value) -> (u64, u64) {
        let cmd = cmd(command);
        let alike = Some(Reads::of(command.as_bytes()));
        let found = Replies::One(reply).found(Asked::Command(&cmd), alike);
        (found.hits, found.reads)
    }

    #[test]
    fn hits_are_told_of_reads() {
        let text = |text: &str| Value::BulkString(text.into());
        let some = Value::Array(vec![text("a"), Value::Nil, text("b")]);
        let none = Value::Array(Vec::new());
        assert_eq!(found("GET", &text("a")), (1, 1));
        assert_eq!(found("GET", &Value::Nil), (0, 1));
        assert_eq!(found("MGET", &some), (2, 3));
        assert_eq!(found("HGETALL", &some), (1, 1));
        assert_eq!(found("HGETALL", &none), (0, 1));
        assert_eq!(found("HGETALL", &Value::Map(Vec::new())), (0, 1));
        assert_eq!(found("SET", &Value::Okay), (0, 0));
    }

    #[test]
    fn a_pipeline_has_those_of_its_commands() {
        let mut pipeline = pipe();
        pipeline.get("a").set("b", 1).get("c");
        let replies = [Value::Int(1), Value::Okay, Value::Nil];
        let asked = Asked::Pipeline(&pipeline);
        let found = Replies::Many(&replies).found(asked, None);
        assert_eq!(found, Found { reads: 2, hits: 1 });

        let mut atomic = pipeline.clone();
        atomic.atomic();
        let replies = [Value::Array(replies.into())];
        let found = Replies::Many(&replies).found(Asked::Pipeline(&atomic), None);
        assert_eq!(found, Found { reads: 2, hits: 1 });
    }
}
