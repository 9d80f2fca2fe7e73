import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('waits at least half of its ceiling and never over ten seconds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, chance) => {
        const delay = backoffMs(attempt, () => chance);
        const longest = backoffMs(attempt, () => 1);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(longest / 2));
        expect(delay).toBeLessThanOrEqual(10_000);
      },
    ),
  );
});
