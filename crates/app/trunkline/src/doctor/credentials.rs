//! Who we are, and whether the tenants' roles let us in.

use std::time::{Duration, SystemTime};

use connect::{AwsAccount, Identity};
use doctor::{Finding, checks};
use model::TenantId;
use ports::MediaSourceError;

use super::{PATIENCE, Scope, ask, chain, open, roles::trust, unanswered};

/// Credentials that end sooner and are not renewed end in the middle of a call.
const SOON: Duration = Duration::from_secs(15 * 60);

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut principal = None;
    if scope.uses_amazon() {
        let account = AwsAccount::from_environment().await;
        match ask(&checks::CREDENTIALS_OWN, Box::pin(account.identity(&scope.config.kvs.region))).await {
            Ok(identity) => {
                out.extend(own(&identity, SystemTime::now()));
                principal = Some(identity.arn);
            }
            Err(finding) => out.push(finding),
        }
    } else {
        out.push(checks::CREDENTIALS_OWN.ok("nothing is asked of Amazon"));
    }
    for tenant in &scope.tenants {
        out.extend(role(scope, tenant, principal.as_deref()).await);
    }
    out
}

fn own(identity: &Identity, now: SystemTime) -> Vec<Finding> {
    let known = checks::CREDENTIALS_OWN.ok(format!("AWS knows us as {}", identity.arn));
    let left = identity.expires.map(|expires| expires.duration_since(now).unwrap_or_default());
    let expiry = match left {
        None => checks::CREDENTIALS_EXPIRY.ok("the credentials are not bound to end"),
        Some(left) if left < SOON => checks::CREDENTIALS_EXPIRY.warning(format!(
            "the credentials end in {} min, unless they renew themselves",
            left.as_secs() / 60
        )),
        Some(left) => checks::CREDENTIALS_EXPIRY
            .ok(format!("the credentials hold for {} min more", left.as_secs() / 60)),
    };
    vec![known, expiry]
}

async fn role(scope: &Scope, id: &TenantId, principal: Option<&str>) -> Option<Finding> {
    let tenant = scope.tenant(id);
    let arn = tenant.role_arn.as_deref()?;
    let check = &checks::CREDENTIALS_ROLE;
    let subject = format!("{id} {arn}");
    let source = match open::media(scope).await {
        Ok(source) => source?,
        Err(finding) => return Some(finding.about(subject)),
    };
    let finding = match tokio::time::timeout(PATIENCE, source.check_access(id)).await {
        Ok(Ok(())) => check.ok("the role lets us in, and lists streams"),
        Ok(Err(error @ MediaSourceError::RoleRefused { .. })) => {
            check.error(format!("the role does not let us in: {}", chain(&error))).fix(trust(principal, &tenant))
        }
        Ok(Err(error @ MediaSourceError::Unauthorized { .. })) => checks::STREAMS_FOUND
            .warning(format!("the role lets us in, and does not list streams: {}", chain(&error)))
            .fix("Allow kinesisvideo:ListStreams on * to the role: streams that no event names are found by it."),
        Ok(Err(error @ MediaSourceError::Connection { .. })) => {
            check.error(format!("the role was not tried: {}", chain(&error))).fix(checks::STREAMS_ENDPOINT.fix)
        }
        Ok(Err(error)) => check.error(chain(&error)),
        Err(_) => unanswered(check, PATIENCE),
    };
    Some(finding.about(subject))
}
