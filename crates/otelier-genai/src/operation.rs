//! The operations that can be guarded.

use std::{
    borrow::Cow,
    fmt::{Debug, Display},
};

use otelier_core::{
    ContentCapture,
    edge::{Kept, Traced},
};

use crate::{
    Call, Message, Prices, Provider,
    describe::{Description, Kind, Value},
    names, record,
};

/// What all operations have in common: they are made, and run.
macro_rules! operation {
    ($operation:ident) => {
        impl $operation {
            fn made(describe: impl FnOnce() -> Description) -> Self {
                Self(Kept::new(|| {
                    record::is_on().then(|| {
                        let mut kept = describe();
                        kept.capture = record::capture();
                        kept
                    })
                }))
            }

            /// Runs the operation: a span from its first poll to its end, current
            /// whenever it is polled, and a duration. What is told to the [`Call`] is
            /// recorded with it. Where it returns [`Call::stream`], the operation ends
            /// with the stream.
            ///
            /// # Errors
            /// Those of the operation, as they are; `error.type` is `timeout`, or the
            /// error's type.
            ///
            /// # Cancellation
            /// Dropping it ends the operation without an error: giving up is the
            /// caller's right. A panic ends it as one.
            pub fn run<F, A, T, E>(self, operation: F) -> impl Future<Output = Result<T, E>>
            where
                F: FnOnce(Call) -> A,
                A: Future<Output = Result<T, E>>,
                E: Display + Debug + 'static,
            {
                run(self.0, operation)
            }
        }
    };
}

async fn run<F, A, T, E>(description: Kept<Description>, operation: F) -> Result<T, E>
where
    F: FnOnce(Call) -> A,
    A: Future<Output = Result<T, E>>,
    E: Display + Debug + 'static,
{
    let (running, open) = record::begin(description);
    let call = Call::new(running);
    // What makes the future runs in the span, too.
    let future = async move { operation(call).await };
    let (result, open) = Traced::run(future, open).await;
    record::end(open, &result);
    result
}

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
        Self(
            self.0
                .with(|kept| kept.server = Some((address.into(), port))),
        )
    }

    /// What the tokens cost.
    pub fn with_prices(self, prices: &Prices) -> Self {
        Self(self.0.with(|kept| kept.prices = Some(prices.clone())))
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
        Self(
            self.0
                .with(|kept| kept.add(names::REQUEST_SEED, Value::Int(seed))),
        )
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
        Self(
            self.0
                .with(|kept| kept.texts(names::REQUEST_STOP_SEQUENCES, sequences)),
        )
    }

    /// Records what is asked and answered there, instead of where
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says. To be said before what
    /// is asked.
    pub fn with_content(self, capture: ContentCapture) -> Self {
        Self(self.0.with(|kept| kept.capture = capture))
    }

    /// The messages that are sent, in their order. They are made only if content is
    /// asked for; secrets are masked, and of more than 64 KiB the newest are kept.
    pub fn with_messages<M>(self, messages: impl FnOnce() -> M) -> Self
    where
        M: IntoIterator<Item = Message>,
    {
        Self(self.0.with(|kept| {
            kept.ask(|asked| asked.messages = messages().into_iter().collect());
        }))
    }

    /// The instructions that are sent beside the messages, made only if content is
    /// asked for.
    pub fn with_instructions<S: Into<String>>(self, instructions: impl FnOnce() -> S) -> Self {
        Self(self.0.with(|kept| {
            kept.ask(|asked| asked.instructions = Some(instructions().into()));
        }))
    }

    /// The tools that the model may ask for, as a list in JSON with `type`, `name`,
    /// `description` and `parameters` of each; made only if content is asked for.
    pub fn with_tools<S: Into<String>>(self, definitions: impl FnOnce() -> S) -> Self {
        Self(self.0.with(|kept| {
            kept.ask(|asked| asked.tools = Some(definitions().into()));
        }))
    }

    fn text(self, key: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.with(|kept| kept.text(key, value)))
    }

    fn count(self, key: &'static str, value: u64) -> Self {
        Self(self.0.with(|kept| kept.count(key, value)))
    }

    fn number(self, key: &'static str, value: f64) -> Self {
        Self(self.0.with(|kept| kept.add(key, Value::Float(value))))
    }
}

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
        Self(
            self.0
                .with(|kept| kept.server = Some((address.into(), port))),
        )
    }

    /// What the tokens cost.
    pub fn with_prices(self, prices: &Prices) -> Self {
        Self(self.0.with(|kept| kept.prices = Some(prices.clone())))
    }

    /// How long the vectors are to be.
    pub fn with_dimensions(self, count: u64) -> Self {
        Self(
            self.0
                .with(|kept| kept.count(names::EMBEDDINGS_DIMENSION_COUNT, count)),
        )
    }
}

