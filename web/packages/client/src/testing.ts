import type { Envelope, Event, TranscriptUtterance } from '@trunkline/api-types';
import { setImmediate } from 'node:timers';
import type { Environment, Socket, SocketHandlers } from './environment.ts';

/** An event of call `call-1`; `seq` 0 for a partial. */
export function envelope(seq: number, event: Event, callId = 'call-1'): Envelope {
  return { v: 1, tenant: 'local', call_id: callId, seq, position: seq, stages: {}, ...event };
}

export function utterance(
  startMs: number,
  text: string,
  over: Partial<TranscriptUtterance> = {},
): TranscriptUtterance {
  const words = text === '' ? [] : text.split(' ');
  return {
    id: `c-${startMs}`,
    revision: 1,
    channel: 'customer',
    participant: 'customer',
    start_ms: startMs,
    end_ms: startMs + words.length * 300,
    words: words.map((word, index) => ({
      text: word,
      start_ms: startMs + index * 300,
      end_ms: startMs + index * 300 + 250,
      confidence: 0.9,
      ...(word.startsWith('[') ? { masked: 'card' as const } : {}),
    })),
    ...over,
  };
}

/** A socket whose other end is the test. */
export interface ScriptedSocket {
  url: string;
  sent: Record<string, unknown>[];
  /** Binary messages. */
  pieces: ArrayBuffer[];
  closed: boolean;
  handlers: SocketHandlers;
  say: (frame: object) => void;
}

/** Time, sockets and chance under the test's hand. */
export class ScriptedEnvironment implements Environment {
  sockets: ScriptedSocket[] = [];
  #nowMs = 1_000_000;
  #timers = new Set<{ atMs: number; callback: () => void }>();

  /** Answers requests, where a test has some. */
  answer: (url: string, method: string) => Response = () => {
    throw new Error('no network in this test');
  };
  fetch: Environment['fetch'] = (url, init) =>
    new Promise((resolve) => resolve(this.answer(url, init.method ?? 'GET')));
  random = () => 0.5;
  hasSockets = true;
  page = null;
  onOnline = () => () => undefined;
  #ids = 0;
  randomId = () => `id-${++this.#ids}`;
  nowMs = () => this.#nowMs;

  openSocket = (url: string, handlers: SocketHandlers): Socket => {
    const socket: ScriptedSocket = {
      url,
      sent: [],
      pieces: [],
      closed: false,
      handlers,
      say: (frame) => handlers.onMessage(JSON.stringify(frame)),
    };
    this.sockets.push(socket);
    return {
      send: (data: string | ArrayBuffer) => {
        if (typeof data === 'string') socket.sent.push(JSON.parse(data) as Record<string, unknown>);
        else socket.pieces.push(data);
      },
      close: () => void (socket.closed = true),
    };
  };

  timer = (delayMs: number, callback: () => void) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Lets time pass, firing what becomes due in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter((timer) => timer.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = due.atMs;
      due.callback();
    }
    this.#nowMs = untilMs;
  }

  /** The same, with time for promises between what becomes due. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (;;) {
      const next = Math.min(...[...this.#timers].map((timer) => timer.atMs));
      if (next > untilMs) break;
      this.advance(Math.max(0, next - this.#nowMs));
      await settled();
    }
    this.advance(untilMs - this.#nowMs);
    await settled();
  }

  get socket(): ScriptedSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  }
}

/** Lets promises and streams come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
