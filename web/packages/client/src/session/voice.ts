import type { CallsSnapshot, CallSummary, Envelope } from '@trunkline/api-types';
import { backoffMs } from '../backoff.ts';
import { ApiError, getJson } from '../http.ts';
import type { Readable } from '../observable.ts';
import { Value } from '../observable.ts';
import type { SessionParts, VoiceSession } from './session.ts';
import { FollowedSession } from './session.ts';

/** What the list has to tell: a session follows the rest of its call itself. */
const TYPES = [
  'call_started',
  'agent_connected',
  'agent_disconnected',
  'hold_started',
  'hold_ended',
  'alert_raised',
  'alert_cleared',
  'call_ended',
];
/** Ended sessions that are kept for who still shows them; the oldest go first. */
const MAX_ENDED = 100;
/** Tries to read a call that the list names. */
const MAX_TRIES = 6;

/** The calls of the one who asks, or those of one profile among them. */
export interface Voice {
  /** Calls back with each session, those that are there already included. */
  onSession: (callback: (session: VoiceSession) => void) => () => void;
  /** All that are not destroyed. Followed from when they are first watched. */
  readonly sessions: Readable<readonly VoiceSession[]>;
  /** The session of a Connect contact, waited for if need be. Rejects only with `signal`'s reason. */
  byContact: (contactId: string, options?: { signal?: AbortSignal }) => Promise<VoiceSession>;
  /** Ends all sessions. */
  destroy: () => void;
}

export function createVoice(parts: SessionParts, profile: string | null): Voice {
  return new VoiceCalls(parts, profile);
}

class VoiceCalls implements Voice {
  readonly sessions: Readable<readonly VoiceSession[]>;
  readonly #parts: SessionParts;
  readonly #profile: string | null;
  readonly #stop = new AbortController();
  readonly #sessions: Value<readonly VoiceSession[]>;
  readonly #byId = new Map<string, FollowedSession>();
  /** Calls that are being read, or are not of this profile. */
  readonly #passedOver = new Set<string>();
  readonly #callbacks = new Set<(session: VoiceSession) => void>();
  #isOpen = false;

  constructor(parts: SessionParts, profile: string | null) {
    this.#parts = parts;
    this.#profile = profile;
    this.#sessions = new Value<readonly VoiceSession[]>([], () => this.#open());
    this.sessions = this.#sessions;
  }

  onSession = (callback: (session: VoiceSession) => void): (() => void) => {
    const own = (session: VoiceSession) => callback(session);
    this.#callbacks.add(own);
    for (const session of this.#byId.values()) own(session);
    this.#open();
    return () => void this.#callbacks.delete(own);
  };

  byContact = (
    contactId: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<VoiceSession> =>
    new Promise((resolve, reject) => {
      const end = () => {
        stop();
        signal?.removeEventListener('abort', give);
      };
      const give = () => {
        end();
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const look = (session: VoiceSession) => {
        if (session.contactId !== contactId) return;
        // The first look is inside of the call that gives `stop`.
        queueMicrotask(end);
        resolve(session);
      };
      const stop = this.onSession(look);
      signal?.addEventListener('abort', give, { once: true });
      if (signal?.aborted) give();
    });

  destroy = (): void => {
    this.#stop.abort();
    for (const session of [...this.#byId.values()]) session.destroy();
    this.#callbacks.clear();
  };

  #open(): void {
    if (this.#isOpen || this.#stop.signal.aborted) return;
    this.#isOpen = true;
    this.#parts.connection.subscribe(
      { topic: 'calls' },
      {
        after: 'snapshot',
        types: TYPES,
        signal: this.#stop.signal,
        onSnapshot: (data) => this.#handleSnapshot((data as CallsSnapshot).calls),
        onEvent: (event) => this.#handleEvent(event),
      },
    );
  }

  #handleSnapshot(rows: readonly CallSummary[]): void {
    this.#passedOver.clear();
    for (const row of rows) this.#take(row);
    const live = new Set(rows.map((row) => row.call_id));
    // What ended while nobody listened, or is of another log: the server says which.
    for (const session of this.#byId.values())
      if (!live.has(session.id) && session.status !== 'ended') this.#read(session.id);
  }

  #handleEvent(event: Envelope): void {
    const session = this.#byId.get(event.call_id);
    if (session !== undefined) {
      session.handleListed(event);
      if (event.type === 'call_ended') this.#forgetOldest();
    } else if (event.type !== 'call_ended' && !this.#passedOver.has(event.call_id)) {
      // The call may have begun before it came into the scope of the one who asks.
      this.#passedOver.add(event.call_id);
      this.#read(event.call_id);
    }
    if (event.type === 'call_ended') this.#passedOver.delete(event.call_id);
  }

  #read(callId: string, attempt = 1): void {
    const { environment, origin } = this.#parts;
    const { signal } = this.#stop;
    getJson<CallSummary>(
      environment,
      `${origin}/v1/calls/${encodeURIComponent(callId)}`,
      signal,
    ).then(
      (row) => !signal.aborted && this.#take(row),
      (error: unknown) => {
        const canPass = !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
        if (signal.aborted || !canPass || attempt >= MAX_TRIES) return;
        environment.timer(backoffMs(attempt, environment.random), () =>
          this.#read(callId, attempt + 1),
        );
      },
    );
  }

  #take(row: CallSummary): void {
    const known = this.#byId.get(row.call_id);
    if (known !== undefined) {
      known.handleRow(row);
      return;
    }
    if (this.#profile !== null && row.profile !== this.#profile) {
      this.#passedOver.add(row.call_id);
      return;
    }
    this.#passedOver.delete(row.call_id);
    const session = new FollowedSession(this.#parts, row, (ended) => this.#forget(ended));
    this.#byId.set(row.call_id, session);
    this.#publish();
    for (const callback of [...this.#callbacks]) callback(session);
  }

  #forget(session: VoiceSession): void {
    if (!this.#byId.delete(session.id)) return;
    // A call that is not wanted does not come back with its next event.
    if (session.status !== 'ended') this.#passedOver.add(session.id);
    this.#publish();
  }

  #forgetOldest(): void {
    const ended = [...this.#byId.values()].filter((session) => session.status === 'ended');
    for (const session of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) session.destroy();
  }

  #publish(): void {
    this.#sessions.set([...this.#byId.values()]);
  }
}
