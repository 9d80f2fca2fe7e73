/**
 * What is asked of playbooks and of the statistics of guidance. Kept by hand until `openapi.json` holds these shapes;
 * the names are the server's own.
 */
import type { HintKind } from './index.ts';

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
