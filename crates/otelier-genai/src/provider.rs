//! Who runs a model.

use std::borrow::Cow;

/// Who runs a model: `gen_ai.provider.name`. The constants are the names of the
/// conventions; any other text is a provider of your own. It becomes a label: there
/// should be few of them.
///
/// ```
/// use otelier_genai::Provider;
///
/// assert_eq!(Provider::OPENAI, Provider::from("openai"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider(Cow<'static, str>);

impl Provider {
    /// Anthropic.
    pub const ANTHROPIC: Self = Self(Cow::Borrowed("anthropic"));
    /// AWS Bedrock.
    pub const AWS_BEDROCK: Self = Self(Cow::Borrowed("aws.bedrock"));
    /// Azure AI Inference.
    pub const AZURE_AI_INFERENCE: Self = Self(Cow::Borrowed("azure.ai.inference"));
    /// Azure OpenAI.
    pub const AZURE_OPENAI: Self = Self(Cow::Borrowed("azure.ai.openai"));
    /// Cohere.
    pub const COHERE: Self = Self(Cow::Borrowed("cohere"));
    /// DeepSeek.
    pub const DEEPSEEK: Self = Self(Cow::Borrowed("deepseek"));
    /// Gemini, at `generativelanguage.googleapis.com`.
    pub const GEMINI: Self = Self(Cow::Borrowed("gcp.gemini"));
    /// Groq.
    pub const GROQ: Self = Self(Cow::Borrowed("groq"));
    /// Mistral AI.
    pub const MISTRAL: Self = Self(Cow::Borrowed("mistral_ai"));
    /// Moonshot AI.
    pub const MOONSHOT: Self = Self(Cow::Borrowed("moonshot_ai"));
    /// Ollama, which the conventions have no name for.
    pub const OLLAMA: Self = Self(Cow::Borrowed("ollama"));
    /// OpenAI.
    pub const OPENAI: Self = Self(Cow::Borrowed("openai"));
    /// Perplexity.
    pub const PERPLEXITY: Self = Self(Cow::Borrowed("perplexity"));
    /// Vertex AI, at `aiplatform.googleapis.com`.
    pub const VERTEX_AI: Self = Self(Cow::Borrowed("gcp.vertex_ai"));
    /// xAI.
    pub const X_AI: Self = Self(Cow::Borrowed("x_ai"));

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Cow<'static, str> {
        &self.0
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Provider {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}
