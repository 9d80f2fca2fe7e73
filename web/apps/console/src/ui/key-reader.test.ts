import { expect, test } from 'vitest';
import { KeyReader } from './key-reader.ts';

const isBound = (name: string) => ['g l', 'l', '/', 'Space'].includes(name);

test('reads single keys and two in a row', () => {
  const reader = new KeyReader();
  expect(reader.read('/', 0, isBound)).toBe('/');
  expect(reader.read(' ', 10, isBound)).toBe('Space');
  expect(reader.read('g', 20, isBound)).toBeNull();
  expect(reader.read('l', 400, isBound)).toBe('g l');
});

test('two keys far apart are two keys', () => {
  const reader = new KeyReader();
  reader.read('g', 0, isBound);
  expect(reader.read('l', 5000, isBound)).toBe('l');
});
