import type { CallSnapshot, CallsSnapshot, Envelope } from '@trunkline/api-types';
import type { SubscribeFrame, Topic } from './frames.ts';

/** The utterances of which the revision is remembered; more are never open at once. */
const MAX_UTTERANCES = 256;
/** Events that are kept until their turn; beyond it they are asked for again. */
const MAX_AHEAD = 512;
/** How often the same hole is asked for; one that stays is one of the log. */
const MAX_ASKED = 3;
/** The revision of an utterance that is complete: no partial goes beyond it. */
const COMPLETE = Number.POSITIVE_INFINITY;

export interface SubscribeOptions {
  /**
   * The last seq (one call) or position (all calls) already known; `snapshot` to be told first how things stand,
   * also when the server turns out to keep another log than before.
   */
  after: number | 'snapshot';
  signal: AbortSignal;
  onEvent: (event: Envelope) => void;
  /** How things stand; what follows goes on from there. */
  onSnapshot?: (data: CallSnapshot | CallsSnapshot) => void;
  /** Only events of these types. */
  types?: string[];
  /** The backlog is through; what follows is live. Again after each reconnect. */
  onCaughtUp?: () => void;
  /** The server refused this subscription; nothing more comes of it. */
  onRefused?: (code: string, detail: string) => void;
  /**
   * The server's log ends before `after`: what was loaded is of another log. Nothing more comes of this
   * subscription; load anew and subscribe from there. Never called with `after: 'snapshot'`.
   */
  onStale?: () => void;
}

/** One thing followed: knows how far it got, drops repeats, notices holes. It does not know by what transport. */
export class Subscription {
  readonly #id: string;
  readonly #topic: Topic;
  readonly #options: SubscribeOptions;
  /** The last place seen; none while how things stand is not known. */
  #cursor: number | null;
  /** Events that came before their turn, by place. */
  readonly #ahead = new Map<number, Envelope>();
  /** The cursor at which a hole was last asked for again, and how often. */
  #hole = { at: -1, asked: 0 };
  /** The asked-for backlog is on its way. */
  #refilling = false;
  #caughtUp = false;
  /** The newest revision seen, by utterance. */
  readonly #revisions = new Map<string, number>();

  constructor(id: string, topic: Topic, options: SubscribeOptions) {
    this.#id = id;
    this.#topic = topic;
    this.#options = options;
    this.#cursor = options.after === 'snapshot' ? null : options.after;
  }

