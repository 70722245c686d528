//! Makes batches ready to be sent.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use crate::{Cause, Parcel, Transport, compress::Compressor, encode::Request};

impl Transport {
    /// Prepares batches to be sent, one after the other.
    #[must_use]
    pub fn packer(&self) -> Packer {
        Packer {
            compressor: self.template().compressor(),
            transport: self.clone(),
        }
    }
}

/// Compresses and frames, with memory that is used again.
///
/// ```no_run
/// # fn example(outbox: otelier_otlp::Outbox, request: &[u8]) -> Result<(), otelier_otlp::Cause> {
/// let mut packer = outbox.packer();
/// let parcel = packer.pack_bytes(request)?;
/// println!("{} bytes on the wire", parcel.wire_bytes());
/// # Ok(())
/// # }
/// ```
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
        let batch = self.transport.template().lend(body)?;
        Ok(Parcel::lent(batch, buffer))
    }

    /// The same for a request of another origin.
    ///
    /// # Errors
    /// The request is longer than the protocol can say.
    pub fn pack_bytes(&mut self, request: &[u8]) -> Result<Parcel, Cause> {
        let template = self.transport.template();
        let batch = template.pack(request, &mut self.compressor)?;
        Ok(Parcel::whole(batch))
    }
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}
