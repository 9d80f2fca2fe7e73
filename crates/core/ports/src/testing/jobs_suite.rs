//! What every store of jobs does.

mod rig;

use std::time::Duration;

use rig::{Gate, Script, Suite, enqueue, key, named, new_job};

use super::{JobClock, join};
use crate::{Enqueued, JobRules, JobState, Jobs, Outcome};

/// The rules that the suite's stores go by: short, and in whole seconds, as stores may count.
pub const JOBS_SUITE_RULES: JobRules = JobRules {
    max_attempts: 3,
    first_delay: Duration::from_secs(1),
    max_delay: Duration::from_secs(1),
    lease: Duration::from_secs(2),
};

/// How far apart are times that a store must tell apart.
const APART: Duration = Duration::from_millis(1_500);

/// Proves a store of jobs against its contract. `make` gives two hosts of one store each time, which goes by
/// [`JOBS_SUITE_RULES`] and by the wall clock of `clock`; the store may hold other tenants' jobs of former times.
///
/// # Panics
/// At the first rule that the store breaks.
pub async fn jobs_suite<J: Jobs>(make: impl AsyncFn() -> [J; 2], clock: JobClock) {
    let suite = async || Suite::new(make().await, clock.clone());
    a_job_is_one_job_however_often_it_is_enqueued(&suite().await).await;
    what_is_enqueued_arrives_whole(&suite().await).await;
    a_job_waits_for_its_time(&suite().await).await;
    a_job_is_tried_again_until_it_is_done(&suite().await).await;
    a_job_is_given_up_after_so_many_attempts(&suite().await).await;
    what_cannot_be_done_is_not_tried_again(&suite().await).await;
    a_panic_fails_the_attempt_and_not_the_worker(&suite().await).await;
    another_worker_takes_what_a_dead_one_had(&suite().await).await;
    a_worker_that_stops_ends_what_it_began(&suite().await).await;
    so_many_run_at_once_and_no_more(&suite().await).await;
    two_hosts_share_the_work(&suite().await).await;
    tenants_are_apart(&suite().await).await;
}

async fn a_job_is_one_job_however_often_it_is_enqueued<J: Jobs>(suite: &Suite<J>) {
    let [one, other] = &suite.hosts;
    let job = suite.key("one");
    assert_eq!(one.status(&job).await.expect("status"), None, "nobody enqueued it");
    assert_eq!(enqueue(one, &job).await, Enqueued::New);
    assert_eq!(enqueue(other, &job).await, Enqueued::Known, "it waits");
    assert_eq!(suite.state(&job).await, Some((JobState::Waiting, 0)));
    let gate = Gate::default();
    let script = Script::new(suite, {
        let gate = gate.clone();
        move |_| gate.clone().then(Outcome::Done)
    });
    suite
        .while_running(one, &script, 2, async {
            suite.until("it runs", async || script.started() == 1).await;
            suite.until_state(&job, JobState::Running).await;
            assert_eq!(enqueue(other, &job).await, Enqueued::Known, "it runs");
            gate.open();
            suite.until_state(&job, JobState::Done).await;
            assert_eq!(enqueue(one, &job).await, Enqueued::Known, "it is done");
            let last = suite.key("last");
            assert_eq!(enqueue(one, &last).await, Enqueued::New);
            suite.until_state(&last, JobState::Done).await;
        })
        .await;
    assert_eq!(script.attempts_of(&job), [1], "it was done once");
    assert_eq!(suite.state(&job).await, Some((JobState::Done, 1)));
}

async fn what_is_enqueued_arrives_whole<J: Jobs>(suite: &Suite<J>) {
    let [one, _] = &suite.hosts;
    let job = named(&suite.tenant, "some-kind", "a.b_c:d/e-F");
    let mut new = new_job(&job);
    let text = "ü \"quoted\" \u{1f600} \\ \n ".repeat(2_000);
    new.payload = crate::JobPayload::of(&(&text, 7)).expect("a payload");
    assert_eq!(one.enqueue(new.clone()).await.expect("enqueue"), Enqueued::New);
    let script = Script::new(suite, |_| Gate::opened().then(Outcome::Done));
    suite.while_running(one, &script, 1, suite.until_state(&job, JobState::Done)).await;
    let taken = script.taken();
    assert_eq!((&taken[0].key, taken[0].attempt), (&job, 1));
    assert_eq!(taken[0].payload, new.payload);
}

