//! Calls to language models.

use std::{
    borrow::Cow,
    fmt::{Debug, Display},
};

use otelier_core::{ContentCapture, edge::Kept};

use super::operation;
use crate::{
    Call, Message, Prices, Provider,
    describe::{Description, Kind, Value},
    names, record,
};

/// A call to a language model: `chat gpt-5`.
///
/// ```
/// use otelier_genai::{Inference, Provider, Usage};
///
/// # struct Answer { text: String, input: u64, output: u64 }
/// # async fn ask(_: &str) -> std::io::Result<Answer> {
/// #     Ok(Answer { text: String::new(), input: 7, output: 11 })
/// # }
/// # async fn example() -> std::io::Result<String> {
/// Inference::new(Provider::OPENAI, "chat", "gpt-5")
///     .with_temperature(0.2)
///     .run(async |call| {
///         let answer = ask("what is in stock?").await?;
///         call.usage(Usage::new().with_input_tokens(answer.input).with_output_tokens(answer.output));
///         call.finish("stop");
///         Ok(answer.text)
///     })
///     .await
/// # }
/// ```
///
/// The span is of kind `CLIENT` and covers all attempts, if the client tries again.
/// What was asked and answered is recorded only if content is asked for, see
/// [`with_content`](Self::with_content).
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Inference(Kept<Description>);

operation!(Inference);

impl Inference {
    /// A call of an operation of the conventions, such as `chat`, `generate_content`
    /// or `text_completion`, to a model. Models beyond 256 are `_OTHER` as labels of
    /// metrics.
    pub fn new(
        provider: impl Into<Provider>,
        operation: impl Into<Cow<'static, str>>,
        model: impl Into<Cow<'static, str>>,
    ) -> Self {
        let provider = provider.into();
        Self::made(|| Description::new(Kind::Inference, operation, Some(provider), model))
    }

    /// The host and port that are called.
    pub fn with_server(self, address: impl Into<Cow<'static, str>>, port: u16) -> Self {
        self.with(|kept| kept.server = Some((address.into(), port)))
    }

    /// What the tokens cost.
    pub fn with_prices(self, prices: &Prices) -> Self {
        self.with(|kept| kept.prices = Some(prices.clone()))
    }

    /// The conversation that the call belongs to.
    pub fn with_conversation(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.text(names::CONVERSATION_ID, id)
    }

    /// The answer that this one goes on from, as providers keep them.
    pub fn with_previous_response(self, id: impl Into<Cow<'static, str>>) -> Self {
        self.text(names::REQUEST_PREVIOUS_RESPONSE_ID, id)
    }

    /// The form that was asked for: `text`, `json`, `image`, `speech`.
    pub fn with_output_type(self, output: impl Into<Cow<'static, str>>) -> Self {
        self.text(names::OUTPUT_TYPE, output)
    }

    /// How much the model is to think, as the provider calls it.
    pub fn with_reasoning_level(self, level: impl Into<Cow<'static, str>>) -> Self {
        self.text(names::REQUEST_REASONING_LEVEL, level)
    }

    /// The most tokens that the answer may have.
    pub fn with_max_tokens(self, tokens: u64) -> Self {
        self.count(names::REQUEST_MAX_TOKENS, tokens)
    }

    /// How many answers were asked for, where it is not one.
    pub fn with_choices(self, count: u64) -> Self {
        if count == 1 {
            return self;
        }
        self.count(names::REQUEST_CHOICE_COUNT, count)
    }

    /// The seed of the sampling.
    pub fn with_seed(self, seed: i64) -> Self {
        self.with(|kept| kept.add(names::REQUEST_SEED, Value::Int(seed)))
    }

    /// `top_k` of the sampling.
    pub fn with_top_k(self, tokens: u64) -> Self {
        self.count(names::REQUEST_TOP_K, tokens)
    }

    /// The temperature of the sampling.
    pub fn with_temperature(self, temperature: f64) -> Self {
        self.number(names::REQUEST_TEMPERATURE, temperature)
    }

    /// `top_p` of the sampling.
    pub fn with_top_p(self, share: f64) -> Self {
        self.number(names::REQUEST_TOP_P, share)
    }

    /// The penalty for what was said often.
    pub fn with_frequency_penalty(self, penalty: f64) -> Self {
        self.number(names::REQUEST_FREQUENCY_PENALTY, penalty)
    }

    /// The penalty for what was said at all.
    pub fn with_presence_penalty(self, penalty: f64) -> Self {
        self.number(names::REQUEST_PRESENCE_PENALTY, penalty)
    }

    /// What ends the answer; 16 of them are told.
    pub fn with_stop_sequences<S: Into<String>>(
        self,
        sequences: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with(|kept| kept.texts(names::REQUEST_STOP_SEQUENCES, sequences))
    }

    /// Records what is asked and answered there, instead of where
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says. To be said before what
    /// is asked.
    pub fn with_content(self, capture: ContentCapture) -> Self {
        self.with(|kept| kept.capture = capture)
    }

    /// The messages that are sent, in their order. They are made only if content is
    /// asked for; secrets are masked, and of more than 64 KiB the newest are kept.
    pub fn with_messages<M>(self, messages: impl FnOnce() -> M) -> Self
    where
        M: IntoIterator<Item = Message>,
    {
        self.with(|kept| {
            kept.ask(|asked| asked.messages = messages().into_iter().collect());
        })
    }

    /// The instructions that are sent beside the messages, made only if content is
    /// asked for.
    pub fn with_instructions<S: Into<String>>(self, instructions: impl FnOnce() -> S) -> Self {
        self.with(|kept| {
            kept.ask(|asked| asked.instructions = Some(instructions().into()));
        })
    }

    /// The tools that the model may ask for, as a list in JSON with `type`, `name`,
    /// `description` and `parameters` of each; made only if content is asked for.
    pub fn with_tools<S: Into<String>>(self, definitions: impl FnOnce() -> S) -> Self {
        self.with(|kept| {
            kept.ask(|asked| asked.tools = Some(definitions().into()));
        })
    }

    fn text(self, key: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.with(|kept| kept.text(key, value))
    }

    fn count(self, key: &'static str, value: u64) -> Self {
        self.with(|kept| kept.count(key, value))
    }

    fn number(self, key: &'static str, value: f64) -> Self {
        self.with(|kept| kept.add(key, Value::Float(value)))
    }
}
