import { emptyCall } from '@trunkline/client/console';
import { expect, test } from 'vitest';
import { columnsOf, stripOf, ticksOf } from './model.ts';

test('columns keep the greatest peak, whether there are fewer or more of them than peaks', () => {
  expect(columnsOf([1, 9, 2, 3], 2)).toEqual([9, 3]);
  expect(columnsOf([1, 9], 4)).toEqual([1, 1, 9, 9]);
  expect(columnsOf([], 2)).toEqual([0, 0]);
});

test('ticks are round and stand apart', () => {
  expect(ticksOf(61_000, 600, 80)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  expect(ticksOf(3_600_000, 300, 80).length).toBeLessThanOrEqual(4);
});

test('a live strip grows in whole minutes', () => {
  expect(stripOf({ ...emptyCall, mediaMs: 0 }, [], null).durationMs).toBe(60_000);
  expect(stripOf({ ...emptyCall, mediaMs: 60_500 }, [], null).durationMs).toBe(120_000);
});
