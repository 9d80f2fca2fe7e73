/**
 * What guidance says and asks, as the server's schema will say it. Kept by hand until `openapi.json` holds these
 * shapes; the names are the server's own.
 */

import type { CallSummary, Transcript } from './index.ts';

export interface ChecklistItem {
  id: string;
  title: string;
  required?: boolean;
  by_ms?: number | null;
}

export interface WorkflowStep {
  id: string;
  title: string;
  say?: string | null;
}

export interface WorkflowOutline {
  id: string;
  title: string;
  steps: WorkflowStep[];
}

export interface Disposition {
  code: string;
  title: string;
}

export interface PlaybookOutline {
  id: string;
  version: number;
  digest: string;
  title: string;
  checklist?: ChecklistItem[];
  workflows?: WorkflowOutline[];
  dispositions?: Disposition[];
}

export interface GuidanceStarted {
  playbooks: PlaybookOutline[];
}

export type HintKind = 'standard' | 'knowledge' | 'workflow' | 'compliance';

export interface HintSource {
  document: string;
  title: string;
  heading?: string | null;
  passage: string;
}

export interface HintShown {
  id: string;
  playbook: string;
  version: number;
  rule: string;
  kind: HintKind;
  title: string;
  why: string;
  suggestion?: string | null;
  source?: HintSource | null;
  utterance?: string | null;
  topic?: string | null;
  priority: number;
  model?: string | null;
  at_ms: number;
  life_ms: number;
}

export type HintOutcome = 'expanded' | 'accepted' | 'dismissed' | 'said' | 'expired' | 'withdrawn';

export interface HintChanged {
  id: string;
  rule: string;
  outcome: HintOutcome;
  by?: string | null;
  utterance?: string | null;
  at_ms: number;
}

export interface GuidanceMuted {
  muted: boolean;
  by: string;
  at_ms: number;
}

export type ItemState = 'open' | 'done' | 'missed';

export interface ChecklistChanged {
  playbook: string;
  item: string;
  state: ItemState;
  utterance?: string | null;
  by?: string | null;
  at_ms: number;
}

export type WorkflowState = 'running' | 'done' | 'left';

export interface WorkflowChanged {
  playbook: string;
  workflow: string;
  state: WorkflowState;
  step?: string | null;
  utterance?: string | null;
  at_ms: number;
}

export type AlertKind = 'compliance' | 'sentiment' | 'silence' | 'talk_over' | 'hold' | 'other';
export type Severity = 'warning' | 'critical';

export interface AlertRaised {
  id: string;
  playbook: string;
  rule: string;
  kind: AlertKind;
  severity: Severity;
  title: string;
  utterance?: string | null;
  at_ms: number;
}

export interface AlertCleared {
  id: string;
  at_ms: number;
}

export interface SpeakerMetrics {
  talk_ms: number;
  words_per_minute?: number | null;
  interruptions: number;
  sentiment?: number | null;
}

export interface CallMetrics {
  at_ms: number;
  agent: SpeakerMetrics;
  customer: SpeakerMetrics;
  talk_over_ms: number;
  silence_ms: number;
  current_silence_ms: number;
  hold_ms: number;
  longest_hold_ms: number;
}

export type SummarySource = 'extracted' | 'model' | 'person';

export interface SummaryPoint {
  text?: string | null;
  utterance?: string | null;
}

export interface SummarySection {
  id: string;
  title: string;
  points: SummaryPoint[];
}

export interface SummaryWritten {
  complete: boolean;
  source: SummarySource;
  by?: string | null;
  fallback?: string | null;
  sections: SummarySection[];
  actions: SummaryPoint[];
  disposition?: Disposition | null;
  at_ms: number;
}

export interface MessageSent {
  id: string;
  from: string;
  text: string;
  at_ms: number;
}

/** The events of guidance. */
export type GuidanceEvent =
  | { type: 'guidance_started'; data: GuidanceStarted }
  | { type: 'hint_shown'; data: HintShown }
  | { type: 'hint_changed'; data: HintChanged }
  | { type: 'guidance_muted'; data: GuidanceMuted }
  | { type: 'checklist_changed'; data: ChecklistChanged }
  | { type: 'workflow_changed'; data: WorkflowChanged }
  | { type: 'alert_raised'; data: AlertRaised }
  | { type: 'alert_cleared'; data: AlertCleared }
  | { type: 'metrics_sampled'; data: CallMetrics }
  | { type: 'summary_written'; data: SummaryWritten }
  | { type: 'message_sent'; data: MessageSent };

