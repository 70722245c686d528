//! Panics as lines.

use std::io::Write as _;

use otelier_core::redact_text;
use tracing_core::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::format::Format;
use super::layer::Console;
use super::values::{Head, Line, Part, Shade, Show, Value};
use super::written::Written;
use super::{json, text};
use crate::imp::current_ids;
use crate::panics::{Attribute, Grade, Tell, Told};

impl<W> Console<W>
where
    W: for<'w> MakeWriter<'w> + Clone + Send + Sync + 'static,
{
    /// Prints what is told, as an event would be.
    pub(crate) fn tell_panics(&self) -> Tell {
        let console = self.clone();
        Box::new(move |told| console.print(told))
    }

    fn print(&self, told: &Told) {
        if self.format == Format::Off {
            return;
        }
        let head = Head {
            shade: match told.grade {
                Grade::Error => Shade::Level(Level::ERROR),
                Grade::Fatal => Shade::Fatal,
            },
            target: Told::TARGET,
            name: told.event_name,
        };
        let mut line = Written::new();
        let (mut shown, ids) = (Shown(told), current_ids());
        if self.format == Format::Json {
            json::write_line(&mut line, &mut shown, &head, ids, &self.constants);
        } else {
            text::write_line(&mut line, &mut shown, &head, ids, self.color);
        }
        let mut writer = self.writer.make_writer();
        let _ = writer.write_all(line.as_bytes());
        if told.is_last {
            let _ = writer.flush();
        }
    }
}

struct Shown<'t>(&'t Told);

impl Show for Shown<'_> {
    fn show(&mut self, part: Part, line: &mut impl Line) {
        if part == Part::Message {
            line.field("message", &Value::Str(&redact_text(&self.0.body)));
            return;
        }
        for (name, value) in &self.0.attributes {
            match value {
                Attribute::Text(text) => line.field(name, &Value::Str(&redact_text(text))),
                Attribute::Number(number) => line.field(name, &Value::Signed(*number)),
            }
        }
    }

    fn starts_with_message(&self) -> bool {
        false
    }
}
