import type { Environment } from '../environment.ts';
import { parseFrame } from '../frames.ts';
import { EventStream } from './lines.ts';
import { handleRefusal } from './refusal.ts';
import type { Link, LinkHandlers, SubscribeFrame, Transport } from './transport.ts';

/** What servers and proxies take as the first line of a request; with more to follow, polling is the way. */
const MAX_URL_CHARS = 7_000;

export function sseTransport(origin: string, environment: Environment): Transport {
  return {
    name: 'sse',
    isPossible: true,
    open: (handlers) => new StreamLink(`${origin}/v1/subscribe/events`, environment, handlers),
  };
}

/** One stream for all subscriptions: it is opened anew, each from its place, when they change. */
class StreamLink implements Link {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #handlers: LinkHandlers;
  #stream: AbortController | null = null;
  #cancelOpen: () => void = () => undefined;
  #isClosed = false;

  constructor(url: string, environment: Environment, handlers: LinkHandlers) {
    this.#url = url;
    this.#environment = environment;
    this.#handlers = handlers;
    this.#openSoon();
  }

  subscribe(): void {
    this.#openSoon();
  }

  /** What is not wanted any more is passed over until the stream is opened for another reason. */
  unsubscribe(): void {
    return;
  }

  renew(): void {
    this.#openSoon();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelOpen();
    this.#stream?.abort();
  }

  /** What changes in one go opens one stream. */
  #openSoon(): void {
    this.#cancelOpen();
    this.#cancelOpen = this.#environment.timer(0, () => this.#open());
  }

  #open(): void {
    this.#stream?.abort();
    const stream = new AbortController();
    this.#stream = stream;
    const isCurrent = () => !this.#isClosed && this.#stream === stream;
    const frames = this.#handlers.wanted();
    if (frames.length === 0) return;
    this.#read(frames, stream.signal, isCurrent).then(
      () => isCurrent() && this.#end(),
      () => isCurrent() && this.#end(),
    );
  }

  async #read(
    frames: SubscribeFrame[],
    signal: AbortSignal,
    isCurrent: () => boolean,
  ): Promise<void> {
    const query = new URLSearchParams();
    for (const frame of frames) query.append('subscribe', JSON.stringify(frame));
    const url = `${this.#url}?${query.toString()}`;
    if (url.length > MAX_URL_CHARS) return;
    const response = await this.#environment.fetch(url, {
      headers: { accept: 'text/event-stream' },
      signal,
    });
    if (!isCurrent()) return;
    if (!response.ok) return handleRefusal(response, this.#handlers, isCurrent);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (!isStream || response.body === null) return;
    this.#handlers.onOpen();
    await this.#readBody(response.body, isCurrent);
  }

  async #readBody(body: ReadableStream<Uint8Array>, isCurrent: () => boolean): Promise<void> {
    const events = new EventStream();
    const text = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !isCurrent()) return;
      this.#handlers.onAlive();
      for (const data of events.push(text.decode(value, { stream: true }))) {
        const frame = parseFrame(data);
        // What a frame brings about may be that this stream is over.
        if (frame !== null && isCurrent()) this.#handlers.onFrame(frame);
      }
    }
  }

  #end(): void {
    this.#isClosed = true;
    this.#cancelOpen();
    this.#handlers.onClose();
  }
}
