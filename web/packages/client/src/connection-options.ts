import type { Envelope } from '@trunkline/api-types';
import type { RetryOptions } from './backoff.ts';
import type { Credentials } from './credentials.ts';
import type { Environment } from './environment.ts';
import type { Transport, TransportName } from './transports/transport.ts';

export interface TimeoutOptions {
  /** For a transport to connect. */
  connectMs?: number;
  /** For its first word after that. */
  wordMs?: number;
  /** The server beats every 15 s; two beats missed and some grace mean that nobody is there. */
  silenceMs?: number;
  /** For the answer to a request. */
  requestMs?: number;
  /** How long a long poll waits for something to tell. */
  pollMs?: number;
}

export const TIMEOUTS: Required<TimeoutOptions> = {
  connectMs: 2_000,
  wordMs: 2_000,
  silenceMs: 35_000,
  requestMs: 10_000,
  pollMs: 25_000,
};

/**
 * `idle`: nothing to follow. `lost`: was or should be open, and is not; `retryAtMs` says what comes next.
 * `open` with `stuckSinceMs`: the server is there, but cannot read what is followed, and tries again.
 * `signed_out`: nothing is tried before somebody signs in.
 */
export type ConnectionState =
  | { state: 'idle' | 'connecting' | 'signed_out'; sinceMs: number }
  | { state: 'open'; sinceMs: number; stuckSinceMs: number | null; transport: TransportName }
  | { state: 'lost'; sinceMs: number; attempt: number; retryAtMs: number };

export interface ConnectionOptions {
  environment: Environment;
  credentials: Credentials;
  /** By name, best first. */
  transports: readonly Transport[];
  /** The one that worked last on this page. */
  remembered?: { name: TransportName | null };
  retry?: RetryOptions;
  timeouts?: TimeoutOptions;
  /** Sees each event before anybody else; `null` keeps it from all. */
  intercept?: (event: Envelope) => Envelope | null;
}
