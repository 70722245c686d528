//! Attribute and metric names of the semantic conventions 1.45.0 that otelier
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
    CPU_MODE = "cpu.mode";
    DB_CLIENT_CONNECTION_COUNT = "db.client.connection.count";
    DB_CLIENT_CONNECTION_CREATE_TIME = "db.client.connection.create_time";
    DB_CLIENT_CONNECTION_IDLE_MAX = "db.client.connection.idle.max";
    DB_CLIENT_CONNECTION_IDLE_MIN = "db.client.connection.idle.min";
    DB_CLIENT_CONNECTION_LIMIT = "db.client.connection.limit";
    DB_CLIENT_CONNECTION_PENDING_REQUESTS = "db.client.connection.pending_requests";
    DB_CLIENT_CONNECTION_POOL_NAME = "db.client.connection.pool.name";
    DB_CLIENT_CONNECTION_STATE = "db.client.connection.state";
    DB_CLIENT_CONNECTION_TIMEOUTS = "db.client.connection.timeouts";
    DB_CLIENT_CONNECTION_USE_TIME = "db.client.connection.use_time";
    DB_CLIENT_CONNECTION_WAIT_TIME = "db.client.connection.wait_time";
    DB_CLIENT_OPERATION_DURATION = "db.client.operation.duration";
    DB_CLIENT_RESPONSE_RETURNED_ROWS = "db.client.response.returned_rows";
    DB_NAMESPACE = "db.namespace";
    DB_OPERATION_BATCH_SIZE = "db.operation.batch.size";
    DB_OPERATION_NAME = "db.operation.name";
    DB_QUERY_PARAMETER = "db.query.parameter";
    DB_QUERY_SUMMARY = "db.query.summary";
    DB_QUERY_TEXT = "db.query.text";
    DB_RESPONSE_RETURNED_ROWS = "db.response.returned_rows";
    DB_RESPONSE_STATUS_CODE = "db.response.status_code";
    DB_STORED_PROCEDURE_NAME = "db.stored_procedure.name";
    DB_SYSTEM_NAME = "db.system.name";
    DISK_IO_DIRECTION = "disk.io.direction";
    ERROR_TYPE = "error.type";
    EXCEPTION_MESSAGE = "exception.message";
    EXCEPTION_STACKTRACE = "exception.stacktrace";
    EXCEPTION_TYPE = "exception.type";
    HTTP_CLIENT_ACTIVE_REQUESTS = "http.client.active_requests";
    HTTP_CLIENT_REQUEST_DURATION = "http.client.request.duration";
    HTTP_REQUEST_BODY = "http.request.body";
    HTTP_REQUEST_BODY_SIZE = "http.request.body.size";
    HTTP_REQUEST_HEADER = "http.request.header";
    HTTP_REQUEST_METHOD = "http.request.method";
    HTTP_REQUEST_METHOD_ORIGINAL = "http.request.method_original";
    HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";
    HTTP_RESPONSE_HEADER = "http.response.header";
    HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
    HTTP_ROUTE = "http.route";
    HTTP_SERVER_ACTIVE_REQUESTS = "http.server.active_requests";
    HTTP_SERVER_REQUEST_BODY_SIZE = "http.server.request.body.size";
    HTTP_SERVER_REQUEST_DURATION = "http.server.request.duration";
    HTTP_SERVER_RESPONSE_BODY_SIZE = "http.server.response.body.size";
    MESSAGING_BATCH_MESSAGE_COUNT = "messaging.batch.message_count";
    MESSAGING_CLIENT_OPERATION_DURATION = "messaging.client.operation.duration";
    MESSAGING_CLIENT_SENT_MESSAGES = "messaging.client.sent.messages";
    MESSAGING_DESTINATION_NAME = "messaging.destination.name";
    MESSAGING_MESSAGE_ID = "messaging.message.id";
    MESSAGING_OPERATION_NAME = "messaging.operation.name";
    MESSAGING_OPERATION_TYPE = "messaging.operation.type";
    MESSAGING_PROCESS_DURATION = "messaging.process.duration";
    MESSAGING_SYSTEM = "messaging.system";
    NETWORK_PEER_ADDRESS = "network.peer.address";
    NETWORK_PEER_PORT = "network.peer.port";
    NETWORK_PROTOCOL_NAME = "network.protocol.name";
    NETWORK_PROTOCOL_VERSION = "network.protocol.version";
    PROCESS_CONTEXT_SWITCH_TYPE = "process.context_switch.type";
    PROCESS_CONTEXT_SWITCHES = "process.context_switches";
    PROCESS_CPU_TIME = "process.cpu.time";
    PROCESS_CPU_UTILIZATION = "process.cpu.utilization";
    PROCESS_DISK_IO = "process.disk.io";
    PROCESS_MEMORY_USAGE = "process.memory.usage";
    PROCESS_MEMORY_VIRTUAL = "process.memory.virtual";
    PROCESS_PAGING_FAULTS = "process.paging.faults";
    PROCESS_THREAD_COUNT = "process.thread.count";
    PROCESS_UNIX_FILE_DESCRIPTOR_COUNT = "process.unix.file_descriptor.count";
    PROCESS_UPTIME = "process.uptime";
    RPC_CLIENT_CALL_DURATION = "rpc.client.call.duration";
    RPC_METHOD = "rpc.method";
    RPC_METHOD_ORIGINAL = "rpc.method_original";
    RPC_REQUEST_METADATA = "rpc.request.metadata";
    RPC_RESPONSE_METADATA = "rpc.response.metadata";
    RPC_SERVER_CALL_DURATION = "rpc.server.call.duration";
    RPC_STATUS_CODE = "rpc.status_code";
    RPC_SYSTEM_NAME = "rpc.system.name";
    SERVER_ADDRESS = "server.address";
    SERVER_PORT = "server.port";
    SYSTEM_PAGING_FAULT_TYPE = "system.paging.fault.type";
    THREAD_NAME = "thread.name";
    URL_FULL = "url.full";
    URL_PATH = "url.path";
    URL_QUERY = "url.query";
    URL_SCHEME = "url.scheme";
    URL_TEMPLATE = "url.template";
    USER_AGENT_ORIGINAL = "user_agent.original";
}

