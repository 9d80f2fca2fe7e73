import type { CallSummary, Envelope, Event } from '@trunkline/api-types';
import type { Environment, SocketHandlers } from './environment.ts';
import type { SubscribeFrame } from './frames.ts';
import { emptyGuidance } from './guidance.ts';
import { envelope, ScriptedEnvironment } from './testing.ts';
import type { TransportName } from './transports/transport.ts';

/** How a way to the server behaves: `silent` connects and says nothing, as behind a proxy that holds all back. */
export type Way = 'works' | 'refused' | 'silent';

/** A link that a client has open, whatever its kind. */
interface OpenLink {
  way: TransportName;
  subscriptions: Map<string, SubscribeFrame>;
  say: (message: object) => void;
  drop: () => void;
}

const LATENCY_MS = 20;
const BEAT_MS = 15_000;

/** A server in memory that speaks the protocol on all transports, and fails as it is told. */
export class FaultyServer {
  readonly environment = new ScriptedEnvironment();
  readonly ways: Record<TransportName, Way> = {
    websocket: 'works',
    sse: 'works',
    polling: 'works',
  };
  /** How many events before the asked-for place are sent again. */
  repeats = 0;
  /** Into pieces of how many bytes streams are cut. */
  cut = 1_000_000;
  /** Messages of sockets change places, and some come twice. */
  shuffles = false;
  #said = 0;
  /** The tokens that are taken; all, and none, when `null`. */
  tokens: Set<string> | null = null;
  readonly acts: unknown[] = [];
  readonly requests: string[] = [];
  #logs = new Map<string, Envelope[]>();
  #position = 0;
  #links = new Set<OpenLink>();

  constructor() {
    this.environment.openSocket = (url, handlers) => this.#openSocket(url, handlers);
    this.environment.fetch = (url, init) => this.#fetch(url, init);
  }

