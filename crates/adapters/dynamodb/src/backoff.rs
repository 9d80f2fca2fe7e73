//! How long to wait before trying again.

use std::time::Duration;

use uuid::Uuid;

/// The first wait is up to this long; each later one up to twice as long.
const FIRST: Duration = Duration::from_millis(10);
/// No wait is longer.
const MAX_WAIT: Duration = Duration::from_millis(320);

/// Sleeps before try number `attempt + 2`, for a random part of the time, so that writers that collided do not
/// collide again.
pub(crate) async fn wait_after(attempt: u32) {
    // The low bits of a version 4 id are random.
    let bytes = *Uuid::new_v4().as_bytes();
    tokio::time::sleep(wait(attempt, bytes[15])).await;
}

fn wait(attempt: u32, random: u8) -> Duration {
    let most = FIRST.saturating_mul(1 << attempt.min(8)).min(MAX_WAIT);
    most * (u32::from(random) + 1) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_spread() {
        assert_eq!(wait(0, 255), FIRST);
        assert_eq!(wait(3, 255), FIRST * 8);
        assert_eq!(wait(u32::MAX, 255), MAX_WAIT);
        assert!(wait(3, 0) < FIRST && wait(3, 0) > Duration::ZERO);
    }
}
