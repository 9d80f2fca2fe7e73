import type { RetryOptions } from './backoff.ts';
import { backoffMs, RETRY } from './backoff.ts';
import type { ConnectionOptions, ConnectionState, TimeoutOptions } from './connection-options.ts';
import { TIMEOUTS } from './connection-options.ts';
import type { Environment } from './environment.ts';
import type { ServerFrame, SubscribeFrame, Topic } from './frames.ts';
import { isUnauthenticated } from './frames.ts';
import { Ladder } from './ladder.ts';
import type { Held } from './prober.ts';
import { Prober } from './prober.ts';
import { Stuck } from './stuck.ts';
import type { SubscribeOptions } from './subscription.ts';
import { Subscription } from './subscription.ts';
import type { Link, LinkHandlers, TransportName } from './transports/transport.ts';

/** A page change drops its last subscription and makes a new one at once: keep the link for it. */
const LINGER_MS = 5_000;
/** How often the times of a try are doubled while nothing answers: a slow network must not look like none. */
const MAX_PATIENCE = 3;

/**
 * One link for all subscriptions, over the best transport that works; reopened with a jittered wait, each
 * subscription resumed at its own place. While a lesser transport serves, better ones are tried beside it.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #environment: Environment;
  readonly #retry: Required<RetryOptions>;
  readonly #times: Required<TimeoutOptions>;
  readonly #remembered: { name: TransportName | null };
  readonly #ladder: Ladder;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #stuck = new Stuck();
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  readonly #ends: (() => void)[];
  #state: ConnectionState;
  #held: Held | null = null;
  readonly #prober: Prober;
  #attempt = 0;
  #lostSinceMs: number | null = null;
  #nextId = 1;
  #isClosed = false;
  #cancelSilence: () => void = () => undefined;
  #cancelPending: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#environment = options.environment;
    this.#retry = { ...RETRY, ...options.retry };
    this.#times = { ...TIMEOUTS, ...options.timeouts };
    this.#remembered = options.remembered ?? { name: null };
    const possible = options.transports.filter((one) => one.isPossible).map((one) => one.name);
    this.#ladder = new Ladder(possible, this.#remembered.name);
    this.#state = { state: 'idle', sinceMs: this.#environment.nowMs() };
    const { connectMs, wordMs } = this.#times;
    this.#prober = new Prober(
      {
        better: () => this.#ladder.better,
        start: (held, handlers) => this.#start(held, handlers),
        onRisen: (held) => this.#rise(held),
        onAlive: (held) => this.#handleAlive(held),
        onFrame: (frame) => this.#handleFrame(frame),
        onClose: (held) => this.#handleClose(held),
      },
      this.#environment,
      this.#retry,
      connectMs + wordMs,
    );
    this.#ends = [
      this.#environment.onOnline(() => this.retryNow()),
      options.credentials.onToken((token) => this.#handleToken(token)),
    ];
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
    if (options.signal.aborted || this.#isClosed) return;
    const id = String(this.#nextId++);
    const subscription = new Subscription(id, topic, this.#intercepted(options));
    this.#subscriptions.set(id, subscription);
    options.signal.addEventListener('abort', () => this.#unsubscribe(id), { once: true });
    if (this.#held === null && this.#state.state === 'idle') this.#open();
    else this.#forward(subscription.resumeFrame());
  }

  /** Tries now instead of at `retryAtMs`: the network came back, or a person asked. */
  retryNow(): void {
    if (this.#state.state === 'lost' && this.#held === null) this.#open();
  }

  /** Ends everything; nothing is told any more. */
  close(): void {
    this.#isClosed = true;
    this.#subscriptions.clear();
    this.#rest();
    for (const end of this.#ends) end();
    this.#watchers.clear();
  }

  #intercepted(options: SubscribeOptions): SubscribeOptions {
    const { intercept } = this.#options;
    const { onEvent, onSnapshot } = options;
    return {
      ...options,
      onEvent: (event) =>
        this.#guard(() => {
          const seen = intercept === undefined ? event : intercept(event);
          if (seen !== null) onEvent(seen);
        }),
      ...(onSnapshot ? { onSnapshot: (data) => this.#guard(() => onSnapshot(data)) } : {}),
    };
  }

  /** What a listener throws is the page's to see, and none of the link's business. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#environment.timer(0, () => {
        throw error;
      });
    }
  }

  #open(): void {
    this.#cancelPending();
    if (this.#isClosed) return;
    if (this.#lostSinceMs === null) this.#becomeConnecting();
    const { credentials } = this.#options;
    const held: Held = { link: null, name: this.#ladder.current, sinceMs: null };
    this.#held = held;
    if (!credentials.isNeeded || credentials.current() !== null) return this.#openLink(held);
    credentials.ready().then(
      (token) => {
        if (this.#held !== held) return;
        if (token === null) this.#signOut();
        else this.#openLink(held);
      },
      () => {
        if (this.#held === held) this.#handleUnreachable();
      },
    );
  }

  #openLink(held: Held): void {
    const patience = 2 ** Math.min(Math.max(0, this.#attempt - 1), MAX_PATIENCE);
    this.#expectWithin(this.#times.connectMs * patience, () => this.#handleClose(held));
    held.link = this.#start(held, {
      onOpen: () =>
        this.#expectWithin(this.#times.wordMs * patience, () => this.#handleClose(held)),
      onAlive: () => this.#handleAlive(held),
      onFrame: (frame) => {
        this.#handleAlive(held);
        this.#handleFrame(frame);
      },
      onClose: () => this.#handleClose(held),
    });
  }

  /** Opens a link whose word counts only while it is `held` or tried. */
  #start(held: Held, handlers: Omit<LinkHandlers, 'wanted'>): Link | null {
    const transport = this.#options.transports.find((one) => one.name === held.name);
    const whenCurrent = (act: () => void) => {
      if (this.#held === held || this.#prober.isTrying(held)) act();
    };
    return (
      transport?.open(
        {
          wanted: () => this.#wanted(held.name),
          onOpen: () => whenCurrent(handlers.onOpen),
          onAlive: () => whenCurrent(handlers.onAlive),
          onFrame: (frame) => whenCurrent(() => handlers.onFrame(frame)),
          onClose: () => whenCurrent(handlers.onClose),
        },
        this.#options.credentials.current(),
      ) ?? null
    );
  }

  #wanted(name: TransportName): SubscribeFrame[] {
    return Array.from(this.#subscriptions.values(), (subscription) =>
      name === 'polling' ? subscription.pollFrame() : subscription.resumeFrame(),
    );
  }

  #handleAlive(held: Held): void {
    this.#expectWithin(this.#silenceMs(held.name), () => this.#handleClose(held));
    if (held.sinceMs !== null) return;
    // Only a server that talks has been reached: one that accepts and hangs up keeps the wait growing.
    held.sinceMs = this.#environment.nowMs();
    this.#attempt = 0;
    this.#lostSinceMs = null;
    this.#becomeOpen(held);
    this.#prober.lookLater();
  }

  /** A poll bounds itself. */
  #silenceMs(name: TransportName): number {
    const { silenceMs, pollMs, requestMs } = this.#times;
    return name === 'polling' ? Math.max(silenceMs, pollMs + 2 * requestMs) : silenceMs;
  }

  #becomeOpen(held: Held): void {
    this.#remembered.name = held.name;
    for (const subscription of this.#subscriptions.values()) subscription.handleResumed();
    const sinceMs = this.#environment.nowMs();
    this.#become({ state: 'open', sinceMs, stuckSinceMs: null, transport: held.name });
  }

  #handleClose(held: Held): void {
    if (this.#held !== held) return;
    const { sinceMs } = held;
    this.#detach();
    if (this.#subscriptions.size === 0) {
      this.#rest();
    } else if (sinceMs !== null) {
      this.#ladder.handleLost(this.#environment.nowMs() - sinceMs);
      this.#waitAndRetry();
    } else if (this.#ladder.handleFailed()) {
      this.#open();
    } else {
      this.#waitAndRetry();
    }
  }

  /** Whoever gives tokens does not answer. */
  #handleUnreachable(): void {
    this.#detach();
    this.#waitAndRetry();
  }

  #waitAndRetry(): void {
    const nowMs = this.#environment.nowMs();
    this.#lostSinceMs ??= nowMs;
    this.#attempt += 1;
    const delayMs = backoffMs(this.#attempt, this.#environment.random, this.#retry);
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

  #handleFrame(frame: ServerFrame): void {
    if (isUnauthenticated(frame)) {
      this.#handleUnauthenticated();
      return;
    }
    if (frame.type === 'heartbeat' || frame.type === 'authenticated' || frame.id === null) return;
    const subscription = this.#subscriptions.get(frame.id);
    if (subscription === undefined) return;
    if (frame.type === 'warning') this.#stuck.handleWarned(frame.id, this.#environment.nowMs());
    else this.#stuck.handleFreed(frame.id);
    this.#tellStuck();
    switch (frame.type) {
      case 'event':
        if (subscription.handleEvent(frame.event) === 'hole') this.#resubscribe(subscription);
        return;
      case 'snapshot':
        subscription.handleSnapshot(frame.data, frame.cursor);
        return;
      case 'caught_up':
        if (subscription.handleCaughtUp(frame.cursor) === 'hole') this.#resubscribe(subscription);
        return;
      case 'error':
        this.#handleRefused(frame.id, subscription, frame);
    }
  }

  #handleRefused(
    id: string,
    subscription: Subscription,
    { code, detail }: { code: string; detail: string },
  ): void {
    // Taken away first: a refusal may make its owner subscribe anew.
    this.#subscriptions.delete(id);
    if (subscription.handleRefused(code, detail) === 'over') return;
    this.#subscriptions.set(id, subscription);
    this.#forward(subscription.resumeFrame());
  }

  #resubscribe(subscription: Subscription): void {
    const frame = subscription.resumeFrame();
    this.#held?.link?.unsubscribe(frame.id);
    this.#held?.link?.subscribe(frame);
  }

  #forward(frame: SubscribeFrame): void {
    this.#held?.link?.subscribe(frame);
    this.#prober.subscribe(frame);
  }

  /** The token is not taken (any more): one new one is asked for. */
  #handleUnauthenticated(): void {
    const { credentials } = this.#options;
    const refused = credentials.current();
    this.#detach();
    const waiting: Held = { link: null, name: this.#ladder.current, sinceMs: null };
    this.#held = waiting;
    credentials.renew(refused).then(
      (token) => {
        if (this.#held !== waiting) return;
        if (token === null) this.#signOut();
        else this.#open();
      },
      () => {
        if (this.#held === waiting) this.#handleUnreachable();
      },
    );
  }

  #handleToken(token: string | null): void {
    if (token === null) {
      if (this.#state.state !== 'idle') this.#signOut();
    } else if (this.#state.state === 'signed_out') {
      if (this.#subscriptions.size > 0) this.#open();
      else this.#rest();
    } else {
      this.#held?.link?.renew(token);
    }
  }

  #signOut(): void {
    this.#detach();
    this.#lostSinceMs = null;
    this.#attempt = 0;
    if (this.#state.state !== 'signed_out')
      this.#become({ state: 'signed_out', sinceMs: this.#environment.nowMs() });
  }

  /** A better transport had its word: it serves from here on. What both bring is taken once. */
  #rise(probe: Held): void {
    const old = this.#held;
    this.#held = probe;
    this.#ladder.handleRisen(probe.name);
    old?.link?.close();
  }

  #tellStuck(): void {
    if (this.#state.state !== 'open') return;
    const { sinceMs: stuckSinceMs } = this.#stuck;
    if (stuckSinceMs !== this.#state.stuckSinceMs) this.#become({ ...this.#state, stuckSinceMs });
  }

  /** Takes a link that stays silent for lost, also when nobody has noticed. */
  #expectWithin(ms: number, otherwise: () => void): void {
    this.#cancelSilence();
    this.#cancelSilence = this.#environment.timer(ms, otherwise);
  }

  #unsubscribe(id: string): void {
    if (!this.#subscriptions.delete(id)) return;
    this.#stuck.handleFreed(id);
    this.#tellStuck();
    this.#held?.link?.unsubscribe(id);
    this.#prober.unsubscribe(id);
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
    if (this.#state.state !== 'idle')
      this.#become({ state: 'idle', sinceMs: this.#environment.nowMs() });
  }

  #detach(): void {
    const held = this.#held;
    this.#held = null;
    this.#stuck.clear();
    this.#cancelSilence();
    this.#cancelPending();
    this.#prober.stop();
    held?.link?.close();
  }

  #becomeConnecting(): void {
    if (this.#state.state !== 'connecting')
      this.#become({ state: 'connecting', sinceMs: this.#environment.nowMs() });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    for (const watcher of [...this.#watchers]) watcher(state);
  }
}
