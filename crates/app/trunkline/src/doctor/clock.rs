//! This host's clock against those of the services that judge its signatures.

use config::KvsEndpoint;
use doctor::{Finding, checks, judge};

use super::{Scope, reach};

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let region = &scope.config.kvs.region;
    let service = match &scope.config.kvs.endpoint {
        Some(KvsEndpoint::Url(url)) => Some(url.clone()),
        Some(KvsEndpoint::Aws) | None if scope.uses_amazon() => {
            Some(format!("https://sts.{region}.amazonaws.com/"))
        }
        Some(KvsEndpoint::Aws) | None => None,
    };
    let Some(service) = service else {
        return vec![checks::CLOCK_SKEW.ok("no service judges this host's clock")];
    };
    vec![match reach::http(&service).await {
        Ok(reach::Answer { ahead_seconds: Some(ahead), .. }) => judge::skew(&service, ahead),
        Ok(_) => checks::CLOCK_SKEW.note(format!("{service} does not tell the time")),
        Err(_) => checks::CLOCK_SKEW.note(format!("the clock was not compared: {service} does not answer")),
    }]
}
