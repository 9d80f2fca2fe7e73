import type { CallListView, CallSummary } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { boardOf } from './board.ts';

const call = (id: string, startedAtMs: number, over: Partial<CallSummary> = {}): CallSummary => ({
  call_id: id,
  contact_id: id,
  started_at_ms: startedAtMs,
  state: 'live',
  on_hold: false,
  utterances: 0,
  masks: 0,
  gaps: 0,
  has_recording: false,
  quarantined: false,
  open_findings: 0,
  legal_hold: false,
  seq: 1,
  position: 1,
  ...over,
});
const view = (...calls: CallSummary[]): CallListView => ({
  position: 1,
  byId: new Map(calls.map((one) => [one.call_id, one])),
});
const ids = (calls: CallSummary[]) => calls.map((one) => one.call_id);

test('what needs somebody comes first, then the newest', () => {
  const failed = { state: 'failed' as const };
  const board = boardOf(
    view(
      call('old', 1),
      call('new', 9),
      call('held', 2, { on_hold: true }),
      call('mute', 3, { transcription: failed }),
    ),
    null,
  );
  expect(ids(board.rows)).toEqual(['mute', 'held', 'new', 'old']);
});

test('while somebody reads, rows stay where they are and new ones wait', () => {
  const ended = call('a', 1, { state: 'ended' });
  const board = boardOf(view(ended, call('b', 2, { on_hold: true }), call('c', 3)), ['a', 'b']);
  expect(ids(board.rows)).toEqual(['a', 'b']);
  expect(board.rows[0]?.state).toBe('ended');
  expect(board.waiting).toBe(1);
});
