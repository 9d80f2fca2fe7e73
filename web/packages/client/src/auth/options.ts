import type { Credentials } from '../credentials.ts';
import { nobody } from '../credentials.ts';
import type { Environment } from '../environment.ts';
import type { Auth, TokenStore } from './auth.ts';
import { openAuth, TokenAuth } from './auth.ts';
import type { ExternalToken } from './exchange.ts';
import { exchangeToken } from './exchange.ts';
import type { PopupOptions } from './popup.ts';
import { popupSource } from './popup.ts';
import type { Issued, TokenSource } from './source.ts';

/** How the client says who asks. */
export type AuthOptions =
  | { apiKey: string }
  | {
      /** Gives a token that the server's operator trusts; asked again whenever a new one is needed. */
      exchange: () => Promise<string | ExternalToken>;
      storage?: AuthStorage;
    }
  | { popup: PopupOptions; storage?: AuthStorage };

/** Where tokens are kept: with the page, or as long as the tab. */
export type AuthStorage = 'memory' | 'session';

/** Signing in as a page sees it, and as requests use it. */
export interface AuthParts {
  auth: Auth;
  credentials: Credentials;
  close: () => void;
}

export function authOf(
  options: AuthOptions | undefined,
  environment: Environment,
  origin: string,
): AuthParts {
  if (options === undefined) return { auth: openAuth, credentials: nobody, close: () => undefined };
  const isKept = 'storage' in options && options.storage === 'session';
  const store = isKept ? sessionStore(environment, `trunkline:${origin}`) : noStore;
  const auth = new TokenAuth(environment, sourceOf(options, environment, origin), store);
  return { auth, credentials: auth, close: () => auth.close() };
}

function sourceOf(options: AuthOptions, environment: Environment, origin: string): TokenSource {
  if ('apiKey' in options) {
    const key: Issued = { token: options.apiKey, expiresAtMs: null };
    return {
      isSilent: true,
      obtain: () => Promise.resolve(key),
      // A key that was refused is not asked about again.
      refresh: (before) => Promise.resolve(before === null ? key : null),
    };
  }
  if ('popup' in options) return popupSource(environment, origin, options.popup);
  const obtain = async () => {
    const given = await options.exchange();
    const external = typeof given === 'string' ? { token: given } : given;
    return exchangeToken(environment, origin, external);
  };
  return { isSilent: true, obtain, refresh: obtain };
}

const noStore: TokenStore = { load: () => null, save: () => undefined };

function sessionStore({ page, nowMs }: Environment, key: string): TokenStore {
  return {
    load: () => {
      const issued = issuedOf(page?.load(key) ?? null);
      const isOver = (issued?.expiresAtMs ?? Infinity) <= nowMs();
      return isOver && !issued?.refreshToken ? null : issued;
    },
    save: (issued) => page?.save(key, issued === null ? null : JSON.stringify(issued)),
  };
}

function issuedOf(text: string | null): Issued | null {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<Issued> | null;
    if (typeof value?.token !== 'string') return null;
    const { token, expiresAtMs = null, refreshToken = null } = value;
    return { token, expiresAtMs, refreshToken };
  } catch {
    return null;
  }
}
