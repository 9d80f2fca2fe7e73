import type { Envelope } from '@trunkline/api-types';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { SubscribeFrame } from '../src/frames.ts';
import { envelope, utterance } from '../src/testing.ts';
import type { Report } from './phase.ts';

/** What is done to the ways of a phase. */
interface Phase {
  name: string;
  about: string;
  transport?: string;
  socket?: 'refuse' | 'mute' | 'reorder';
  stream?: 'hold-back';
  /** Links are cut after one to three seconds. */
  cuts?: boolean;
  /** Every third poll's answer is lost. */
  losesAnswers?: boolean;
  /** Bytes come late, in pieces of one to nine. */
  trickles?: boolean;
  /** Between these seconds nobody is there; or sockets are not. */
  away?: [number, number];
  socketsFromS?: number;
}

const PHASES: readonly Phase[] = [
  { name: 'clear', about: 'nothing is done', transport: 'websocket' },
  { name: 'dropped', about: 'links are cut after one to three seconds', cuts: true },
  { name: 'no-websocket', about: 'sockets are refused', transport: 'sse', socket: 'refuse' },
  { name: 'mute-websocket', about: 'sockets say nothing', transport: 'sse', socket: 'mute' },
  {
    name: 'only-polling',
    about: 'streams are held back, too',
    transport: 'polling',
    socket: 'refuse',
    stream: 'hold-back',
  },
  {
    name: 'polling-dropped',
    about: 'and every third answer is lost',
    transport: 'polling',
    socket: 'refuse',
    stream: 'hold-back',
    losesAnswers: true,
  },
  { name: 'slow', about: 'bytes come late, in pieces', trickles: true, socket: 'refuse' },
  { name: 'reordered', about: 'messages change places and come twice', socket: 'reorder' },
  {
    name: 'back-again',
    about: 'sockets work from the sixth second on',
    transport: 'websocket',
    socketsFromS: 6,
  },
  { name: 'away', about: 'nobody is there for four seconds', away: [3, 7] },
];

const CALLS = 3;
const EVENTS = 100;
/** Between two events of a call. */
const PACE_MS = 100;
const BEAT_MS = 5_000;

/** Whoever follows: takes one message after the other. */
interface Follower {
  subscriptions: Map<string, SubscribeFrame>;
  say: (message: object) => void;
}

/**
 * A small server of the protocol in front of which the network breaks phase by phase, and which judges what a client
 * saw: for a check that needs nothing but Node. `trunkline conformance --client` is the same with the true server.
 */
export class Judge {
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #followers = new Set<Follower>();
  readonly #logs = new Map<string, Envelope[]>();
  /** The newest words in the making, by call. */
  readonly #partials = new Map<string, Envelope>();
  #phase: Phase = { name: 'none', about: '' };
  #beganMs = 0;
  #rounds = 0;
  #links = 0;

  static start(): Promise<Judge> {
    const judge = new Judge();
    return new Promise((resolve) => judge.#http.listen(0, '127.0.0.1', () => resolve(judge)));
  }

  private constructor() {
    this.#http = createServer((request, response) => void this.#handle(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    setInterval(() => {
      for (const follower of this.#followers)
        follower.say({ type: 'heartbeat', at_ms: Date.now() });
    }, BEAT_MS).unref();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  get #seconds(): number {
    return (Date.now() - this.#beganMs) / 1000;
  }

  get #isAway(): boolean {
    const [from, to] = this.#phase.away ?? [0, 0];
    return this.#seconds >= from && this.#seconds < to;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://judge');
    if (pathname.startsWith('/conformance')) await this.#judge(pathname, request, response);
    else if (this.#isAway) request.socket.destroy();
    else if (pathname === '/v1/subscribe/events') this.#stream(searchParams, response);
    else if (pathname === '/v1/subscribe/poll') await this.#poll(request, response);
    else response.writeHead(404).end('{}');
  }

  async #judge(
    pathname: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await bodyOf(request);
    const answer = () => {
      if (pathname === '/conformance') return { phases: PHASES };
      if (pathname === '/conformance/begin') return this.#begin((body as { phase: string }).phase);
      return this.#verdict(body as Report);
    };
    json(response, answer());
  }

  #begin(name: string): object {
    this.#phase = PHASES.find((phase) => phase.name === name) ?? this.#phase;
    this.#beganMs = Date.now();
    this.#rounds += 1;
    const calls = Array.from({ length: CALLS }, (_, index) => `call-${this.#rounds}-${index}`);
    for (const callId of calls) this.#play(callId);
    return { phase: this.#phase, calls };
  }

