//! Attribute and metric names of the semantic conventions 1.44.0 that otelier
//! emits: the only place where they are spelt out.
//!
//! Each constant is the name in capitals, with `_` for `.`.

macro_rules! names {
    ($($constant:ident = $name:literal;)*) => {
        $(#[doc = concat!("`", $name, "`")] pub const $constant: &str = $name;)*
    };
}

names! {
    CLIENT_ADDRESS = "client.address";
    CLIENT_PORT = "client.port";
    CODE_FILE_PATH = "code.file.path";
    CODE_FUNCTION_NAME = "code.function.name";
    CODE_LINE_NUMBER = "code.line.number";
    ERROR_TYPE = "error.type";
    EXCEPTION_MESSAGE = "exception.message";
    EXCEPTION_STACKTRACE = "exception.stacktrace";
    EXCEPTION_TYPE = "exception.type";
    HTTP_CLIENT_ACTIVE_REQUESTS = "http.client.active_requests";
    HTTP_CLIENT_REQUEST_DURATION = "http.client.request.duration";
    HTTP_REQUEST_METHOD = "http.request.method";
    HTTP_REQUEST_METHOD_ORIGINAL = "http.request.method_original";
    HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";
    HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
    HTTP_ROUTE = "http.route";
    HTTP_SERVER_ACTIVE_REQUESTS = "http.server.active_requests";
    HTTP_SERVER_REQUEST_DURATION = "http.server.request.duration";
    NETWORK_PEER_ADDRESS = "network.peer.address";
    NETWORK_PEER_PORT = "network.peer.port";
    NETWORK_PROTOCOL_NAME = "network.protocol.name";
    NETWORK_PROTOCOL_VERSION = "network.protocol.version";
    SERVER_ADDRESS = "server.address";
    SERVER_PORT = "server.port";
    THREAD_NAME = "thread.name";
    URL_FULL = "url.full";
    URL_PATH = "url.path";
    URL_QUERY = "url.query";
    URL_SCHEME = "url.scheme";
    URL_TEMPLATE = "url.template";
    USER_AGENT_ORIGINAL = "user_agent.original";
}

/// Bucket bounds of the HTTP duration histograms, in seconds.
pub const HTTP_DURATION_BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
