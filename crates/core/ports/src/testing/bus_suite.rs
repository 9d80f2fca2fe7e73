//! What every bus does.

use std::collections::BTreeMap;

use events::{Envelope, Stages, VERSION};
use model::{CallKey, Channel, ContactId, Timestamp};

use super::fixtures::{ids, utterance};
use crate::{Bus, BusMessage, BusSubscription, Received};

/// Proves a bus against its contract. `make` gives two hosts' ends of one bus each time, which carries nothing else.
///
/// # Panics
/// At the first rule that the bus breaks.
pub async fn bus_suite<B: Bus>(make: impl AsyncFn() -> [B; 2]) {
    every_subscriber_receives_all_from_its_subscription_on(&make().await).await;
    messages_of_one_key_stay_in_order(&make().await).await;
    every_kind_of_message_arrives_as_it_was_sent(&make().await).await;
}

fn offered(call: &str) -> BusMessage {
    let (tenant, call) = ids("acme", call);
    BusMessage::Offered(CallKey::new(tenant, call))
}

fn event(call: &str, seq: u64) -> BusMessage {
    let (tenant, call_id) = ids("acme", call);
    let new = utterance(Channel::Customer, seq * 1_000, "my card [card] ü \" \\");
    let stages = Stages { appended_us: Some(Timestamp::from_micros(7)), ..Stages::default() };
    BusMessage::Event(Envelope { v: VERSION, tenant, call_id, seq, position: seq, stages, event: new.event })
}

/// Receives until `count` messages came.
async fn receive(from: &mut dyn BusSubscription, count: usize) -> Vec<BusMessage> {
    let mut received = Vec::new();
    while received.len() < count {
        for one in from.next().await {
            match one {
                Received::Message(message) => received.push(message),
                Received::Lost => panic!("nothing was lost"),
            }
        }
    }
    received
}

async fn every_subscriber_receives_all_from_its_subscription_on<B: Bus>([one, other]: &[B; 2]) {
    one.publish(&[offered("before")]).await.expect("publish");
    let mut here = one.subscribe().await.expect("subscribe");
    let mut there = other.subscribe().await.expect("subscribe");
    let mut gone = other.subscribe().await.expect("subscribe");
    one.publish(&[offered("a")]).await.expect("publish");
    other.publish(&[offered("b")]).await.expect("publish");
    one.publish(&[]).await.expect("nothing to publish is no error");
    for subscription in [&mut here, &mut there] {
        let mut received = receive(subscription.as_mut(), 2).await;
        received.sort_by_key(BusMessage::order_key);
        assert_eq!(received, [offered("a"), offered("b")]);
    }
    receive(gone.as_mut(), 1).await;
    drop(gone);
    one.publish(&[offered("c")]).await.expect("a subscriber that left is no error");
    assert_eq!(receive(here.as_mut(), 1).await, [offered("c")]);
}

async fn messages_of_one_key_stay_in_order<B: Bus>([one, other]: &[B; 2]) {
    const EACH: u64 = 50;
    let mut from = other.subscribe().await.expect("subscribe");
    for seq in 1..=EACH {
        let batch: Vec<BusMessage> = ["a", "b", "c", "d"].iter().map(|call| event(call, seq)).collect();
        one.publish(&batch).await.expect("publish");
    }
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for message in receive(from.as_mut(), usize::try_from(4 * EACH).expect("small")).await {
        let BusMessage::Event(envelope) = message else { panic!("only events were sent") };
        let before = last.insert(envelope.call_id.to_string(), envelope.seq).unwrap_or(0);
        assert_eq!(envelope.seq, before + 1);
    }
    assert!(last.len() == 4 && last.values().all(|&seq| seq == EACH));
}

async fn every_kind_of_message_arrives_as_it_was_sent<B: Bus>([one, other]: &[B; 2]) {
    let mut from = one.subscribe().await.expect("subscribe");
    let (tenant, _) = ids("acme", "c");
    let contact_id = ContactId::new("contact").expect("the name is valid");
    let sent =
        [event("c", 1), BusMessage::ContactChanged { tenant, contact_id }, offered("c"), BusMessage::Missed];
    for message in &sent {
        other.publish(std::slice::from_ref(message)).await.expect("publish");
        assert_eq!(receive(from.as_mut(), 1).await, std::slice::from_ref(message));
    }
}
