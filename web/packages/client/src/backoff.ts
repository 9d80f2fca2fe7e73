/** How a lost connection is tried again. */
export interface RetryOptions {
  /** Before the first try after a loss. */
  firstMs?: number;
  /** Before the second try; doubles with each one. */
  waitMs?: number;
  /** The longest wait. */
  maxMs?: number;
  /** Before the first look whether a better transport works again; doubles with each one. */
  probeMs?: number;
}

export const RETRY: Required<RetryOptions> = {
  firstMs: 300,
  waitMs: 2_000,
  maxMs: 10_000,
  probeMs: 20_000,
};

/**
 * How long to wait before try number `attempt` (from 1): doubling, half fixed and half random, so that
 * many pages do not come back in the same instant and none comes back at once.
 */
export function backoffMs(
  attempt: number,
  random: () => number,
  retry: Required<RetryOptions> = RETRY,
): number {
  const grown =
    attempt <= 1 ? retry.firstMs : retry.waitMs * 2 ** Math.min(attempt - 2, MAX_DOUBLINGS);
  return jittered(Math.min(retry.maxMs, grown), random);
}

/** Between half of it and all of it. */
export function jittered(ms: number, random: () => number): number {
  return Math.round(ms / 2 + (random() * ms) / 2);
}

const MAX_DOUBLINGS = 10;
