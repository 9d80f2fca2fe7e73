import type { ShownUtterance } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { spokenAt, timelineOf } from './timeline.ts';

const said = (
  startMs: number,
  text: string,
  participant: 'customer' | 'agent',
): ShownUtterance => ({
  id: `${participant}-${startMs}`,
  revision: 1,
  channel: participant === 'customer' ? 'customer' : 'to_customer',
  participant,
  start_ms: startMs,
  end_ms: startMs + text.split(' ').length * 300,
  words: text.split(' ').map((word, index) => ({
    text: word,
    start_ms: startMs + index * 300,
    end_ms: startMs + index * 300 + 250,
    confidence: 1,
  })),
  settled: true,
  revised: null,
});

test('words, gaps and holds stand in the order in which they began', () => {
  const items = timelineOf(
    [said(0, 'hello there', 'agent'), said(5000, 'hi', 'customer')],
    [{ channel: 'customer', from_ms: 2000, to_ms: 3000, cause: 'damaged' }],
    [{ from_ms: 4000, to_ms: null }],
  );
  expect(items.map((item) => item.type)).toEqual(['utterance', 'gap', 'hold', 'utterance']);
});

test('a stretch that both sides lack is one line', () => {
  const span = { from_ms: 2000, to_ms: 3000, cause: 'connection_lost' as const };
  const items = timelineOf(
    [],
    [
      { channel: 'customer', ...span },
      { channel: 'to_customer', ...span },
    ],
    [],
  );
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ channels: ['customer', 'to_customer'] });
});

test('a speaker is named where the speaker changes', () => {
  const items = timelineOf(
    [said(0, 'a', 'agent'), said(1000, 'b', 'agent'), said(2000, 'c', 'customer')],
    [],
    [],
  );
  expect(items.map((item) => item.type === 'utterance' && item.isContinued)).toEqual([
    false,
    true,
    false,
  ]);
});

test('the spoken word is found, and the later speaker wins', () => {
  const items = timelineOf(
    [said(0, 'one two three four', 'agent'), said(700, 'wait', 'customer')],
    [],
    [],
  );
  expect(spokenAt(items, 350)).toBe('agent-0:1');
  expect(spokenAt(items, 720)).toBe('customer-700:0');
  expect(spokenAt(items, 9000)).toBeNull();
});
