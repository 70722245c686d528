//! What replies tell.

use redis::{Cmd, Pipeline, ServerError, Value};

use super::command::{Reads, name};

/// What was asked.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    Command(&'a Cmd),
    Pipeline(&'a Pipeline),
}

/// Of how many keys or fields the value was asked for, and how many had one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) reads: u64,
    pub(super) hits: u64,
}

/// The reply of each command: `EXEC` answers with those of a transaction, or with nothing if
/// somebody else was faster.
fn each<'a>(asked: Asked<'_>, replies: &'a [Value]) -> &'a [Value] {
    match (asked, replies) {
        (Asked::Pipeline(pipeline), [Value::Array(each)]) if pipeline.is_transaction() => each,
        (Asked::Pipeline(pipeline), [Value::Nil]) if pipeline.is_transaction() => &[],
        _ => replies,
    }
}

/// The first error among replies.
pub(super) fn error<'a>(asked: Asked<'_>, replies: &'a [Value]) -> Option<&'a ServerError> {
    let mut each = each(asked, replies).iter();
    each.find_map(|reply| match reply {
        Value::ServerError(error) => Some(error),
        _ => None,
    })
}

impl Found {
    /// What replies tell. `alike` is what all commands read, if it is known.
    pub(super) fn of(asked: Asked<'_>, alike: Option<Reads>, replies: &[Value]) -> Self {
        let mut found = Self::default();
        let each = each(asked, replies);
        match (asked, alike) {
            (_, Some(Reads::Nothing)) | (Asked::Command(_), None) => {}
            (Asked::Command(cmd), Some(_)) if cmd.is_no_response() => {}
            (_, Some(reads)) => each.iter().for_each(|reply| found.add(reads, reply)),
            (Asked::Pipeline(pipeline), None) => {
                for (cmd, reply) in pipeline.cmd_iter().zip(each) {
                    found.add(Reads::of(name(cmd)), reply);
                }
            }
        }
        found
    }

    #[inline]
    pub(super) fn add(&mut self, reads: Reads, reply: &Value) {
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
        let found = Found::of(Asked::Command(&cmd), alike, std::slice::from_ref(reply));
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
        let found = Found::of(Asked::Pipeline(&pipeline), None, &replies);
        assert_eq!(found, Found { reads: 2, hits: 1 });

        let mut atomic = pipeline.clone();
        atomic.atomic();
        let replies = [Value::Array(replies.into())];
        let asked = Asked::Pipeline(&atomic);
        let found = Found::of(asked, None, &replies);
        assert_eq!(found, Found { reads: 2, hits: 1 });
        // Somebody else was faster, and nothing was read.
        let found = Found::of(asked, Some(Reads::One), &[Value::Nil]);
        assert_eq!(found, Found::default());
    }
}
