import type { AccessInfo, KnowledgeFound, Whoami } from '@trunkline/api-types';
import type { Auth } from './auth/auth.ts';
import type { Connection } from './connection.ts';
import type { ConnectionState } from './connection-options.ts';
import type { CoreOptions } from './core.ts';
import { createCore } from './core.ts';
import { getJson, postJson } from './http.ts';
import type { Readable } from './observable.ts';
import type { SearchOptions } from './session/session.ts';
import type { Voice } from './session/voice.ts';
import { createVoice } from './session/voice.ts';

export interface ClientOptions extends CoreOptions {
  /** The profile of which `voice` gives the calls, unless it is told one. */
  profile?: string;
}

/** One server, as one person sees it. Nothing is asked of it before something is wanted. */
export interface TrunklineClient {
  readonly auth: Auth;
  /** How the server can be reached; told once per change, however many tries that takes. */
  readonly connection: Readable<ConnectionState>;
  /** Tries to connect now, where that waits. */
  retryNow: () => void;
  /** The calls that the one who asks may see. */
  voice: (profile?: string) => Voice;
  /** Asks the documents, outside of any call. */
  search: (query: string, options?: SearchOptions) => Promise<KnowledgeFound>;
  whoami: (signal?: AbortSignal) => Promise<Whoami>;
  /** How one may sign in. */
  access: (signal?: AbortSignal) => Promise<AccessInfo>;
  /** Ends all that it began. */
  close: () => void;
}

/** Makes a client. It never throws for a server that is away: it waits, and comes back by itself. */
export function createClient(options: ClientOptions): TrunklineClient {
  const { origin, environment, connection, auth, close } = createCore(options);
  const telemetry = options.interceptors?.telemetry ?? (() => undefined);
  const parts = { origin, environment, connection, telemetry };
  const voices: Voice[] = [];
  return {
    auth,
    connection: quiet(connection),
    retryNow: () => connection.retryNow(),
    voice: (profile = options.profile) => {
      const voice = createVoice(parts, profile ?? null);
      voices.push(voice);
      return voice;
    },
    search: (query, { signal, ...more } = {}) =>
      postJson(environment, `${origin}/v1/knowledge/search`, { query, ...more }, signal),
    whoami: (signal) => getJson(environment, `${origin}/v1/whoami`, signal),
    access: (signal) => getJson(environment, `${origin}/v1/access`, signal),
    close: () => {
      for (const voice of voices) voice.destroy();
      close();
    },
  };
}

/** Tells of a loss once, and not of each try to mend it. */
function quiet(connection: Connection): Readable<ConnectionState> {
  return {
    get value() {
      return connection.state;
    },
    subscribe: (watcher) => {
      let last = connection.state;
      return connection.watch((state) => {
        const isNews = newsOf(state) !== newsOf(last);
        last = state;
        if (isNews) watcher(state);
      });
    },
  };
}

function newsOf(state: ConnectionState): string {
  if (state.state !== 'open') return state.state;
  return `open ${state.transport} ${state.stuckSinceMs === null ? '' : 'stuck'}`;
}
