import type { CallListView, CallSummary } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { callRow } from '../../testing.ts';
import { boardOf, needOf, shownAlerts } from './board.ts';

const NOW = 100_000;

const call = (id: string, startedAtMs: number, over: Partial<CallSummary> = {}) =>
  callRow(id, { started_at_ms: startedAtMs, ...over });
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
    NOW,
  );
  expect(ids(board.rows)).toEqual(['mute', 'held', 'new', 'old']);
});

test('while somebody reads, rows stay where they are and new ones wait', () => {
  const ended = call('a', 1, { state: 'ended' });
  const board = boardOf(
    view(ended, call('b', 2, { on_hold: true }), call('c', 3)),
    ['a', 'b'],
    NOW,
  );
  expect(ids(board.rows)).toEqual(['a', 'b']);
  expect(board.rows[0]?.state).toBe('ended');
  expect(board.waiting).toBe(1);
});

test('a board is in the order in which calls need somebody', () => {
  const alert = (severity: 'critical' | 'warning') => ({
    kind: 'other' as const,
    severity,
    title: severity,
    at_ms: 1,
  });
  const calls = [
    call('calm', 9),
    call('warned', 1, { alerts: [alert('warning')] }),
    call('silent', 2, { silence_ms: 25_000 }),
    call('held', 3, { on_hold: true, hold_since_ms: 10 }),
    call('sad', 4, { sentiment: -0.8 }),
    call('unread', 5, { media: { state: 'waiting' } }),
    call('unsaid', 6, { unmet: ['Verify'] }),
    call('urgent', 7, { alerts: [alert('warning'), alert('critical')], unmet: ['Verify'] }),
  ];
  const board = boardOf(view(...calls), null, NOW);
  expect(ids(board.rows)).toEqual([
    'urgent',
    'unsaid',
    'unread',
    'sad',
    'silent',
    'held',
    'warned',
    'calm',
  ]);
});

test('silence while on hold is no silence, and a hold grows long with time', () => {
  const held = call('a', 1000, { on_hold: true, hold_since_ms: 0, silence_ms: 90_000 });
  expect([needOf(held, 2000), needOf(held, 70_000)]).toEqual(['hold', 'long-hold']);
});

test('a board that is read says when its order has become another', () => {
  const calm = [call('a', 2), call('b', 1)];
  const changed = [call('a', 2), call('b', 1, { unmet: ['Verify'] })];
  expect(boardOf(view(...calm), ['a', 'b'], NOW).isOtherwise).toBe(false);
  expect(boardOf(view(...changed), ['a', 'b'], NOW).isOtherwise).toBe(true);
});

test('of many alerts the most urgent are shown, and the others counted', () => {
  const alerts = (['warning', 'critical', 'warning'] as const).map((severity, at) => ({
    kind: 'other' as const,
    severity,
    title: `${severity} ${at}`,
    at_ms: at,
  }));
  const { shown, more } = shownAlerts(call('a', 1, { alerts }), 2);
  expect([shown.map(({ title }) => title), more]).toEqual([['critical 1', 'warning 2'], 1]);
});
