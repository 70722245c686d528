//! Batches that are ready to be sent, any number of times.

use std::{fmt, sync::Arc};

use crate::request::Batch;

/// A batch that is compressed and framed.
///
/// See the example of [`Packer`](crate::Packer).
pub struct Parcel {
    batch: Batch,
    /// The encoder's buffer, where the batch is in it.
    lent: Option<Arc<Vec<u8>>>,
}

impl Parcel {
    /// The size of its body.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        self.batch.wire_bytes()
    }

    pub(crate) const fn plain_bytes(&self) -> usize {
        self.batch.plain_bytes()
    }

    pub(crate) const fn whole(batch: Batch) -> Self {
        Self { batch, lent: None }
    }

    /// A batch in a buffer that is lent to it.
    pub(crate) const fn lent(batch: Batch, buffer: Arc<Vec<u8>>) -> Self {
        Self {
            batch,
            lent: Some(buffer),
        }
    }

    pub(crate) const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Gives up all but what was lent.
    pub(crate) fn into_lent(self) -> Option<Arc<Vec<u8>>> {
        self.lent
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("wire_bytes", &self.wire_bytes())
            .finish_non_exhaustive()
    }
}
