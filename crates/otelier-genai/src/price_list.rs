//! Prices out of a file.

use otelier_core::edge::Kept;

use crate::{
    price::{BadPrices, Prices},
    record,
};

impl Prices {
    /// Reads prices of a million tokens by model: an object with `input` and `output`,
    /// and `cache_read` and `cache_write` where those differ from `input`. A model is
    /// found by its name, or by the longest one that its name begins with: `gpt-5`
    /// has the price of `gpt-5-2026-08-07`, too.
    ///
    /// # Errors
    /// If the text is not such an object. Where telemetry is compiled out it is not
    /// looked at.
    pub fn from_json(text: &str) -> Result<Self, BadPrices> {
        record::prices(text).map(|price| Self(Kept::new(|| price)))
    }
}
