import type { Environment, Socket } from '../environment.ts';
import type { ClientFrame } from '../frames.ts';
import { isUnauthenticated, parseFrame } from '../frames.ts';
import type { Link, LinkHandlers, Transport } from './transport.ts';

export function webSocketTransport(origin: string, environment: Environment): Transport {
  const url = `${origin.replace(/^http/, 'ws')}/v1/subscribe`;
  return {
    name: 'websocket',
    isPossible: environment.hasSockets,
    open: (handlers, token) => new SocketLink(url, environment, handlers, token),
  };
}

/** One socket for all subscriptions. Where a token is needed it is the first message, and nothing goes before it. */
class SocketLink implements Link {
  readonly #handlers: LinkHandlers;
  readonly #socket: Socket | null;
  #token: string | null;
  #isOpen = false;
  #isReady = false;
  #isClosed = false;

  constructor(url: string, environment: Environment, handlers: LinkHandlers, token: string | null) {
    this.#handlers = handlers;
    this.#token = token;
    this.#socket = this.#tryOpen(url, environment);
  }

  subscribe(frame: ClientFrame): void {
    if (this.#isReady) this.#send(frame);
  }

  unsubscribe(id: string): void {
    if (this.#isReady) this.#send({ type: 'unsubscribe', id });
  }

  renew(token: string): void {
    this.#token = token;
    if (this.#isOpen) this.#send({ type: 'authenticate', token });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
  }

  /** A browser throws where its policy forbids the address. */
  #tryOpen(url: string, environment: Environment): Socket | null {
    try {
      return environment.openSocket(url, {
        onOpen: () => this.#handleOpen(),
        onClose: () => this.#handleClose(),
        onMessage: (data) => this.#handleMessage(data),
      });
    } catch {
      environment.timer(0, () => this.#handleClose());
      return null;
    }
  }

  #handleOpen(): void {
    if (this.#isClosed) return;
    this.#isOpen = true;
    this.#handlers.onOpen();
    if (this.#token === null) this.#handleReady();
    else this.#send({ type: 'authenticate', token: this.#token });
  }

  #handleReady(): void {
    this.#isReady = true;
    for (const frame of this.#handlers.wanted()) this.#send(frame);
  }

  #handleMessage(data: unknown): void {
    if (this.#isClosed) return;
    const frame = parseFrame(data);
    if (frame === null) return this.#handlers.onAlive();
    if (frame.type === 'authenticated') {
      // A token that was renewed in time changes nothing of what is followed.
      if (!this.#isReady) this.#handleReady();
      return;
    }
    if (isUnauthenticated(frame)) this.#isReady = false;
    this.#handlers.onFrame(frame);
  }

  #handleClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers.onClose();
  }

  #send(frame: ClientFrame): void {
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      // A socket that is closing tells so by itself.
    }
  }
}
