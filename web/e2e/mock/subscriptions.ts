import type { Envelope } from '@trunkline/api-types';
import type { WebSocket } from 'ws';

/** Where a subscription's backlog comes from. */
export interface Logs {
  all: () => Envelope[];
  ofCall: (callId: string) => Envelope[] | undefined;
}

interface Subscription {
  client: WebSocket;
  id: string;
  callId: string | null;
}

interface Request {
  type: string;
  id: string;
  topic?: string;
  call_id?: string;
  after?: number;
}

/** Who follows what. */
export class MockSubscriptions {
  readonly #subscriptions = new Set<Subscription>();
  /** Of each utterance in the making its words so far, for who comes late. */
  readonly #partials = new Map<string, Envelope>();

  accept(client: WebSocket, logs: Logs): void {
    client.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString('utf8')) as Request;
      if (request.type === 'subscribe') this.#subscribe(client, request, logs);
      else
        this.#forget(
          (subscription) => subscription.client === client && subscription.id === request.id,
        );
    });
    client.on('close', () => this.#forget((subscription) => subscription.client === client));
  }

  deliver(event: Envelope): void {
    this.#remember(event);
    for (const { client, id, callId } of this.#subscriptions) {
      const isWanted = callId === null ? event.position > 0 : callId === event.call_id;
      if (isWanted) send(client, { type: 'event', id, event });
    }
  }

  #subscribe(client: WebSocket, request: Request, logs: Logs): void {
    const { id, after = 0 } = request;
    const callId = request.topic === 'call' ? (request.call_id ?? '') : null;
    const log = callId === null ? logs.all() : logs.ofCall(callId);
    if (log === undefined) {
      send(client, { type: 'error', id, code: 'no_such_call', detail: 'There is no such call.' });
      return;
    }
    const place = (event: Envelope) => (callId === null ? event.position : event.seq);
    for (const event of log) if (place(event) > after) send(client, { type: 'event', id, event });
    const last = log.at(-1);
    send(client, { type: 'caught_up', id, cursor: last ? place(last) : after });
    for (const event of this.#partials.values())
      if (event.call_id === callId) send(client, { type: 'event', id, event });
    this.#subscriptions.add({ client, id, callId });
  }

  #remember(event: Envelope): void {
    if (event.type === 'utterance_updated') this.#partials.set(keyOf(event, event.data.id), event);
    if (event.type === 'utterance_completed') this.#partials.delete(keyOf(event, event.data.id));
  }

  #forget(isGone: (subscription: Subscription) => boolean): void {
    for (const subscription of this.#subscriptions)
      if (isGone(subscription)) this.#subscriptions.delete(subscription);
  }
}

function keyOf(event: Envelope, utteranceId: string): string {
  return `${event.call_id} ${utteranceId}`;
}

function send(client: WebSocket, frame: object): void {
  client.send(JSON.stringify(frame));
}
