import type { ClientFrame, ServerFrame, SubscribeFrame } from '../frames.ts';

/** The ways to a server, best first. */
export type TransportName = 'websocket' | 'sse' | 'polling';
export const TRANSPORTS: readonly TransportName[] = ['websocket', 'sse', 'polling'];

/** What a link asks of its owner, and tells it. Nothing is told after `onClose`, nor after the owner closed it. */
export interface LinkHandlers {
  /** The subscriptions as they stand now, each from its own place. */
  wanted: () => SubscribeFrame[];
  /** The other side was reached. */
  onOpen: () => void;
  /** A sign of life that is no frame. */
  onAlive: () => void;
  onFrame: (frame: ServerFrame) => void;
  onClose: () => void;
}

/** One way that is open, or is being opened. */
export interface Link {
  /** Something is followed from here on, or from another place. */
  subscribe: (frame: SubscribeFrame) => void;
  unsubscribe: (id: string) => void;
  /** Goes on under another token. */
  renew: (token: string) => void;
  close: () => void;
}

export interface Transport {
  name: TransportName;
  /** Whether it can work here at all. */
  isPossible: boolean;
  /** Begins to open a link under `token`, where one is needed. */
  open: (handlers: LinkHandlers, token: string | null) => Link;
}

export type { ClientFrame, ServerFrame, SubscribeFrame };
