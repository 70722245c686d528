//! The names of the conventions that only what records writes, see `crate::names`.

macro_rules! names {
    ($($constant:ident = $name:literal;)*) => {
        $(pub(crate) const $constant: &str = $name;)*
    };
}

names! {
    AGENT_NAME = "gen_ai.agent.name";
    CACHE_READ_TOKENS = "gen_ai.client.inference.usage.cache_read.input_tokens";
    CACHE_WRITE_TOKENS = "gen_ai.client.inference.usage.cache_write.input_tokens";
    CLIENT_EMBEDDINGS_DURATION = "gen_ai.client.embeddings.duration";
    CLIENT_EMBEDDINGS_INPUT_TOKENS = "gen_ai.client.embeddings.operation.input_tokens";
    CLIENT_INFERENCE_DURATION = "gen_ai.client.inference.duration";
    CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK = "gen_ai.client.inference.time_per_output_chunk";
    CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK = "gen_ai.client.inference.time_to_first_chunk";
    CLIENT_OPERATION_DURATION = "gen_ai.client.operation.duration";
    CLIENT_TOKEN_USAGE = "gen_ai.client.token.usage";
    COST = "otelier.gen_ai.cost";
    EXECUTE_TOOL_DURATION = "gen_ai.execute_tool.duration";
    INFERENCE_DETAILS = "gen_ai.client.inference.operation.details";
    INPUT_MESSAGES = "gen_ai.input.messages";
    INPUT_TOKENS = "gen_ai.client.inference.usage.input_tokens";
    INVOKE_AGENT_DURATION = "gen_ai.invoke_agent.duration";
    INVOKE_AGENT_INFERENCE_CALLS = "gen_ai.invoke_agent.inference_calls";
    INVOKE_AGENT_TOOL_CALLS = "gen_ai.invoke_agent.tool_calls";
    OPERATION_NAME = "gen_ai.operation.name";
    OUTPUT_MESSAGES = "gen_ai.output.messages";
    OUTPUT_TOKENS = "gen_ai.client.inference.usage.output_tokens";
    PROVIDER_NAME = "gen_ai.provider.name";
    REASONING_TOKENS = "gen_ai.client.inference.usage.reasoning.output_tokens";
    REQUEST_MODEL = "gen_ai.request.model";
    REQUEST_STREAM = "gen_ai.request.stream";
    RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons";
    RESPONSE_ID = "gen_ai.response.id";
    RESPONSE_MODEL = "gen_ai.response.model";
    RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk";
    RETRIEVAL_DURATION = "gen_ai.retrieval.duration";
    SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions";
    TOKEN_MODALITY = "gen_ai.token.modality";
    TOKEN_TYPE = "gen_ai.token.type";
    TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments";
    TOOL_CALL_RESULT = "gen_ai.tool.call.result";
    TOOL_DEFINITIONS = "gen_ai.tool.definitions";
    TOOL_DETAILS = "otelier.gen_ai.tool.details";
    TOOL_NAME = "gen_ai.tool.name";
    USAGE_CACHE_READ_INPUT_TOKENS = "gen_ai.usage.cache_read.input_tokens";
    USAGE_CACHE_WRITE_INPUT_TOKENS = "gen_ai.usage.cache_write.input_tokens";
    USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens";
    USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
    USAGE_REASONING_OUTPUT_TOKENS = "gen_ai.usage.reasoning.output_tokens";
}

/// Input and output tokens by modality, in the order of `Usage`.
pub(super) const USAGE_INPUT_OF: [&str; 3] = [
    "gen_ai.usage.text.input_tokens",
    "gen_ai.usage.image.input_tokens",
    "gen_ai.usage.audio.input_tokens",
];
pub(super) const USAGE_OUTPUT_OF: [&str; 3] = [
    "gen_ai.usage.text.output_tokens",
    "gen_ai.usage.image.output_tokens",
    "gen_ai.usage.audio.output_tokens",
];

/// Buckets of an agent's tasks, in seconds.
pub(super) const AGENT_SECONDS: [f64; 13] = [
    0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
];
/// Buckets of messages of MCP, in seconds.
#[cfg(feature = "rmcp")]
pub(super) const MESSAGE_SECONDS: [f64; 14] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];
/// Buckets of all other durations of the conventions, in seconds.
pub(super) const SECONDS: [f64; 14] = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
/// Buckets of numbers of tokens.
pub(super) const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
/// Buckets of numbers of calls.
pub(super) const CALLS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
