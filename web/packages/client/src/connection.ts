import type { Envelope } from '@trunkline/api-types';
import { backoffMs } from './backoff.ts';
import type { Environment, Socket } from './environment.ts';
import type { ClientFrame, ServerFrame, Topic } from './frames.ts';
import { parseFrame } from './frames.ts';
import { Subscription } from './subscription.ts';

/** The server beats every 15 s; two beats missed and some grace mean that nobody is there. */
const SILENCE_MS = 35_000;
/** A page change drops its last subscription and makes a new one at once: keep the socket for it. */
const LINGER_MS = 5_000;

/**
 * `idle`: nothing to follow. `lost`: was or should be open, and is not; `retryAtMs` says what comes next.
 * `open` with `stuckSinceMs`: the server is there, but cannot read what is followed, and tries again.
 */
export type ConnectionState =
  | { state: 'idle' | 'connecting'; sinceMs: number }
  | { state: 'open'; sinceMs: number; stuckSinceMs: number | null }
  | { state: 'lost'; sinceMs: number; attempt: number; retryAtMs: number };

export interface SubscribeOptions {
  /** The last seq (one call) or position (all calls) already known. */
  after: number;
  signal: AbortSignal;
  onEvent: (event: Envelope) => void;
  /** The backlog is through; what follows is live. Again after each reconnect. */
  onCaughtUp?: () => void;
  /** The server refused this subscription; nothing more comes of it. */
  onRefused?: (code: string, detail: string) => void;
  /**
   * The server's log ends before `after`: what was loaded is of another log. Nothing more comes of this
   * subscription; load anew and subscribe from there.
   */
  onStale?: () => void;
}

/** One WebSocket for all subscriptions; reopened with a jittered wait, each resumed at its own cursor. */
export class Connection {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Since when the server warns that it cannot serve a subscription, by id. */
  readonly #stuck = new Map<string, number>();
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  #state: ConnectionState;
  #socket: Socket | null = null;
  #sockets = 0;
  #attempt = 0;
  #lostSinceMs: number | null = null;
  #nextId = 1;
  #cancelSilence: () => void = () => undefined;
  #cancelPending: () => void = () => undefined;

