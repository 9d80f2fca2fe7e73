//! `AssumeRole`.

use std::time::SystemTime;

use aws_sdk_kinesisvideo::config::Credentials;

use super::{
    clients::Own,
    refusal::{Refusal, WireError, failure_by, is_about_credentials},
};
use crate::role::RoleConfig;

/// How long a session lasts: the most that is allowed where the assuming credentials are a role's too, whatever the
/// role's own maximum.
const SESSION_SECONDS: i32 = 60 * 60;

/// The credentials of a session.
#[derive(Debug)]
pub(crate) struct Assumed {
    pub(super) credentials: Credentials,
    /// When they end.
    pub(crate) expires: SystemTime,
}

impl Own {
    /// Assumes a role.
    pub(crate) async fn assume(&self, role: &RoleConfig) -> Result<Assumed, WireError> {
        let call = self
            .sts(role.region.as_deref())
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(&role.session_name)
            .set_external_id(role.external_id.clone())
            .duration_seconds(SESSION_SECONDS);
        let answer = call.send().await.map_err(|error| failure_by(error, refusal))?;
        let unreadable = |why: &'static str| WireError::new(Refusal::Failed, why);
        let given = answer.credentials().ok_or_else(|| unreadable("the answer has no credentials"))?;
        let expires = SystemTime::try_from(*given.expiration())
            .map_err(|error| WireError::new(Refusal::Failed, error))?;
        let credentials = Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            Some(expires),
            "assumed role",
        );
        Ok(Assumed { credentials, expires })
    }
}

/// What the names of STS's errors mean.
fn refusal(code: &str, _message: &str) -> Refusal {
    match code {
        // Also what is not a role's name: a person must repair it, whatever our own credentials are.
        "AccessDenied"
        | "AccessDeniedException"
        | "ValidationError"
        | "MalformedPolicyDocument"
        | "PackedPolicyTooLarge"
        | "RegionDisabledException" => Refusal::Role,
        "Throttling" | "ThrottlingException" | "TooManyRequestsException" => Refusal::Throttled,
        _ if is_about_credentials(code) => Refusal::Unauthorized,
        _ => Refusal::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_role_is_told_from_our_own_wrong_credentials() {
        for code in ["AccessDenied", "ValidationError", "RegionDisabledException"] {
            assert_eq!(refusal(code, ""), Refusal::Role, "{code}");
        }
        for code in ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"] {
            assert_eq!(refusal(code, ""), Refusal::Unauthorized, "{code}");
        }
        assert_eq!(refusal("Throttling", ""), Refusal::Throttled);
        assert_eq!(refusal("InternalFailure", ""), Refusal::Failed);
    }
}
