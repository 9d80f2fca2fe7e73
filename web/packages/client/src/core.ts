import type { Envelope } from '@trunkline/api-types';
import type { Auth } from './auth/auth.ts';
import type { AuthOptions } from './auth/options.ts';
import { authOf } from './auth/options.ts';
import type { RequestInterceptor } from './authorised.ts';
import { authorised } from './authorised.ts';
import type { RetryOptions } from './backoff.ts';
import { RETRY } from './backoff.ts';
import type { TimeoutOptions } from './connection-options.ts';
import { Connection } from './connection.ts';
import { TIMEOUTS } from './connection-options.ts';
import type { Environment } from './environment.ts';
import { defaultEnvironment } from './environment.ts';
import { pollingTransport } from './transports/polling.ts';
import { sseTransport } from './transports/sse.ts';
import type { TransportName } from './transports/transport.ts';
import { TRANSPORTS } from './transports/transport.ts';
import { webSocketTransport } from './transports/websocket.ts';

/** The least time between two polls that brought nothing. */
const REST_MS = 2_000;

/** What a client of any kind is made of. */
export interface CoreOptions {
  /** Scheme, host and port of the server, such as `http://127.0.0.1:8080`. */
  origin: string;
  /** Takes only what is of this tenant. */
  tenant?: string;
  /** None where the server asks for nothing. */
  auth?: AuthOptions;
  /** The transports that may be used; the best one that works is. */
  transport?: TransportName | readonly TransportName[];
  retry?: RetryOptions;
  timeouts?: TimeoutOptions;
  interceptors?: Interceptors;
  /** What to take instead of the page's or Node's own, such as a `fetch` of one's own. */
  environment?: Partial<Environment>;
}

export interface Interceptors {
  request?: RequestInterceptor;
  /** Sees each event first; `null` keeps it from all. */
  event?: (event: Envelope) => Envelope | null;
  /** What the client measures. */
  telemetry?: (measured: Telemetry) => void;
}

/** A card stands on the screen: how long after the words that called for it were spoken, where that is known. */
export interface Telemetry {
  type: 'hint_rendered';
  callId: string;
  hintId: string;
  atMs: number;
  /** Since the event was appended to the log, by the clocks of server and page. */
  sinceAppendedMs: number | null;
}

export interface Core {
  origin: string;
  /** With requests that say who asks. */
  environment: Environment;
  connection: Connection;
  auth: Auth;
  close: () => void;
}

export function createCore(options: CoreOptions): Core {
  const origin = options.origin.replace(/\/$/, '');
  const plain = { ...defaultEnvironment(), ...options.environment };
  const parts = authOf(options.auth, plain, origin);
  const environment = authorised(plain, parts.credentials, options.interceptors?.request);
  const { requestMs, pollMs } = { ...TIMEOUTS, ...options.timeouts };
  const restMs = options.retry?.waitMs ?? RETRY.waitMs;
  const connection = new Connection({
    environment,
    credentials: parts.credentials,
    transports: [
      webSocketTransport(origin, environment),
      sseTransport(origin, environment),
      pollingTransport(origin, environment, {
        requestMs,
        pollMs,
        restMs: Math.min(REST_MS, restMs),
      }),
    ].filter(({ name }) => mayUse(name, options.transport)),
    remembered: rememberedFor(origin),
    intercept: (event) =>
      options.tenant !== undefined && event.tenant !== options.tenant
        ? null
        : (options.interceptors?.event ?? same)(event),
    ...(options.retry ? { retry: options.retry } : {}),
    ...(options.timeouts ? { timeouts: options.timeouts } : {}),
  });
  const close = () => {
    connection.close();
    parts.close();
  };
  return { origin, environment, connection, auth: parts.auth, close };
}

function same(event: Envelope): Envelope {
  return event;
}

function mayUse(name: TransportName, wanted: CoreOptions['transport']): boolean {
  return [wanted ?? TRANSPORTS].flat().includes(name);
}

const remembered = new Map<string, { name: TransportName | null }>();

/** What worked last with a server, for as long as the page lives. */
function rememberedFor(origin: string): { name: TransportName | null } {
  const known = remembered.get(origin) ?? { name: null };
  remembered.set(origin, known);
  return known;
}
