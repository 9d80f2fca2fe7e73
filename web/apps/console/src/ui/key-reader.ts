/** The second key of two must come within this time. */
const SEQUENCE_MS = 1200;

/** Makes names of key presses: `/`, or `g l` for two in a row. */
export class KeyReader {
  #first: { key: string; atMs: number } | null = null;

  /** The bound name that this press completes, if any. */
  read(key: string, atMs: number, isBound: (name: string) => boolean): string | null {
    const name = key === ' ' ? 'Space' : key;
    const first = this.#first;
    this.#first = { key: name, atMs };
    if (first !== null && atMs - first.atMs <= SEQUENCE_MS) {
      const sequence = `${first.key} ${name}`;
      if (isBound(sequence)) {
        this.#first = null;
        return sequence;
      }
    }
    return isBound(name) ? name : null;
  }
}
