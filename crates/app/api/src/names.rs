//! The API's metrics.

/// Clients that follow now, by transport.
pub(crate) const SOCKETS: &str = "trunkline_api_sockets";
/// Messages sent to them, by transport.
pub(crate) const SOCKET_MESSAGES: &str = "trunkline_api_socket_messages_total";
/// Requests that were refused because nobody who is known asked, by code.
pub(crate) const REFUSED: &str = "trunkline_api_refused_total";
