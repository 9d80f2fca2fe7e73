//! Says to the platform what Connect would say, in order, each until it is answered.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use model::Timestamp;
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    connect::{AgentState, Contact, Instance},
    endpoint::Endpoint,
    facts::{CallFacts, ContactMoment, EventKind},
};

/// How long one notice is tried while nobody answers; then it and all later ones are given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one notice is tried while it is answered that it cannot be taken now: EventBridge tries for a day.
const PATIENCE_WITH_THE_BUSY: Duration = Duration::from_secs(180);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Where notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeUrls {
    /// Takes the Lambda event.
    pub trigger: Endpoint,
    /// Takes contact events, if anyone does.
    pub contact_events: Option<Endpoint>,
    /// Takes records of the agent event stream, if anyone does.
    pub agent_events: Option<Endpoint>,
}

impl NoticeUrls {
    /// The URLs of a platform whose trigger is at this one. A trigger of another path than ours stands alone.
    #[must_use]
    pub fn from_trigger(trigger: Endpoint) -> Self {
        let ours = trigger.path().strip_suffix("/v1/triggers/connect").map(str::to_owned);
        let event =
            |kind: &str| ours.as_ref().map(|base| trigger.with_path(&format!("{base}/v1/events/{kind}")));
        Self { contact_events: event("contact"), agent_events: event("agent"), trigger }
    }
}

/// What the platform made of a call's notices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NoticeOutcome {
    /// The id that the platform gave to the call.
    pub(crate) call_id: Option<String>,
    pub(crate) errors: Vec<String>,
}

/// One call's voice.
#[derive(Debug)]
pub(crate) struct Notifier {
    pub(crate) urls: NoticeUrls,
    pub(crate) instance: Instance,
    pub(crate) facts: Arc<CallFacts>,
    pub(crate) contact_id: String,
    pub(crate) started_at: Timestamp,
    pub(crate) stream_arn: String,
}

impl Notifier {
    /// Fires the trigger as soon as the first fragment has its number, then says each moment as it comes.
    pub(crate) async fn run(
        self,
        mut first_fragment: watch::Receiver<Option<String>>,
        mut moments: mpsc::Receiver<ContactMoment>,
        triggered: impl Fn(&str) + Send,
    ) -> NoticeOutcome {
        let mut outcome = NoticeOutcome::default();
        let Ok(Some(number)) = first_fragment.wait_for(Option::is_some).await.map(|number| number.clone())
        else {
            outcome.errors.push("the stream acknowledged no fragment, so the trigger was not fired".into());
            return outcome;
        };
        match self.say_all(&number, &mut moments, &mut outcome, triggered).await {
            Ok(()) => {}
            Err(error) => outcome.errors.push(error),
        }
        outcome
    }

    async fn say_all(
        &self,
        first_fragment: &str,
        moments: &mut mpsc::Receiver<ContactMoment>,
        outcome: &mut NoticeOutcome,
        triggered: impl Fn(&str) + Send,
    ) -> Result<(), String> {
        let contact = Contact {
            instance: &self.instance,
            facts: &self.facts,
            id: &self.contact_id,
            started_at: self.started_at,
        };
        let answer = say(&self.urls.trigger, &contact.lambda_event(&self.stream_arn, first_fragment)).await?;
        outcome.call_id = answer.get("callId").and_then(Value::as_str).map(str::to_owned);
        triggered(outcome.call_id.as_deref().unwrap_or_default());
        for event_type in ["INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED"] {
            self.contact_event(&contact.contact_event(event_type, self.started_at, None)).await?;
        }
        let mut state = Standing::default();
        while let Some(moment) = moments.recv().await {
            self.say_moment(&contact, moment, &mut state).await?;
        }
        Ok(())
    }

    async fn say_moment(
        &self,
        contact: &Contact<'_>,
        moment: ContactMoment,
        state: &mut Standing,
    ) -> Result<(), String> {
        let at = self.started_at + Duration::from_millis(moment.at_ms);
        let agent = match moment.kind {
            EventKind::AgentConnected => Some(AgentState::Connected),
            EventKind::HoldStarted => Some(AgentState::OnHold),
            EventKind::HoldEnded => Some(AgentState::Connected),
            EventKind::AgentDisconnected => Some(AgentState::Ended),
            EventKind::Disconnected => state.agent.map(|_| AgentState::Gone),
        };
        if moment.kind == EventKind::AgentConnected {
            state.connected_at = Some(at);
            self.contact_event(&contact.contact_event("CONNECTED_TO_AGENT", at, Some(at))).await?;
        }
        if moment.kind == EventKind::Disconnected {
            self.contact_event(&contact.contact_event("DISCONNECTED", at, state.connected_at)).await?;
        }
        if let (Some(now), Some(url)) = (agent, &self.urls.agent_events) {
            say(url, &contact.agent_event(state.agent, now, at)).await?;
            state.agent = Some(now);
        }
        if moment.kind == EventKind::Disconnected {
            self.contact_event(&contact.contact_event("COMPLETED", at, state.connected_at)).await?;
        }
        Ok(())
    }

    async fn contact_event(&self, event: &Value) -> Result<(), String> {
        match &self.urls.contact_events {
            Some(url) => say(url, event).await.map(drop),
            None => Ok(()),
        }
    }
}

/// What was said of the agent so far.
#[derive(Debug, Default)]
struct Standing {
    agent: Option<AgentState>,
    connected_at: Option<Timestamp>,
}

/// Posts until it is answered. A refusal is an answer.
async fn say(url: &Endpoint, what: &Value) -> Result<Value, String> {
    let body = what.to_string().into_bytes();
    let begun = Instant::now();
    let mut wait = FIRST_WAIT;
    loop {
        let (patience, unanswered) = match url.post_json(body.clone(), HeaderMap::new()).await {
            Ok(answer) if answer.status.is_success() => {
                return Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null));
            }
            Ok(answer) if answer.status.is_server_error() || answer.status.as_u16() == 429 => {
                let said = format!("{url} answers {}: {}", answer.status, answer.excerpt());
                (PATIENCE_WITH_THE_BUSY, said)
            }
            Ok(answer) => return Err(format!("{url} refused with {}: {}", answer.status, answer.excerpt())),
            Err(error) => (PATIENCE, chain(&error)),
        };
        if begun.elapsed() + wait > patience {
            return Err(format!("gave up after {} s: {unanswered}", patience.as_secs()));
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// An error with all its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_beside_our_trigger_and_nowhere_beside_another() {
        let urls = NoticeUrls::from_trigger("http://127.0.0.1:8080/v1/triggers/connect".parse().unwrap());
        assert_eq!(urls.agent_events.unwrap().to_string(), "http://127.0.0.1:8080/v1/events/agent");
        let urls = NoticeUrls::from_trigger("http://127.0.0.1:9000/hook".parse().unwrap());
        assert_eq!((urls.contact_events, urls.agent_events), (None, None));
    }
}
