//! What Connect says of a call's contacts, and whose a stranger's fragment is.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use call::Input;
use contacts::{ContactRecord, ContactSignal, SignalKind};
use mkv::Fragment;
use model::{ContactId, TenantId};
use tokio::time;

use super::{CallTask, Told};
use crate::engine::Shared;

/// Contacts that were asked after and are remembered.
const MAX_STRANGERS: usize = 64;
/// Between two questions after a contact, and how often a directory that is away is asked.
const STRANGER_WAIT: Duration = Duration::from_millis(1_500);
const MAX_STRANGER_TRIES: u32 = 80;
/// How often a directory that knows nothing of a contact is asked again: events of a transfer can come late.
const MAX_UNKNOWN_TRIES: u32 = 6;
/// How long a contact whose end was not told counts as going on without any audio. Connect sends silence, too: where
/// nothing comes, streaming was stopped or the event of the end was lost.
const MAX_OPEN_SILENCE: Duration = Duration::from_secs(5 * 60);

/// What the directory says of the call's contacts; none when it does not answer.
pub(super) type Asking = Pin<Box<dyn Future<Output = Option<Vec<ContactRecord>>> + Send>>;

/// A fragment that waits until it is known whose it is.
pub(super) struct Stranger {
    pub(super) fragment: Fragment,
    pub(super) asking: Pin<Box<dyn Future<Output = Option<ContactRecord>> + Send>>,
}

impl CallTask {
    /// Asks the directory what it knows of the call's contacts.
    pub(super) fn ask(&mut self) {
        let (shared, tenant, contacts) =
            (Arc::clone(&self.shared), self.request.tenant.clone(), self.contacts.clone());
        self.asking =
            Some(Box::pin(async move { shared.parts.contacts.find(&tenant, &contacts).await.ok() }));
    }

    pub(super) fn directory_answered(&mut self, records: Option<Vec<ContactRecord>>) {
        self.asking = None;
        let answered = records.is_some();
        for record in records.into_iter().flatten() {
            self.record(record);
        }
        let silent = self.shared.now().since(self.read_at) >= MAX_OPEN_SILENCE;
        let known = self.contact.directory_answer();
        let is_stale = silent && known == call::ContactState::Open;
        let answer = if answered && !is_stale { known } else { call::ContactState::Unknown };
        self.input(Input::DirectoryAnswer(answer));
    }

    /// Takes in what is known of a contact of the call.
    pub(super) fn record(&mut self, record: ContactRecord) {
        let stop = record.stop_fragment.clone();
        for signal in self.contact.news(record) {
            self.signal(signal);
        }
        if let Some(stop) = stop
            && self.stop_fragment.as_ref().is_none_or(|known| *known < stop)
        {
            self.stop_fragment = Some(stop.clone());
            self.input(Input::StopFragment(stop));
        }
    }

    pub(super) fn signal(&mut self, signal: ContactSignal) {
        let at = signal.at;
        let named = |agent: contacts::Agent| (agent.arn, agent.name.map(model::Pii::into_exposed));
        let input = match signal.kind {
            SignalKind::AgentConnected(agent) => {
                let (id, name) = named(agent);
                Input::AgentConnected { id, name, at }
            }
            SignalKind::AgentDisconnected(agent) => {
                let (id, name) = named(agent);
                Input::AgentDisconnected { id, name, at }
            }
            SignalKind::HoldStarted => Input::HoldStarted { at },
            SignalKind::HoldEnded => Input::HoldEnded { at },
            SignalKind::Transferred(next) => {
                self.shared.carried.add_contact(&self.ownership.key, next.clone());
                if !self.contacts.contains(&next) {
                    self.contacts.push(next.clone());
                    self.note_joined(next.clone());
                    // What the next contact is told of may have come first.
                    self.ask();
                }
                Input::Transferred { next }
            }
            SignalKind::Disconnected => Input::Disconnected { at },
        };
        self.input(input);
    }

