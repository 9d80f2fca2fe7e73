//! What every queue does.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;

use crate::{Queue, QueueMessage};

/// How long the suite waits for a message that must come.
const WAIT: Duration = Duration::from_secs(2);

/// Proves a queue against its contract. `make` gives two ends of one empty queue each time, whose messages are
/// visible again only after minutes and may be received three times at least.
///
/// # Panics
/// At the first rule that the queue breaks.
pub async fn queue_suite<Q: Queue>(make: impl AsyncFn() -> [Q; 2]) {
    a_message_is_handled_by_one(&make().await).await;
    what_is_put_back_comes_again(&make().await).await;
    a_group_keeps_its_order(&make().await).await;
    no_more_than_asked_for(&make().await).await;
}

/// Receives until `count` messages came.
async fn receive<Q: Queue>(queue: &Q, count: usize) -> Vec<QueueMessage> {
    let mut received = Vec::new();
    for _ in 0..100 {
        if received.len() >= count {
            break;
        }
        received.extend(queue.receive(10, WAIT).await.expect("receive"));
    }
    received
}

async fn is_empty<Q: Queue>(queue: &Q) -> bool {
    queue.receive(10, Duration::ZERO).await.expect("receive").is_empty()
}

fn body(text: &str) -> Bytes {
    Bytes::from(text.to_owned())
}

async fn a_message_is_handled_by_one<Q: Queue>([one, other]: &[Q; 2]) {
    assert!(is_empty(one).await);
    one.send("contact", body("{\"ü\":1}")).await.expect("send");
    let received = receive(other, 1).await;
    let [message] = received.as_slice() else { panic!("one message: {}", received.len()) };
    assert_eq!((message.body.as_ref(), message.attempts), ("{\"ü\":1}".as_bytes(), 1));
    assert!(is_empty(one).await, "it is being handled");
    other.delete(message).await.expect("delete");
    other.delete(message).await.expect("deleting once more is no error");
    assert!(is_empty(one).await);
}

async fn what_is_put_back_comes_again<Q: Queue>([one, other]: &[Q; 2]) {
    one.send("contact", body("work")).await.expect("send");
    let first = receive(one, 1).await.pop().expect("it comes");
    one.put_back(&first, Duration::ZERO).await.expect("put back");
    let second = receive(other, 1).await.pop().expect("it comes again");
    assert_eq!((second.body.as_ref(), second.attempts), ("work".as_bytes(), 2));
    other.put_back(&second, Duration::from_secs(600)).await.expect("put back");
    assert!(is_empty(one).await, "not before its delay");
}

async fn a_group_keeps_its_order<Q: Queue>([one, other]: &[Q; 2]) {
    for n in 0..5 {
        one.send("contact", body(&n.to_string())).await.expect("send");
    }
    let mut order = Vec::new();
    while order.len() < 5 {
        for message in receive(other, 1).await {
            order.push(message.body.clone());
            other.delete(&message).await.expect("delete");
        }
    }
    assert_eq!(order, ["0", "1", "2", "3", "4"]);
}

async fn no_more_than_asked_for<Q: Queue>([one, other]: &[Q; 2]) {
    let sent: BTreeSet<String> = (0..7).map(|n| n.to_string()).collect();
    for text in &sent {
        one.send(text, body(text)).await.expect("send");
    }
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let some = other.receive(3, WAIT).await.expect("receive");
        assert!(some.len() <= 3);
        for message in some {
            seen.insert(String::from_utf8(message.body.to_vec()).expect("text"));
            other.delete(&message).await.expect("delete");
        }
        if seen.len() == sent.len() {
            break;
        }
    }
    assert_eq!(seen, sent);
}
