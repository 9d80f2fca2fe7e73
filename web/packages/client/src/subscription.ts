import type { Envelope } from '@trunkline/api-types';
import type { SubscribeOptions } from './connection.ts';
import type { ClientFrame, Topic } from './frames.ts';

/** One thing followed: knows how far it got, drops repeats, notices holes. */
export class Subscription {
  readonly #id: string;
  readonly #topic: Topic;
  readonly #options: SubscribeOptions;
  #cursor: number;
  /** The cursor at which a hole was last asked for again; asking twice would not fill it. */
  #holeAskedAt = -1;
  /** The asked-for backlog is on its way: what does not join the cursor comes again in its turn. */
  #refilling = false;

  constructor(id: string, topic: Topic, options: SubscribeOptions) {
    this.#id = id;
    this.#topic = topic;
    this.#options = options;
    this.#cursor = options.after;
  }

  /** Asks for everything after the last place seen: no loss, no repeat. */
  resumeFrame(): ClientFrame {
    return { type: 'subscribe', id: this.#id, after: this.#cursor, ...this.#topic };
  }

  /** Takes an event in, unless it was seen. Only a call's own log counts without holes; positions merely rise. */
  handleEvent(event: Envelope): 'taken' | 'repeat' | 'hole' {
    const place = this.#topic.topic === 'call' ? event.seq : event.position;
    if (place === 0) {
      this.#options.onEvent(event);
      return 'taken';
    }
    if (place <= this.#cursor) return 'repeat';
    if (this.#topic.topic === 'call' && place > this.#cursor + 1) {
      if (this.#refilling) return 'repeat';
      if (this.#holeAskedAt !== this.#cursor) {
        this.#holeAskedAt = this.#cursor;
        this.#refilling = true;
        return 'hole';
      }
    }
    this.#cursor = place;
    this.#options.onEvent(event);
    return 'taken';
  }

  handleCaughtUp(): void {
    this.#refilling = false;
    this.#options.onCaughtUp?.();
  }

  handleRefused(code: string, detail: string): void {
    if (code === 'cursor_ahead') this.#options.onStale?.();
    else this.#options.onRefused?.(code, detail);
  }
}
