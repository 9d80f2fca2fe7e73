//! How far a job is, in what the server says of its workflow.

use ports::{JobKey, JobState, JobStatus};
use temporalio_client::{
    Client, WorkflowDescribeOptions, WorkflowExecutionStatus, WorkflowFetchHistoryOptions,
    WorkflowGetResultOptions,
    errors::{WorkflowGetResultError, WorkflowInteractionError},
};
use temporalio_common::protos::temporal::api::{
    enums::v1::PendingActivityState,
    failure::v1::Failure,
    history::v1::{HistoryEvent, history_event::Attributes},
    workflow::v1::PendingActivityInfo,
};

use crate::{
    TemporalError,
    workflow::{JobWorkflow, told},
};

/// How far, how often, and why not further.
type Told = (JobState, u32, Option<String>);

/// A job's status; none when the server does not know it.
pub(crate) async fn status(client: &Client, key: &JobKey) -> Result<Option<JobStatus>, TemporalError> {
    let handle = client.get_workflow_handle::<JobWorkflow>(key.as_text());
    let described = match handle.describe(WorkflowDescribeOptions::default()).await {
        Ok(described) => described,
        Err(WorkflowInteractionError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(TemporalError::failed(error)),
    };
    let of = |state, attempts, why| Some(JobStatus { key: key.clone(), state, attempts, why });
    if described.status() == WorkflowExecutionStatus::Running {
        let (state, attempts, why) = match described.raw().pending_activities.first() {
            Some(activity) => pending(activity),
            None => {
                let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
                between(&history.into_events().await.map_err(TemporalError::failed)?)
            }
        };
        return Ok(of(state, attempts, why));
    }
    match handle.get_result(WorkflowGetResultOptions::default()).await {
        Ok(attempts) => Ok(of(JobState::Done, attempts, None)),
        Err(WorkflowGetResultError::Failed(error)) => {
            let told = told(&error);
            let attempts = told.and_then(|told| told.details::<u32>().ok().flatten()).unwrap_or_default();
            let why = told.map(|told| told.source_error().to_string());
            Ok(of(JobState::Failed, attempts, why))
        }
        Err(WorkflowGetResultError::NotFound(_)) => Ok(None),
        Err(
            WorkflowGetResultError::Cancelled { .. }
            | WorkflowGetResultError::Terminated { .. }
            | WorkflowGetResultError::TimedOut,
        ) => Ok(of(JobState::Failed, 0, Some("somebody ended the workflow".to_owned()))),
        Err(error) => Err(TemporalError::failed(error)),
    }
}

/// How far a job is whose activity is scheduled or runs.
fn pending(activity: &PendingActivityInfo) -> Told {
    let attempt = u32::try_from(activity.attempt).unwrap_or(0);
    let why = activity.last_failure.as_ref().map(reason);
    if activity.state == PendingActivityState::Started as i32 {
        (JobState::Running, attempt, why)
    } else {
        // The attempt that is named is the next one.
        (JobState::Waiting, attempt.saturating_sub(1), why)
    }
}

/// How far a job is whose workflow goes on without an activity: its time has not come, or no worker has told the server yet
/// that the end of the activity is the end of the job. One that cannot be done is told as such when it is listed as such.
fn between(events: &[HistoryEvent]) -> Told {
    #![expect(clippy::wildcard_enum_match_arm, reason = "of some sixty sorts of events four tell of the activity")]
    let mut told = (JobState::Waiting, 0, None);
    for event in events {
        match &event.attributes {
            Some(Attributes::ActivityTaskStartedEventAttributes(started)) => {
                told.1 = u32::try_from(started.attempt).unwrap_or(0);
            }
            Some(Attributes::ActivityTaskCompletedEventAttributes(_)) => told.0 = JobState::Done,
            Some(Attributes::ActivityTaskFailedEventAttributes(failed)) => {
                told = (JobState::Running, told.1, failed.failure.as_ref().map(reason));
            }
            Some(Attributes::ActivityTaskTimedOutEventAttributes(timed_out)) => {
                told = (JobState::Running, told.1, timed_out.failure.as_ref().map(reason));
            }
            _ => {}
        }
    }
    told
}

/// A lost heartbeat is a timeout; what the handler said is an application's failure.
fn reason(failure: &Failure) -> String {
    if failure.maybe_application_failure().is_some() {
        failure.message.clone()
    } else {
        "the worker died".to_owned()
    }
}