    /// The next contact's audio is this call's: nobody need look for its stream, and no call of its own is to begin.
    fn note_joined(&self, next: ContactId) {
        let shared = Arc::clone(&self.shared);
        let tenant = self.request.tenant.clone();
        let joined = ContactRecord {
            stream: Some(self.stream.address.clone()),
            call_id: Some(self.request.call.clone()),
            ..ContactRecord::new(next, self.shared.now())
        };
        tokio::spawn(async move {
            for _ in 0..MAX_STRANGER_TRIES {
                if shared.parts.contacts.put(&tenant, joined.clone()).await.is_ok() {
                    return;
                }
                time::sleep(STRANGER_WAIT).await;
            }
        });
    }

    /// The contact that a fragment names and nothing is known of yet, once the call has begun. It may be the one that
    /// the call was transferred to: the event that says so can come after its audio.
    pub(super) fn stranger_of(&mut self, fragment: &Fragment) -> Option<ContactId> {
        let contact = fragment.tag(mkv::tag::CONTACT_ID).and_then(|id| ContactId::new(id).ok())?;
        let known =
            self.told != Told::Begun || self.contacts.contains(&contact) || self.strangers.contains(&contact);
        if known {
            return None;
        }
        self.strangers.push(contact.clone());
        if self.strangers.len() > MAX_STRANGERS {
            self.strangers.remove(0);
        }
        Some(contact)
    }

    /// The directory has said whose the fragment that waits is: it goes on to the session, which knows now.
    pub(super) fn stranger_known(&mut self, record: Option<ContactRecord>) {
        let Some(Stranger { fragment, .. }) = self.stranger.take() else { return };
        if let Some(record) = record {
            let chain = [&record.previous_contact_id, &record.initial_contact_id];
            let before = chain.into_iter().flatten().find(|before| self.contacts.contains(before)).cloned();
            if let Some(contact_id) = before {
                let kind = SignalKind::Transferred(record.contact_id.clone());
                let at = self.shared.now();
                let transferred = ContactSignal { contact_id: contact_id.clone(), at, kind };
                self.record(ContactRecord {
                    signals: vec![transferred],
                    ..ContactRecord::new(contact_id, at)
                });
                self.record(record);
            }
        }
        // The recogniser said nothing meanwhile, and was not asked to.
        self.heard_at = self.shared.now();
        self.pace();
        self.feed(fragment);
        self.read();
        if self.media_ended {
            self.body_closed();
        }
    }
}

pub(super) async fn whose(stranger: Option<&mut Stranger>) -> Option<ContactRecord> {
    match stranger {
        Some(stranger) => stranger.asking.as_mut().await,
        None => std::future::pending().await,
    }
}

/// What the directory knows of a contact. One that is away is asked again: the audio waits in the stream meanwhile. One
/// that does not know is asked once more, as the event may be on its way.
pub(super) fn ask_whose(
    shared: Arc<Shared>,
    tenant: TenantId,
    contact: ContactId,
) -> Pin<Box<dyn Future<Output = Option<ContactRecord>> + Send>> {
    Box::pin(async move {
        let contacts = [contact];
        let (mut unknown, mut away) = (0, 0);
        while away < MAX_STRANGER_TRIES {
            match shared.parts.contacts.find(&tenant, &contacts).await {
                Ok(mut records) => {
                    let record = records.pop();
                    // With a chain it is known whose it is; with a stream of its own it has a call of its own.
                    let is_known = record.as_ref().is_some_and(|record| {
                        let chain =
                            record.previous_contact_id.is_some() || record.initial_contact_id.is_some();
                        chain || record.stream.is_some()
                    });
                    if is_known || unknown >= MAX_UNKNOWN_TRIES {
                        return record;
                    }
                    unknown += 1;
                }
                Err(_) => away += 1,
            }
            time::sleep(STRANGER_WAIT).await;
        }
        None
    })
}

pub(super) async fn answer(asking: &mut Option<Asking>) -> Option<Vec<ContactRecord>> {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}
