/** Something that changes: what it is now, and word of each change. */
export interface Readable<T> {
  readonly value: T;
  /** Calls `watcher` at each change from here on; the returned function ends that. */
  subscribe: (watcher: (value: T) => void) => () => void;
}

/** A value that its owner sets. Setting what it is already tells nobody. */
export class Value<T> implements Readable<T> {
  #value: T;
  readonly #watchers = new Set<(value: T) => void>();
  readonly #onWatched: () => void;

  /** `onWatched` is called each time that somebody begins to watch. */
  constructor(value: T, onWatched: () => void = () => undefined) {
    this.#value = value;
    this.#onWatched = onWatched;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher(value);
  }

  /** The watchers need no `this`. */
  subscribe = (watcher: (value: T) => void): (() => void) => {
    // One function may watch twice: each has its own end.
    const own = (value: T) => watcher(value);
    this.#watchers.add(own);
    this.#onWatched();
    return () => void this.#watchers.delete(own);
  };
}

/** A part of another value: tells only when the part changes. `pick` gives the same for the same. */
export function derived<S, T>(source: Readable<S>, pick: (value: S) => T): Readable<T> {
  return {
    get value() {
      return pick(source.value);
    },
    subscribe: (watcher) => {
      let last = pick(source.value);
      return source.subscribe((value) => {
        const next = pick(value);
        if (Object.is(next, last)) return;
        last = next;
        watcher(next);
      });
    },
  };
}