  log(callId: string, event: Event): void {
    const log = this.#logs.get(callId) ?? [];
    this.#logs.set(callId, log);
    this.#position += 1;
    const logged = { ...envelope(log.length + 1, event, callId), position: this.#position };
    log.push(logged);
    this.#deliver(logged);
  }

  /** Words in the making: only who follows now hears of them. */
  tell(callId: string, event: Event): void {
    this.#deliver(envelope(0, event, callId));
  }

  logOf(callId: string): readonly Envelope[] {
    return this.#logs.get(callId) ?? [];
  }

  /** The network loses every link of a kind. */
  drop(way: TransportName): void {
    for (const link of [...this.#links]) if (link.way === way) link.drop();
  }

  /** The kinds of link that are open. */
  get open(): TransportName[] {
    return Array.from(this.#links, (link) => link.way);
  }

  #deliver(event: Envelope): void {
    for (const link of this.#links)
      for (const [id, frame] of link.subscriptions)
        if (isWanted(frame, event)) link.say({ type: 'event', id, event });
  }

  #add(link: OpenLink): void {
    this.#links.add(link);
    const beat = () => {
      if (!this.#links.has(link)) return;
      link.say({ type: 'heartbeat', at_ms: this.environment.nowMs() });
      this.environment.timer(BEAT_MS, beat);
    };
    this.environment.timer(BEAT_MS, beat);
  }

  #openSocket(_: string, handlers: SocketHandlers) {
    const { environment } = this;
    const soon = (act: () => void) => environment.timer(LATENCY_MS, act);
    const way = this.ways.websocket;
    if (way === 'refused') {
      soon(() => handlers.onClose());
      return { send: () => undefined, close: () => void 0 };
    }
    let isAuthenticated = this.tokens === null;
    const link: OpenLink = {
      way: 'websocket',
      subscriptions: new Map(),
      say: (message) => {
        if (way === 'silent') return;
        const text = JSON.stringify(message);
        const bring = () => this.#links.has(link) && handlers.onMessage(text);
        this.#said += 1;
        const lateMs = this.shuffles ? (this.#said * 37) % 80 : 0;
        environment.timer(LATENCY_MS + lateMs, bring);
        if (this.shuffles && this.#said % 5 === 0) environment.timer(LATENCY_MS + 90, bring);
      },
      drop: () => {
        if (this.#links.delete(link)) handlers.onClose();
      },
    };
    soon(() => {
      this.#add(link);
      handlers.onOpen();
    });
    const handle = (message: ClientMessage) => {
      if (message.type === 'authenticate') {
        isAuthenticated = this.tokens?.has(message.token) ?? true;
        link.say(
          isAuthenticated
            ? { type: 'authenticated', name: 'ann', role: 'agent' }
            : { type: 'error', id: null, code: 'unauthenticated', detail: '' },
        );
      } else if (message.type === 'unsubscribe') link.subscriptions.delete(message.id);
      else if (isAuthenticated) for (const said of this.#follow(link, message)) link.say(said);
    };
    return {
      send: (data: string | ArrayBuffer) => {
        if (typeof data === 'string' && this.#links.has(link))
          handle(JSON.parse(data) as ClientMessage);
      },
      close: () => void this.#links.delete(link),
    };
  }

  /** Everything up to now, and from here on what comes. */
  #follow(link: OpenLink, frame: SubscribeFrame): object[] {
    link.subscriptions.set(frame.id, frame);
    return this.#backlog(frame);
  }

  #backlog(frame: SubscribeFrame): object[] {
    const said: object[] = [];
    const log =
      frame.topic === 'call'
        ? this.logOf(frame.call_id)
        : [...this.#logs.values()].flat().sort((a, b) => a.position - b.position);
    const place = (event: Envelope) => (frame.topic === 'call' ? event.seq : event.position);
    const cursor = log.reduce((last, event) => Math.max(last, place(event)), 0);
    if ('snapshot' in frame) {
      said.push({ type: 'snapshot', id: frame.id, cursor, data: this.#snapshot(frame) });
    } else if (frame.after > cursor) {
      return [{ type: 'error', id: frame.id, code: 'cursor_ahead', detail: '' }];
    } else {
      const from = Math.max(0, frame.after - this.repeats);
      for (const event of log)
        if (place(event) > from && isWanted(frame, event))
          said.push({ type: 'event', id: frame.id, event });
    }
    said.push({ type: 'caught_up', id: frame.id, cursor });
    return said;
  }

  #snapshot(frame: SubscribeFrame): object {
    if (frame.topic === 'calls')
      return { calls: [...this.#logs.keys()].map((id) => this.row(id)).filter(isLive) };
    return {
      call: this.row(frame.call_id),
      transcript: { utterances: [], gaps: [], holds: [], seq: this.logOf(frame.call_id).length },
      guidance: emptyGuidance,
    };
  }

  row(callId: string): CallSummary {
    const log = this.logOf(callId);
    const has = (type: Event['type']) => log.filter((event) => event.type === type).length;
    return {
      call_id: callId,
      contact_id: `contact-of-${callId}`,
      started_at_ms: 1_000,
      state: has('call_ended') > 0 ? 'ended' : 'live',
      duration_ms: has('call_ended') > 0 ? 5_000 : null,
      on_hold: has('hold_started') > has('hold_ended'),
      profile: 'sales',
      gaps: 0,
      has_recording: false,
      legal_hold: false,
      masks: 0,
      open_findings: 0,
      position: log.at(-1)?.position ?? 0,
      quarantined: false,
      seq: log.length,
      utterances: 0,
      alerts: [],
      unmet: [],
      checklist_done: 0,
      checklist_total: 0,
      sentiment_series: [],
    };
  }

  #fetch: Environment['fetch'] = async (url, init) => {
    const { pathname, searchParams } = new URL(url);
    this.requests.push(`${init.method ?? 'GET'} ${pathname}`);
    await new Promise<void>((resolve) => this.environment.timer(LATENCY_MS, resolve));
    if (init.signal?.aborted) throw new Error('aborted');
    const token = init.headers.authorization?.replace('Bearer ', '');
    if (this.tokens !== null && !this.tokens.has(token ?? ''))
      return json({ code: 'token_expired', title: 'The token has expired', status: 401 }, 401);
    if (pathname.endsWith('/subscribe/events')) return this.#stream(searchParams, init.signal);
    if (pathname.endsWith('/subscribe/poll')) return this.#poll(init.body ?? '', init.signal);
    if (pathname.endsWith('/acts')) {
      this.acts.push(JSON.parse(init.body ?? ''));
      return json({ id: 'taken' }, 202);
    }
    const callId = /\/v1\/calls\/([^/]+)$/.exec(pathname)?.[1];
    return callId === undefined
      ? json({ code: 'not_found', title: '' }, 404)
      : json(this.row(callId));
  };

  #stream(query: URLSearchParams, signal: AbortSignal | undefined): Response {
    if (this.ways.sse === 'refused') throw new TypeError('refused');
    const isSilent = this.ways.sse === 'silent';
    let push: ReadableStreamDefaultController<Uint8Array> | null = null;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (push = controller),
    });
    const link: OpenLink = {
      way: 'sse',
      subscriptions: new Map(),
      say: (message) => {
        if (isSilent || !this.#links.has(link)) return;
        const bytes = new TextEncoder().encode(`data: ${JSON.stringify(message)}\r\n\r\n`);
        for (let at = 0; at < bytes.length; at += this.cut)
          push?.enqueue(bytes.slice(at, at + this.cut));
      },
      drop: () => {
        if (this.#links.delete(link)) push?.error(new TypeError('lost'));
      },
    };
    this.#add(link);
    signal?.addEventListener('abort', () => link.drop(), { once: true });
    for (const text of query.getAll('subscribe'))
      for (const said of this.#follow(link, JSON.parse(text) as SubscribeFrame)) link.say(said);
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  async #poll(body: string, signal: AbortSignal | undefined): Promise<Response> {
    const way = this.ways.polling;
    if (way === 'refused') throw new TypeError('refused');
    const asked = JSON.parse(body) as { subscriptions: SubscribeFrame[]; wait_ms: number };
    const messages: object[] = asked.subscriptions.flatMap((frame) => this.#backlog(frame));
    const isNews = (message: object) => 'event' in message || 'data' in message;
    if (way === 'works' && (messages.some(isNews) || asked.wait_ms === 0))
      return json({ messages });
    return new Promise((resolve, reject) => {
      let cancel: () => void = () => undefined;
      const link: OpenLink = {
        way: 'polling',
        subscriptions: new Map(asked.subscriptions.map((frame) => [frame.id, frame])),
        say: (message) => {
          messages.push(message);
          answer();
        },
        drop: () => {
          if (this.#links.delete(link)) reject(new TypeError('lost'));
          cancel();
        },
      };
      const answer = () => {
        cancel();
        if (way === 'works' && this.#links.delete(link)) resolve(json({ messages }));
      };
      this.#links.add(link);
      cancel = this.environment.timer(asked.wait_ms, answer);
      signal?.addEventListener('abort', () => link.drop(), { once: true });
    });
  }
}

type ClientMessage =
  SubscribeFrame | { type: 'unsubscribe'; id: string } | { type: 'authenticate'; token: string };

function isWanted(frame: SubscribeFrame, event: Envelope): boolean {
  if (frame.topic === 'calls' ? event.seq === 0 : frame.call_id !== event.call_id) return false;
  return frame.types?.includes(event.type) ?? true;
}

function isLive(row: CallSummary): boolean {
  return row.state === 'live';
}

function json(value: object, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json' },
  });
}
