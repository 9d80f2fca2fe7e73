import { expect, test } from 'vitest';
import { ago, clock, maskName, millis, shortName, span } from './format.ts';

test('places in a call read as clocks', () => {
  expect([0, 59_999, 222_000, 3_822_000, -5].map(clock)).toEqual([
    '00:00',
    '00:59',
    '03:42',
    '1:03:42',
    '00:00',
  ]);
});

test('lengths say as much as is of use', () => {
  expect([1750, 25_000, 125_000].map(span)).toEqual(['1.8 s', '25 s', '2 min 05 s']);
});

test('times are relative while that says more', () => {
  expect([0, 240_000, 7_300_000].map((before) => ago(10_000_000 - before, 10_000_000))).toEqual([
    'just now',
    '4 min ago',
    '2 h ago',
  ]);
});

test('stage times keep a digit only where it counts', () => {
  expect([0.42, 9.96, 410.4].map(millis)).toEqual(['0.4', '10.0', '410']);
});

test('an ARN is shown by its last part', () => {
  expect(shortName('arn:aws:connect:eu-west-1:1:instance/i/agent/dana')).toBe('dana');
  expect(shortName('Dana R.')).toBe('Dana R.');
});

test('a kind of mask that is not known yet keeps its own name', () => {
  expect(maskName('zodiac' as 'card')).toBe('zodiac');
});
