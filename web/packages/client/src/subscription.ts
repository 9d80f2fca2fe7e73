import type { CallSnapshot, CallsSnapshot, Envelope } from '@trunkline/api-types';
import type { SubscribeFrame, Topic } from './frames.ts';

/** The utterances of which the revision is remembered; more are never open at once. */
const MAX_UTTERANCES = 256;
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
  /** The cursor at which a hole was last asked for again; asking twice would not fill it. */
  #holeAskedAt = -1;
  /** The asked-for backlog is on its way: what does not join the cursor comes again in its turn. */
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
  }

  /** Takes an event in, unless it was seen. */
  handleEvent(event: Envelope): 'taken' | 'repeat' | 'hole' {
    const place = this.#topic.topic === 'call' ? event.seq : event.position;
    if (place === 0) return this.#handlePartial(event);
    if (this.#cursor === null || place <= this.#cursor) return 'repeat';
    if (this.#countsAll() && place > this.#cursor + 1) {
      if (this.#refilling) return 'repeat';
      if (this.#holeAskedAt !== this.#cursor) {
        this.#holeAskedAt = this.#cursor;
        this.#refilling = true;
        return 'hole';
      }
    }
    this.#cursor = place;
    this.#remember(event);
    this.#options.onEvent(event);
    return 'taken';
  }

  handleCaughtUp(cursor: number): void {
    this.#refilling = false;
    // Events of other types, or of other people's calls, lie between.
    if (!this.#countsAll() && this.#cursor !== null && cursor > this.#cursor) this.#cursor = cursor;
    if (this.#caughtUp) return;
    this.#caughtUp = true;
    this.#options.onCaughtUp?.();
  }

  /** What a refusal means: nothing more comes of it, or it is asked for anew. */
  handleRefused(code: string, detail: string): 'over' | 'again' {
    if (code !== 'cursor_ahead') {
      this.#options.onRefused?.(code, detail);
      return 'over';
    }
    if (this.#options.after === 'snapshot' && this.#cursor !== null) {
      this.#cursor = null;
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
