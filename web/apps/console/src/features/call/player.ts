/** Plays a call's recording. Views follow it by `watch`; between events its place moves with each frame. */
export class Player {
  readonly #url: string;
  readonly #audio = new Audio();
  readonly #watchers = new Set<() => void>();
  #frame = 0;
  error: string | null = null;

  constructor(url: string) {
    this.#url = url;
    this.#audio.preload = 'metadata';
    for (const type of ['play', 'pause', 'ended', 'seeked', 'durationchange'])
      this.#audio.addEventListener(type, this.#handleChange);
    this.#audio.addEventListener('error', this.#handleError);
  }

  /** Begins to load; until then, and after `close`, it is silent and holds no connection. */
  open(): void {
    this.#audio.src = this.#url;
  }

  get isPlaying(): boolean {
    return !this.#audio.paused && !this.#audio.ended;
  }

  get positionMs(): number {
    return this.#audio.currentTime * 1000;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  seek(ms: number): void {
    this.#audio.currentTime = Math.max(0, ms / 1000);
    this.#tell();
  }

  playFrom(ms: number): void {
    this.seek(ms);
    this.#play();
  }

  toggle(): void {
    if (this.isPlaying) this.#audio.pause();
    else this.#play();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#audio.pause();
    this.#audio.removeAttribute('src');
    this.#audio.load();
  }

  #play(): void {
    this.#audio.play().then(
      () => undefined,
      (cause: unknown) => {
        // Pausing before it began is no failure.
        if (cause instanceof DOMException && cause.name === 'AbortError') return;
        this.#handleError();
      },
    );
  }

  #handleChange = () => {
    this.#tell();
    cancelAnimationFrame(this.#frame);
    if (this.isPlaying) this.#frame = requestAnimationFrame(this.#handleChange);
  };

  #handleError = () => {
    if (!this.#audio.hasAttribute('src')) return;
    this.error = 'The sound cannot be played. Load the page again to try once more.';
    this.#tell();
  };

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
