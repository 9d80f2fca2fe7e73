import type {
  ChecklistChanged,
  ChecklistEntry,
  Envelope,
  GuidanceView,
  HintChanged,
  HintRecord,
  HintShown,
  PlaybookOutline,
  WorkflowChanged,
} from '@trunkline/api-types';

/** As many as the server keeps of each; the oldest goes first. */
const MAX_HINTS = 50;
const MAX_OUTCOMES = 8;
const MAX_SAMPLES = 120;
const MAX_ALERTS = 50;
const MAX_MESSAGES = 50;

export const emptyGuidance: GuidanceView = {
  playbooks: [],
  hint: null,
  hints: [],
  muted: false,
  checklist: [],
  workflows: [],
  alerts: [],
  metrics: null,
  series: [],
  summary: null,
  messages: [],
};

/**
 * Folds one logged event in, by the server's own rule, so that a snapshot with what follows it and the whole log
 * give the same. The same object when the event says nothing of guidance.
 */
export function reduceGuidance(view: GuidanceView, event: Envelope): GuidanceView {
  switch (event.type) {
    case 'guidance_started':
      return begin(view, event.data.playbooks);
    case 'hint_shown':
      return show(view, event.data);
    case 'hint_changed':
      return change(view, event.data);
    case 'guidance_muted':
      return { ...view, muted: event.data.muted };
    case 'checklist_changed':
      return { ...view, checklist: checked(view.checklist, event.data) };
    case 'workflow_changed':
      return { ...view, workflows: moved(view.workflows, event.data) };
    case 'alert_raised': {
      const { data } = event;
      const others = view.alerts.filter((alert) => alert.id !== data.id);
      return { ...view, alerts: newest(others, data, MAX_ALERTS) };
    }
    case 'alert_cleared': {
      const { id } = event.data;
      return { ...view, alerts: view.alerts.filter((alert) => alert.id !== id) };
    }
    case 'metrics_sampled':
      return {
        ...view,
        metrics: event.data,
        series: newest(view.series, event.data, MAX_SAMPLES),
      };
    case 'summary_written':
      return { ...view, summary: event.data };
    case 'message_sent': {
      const { data } = event;
      if (view.messages.some((message) => message.id === data.id)) return view;
      return { ...view, messages: newest(view.messages, data, MAX_MESSAGES) };
    }
    case 'call_ended':
      return view.hint === null ? view : { ...view, hint: null };
    default:
      return view;
  }
}

/** The items are those of these playbooks; what was done of them before stays done. */
function begin(view: GuidanceView, playbooks: PlaybookOutline[]): GuidanceView {
  const known = new Map(view.checklist.map((entry) => [`${entry.playbook}/${entry.item}`, entry]));
  const checklist = playbooks.flatMap((playbook) =>
    (playbook.checklist ?? []).map((item): ChecklistEntry => {
      const before = known.get(`${playbook.id}/${item.id}`);
      return {
        ...(before ?? { state: 'open' }),
        playbook: playbook.id,
        item: item.id,
        title: item.title,
        required: item.required ?? false,
        by_ms: item.by_ms ?? null,
      };
    }),
  );
  return { ...view, playbooks, checklist };
}

/** A card that is shown twice is one card. */
function show(view: GuidanceView, hint: HintShown): GuidanceView {
  if (view.hints.some((known) => known.id === hint.id)) return view;
  return { ...view, hint, hints: newest(view.hints, { ...hint, outcomes: [] }, MAX_HINTS) };
}

/** Whatever becomes of a card but a closer look takes it away. */
function change(view: GuidanceView, changed: HintChanged): GuidanceView {
  const isGone = changed.outcome !== 'expanded' && view.hint?.id === changed.id;
  return {
    ...view,
    hint: isGone ? null : view.hint,
    hints: view.hints.map((hint) => (hint.id === changed.id ? withOutcome(hint, changed) : hint)),
  };
}

function withOutcome(hint: HintRecord, { outcome, at_ms, by = null }: HintChanged): HintRecord {
  const isKnown = hint.outcomes.some(
    (known) => known.outcome === outcome && (known.by ?? null) === by,
  );
  if (isKnown || hint.outcomes.length >= MAX_OUTCOMES) return hint;
  return { ...hint, outcomes: [...hint.outcomes, { outcome, at_ms, by }] };
}

function checked(entries: ChecklistEntry[], changed: ChecklistChanged): ChecklistEntry[] {
  return entries.map((entry) =>
    entry.playbook === changed.playbook && entry.item === changed.item
      ? {
          ...entry,
          state: changed.state,
          utterance: changed.utterance ?? null,
          at_ms: changed.at_ms,
        }
      : entry,
  );
}

function moved(
  workflows: GuidanceView['workflows'],
  { playbook, workflow, state, step = null }: WorkflowChanged,
): GuidanceView['workflows'] {
  const now = { playbook, workflow, state, step };
  const at = workflows.findIndex((one) => one.playbook === playbook && one.workflow === workflow);
  return at < 0 ? [...workflows, now] : workflows.with(at, now);
}

function newest<T>(kept: T[], one: T, most: number): T[] {
  return [...kept, one].slice(-most);
}
