import type { AlertRaised, GuidanceView, HintRecord } from '@trunkline/client/console';
import { emptyGuidance } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { alertOn, cardOn, lifeLeft, outcomeName } from './hints.ts';

const card = (id: string, over: Partial<HintRecord> = {}): HintRecord => ({
  id,
  playbook: 'p',
  version: 1,
  rule: 'r',
  kind: 'standard',
  title: id,
  why: '',
  priority: 50,
  at_ms: 10_000,
  life_ms: 30_000,
  outcomes: [],
  ...over,
});
const hints = [card('one'), card('two'), card('three')];
const view: GuidanceView = { ...emptyGuidance, hints, hint: hints[2] ?? null };
const none = new Set<string>();
const shown = (back: number, putAway = none, atMs = 12_000) => {
  const on = cardOn(view, putAway, back, atMs);
  return on === null ? null : `${on.hint.id}${on.isEarlier ? ' again' : ''}`;
};

test('the card is the one that guidance gives, and going back stops at the first', () => {
  expect([0, 1, 2, 9].map((back) => shown(back))).toEqual([
    'three',
    'two again',
    'one again',
    'one again',
  ]);
});

test('a card that was put away is gone at once, and can be looked at again', () => {
  const away = new Set(['three']);
  expect(shown(0, away)).toBeNull();
  expect(shown(1, away)).toBe('three again');
});

test('a card does not stay when nobody says that its life is over', () => {
  expect(shown(0, none, 49_000)).toBe('three');
  expect(shown(0, none, 51_000)).toBeNull();
  expect(lifeLeft(card('x'), 25_000)).toBe(0.5);
});

test('the alert is the newest of the most urgent', () => {
  const alert = (id: string, severity: AlertRaised['severity']): AlertRaised => ({
    id,
    playbook: 'p',
    rule: 'r',
    kind: 'other',
    severity,
    title: id,
    at_ms: 1,
  });
  const on = alertOn([alert('a', 'critical'), alert('b', 'critical'), alert('c', 'warning')]);
  expect([on?.alert.id, on?.more]).toEqual(['b', 2]);
  expect(alertOn([])).toBeNull();
});

test('what was said counts more than what was clicked', () => {
  const outcomes = [
    { outcome: 'expired' as const, at_ms: 1 },
    { outcome: 'said' as const, at_ms: 2 },
  ];
  expect(outcomeName(card('x', { outcomes }))).toBe('said');
});
