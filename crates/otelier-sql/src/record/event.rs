//! What sqlx says of a statement.

use std::{fmt, sync::Arc, time::Duration};

use tracing_core::{Event, Field, field::Visit};

use super::statement::Statement;

/// What sqlx appends to a summary of its own that is not the whole text.
const MORE: &str = " …";

/// One statement that is over.
pub(super) struct Over {
    pub(super) statement: Arc<Statement>,
    pub(super) rows: u64,
    pub(super) elapsed: Duration,
}

impl Over {
    /// Reads an event, `None` if it does not say how long a statement took. `find` is
    /// given the text where it stands, as it may be long.
    pub(super) fn of(event: &Event<'_>, find: impl Fn(&str) -> Arc<Statement>) -> Option<Self> {
        let mut fields = Fields {
            find,
            statement: None,
            rows: 0,
            elapsed: None,
        };
        event.record(&mut fields);
        let elapsed = fields.elapsed?;
        Some(Self {
            statement: fields.statement.unwrap_or_else(|| (fields.find)("")),
            rows: fields.rows,
            elapsed,
        })
    }
}

struct Fields<F> {
    find: F,
    statement: Option<Arc<Statement>>,
    rows: u64,
    elapsed: Option<Duration>,
}

impl<F: Fn(&str) -> Arc<Statement>> Visit for Fields<F> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let text = match field.name() {
            // A text of four words at most, which stands here alone.
            "summary" if !value.ends_with(MORE) => value,
            "db.statement" if !value.is_empty() => {
                let text = value.strip_prefix("\n\n").unwrap_or(value);
                text.strip_suffix('\n').unwrap_or(text)
            }
            _ => return,
        };
        self.statement = Some((self.find)(text));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "rows_returned" {
            self.rows = value;
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).ok();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