  #play(callId: string): void {
    const log: Envelope[] = [];
    this.#logs.set(callId, log);
    const next = () => {
      const seq = log.length + 1;
      const isLast = seq === EVENTS;
      const spoken = utterance(seq * 1000, `word ${seq}`, { revision: 3 });
      const event = isLast
        ? ({ type: 'call_ended', data: { reason: 'disconnected', duration_ms: 1 } } as const)
        : ({ type: 'utterance_completed', data: spoken } as const);
      const logged = { ...envelope(seq, event, callId), position: seq };
      log.push(logged);
      this.#partials.delete(callId);
      this.#deliver(logged);
      if (isLast) return;
      this.#tell(callId, seq + 1, 1);
      this.#tell(callId, seq + 1, 2);
      setTimeout(next, PACE_MS);
    };
    next();
  }

  #tell(callId: string, seq: number, revision: number): void {
    const data = utterance(seq * 1000, 'wo', { revision });
    const partial = envelope(0, { type: 'utterance_updated', data }, callId);
    this.#partials.set(callId, partial);
    this.#deliver(partial);
  }

  #verdict(report: Report): object {
    const problems: string[] = [];
    const { transport } = this.#phase;
    if (transport !== undefined && report.transport !== transport)
      problems.push(`the client ends on ${report.transport ?? 'nothing'}, not on ${transport}`);
    for (const [callId, places] of Object.entries(report.calls)) {
      const wrong = places.findIndex((place, index) => place !== index + 1);
      if (wrong >= 0)
        problems.push(`${callId}: ${places[wrong] ?? 0} came where ${wrong + 1} was due`);
      else if (places.length !== EVENTS)
        problems.push(`${callId}: ${places.length} events came of ${EVENTS}`);
    }
    return { passed: problems.length === 0, problems };
  }

  #deliver(event: Envelope): void {
    for (const follower of this.#followers)
      for (const [id, frame] of follower.subscriptions)
        if (isOf(frame, event)) follower.say({ type: 'event', id, event });
  }

  #backlog(frame: SubscribeFrame, seen: Record<string, number> = {}): object[] {
    const callId = frame.topic === 'call' ? frame.call_id : '';
    const log = this.#logs.get(callId) ?? [];
    const after = 'after' in frame ? frame.after : log.length;
    const events: object[] = log
      .filter((event) => event.seq > after)
      .map((event) => ({ type: 'event', id: frame.id, event }));
    const partial = this.#partials.get(callId);
    if (partial?.type === 'utterance_updated' && seen[partial.data.id] !== partial.data.revision)
      events.push({ type: 'event', id: frame.id, event: partial });
    return events;
  }

  #caughtUp(frame: SubscribeFrame): object {
    const log = frame.topic === 'call' ? this.#logs.get(frame.call_id) : undefined;
    return { type: 'caught_up', id: frame.id, cursor: log?.length ?? 0 };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isEarly = this.#seconds < (this.#phase.socketsFromS ?? 0);
    if (this.#isAway || isEarly || this.#phase.socket === 'refuse') return void socket.destroy();
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      const say = this.#spoiled((text) => client.send(text));
      const follower: Follower = {
        subscriptions: new Map(),
        say: (message) => say(JSON.stringify(message)),
      };
      this.#follow(follower, () => client.terminate());
      client.on('close', () => this.#followers.delete(follower));
      client.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as
          SubscribeFrame | { type: 'unsubscribe'; id: string };
        if (message.type === 'unsubscribe') follower.subscriptions.delete(message.id);
        else this.#subscribe(follower, message);
      });
    });
  }

  #subscribe(follower: Follower, frame: SubscribeFrame): void {
    for (const message of [...this.#backlog(frame), this.#caughtUp(frame)]) follower.say(message);
    follower.subscriptions.set(frame.id, frame);
  }

  /** What a phase does to the messages of a socket. */
  #spoiled(send: (text: string) => void): (text: string) => void {
    if (this.#phase.socket === 'mute') return () => undefined;
    if (this.#phase.socket !== 'reorder') return send;
    let kept: string | null = null;
    return (text) => {
      if (kept === null) {
        kept = text;
        return;
      }
      for (const one of [text, kept, text]) send(one);
      kept = null;
    };
  }

  #follow(follower: Follower, cut: () => void): void {
    this.#followers.add(follower);
    this.#links += 1;
    const end = () => {
      this.#followers.delete(follower);
      cut();
    };
    if (this.#phase.cuts) setTimeout(end, 1_000 + ((this.#links * 617) % 2_000));
    const [awayS] = this.#phase.away ?? [0];
    if (awayS > this.#seconds) setTimeout(end, (awayS - this.#seconds) * 1000);
  }

  #stream(query: URLSearchParams, response: ServerResponse): void {
    if (this.#phase.stream === 'hold-back') return;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = this.#phase.trickles
      ? trickle(response)
      : (text: string) => void response.write(text);
    const follower: Follower = {
      subscriptions: new Map(),
      say: (message) => write(`data: ${JSON.stringify(message)}\n\n`),
    };
    this.#follow(follower, () => response.destroy());
    response.on('close', () => this.#followers.delete(follower));
    for (const text of query.getAll('subscribe'))
      this.#subscribe(follower, JSON.parse(text) as SubscribeFrame);
  }

  async #poll(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = (await bodyOf(request)) as {
      subscriptions: (SubscribeFrame & { seen?: Record<string, number> })[];
      wait_ms: number;
    };
    this.#links += 1;
    if (this.#phase.losesAnswers && this.#links % 3 === 2) return void request.socket.destroy();
    const untilMs = Date.now() + asked.wait_ms;
    const answer = () => {
      const news = asked.subscriptions.flatMap((frame) => this.#backlog(frame, frame.seen));
      const isDue = news.length > 0 || Date.now() >= untilMs || this.#isAway;
      if (!isDue) return void setTimeout(answer, 20);
      const messages = [...news, ...asked.subscriptions.map((frame) => this.#caughtUp(frame))];
      if (this.#isAway) request.socket.destroy();
      else json(response, { messages });
    };
    answer();
  }
}

function isOf(frame: SubscribeFrame, event: Envelope): boolean {
  return frame.topic === 'call' && frame.call_id === event.call_id;
}

/** Writes pieces of one to nine bytes, one after the other. */
function trickle(response: ServerResponse): (text: string) => void {
  let waiting = Buffer.alloc(0);
  let pieces = 0;
  const timer = setInterval(() => {
    // Many small pieces in one turn: as late as a slow line, and as cut.
    for (let turn = 0; turn < 40 && waiting.length > 0; turn++) {
      const size = 1 + (++pieces % 9);
      response.write(waiting.subarray(0, size));
      waiting = waiting.subarray(size);
    }
  }, 2);
  response.on('close', () => clearInterval(timer));
  return (text) => {
    waiting = Buffer.concat([waiting, Buffer.from(text)]);
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? null : JSON.parse(text);
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
