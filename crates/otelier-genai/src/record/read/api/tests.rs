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
    let uri = format!("https://{host}{path}").parse().unwrap();
    let target = Target::of(&config, &Method::POST, &uri, &headers)?;
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
            "us-east5-aiplatform.googleapis.com",
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude@1:streamRawPredict",
            None,
            Some("gcp.vertex_ai chat claude@1"),
        ),
        (
            "aiplatform.googleapis.com",
            "/v1/projects/p/locations/l/publishers/mistralai/models/m:rawPredict",
            None,
            None,
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
        &Uri::from_static("https://api.openai.com/v1/responses"),
        &HeaderMap::new(),
    );
    assert_eq!(get, None);
}
