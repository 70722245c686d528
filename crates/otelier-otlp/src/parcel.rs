//! Batches that are ready to be sent, any number of times.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use crate::{Cause, Transport, compress::Compressor, encode::Request, request::Batch};

/// A batch that is compressed and framed.
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

/// Compresses and frames, with memory that is used again.
pub struct Packer {
    transport: Transport,
    compressor: Compressor,
}

/// The written part of a buffer.
struct Written(Arc<Vec<u8>>, usize);

impl AsRef<[u8]> for Written {
    fn as_ref(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

impl Packer {
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            compressor: transport.template().compressor(),
            transport,
        }
    }

    /// Makes one request ready to be sent.
    ///
    /// # Errors
    /// The request is longer than the protocol can say.
    ///
    /// # Cost
    /// A copy of what is sent; none where it is not compressed and no other
    /// batch waits, as the buffer itself is lent then.
    pub fn pack(&mut self, request: Request<'_>) -> Result<Parcel, Cause> {
        let spare = match self.compressor {
            Compressor::None => self.transport.take_spare(),
            _ => None,
        };
        let Some(spare) = spare else {
            return self.pack_bytes(request.as_slice());
        };
        let (buffer, len) = request.swap(spare);
        let buffer = Arc::new(buffer);
        let body = Bytes::from_owner(Written(Arc::clone(&buffer), len));
        Ok(Parcel {
            batch: self.transport.template().lend(body)?,
            lent: Some(buffer),
        })
    }

    /// The same for a request of another origin.
    ///
    /// # Errors
    /// The request is longer than the protocol can say.
    pub fn pack_bytes(&mut self, request: &[u8]) -> Result<Parcel, Cause> {
        Ok(Parcel {
            batch: self
                .transport
                .template()
                .pack(request, &mut self.compressor)?,
            lent: None,
        })
    }
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}
