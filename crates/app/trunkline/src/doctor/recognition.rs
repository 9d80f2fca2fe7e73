//! The recognisers: whether they take us, and how many calls.

use std::time::Duration;

use config::{Quota, Recogniser, Recognition};
use doctor::{Finding, checks};
use model::CallId;
use onnx::ModelFolder;
use ports::{TranscriberError, TranscriptionRequest};
use tokio::time::timeout;

use super::{PATIENCE, Scope, chain, unanswered};
use crate::recognisers;

/// The rate of telephone audio.
const RATE_HZ: u32 = 8_000;
/// The call that a stream is opened for. No audio is sent.
const CALL: &str = "doctor";
/// Hashing the local models for the first time takes a while.
const MODELS_PATIENCE: Duration = Duration::from_secs(45);

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let settings = &scope.config.recognition;
    if !settings.enabled {
        return vec![
            checks::RECOGNITION_CONNECT.note("recognition is switched off: calls are carried without words"),
        ];
    }
    let mut out = Vec::new();
    for recogniser in &settings.order {
        let finding = match recogniser {
            Recogniser::Local => models(settings).await,
            Recogniser::Deepgram | Recogniser::Transcribe => vendor(scope, *recogniser).await,
        };
        out.push(finding.about(name(*recogniser)));
    }
    out.push(quota(settings, scope.config.engine.max_calls));
    out.push(match settings.order.as_slice() {
        [one] if *one != Recogniser::Local => {
            let what = format!("only {} hears calls: while it is away, their words come late", name(*one));
            checks::RECOGNITION_ORDER.warning(what)
        }
        [_] => checks::RECOGNITION_ORDER.ok("calls are heard on this host"),
        _ => checks::RECOGNITION_ORDER.ok("another recogniser goes on when one fails"),
    });
    out
}

const fn name(recogniser: Recogniser) -> &'static str {
    match recogniser {
        Recogniser::Local => "local",
        Recogniser::Deepgram => "deepgram",
        Recogniser::Transcribe => "transcribe",
    }
}

async fn models(settings: &Recognition) -> Finding {
    let check = &checks::RECOGNITION_MODELS;
    let folder = ModelFolder::find(settings.models.clone());
    let shown = folder.path().display().to_string();
    let checking = tokio::task::spawn_blocking(move || folder.check(onnx::Recogniser::Base));
    match timeout(MODELS_PATIENCE, checking).await {
        Ok(Ok(Ok(()))) => check.ok(format!("all models are in {shown}")),
        Ok(Ok(Err(missing))) => check.error(missing.to_string()),
        Ok(Err(_)) => check.error("the check broke off"),
        Err(_) => unanswered(check, MODELS_PATIENCE),
    }
}

/// Opens a stream as a call would, and ends it.
async fn vendor(scope: &Scope, recogniser: Recogniser) -> Finding {
    let check = &checks::RECOGNITION_CONNECT;
    let tier = match recognisers::tier(recogniser, &scope.config.recognition).await {
        Ok(tier) => tier,
        Err(failure) => return check.error(failure.to_string()),
    };
    let Ok(call) = CallId::new(CALL) else { return check.error("the check broke off") };
    let request = TranscriptionRequest::new(scope.config.tenant.clone(), call, RATE_HZ);
    match timeout(PATIENCE, tier.transcriber.open(request)).await {
        Ok(Ok(mut stream)) => {
            stream.audio.finish();
            check.ok("it takes us, and opens a stream")
        }
        Ok(Err(error @ TranscriberError::Busy(_))) => checks::RECOGNITION_QUOTA.warning(chain(&error)),
        Ok(Err(error @ TranscriberError::Failed(_))) => check
            .error(chain(&error))
            .fix("Look at its address, at DNS, routes and proxies, and at the vendor's status page."),
        Ok(Err(error)) => check.error(chain(&error)),
        Err(_) => unanswered(check, PATIENCE),
    }
}

/// Whether all calls that this host may carry find somebody who hears them.
fn quota(settings: &Recognition, max_calls: usize) -> Finding {
    let check = &checks::RECOGNITION_QUOTA;
    let most = |quota: &Quota| quota.max_streams;
    let of = |recogniser: &Recogniser| match recogniser {
        Recogniser::Local => None,
        Recogniser::Deepgram => most(&settings.deepgram.quota),
        Recogniser::Transcribe => most(&settings.transcribe.quota),
    };
    let total =
        settings.order.iter().try_fold(0_usize, |sum, recogniser| Some(sum.saturating_add(of(recogniser)?)));
    match total {
        Some(total) if total < max_calls => check.warning(format!(
            "the recognisers take {total} calls at once, and engine.max_calls is {max_calls}: words of the others come late"
        )),
        Some(total) => check.ok(format!("the recognisers take {total} calls at once, and this host {max_calls}")),
        None => check.ok("one of the recognisers has no bound that is told"),
    }
}

#[cfg(test)]
mod tests {
    use doctor::Severity;

    use super::*;

    #[test]
    fn quotas_are_held_against_the_calls() {
        let mut settings = Recognition {
            order: vec![Recogniser::Deepgram, Recogniser::Transcribe],
            ..Recognition::default()
        };
        assert_eq!(quota(&settings, 2_000).severity, Severity::Ok);
        settings.deepgram.quota.max_streams = Some(100);
        settings.transcribe.quota.max_streams = Some(25);
        assert_eq!(quota(&settings, 2_000).severity, Severity::Warning);
        assert_eq!(quota(&settings, 125).severity, Severity::Ok);
        settings.order.push(Recogniser::Local);
        assert_eq!(quota(&settings, 2_000).severity, Severity::Ok);
    }
}
