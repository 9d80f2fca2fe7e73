import type {
  AlertRaised,
  CallMetrics,
  CallSnapshot,
  CallSummary,
  ChecklistEntry,
  Disposition,
  Envelope,
  HintShown,
  KnowledgeFound,
  MessageSent,
  PlaybookOutline,
  SummaryPoint,
  SummarySection,
  SummaryWritten,
  WorkflowEntry,
} from '@trunkline/api-types';
import type { Connection } from '../connection.ts';
import type { Telemetry } from '../core.ts';
import type { Environment } from '../environment.ts';
import { postJson } from '../http.ts';
import type { Readable } from '../observable.ts';
import { derived, Value } from '../observable.ts';
import type { ShownUtterance } from '../transcript.ts';
import { shownUtterances } from '../transcript.ts';
import type { Acts } from './acts.ts';
import { actsOf } from './acts.ts';
import type { Hints } from './hints.ts';
import { hintsOf } from './hints.ts';
import type { SessionState, SessionStatus } from './state.ts';
import { beginSession, loadSession, reduceRow, reduceSession, statusOf, withRow } from './state.ts';

/** What sessions have in common. */
export interface SessionParts {
  origin: string;
  environment: Environment;
  connection: Connection;
  telemetry: (measured: Telemetry) => void;
}

export interface Checklist extends Readable<readonly ChecklistEntry[]> {
  check: (playbook: string, item: string, done: boolean) => Promise<boolean>;
}

export interface Workflows extends Readable<readonly WorkflowEntry[]> {
  /** Goes to a step; `null` leaves the workflow. */
  go: (playbook: string, workflow: string, step: string | null) => Promise<boolean>;
}

export interface SummaryEdit {
  sections: SummarySection[];
  actions: SummaryPoint[];
  disposition: Disposition | null;
}

export interface Summary extends Readable<SummaryWritten | null> {
  save: (edit: SummaryEdit) => Promise<boolean>;
}

export interface Messages extends Readable<readonly MessageSent[]> {
  send: (text: string) => Promise<boolean>;
}

export interface SearchOptions {
  limit?: number;
  /** Whether an answer is wanted beside the passages. */
  answer?: boolean;
  signal?: AbortSignal;
}

/** Why a session's call cannot be read. */
export interface SessionProblem {
  code: string;
  detail: string;
}

/**
 * One call. Its status comes by itself; transcript, cards and the rest are followed from when the first of them is
 * watched or `open` is called, until `destroy`.
 */
export interface VoiceSession {
  readonly id: string;
  readonly contactId: string;
  readonly status: SessionStatus;
  readonly startTime: Date;
  readonly endTime: Date | null;
  onStatusChange: (callback: (status: SessionStatus) => void) => () => void;
  /** The call as a list shows it. */
  readonly row: Readable<CallSummary>;
  /** Whether transcript and guidance are there. */
  readonly isLoaded: Readable<boolean>;
  /** Why nothing comes, where the server said so. */
  readonly problem: Readable<SessionProblem | null>;
  readonly transcript: Readable<readonly ShownUtterance[]>;
  readonly hints: Hints;
  readonly checklist: Checklist;
  readonly workflows: Workflows;
  readonly playbooks: Readable<readonly PlaybookOutline[]>;
  readonly alerts: Readable<readonly AlertRaised[]>;
  readonly metrics: Readable<CallMetrics | null>;
  /** The last samples of the metrics, oldest first. */
  readonly series: Readable<readonly CallMetrics[]>;
  readonly summary: Summary;
  readonly messages: Messages;
  /** Asks the documents, as the agent of this call. */
  search: (query: string, options?: SearchOptions) => Promise<KnowledgeFound>;
  /** Begins to follow the call, if nobody did. */
  open: () => void;
  /** Stops following; nothing is told any more, and acts that wait are given up. */
  destroy: () => void;
}

/** A session with what the list of calls tells it. */
export class FollowedSession implements VoiceSession {
  readonly id: string;
  readonly row: Readable<CallSummary>;
  readonly isLoaded: Readable<boolean>;
  readonly problem: Readable<SessionProblem | null>;
  readonly transcript: Readable<readonly ShownUtterance[]>;
  readonly hints: Hints;
  readonly checklist: Checklist;
  readonly workflows: Workflows;
  readonly playbooks: Readable<readonly PlaybookOutline[]>;
  readonly alerts: Readable<readonly AlertRaised[]>;
  readonly metrics: Readable<CallMetrics | null>;
  readonly series: Readable<readonly CallMetrics[]>;
  readonly summary: Summary;
  readonly messages: Messages;
  readonly #parts: SessionParts;
  readonly #stop = new AbortController();
  readonly #state: Value<SessionState>;
  readonly #problem = new Value<SessionProblem | null>(null);
  readonly #onDestroy: (session: FollowedSession) => void;
  /** When the log took in the card on show, by the server's clock. */
  #hintAppendedMs: number | null = null;
  #isOpen = false;