/// Where the schema of these conventions lies.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.45.0";

/// Bucket bounds of the duration histograms of HTTP and RPC, in seconds.
pub const HTTP_DURATION_BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Bucket bounds of the durations of databases, in seconds.
pub const DB_DURATION_BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Names of earlier conventions, for `OTEL_SEMCONV_STABILITY_OPT_IN=http/dup`,
/// `database/dup` and `rpc/dup`.
pub mod old {
    /// `db.client.connection.max`
    pub const DB_CLIENT_CONNECTION_MAX: &str = "db.client.connection.max";
    /// `http.client.duration`
    pub const HTTP_CLIENT_DURATION: &str = "http.client.duration";
    /// `http.server.duration`
    pub const HTTP_SERVER_DURATION: &str = "http.server.duration";
    /// `http.target`
    pub const HTTP_TARGET: &str = "http.target";
    /// `rpc.client.duration`
    pub const RPC_CLIENT_DURATION: &str = "rpc.client.duration";
    /// `rpc.grpc.status_code`
    pub const RPC_GRPC_STATUS_CODE: &str = "rpc.grpc.status_code";
    /// `rpc.server.duration`
    pub const RPC_SERVER_DURATION: &str = "rpc.server.duration";
    /// `rpc.service`
    pub const RPC_SERVICE: &str = "rpc.service";
    /// `rpc.system`
    pub const RPC_SYSTEM: &str = "rpc.system";

    /// The old name of a server's attribute, `None` if it had none.
    #[must_use]
    pub fn renamed(key: &str) -> Option<&'static str> {
        Some(match key {
            super::CLIENT_ADDRESS => "http.client_ip",
            super::HTTP_REQUEST_METHOD => "http.method",
            super::HTTP_RESPONSE_STATUS_CODE => "http.status_code",
            super::NETWORK_PEER_ADDRESS => "net.sock.peer.addr",
            super::NETWORK_PEER_PORT => "net.sock.peer.port",
            super::NETWORK_PROTOCOL_VERSION => "net.protocol.version",
            super::SERVER_ADDRESS => "net.host.name",
            super::SERVER_PORT => "net.host.port",
            super::URL_SCHEME => "http.scheme",
            super::USER_AGENT_ORIGINAL => "http.user_agent",
            // It is on both sides of the change.
            super::HTTP_ROUTE => super::HTTP_ROUTE,
            _ => return None,
        })
    }

    /// The old name of a client's attribute, `None` if it had none.
    #[must_use]
    pub fn renamed_on_client(key: &str) -> Option<&'static str> {
        match key {
            super::HTTP_REQUEST_RESEND_COUNT => Some("http.resend_count"),
            super::SERVER_ADDRESS => Some("net.peer.name"),
            super::SERVER_PORT => Some("net.peer.port"),
            super::URL_FULL => Some("http.url"),
            _ => renamed(key),
        }
    }
}