async fn a_job_waits_for_its_time<J: Jobs>(suite: &Suite<J>) {
    let [one, _] = &suite.hosts;
    let now = suite.now();
    let times = [("late", now + APART * 3), ("early", now + APART), ("middle", now + APART * 2)];
    for (id, at) in times {
        let mut new = new_job(&suite.key(id));
        new.not_before = Some(at);
        assert_eq!(one.enqueue(new).await.expect("enqueue"), Enqueued::New);
    }
    let script = Script::new(suite, |_| Gate::opened().then(Outcome::Done));
    suite.while_running(one, &script, 1, suite.until_state(&suite.key("late"), JobState::Done)).await;
    let order: Vec<String> = script.taken().iter().map(|job| job.key.id.to_string()).collect();
    assert_eq!(order, ["early", "middle", "late"]);
    for (id, at) in times {
        assert!(script.first_taken_at(&suite.key(id)) >= at, "{id} was taken before its time");
    }
}

async fn a_job_is_tried_again_until_it_is_done<J: Jobs>(suite: &Suite<J>) {
    let [one, other] = &suite.hosts;
    let job = suite.key("again");
    enqueue(one, &job).await;
    let script = Script::new(suite, |job| {
        let outcome = if job.attempt < 3 { Outcome::retry("the recogniser is away") } else { Outcome::Done };
        Gate::opened().then(outcome)
    });
    suite
        .while_running(one, &script, 2, async {
            suite
                .until("it waits again", async || {
                    let status = other.status(&job).await.expect("status").expect("a job");
                    status.state == JobState::Waiting && status.attempts == 1
                })
                .await;
            let why = other.status(&job).await.expect("status").expect("a job").why;
            assert_eq!(why.as_deref(), Some("the recogniser is away"));
            suite.until_state(&job, JobState::Done).await;
        })
        .await;
    assert_eq!(script.attempts_of(&job), [1, 2, 3]);
    let between = script.taken_at(&job);
    assert!(between[1].since(between[0]) >= Duration::from_millis(900), "it was tried again too soon");
    assert_eq!(other.failed(&suite.tenant, 10).await.expect("failed"), []);
}

async fn a_job_is_given_up_after_so_many_attempts<J: Jobs>(suite: &Suite<J>) {
    let [one, other] = &suite.hosts;
    let job = suite.key("hopeless");
    enqueue(one, &job).await;
    let script = Script::new(suite, |_| Gate::opened().then(Outcome::retry("the store is away")));
    suite.while_running(one, &script, 2, suite.until_state(&job, JobState::Failed)).await;
    assert_eq!(script.attempts_of(&job), [1, 2, 3]);
    suite
        .until("it is among the failed", async || {
            other.failed(&suite.tenant, 10).await.expect("failed").len() == 1
        })
        .await;
    let failed = other.failed(&suite.tenant, 10).await.expect("failed");
    assert_eq!((&failed[0].key, failed[0].state, failed[0].attempts), (&job, JobState::Failed, 3));
    assert_eq!(failed[0].why.as_deref(), Some("the store is away"));
    assert_eq!(enqueue(one, &job).await, Enqueued::Known, "it is not begun again");
}

async fn what_cannot_be_done_is_not_tried_again<J: Jobs>(suite: &Suite<J>) {
    let [one, _] = &suite.hosts;
    let (bad, good) = (suite.key("bad"), suite.key("good"));
    enqueue(one, &bad).await;
    let script = Script::new(suite, |job| {
        let outcome = if job.key.id.as_str() == "bad" {
            Outcome::failed("there is no such call")
        } else {
            Outcome::Done
        };
        Gate::opened().then(outcome)
    });
    suite
        .while_running(one, &script, 1, async {
            suite.until_state(&bad, JobState::Failed).await;
            enqueue(one, &good).await;
            suite.until_state(&good, JobState::Done).await;
        })
        .await;
    assert_eq!(script.attempts_of(&bad), [1]);
    let status = one.status(&bad).await.expect("status").expect("a job");
    assert_eq!(status.why.as_deref(), Some("there is no such call"));
}

async fn a_panic_fails_the_attempt_and_not_the_worker<J: Jobs>(suite: &Suite<J>) {
    let [one, _] = &suite.hosts;
    let (bad, good) = (suite.key("panics-once"), suite.key("good"));
    enqueue(one, &bad).await;
    let script = Script::new(suite, |job| {
        assert!(
            job.key.id.as_str() != "panics-once" || job.attempt > 1,
            "a handler that panics, as it shall"
        );
        Gate::opened().then(Outcome::Done)
    });
    suite
        .while_running(one, &script, 1, async {
            suite.until("it was tried", async || script.started() == 1).await;
            enqueue(one, &good).await;
            suite.until_state(&good, JobState::Done).await;
            suite.until_state(&bad, JobState::Done).await;
        })
        .await;
    assert_eq!(script.attempts_of(&bad), [1, 2]);
}

