import type { AlertRaised, MessageSent, PlaybookOutline, WorkflowEntry } from '@trunkline/client';

/** The gravest alert in one line, in words as well as in colour; how many more there are. */
export function AlertLine({ alerts }: { alerts: readonly AlertRaised[] }) {
  const worst = alerts.find((alert) => alert.severity === 'critical') ?? alerts.at(-1);
  if (worst === undefined) return null;
  return (
    <p className="tl-alert" data-severity={worst.severity}>
      <span aria-hidden="true">{worst.severity === 'critical' ? '▲' : '△'}</span>{' '}
      <strong>{worst.severity === 'critical' ? 'Urgent' : 'Attention'}:</strong> {worst.title}
      {alerts.length > 1 && <span className="tl-note"> and {alerts.length - 1} more</span>}
    </p>
  );
}

/** What supervisors said to the agent, newest last. */
export function Messages({ messages }: { messages: readonly MessageSent[] }) {
  if (messages.length === 0) return null;
  return (
    <ul className="tl-messages" aria-label="Messages">
      {messages.map((message) => (
        <li key={message.id}>
          <strong>{message.from}</strong> {message.text}
        </li>
      ))}
    </ul>
  );
}

export interface WorkflowStepsProps {
  playbooks: readonly PlaybookOutline[];
  workflows: readonly WorkflowEntry[];
  /** Given, steps are buttons; `null` leaves the workflow. */
  onStep?: (workflow: WorkflowEntry, step: string | null) => void;
}

/** The steps of each workflow that runs, the next one marked. */
export function WorkflowSteps({ playbooks, workflows, onStep }: WorkflowStepsProps) {
  return workflows
    .filter((workflow) => workflow.state === 'running')
    .map((running) => {
      const outline = playbooks
        .find((playbook) => playbook.id === running.playbook)
        ?.workflows?.find((workflow) => workflow.id === running.workflow);
      if (outline === undefined) return null;
      return (
        <section
          key={`${running.playbook}/${running.workflow}`}
          className="tl-workflow"
          aria-label={outline.title}
        >
          <h3>{outline.title}</h3>
          <ol>
            {outline.steps.map((step) => (
              <li key={step.id} aria-current={step.id === running.step ? 'step' : undefined}>
                {onStep ? (
                  <button
                    type="button"
                    className="tl-link"
                    onClick={() => onStep(running, step.id)}
                  >
                    {step.title}
                  </button>
                ) : (
                  step.title
                )}
                {step.say && step.id === running.step && <p className="tl-card-say">{step.say}</p>}
              </li>
            ))}
          </ol>
          {onStep && (
            <button type="button" className="tl-button" onClick={() => onStep(running, null)}>
              Leave
            </button>
          )}
        </section>
      );
    });
}
