//! What is printed.

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::PATIENCE;

/// The lines that a program has printed so far on one of its outputs.
#[derive(Debug)]
pub(crate) struct Output {
    lines: watch::Receiver<Vec<String>>,
    reading: JoinHandle<()>,
}

impl Output {
    pub(crate) fn read(from: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (sender, lines) = watch::channel(Vec::new());
        #[expect(clippy::disallowed_methods, reason = "the test's own runtime reads on")]
        let reading = tokio::task::spawn(async move {
            let mut from = BufReader::new(from).lines();
            while let Ok(Some(line)) = from.next_line().await {
                sender.send_modify(|lines| lines.push(line));
            }
        });
        Self { lines, reading }
    }

    pub(crate) async fn line(
        &mut self,
        look: impl Fn(&[String]) -> Option<String>,
    ) -> Option<String> {
        let search = self.lines.wait_for(|lines| look(lines).is_some());
        let found = timeout(PATIENCE, search).await.ok()?.ok()?;
        look(&found)
    }

    pub(crate) fn text(&self) -> String {
        let lines = self.lines.borrow();
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Closes the end that is read.
    pub(crate) fn close(&self) {
        self.reading.abort();
    }

    /// All of it. Reading was stopped, if it did not end by itself.
    pub(crate) async fn whole(mut self) -> String {
        let _ = timeout(PATIENCE, &mut self.reading).await.unwrap();
        self.text()
    }
}
