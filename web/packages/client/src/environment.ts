/** What the client needs from where it runs. Tests give their own; `browserEnvironment` is the page's. */
export interface Environment {
  fetch: (
    url: string,
    init: { method?: string; body?: string; signal?: AbortSignal; headers: Record<string, string> },
  ) => Promise<Response>;
  openSocket: (url: string, handlers: SocketHandlers) => Socket;
  /** Calls back once after `delayMs`; the returned function cancels. */
  timer: (delayMs: number, callback: () => void) => () => void;
  nowMs: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
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

export function browserEnvironment(): Environment {
  return {
    fetch: (url, init) => fetch(url, init),
    openSocket: (url, handlers) => {
      const socket = new WebSocket(url);
      socket.addEventListener('open', handlers.onOpen);
      socket.addEventListener('close', handlers.onClose);
      socket.addEventListener('message', (message) => handlers.onMessage(message.data));
      return { send: (data) => socket.send(data), close: () => socket.close() };
    },
    timer: (delayMs, callback) => {
      const handle = setTimeout(callback, delayMs);
      return () => clearTimeout(handle);
    },
    nowMs: () => Date.now(),
    random: () => Math.random(),
  };
}
