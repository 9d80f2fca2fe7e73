import { Button } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { GuidanceView, WorkflowEntry, WorkflowOutline } from '@trunkline/client/console';
import css from './guide.module.css';

/** A workflow that runs, with its outline. */
export interface RunningWorkflow {
  entry: WorkflowEntry;
  outline: WorkflowOutline;
  /** Place of the step that is next. */
  at: number;
}

/** The workflow that began last and still runs. */
export function runningWorkflow({ workflows, playbooks }: GuidanceView): RunningWorkflow | null {
  for (const entry of workflows.toReversed()) {
    if (entry.state !== 'running') continue;
    const playbook = playbooks.find(({ id }) => id === entry.playbook);
    const outline = playbook?.workflows?.find(({ id }) => id === entry.workflow);
    if (outline === undefined) continue;
    const at = outline.steps.findIndex(({ id }) => id === entry.step);
    return { entry, outline, at: Math.max(at, 0) };
  }
  return null;
}

export interface WorkflowProps {
  running: RunningWorkflow;
  /** Goes to a step by its id, or leaves; only looked at where there is none. */
  onStep?: (step: string | null) => void;
}

/** The steps: what is done, what is next, and what to say with it. */
export function Workflow({ running, onStep }: WorkflowProps) {
  const { outline, at } = running;
  return (
    <>
      <ol className={css.steps}>
        {outline.steps.map((step, index) => (
          <li
            key={step.id}
            data-done={index < at || undefined}
            aria-current={index === at ? 'step' : undefined}
          >
            {index < at ? (
              <IconCheck size={15} className={css.tickDone} aria-label="done" />
            ) : (
              <span className={css.number}>{index + 1}</span>
            )}
            <span>
              {onStep && index !== at ? (
                <button type="button" className={css.step} onClick={() => onStep(step.id)}>
                  {step.title}
                </button>
              ) : (
                step.title
              )}
              {index === at && step.say != null && <q className={css.stepSay}>{step.say}</q>}
            </span>
          </li>
        ))}
      </ol>
      {onStep && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onStep(null)}>
          Leave these steps
        </Button>
      )}
    </>
  );
}
