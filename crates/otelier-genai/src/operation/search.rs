//! Calls that turn texts into vectors, and searches.

use std::{
    borrow::Cow,
    fmt::{Debug, Display},
};

use otelier_core::edge::Kept;

use super::operation;
use crate::{
    Call, Prices, Provider,
    describe::{Description, Kind},
    names, record,
};

/// A call to a model that turns texts into vectors: `embeddings text-embedding-4`.
///
/// ```
/// use otelier_genai::{Embeddings, Provider, Usage};
///
/// # async fn example() -> std::io::Result<Vec<f32>> {
/// Embeddings::new(Provider::OPENAI, "text-embedding-4")
///     .with_dimensions(256)
///     .run(async |call| {
///         call.usage(Usage::new().with_input_tokens(12));
///         Ok(vec![0.0; 256])
///     })
///     .await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Embeddings(Kept<Description>);

operation!(Embeddings);

impl Embeddings {
    /// A call to a model.
    pub fn new(provider: impl Into<Provider>, model: impl Into<Cow<'static, str>>) -> Self {
        let provider = provider.into();
        Self::made(|| Description::new(Kind::Embeddings, "embeddings", Some(provider), model))
    }

    /// The host and port that are called.
    pub fn with_server(self, address: impl Into<Cow<'static, str>>, port: u16) -> Self {
        self.with(|kept| kept.server = Some((address.into(), port)))
    }

    /// What the tokens cost.
    pub fn with_prices(self, prices: &Prices) -> Self {
        self.with(|kept| kept.prices = Some(prices.clone()))
    }

    /// How long the vectors are to be.
    pub fn with_dimensions(self, count: u64) -> Self {
        self.with(|kept| kept.count(names::EMBEDDINGS_DIMENSION_COUNT, count))
    }
}

/// A search for what a model is to be told: `retrieval`, of kind `INTERNAL`.
///
/// ```
/// use otelier_genai::Retrieval;
///
/// # async fn example() -> std::io::Result<Vec<String>> {
/// Retrieval::new("handbook").with_top_k(5).run(async |_| Ok(vec![])).await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Retrieval(Kept<Description>);

operation!(Retrieval);

impl Retrieval {
    /// A search in a source of data, `gen_ai.data_source.id`.
    pub fn new(source: impl Into<Cow<'static, str>>) -> Self {
        Self::made(|| {
            let source = source.into();
            let mut kept = Description::new(Kind::Retrieval, "retrieval", None, source.clone());
            kept.text(names::DATA_SOURCE_ID, source);
            kept
        })
    }

    /// Who searches, where it is not the service itself.
    pub fn with_provider(self, provider: impl Into<Provider>) -> Self {
        self.with(|kept| kept.provider = Some(provider.into()))
    }

    /// How many are wanted.
    pub fn with_top_k(self, count: u64) -> Self {
        self.with(|kept| kept.count(names::RETRIEVAL_TOP_K, count))
    }
}
