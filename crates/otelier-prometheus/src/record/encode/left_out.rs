//! What a page does not tell.

/// What is not told, and why.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    count: usize,
    first: Option<String>,
}

impl LeftOut {
    pub(super) fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        self.first.get_or_insert_with(what);
    }

    pub(super) fn told(self) -> Option<String> {
        let first = self.first?;
        Some(match self.count {
            1 => format!("not told to Prometheus: {first}"),
            some => format!("not told to Prometheus: {first} (and {} more)", some - 1),
        })
    }
}
