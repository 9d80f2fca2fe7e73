import type { Environment, Page, Popup } from '../environment.ts';
import { ApiError } from '../http.ts';
import { exchangeToken, postForm } from './exchange.ts';
import { SIGN_IN_MESSAGE } from './message.ts';
import type { Issued, TokenSource } from './source.ts';

/** An OpenID Connect provider at which people sign in. */
export interface PopupOptions {
  issuer: string;
  clientId: string;
  /** `openid profile email` unless told. */
  scope?: string;
  /** A page of this origin that calls `finishSignIn`; `/signin/callback` unless told. */
  redirectUri?: string;
}

/** How often to look whether the window was closed. */
const LOOK_MS = 500;
/** A person has this long. */
const PATIENCE_MS = 10 * 60_000;

interface Provider {
  authorize: string;
  token: string;
}

/** Code flow with PKCE in a window of its own, and the identity token for one of the server's. */
export function popupSource(
  environment: Environment,
  origin: string,
  options: PopupOptions,
): TokenSource {
  let provider: Promise<Provider> | null = null;
  const discovered = () => {
    provider ??= discover(environment, options.issuer).catch((error: unknown) => {
      provider = null;
      throw error;
    });
    return provider;
  };
  const grant = async (fields: Record<string, string>, nonce: string | null): Promise<Issued> => {
    const answer = await postForm(environment, (await discovered()).token, {
      client_id: options.clientId,
      ...fields,
    });
    const { id_token: token, refresh_token: refresh } = answer;
    if (typeof token !== 'string') throw refused('The provider gave no identity token');
    checkClaims(token, options, nonce);
    const issued = await exchangeToken(environment, origin, { token, type: 'id_token' });
    const kept = typeof refresh === 'string' ? refresh : fields.refresh_token;
    return { ...issued, refreshToken: kept ?? null };
  };
  return {
    isSilent: false,
    obtain: async () => {
      const { page } = environment;
      if (page === null) throw refused('A popup needs a page');
      // Before anything is waited for: browsers open windows only at a person's act.
      const popup = page.openPopup();
      if (popup === null) throw refused('The browser did not let the window open', 'popup_blocked');
      try {
        const redirectUri = options.redirectUri ?? `${page.origin}/signin/callback`;
        const request = await authorization(page, await discovered(), options, redirectUri);
        popup.go(request.url);
        const code = await codeOf(environment, page, popup, redirectUri, request.state);
        return await grant(
          {
            grant_type: 'authorization_code',
            code,
            redirect_uri: redirectUri,
            code_verifier: request.verifier,
          },
          request.nonce,
        );
      } finally {
        popup.close();
      }
    },
    refresh: (before) =>
      before?.refreshToken
        ? grant({ grant_type: 'refresh_token', refresh_token: before.refreshToken }, null)
        : Promise.resolve(null),
  };
}

function refused(title: string, code = 'sign_in_failed'): ApiError {
  return new ApiError({ status: 401, code, title });
}

async function discover(environment: Environment, issuer: string): Promise<Provider> {
  const base = issuer.replace(/\/$/, '');
  const response = await environment.fetch(`${base}/.well-known/openid-configuration`, {
    headers: { accept: 'application/json' },
  });
  if (!response.ok)
    throw new ApiError({ status: 502, code: 'unknown', title: 'The provider does not answer' });
  const said = (await response.json()) as Record<string, unknown>;
  if (said.issuer !== issuer) throw refused('The provider calls itself otherwise');
  const { authorization_endpoint: authorize, token_endpoint: token } = said;
  if (typeof authorize !== 'string' || typeof token !== 'string')
    throw refused('The provider does not say where to sign in');
  return { authorize, token };
}

async function authorization(
  page: Page,
  provider: Provider,
  options: PopupOptions,
  redirectUri: string,
) {
  const [verifier, state, nonce] = [secret(page), secret(page), secret(page)];
  const url = new URL(provider.authorize);
  const query = {
    response_type: 'code',
    client_id: options.clientId,
    redirect_uri: redirectUri,
    scope: options.scope ?? 'openid profile email',
    state,
    nonce,
    code_challenge: base64Url(await page.sha256(verifier)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { url: url.toString(), verifier, state, nonce };
}

/** Waits for the callback page's word: from this window, of this origin, to this request. */
function codeOf(
  environment: Environment,
  page: Page,
  popup: Popup,
  redirectUri: string,
  state: string,
): Promise<string> {
  const { origin } = new URL(redirectUri);
  return new Promise((resolve, reject) => {
    const startMs = environment.nowMs();
    let cancelLook: () => void = () => undefined;
    const end = (act: () => void) => {
      cancelLook();
      stop();
      act();
    };
    const stop = page.onMessage((message) => {
      if (message.origin !== origin || message.source !== popup.source) return;
      const query = queryOf(message.data);
      if (query?.get('state') !== state) return;
      const code = query.get('code');
      const error = query.get('error') ?? 'sign_in_failed';
      end(() => (code === null ? reject(refused('Nobody signed in', error)) : resolve(code)));
    });
    const look = () => {
      const isOver = popup.isClosed() || environment.nowMs() - startMs > PATIENCE_MS;
      if (isOver) end(() => reject(refused('The window was closed', 'cancelled')));
      else cancelLook = environment.timer(LOOK_MS, look);
    };
    look();
  });
}

function queryOf(data: unknown): URLSearchParams | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, query } = data as Record<string, unknown>;
  return type === SIGN_IN_MESSAGE && typeof query === 'string' ? new URLSearchParams(query) : null;
}

/** The server checks the signature; here it only has to be the answer to what was asked. */
function checkClaims(token: string, options: PopupOptions, nonce: string | null): void {
  const claims = claimsOf(token);
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  const isOurs = claims.iss === options.issuer && audience.includes(options.clientId);
  if (!isOurs || (nonce !== null && claims.nonce !== nonce))
    throw refused('The identity token is not for this sign-in');
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function secret(page: Page): string {
  return base64Url(page.randomBytes(32));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
