//! Long work in slices, so that others get their turn.

/// Bytes looked at or written between two moments at which others get their turn: a quarter of a
/// millisecond, about, for which a small request may have to wait.
pub(crate) const SLICE: usize = 16 << 10;

/// Lets others have their turn now and then.
#[derive(Debug, Default)]
pub(crate) struct Pace(usize);

impl Pace {
    /// Tells of bytes that were looked at or written, or of work like that.
    pub(crate) async fn spend(&mut self, bytes: usize) {
        self.0 += bytes;
        if self.0 >= SLICE {
            self.0 = 0;
            tokio::task::yield_now().await;
        }
    }
}
