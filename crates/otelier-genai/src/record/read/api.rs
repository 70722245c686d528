//! Which API of which provider a request is for.

use std::borrow::Cow;

use http::{HeaderMap, Method};

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
pub(in crate::record) struct Target {
    pub(in crate::record) api: Api,
    pub(in crate::record) kind: Kind,
    pub(in crate::record) operation: &'static str,
    pub(in crate::record) provider: Provider,
    /// Where the path names the model.
    pub(in crate::record) model: Option<String>,
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

/// Where Ollama listens unless it is told otherwise.
const OLLAMA_PORT: u16 = 11434;

impl Target {
    /// What a request is for, `None` for all that is no call to a model.
    pub(in crate::record) fn of(
        config: &Config,
        method: &Method,
        (host, port): (&str, u16),
        path: &str,
        headers: &HeaderMap,
    ) -> Option<Self> {
        if *method != Method::POST {
            return None;
        }
        let (api, kind, operation) = api(path)?;
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
        })
    }
}

fn api(path: &str) -> Option<(Api, Kind, &'static str)> {
    let path = path.trim_end_matches('/');
    let ends = |end: &str| path.ends_with(end);
    Some(if ends("/chat/completions") {
        (Api::OpenAi, Kind::Inference, "chat")
    } else if ends("/completions") {
        (Api::OpenAi, Kind::Inference, "text_completion")
    } else if ends("/embeddings") {
        (Api::OpenAi, Kind::Embeddings, "embeddings")
    } else if ends("/responses") {
        (Api::Responses, Kind::Inference, "chat")
    } else if ends("/v1/messages") {
        (Api::Anthropic, Kind::Inference, "chat")
    } else if ends(":generateContent") || ends(":streamGenerateContent") {
        (Api::Gemini, Kind::Inference, "generate_content")
    } else if ends(":embedContent") || ends(":batchEmbedContents") {
        (Api::Gemini, Kind::Embeddings, "embeddings")
    } else if ends("/api/chat") {
        (Api::Ollama, Kind::Inference, "chat")
    } else if ends("/api/generate") {
        (Api::Ollama, Kind::Inference, "text_completion")
    } else if ends("/api/embed") {
        (Api::Ollama, Kind::Embeddings, "embeddings")
    } else {
        return None;
    })
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
mod tests {
    use super::*;

    fn of(host: &str, path: &str, header: Option<&'static str>) -> Option<String> {
        let config = Config::new()
            .with_host("llm.internal", Provider::from("vllm"))
            .with_host("localhost:8000", "own");
        let mut headers = HeaderMap::new();
        headers.extend(header.map(|name| {
            (
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static("1"),
            )
        }));
        let (host, port) = host.rsplit_once(':').unwrap_or((host, "443"));
        let place = (host, port.parse().unwrap());
        let target = Target::of(&config, &Method::POST, place, path, &headers)?;
        let model = target.model.unwrap_or_default();
        Some(format!(
            "{} {} {model}",
            target.provider.name(),
            target.operation
        ))
    }

    #[test]
    fn a_call_to_a_model_is_known_by_host_or_header_and_path() {
        for (host, path, header, expected) in [
            (
                "api.openai.com",
                "/v1/chat/completions",
                None,
                Some("openai chat "),
            ),
            (
                "API.OpenAI.com",
                "/v1/responses",
                None,
                Some("openai chat "),
            ),
            (
                "api.openai.com",
                "/v1/embeddings",
                None,
                Some("openai embeddings "),
            ),
            ("api.openai.com", "/v1/files", None, None),
            ("api.openai.com.evil", "/v1/chat/completions", None, None),
            (
                "shop.openai.azure.com",
                "/openai/deployments/gpt/chat/completions",
                None,
                Some("azure.ai.openai chat gpt"),
            ),
            (
                "api.groq.com",
                "/openai/v1/chat/completions",
                None,
                Some("groq chat "),
            ),
            (
                "api.anthropic.com",
                "/v1/messages",
                None,
                Some("anthropic chat "),
            ),
            (
                "gateway.example",
                "/v1/messages",
                Some("anthropic-version"),
                Some("anthropic chat "),
            ),
            ("chat.example", "/v1/messages", None, None),
            ("chat.example", "/messages", Some("anthropic-version"), None),
            (
                "generativelanguage.googleapis.com",
                "/v1beta/models/gemini-3:streamGenerateContent",
                None,
                Some("gcp.gemini generate_content gemini-3"),
            ),
            (
                "europe-west1-aiplatform.googleapis.com",
                "/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
                None,
                Some("gcp.vertex_ai generate_content g"),
            ),
            (
                "generativelanguage.googleapis.com",
                "/v1beta/tunedModels/bread-7:generateContent",
                None,
                Some("gcp.gemini generate_content bread-7"),
            ),
            (
                "shop.services.ai.azure.com",
                "/models/chat/completions",
                None,
                Some("azure.ai.inference chat "),
            ),
            (
                "westeurope.api.cognitive.microsoft.com",
                "/openai/deployments/gpt/embeddings",
                None,
                Some("azure.ai.openai embeddings gpt"),
            ),
            ("localhost:11434", "/api/chat", None, Some("ollama chat ")),
            (
                "localhost:11434",
                "/v1/chat/completions",
                None,
                Some("ollama chat "),
            ),
            (
                "llm.internal",
                "/v1/chat/completions",
                None,
                Some("vllm chat "),
            ),
            (
                "LLM.internal:8080",
                "/v1/completions",
                None,
                Some("vllm text_completion "),
            ),
            (
                "localhost:8000",
                "/v1/completions",
                None,
                Some("own text_completion "),
            ),
            ("localhost:8001", "/v1/completions", None, None),
            ("chat.example", "/v1/chat/completions", None, None),
        ] {
            assert_eq!(of(host, path, header).as_deref(), expected, "{host}{path}");
        }
        let get = Target::of(
            &Config::new(),
            &Method::GET,
            ("api.openai.com", 443),
            "/v1/responses",
            &HeaderMap::new(),
        );
        assert_eq!(get, None);
    }
}
