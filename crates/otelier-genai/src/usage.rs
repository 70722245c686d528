//! How many tokens a call took.

/// What tokens stand for.
///
/// See the example of [`Usage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Modality {
    /// Text.
    Text,
    /// Images.
    Image,
    /// Sound.
    Audio,
}

impl Modality {
    /// The name in the conventions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
        }
    }
}

/// How many tokens a call took, as the provider says: those that are billed, where it
/// tells them from those that were used. What is not said is not recorded.
///
/// ```
/// use otelier_genai::{Modality, Usage};
///
/// let usage = Usage::new()
///     .with_input_tokens(1_200)
///     .with_cache_read_tokens(1_000)
///     .with_output_tokens(80)
///     .with_input_of(Modality::Image, 900);
/// assert_eq!(usage.input_tokens(), Some(1_200));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Usage {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) reasoning: Option<u64>,
    /// By modality: text, image, audio.
    pub(crate) input_of: [u64; 3],
    pub(crate) output_of: [u64; 3],
}

impl Usage {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All input tokens, those of the cache among them.
    pub fn with_input_tokens(mut self, tokens: u64) -> Self {
        self.input = Some(tokens);
        self
    }

    /// All output tokens, those of reasoning among them.
    pub fn with_output_tokens(mut self, tokens: u64) -> Self {
        self.output = Some(tokens);
        self
    }

    /// Those input tokens that the provider's cache had.
    pub fn with_cache_read_tokens(mut self, tokens: u64) -> Self {
        self.cache_read = Some(tokens);
        self
    }

    /// Those input tokens that were written to the provider's cache.
    pub fn with_cache_write_tokens(mut self, tokens: u64) -> Self {
        self.cache_write = Some(tokens);
        self
    }

    /// Those output tokens that the model thought with.
    pub fn with_reasoning_tokens(mut self, tokens: u64) -> Self {
        self.reasoning = Some(tokens);
        self
    }

    /// Those input tokens that stand for one modality.
    pub fn with_input_of(mut self, modality: Modality, tokens: u64) -> Self {
        if let Some(of) = self.input_of.get_mut(modality as usize) {
            *of = tokens;
        }
        self
    }

    /// Those output tokens that stand for one modality.
    pub fn with_output_of(mut self, modality: Modality, tokens: u64) -> Self {
        if let Some(of) = self.output_of.get_mut(modality as usize) {
            *of = tokens;
        }
        self
    }

    /// All input tokens.
    #[must_use]
    pub fn input_tokens(&self) -> Option<u64> {
        self.input
    }

    /// All output tokens.
    #[must_use]
    pub fn output_tokens(&self) -> Option<u64> {
        self.output
    }

    /// Those input tokens that the provider's cache had.
    #[must_use]
    pub fn cache_read_tokens(&self) -> Option<u64> {
        self.cache_read
    }

    /// Those input tokens that were written to the provider's cache.
    #[must_use]
    pub fn cache_write_tokens(&self) -> Option<u64> {
        self.cache_write
    }

    /// Those output tokens that the model thought with.
    #[must_use]
    pub fn reasoning_tokens(&self) -> Option<u64> {
        self.reasoning
    }
}
