//! The names of the GenAI conventions, as open-telemetry/semantic-conventions-genai has
//! them at its commit 024a4f9, before its first tag could be read, and retrieval as its
//! documents have it since: the only place where they are spelt out.

macro_rules! names {
    ($($constant:ident = $name:literal;)*) => {
        $(pub(crate) const $constant: &str = $name;)*
    };
}

names! {
    AGENT_VERSION = "gen_ai.agent.version";
    CONVERSATION_ID = "gen_ai.conversation.id";
    DATA_SOURCE_ID = "gen_ai.data_source.id";
    EMBEDDINGS_DIMENSION_COUNT = "gen_ai.embeddings.dimension.count";
    OUTPUT_TYPE = "gen_ai.output.type";
    REQUEST_CHOICE_COUNT = "gen_ai.request.choice.count";
    REQUEST_FREQUENCY_PENALTY = "gen_ai.request.frequency_penalty";
    REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens";
    REQUEST_PRESENCE_PENALTY = "gen_ai.request.presence_penalty";
    REQUEST_PREVIOUS_RESPONSE_ID = "gen_ai.request.previous_response.id";
    REQUEST_REASONING_LEVEL = "gen_ai.request.reasoning.level";
    REQUEST_SEED = "gen_ai.request.seed";
    REQUEST_STOP_SEQUENCES = "gen_ai.request.stop_sequences";
    REQUEST_TEMPERATURE = "gen_ai.request.temperature";
    REQUEST_TOP_K = "gen_ai.request.top_k";
    REQUEST_TOP_P = "gen_ai.request.top_p";
    RETRIEVAL_TOP_K = "gen_ai.retrieval.top_k";
    TOOL_CALL_ID = "gen_ai.tool.call.id";
    TOOL_TYPE = "gen_ai.tool.type";
}
