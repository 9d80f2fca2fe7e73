import type { Event } from '@trunkline/api-types';
import { expect, test } from 'vitest';
import { envelope, utterance } from '../testing.ts';
import { callListOf, emptyCallList, liveCalls, reduceCallList } from './call-list.ts';

const started = (callId: string, position: number, startedAtMs: number) => ({
  ...envelope(
    1,
    {
      type: 'call_started',
      data: {
        contact_id: `contact-${callId}`,
        stream: 's',
        started_at_ms: startedAtMs,
        sample_rate_hz: 8000,
      },
    },
    callId,
  ),
  position,
});
const then = (callId: string, seq: number, position: number, event: Event) => ({
  ...envelope(seq, event, callId),
  position,
});

test('a call appears when it starts and leaves the live ones when it ends', () => {
  const one = reduceCallList(emptyCallList, started('a', 1, 100));
  const two = reduceCallList(one, started('b', 2, 200));
  expect(liveCalls(two).map((call) => call.call_id)).toEqual(['b', 'a']);
  const ended = reduceCallList(
    two,
    then('b', 2, 3, { type: 'call_ended', data: { reason: 'disconnected', duration_ms: 5 } }),
  );
  expect(liveCalls(ended).map((call) => call.call_id)).toEqual(['a']);
  expect(ended.byId.get('b')).toMatchObject({ state: 'ended', duration_ms: 5 });
});

test('counts utterances, masks and gaps, each event once', () => {
  const events = [
    started('a', 1, 100),
    then('a', 2, 2, { type: 'utterance_completed', data: utterance(0, 'my card is [card]') }),
    then('a', 3, 3, { type: 'utterance_completed', data: utterance(9, '') }),
    then('a', 4, 4, {
      type: 'media_gap',
      data: { channel: 'customer', from_ms: 1, to_ms: 2, cause: 'damaged' },
    }),
  ];
  const view = [...events, ...events].reduce(reduceCallList, emptyCallList);
  expect(view.byId.get('a')).toMatchObject({ utterances: 1, masks: 1, gaps: 1, seq: 4 });
  expect(view.position).toBe(4);
});

test('a later mask shows in the last sentence', () => {
  const view = [
    started('a', 1, 100),
    then('a', 2, 2, { type: 'utterance_completed', data: utterance(0, 'four one one one') }),
    then('a', 3, 3, {
      type: 'utterance_revised',
      data: { utterance: utterance(0, '[card]', { revision: 2 }), reason: 'split' },
    }),
  ].reduce(reduceCallList, emptyCallList);
  expect(view.byId.get('a')).toMatchObject({ masks: 1, last_utterance: { revision: 2 } });
});

test('what the page already knew of a call is not counted twice', () => {
  const known = reduceCallList(emptyCallList, started('a', 1, 100)).byId.get('a');
  if (!known) throw new Error('the call is missing');
  const page = callListOf({
    calls: [{ ...known, seq: 5, utterances: 3 }],
    next: null,
    position: 2,
  });
  const view = reduceCallList(
    page,
    then('a', 5, 3, { type: 'utterance_completed', data: utterance(0, 'again') }),
  );
  expect(view.byId.get('a')?.utterances).toBe(3);
  expect(view.position).toBe(3);
});
