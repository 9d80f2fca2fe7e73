//! This host's clock against a service's.

use crate::{Finding, checks};

/// From here on leases, times of events and signatures are in danger.
const WARN_SECONDS: u64 = 60;
/// From here on services refuse signatures.
const REFUSED_SECONDS: u64 = 300;

/// How far this host's clock is ahead of the one of `service`; negative when it is behind. A service tells whole
/// seconds only.
#[must_use]
pub fn skew(service: &str, ahead_seconds: i64) -> Finding {
    let (off, way) = (ahead_seconds.unsigned_abs(), if ahead_seconds < 0 { "behind" } else { "ahead of" });
    let what = format!("the clock is {off} s {way} {service}");
    if off >= REFUSED_SECONDS {
        checks::CLOCK_SKEW.error(format!("{what}: its signatures are refused"))
    } else if off > WARN_SECONDS {
        checks::CLOCK_SKEW.warning(format!("{what}: from {REFUSED_SECONDS} s on signatures are refused"))
    } else {
        checks::CLOCK_SKEW.ok(format!("the clock agrees with {service} to {off} s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    #[test]
    fn a_minute_warns_and_five_are_refused_either_way() {
        for (seconds, severity) in [
            (0, Severity::Ok),
            (60, Severity::Ok),
            (61, Severity::Warning),
            (-299, Severity::Warning),
            (300, Severity::Error),
            (-300, Severity::Error),
            (i64::MIN, Severity::Error),
        ] {
            assert_eq!(skew("STS", seconds).severity, severity, "{seconds}");
        }
        assert!(skew("STS", -90).what.contains("90 s behind STS"));
    }
}
