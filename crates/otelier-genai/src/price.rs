//! What tokens cost, which the service alone knows.

use std::{fmt, sync::Arc};

use otelier_core::edge::Kept;

use crate::usage::Usage;

/// What tokens cost, in US dollars: the service's own prices, as none are shipped.
///
/// ```
/// use otelier_genai::Prices;
///
/// # fn read() -> Result<(), otelier_genai::BadPrices> {
/// // From a file: dollars for a million tokens, by model.
/// let prices = Prices::from_json(r#"{"gpt-5": {"input": 1.25, "output": 10, "cache_read": 0.125}}"#)?;
/// // Or from a function, which may know of discounts.
/// let flat = Prices::new(|_model, usage| Some(0.000_001 * usage.output_tokens()? as f64));
/// # drop((prices, flat));
/// # Ok(()) }
/// # read().unwrap();
/// ```
///
/// # Cost
/// A function is called once for each call to a model, when it is over. It must not
/// block, and not panic.
#[derive(Clone)]
pub struct Prices(pub(crate) Kept<PriceOf>);

pub(crate) type PriceOf = Arc<dyn Fn(&str, &Usage) -> Option<f64> + Send + Sync>;

impl Prices {
    /// Asks a function for the price of a call, in dollars. It gets the model that
    /// answered, or else the one that was asked, and the tokens.
    #[must_use]
    pub fn new(price: impl Fn(&str, &Usage) -> Option<f64> + Send + Sync + 'static) -> Self {
        Self(Kept::new(|| Some(Arc::new(price) as PriceOf)))
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let are_kept = self.0.get().is_some();
        f.debug_struct("Prices")
            .field("are_kept", &are_kept)
            .finish()
    }
}

/// Prices that cannot be read.
///
/// See the example of [`Prices`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPrices {
    pub(crate) reason: String,
}

impl fmt::Display for BadPrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no prices by model: {}", self.reason)
    }
}

impl std::error::Error for BadPrices {}