  /** Asks for everything after the last place seen: no loss, no repeat. */
  resumeFrame(): SubscribeFrame {
    return {
      type: 'subscribe',
      id: this.#id,
      ...(this.#cursor === null ? { snapshot: true as const } : { after: this.#cursor }),
      ...this.#topic,
      ...(this.#options.types ? { types: this.#options.types } : {}),
    };
  }

  /** The same for a transport that asks anew each time: with the words in the making that are known. */
  pollFrame(): SubscribeFrame & { seen?: Record<string, number> } {
    const open = [...this.#revisions].filter(([, revision]) => revision !== COMPLETE);
    const frame = this.resumeFrame();
    return open.length === 0 ? frame : { ...frame, seen: Object.fromEntries(open) };
  }

  /** A new link was opened for it. */
  handleResumed(): void {
    this.#caughtUp = false;
    this.#refilling = false;
  }

  /** Takes how things stand, unless that is known. */
  handleSnapshot(data: CallSnapshot | CallsSnapshot, cursor: number): void {
    if (this.#cursor !== null) return;
    this.#cursor = cursor;
    this.#options.onSnapshot?.(data);
    this.#takeAhead();
  }

  /** Takes an event in, unless it was seen. One that comes before its turn waits for it: `hole` says that what lies
   * between has to be asked for. */
  handleEvent(event: Envelope): 'taken' | 'repeat' | 'hole' {
    const place = this.#topic.topic === 'call' ? event.seq : event.position;
    if (place === 0) return this.#handlePartial(event);
    if (this.#cursor !== null && place <= this.#cursor) return 'repeat';
    if (this.#cursor === null || (this.#countsAll() && place > this.#cursor + 1)) {
      if (this.#ahead.size < MAX_AHEAD) this.#ahead.set(place, event);
      return this.#asksForHole() ? 'hole' : 'repeat';
    }
    this.#take(place, event);
    this.#takeAhead();
    return 'taken';
  }

  /** The backlog is through up to `cursor`; `hole` says that something of it did not come. */
  handleCaughtUp(cursor: number): 'complete' | 'hole' {
    this.#refilling = false;
    if (this.#cursor !== null && cursor > this.#cursor) {
      if (this.#countsAll() && this.#asksForHole()) return 'hole';
      // Events of other types, or of other people's calls, lie between.
      if (!this.#countsAll()) this.#cursor = cursor;
    }
    if (!this.#caughtUp) {
      this.#caughtUp = true;
      this.#options.onCaughtUp?.();
    }
    return 'complete';
  }

  /** What a refusal means: nothing more comes of it, or it is asked for anew. */
  handleRefused(code: string, detail: string): 'over' | 'again' {
    if (code !== 'cursor_ahead') {
      this.#options.onRefused?.(code, detail);
      return 'over';
    }
    if (this.#options.after === 'snapshot' && this.#cursor !== null) {
      this.#cursor = null;
      this.#ahead.clear();
      this.#revisions.clear();
      return 'again';
    }
    this.#options.onStale?.();
    return 'over';
  }

  /** Only a whole call counts without holes; positions merely rise. */
  #countsAll(): boolean {
    return this.#topic.topic === 'call' && this.#options.types === undefined;
  }

  /** Whether the next event is to be asked for. After the last time the log is taken to have none there. */
  #asksForHole(): boolean {
    if (this.#refilling || this.#cursor === null) return false;
    if (this.#hole.at !== this.#cursor) this.#hole = { at: this.#cursor, asked: 0 };
    this.#hole.asked += 1;
    this.#refilling = this.#hole.asked <= MAX_ASKED;
    if (!this.#refilling) this.#skipHole();
    return this.#refilling;
  }

  #skipHole(): void {
    const next = Math.min(...this.#ahead.keys());
    if (Number.isFinite(next)) this.#cursor = next - 1;
    this.#takeAhead();
  }

  /** Takes what waited for its turn, as far as that has come. */
  #takeAhead(): void {
    for (const place of [...this.#ahead.keys()].sort((a, b) => a - b)) {
      const event = this.#ahead.get(place);
      if (this.#cursor === null || event === undefined) return;
      if (this.#countsAll() && place > this.#cursor + 1) return;
      this.#ahead.delete(place);
      if (place > this.#cursor) this.#take(place, event);
    }
  }

  #take(place: number, event: Envelope): void {
    this.#cursor = place;
    this.#remember(event);
    this.#options.onEvent(event);
  }

  #handlePartial(event: Envelope): 'taken' | 'repeat' {
    if (this.#cursor === null) return 'repeat';
    if (event.type === 'utterance_updated') {
      const known = this.#revisions.get(event.data.id) ?? 0;
      if (event.data.revision <= known) return 'repeat';
      this.#note(event.data.id, event.data.revision);
    }
    this.#options.onEvent(event);
    return 'taken';
  }

  #remember(event: Envelope): void {
    if (event.type === 'utterance_completed') this.#note(event.data.id, COMPLETE);
    else if (event.type === 'utterance_revised') this.#note(event.data.utterance.id, COMPLETE);
    else if (event.type === 'call_ended') this.#revisions.clear();
  }

  #note(utterance: string, revision: number): void {
    this.#revisions.delete(utterance);
    this.#revisions.set(utterance, revision);
    if (this.#revisions.size <= MAX_UTTERANCES) return;
    const [oldest] = this.#revisions.keys();
    if (oldest !== undefined) this.#revisions.delete(oldest);
  }
}
