import type { ReviewItem, TranscriptUtterance } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { callRow } from '../../testing.ts';
import { keyOf, neighbour, votesFor, widened, wordsOf } from './queue.ts';

const word = (text: string, start_ms: number) => ({
  text,
  start_ms,
  end_ms: start_ms + 90,
  confidence: 1,
});
const utterance: TranscriptUtterance = {
  id: 'c-1000',
  revision: 1,
  channel: 'customer',
  participant: 'customer',
  start_ms: 1000,
  end_ms: 1500,
  words: ['it', 'is', 'four', 'two', 'thanks'].map((text, n) => word(text, 1000 + n * 100)),
};
const item = (id: string, over: Partial<ReviewItem> = {}): ReviewItem => ({
  call: callRow('call-1', { state: 'ended', utterances: 3, quarantined: true, open_findings: 1 }),
  finding: {
    id,
    rule: 'second_pass',
    entity: 'number',
    channel: 'customer',
    from_ms: 1200,
    to_ms: 1390,
    utterance: 'c-1000',
    confidence: 0.9,
    repaired: false,
    reason: 'two digits',
  },
  decisions: [],
  people: { approve: 1, mask: 1, release: 2 },
  context: [utterance],
  ...over,
});

test('the words of a finding are those that its time covers', () => {
  expect(wordsOf(item('a'), utterance)).toEqual({ from: 2, to: 3 });
  expect(wordsOf(item('a'), { ...utterance, id: 'c-1' })).toBeNull();
});

test('the queue is walked to its ends, and begins again where the chosen one is gone', () => {
  const [a, b] = [item('a'), item('b')];
  expect(neighbour([a, b], keyOf(a), 1)).toBe(keyOf(b));
  expect(neighbour([a, b], keyOf(b), 1)).toBe(keyOf(b));
  expect(neighbour([a, b], 'gone', 1)).toBe(keyOf(a));
  expect(neighbour([], null, 1)).toBeNull();
});

test('what is masked grows to the sentence and shrinks to what was found', () => {
  const found = { from: 2, to: 3 };
  expect(widened(found, found, 'to', 1, 5)).toEqual({ from: 2, to: 4 });
  expect(widened(found, { from: 2, to: 4 }, 'to', 1, 5)).toEqual({ from: 2, to: 4 });
  expect(widened(found, found, 'to', -1, 5)).toEqual(found);
  expect(widened(found, { from: 0, to: 3 }, 'from', -1, 5)).toEqual({ from: 0, to: 3 });
  expect(widened(found, found, 'from', 1, 5)).toEqual(found);
});

test('one person counts once', () => {
  const said = { finding: 'a', action: 'release' as const, by: 'ann', at_ms: 1, settled: false };
  expect(votesFor(item('a', { decisions: [said, said] }), 'release')).toEqual({
    by: ['ann'],
    needed: 2,
  });
});
