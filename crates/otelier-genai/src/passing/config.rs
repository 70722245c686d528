//! What can be chosen when a layer or middleware is made.

use otelier_core::ContentCapture;

use crate::{Prices, Provider};

/// Which requests are calls to models, and what they cost; by default those to the
/// hosts of the providers that [`Provider`] names, and no prices.
///
/// ```
/// use otelier_genai::Config;
///
/// // An own server that speaks as OpenAI's does.
/// let config = Config::new().with_host("llm.internal:8000", "vllm");
/// # drop(config);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Config {
    pub(crate) hosts: Vec<(String, Provider)>,
    pub(crate) prices: Option<Prices>,
    pub(crate) content: Option<ContentCapture>,
}

impl Config {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names a host, with or without a port, that speaks as OpenAI, Anthropic, Gemini or
    /// Ollama do; which of them, its paths tell.
    pub fn with_host(mut self, host: impl Into<String>, provider: impl Into<Provider>) -> Self {
        self.hosts.push((host.into(), provider.into()));
        self
    }

    /// Records what is asked and answered there, instead of where
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says. Secrets are masked; of
    /// what is longer than 64 KiB the newest messages are kept; bytes are left out.
    pub fn with_content(mut self, capture: ContentCapture) -> Self {
        self.content = Some(capture);
        self
    }

    /// What the tokens cost.
    pub fn with_prices(mut self, prices: &Prices) -> Self {
        self.prices = Some(prices.clone());
        self
    }
}
