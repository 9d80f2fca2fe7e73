/** The subscriptions that the server warned of: it cannot serve them now, and tries again by itself. */
export class Stuck {
  readonly #since = new Map<string, number>();

  /** Since when the first of them stands still. */
  get sinceMs(): number | null {
    return this.#since.size === 0 ? null : Math.min(...this.#since.values());
  }

  handleWarned(id: string, nowMs: number): void {
    if (!this.#since.has(id)) this.#since.set(id, nowMs);
  }

  /** A word of it came, or nobody waits for one any more. */
  handleFreed(id: string): void {
    this.#since.delete(id);
  }

  clear(): void {
    this.#since.clear();
  }
}