  constructor(
    parts: SessionParts,
    row: CallSummary,
    onDestroy: (session: FollowedSession) => void = () => undefined,
  ) {
    this.id = row.call_id;
    this.#parts = parts;
    this.#onDestroy = onDestroy;
    this.#state = new Value(beginSession(row));
    const acts = actsOf(parts.environment, parts.origin, this.id, this.#stop.signal);
    const watched = watchedBy(this.#state, () => this.open());
    const guidance = derived(watched, (state) => state.guidance);
    this.row = derived(this.#state, (state) => state.row);
    this.isLoaded = derived(watched, (state) => state.isLoaded);
    this.transcript = shown(derived(watched, (state) => state.transcript));
    this.hints = hintsOf(guidance, acts, (hint) => this.#tellShown(hint));
    this.playbooks = derived(guidance, (view) => view.playbooks);
    this.alerts = derived(guidance, (view) => view.alerts);
    this.metrics = derived(guidance, (view) => view.metrics);
    this.series = derived(guidance, (view) => view.series);
    this.problem = this.#problem;
    this.checklist = withAct(
      derived(guidance, (view) => view.checklist),
      {
        check: (playbook: string, item: string, done: boolean) =>
          acts.send({ type: 'check', data: { playbook, item, done } }),
      },
    );
    this.workflows = withAct(
      derived(guidance, (view) => view.workflows),
      goer(acts),
    );
    this.summary = withAct(
      derived(guidance, (view) => view.summary),
      {
        save: (edit: SummaryEdit) => acts.send({ type: 'summary', data: edit }),
      },
    );
    this.messages = withAct(
      derived(guidance, (view) => view.messages),
      {
        send: (text: string) => acts.send({ type: 'message', data: { text } }),
      },
    );
  }

  get contactId(): string {
    return this.row.value.contact_id;
  }

  get status(): SessionStatus {
    return statusOf(this.row.value);
  }

  get startTime(): Date {
    return new Date(this.row.value.started_at_ms);
  }

  get endTime(): Date | null {
    const { state, started_at_ms, duration_ms } = this.row.value;
    return state === 'ended' ? new Date(started_at_ms + (duration_ms ?? 0)) : null;
  }

  onStatusChange = (callback: (status: SessionStatus) => void): (() => void) =>
    derived(this.row, statusOf).subscribe(callback);

  open(): void {
    if (this.#isOpen || this.#stop.signal.aborted) return;
    this.#isOpen = true;
    this.#parts.connection.subscribe(
      { topic: 'call', call_id: this.id },
      {
        after: 'snapshot',
        signal: this.#stop.signal,
        onSnapshot: (data) => this.#state.set(loadSession(this.#state.value, data as CallSnapshot)),
        onEvent: (event) => this.#handleEvent(event),
        onRefused: (code, detail) => this.#problem.set({ code, detail }),
      },
    );
  }

  search = (query: string, { signal, ...options }: SearchOptions = {}): Promise<KnowledgeFound> => {
    const { environment, origin } = this.#parts;
    const body = { query, call_id: this.id, ...options };
    return postJson(environment, `${origin}/v1/knowledge/search`, body, signal);
  };

  destroy(): void {
    this.#stop.abort();
    this.#onDestroy(this);
  }

  /** What the list of calls tells of it. */
  handleListed(event: Envelope): void {
    const state = this.#state.value;
    const row = reduceRow(state.row, event);
    if (row !== state.row && !this.#stop.signal.aborted) this.#state.set({ ...state, row });
  }

  handleRow(row: CallSummary): void {
    if (!this.#stop.signal.aborted) this.#state.set(withRow(this.#state.value, row));
  }

  #handleEvent(event: Envelope): void {
    if (event.type === 'hint_shown')
      this.#hintAppendedMs =
        event.stages.appended_us == null ? null : event.stages.appended_us / 1000;
    this.#state.set(reduceSession(this.#state.value, event));
  }

  #tellShown(hint: HintShown): void {
    const atMs = this.#parts.environment.nowMs();
    const appendedMs = this.#hintAppendedMs;
    this.#parts.telemetry({
      type: 'hint_rendered',
      callId: this.id,
      hintId: hint.id,
      atMs,
      sinceAppendedMs: appendedMs === null ? null : atMs - appendedMs,
    });
  }
}

/** The same value; watching it opens the session. */
function watchedBy<T>(source: Readable<T>, onWatched: () => void): Readable<T> {
  return {
    get value() {
      return source.value;
    },
    subscribe: (watcher) => {
      const end = source.subscribe(watcher);
      onWatched();
      return end;
    },
  };
}

/** The utterances as a list, the same list while they are the same. */
function shown(view: Readable<SessionState['transcript']>): Readable<readonly ShownUtterance[]> {
  let from = view.value;
  let list: readonly ShownUtterance[] = shownUtterances(from);
  const pick = (next: SessionState['transcript']) => {
    if (next !== from) list = shownUtterances(next);
    from = next;
    return list;
  };
  return derived(view, pick);
}

function withAct<T, A extends object>(value: Readable<T>, acts: A): Readable<T> & A {
  return Object.assign(Object.create(value) as Readable<T>, acts);
}

function goer(acts: Acts) {
  return {
    go: (playbook: string, workflow: string, step: string | null) =>
      acts.send({ type: 'workflow', data: { playbook, workflow, step } }),
  };
}
