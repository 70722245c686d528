//! A subscriber that keeps what is printed.

use std::io;
use std::sync::{Arc, Mutex};

use otelier_logs::{Console, Format};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

#[derive(Clone, Default)]
pub(crate) struct Printed(Arc<Mutex<Vec<Vec<u8>>>>);

impl Printed {
    /// One string for each call to the writer.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.0.lock().unwrap();
        calls
            .iter()
            .map(|call| String::from_utf8(call.clone()).unwrap())
            .collect()
    }

    pub(crate) fn only(&self) -> String {
        let mut calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.remove(0)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.only()).unwrap()
    }
}

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Printed {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What is printed while `emit` runs.
pub(crate) fn printed(format: Format, emit: impl FnOnce()) -> Printed {
    printed_by(|printed| Console::new(format).with_writer(printed), emit)
}

pub(crate) fn printed_by(
    console: impl FnOnce(Printed) -> Console<Printed>,
    emit: impl FnOnce(),
) -> Printed {
    let printed = Printed::default();
    let subscriber = tracing_subscriber::registry().with(console(printed.clone()));
    tracing::subscriber::with_default(subscriber, emit);
    printed
}
