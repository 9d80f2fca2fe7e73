import type { Envelope } from '@trunkline/api-types';
import type { RetryOptions } from './backoff.ts';
import { backoffMs, jittered, RETRY } from './backoff.ts';
import type { Credentials } from './credentials.ts';
import type { Environment } from './environment.ts';
import type { ServerFrame, SubscribeFrame, Topic } from './frames.ts';
import { isUnauthenticated } from './frames.ts';
import { Ladder } from './ladder.ts';
import type { SubscribeOptions } from './subscription.ts';
import { Subscription } from './subscription.ts';
import type { Link, LinkHandlers, Transport, TransportName } from './transports/transport.ts';

/** A page change drops its last subscription and makes a new one at once: keep the link for it. */
const LINGER_MS = 5_000;
/** How often the times of a try are doubled while nothing answers: a slow network must not look like none. */
const MAX_PATIENCE = 3;

export interface TimeoutOptions {
  /** For a transport to connect. */
  connectMs?: number;
  /** For its first word after that. */
  wordMs?: number;
  /** The server beats every 15 s; two beats missed and some grace mean that nobody is there. */
  silenceMs?: number;
  /** For the answer to a request. */
  requestMs?: number;
  /** How long a long poll waits for something to tell. */
  pollMs?: number;
}

export const TIMEOUTS: Required<TimeoutOptions> = {
  connectMs: 2_000,
  wordMs: 2_000,
  silenceMs: 35_000,
  requestMs: 10_000,
  pollMs: 25_000,
};

/**
 * `idle`: nothing to follow. `lost`: was or should be open, and is not; `retryAtMs` says what comes next.
 * `open` with `stuckSinceMs`: the server is there, but cannot read what is followed, and tries again.
 * `signed_out`: nothing is tried before somebody signs in.
 */
export type ConnectionState =
  | { state: 'idle' | 'connecting' | 'signed_out'; sinceMs: number }
  | { state: 'open'; sinceMs: number; stuckSinceMs: number | null; transport: TransportName }
  | { state: 'lost'; sinceMs: number; attempt: number; retryAtMs: number };

export interface ConnectionOptions {
  environment: Environment;
  credentials: Credentials;
  /** By name, best first. */
  transports: readonly Transport[];
  /** The one that worked last on this page. */
  remembered?: { name: TransportName | null };
  retry?: RetryOptions;
  timeouts?: TimeoutOptions;
  /** Sees each event before anybody else; `null` keeps it from all. */
  intercept?: (event: Envelope) => Envelope | null;
}

/** A link with what is known of it. */
interface Held {
  link: Link | null;
  name: TransportName;
  /** Since when it works; none before its first word. */
  sinceMs: number | null;
}

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
  /** Since when the server warns that it cannot serve a subscription, by id. */
  readonly #stuck = new Map<string, number>();
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  readonly #ends: (() => void)[];
  #state: ConnectionState;
  #held: Held | null = null;
  #probe: Held | null = null;
  #attempt = 0;
  #probes = 0;
  #lostSinceMs: number | null = null;
  #nextId = 1;
  #isClosed = false;
  #cancelSilence: () => void = () => undefined;
  #cancelPending: () => void = () => undefined;
  #cancelProbe: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#environment = options.environment;
    this.#retry = { ...RETRY, ...options.retry };
    this.#times = { ...TIMEOUTS, ...options.timeouts };
    this.#remembered = options.remembered ?? { name: null };
    const possible = options.transports.filter((one) => one.isPossible).map((one) => one.name);
    this.#ladder = new Ladder(possible, this.#remembered.name);
    this.#state = { state: 'idle', sinceMs: this.#environment.nowMs() };
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
    if (intercept === undefined) return options;
    const onEvent = (event: Envelope) => {
      const seen = intercept(event);
      if (seen !== null) options.onEvent(seen);
    };
    return { ...options, onEvent };
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
      if (this.#held === held || this.#probe === held) act();
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
    this.#probeLater();
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
    if (frame.type === 'warning') {
      this.#handleStuck(frame.id);
      return;
    }
    this.#handleUnstuck(frame.id);
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
    this.#probe?.link?.subscribe(frame);
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

  /** While a lesser transport serves, the better ones are looked at now and then. */
  #probeLater(): void {
    this.#cancelProbe();
    if (this.#ladder.better.length === 0) {
      this.#probes = 0;
      return;
    }
    const grownMs = this.#retry.probeMs * 2 ** Math.min(this.#probes, 4);
    this.#probes += 1;
    const delayMs = jittered(grownMs, this.#environment.random);
    this.#cancelProbe = this.#environment.timer(delayMs, () => this.#tryBetter(0));
  }

  /** Opens a better transport beside the one that serves. It takes over with its first word, each subscription at
   * the place where it stands then: what both bring is taken once. */
  #tryBetter(index: number): void {
    const name = this.#ladder.better[index];
    if (name === undefined) {
      this.#probeLater();
      return;
    }
    const probe: Held = { link: null, name, sinceMs: null };
    this.#probe = probe;
    const giveUp = () => {
      if (this.#probe !== probe) return;
      this.#dropProbe();
      this.#tryBetter(index + 1);
    };
    const { connectMs, wordMs } = this.#times;
    this.#cancelProbe = this.#environment.timer(connectMs + wordMs, giveUp);
    const risen = () => {
      if (this.#probe === probe) this.#rise(probe);
    };
    probe.link = this.#start(probe, {
      onOpen: () => undefined,
      onAlive: () => {
        risen();
        this.#handleAlive(probe);
      },
      onFrame: (frame) => {
        if (this.#probe === probe && frame.type === 'error' && frame.id === null) {
          giveUp();
          return;
        }
        risen();
        this.#handleAlive(probe);
        this.#handleFrame(frame);
      },
      onClose: () => (this.#probe === probe ? giveUp() : this.#handleClose(probe)),
    });
  }

  #rise(probe: Held): void {
    const old = this.#held;
    this.#probe = null;
    this.#cancelProbe();
    this.#held = probe;
    this.#ladder.handleRisen(probe.name);
    old?.link?.close();
  }

  #dropProbe(): void {
    const probe = this.#probe;
    this.#probe = null;
    this.#cancelProbe();
    probe?.link?.close();
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

  /** Takes a link that stays silent for lost, also when nobody has noticed. */
  #expectWithin(ms: number, otherwise: () => void): void {
    this.#cancelSilence();
    this.#cancelSilence = this.#environment.timer(ms, otherwise);
  }

  #unsubscribe(id: string): void {
    if (!this.#subscriptions.delete(id)) return;
    this.#handleUnstuck(id);
    this.#held?.link?.unsubscribe(id);
    this.#probe?.link?.unsubscribe(id);
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
    this.#dropProbe();
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
