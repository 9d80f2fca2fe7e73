import { expect, test } from 'vitest';
import { utterance } from '../testing.ts';
import { findInCall } from './search.ts';

const shown = (startMs: number, text: string) => ({
  ...utterance(startMs, text),
  settled: true,
  revised: null,
});

test('finds words in any case and across words', () => {
  const call = [shown(0, 'I would like to Close my account'), shown(9000, 'close it')];
  expect(findInCall(call, 'close')).toEqual([
    { utteranceId: 'c-0', fromWord: 4, toWord: 4 },
    { utteranceId: 'c-9000', fromWord: 0, toWord: 0 },
  ]);
  expect(findInCall(call, '  CLOSE   my acc')).toEqual([
    { utteranceId: 'c-0', fromWord: 4, toWord: 6 },
  ]);
});

test('finds masks by their kind', () => {
  expect(findInCall([shown(0, 'it is [card] yes')], 'card')).toHaveLength(1);
});

test('finds nothing for nothing', () => {
  expect(findInCall([shown(0, 'hello')], '  ')).toEqual([]);
});
