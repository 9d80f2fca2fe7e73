use events::Event;
use model::Channel;
use ports::NewEvent;
use ports::testing::{MemoryEventLog, append_as_owner, call_ended, call_started, ids, utterance};

use super::*;

fn playbook(phrase: &str) -> Playbook {
    Playbook::read(&format!(
        "playbook: save\nversion: 1\ntitle: Save\nrules:\n- id: leaving\n  when: {{ says: {{ any_of: [{phrase}] }} }}\n  then: [{{ card: {{ title: Ask why }} }}]\nchecklist: [{{ id: sorry, title: Sorry, done: {{ says: {{ any_of: [sorry] }} }} }}]\n"
    ))
    .unwrap()
}

async fn stored() -> (Arc<MemoryEventLog>, TenantId) {
    let log = Arc::new(MemoryEventLog::new());
    let (tenant, _) = ids("acme", "x");
    for (name, said) in
        [("call-1", "i want to cancel"), ("call-2", "i want to leave"), ("call-3", "i am sorry")]
    {
        let agent = events::AgentRef { id: "ann".into(), name: None, at_ms: 0 };
        let events = vec![
            call_started(86_400_000),
            NewEvent { stages: Default::default(), event: Event::AgentConnected(agent) },
            utterance(Channel::Customer, 1_000, said),
            call_ended(60_000),
        ];
        let (tenant, call) = ids("acme", name);
        append_as_owner(log.as_ref(), &tenant, &call, Timestamp::from_millis(1), events).await.unwrap();
    }
    (log, tenant)
}

async fn run(backtest: Backtest) -> (usize, BacktestMessage) {
    let mut messages = backtest.begin();
    let mut progress = 0;
    while let Some(message) = messages.recv().await {
        let BacktestMessage::Progress { done, of } = message else { return (progress, message) };
        assert!(done == progress + 1 && done <= of);
        progress = done;
    }
    panic!("no end");
}

#[tokio::test]
async fn a_changed_rule_shows_where_it_fires_and_where_it_does_no_more() {
    let (log, tenant) = stored().await;
    let backtest = Backtest {
        log,
        tenant,
        candidate: playbook("leave"),
        live: Some(Arc::new(playbook("cancel"))),
        embedder: None,
        from: Timestamp::from_millis(0),
        limit: CALLS,
        may_see: Arc::new(|_| true),
    };
    let (progress, last) = run(backtest).await;
    let BacktestMessage::Result(result) = last else { panic!("{last:?}") };
    assert_eq!((progress, result.calls, result.skipped), (3, 3, 0));
    let rule = &result.rules[0];
    assert_eq!((rule.before, rule.after), (1, 1));
    assert_eq!((rule.added[0].call_id.as_str(), rule.removed[0].call_id.as_str()), ("call-2", "call-1"));
    assert_eq!(rule.added[0].utterance.as_deref(), Some("c-1000"));
    assert_eq!(result.checklist[0].item, "sorry");
}

#[tokio::test]
async fn calls_before_the_time_and_beyond_the_limit_are_left_alone() {
    let (log, tenant) = stored().await;
    let backtest = |from, limit| Backtest {
        log: Arc::clone(&log) as _,
        tenant: tenant.clone(),
        candidate: playbook("cancel"),
        live: None,
        embedder: None,
        from: Timestamp::from_millis(from),
        limit,
        may_see: Arc::new(|_| true),
    };
    let (progress, last) = run(backtest(86_400_001, CALLS)).await;
    assert!(progress == 0 && matches!(last, BacktestMessage::Result(result) if result.calls == 0));
    let (_, last) = run(backtest(0, 2)).await;
    let BacktestMessage::Result(result) = last else { panic!("{last:?}") };
    assert_eq!(result.calls, 2);
    assert!(result.rules[0].removed.is_empty());
}