/// A search for what a model is to be told: `retrieval handbook`.
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
    /// A search in a source of data. Its name becomes part of the span's.
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
        Self(self.0.with(|kept| kept.provider = Some(provider.into())))
    }

    /// How many are wanted.
    pub fn with_top_k(self, count: u64) -> Self {
        Self(
            self.0
                .with(|kept| kept.count(names::RETRIEVAL_TOP_K, count)),
        )
    }
}

/// A tool that a model asked for: `execute_tool stock`.
///
/// ```
/// use otelier_genai::Tool;
///
/// # async fn example() -> std::io::Result<u32> {
/// Tool::new("stock").with_call("call_7").run(async |_| Ok(12)).await
/// # }
/// ```
///
/// The span is of kind `INTERNAL`. Arguments and result are recorded only if content is
/// asked for, see [`with_content`](Self::with_content).
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Tool(Kept<Description>);

operation!(Tool);

impl Tool {
    /// A call of a tool. Models make names up: those beyond 256 are `_OTHER` in names
    /// of spans and labels.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self::made(|| Description::new(Kind::Tool, "execute_tool", None, name))
    }

    /// The id that the model gave the call.
    pub fn with_call(self, id: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.with(|kept| kept.text(names::TOOL_CALL_ID, id)))
    }

    /// Records arguments and result there, instead of where
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says. To be said before the
    /// arguments.
    pub fn with_content(self, capture: ContentCapture) -> Self {
        Self(self.0.with(|kept| kept.capture = capture))
    }

    /// What it gets, in JSON; made only if content is asked for.
    pub fn with_arguments<S: Into<String>>(self, arguments: impl FnOnce() -> S) -> Self {
        Self(self.0.with(|kept| {
            kept.ask(|asked| asked.arguments = Some(arguments().into()));
        }))
    }

    /// What it is: `function`, `extension`, `datastore`.
    pub fn with_type(self, kind: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.with(|kept| kept.text(names::TOOL_TYPE, kind)))
    }
}

/// An agent of this process that is given a task: `invoke_agent planner`. The calls of
/// models and tools below it, and below no other agent, are counted.
///
/// ```
/// use otelier_genai::{Agent, Tool};
///
/// # async fn example() -> std::io::Result<u32> {
/// Agent::new("planner")
///     .with_version("3")
///     .run(async |_| Tool::new("stock").run(async |_| Ok(12)).await)
///     .await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it does nothing until it is run"]
pub struct Agent(Kept<Description>);

operation!(Agent);

impl Agent {
    /// A task of an agent. Agents beyond 256 are `_OTHER` in names of spans and labels.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self::made(|| Description::new(Kind::Agent, "invoke_agent", None, name))
    }

    /// Who runs it, where it is not the service itself.
    pub fn with_provider(self, provider: impl Into<Provider>) -> Self {
        Self(self.0.with(|kept| kept.provider = Some(provider.into())))
    }

    /// Its version.
    pub fn with_version(self, version: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.with(|kept| kept.text(names::AGENT_VERSION, version)))
    }

    /// The conversation that the task belongs to.
    pub fn with_conversation(self, id: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.with(|kept| kept.text(names::CONVERSATION_ID, id)))
    }
}
