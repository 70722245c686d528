//! What is known of an operation before it begins.

use std::borrow::Cow;

use otelier_core::ContentCapture;

use crate::{message::Message, price::Prices, provider::Provider};

/// More stop sequences than these are not told.
const MAX_LIST: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Inference,
    Embeddings,
    Retrieval,
    Tool,
    Agent,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Cow<'static, str>),
    Texts(Vec<String>),
    Int(i64),
    Float(f64),
    #[cfg(feature = "http")]
    Bool(bool),
}

/// What is asked, where it is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) messages: Vec<Message>,
    pub(crate) instructions: Option<String>,
    /// In JSON, as the arguments of a tool are.
    pub(crate) tools: Option<String>,
    pub(crate) arguments: Option<String>,
}

/// Kept by builders while telemetry is on.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) kind: Kind,
    pub(crate) operation: Cow<'static, str>,
    pub(crate) provider: Option<Provider>,
    /// The model, tool or agent; empty if it is not known.
    pub(crate) subject: Cow<'static, str>,
    pub(crate) server: Option<(Cow<'static, str>, u16)>,
    pub(crate) prices: Option<Prices>,
    pub(crate) attributes: Vec<(&'static str, Value)>,
    pub(crate) capture: ContentCapture,
    pub(crate) asked: Asked,
}

impl Description {
    pub(crate) fn new(
        kind: Kind,
        operation: impl Into<Cow<'static, str>>,
        provider: Option<Provider>,
        subject: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            operation: operation.into(),
            provider,
            subject: subject.into(),
            server: None,
            prices: None,
            attributes: Vec::new(),
            capture: ContentCapture::Nowhere,
            asked: Asked::default(),
        }
    }

    pub(crate) fn text(&mut self, key: &'static str, value: impl Into<Cow<'static, str>>) {
        self.add(key, Value::Text(value.into()));
    }

    /// What a signed number cannot hold is told as the largest.
    pub(crate) fn count(&mut self, key: &'static str, value: u64) {
        self.add(key, Value::Int(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    pub(crate) fn texts<S: Into<String>>(
        &mut self,
        key: &'static str,
        texts: impl IntoIterator<Item = S>,
    ) {
        let texts = texts.into_iter().map(Into::into).take(MAX_LIST).collect();
        self.add(key, Value::Texts(texts));
    }

    /// Keeps what is asked, if content is asked for.
    pub(crate) fn ask(&mut self, ask: impl FnOnce(&mut Asked)) {
        if self.capture != ContentCapture::Nowhere {
            ask(&mut self.asked);
        }
    }

    pub(crate) fn add(&mut self, key: &'static str, value: Value) {
        self.attributes.push((key, value));
    }
}