  constructor(url: string, environment: Environment) {
    this.#url = url;
    this.#environment = environment;
    this.#state = { state: 'idle', sinceMs: environment.nowMs() };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Calls `watcher` at each change of state; the returned function ends that. */
  watch(watcher: (state: ConnectionState) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  subscribe(topic: Topic, options: SubscribeOptions): void {
    if (options.signal.aborted) return;
    const id = String(this.#nextId++);
    const subscription = new Subscription(id, topic, options);
    this.#subscriptions.set(id, subscription);
    options.signal.addEventListener('abort', () => this.#unsubscribe(id), { once: true });
    if (this.#state.state === 'open') this.#send(subscription.resumeFrame());
    else if (this.#socket === null && this.#state.state === 'idle') this.#open();
  }

  /** Tries now instead of at `retryAtMs`: the network came back, or a person asked. */
  retryNow(): void {
    if (this.#state.state === 'lost' && this.#socket === null) this.#open();
  }

  #open(): void {
    this.#cancelPending();
    if (this.#lostSinceMs === null)
      this.#become({ state: 'connecting', sinceMs: this.#environment.nowMs() });
    const number = ++this.#sockets;
    this.#socket = this.#environment.openSocket(this.#url, {
      onOpen: () => this.#whenCurrent(number, () => this.#handleOpen()),
      onClose: () => this.#whenCurrent(number, () => this.#handleClose()),
      onMessage: (data) => this.#whenCurrent(number, () => this.#handleMessage(data)),
    });
    this.#expectSoon();
  }

  /** A socket that was given up may still speak; nobody listens. */
  #whenCurrent(number: number, act: () => void): void {
    if (this.#socket !== null && number === this.#sockets) act();
  }

  #handleOpen(): void {
    this.#lostSinceMs = null;
    this.#become({ state: 'open', sinceMs: this.#environment.nowMs(), stuckSinceMs: null });
    for (const subscription of this.#subscriptions.values()) this.#send(subscription.resumeFrame());
    this.#expectSoon();
  }

  #handleClose(): void {
    this.#detach();
    if (this.#subscriptions.size === 0) {
      this.#lostSinceMs = null;
      this.#become({ state: 'idle', sinceMs: this.#environment.nowMs() });
      return;
    }
    const nowMs = this.#environment.nowMs();
    this.#lostSinceMs ??= nowMs;
    this.#attempt += 1;
    const delayMs = backoffMs(this.#attempt, this.#environment.random);
    this.#become({
      state: 'lost',
      sinceMs: this.#lostSinceMs,
      attempt: this.#attempt,
      retryAtMs: nowMs + delayMs,
    });
    this.#cancelPending = this.#environment.timer(delayMs, () => {
      if (this.#subscriptions.size === 0) this.#rest();
      else this.#open();
    });
  }

  #handleMessage(data: unknown): void {
    this.#expectSoon();
    const frame = parseFrame(data);
    if (frame !== null) this.#handleFrame(frame);
  }

  #handleFrame(frame: ServerFrame): void {
    // Only a server that talks has been reached: one that accepts and hangs up keeps the wait growing.
    this.#attempt = 0;
    if (frame.type === 'heartbeat' || frame.id === null) return;
    const subscription = this.#subscriptions.get(frame.id);
    if (subscription === undefined) return;
    if (frame.type === 'warning') {
      this.#handleStuck(frame.id);
      return;
    }
    this.#handleUnstuck(frame.id);
    switch (frame.type) {
      case 'event':
        if (subscription.handleEvent(frame.event) === 'hole') {
          this.#send({ type: 'unsubscribe', id: frame.id });
          this.#send(subscription.resumeFrame());
        }
        return;
      case 'caught_up':
        subscription.handleCaughtUp();
        return;
      case 'error':
        this.#subscriptions.delete(frame.id);
        subscription.handleRefused(frame.code, frame.detail);
    }
  }

  /** A warning ends nothing: the subscription goes on by itself. */
  #handleStuck(id: string): void {
    if (this.#stuck.has(id)) return;
    this.#stuck.set(id, this.#environment.nowMs());
    this.#tellStuck();
  }

  #handleUnstuck(id: string): void {
    if (this.#stuck.delete(id)) this.#tellStuck();
  }

  #tellStuck(): void {
    if (this.#state.state !== 'open') return;
    const stuckSinceMs = this.#stuck.size === 0 ? null : Math.min(...this.#stuck.values());
    if (stuckSinceMs !== this.#state.stuckSinceMs) this.#become({ ...this.#state, stuckSinceMs });
  }

  /** Takes a socket that stays silent for lost, also when the browser has not noticed. */
  #expectSoon(): void {
    this.#cancelSilence();
    this.#cancelSilence = this.#environment.timer(SILENCE_MS, () => {
      this.#handleClose();
    });
  }

  #unsubscribe(id: string): void {
    if (!this.#subscriptions.delete(id)) return;
    this.#handleUnstuck(id);
    if (this.#state.state === 'open') this.#send({ type: 'unsubscribe', id });
    // While lost, the pending try decides: a page change must not forget since when.
    if (this.#subscriptions.size > 0 || this.#state.state === 'lost') return;
    this.#cancelPending();
    this.#cancelPending = this.#environment.timer(LINGER_MS, () => {
      if (this.#subscriptions.size === 0) this.#rest();
    });
  }

  #rest(): void {
    this.#detach();
    this.#attempt = 0;
    this.#lostSinceMs = null;
    this.#become({ state: 'idle', sinceMs: this.#environment.nowMs() });
  }

  #detach(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#stuck.clear();
    this.#cancelSilence();
    this.#cancelPending();
    socket?.close();
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher(state);
  }
}
