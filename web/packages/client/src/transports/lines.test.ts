import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventStream } from './lines.ts';

const STREAM =
  'retry: 2000\n\nid: 4\ndata: {"a":1}\n\n: comment\r\n\r\ndata: one\r\ndata: two\r\n\r\ndata:x\r\rdata: é\n\n';
const EVENTS = ['{"a":1}', 'one\ntwo', 'x', 'é'];

test('any cut of the stream gives the same events', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const stream = new EventStream();
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      const events = places
        .slice(1)
        .flatMap((to, index) => stream.push(STREAM.slice(places[index], to)));
      expect(events).toEqual(EVENTS);
    }),
  );
});

test('an event without an end is not kept for ever', () => {
  const stream = new EventStream();
  const piece = `data: ${'x'.repeat(1024 * 1024)}`;
  expect(() => {
    for (let index = 0; index < 20; index++) stream.push(piece);
  }).toThrow();
});
