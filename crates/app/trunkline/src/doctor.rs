//! Asks a deployment's services how they are, for `trunkline doctor`. What the answers mean is judged by the crate
//! `doctor`; here is who is asked, how long an answer may take, and what a failure to answer is called.

mod blobs;
mod bus;
mod clock;
mod configuration;
mod contacts;
mod credentials;
mod flows;
mod host;
mod models;
mod open;
mod queue;
mod reach;
mod recognition;
mod roles;
mod store;
mod streams;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
    io::IsTerminal,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use config::{BlobEngine, Config, ContactsEngine, KvsEndpoint, QueueEngine, Recogniser, Tenant};
use doctor::{Area, Check, Finding, Report, checks};
use indicatif::{ProgressBar, ProgressStyle};
use model::TenantId;
use tokio::{task::JoinSet, time::timeout};

/// How long all questions of one area may take. Each has a shorter time of its own.
const AREA_PATIENCE: Duration = Duration::from_secs(60);
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(12);
/// Causes of an error that are told.
const MAX_CAUSES: usize = 6;

/// What is looked at.
pub(crate) struct Scope {
    pub(crate) config: Config,
    /// The tenants whose roles and streams are looked at.
    pub(crate) tenants: Vec<TenantId>,
    /// Exported flows.
    pub(crate) flows: Vec<PathBuf>,
    /// What the flows' Lambda has in its name.
    pub(crate) lambda: Option<String>,
}

impl Scope {
    fn tenant(&self, tenant: &TenantId) -> Tenant {
        self.config.tenants.get(tenant).cloned().unwrap_or_default()
    }

    fn reads_from_amazon(&self) -> bool {
        self.config.kvs.endpoint == Some(KvsEndpoint::Aws)
    }

    /// Whether anything is asked with AWS credentials of Amazon itself.
    fn uses_amazon(&self) -> bool {
        let Config { queue, blobs, contacts, recognition, .. } = &self.config;
        let transcribes = recognition.enabled
            && recognition.order.contains(&Recogniser::Transcribe)
            && recognition.transcribe.endpoint.is_none();
        self.reads_from_amazon()
            || queue.engine == QueueEngine::Sqs
            || (blobs.engine == BlobEngine::S3 && blobs.endpoint.is_none())
            || (contacts.engine == ContactsEngine::Dynamodb && contacts.endpoint.is_none())
            || transcribes
    }
}

/// Looks at these areas, all at once. One that fails or hangs hides no other.
pub(crate) async fn examine(scope: Scope, areas: &[Area]) -> Report {
    let scope = Arc::new(scope);
    let progress = Progress::begin(areas.len());
    let mut running = JoinSet::new();
    let mut asked = HashMap::new();
    for &area in areas {
        let scope = Arc::clone(&scope);
        let task = running.spawn(async move {
            let looked = timeout(AREA_PATIENCE, look(area, &scope)).await;
            looked.unwrap_or_else(|_| vec![unanswered(whole(area), AREA_PATIENCE)])
        });
        asked.insert(task.id(), area);
    }
    let mut found = BTreeMap::new();
    while let Some(done) = running.join_next_with_id().await {
        let (task, findings) = match done {
            Ok((task, findings)) => (task, Some(findings)),
            Err(error) => (error.id(), None),
        };
        let area = asked.get(&task).copied().unwrap_or(Area::Config);
        let broken = || vec![whole(area).error("the check itself broke off")];
        found.insert(area, findings.unwrap_or_else(broken));
        progress.step();
    }
    progress.end();
    Report::new(once(found.into_values().flatten()))
}

/// Two areas meet a role that is refused; it is told once.
fn once(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut refused = BTreeSet::new();
    let is_new = |finding: &Finding| {
        finding.check != &checks::CREDENTIALS_ROLE || refused.insert(finding.subject.clone())
    };
    findings.filter(is_new).collect()
}

async fn look(area: Area, scope: &Scope) -> Vec<Finding> {
    match area {
        Area::Config => configuration::look(scope),
        Area::Host => host::look(scope).await,
        Area::Clock => clock::look(scope).await,
        Area::Credentials => credentials::look(scope).await,
        Area::Streams => streams::look(scope).await,
        Area::Flow => flows::look(scope).await,
        Area::Store => store::look(scope).await,
        Area::Bus => bus::look(scope).await,
        Area::Queue => queue::look(scope).await,
        Area::Blobs => blobs::look(scope).await,
        Area::Contacts => contacts::look(scope).await,
        Area::Recognition => recognition::look(scope).await,
        Area::Models => models::look(scope).await,
    }
}

/// The check that stands for a whole area.
const fn whole(area: Area) -> &'static Check {
    match area {
        Area::Config => &checks::CONFIG_HOSTS,
        Area::Host => &checks::HOST_FOLDER,
        Area::Clock => &checks::CLOCK_SKEW,
        Area::Credentials => &checks::CREDENTIALS_OWN,
        Area::Streams => &checks::STREAMS_ENDPOINT,
        Area::Flow => &checks::FLOW_READABLE,
        Area::Store => &checks::STORE_CONNECT,
        Area::Bus => &checks::BUS_CONNECT,
        Area::Queue => &checks::QUEUE_CONNECT,
        Area::Blobs => &checks::BLOBS_CONNECT,
        Area::Contacts => &checks::CONTACTS_CONNECT,
        Area::Recognition => &checks::RECOGNITION_CONNECT,
        Area::Models => &checks::MODELS_ANSWER,
    }
}

fn unanswered(check: &'static Check, after: Duration) -> Finding {
    check.error(format!("no answer came within {} s", after.as_secs()))
}

/// Asks one question. No answer in time is an error of this check.
async fn ask<T, E: Error>(
    check: &'static Check,
    question: impl Future<Output = Result<T, E>>,
) -> Result<T, Finding> {
    match timeout(PATIENCE, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(check.error(chain(&error))),
        Err(_) => Err(unanswered(check, PATIENCE)),
    }
}

/// An error with its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    for _ in 0..MAX_CAUSES {
        let Some(error) = next else { break };
        let said = plain(error.to_string());
        // Some errors repeat what caused them.
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = error.source();
    }
    text
}

/// AWS's clients show what a service said as a structure; its message is enough.
fn plain(said: String) -> String {
    let message =
        || said.strip_prefix("Error {")?.split_once("message: \"")?.1.split_once('"').map(|(text, _)| text);
    message().map(str::to_owned).unwrap_or(said)
}

/// A bar on the standard error, on a terminal only.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn begin(areas: usize) -> Self {
        let shown = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("examining {bar:24} {pos}/{len}");
            let bar = ProgressBar::new(areas as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self(shown)
    }

    fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_said_is_told_without_its_structure() {
        let said = r#"Error { code: "AccessDenied", message: "not you", aws_request_id: "1" }"#;
        assert_eq!(plain(said.to_owned()), "not you");
        assert_eq!(plain("refused".to_owned()), "refused");
    }

    #[test]
    fn a_refused_role_is_told_once_and_all_else_as_often_as_it_is_found() {
        let role = |subject: &str| checks::CREDENTIALS_ROLE.error("x").about(subject);
        let other = || checks::STREAMS_READ.error("x").about("a");
        let found = once([role("a"), other(), role("b"), role("a"), other()].into_iter());
        assert_eq!(found.len(), 4);
    }
}