/** What a person does at a desk. */
export type Act =
  | { type: 'hint'; data: { id: string; outcome: HintOutcome } }
  | { type: 'mute'; data: { muted: boolean } }
  | { type: 'check'; data: { playbook: string; item: string; done: boolean } }
  | { type: 'workflow'; data: { playbook: string; workflow: string; step: string | null } }
  | { type: 'message'; data: { text: string } }
  | {
      type: 'summary';
      data: {
        sections: SummarySection[];
        actions: SummaryPoint[];
        disposition: Disposition | null;
      };
    };

/** A card with what became of it. */
export type HintRecord = HintShown & {
  outcomes: { outcome: HintOutcome; at_ms: number; by?: string | null }[];
};

export interface ChecklistEntry {
  playbook: string;
  item: string;
  title: string;
  required: boolean;
  by_ms?: number | null;
  state: ItemState;
  utterance?: string | null;
  at_ms?: number | null;
}

export interface WorkflowEntry {
  playbook: string;
  workflow: string;
  state: WorkflowState;
  step?: string | null;
}

/** Where guidance of a call stands. */
export interface GuidanceView {
  playbooks: PlaybookOutline[];
  hint: HintShown | null;
  hints: HintRecord[];
  muted: boolean;
  checklist: ChecklistEntry[];
  workflows: WorkflowEntry[];
  alerts: AlertRaised[];
  metrics: CallMetrics | null;
  series: CallMetrics[];
  summary: SummaryWritten | null;
  messages: MessageSent[];
}

/** How one call stands, as the first message of a subscription tells it. */
export interface CallSnapshot {
  call: CallSummary;
  transcript: Transcript;
  guidance: GuidanceView;
}

/** How the live calls stand. */
export interface CallsSnapshot {
  calls: CallSummary[];
}

/** How one may sign in here. Open to all. */
export interface AccessInfo {
  required: boolean;
  oidc: { issuer: string; client_id: string; scope: string } | null;
  exchange: boolean;
  api_keys: boolean;
}

/** What guidance adds to a row of the list of calls. */
export interface GuidanceOfRow {
  agent_id?: string | null;
  profile?: string | null;
  alerts?: Pick<AlertRaised, 'kind' | 'severity' | 'title' | 'at_ms'>[];
  unmet?: string[];
  checklist_done?: number;
  checklist_total?: number;
  sentiment?: number | null;
  sentiment_series?: number[];
  silence_ms?: number | null;
  hold_since_ms?: number | null;
}

export interface KnowledgePassage {
  document: string;
  title: string;
  heading?: string | null;
  text: string;
  score: number;
  meaning: boolean;
}

export interface KnowledgeAnswer {
  text: string;
  passage: number;
  model: string;
}

export interface KnowledgeFound {
  passages: KnowledgePassage[];
  answer: KnowledgeAnswer | null;
  withheld: string | null;
}

export interface RuleStatistics {
  playbook: string;
  version: number;
  rule: string;
  kind: HintKind;
  shown: number;
  expanded: number;
  accepted: number;
  dismissed: number;
  said: number;
  expired: number;
  withdrawn: number;
  accepted_not_said: number;
}

export interface GuidanceStatistics {
  from_ms: number;
  to_ms: number;
  calls: number;
  rules: RuleStatistics[];
}

export interface PlaybookListed {
  id: string;
  version: number;
  title: string;
  digest: string;
  file: string;
  loaded_at_ms: number;
}

export interface PlaybookProblem {
  file?: string | null;
  line: number;
  column: number;
  key: string;
  message: string;
  allowed: string[];
}

export interface PlaybookList {
  playbooks: PlaybookListed[];
  problems: PlaybookProblem[];
}

export type PlaybookText = PlaybookListed & { yaml: string };

export interface Firing {
  call_id: string;
  at_ms: number;
  utterance?: string | null;
}

export interface BacktestRule {
  rule: string;
  before: number;
  after: number;
  added: Firing[];
  removed: Firing[];
}

export interface BacktestItem {
  item: string;
  before: { done: number; missed: number };
  after: { done: number; missed: number };
}

export interface BacktestResult {
  calls: number;
  skipped: number;
  rules: BacktestRule[];
  checklist: BacktestItem[];
}

export type BacktestLine =
  { type: 'progress'; done: number; of: number } | ({ type: 'result' } & BacktestResult);

export type Role = 'agent' | 'supervisor' | 'admin';

export interface Whoami {
  name: string;
  role: Role;
  agent?: string | null;
  queues?: string[] | null;
  tenant: string;
  expires_at_ms?: number | null;
}
