import type { CallSummary, Envelope, Event } from '@trunkline/api-types';
import {
  callListOf,
  emptyGuidance,
  newestFirst,
  reduceCallList,
  reduceGuidance,
} from '@trunkline/client/console';
import type { CallListView } from '@trunkline/client/console';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { MockGuidance } from './guidance.ts';
import { handleHttp } from './http.ts';
import { MockReview } from './review.ts';
import { MockSubscriptions } from './subscriptions.ts';

/** Speaks the server's contract from a script, and can be made to fail as servers do. */
export class MockServer {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #subscriptions = new MockSubscriptions();
  #calls: CallListView = callListOf({ calls: [], next: null, position: 0 });
  #logs = new Map<string, Envelope[]>();
  /** What answers no request, and takes no socket, while true. */
  isDown = false;
  /** Holds answers back while set, so that a page can be seen loading. */
  isSlow = false;
  /** What its softphone page may frame besides Amazon's, and who may frame its desk. */
  frames: string[] = [];
  framedBy: string[] = [];
  readonly review = new MockReview();
  readonly guidance = new MockGuidance();
  transcription: CallSummary['transcription'] = {
    state: 'running',
    recogniser: 'moonshine-base-en',
  };

  static start(port = 0): Promise<MockServer> {
    const server = new MockServer();
    return new Promise((resolve) => server.#http.listen(port, '127.0.0.1', () => resolve(server)));
  }

  private constructor() {
    this.#http = createServer((request, response) => handleHttp(this, request, response));
    this.#sockets = new WebSocketServer({ noServer: true });
    this.#http.on('upgrade', (request, socket, head) => {
      if (this.isDown) return void socket.destroy();
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#accept(client));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  nowMs(): number {
    return Date.now();
  }

  /** Appends to the call's log and tells who follows. */
  log(callId: string, event: Event): void {
    const log = this.logOf(callId) ?? [];
    const nowUs = this.nowMs() * 1000;
    const envelope: Envelope = {
      v: 1,
      tenant: 'local',
      call_id: callId,
      seq: log.length + 1,
      position: this.#calls.position + 1,
      stages: { appended_us: nowUs, published_us: nowUs },
      ...event,
    };
    this.#logs.set(callId, [...log, envelope]);
    this.#calls = reduceCallList(this.#calls, envelope);
    this.#subscriptions.deliver(envelope);
  }

  /** Like `log`, but a partial is only told. */
  emit(callId: string, event: Event): void {
    if (event.type !== 'utterance_updated') return this.log(callId, event);
    const place = { v: 1, tenant: 'local', call_id: callId, seq: 0, position: 0, stages: {} };
    this.#subscriptions.deliver({ ...place, ...event });
  }

  logOf(callId: string): Envelope[] | undefined {
    return this.#logs.get(callId);
  }

  get position(): number {
    return this.#calls.position;
  }

  calls(): CallSummary[] {
    return [...this.#calls.byId.values()].map((call) => this.#withNeeds(call)).sort(newestFirst);
  }

  /** What a row says of alerts and checklist, which a server folds from the whole log. */
  #withNeeds(call: CallSummary): CallSummary {
    const { alerts, checklist } = (this.logOf(call.call_id) ?? []).reduce(
      reduceGuidance,
      emptyGuidance,
    );
    const isUnmet = ({ required, state }: (typeof checklist)[number]) =>
      required && state === 'missed';
    return {
      ...call,
      alerts: alerts.map(({ kind, severity, title, at_ms }) => ({ kind, severity, title, at_ms })),
      unmet: checklist.filter(isUnmet).map(({ title }) => title),
      checklist_done: checklist.filter(({ state }) => state === 'done').length,
      checklist_total: checklist.length,
    };
  }

  /** Cuts every socket, as a network does: without a word. */
  dropSockets(): void {
    for (const client of this.#sockets.clients) client.terminate();
  }

  stop(): Promise<void> {
    this.dropSockets();
    this.#http.closeAllConnections();
    return new Promise((resolve) => this.#http.close(() => resolve()));
  }

  #accept(client: WebSocket): void {
    const beat = setInterval(() => {
      client.send(JSON.stringify({ type: 'heartbeat', at_ms: this.nowMs() }));
    }, 15_000);
    client.on('close', () => clearInterval(beat));
    const all = () => [...this.#logs.values()].flat().sort((a, b) => a.position - b.position);
    this.#subscriptions.accept(client, { all, ofCall: (callId) => this.logOf(callId) });
  }
}
