//! The client whose commands are recorded.

use otelier_core::edge::Traced;

use crate::{
    cache::{Client, Result},
    record::{self, Telemetry},
};

/// Records each command of a client. Clones are the same.
///
/// # Cancellation
/// A command that is dropped ends its span, without an error.
#[derive(Clone, Debug)]
pub struct Cache {
    client: Client,
    telemetry: Telemetry,
}

impl Cache {
    /// Records to the current providers, or to those that are installed later.
    #[must_use]
    pub fn new(client: Client) -> Self {
        let telemetry = Telemetry::new(&client);
        Self { client, telemetry }
    }

    /// Asks for a value.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        self.run("GET", self.client.get(key)).await
    }

    /// Keeps a value.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn set(&self, key: &str, value: &str) -> Result<()> {
        self.run("SET", self.client.set(key, value)).await
    }

    async fn run<T>(&self, name: &'static str, sent: impl Future<Output = Result<T>>) -> Result<T> {
        let run = self.telemetry.begin(name);
        let (answer, run) = Traced::run(sent, run).await;
        record::end(run, &answer);
        answer
    }
}
