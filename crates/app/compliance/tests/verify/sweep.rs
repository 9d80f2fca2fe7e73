use std::sync::Arc;

use compliance::{Sweep, VERIFY_JOB, verify_job};
use model::Timestamp;
use ports::{
    Job, JobHandler, JobRules, JobState, Jobs, Outcome,
    testing::{JobClock, MemoryJobs},
};

use crate::outcomes::clean;

/// It stands still.
fn clock() -> JobClock {
    JobClock {
        now: Arc::new(|| Timestamp::from_millis(0)),
        sleep: Arc::new(|_| Box::pin(std::future::pending())),
    }
}

#[tokio::test]
async fn every_ended_call_gets_one_job_until_it_is_verified() {
    let stored = clean().store().await;
    let jobs = Arc::new(MemoryJobs::new(JobRules::default(), clock()));
    let sweep =
        Sweep::new(Arc::clone(&stored.log) as _, Arc::clone(&jobs) as _, vec![stored.key.tenant.clone()]);
    assert_eq!(sweep.once().await.unwrap(), 1);
    assert_eq!(sweep.once().await.unwrap(), 1);
    let key = verify_job(&stored.key).unwrap().key;
    assert_eq!((key.kind.as_str(), key.id.as_str()), (VERIFY_JOB, "call-1"));
    assert_eq!(jobs.status(&key).await.unwrap().unwrap().state, JobState::Waiting);

    let job = Job { payload: verify_job(&stored.key).unwrap().payload, key, attempt: 1 };
    assert_eq!(stored.verifier.handle(&job).await, Outcome::Done);
    assert_eq!(sweep.once().await.unwrap(), 0);
    assert_eq!(stored.verifier.handle(&job).await, Outcome::Done);
}
