//! The API's metrics.

/// Open sockets.
pub(crate) const SOCKETS: &str = "trunkline_api_sockets";
/// Messages sent over sockets.
pub(crate) const SOCKET_MESSAGES: &str = "trunkline_api_socket_messages_total";
