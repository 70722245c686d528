//! What runs.

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use crate::{Ended, PATIENCE, output::Output, pause};

/// A running program. It is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Output,
    stderr: Output,
    answered: usize,
}

impl Process {
    pub(crate) fn of(mut child: Child) -> Self {
        Self {
            stdin: child.stdin.take(),
            stdout: Output::read(child.stdout.take().unwrap()),
            stderr: Output::read(child.stderr.take().unwrap()),
            child,
            answered: 0,
        }
    }

    /// Its number, as long as it was not seen to end.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Waits for a line on standard output that contains `text`.
    pub async fn says(&mut self, text: &str) -> String {
        let found = self.stdout.line(|lines| {
            let line = lines.iter().find(|line| line.contains(text));
            line.cloned()
        });
        match found.await {
            Some(line) => line,
            None => panic!("never said {text:?} but {}", self.output()),
        }
    }

    /// Waits until it serves, and returns its URL.
    pub async fn url(&mut self) -> String {
        let line = self.says("listening on ").await;
        // As text, or within a line of JSON.
        let (_, url) = line.split_once("listening on ").unwrap();
        url.split([' ', '"']).next().unwrap().to_owned()
    }

    /// Has a program that obeys do something, and returns its answer.
    pub async fn ask(&mut self, command: &str) -> String {
        self.tell(command).await;
        self.answer().await
    }

    /// The same, without waiting for the answer.
    pub async fn tell(&mut self, command: &str) {
        if self.answered == 0 {
            // The first answer is that it is ready.
            self.answer().await;
        }
        let line = format!("{command}\n");
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).await.unwrap();
    }

    /// Waits for its next answer.
    pub async fn answer(&mut self) -> String {
        let at = self.answered;
        self.answered += 1;
        let answer = self.stdout.line(|lines| {
            let mut answers = lines.iter().filter_map(|line| line.strip_prefix("> "));
            answers.nth(at).map(str::to_owned)
        });
        match answer.await {
            Some(answer) => answer,
            None => panic!("no answer {at}: {}", self.output()),
        }
    }

    /// Asks for the status until it contains `text`.
    pub async fn reaches(&mut self, text: &str) -> String {
        let asking = async {
            loop {
                let status = self.ask("status").await;
                if status.contains(text) {
                    return status;
                }
                // It is asked over a pipe: without a pause it would do nothing else.
                pause().await;
            }
        };
        timeout(PATIENCE, asking).await.expect(text)
    }

    /// Sends it a signal by name, such as `TERM`.
    pub async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let mut kill = Command::new("kill");
        let sent = kill.args([&format!("-{name}"), &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Kills it, as a system does that is out of memory.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// What it has printed so far.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout.text(), self.stderr.text())
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Closes the other ends of its outputs.
    pub fn deafen(&mut self) {
        self.close_stdout();
        self.stderr.close();
    }

    /// Closes the other end of its standard output.
    pub fn close_stdout(&mut self) {
        self.stdout.close();
    }

    /// Closes its input and waits for its end.
    pub async fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let Ok(status) = timeout(PATIENCE, self.child.wait()).await else {
            panic!("it does not end: {}", self.output());
        };
        Ended {
            status: status.unwrap(),
            stdout: self.stdout.whole().await,
            stderr: self.stderr.whole().await,
        }
    }

    /// Asks it to stop, as a supervisor would.
    pub async fn stop(self) -> Ended {
        self.signal("TERM").await;
        self.end().await
    }
}
