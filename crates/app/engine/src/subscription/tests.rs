use events::{Stages, TranscriptUtterance};
use model::{Channel, Timestamp};
use ports::{
    NewEvent,
    testing::{MemoryEventLog, append_as_owner, call_started, ids, utterance},
};

use super::*;

/// A call that began, and what is said in it.
struct World {
    log: Arc<MemoryEventLog>,
    fanout: Fanout,
    tenant: TenantId,
    call: CallId,
}

impl World {
    async fn new() -> Self {
        let (tenant, call) = ids("acme", "call-1");
        let world = Self { log: Arc::new(MemoryEventLog::new()), fanout: Fanout::default(), tenant, call };
        world.append(call_started(1_000)).await;
        world
    }

    async fn append(&self, event: NewEvent) {
        let now = Timestamp::from_millis(1);
        let appended = append_as_owner(self.log.as_ref(), &self.tenant, &self.call, now, vec![event]).await;
        for envelope in appended.unwrap() {
            self.fanout.publish(envelope);
        }
    }

    fn say(&self, utterance: TranscriptUtterance) {
        let event = Event::UtteranceUpdated(utterance);
        let (tenant, call_id) = (self.tenant.clone(), self.call.clone());
        self.fanout.publish(Envelope {
            v: 1,
            tenant,
            call_id,
            seq: 0,
            position: 0,
            stages: Stages::default(),
            event,
        });
    }

    fn follow(&self, topic: Topic) -> Subscription {
        Subscription::new(Arc::clone(&self.log) as _, &self.fanout, self.tenant.clone(), topic, 1)
    }

    fn one_call(&self) -> Subscription {
        self.follow(Topic::Call(self.call.clone()))
    }
}

fn partial(start_ms: u64, revision: u32, text: &str) -> TranscriptUtterance {
    let NewEvent { event: Event::UtteranceCompleted(said), .. } =
        utterance(Channel::Customer, start_ms, text)
    else {
        panic!("an utterance is one");
    };
    TranscriptUtterance { revision, ..said }
}

/// The deliveries that are there without waiting: `=` for the end of the backlog, a partial's words and revision, or a
/// seq.
async fn given(subscription: &mut Subscription) -> Vec<String> {
    let mut all = Vec::new();
    while let Ok(next) = tokio::time::timeout(std::time::Duration::from_millis(1), subscription.next()).await
    {
        all.push(match next.unwrap() {
            Delivery::CaughtUp(_) => "=".to_owned(),
            Delivery::Event(event) => {
                let event = event.envelope();
                if let Event::UtteranceUpdated(said) = &event.event {
                    format!("{} {}", said.text(), said.revision)
                } else {
                    format!("{} {}", event.event.type_name(), event.seq)
                }
            }
        });
    }
    all
}

#[tokio::test(start_paused = true)]
async fn who_begins_in_the_middle_of_a_sentence_sees_it_at_once() {
    let world = World::new().await;
    world.say(partial(500, 1, "I would"));
    world.say(partial(500, 2, "I would like"));
    let mut late = world.one_call();
    assert_eq!(given(&mut late).await, ["=", "I would like 2"]);
    world.say(partial(500, 3, "I would like to"));
    assert_eq!(given(&mut late).await, ["I would like to 3"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_utterance_is_given_once_even_if_the_bus_brings_it_too() {
    let world = World::new().await;
    let mut early = world.one_call();
    world.say(partial(500, 1, "hello"));
    world.say(partial(500, 2, "hello there"));
    assert_eq!(given(&mut early).await, ["=", "hello there 2"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_finished_or_taken_back_is_open_no_more() {
    let world = World::new().await;
    world.say(partial(500, 1, "hello"));
    world.append(utterance(Channel::Customer, 500, "hello there")).await;
    world.say(partial(900, 1, "um"));
    world.say(partial(900, 2, ""));
    assert_eq!(given(&mut world.one_call()).await, ["utterance_completed 2", "="]);
}

#[tokio::test(start_paused = true)]
async fn a_partial_that_comes_after_its_utterance_was_finished_is_passed_over() {
    let world = World::new().await;
    let mut subscription = world.one_call();
    world.append(utterance(Channel::Customer, 500, "hello there")).await;
    world.say(partial(500, 1, "hello"));
    assert_eq!(given(&mut subscription).await, ["utterance_completed 2", "="]);
}

#[tokio::test(start_paused = true)]
async fn followers_of_all_calls_get_no_partials() {
    let world = World::new().await;
    world.say(partial(500, 1, "hello"));
    assert_eq!(given(&mut world.follow(Topic::Calls)).await, ["="]);
}
