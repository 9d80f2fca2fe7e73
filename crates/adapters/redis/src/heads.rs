//! Where streams end.

use std::sync::LazyLock;

use redis::{Script, aio::MultiplexedConnection};
use tokio::time::timeout;

use crate::{
    RedisFailure,
    link::{CALL_TIMEOUT, Link},
};

/// Where a stream ends: the id of its last entry, and the number of its last message.
pub(crate) type Head = (String, u64);

static HEADS: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("prelude.lua"), include_str!("heads.lua"))));

/// Where the streams end now.
pub(crate) async fn heads(
    link: &Link,
    meta: &str,
    streams: &[String],
    connection: &mut MultiplexedConnection,
) -> Result<Vec<Head>, RedisFailure> {
    let mut script = HEADS.key(meta);
    script.key(streams).arg(streams.len());
    let heads = timeout(CALL_TIMEOUT, script.invoke_async(connection)).await;
    heads.map_err(|_| RedisFailure::Slow)?.map_err(|error| link.failure(error))
}
