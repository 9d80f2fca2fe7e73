const FIRST_MS = 300;
const MAX_MS = 10_000;

/**
 * How long to wait before try number `attempt` (from 1): doubling, half fixed and half random, so that
 * many pages do not come back in the same instant and none comes back at once.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
