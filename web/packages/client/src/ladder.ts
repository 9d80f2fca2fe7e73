import type { TransportName } from './transports/transport.ts';

/** A link that lives shorter than this was cut by something that does not like its kind. */
const SHORT_LIFE_MS = 8_000;
const MAX_SHORT_LIVES = 3;

/** Which transport to take: down when one does not work, and up again when a better one does. */
export class Ladder {
  /** The transports that are possible here, best first. */
  readonly #rungs: readonly TransportName[];
  #at: number;
  #shortLives = 0;

  constructor(rungs: readonly TransportName[], start: TransportName | null) {
    this.#rungs = rungs;
    this.#at = Math.max(0, start === null ? 0 : rungs.indexOf(start));
  }

  get current(): TransportName {
    return this.#rungs[this.#at] ?? 'polling';
  }

  /** The better ones than the current one, best first. */
  get better(): readonly TransportName[] {
    return this.#rungs.slice(0, this.#at);
  }

  /** A try that came to nothing: whether another transport is there to be tried at once. After the last one it
   * begins anew with the best. */
  handleFailed(): boolean {
    this.#shortLives = 0;
    this.#at += 1;
    if (this.#at < this.#rungs.length) return true;
    this.#at = 0;
    return false;
  }

  /** A link that worked was lost: the same is tried again, unless that happens all the time. */
  handleLost(livedMs: number): void {
    this.#shortLives = livedMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 0;
    if (this.#shortLives < MAX_SHORT_LIVES) return;
    this.#shortLives = 0;
    this.#at = Math.min(this.#at + 1, this.#rungs.length - 1);
  }

  /** A better one works. */
  handleRisen(to: TransportName): void {
    this.#shortLives = 0;
    this.#at = Math.max(0, this.#rungs.indexOf(to));
  }
}
