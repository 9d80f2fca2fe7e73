import type { Event, HintShown, PlaybookOutline } from '@trunkline/api-types';
import { expect, test } from 'vitest';
import { envelope } from './testing.ts';
import { emptyGuidance, reduceGuidance } from './guidance.ts';

const card = (id: string, atMs = 1000): HintShown => ({
  id,
  playbook: 'cards',
  version: 1,
  rule: 'refund',
  kind: 'standard',
  title: 'Offer the refund',
  why: 'Charged twice',
  priority: 50,
  at_ms: atMs,
  life_ms: 30_000,
});
const playbook: PlaybookOutline = {
  id: 'cards',
  version: 1,
  digest: '0123456789ab',
  title: 'Cards',
  checklist: [
    { id: 'greet', title: 'Greet', required: true },
    { id: 'verify', title: 'Verify' },
  ],
};
const fold = (...events: Event[]) =>
  events.reduce(
    (view, event, index) => reduceGuidance(view, envelope(index + 1, event)),
    emptyGuidance,
  );

test('a card stays while somebody looks closer, and goes when anything else becomes of it', () => {
  const shown: Event = { type: 'hint_shown', data: card('h-1') };
  const expanded: Event = {
    type: 'hint_changed',
    data: { id: 'h-1', rule: 'refund', outcome: 'expanded', by: 'dana', at_ms: 2000 },
  };
  const said: Event = {
    type: 'hint_changed',
    data: { id: 'h-1', rule: 'refund', outcome: 'said', at_ms: 3000 },
  };
  expect(fold(shown, expanded).hint?.id).toBe('h-1');
  const view = fold(shown, expanded, expanded, said);
  expect(view.hint).toBeNull();
  expect(view.hints[0]?.outcomes.map(({ outcome }) => outcome)).toEqual(['expanded', 'said']);
});

test('what becomes of an older card leaves the one on show', () => {
  const view = fold(
    { type: 'hint_shown', data: card('h-1') },
    { type: 'hint_shown', data: card('h-2') },
    {
      type: 'hint_changed',
      data: { id: 'h-1', rule: 'refund', outcome: 'withdrawn', at_ms: 2000 },
    },
  );
  expect(view.hint?.id).toBe('h-2');
});

test('no more cards are kept than the server keeps', () => {
  const many = Array.from({ length: 60 }, (_, at): Event => ({
    type: 'hint_shown',
    data: card(`h-${at}`),
  }));
  const view = fold(...many);
  expect(view.hints).toHaveLength(50);
  expect(view.hints[0]?.id).toBe('h-10');
});

test('a checklist keeps its ticks when its playbooks are told again', () => {
  const started: Event = { type: 'guidance_started', data: { playbooks: [playbook] } };
  const ticked: Event = {
    type: 'checklist_changed',
    data: { playbook: 'cards', item: 'greet', state: 'done', utterance: 't-400', at_ms: 900 },
  };
  const view = fold(started, ticked, started);
  expect(view.checklist.map(({ item, state, utterance }) => [item, state, utterance])).toEqual([
    ['greet', 'done', 't-400'],
    ['verify', 'open', undefined],
  ]);
});

test('an alert that is cleared is gone, and the last word on a workflow counts', () => {
  const alert = {
    id: 'a-1',
    playbook: 'cards',
    rule: 'quiet',
    kind: 'silence',
    severity: 'warning',
    title: 'Nobody speaks',
    at_ms: 5,
  } as const;
  const step = (name: string): Event => ({
    type: 'workflow_changed',
    data: { playbook: 'cards', workflow: 'refund', state: 'running', step: name, at_ms: 1 },
  });
  const view = fold(
    { type: 'alert_raised', data: alert },
    step('one'),
    { type: 'alert_cleared', data: { id: 'a-1', at_ms: 9 } },
    step('two'),
  );
  expect(view.alerts).toEqual([]);
  expect(view.workflows).toEqual([
    { playbook: 'cards', workflow: 'refund', state: 'running', step: 'two' },
  ]);
});
