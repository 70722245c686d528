//! HTTP/2, for gRPC.

use std::time::Duration;

use hyper_util::client::legacy::Builder;

const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(10);

/// Has a client speak nothing else, and hold so many bytes of what nobody has read yet.
pub(crate) fn speak(builder: &mut Builder, unread: u32) {
    builder
        .http2_only(true)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PONG)
        .http2_initial_stream_window_size(unread)
        .http2_initial_connection_window_size(2 * unread);
}
