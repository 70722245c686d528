//! Which API of which provider a request is for.

use std::borrow::Cow;

use http::{HeaderMap, Method, Uri};

use crate::{Provider, describe::Kind, passing::Config};

/// How a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::record) enum Api {
    /// Chat, completions and embeddings as OpenAI and many others have them.
    OpenAi,
    /// OpenAI's responses.
    Responses,
    Anthropic,
    Gemini,
    Ollama,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(in crate::record) api: Api,
    pub(in crate::record) kind: Kind,
    pub(in crate::record) operation: &'static str,
    pub(in crate::record) provider: Provider,
    /// Where the path names the model.
    pub(in crate::record) model: Option<String>,
    /// Host and port.
    pub(in crate::record) server: (String, u16),
    /// Where the path asks for a stream.
    pub(in crate::record) streams: bool,
}

/// Hosts, or what their names end with, and whose they are.
const HOSTS: [(&str, Provider); 21] = [
    ("api.openai.com", Provider::OPENAI),
    (".openai.azure.com", Provider::AZURE_OPENAI),
    (".openai.azure.us", Provider::AZURE_OPENAI),
    (".openai.azure.cn", Provider::AZURE_OPENAI),
    (".api.cognitive.microsoft.com", Provider::AZURE_OPENAI),
    (".cognitiveservices.azure.com", Provider::AZURE_OPENAI),
    (".services.ai.azure.com", Provider::AZURE_AI_INFERENCE),
    (".models.ai.azure.com", Provider::AZURE_AI_INFERENCE),
    ("api.anthropic.com", Provider::ANTHROPIC),
    ("generativelanguage.googleapis.com", Provider::GEMINI),
    ("aiplatform.googleapis.com", Provider::VERTEX_AI),
    ("-aiplatform.googleapis.com", Provider::VERTEX_AI),
    ("api.mistral.ai", Provider::MISTRAL),
    ("api.groq.com", Provider::GROQ),
    ("api.deepseek.com", Provider::DEEPSEEK),
    ("api.x.ai", Provider::X_AI),
    ("api.perplexity.ai", Provider::PERPLEXITY),
    ("api.moonshot.ai", Provider::MOONSHOT),
    ("api.moonshot.cn", Provider::MOONSHOT),
    ("api.cohere.com", Provider::COHERE),
    ("api.cohere.ai", Provider::COHERE),
];

/// What paths end with, the first that fits, and what is asked for there.
const PATHS: [(&str, Api, Kind, &str); 12] = [
    ("/chat/completions", Api::OpenAi, Kind::Inference, "chat"),
    (
        "/completions",
        Api::OpenAi,
        Kind::Inference,
        "text_completion",
    ),
    ("/embeddings", Api::OpenAi, Kind::Embeddings, "embeddings"),
    ("/responses", Api::Responses, Kind::Inference, "chat"),
    ("/v1/messages", Api::Anthropic, Kind::Inference, "chat"),
    (
        ":generateContent",
        Api::Gemini,
        Kind::Inference,
        "generate_content",
    ),
    (
        ":streamGenerateContent",
        Api::Gemini,
        Kind::Inference,
        "generate_content",
    ),
    (":embedContent", Api::Gemini, Kind::Embeddings, "embeddings"),
    (
        ":batchEmbedContents",
        Api::Gemini,
        Kind::Embeddings,
        "embeddings",
    ),
    ("/api/chat", Api::Ollama, Kind::Inference, "chat"),
    (
        "/api/generate",
        Api::Ollama,
        Kind::Inference,
        "text_completion",
    ),
    ("/api/embed", Api::Ollama, Kind::Embeddings, "embeddings"),
];

/// Where Ollama listens unless it is told otherwise.
const OLLAMA_PORT: u16 = 11434;

impl Target {
    /// What a request is for, `None` for all that is no call to a model.
    pub(in crate::record) fn of(
        config: &Config,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Option<Self> {
        if *method != Method::POST {
            return None;
        }
        let path = uri.path();
        let (api, kind, operation) = api(path)?;
        let host = uri.host()?;
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("http") => 80,
            _ => 443,
        });
        let provider = config
            .provider(host, port)
            .or_else(|| known(host, port))
            .or_else(|| by_header(api, headers))?;
        Some(Self {
            api,
            kind,
            operation,
            provider,
            model: model(path),
            server: (host.to_owned(), port),
            streams: path.ends_with(":streamGenerateContent"),
        })
    }
}

fn api(path: &str) -> Option<(Api, Kind, &'static str)> {
    let path = path.trim_end_matches('/');
    let is_published = path.contains("/publishers/anthropic/");
    if is_published && (path.ends_with(":rawPredict") || path.ends_with(":streamRawPredict")) {
        return Some((Api::Anthropic, Kind::Inference, "chat"));
    }
    let found = PATHS.into_iter().find(|(end, ..)| path.ends_with(end));
    found.map(|(_, api, kind, operation)| (api, kind, operation))
}

fn known(host: &str, port: u16) -> Option<Provider> {
    if port == OLLAMA_PORT {
        return Some(Provider::OLLAMA);
    }
    let host = host.to_ascii_lowercase();
    let is = |name: &str| match name.as_bytes().first() {
        Some(b'.' | b'-') => host.ends_with(name),
        _ => host == name,
    };
    let found = HOSTS.into_iter().find(|(name, _)| is(name));
    found.map(|(_, provider)| provider)
}

/// A proxy in front of a provider is known by what the provider's clients send.
fn by_header(api: Api, headers: &HeaderMap) -> Option<Provider> {
    match api {
        Api::Anthropic if headers.contains_key("anthropic-version") => Some(Provider::ANTHROPIC),
        Api::Gemini if headers.contains_key("x-goog-api-key") => Some(Provider::GEMINI),
        _ => None,
    }
}

/// `models/{model}:generateContent`, or `deployments/{model}/chat/completions`.
fn model(path: &str) -> Option<String> {
    let last = |mark| path.rsplit_once(mark).map(|(_, rest)| rest);
    let (model, _) = match last("/deployments/") {
        Some(rest) => rest.split_once('/')?,
        None => last("/")?.split_once(':')?,
    };
    (!model.is_empty()).then(|| model.to_owned())
}

impl Config {
    fn provider(&self, host: &str, port: u16) -> Option<Provider> {
        let is = |named: &str| match named.rsplit_once(':') {
            Some((name, given)) if given.bytes().all(|byte| byte.is_ascii_digit()) => {
                given.parse() == Ok(port) && same(name, host)
            }
            _ => same(named, host),
        };
        let found = self.hosts.iter().find(|(named, _)| is(named));
        found.map(|(_, provider)| provider.clone())
    }
}

fn same(name: &str, host: &str) -> bool {
    let plain = |name: &str| -> Cow<'_, str> {
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.to_ascii_lowercase().into()
    };
    plain(name) == plain(host)
}

#[cfg(test)]
mod tests;
