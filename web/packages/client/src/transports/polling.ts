import type { Environment } from '../environment.ts';
import { frameOf } from '../frames.ts';
import { handleRefusal } from './refusal.ts';
import type { Link, LinkHandlers, SubscribeFrame, Transport } from './transport.ts';

export interface PollingTimes {
  /** How long the server may wait for something to tell. */
  pollMs: number;
  /** How long an answer may take beyond that. */
  requestMs: number;
  /** The least time between two polls that brought nothing. */
  restMs: number;
}

export function pollingTransport(
  origin: string,
  environment: Environment,
  times: PollingTimes,
): Transport {
  return {
    name: 'polling',
    isPossible: true,
    open: (handlers) => new PollLink(`${origin}/v1/subscribe/poll`, environment, handlers, times),
  };
}

/** An answer may be lost once; two in a row mean that nobody is there. */
const MAX_MISSED = 2;
/** Before a poll is sent again of which the answer was lost. */
const AGAIN_MS = 100;

/** Asks, gets what there is, asks on. The server keeps nothing between two polls. */
class PollLink implements Link {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #handlers: LinkHandlers;
  readonly #times: PollingTimes;
  #poll: AbortController | null = null;
  #cancelNext: () => void = () => undefined;
  #cancelLimit: () => void = () => undefined;
  #isFirst = true;
  #missed = 0;
  #isClosed = false;

  constructor(url: string, environment: Environment, handlers: LinkHandlers, times: PollingTimes) {
    this.#url = url;
    this.#environment = environment;
    this.#handlers = handlers;
    this.#times = times;
    this.#askAfter(0);
  }

  subscribe(): void {
    this.#askAfter(0);
  }

  /** What is not wanted any more is left out of the next poll. */
  unsubscribe(): void {
    return;
  }

  /** The next poll goes out under the token of its time. */
  renew(): void {
    return;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelNext();
    this.#cancelLimit();
    this.#poll?.abort();
  }

  #askAfter(delayMs: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#environment.timer(delayMs, () => this.#ask());
  }

  #ask(): void {
    this.#poll?.abort();
    const poll = new AbortController();
    this.#poll = poll;
    const isCurrent = () => !this.#isClosed && this.#poll === poll;
    const frames = this.#handlers.wanted();
    if (frames.length === 0) return;
    this.#exchange(frames, poll.signal, isCurrent).then(
      (restMs) => {
        if (!isCurrent()) return;
        if (restMs === null) this.#end();
        else this.#askAfter(restMs);
      },
      () => isCurrent() && this.#handleMissed(),
    );
  }

  #handleMissed(): void {
    this.#missed += 1;
    if (this.#isFirst || this.#missed >= MAX_MISSED) this.#end();
    else this.#askAfter(AGAIN_MS);
  }

  /** One poll; gives when to ask again, `null` when the link is over. */
  async #exchange(
    frames: SubscribeFrame[],
    signal: AbortSignal,
    isCurrent: () => boolean,
  ): Promise<number | null> {
    // The first answer says that polling works: it is asked for at once.
    const waitMs = this.#isFirst ? 0 : this.#times.pollMs;
    const sentMs = this.#environment.nowMs();
    this.#limit(waitMs + this.#times.requestMs);
    const response = await this.#environment.fetch(this.#url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ subscriptions: frames, wait_ms: waitMs }),
      signal,
    });
    const answer: unknown = response.ok ? await response.json() : null;
    if (!isCurrent()) return null;
    this.#cancelLimit();
    if (!response.ok) {
      await handleRefusal(response, this.#handlers, isCurrent);
      return null;
    }
    const messages = messagesOf(answer);
    if (messages === null) return null;
    this.#isFirst = false;
    this.#missed = 0;
    this.#handlers.onOpen();
    this.#handlers.onAlive();
    let taken = 0;
    for (const message of messages) {
      const frame = frameOf(message);
      if (!isCurrent()) return null;
      if (frame === null) continue;
      taken += Number(frame.type === 'event' || frame.type === 'snapshot');
      this.#handlers.onFrame(frame);
    }
    const tookMs = this.#environment.nowMs() - sentMs;
    return taken > 0 || waitMs === 0 ? 0 : Math.max(0, this.#times.restMs - tookMs);
  }

  #limit(ms: number): void {
    this.#cancelLimit();
    this.#cancelLimit = this.#environment.timer(ms, () => this.#end());
  }

  #end(): void {
    if (this.#isClosed) return;
    this.close();
    this.#handlers.onClose();
  }
}

function messagesOf(answer: unknown): unknown[] | null {
  if (typeof answer !== 'object' || answer === null || !('messages' in answer)) return null;
  return Array.isArray(answer.messages) ? answer.messages : null;
}
