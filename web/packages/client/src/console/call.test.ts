import type { Envelope, Event, TranscriptUtterance } from '@trunkline/api-types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envelope, utterance } from '../testing.ts';
import { emptyCall, isOnHold, reduceCall } from './call.ts';
import { shownUtterances } from '../transcript.ts';

const fold = (events: Envelope[]) => events.reduce(reduceCall, emptyCall);
const partial = (data: TranscriptUtterance) => envelope(0, { type: 'utterance_updated', data });
const settled = (seq: number, data: TranscriptUtterance) =>
  envelope(seq, { type: 'utterance_completed', data });
const texts = (events: Envelope[]) =>
  shownUtterances(fold(events).transcript).map((shown) =>
    shown.words.map((word) => word.text).join(' '),
  );

test('a partial replaces the one before it and settles in its place', () => {
  const events = [
    partial(utterance(0, 'hel')),
    partial(utterance(500, 'good', { id: 't-500', channel: 'to_customer' })),
    partial(utterance(0, 'hello the', { revision: 2 })),
    settled(1, utterance(0, 'Hello there.', { revision: 3 })),
  ];
  expect(texts(events)).toEqual(['Hello there.', 'good']);
});

test('a partial that comes late changes nothing', () => {
  const final = settled(1, utterance(0, 'Hello there.', { revision: 3 }));
  expect(texts([final, partial(utterance(0, 'hello', { revision: 2 }))])).toEqual(['Hello there.']);
  expect(texts([final, partial(utterance(0, 'hello', { revision: 9 }))])).toEqual(['Hello there.']);
});

test('a finished utterance without words takes its partial away, and keeps it away', () => {
  const gone = settled(1, utterance(0, '', { revision: 2 }));
  expect(texts([partial(utterance(0, 'uh')), gone])).toEqual([]);
  expect(texts([gone, partial(utterance(0, 'uh', { revision: 5 }))])).toEqual([]);
});

test('a revision that comes before the words it masks wins over them', () => {
  const revised = envelope(1, {
    type: 'utterance_revised',
    data: { utterance: utterance(0, 'it is [card]', { revision: 4 }), reason: 'card_split' },
  });
  const late = settled(2, utterance(0, 'it is four one one one', { revision: 3 }));
  expect(texts([revised, late])).toEqual(['it is [card]']);
});

test('a hold is open until it ends or the call does', () => {
  const started = envelope(1, { type: 'hold_started', data: { at_ms: 1000 } });
  const ended = envelope(2, { type: 'call_ended', data: { reason: 'idle', duration_ms: 9000 } });
  expect(isOnHold(fold([started]))).toBe(true);
  expect(isOnHold(fold([started, ended]))).toBe(false);
  expect(fold([started, ended]).holds).toEqual([{ from_ms: 1000, to_ms: 9000 }]);
});

test('no partial outlives the call', () => {
  const ended = envelope(1, {
    type: 'call_ended',
    data: { reason: 'disconnected', duration_ms: 900 },
  });
  expect(
    texts([partial(utterance(0, 'bye')), ended, partial(utterance(0, 'bye bye', { revision: 2 }))]),
  ).toEqual([]);
});

test('an event of a kind that is not known yet is passed over', () => {
  const unknown = envelope(1, { type: 'sentiment_changed', data: {} } as unknown as Event);
  expect(fold([unknown, settled(2, utterance(0, 'hi'))]).lastSeq).toBe(2);
});

/** One utterance's life: some partials, then its words (or none), then perhaps a revision. */
const life = fc.record({
  start: fc.integer({ min: 0, max: 60 }),
  agent: fc.boolean(),
  partials: fc.integer({ min: 0, max: 4 }),
  words: fc.integer({ min: 0, max: 3 }),
  isRevised: fc.boolean(),
});

function eventsOf(lives: Life[]) {
  const logged: Event[] = [];
  const partials: TranscriptUtterance[] = [];
  const expected: string[] = [];
  for (const { start, agent, partials: count, words, isRevised } of lives) {
    const startMs = start * 1000;
    const who = agent
      ? { id: `t-${startMs}`, channel: 'to_customer' as const, participant: 'agent' as const }
      : {};
    const make = (revision: number, text: string) => utterance(startMs, text, { ...who, revision });
    for (let n = 1; n <= count; n++) partials.push(make(n, `part ${n}`));
    const text = Array.from({ length: words }, (_, n) => `word${n}`).join(' ');
    logged.push({ type: 'utterance_completed', data: make(count + 1, text) });
    const last = isRevised && words > 0 ? '[card]' : text;
    if (last === '[card]') {
      const revised = { utterance: make(count + 2, last), reason: 'card_split' };
      logged.push({ type: 'utterance_revised', data: revised });
    }
    if (last !== '') expected.push(last);
  }
  return { logged: logged.map((event, index) => envelope(index + 1, event)), partials, expected };
}

interface Life {
  start: number;
  agent: boolean;
  partials: number;
  words: number;
  isRevised: boolean;
}

const lives = fc.uniqueArray(life, {
  maxLength: 12,
  selector: ({ start, agent }) => `${start}${agent ? 'a' : 'c'}`,
});

test('whatever comes twice or late, the words at the end are those of the log', () => {
  fc.assert(
    fc.property(lives, fc.array(fc.nat(), { maxLength: 60 }), (some, chances) => {
      const { logged, partials } = eventsOf(some);
      const clean = fold(logged);
      // Partials fall anywhere, and any stretch of the log is delivered again.
      const noisy = [...logged];
      chances.forEach((chance, index) => {
        const repeated = logged.slice(chance % (logged.length + 1)).slice(0, 3);
        const late = partials[chance % (partials.length || 1)];
        const event = index % 2 === 0 ? repeated : late ? [partial(late)] : [];
        noisy.splice(chance % (noisy.length + 1), 0, ...event);
      });
      const delivered = orderly(noisy, logged);
      const words = shownUtterances(fold(delivered).transcript).filter((u) => u.settled);
      expect(words).toEqual(shownUtterances(clean.transcript));
    }),
  );
});

/** Keeps repeats and partials, and sees to it that no logged event comes before the one below it. */
function orderly(noisy: Envelope[], logged: Envelope[]): Envelope[] {
  const delivered: Envelope[] = [];
  let next = 0;
  for (const event of noisy) {
    while (next < event.seq) delivered.push(...logged.slice(next, ++next));
    delivered.push(event);
  }
  return [...delivered, ...logged.slice(next)];
}

test('utterances are always shown by start of speech, each once, none without words', () => {
  fc.assert(
    fc.property(lives, (some) => {
      const { logged, partials, expected } = eventsOf(some);
      const shown = shownUtterances(fold([...partials.map(partial), ...logged]).transcript);
      expect(shown.map((u) => u.start_ms)).toEqual(
        shown.map((u) => u.start_ms).sort((a, b) => a - b),
      );
      expect(new Set(shown.map((u) => u.id)).size).toBe(shown.length);
      expect(shown).toHaveLength(expected.length);
      expect(shown.every((u) => u.settled)).toBe(true);
    }),
  );
});

test('folding the whole log again changes nothing, not even the object', () => {
  fc.assert(
    fc.property(lives, (some) => {
      const { logged } = eventsOf(some);
      const once = fold(logged);
      expect(logged.reduce(reduceCall, once)).toBe(once);
    }),
  );
});
