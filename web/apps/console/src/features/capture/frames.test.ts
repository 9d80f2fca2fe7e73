import { expect, test } from 'vitest';
import { interleave, meterOf, peakOf } from './frames.ts';

test('channels are interleaved, clipped, and silent where they are missing', () => {
  const out = new Int16Array(6);
  interleave([new Float32Array([0.5, 2]), undefined], 2, out, 2);
  expect([...out]).toEqual([0, 0, 16_384, 0, 32_767, 0]);
  expect(peakOf(out, 0, 2)).toBe(1);
  expect(peakOf(out, 1, 2)).toBe(0);
});

test('a meter begins at 60 dB below full scale', () => {
  expect([0, 0.0005, 0.001, 0.0316, 1, 2].map(meterOf)).toEqual([0, 0, 0, 50, 100, 100]);
});