async fn another_worker_takes_what_a_dead_one_had<J: Jobs>(suite: &Suite<J>) {
    let [one, other] = &suite.hosts;
    let job = suite.key("orphan");
    enqueue(one, &job).await;
    let never = Script::new(suite, |_| Gate::default().then(Outcome::Done));
    // The first worker is dropped when its job runs.
    suite
        .while_running(one, &never, 1, async {
            suite.until("it runs", async || never.started() == 1).await;
            suite.until_state(&job, JobState::Running).await;
        })
        .await;
    let script = Script::new(suite, |_| Gate::opened().then(Outcome::Done));
    suite.while_running(other, &script, 1, suite.until_state(&job, JobState::Done)).await;
    assert_eq!(script.attempts_of(&job), [2]);
}

async fn a_worker_that_stops_ends_what_it_began<J: Jobs>(suite: &Suite<J>) {
    let [one, other] = &suite.hosts;
    let (begun, next) = (suite.key("begun"), suite.key("next"));
    enqueue(one, &begun).await;
    let (gate, stop) = (Gate::default(), Gate::default());
    let script = Script::new(suite, {
        let gate = gate.clone();
        move |_| gate.clone().then(Outcome::Done)
    });
    let run = suite.run(one, &script, 1, stop.clone());
    let tell = async {
        suite.until("it runs", async || script.started() == 1).await;
        stop.open();
        enqueue(other, &next).await;
        (suite.clock.sleep)(Duration::from_millis(300)).await;
        assert_eq!(suite.state(&begun).await, Some((JobState::Running, 1)), "it is let run");
        gate.open();
    };
    join::both(run, tell).await;
    assert_eq!(suite.state(&begun).await, Some((JobState::Done, 1)));
    assert_eq!(suite.state(&next).await, Some((JobState::Waiting, 0)), "nothing new is begun");
}

async fn so_many_run_at_once_and_no_more<J: Jobs>(suite: &Suite<J>) {
    let [one, _] = &suite.hosts;
    let jobs: Vec<_> = (0..5).map(|n| suite.key(&format!("job-{n}"))).collect();
    for job in &jobs {
        enqueue(one, job).await;
    }
    let gate = Gate::default();
    let script = Script::new(suite, {
        let gate = gate.clone();
        move |_| gate.clone().then(Outcome::Done)
    });
    suite
        .while_running(one, &script, 2, async {
            suite.until("two run", async || script.started() == 2).await;
            (suite.clock.sleep)(APART).await;
            assert_eq!(script.started(), 2, "a third waits");
            gate.open();
            for job in &jobs {
                suite.until_state(job, JobState::Done).await;
            }
        })
        .await;
    assert_eq!(script.started(), 5);
}

async fn two_hosts_share_the_work<J: Jobs>(suite: &Suite<J>) {
    let [one, other] = &suite.hosts;
    let jobs: Vec<_> = (0..20).map(|n| suite.key(&format!("shared-{n}"))).collect();
    for job in &jobs {
        enqueue(one, job).await;
    }
    let script = Script::new(suite, |_| Gate::opened().then(Outcome::Done));
    let stop = Gate::default();
    let tell = async {
        for job in &jobs {
            suite.until_state(job, JobState::Done).await;
        }
        stop.open();
    };
    let runs =
        join::both(suite.run(one, &script, 2, stop.clone()), suite.run(other, &script, 2, stop.clone()));
    join::both(runs, tell).await;
    for job in &jobs {
        assert_eq!(script.attempts_of(job), [1], "{job} is done once");
    }
}

async fn tenants_are_apart<J: Jobs>(suite: &Suite<J>) {
    let [one, _] = &suite.hosts;
    let (ours, theirs) = (suite.key("call"), key("neighbour", suite, "call"));
    assert_eq!(enqueue(one, &ours).await, Enqueued::New);
    assert_eq!(enqueue(one, &theirs).await, Enqueued::New);
    let tenant = ours.tenant.clone();
    let script = Script::new(suite, move |job| {
        let outcome = if job.key.tenant == tenant { Outcome::failed("ours alone") } else { Outcome::Done };
        Gate::opened().then(outcome)
    });
    suite
        .while_running(one, &script, 2, async {
            suite.until_state(&ours, JobState::Failed).await;
            suite.until_state(&theirs, JobState::Done).await;
        })
        .await;
    suite
        .until("ours is among the failed", async || {
            one.failed(&ours.tenant, 10).await.expect("failed").len() == 1
        })
        .await;
    assert_eq!(one.failed(&theirs.tenant, 10).await.expect("failed"), []);
    let counts = one.counts().await.expect("counts");
    let of_kind = counts.iter().find(|counts| counts.kind == ours.kind).expect("a kind of which one failed");
    assert!(of_kind.failed >= 1, "{of_kind:?}");
}
