/** What the client needs from where it runs. Tests give their own; `defaultEnvironment` is that of page and Node. */
export interface Environment {
  fetch: (url: string, init: RequestSent) => Promise<Response>;
  /** Whether `openSocket` can work here. */
  hasSockets: boolean;
  openSocket: (url: string, handlers: SocketHandlers) => Socket;
  /** Calls back once after `delayMs`; the returned function cancels. */
  timer: (delayMs: number, callback: () => void) => () => void;
  nowMs: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** A name that nobody else gives. */
  randomId: () => string;
  /** Calls back whenever the network is there again; the returned function ends that. */
  onOnline: (callback: () => void) => () => void;
  /** What only a page has; none elsewhere. */
  page: Page | null;
}

export interface RequestSent {
  method?: string;
  body?: string;
  signal?: AbortSignal;
  headers: Record<string, string>;
}

/** What a socket tells. After `close` it may still tell; the owner must not listen any more. */
export interface SocketHandlers {
  onOpen: () => void;
  /** Closed by either side, or never opened. */
  onClose: () => void;
  onMessage: (data: unknown) => void;
}

/** The part of a WebSocket that the client uses. */
export interface Socket {
  send: (data: string | ArrayBuffer) => void;
  close: () => void;
}

/** What signing in by a popup needs. */
export interface Page {
  origin: string;
  /** Opens an empty window; `null` when the browser does not let it. */
  openPopup: () => Popup | null;
  onMessage: (listener: (message: PageMessage) => void) => () => void;
  sha256: (text: string) => Promise<Uint8Array>;
  randomBytes: (count: number) => Uint8Array;
  /** Kept as long as the tab. */
  load: (key: string) => string | null;
  save: (key: string, value: string | null) => void;
}

export interface PageMessage {
  origin: string;
  source: unknown;
  data: unknown;
}

export interface Popup {
  /** What its messages come from. */
  source: unknown;
  go: (url: string) => void;
  isClosed: () => boolean;
  close: () => void;
}

/** Where a `WebSocket` of one's own is wanted, such as that of `ws` under Node 20. */
export type SocketConstructor = new (url: string) => {
  send: (data: string | ArrayBuffer) => void;
  close: () => void;
  addEventListener: ((name: 'open' | 'close' | 'error', listener: () => void) => void) &
    ((name: 'message', listener: (message: { data: unknown }) => void) => void);
};

/** The environment of this page or process. Nothing of it is touched before it is called. */
export function defaultEnvironment(
  Sockets: SocketConstructor | undefined = socketsHere(),
): Environment {
  return {
    fetch: (url, init) => fetch(url, init),
    hasSockets: Sockets !== undefined,
    openSocket: (url, handlers) => {
      if (Sockets === undefined) throw new Error('there are no WebSockets here');
      const socket = new Sockets(url);
      socket.addEventListener('open', handlers.onOpen);
      socket.addEventListener('close', handlers.onClose);
      // An error is followed by a close, but a listener keeps some implementations from throwing it.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('message', (message) => handlers.onMessage(message.data));
      return { send: (data) => socket.send(data), close: () => socket.close() };
    },
    timer: (delayMs, callback) => {
      const handle = setTimeout(callback, delayMs);
      return () => clearTimeout(handle);
    },
    nowMs: () => Date.now(),
    random: () => Math.random(),
    randomId: () => idOf(crypto.getRandomValues(new Uint8Array(16))),
    onOnline: (callback) => {
      if (typeof window === 'undefined') return () => undefined;
      window.addEventListener('online', callback);
      return () => window.removeEventListener('online', callback);
    },
    page: typeof window === 'undefined' ? null : pageOf(window),
  };
}

/** Node has none before version 22. */
function socketsHere(): SocketConstructor | undefined {
  return (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
}

function pageOf(page: Window): Page {
  return {
    origin: page.location.origin,
    openPopup: () => {
      const popup = page.open('about:blank', '_blank', 'popup,width=480,height=640');
      return popup === null
        ? null
        : {
            source: popup,
            go: (url) => popup.location.replace(url),
            isClosed: () => popup.closed,
            close: () => popup.close(),
          };
    },
    onMessage: (listener) => {
      page.addEventListener('message', listener);
      return () => page.removeEventListener('message', listener);
    },
    sha256: async (text) =>
      new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    load: (key) => quietly(() => page.sessionStorage.getItem(key)),
    save: (key, value) =>
      void quietly(() => {
        if (value === null) page.sessionStorage.removeItem(key);
        else page.sessionStorage.setItem(key, value);
        return null;
      }),
  };
}

/** A browser may forbid storage: then a page signs in again after each load. */
function quietly(act: () => string | null): string | null {
  try {
    return act();
  } catch {
    return null;
  }
}

function idOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
