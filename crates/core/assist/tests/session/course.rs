//! Measures, and what every call is watched for.

use assist::SessionConfig;
use events::{CallMetrics, Event};

use crate::call::{Call, agent, agent_says, customer, ended, hold, started, unhold};

fn watched() -> Call {
    let mut call = Call::unstarted(SessionConfig { built_in_alerts: true, ..SessionConfig::default() });
    call.live(0);
    call.feed(started());
    call.feed(agent(1_000));
    call
}

fn samples(call: &Call) -> Vec<CallMetrics> {
    let of = |said: &assist::GuidanceEvent| {
        if let Event::MetricsSampled(metrics) = said.event { Some(metrics) } else { None }
    };
    call.said.iter().filter_map(of).collect()
}

#[test]
fn measures_come_while_something_changes_and_add_up() {
    let mut call = watched();
    call.feed(agent_says(1_000, 5_000, "hello this is Ann speaking how can I help you today"));
    call.feed(customer(6_000, 10_000, "hi I have a question about the bill that came on Monday"));
    call.feed(hold(12_000));
    call.feed(unhold(20_000));
    call.feed(agent_says(21_000, 24_000, "so the bill is right"));
    call.feed(customer(23_000, 26_000, "no no that is not right at all"));
    call.feed(ended(30_000));
    let all = samples(&call);
    assert!(
        all.windows(2).all(|two| two[1].at_ms >= two[0].at_ms + 4_000 || two[1].at_ms == 30_000),
        "{all:?}"
    );
    let last = all.last().unwrap();
    assert_eq!(last.at_ms, 30_000);
    assert_eq!((last.agent.talk_ms, last.customer.talk_ms, last.talk_over_ms), (7_000, 7_000, 1_000));
    assert_eq!((last.hold_ms, last.longest_hold_ms), (8_000, 8_000));
    assert_eq!(last.customer.interruptions, 1);
    // 29 s with the agent, 8 of them on hold, 13 in which somebody spoke.
    assert_eq!(last.silence_ms, 8_000);
}

#[test]
fn what_was_said_on_hold_or_to_a_bot_is_not_measured() {
    let mut call = Call::unstarted(SessionConfig { built_in_alerts: true, ..SessionConfig::default() });
    call.live(0);
    call.feed(started());
    call.feed(customer(1_000, 9_000, "I want to speak to somebody"));
    call.feed(agent(10_000));
    call.feed(hold(11_000));
    call.feed(customer(12_000, 20_000, "they put me on hold again honey"));
    call.feed(unhold(21_000));
    call.feed(ended(22_000));
    let last = *samples(&call).last().unwrap();
    assert_eq!((last.customer.talk_ms, last.silence_ms), (0, 2_000));
}

#[test]
fn silence_and_holds_call_a_supervisor_until_they_are_over() {
    let mut call = watched();
    call.feed(agent_says(1_000, 4_000, "let me have a look at that"));
    call.until(33_999);
    assert!(call.news().is_empty());
    call.until(34_000);
    assert_eq!(call.news(), ["alert a-built-in.long-silence-1"]);
    call.feed(agent_says(40_000, 41_000, "so"));
    assert_eq!(call.news(), ["clear a-built-in.long-silence-1"]);
    call.feed(hold(50_000));
    call.until(400_000);
    assert_eq!(call.news(), ["alert a-built-in.long-hold-1", "alert a-built-in.very-long-hold-1"]);
    call.feed(unhold(410_000));
    assert_eq!(call.news(), ["clear a-built-in.long-hold-1", "clear a-built-in.very-long-hold-1"]);
    call.until(440_000);
    assert_eq!(call.news(), ["alert a-built-in.long-silence-2"]);
    call.feed(ended(450_000));
    assert_eq!(call.news(), ["clear a-built-in.long-silence-2"], "nobody can help any more");
}

#[test]
fn an_unhappy_customer_calls_a_supervisor() {
    let mut call = watched();
    call.feed(customer(2_000, 5_000, "this is ridiculous I am furious with you people"));
    call.feed(customer(6_000, 9_000, "it is the worst service and a complete waste of time"));
    assert_eq!(call.news(), ["alert a-built-in.unhappy-customer-1"]);
    call.feed(customer(20_000, 22_000, "oh that works now thank you so much"));
    call.feed(customer(23_000, 25_000, "perfect you have been very helpful"));
    assert_eq!(call.news(), ["clear a-built-in.unhappy-customer-1"]);
}
